"""Take a picture of every page in every state: ``python -m scripts.screenshots OUT``.

Real pages in a real Chromium, over cards and fleets made by hand; every plate is rendered, none is
a photograph of a car. With names after OUT only those are taken.
"""

import argparse
import contextlib
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from edge.web.console.cards import GateLine, Stage, Tone
from edge.web.console.state import ClaimLine, UnitLine
from scripts import screenshots_search as search
from scripts.screenshots_town import TOWN_SHOTS, take_town
from scripts.screenshots_tuning import TUNING_SHOTS, take_tuning
from tests.web import samples
from tests.web.browser import CAR, PHONE, WALL, Served, Watched, find, launched
from tests.web.fake_desk import FakeDesk
from tests.web.fake_search import FakeSearches

Act = Callable[[FakeDesk, Watched], None]


@dataclass(frozen=True)
class Shot:
    """One picture: what to do before it, on which screen."""

    act: Act
    size: dict[str, int]
    scheme: str = "light"
    path: str = "/"
    logged_in: bool = True


def _past(desk: FakeDesk) -> None:
    """Fill the history of a shift."""
    desk.put(samples.history(1), samples.sure("MR20418"), plate="MR20418")
    desk.put(samples.retracted(2), samples.details(), plate="TS88127")
    desk.put(
        samples.history(3, late=False, outcome="confirmed", age_s=5400.0, place="Main Street"),
        samples.details(),
        plate="AL53820",
    )
    desk.put(samples.seen_again(6), samples.details(), right="match", plate="RC91142")
    desk.put(
        samples.verify(7, test=True, unit="depot", place="Depot yard, gate 2", age_s=312.0),
        samples.details(),
        plate="TEST123",
    )


def _alarm(desk: FakeDesk, watched: Watched) -> None:
    _past(desk)
    desk.put(samples.card(9, answers=(samples.other_answer(),)), samples.details())
    watched.page.wait_for_selector(".card.tone-alarm .choice:enabled")


def _moving(desk: FakeDesk, watched: Watched) -> None:
    desk.set(speed_kmh=63.0, moving=True)
    _alarm(desk, watched)


def _standing(desk: FakeDesk, watched: Watched) -> None:
    asked = replace(samples.BY_MATCH, typing=True)
    desk.put(samples.card(9, question=asked), samples.details(), right="match")
    watched.page.wait_for_selector(".typing")


def _confirmed(desk: FakeDesk, watched: Watched) -> None:
    _alarm(desk, watched)
    watched.page.click(".choice >> text=1")
    watched.page.wait_for_selector(".card.told .outcome:enabled")


def _differs(desk: FakeDesk, watched: Watched) -> None:
    _alarm(desk, watched)
    watched.page.click(".choice >> text=7")
    watched.page.wait_for_selector(".card.told .outcome:enabled")


def _failed_gate(desk: FakeDesk, watched: Watched) -> None:
    gates = (
        GateLine("text", "pass", "The plate's text is 99 % certain."),
        GateLine("jurisdiction", "fail", "Reads as a New York plate, 91 %; the entry is US-CT."),
        *samples.details().gates[2:],
    )
    desk.put(samples.verify(4), samples.sure("BK40317", gates=gates), right="match")
    watched.page.click("[data-key='1']")
    watched.page.wait_for_selector(".card.told .outcome:enabled")
    watched.page.eval_on_selector(".gates", "gates => gates.scrollIntoView()")


def _verify(desk: FakeDesk, watched: Watched) -> None:
    _past(desk)
    watched.page.wait_for_selector(".card.tone-verify .choice:enabled")


def _retracted(desk: FakeDesk, watched: Watched) -> None:
    _alarm(desk, watched)
    desk.put(samples.retracted(9, age_s=19.0), samples.details())
    watched.page.wait_for_selector(".card.tone-retracted")


def _history(desk: FakeDesk, watched: Watched) -> None:
    _past(desk)
    watched.page.click("#row-k1")
    watched.page.click(".open:enabled")
    watched.page.wait_for_selector(".card.told")


def _offline(desk: FakeDesk, watched: Watched) -> None:
    since = "no connection to broker.windsor:8883 since 21:02:40, 12 minutes: no route to host"
    _past(desk)
    desk.set(
        online=False,
        broker=since,
        gaps=("route-5: 3 alerts have not come yet (numbers 118 to 120).",),
        clock_trusted=False,
        filtered=7,
        filtered_alarms=1,
        unsent=2,
    )
    watched.page.wait_for_selector(".banner.bad")


def _locked(desk: FakeDesk, watched: Watched) -> None:
    _past(desk)
    watched.page.click("#tool-lock")
    watched.page.wait_for_selector(".log-in-page")


def _locked_alarm(desk: FakeDesk, watched: Watched) -> None:
    _past(desk)
    desk.put(samples.card(9), samples.details())
    watched.page.wait_for_selector(".ask.locked")


def _nothing(desk: FakeDesk, watched: Watched) -> None:
    lost = UnitLine("airport-1", "offline", samples.AT, ("no frame for 40 s",), missing=2)
    desk.set(units=(*desk.state().units, lost))
    watched.page.wait_for_selector(".units .offline")


def _entrance(_desk: FakeDesk, watched: Watched) -> None:
    watched.page.wait_for_selector("#log-in-name")


def _help(_desk: FakeDesk, watched: Watched) -> None:
    watched.page.keyboard.press("?")
    watched.page.wait_for_selector("dialog[open]")


