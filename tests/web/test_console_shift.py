"""A shift with the console: server gone and back, floods, filters, the wall, eyes and hands."""

import math
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext

from edge.web.console.state import ClaimLine, Filters, UnitLine
from tests.house.tree import ROOT
from tests.web import samples
from tests.web.browser import PHONE, WALL, Served, Watched

pytestmark = pytest.mark.xdist_group("browser")

LIGHT = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
PAIRS = [
    ("ink", "ground"), ("ink", "panel"), ("ink", "raised"), ("quiet", "panel"), ("quiet", "ground"),
    ("on-accent", "accent"), ("on-alarm", "alarm"), ("on-verify", "verify"), ("on-past", "past"),
    ("on-warn", "warn"), ("on-bad", "bad"), ("doubt", "panel"), ("on-mat", "mat"),
]  # fmt: skip


def test_a_server_that_died_and_came_back_has_lost_nothing_for_the_page(
    officer: Watched, served: Served
):
    """Killed and started again: the page says so meanwhile, then shows what came in between."""
    page = officer.page
    served.stop()
    page.wait_for_selector(".banner.bad:has-text('no contact')")
    served.desk.put(samples.card(9), samples.details())
    served.desk.put(samples.verify(3), samples.details())
    served.start()
    page.wait_for_selector(".card.tone-alarm .choice:enabled")
    page.wait_for_selector(".banner.bad", state="detached")
    page.keyboard.press("1")  # with a token of the server that is gone: asked for again
    page.wait_for_selector(".card.told")
    assert ("answer", samples.number(9), "1") in served.desk.acts


def test_being_offline_is_said_with_since_when(officer: Watched, served: Served):
    """The broker's line, gaps, an unset clock and unsent outcomes each have a sentence."""
    page = officer.page
    served.desk.set(
        online=False,
        broker="no connection since 21:02, 12 minutes",
        gaps=("route-5: 3 alerts have not come yet.",),
        clock_trusted=False,
        unsent=2,
    )
    page.wait_for_selector(".banner:has-text('since 21:02, 12 minutes')")
    assert "offline" in page.inner_text("#status")
    page.keyboard.press("i")
    words = page.inner_text("#banners")
    for said in ("3 alerts have not come", "clock is not set", "2 outcomes"):
        assert said in words
    served.desk.set(online=True, broker="connected", gaps=(), clock_trusted=True, unsent=0)
    page.wait_for_selector(".banner", state="detached")


def test_a_paused_unit_is_said_with_until_when(officer: Watched, served: Served):
    """Who waits for alerts of a unit that the town has paused is told so, and why."""
    line = UnitLine(
        "main-street",
        "online",
        "",
        paused="until 2026-07-01: vote of 12 May",
        visitor="tess, technician, is on its tuning page",
    )
    served.desk.set(units=(line,))
    page = officer.page
    page.wait_for_selector(".banner:has-text('main-street reads nothing, by')")
    assert "until 2026-07-01: vote of 12 May" in page.inner_text("#banners")
    assert "tess, technician, is on its tuning page" in page.inner_text(".units")
    served.desk.set(units=(replace(line, paused=""),))
    page.wait_for_selector(".banner", state="detached")


def test_late_and_untimed_cards_are_history_in_silence(officer: Watched, served: Served):
    """A late one is marked late; where no clock can be believed, the page says so."""
    served.desk.put(samples.history(1), samples.details())
    unsure = samples.history(2, late=False, age_s=None, clock_trusted=False)
    served.desk.put(unsure, samples.details())
    page = officer.page
    page.wait_for_selector("#row-k1 .tag.late")
    page.click("#row-k2")
    page.wait_for_selector(".doubtful:has-text('not to be believed')")
    page.click("#row-k1")
    page.wait_for_selector(".open:enabled")
    page.keyboard.press("o")
    page.wait_for_selector(".card.told")
    assert ("open", samples.number(1, "airport-1")) in served.desk.acts


def test_five_hundred_alerts_at_once_leave_the_page_answering(officer: Watched, served: Served):
    """During the flood a tap is taken; the rest is counted, the alarm stays at the head."""
    page = officer.page
    for count in range(500):
        served.desk.put(samples.verify(1000 + count), samples.details(), right="match")
        if count == 250:
            served.desk.put(samples.card(9), samples.details())
    page.click("[data-key='1']")
    page.wait_for_selector(".card.told")
    assert ("answer", samples.number(9), "1") in served.desk.acts
    page.keyboard.press("h")
    page.wait_for_selector(".more:has-text('421')")
    assert page.locator(".row").count() == 80


