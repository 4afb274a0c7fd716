"""The panel of settings in Chromium, over a unit that a test fills."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.web.browser import PHONE, Watched
from tests.web.tuning.fake_desk import ServedTuning

pytestmark = pytest.mark.xdist_group("browser")

LEAST = "[id='set-reader.least_confidence']"
SIDE = {"passes": 12, "reads": 88, "frames": 211, "frame_ms": 46.2, "cpu_ms": 71.2}
COMPARED = {
    "source": "minute",
    "seconds": 42.0,
    "unseen": ["source.gain"],
    "truth": False,
    "old": SIDE,
    "new": {**SIDE, "passes": 11, "reads": 61},
    "gained": [],
    "lost": [{"text": "▮▮▮▮▮▮▮", "at_s": 3.2, "reads": 4, "p": 0.98}],
}


def job(kind: str, **fields: Any) -> dict[str, Any]:
    """Return a job as the unit tells it."""
    whole = {"number": 1, "kind": kind, "running": False, "sentence": "", "share": None}
    return {**whole, "result": None, "problem": "", **fields}


@pytest.fixture
def watched(context: BrowserContext, served: ServedTuning) -> Iterator[Watched]:
    """Return the page of a technician; whatever its script complains of fails the test."""
    one = Watched(context, served.address)
    one.page.goto(served.address)
    one.page.wait_for_selector("#knobs details")
    yield one
    assert one.violations() == []


@pytest.fixture
def page(watched: Watched) -> Page:
    """Return its page."""
    return watched.page


def opened(page: Page, title: str = "Finding") -> None:
    """Open a group of settings by the keyboard."""
    page.focus(f"summary:has-text('{title}')")
    page.keyboard.press("Space")


def test_a_threshold_is_moved_seen_as_a_diff_and_saved_by_keyboard(
    page: Page, served: ServedTuning
) -> None:
    """Slider, diff, reason, trial and its end need no mouse; saved, nothing is left changed."""
    opened(page)
    page.focus("[aria-label='reader.least_confidence, slider']")
    for _ in range(3):
        page.keyboard.press("PageUp")
    value = float(page.input_value(LEAST))
    assert value > 0.1
    expect(page.locator("#draft")).to_have_text("1 setting changed, not saved")
    page.focus("#save")
    page.keyboard.press("Enter")
    expect(page.locator("#diff del")).to_contain_text("0.1 from default.toml")
    expect(page.locator("#diff ins")).to_contain_text(f"{value:g} between two frames")
    page.keyboard.type("too many signs")
    served.settings.told = job("save", running=True, sentence="version 3 is tried")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_have_text("version 3 is tried")
    expect(page.locator("#ask-close")).to_be_disabled()
    outcome = {"kept": True, "number": 3, "sentence": "version 3 is in force"}
    served.settings.values = {"reader.least_confidence": value}
    served.settings.told = job("save", result=outcome)
    expect(page.locator("#ask-title")).to_have_text("Saved")
    page.keyboard.press("Enter")
    expect(page.locator("#ask")).to_be_hidden()
    expect(page.locator("#draft")).to_have_text("Nothing is changed")
    changes = {"reader.least_confidence": f"{value:g}"}
    assert served.settings.asked[-1] == ("save", changes, "tess", "too many signs")


def test_old_stands_beside_new_before_anything_is_saved(page: Page, served: ServedTuning) -> None:
    """The kept minute is compared on, and told of; so are passes lost, and what cannot be shown."""
    opened(page)
    page.fill(LEAST, "0.3")
    page.click("#arm")
    expect(page.locator("#kept")).to_contain_text("Kept in memory")
    assert served.settings.asked == [("arm", "tess", True)]
    served.settings.told = job("compare", running=True, share=0.25, sentence="old: picture 41")
    page.click("#compare")
    expect(page.locator("#doing")).to_have_text("old: picture 41")
    expect(page.locator("#stop")).to_be_visible()
    served.settings.told = job("compare", result=COMPARED)
    row = page.locator("#compared tr:has-text('passes told')")
    expect(row).to_have_text("passes told1211\u22121")
    expect(page.locator("#compared .lost")).to_contain_text("▮▮▮▮▮▮▮ at 3.2 s, 4 reads, 98 % sure")
    expect(page.locator("#compared .gained")).to_contain_text("none")
    expect(page.locator("#compared")).to_contain_text("cannot show what these do: source.gain")
    assert served.settings.asked[-1][0] == "compare"


def test_a_wrong_number_and_a_refusal_are_said_and_change_nothing(
    page: Page, served: ServedTuning
) -> None:
    """What is beyond its limits never gets into the draft; what the unit refuses is told there."""
    opened(page)
    page.fill(LEAST, "7")
    page.press(LEAST, "Tab")
    expect(page.locator("[id='set-reader.least_confidence-meta']")).to_contain_text("0 to 1")
    expect(page.locator("#draft")).to_have_text("Nothing is changed")
    page.fill(LEAST, "0.5")
    served.settings.refusal = "proposal:2:1: the law profile wants at least 0.6"
    page.click("#save")
    expect(page.locator("#doing")).to_have_text(served.settings.refusal)
    expect(page.locator("#draft")).to_have_text("1 setting changed, not saved")
    page.click("#throw")
    assert page.input_value(LEAST) == "0.1"


def test_exposure_is_chosen_by_what_it_follows(page: Page) -> None:
    """Three ways in words; by the plate shows the profiles of day and night, fixed the shutter."""
    opened(page, "Exposure")
    expect(page.locator("#way-automatic")).to_be_checked()
    page.focus("#way-automatic")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#way-plate")).to_be_checked()
    expect(page.locator("[id='set-exposure.night_gain']")).to_be_visible()
    expect(page.locator("#draft")).to_have_text("1 setting changed, not saved")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#way-fixed")).to_be_checked()
    expect(page.locator("[id='set-exposure.night_gain']")).to_be_hidden()
    assert page.input_value("[id='set-source.shutter_us']") == "1000"
    expect(page.locator("#draft")).to_have_text("2 settings changed, not saved")


def test_one_touch_goes_back_to_an_earlier_version(page: Page, served: ServedTuning) -> None:
    """On a phone a version's button begins its trial and shows what changes, nothing cut off."""
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.click("#history summary")
    expect(page.locator("#versions li")).to_have_count(3)
    expect(page.locator("#versions li:first-child")).to_contain_text("Undone")
    served.settings.told = job("save", problem="the town's pause is in force")
    page.click("text=Back to version 0")
    expect(page.locator("#told")).to_have_text("the town's pause is in force")
    expect(page.locator("#ask-title")).to_have_text("Not saved")
    assert served.settings.asked[-1] == ("back", 0, "tess", "")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