def _filter(_desk: FakeDesk, watched: Watched) -> None:
    watched.page.keyboard.press("f")
    watched.page.wait_for_selector("dialog[open]")


def _claims(desk: FakeDesk, watched: Watched) -> None:
    claim = ClaimLine(
        number="ab" * 32,
        alert=samples.number(9),
        officer="A. Moreau",
        text="BK40377",
        plate="BK40317",
        owner="Windsor PD",
        entry_id="W-2026-1187",
        reason="The sixth character is a 7; the driver was not stopped",
        made=samples.AT,
        until="2027-02-20T00:00:00Z",
    )
    watched.page.click("#tool-lock")
    watched.log_in("S. Okafor")
    desk.wait_claims(claim, replace(claim, number="cd" * 32, refused="You signed it yourself."))
    watched.page.click("#tool-claims")
    watched.page.wait_for_selector(".claim")


def _dispatch(desk: FakeDesk, watched: Watched) -> None:
    _past(desk)
    desk.set(position=None, speed_kmh=None, wall="dispatch")
    away = {"distance_m": None, "bearing_deg": None}
    desk.put(samples.card(9, **away), samples.details())
    told = samples.other_answer(answer="character 6 is 1", agreed=True)
    desk.put(
        samples.card(
            10,
            **away,
            stage=Stage.REVEALED,
            question=None,
            siren=False,
            answers=(told,),
            place="River Road, southbound",
            unit="river-1",
            age_s=88.0,
        ),
        samples.details(),
    )
    desk.put(
        samples.card(
            11, **away, tone=Tone.VERIFY, siren=False, question=samples.BY_MATCH, caution=False
        ),
        samples.details(),
        plate="KV77301",
    )
    watched.page.wait_for_selector(".card.told")


SHOTS = {
    "alarm": Shot(_alarm, CAR),
    "alarm-moving-night": Shot(_moving, CAR, "dark"),
    "alarm-standing": Shot(_standing, CAR),
    "confirmed": Shot(_confirmed, CAR),
    "confirmed-night": Shot(_confirmed, CAR, "dark"),
    "differs": Shot(_differs, CAR),
    "gate-failed": Shot(_failed_gate, CAR),
    "verify": Shot(_verify, CAR),
    "history": Shot(_history, CAR),
    "retracted": Shot(_retracted, CAR),
    "offline": Shot(_offline, CAR),
    "offline-night": Shot(_offline, CAR, "dark"),
    "nothing": Shot(_nothing, CAR),
    "log-in": Shot(_entrance, CAR, logged_in=False),
    "log-in-night": Shot(_entrance, CAR, "dark", logged_in=False),
    "locked": Shot(_locked, CAR),
    "locked-alarm": Shot(_locked_alarm, CAR, logged_in=False),
    "help": Shot(_help, CAR),
    "filter": Shot(_filter, CAR),
    "corrections": Shot(_claims, CAR),
    "search": Shot(search.answers, CAR),
    "search-form": Shot(search.form, CAR),
    "search-wrong": Shot(search.wrong, CAR),
    "search-wide": Shot(search.wide, CAR),
    "search-driving": Shot(search.driving, CAR),
    "search-night": Shot(search.wide, CAR, "dark"),
    "search-phone": Shot(search.answers, PHONE, "dark"),
    "search-phone-form": Shot(search.form, PHONE),
    "phone-alarm": Shot(_alarm, PHONE),
    "phone-confirmed": Shot(_confirmed, PHONE, "dark"),
    "phone-verify": Shot(_verify, PHONE),
    "dispatch": Shot(_dispatch, WALL, path="/dispatch"),
    "dispatch-night": Shot(_dispatch, WALL, "dark", path="/dispatch"),
}


def main() -> int:
    every = [*SHOTS, *TOWN_SHOTS, *TUNING_SHOTS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("names", nargs="*", help=f"of: {', '.join(every)}")
    options = parser.parse_args()
    if unknown := set(options.names) - set(every):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    path = find()
    if path is None:
        print("no browser: sudo apt install chromium, or EDGE_BROWSER=PATH", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    with launched(path) as browser:
        for name in options.names or every:
            file = options.out / f"{name}.png"
            if name in SHOTS:
                _take(browser, SHOTS[name], file)
                continue
            complaints = (
                take_town(browser, TOWN_SHOTS[name], file)
                if name in TOWN_SHOTS
                else take_tuning(browser, TUNING_SHOTS[name], file)
            )
            for complaint in complaints:
                print(f"{name}: {complaint}", file=sys.stderr)
            print(file)
    return 0


def _take(browser: Browser, shot: Shot, file: Path) -> None:
    with _served() as served:
        context = browser.new_context(viewport=shot.size, color_scheme=shot.scheme)
        watched = Watched(context, served.address)
        watched.open(shot.path)
        if shot.logged_in:
            watched.log_in()
        shot.act(served.desk, watched)
        watched.page.wait_for_timeout(700)  # pictures decoded, buttons settled
        taken = Image.open(io.BytesIO(watched.page.screenshot()))
        # 96 colours are enough for a page and its crop, at a fifth of the size
        taken.convert("RGB").quantize(96, dither=Image.Dither.NONE).save(file, optimize=True)
        for complaint in watched.violations():
            print(f"{file.stem}: {complaint}", file=sys.stderr)
        context.close()
    print(file)


@contextlib.contextmanager
def _served() -> Iterator[Served]:
    served = Served(searches=FakeSearches())
    yield served
    served.stop()


if __name__ == "__main__":
    sys.exit(main())
