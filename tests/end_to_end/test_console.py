"""The whole way: a car, two daemons, TLS, a console in a browser, two people, back to the unit."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from edge.messages.opening import open_outcome
from edge.messages.outcome import Outcome
from tests.brokers import Broker, Tap, until
from tests.end_to_end.daemons import ROOT, Process, Unit
from tests.end_to_end.worn import LISTED, STATE, TRUE, worn_clip
from tests.keys.cast import ROSTER, keys_of
from tests.services.consoles import Console
from tests.web.browser import CAR, Watched
from tests.web.console.stand import PASSWORD

pytestmark = [pytest.mark.timeout(180), pytest.mark.xdist_group("browser")]
PATIENCE_S = 60.0
SECRETS = (f"E-{LISTED}", "Windsor PD")


class Town:
    """A unit, an archive, and two consoles that confirm each other's outcomes."""

    def __init__(self, folder: Path, broker: Broker, stage: ExitStack) -> None:
        self.folder = folder
        self.broker = broker
        self.video = worn_clip(folder / "clip")
        self._stage = stage
        self.car = Console(folder, "car-12", broker, receivers=["dispatch"])
        self.dispatch = Console(folder, "dispatch", broker, receivers=["car-12"])
        self.unit = self.street(loop=False)
        self.archive = self.unit.listen()
        for console in (self.car, self.dispatch):
            stage.callback(console.close)
            console.start()
        for process in (self.archive, self.unit.deliver()):
            self.run(process)

    def street(self, loop: bool) -> Unit:
        """Return the unit with the car passing once, or again and again."""
        extra = (
            f'policy = {{ corrections = "{self.folder}/unit/corrections",'
            " quiet_same_s = 0.0, quiet_similar_s = 0.0 }"
        )
        listed = [(LISTED, STATE)]
        return Unit(
            self.folder / "unit", self.broker, self.video, listed, extra, paced=False, loop=loop
        )

    def run(self, process: Process) -> Process:
        self._stage.callback(process.start().stop)
        return process

    def alerts(self) -> list[dict[str, Any]]:
        """Return what the archive has heard, revision by revision."""
        return [one["alert"] for one in self.archive.objects() if one["event"] == "alert"]

    def corrections(self) -> str:
        """Return what the unit's own command says."""
        words = ["corrections", "--config", str(self.unit.site), "show"]
        return subprocess.run(
            [sys.executable, "-m", "edge", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout


@pytest.fixture
def town(tmp_path: Path, broker: Broker) -> Iterator[Town]:
    """Return a running town."""
    with ExitStack() as stage:
        yield Town(tmp_path, broker, stage)


@pytest.fixture
def beside(browser: Browser) -> Iterator[BrowserContext]:
    """Return a second browser profile, for whoever sits at dispatch."""
    one = browser.new_context(viewport=CAR)
    one.set_default_timeout(15_000)
    yield one
    one.close()


def log_in(page: Page, name: str) -> None:
    page.select_option("#log-in-name", name)
    page.fill("#log-in-password", PASSWORD)
    page.click("#log-in-send")
    page.wait_for_selector("#tool-lock:visible")


def test_from_a_misread_car_to_a_unit_that_asks_twice(
    context: BrowserContext, beside: BrowserContext, town: Town
) -> None:
    """An innocent car alarms once; two people see to it that it is only checked from then on.

    Control: the very same pass is an alarm before the correction.
    """
    tap = Tap(town.broker, pattern="edge/v1/+/car-12/verdict")
    car = Watched(context, f"http://127.0.0.1:{town.car.port}")
    car.open()
    watch = town.run(town.unit.watch())
    car.page.wait_for_selector(".card.tone-alarm", timeout=PATIENCE_S * 1000)
    assert watch.wait(PATIENCE_S) == 0, watch.errors()

    officer_says_misread(car)
    until(lambda: len(tap.payloads("/verdict")) >= 2, PATIENCE_S, "the outcome at the broker")
    check_signed(tap)
    tap.close()
    console = town.car.page()
    until(lambda: console.desk()["state"]["unsent"] == 0, PATIENCE_S, "the receipts of dispatch")

    supervisor_confirms(Watched(beside, f"http://127.0.0.1:{town.dispatch.port}"))
    before = town.alerts()
    assert {one["payload"]["grade"] for one in before} == {"alarm"}
    town.unit = town.street(loop=True)
    town.run(town.unit.watch())
    folder = town.folder / "unit" / "corrections"
    until(lambda: list(folder.glob("*.confirmed")), PATIENCE_S, "the correction at the unit")
    said = town.corrections()
    assert f"{TRUE}, taken for {LISTED} of Windsor PD; dana, sue" in said
    assert "1 stand, 0 wait, 0 hold no more" in said

    last = max(one["sequence"] for one in town.alerts())
    until(lambda: len(later_passes(town, last)) >= 2, PATIENCE_S, "two passes after that")
    for told in later_passes(town, last).values():
        assert {one["payload"]["grade"] for one in told} == {"verify"}
    until(lambda: [one for one in console.cards() if one["tone"] == "verify"], PATIENCE_S)
    assert not [one for one in console.cards() if one["tone"] == "verify" and one["siren"]]
    assert car.violations() == []


def officer_says_misread(car: Watched) -> None:
    """Log in beside the alarm, type what the picture says, and end it as misread."""
    page = car.page
    log_in(page, "dana")
    page.wait_for_selector(".choice:enabled")
    assert [one for one in SECRETS if one in car.texts()] == []
    page.fill(".typing input", TRUE)
    page.click(".typing button:enabled")
    page.wait_for_selector(".card.told.tone-differs")
    assert [one for one in SECRETS if one not in car.texts()] == []
    page.click(".outcome:enabled:has-text('Misread')")
    page.fill("#misread-text", TRUE)
    page.fill("#misread-note", "a worn 7")
    page.click("#sheet .go")
    page.wait_for_selector(".tag:has-text('Misread')")


def check_signed(tap: Tap) -> None:
    """The outcome on the wire is dana's, carries the claim, and the archive can open it."""
    where, blob, _ = tap.messages[1]
    message = open_outcome(where, blob, keys_of("archive"), ROSTER, datetime.now(UTC)).message
    assert (message.payload.officer, message.payload.outcome) == ("dana", Outcome.MISREAD)
    assert message.payload.claim is not None
    assert TRUE.encode() not in blob


def supervisor_confirms(dispatch: Watched) -> None:
    """Log in at the other console and put the second key to the correction."""
    page = dispatch.open()
    log_in(page, "sue")
    page.click("#tool-claims:has-text('1')")
    page.click(f".claim:has-text('{TRUE}') .go")
    page.wait_for_selector(".claims:has-text('None waits.')")
    assert dispatch.violations() == []


def later_passes(town: Town, last: int) -> dict[int, list[dict[str, Any]]]:
    """Return all that was told of the passes that began after alert *last*, by their number."""
    found: dict[int, list[dict[str, Any]]] = {}
    for one in town.alerts():
        if one["sequence"] > last + 1:  # the next pass may have begun before the correction came
            found.setdefault(one["sequence"], []).append(one)
    return found