def test_what_filters_hide_is_counted_and_open_alarms_among_it_are_red(
    officer: Watched, served: Served
):
    """The sheet sends what is ticked; the page always says how much is hidden."""
    page = officer.page
    page.keyboard.press("f")
    page.click("dialog .tick:has-text('Stolen vehicle')")
    page.select_option("#filter-within", "5000")
    page.click("dialog .go")
    page.wait_for_selector("dialog[open]", state="hidden")
    served.desk.set(filtered=7, filtered_alarms=1)
    page.wait_for_selector(".banner.bad:has-text('7 alerts are hidden')")
    wished = Filters(categories=frozenset({"stolen_vehicle"}), within_m=5000.0)
    assert ("filter", "A. Moreau", wished) in served.desk.acts


def test_a_misread_brings_the_plate_for_a_correction(officer: Watched, served: Served):
    """Standing, the officer may type what the car really has; it goes with the outcome."""
    served.desk.put(samples.card(9), samples.details())
    page = officer.page
    page.click("[data-key='7']")
    page.click(".outcome:has-text('Misread')")
    page.fill("#misread-text", "BK40377")
    page.fill("#misread-note", "blue car")
    page.click("dialog .go")
    page.wait_for_selector(".outcome[aria-pressed='true']")
    assert ("outcome", samples.number(9), "misread", "blue car", "BK40377") in served.desk.acts


def test_a_supervisor_confirms_what_waits(watched: Watched, served: Served):
    """The list of corrections, one that can be confirmed and one that says why it cannot."""
    watched.log_in("S. Okafor")
    claim = ClaimLine("ab" * 32, samples.number(9), "A. Moreau", "BK40377", "BK40317", "Windsor PD",
                      "W-1", "sixth is a 7", samples.AT, "2027-02-20T00:00:00Z")  # fmt: skip
    served.desk.wait_claims(claim, replace(claim, number="cd" * 32, refused="You signed it."))
    page = watched.page
    page.keyboard.press("c")
    page.wait_for_selector(".claim .problem:has-text('You signed it')")
    page.click(f"#claim-{claim.number}")
    page.wait_for_selector(f"#claim-{claim.number}", state="detached")
    assert ("confirm", claim.number, "S. Okafor") in served.desk.acts


def test_everything_goes_by_keyboard_alone(watched: Watched, served: Served):
    """Log in, hear of an alarm, answer, say the outcome, look back, lock: no pointer."""
    page = watched.page
    served.desk.put(samples.history(1), samples.details())
    served.desk.put(samples.retracted(2), samples.details())
    page.focus("#log-in-name")
    page.keyboard.press("Tab")
    page.keyboard.type("A. Moreau secret")
    page.keyboard.press("Enter")
    page.wait_for_selector("#tool-lock:visible")
    served.desk.put(samples.card(9), samples.details())
    page.wait_for_selector(".choice:enabled")
    page.keyboard.press("m")
    page.keyboard.press("1")
    page.wait_for_selector(".outcome:enabled")
    page.keyboard.press("6")
    page.wait_for_selector(".outcome[aria-pressed='true']:has-text('No contact')")
    page.keyboard.press("j")
    page.wait_for_selector(".card.stage-history")
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="hidden")
    page.keyboard.press("d")
    page.wait_for_selector("html[data-theme='night']")
    page.keyboard.press("l")
    page.wait_for_selector(".log-in-page")


def test_the_focus_is_seen_and_every_control_has_a_name_and_room(officer: Watched, served: Served):
    """Buttons and fields are named, at least 56 px, marked when focused; pictures have text."""
    served.desk.put(samples.card(9, question=replace(samples.BY_CHARACTER, typing=True)),
                    samples.details())  # fmt: skip
    page = officer.page
    page.wait_for_selector(".choice:enabled")
    checked = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select')]
          .filter((one) => one.checkVisibility())
          .map((one) => [one.id, (one.getAttribute('aria-label') || one.innerText || '').trim(),
                         one.offsetHeight, one.offsetWidth])"""
    )
    assert len(checked) > 8
    assert [one for one in checked if not one[1] or one[2] < 56 or one[3] < 44] == []
    assert page.evaluate("[...document.images].every((one) => one.hasAttribute('alt'))")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))
    for role in ("banner", "main", "alert", "status"):
        assert page.get_by_role(role).count() >= 1, role
    page.keyboard.press("Tab")
    style = "getComputedStyle(document.activeElement)"
    assert page.evaluate(f"parseFloat({style}.outlineWidth)") >= 3
    sizes = "getComputedStyle(document.body).fontSize"
    assert page.evaluate(sizes) == "20px"


@pytest.mark.parametrize("theme", [":root {", ':root[data-theme="night"] {'])
def test_the_palette_is_readable(theme: str):
    """Every pair of ink and ground has a contrast of at least 4.5 by WCAG's formula."""
    css = (ROOT / "edge/web/static/console.css").read_text("utf-8")
    block = css[css.index(theme) :]
    colours = dict(LIGHT.findall(block[: block.index("}")]))
    poor = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < 4.5} == {}


