"""The technician's page in Chromium, before a live watch on a rendered street."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import BrowserContext

from scripts.clip import traffic_clip
from tests.brokers import until
from tests.web.browser import PHONE
from tests.web.tuning.room import Ladder, TuningUnit

pytestmark = pytest.mark.xdist_group("browser")

SEED, CARS = 21, 5
AIM_ELSEWHERE = """() => {
  performance.setResourceTimingBufferSize(5000);
  if (document.querySelector("#plates li")) document.getElementById("other").click();
  const asked = performance.getEntriesByType("resource").map((one) => new URL(one.name));
  return asked.some((one) => Number(one.searchParams.get("x")) > 0);
}"""


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TuningUnit]:
    """Return a live unit in a street of five cars, one of them the installer's own."""
    clip = traffic_clip(SEED, CARS)
    own = (clip.listed[0], clip.states[0])
    one = TuningUnit(tmp_path_factory.mktemp("tuning") / "unit", clip.video, [own])
    with ExitStack() as stage:
        one.start(stage)
        yield one
    for process in (one.watch, one.page):
        assert "Traceback" not in process.errors()


def status(address: str) -> int:
    """Return what a browser without a session is answered."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own http
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_technician_sees_and_leaves_by_keyboard(
    unit: TuningUnit, context: BrowserContext
) -> None:
    """Live, paused, a look back, live again and out, without a mouse; both acts are on the chain.

    Of all plates that pass, nothing but the test plate's text ever reaches the browser (that is
    the control), and after leaving no picture is to be had, from memory or from a file.
    """
    ladder = Ladder(context, unit)
    page = ladder.open()
    page.focus("#name")
    page.keyboard.press("Tab")
    page.keyboard.type("ladder beside pole")
    page.keyboard.press("Enter")
    page.wait_for_selector("#picture:visible", timeout=60_000)
    page.wait_for_selector("#plates li strong:has-text('▮')", timeout=60_000)
    page.wait_for_function(
        "t => document.getElementById('plates').textContent.includes(t)"
        " || document.getElementById('tracks').textContent.includes(t)",
        arg=unit.test_plates[0][0],
        timeout=25_000,
    )
    page.keyboard.press("Space")
    page.wait_for_selector("#state:has-text('Paused')")
    first = page.get_attribute("#picture", "src")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("s => document.getElementById('picture').src.indexOf(s) < 0", arg=first)
    page.keyboard.press("l")
    page.wait_for_selector("#state:has-text('Live')")
    sent = ladder.told()
    others = [one for one in traffic_clip(SEED, CARS).plates if one != unit.test_plates[0][0]]
    assert [one for one in others if one in sent] == []
    assert unit.test_plates[0][0] in sent
    assert ladder.violations() == []
    page.focus("#out")
    page.keyboard.press("Enter")
    page.wait_for_selector("#password")
    until(lambda: len(unit.acts("log-out")) == 1, 10.0, "the leaving on the chain")
    (into,), (out,) = unit.acts("log-in"), unit.acts("log-out")
    assert (into["officer"], into["role"], out["why"]) == ("tess", "technician", "left")
    assert into["session"] == out["session"]
    assert status(f"{unit.address}/look/1.jpg") == 401
    files = [one for one in unit.folder.rglob("*") if one.suffix in {".jpg", ".png"}]
    assert files == []


def test_the_aim_is_judged_and_heard_on_a_phone(unit: TuningUnit, context: BrowserContext) -> None:
    """A colour, a word and what to do; every measure has its own; tones only once it was tapped."""
    ladder = Ladder(context, unit)
    page = ladder.open()
    page.set_viewport_size(PHONE)
    ladder.log_in()
    page.wait_for_selector("#aim:is(.red, .amber, .green) #measures .red", timeout=60_000)
    assert "plate width" in page.inner_text("#measures")
    page.wait_for_function(AIM_ELSEWHERE, timeout=60_000, polling=300)
    assert page.get_attribute("#sound", "aria-pressed") == "false"
    assert page.get_attribute("#sound", "data-count") in (None, "0")
    page.click("#sound")
    page.wait_for_function("() => Number(document.getElementById('sound').dataset.count) > 0")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    assert ladder.violations() == []
    page.click("#out")
    page.wait_for_selector("#password")


def test_nobody_sees_anything_without_a_log_in(unit: TuningUnit) -> None:
    """Looks and pictures are refused to whoever has no session; the page itself is a log-in."""
    asked = ("/", "/api/look", "/look/1.jpg", "/static/tuning.js")
    assert [status(unit.address + path) for path in asked] == [401, 401, 401, 200]


def test_a_wrong_password_tells_nothing(unit: TuningUnit, context: BrowserContext) -> None:
    """The same sentence as for a wrong name; the chain holds the try, and no log-in."""
    before = len(unit.acts("log-in"))
    page = Ladder(context, unit).open()
    page.fill("#password", "ladder beside pond")
    page.click("button:has-text('Log in')")
    page.wait_for_selector(".problem:has-text('do not belong together')")
    until(lambda: unit.acts("log-in-refused"), 30.0, "the wrong password on the chain")
    assert unit.acts("log-in-refused")[0]["officer"] == "tess"
    assert len(unit.acts("log-in")) == before