def contrast(one: str, other: str) -> float:
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_nothing_moves_by_itself():
    """No animation, no blinking: nothing on the page can flash."""
    for name in ("console.css", "card.css"):
        css = (ROOT / "edge/web/static" / name).read_text("utf-8")
        assert "animation" not in css
        assert "@keyframes" not in css
    assert "prefers-reduced-motion" in (ROOT / "edge/web/static/console.css").read_text("utf-8")


def test_night_comes_by_the_tablet_or_by_the_button(browser: Browser, served: Served):
    """A dark scheme paints night; the button turns it, and a reload keeps the officer's wish."""
    context = browser.new_context(color_scheme="dark")
    page = Watched(context, served.address).open()
    page.wait_for_selector("html[data-theme='night']")
    page.click("#tool-theme")
    page.wait_for_selector("html[data-theme='day']")
    page.reload()
    page.wait_for_selector("html[data-theme='day']")
    context.close()


def test_three_screens_of_one_console_agree(browser: Browser, officer: Watched, served: Served):
    """Tablet, phone and wall: what one answers the others show; none scrolls aside."""
    served.desk.put(samples.card(9), samples.details())
    contexts = [browser.new_context(viewport=size) for size in (PHONE, WALL)]
    phone = Watched(contexts[0], served.address)
    wall = Watched(contexts[1], served.address)
    phone.open()
    wall.open("/dispatch")
    for page in (phone.page, wall.page):
        page.wait_for_selector(".card.tone-alarm")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    officer.page.click("[data-key='1']")
    for page in (phone.page, wall.page):
        page.wait_for_selector(".card.stage-revealed")
        assert "Main Street garage" not in page.content()  # nobody is logged in there
    for one in (phone, wall):
        assert one.violations() == []
    for context in contexts:
        context.close()


def test_the_wall_shows_several_cards_and_answers_the_chosen_one(browser: Browser, served: Served):
    """Four cells with pictures; keys act on the cell that is chosen."""
    for count in range(6):
        card = samples.card(20 + count, place=f"Place {count}", distance_m=None, bearing_deg=None)
        served.desk.put(card, samples.details())
    served.desk.set(position=None, speed_kmh=None, wall="dispatch")
    context = browser.new_context(viewport=WALL)
    wall = Watched(context, served.address)
    wall.open("/")  # the desk says that this is a wall
    wall.log_in()
    page = wall.page
    assert page.locator("#main .card").count() == 4
    page.click("[data-number$='/22'] .choice >> nth=0")
    page.wait_for_selector("[data-number$='/22'].told")
    page.click("[data-number$='/21'] .place")
    page.wait_for_selector("[data-number$='/21'].chosen .choice:enabled")
    page.keyboard.press("7")
    page.wait_for_selector("[data-number$='/21'].tone-differs")
    assert wall.violations() == []
    context.close()


def test_a_local_map_shows_both_places(context: BrowserContext, tmp_path: Path):
    """With tiles in the folder the map draws them, and both marks."""
    picture = cv2.imencode(".png", np.full((256, 256, 3), 200, np.uint8))[1].tobytes()
    for zoom in range(10, 17):
        east, south = tile_of(41.85, -72.64, zoom)
        (tmp_path / str(zoom) / str(east)).mkdir(parents=True)
        (tmp_path / str(zoom) / str(east) / f"{south}.png").write_bytes(picture)
    served = Served(tiles_folder=tmp_path)
    try:
        served.desk.set(tiles=True)
        watched = Watched(context, served.address)
        watched.open()
        watched.log_in()
        served.desk.put(samples.card(9), samples.details())
        watched.page.wait_for_selector(".map .own")
        loaded = (
            "() => [...document.querySelectorAll('.map img')].some((one) => one.naturalWidth > 0)"
        )
        watched.page.wait_for_function(loaded)
        assert watched.page.locator(".map .theirs").count() == 1
        assert watched.violations() == []
    finally:
        served.stop()


def tile_of(latitude: float, longitude: float, zoom: int) -> tuple[int, int]:
    """Return column and row of the Web Mercator tile that holds a place."""
    north = math.asinh(math.tan(math.radians(latitude))) / math.pi
    return int((longitude + 180) / 360 * 2**zoom), int((1 - north) / 2 * 2**zoom)
