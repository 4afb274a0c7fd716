"""Zones are drawn on the picture by mouse, finger or keys, and saved with the page's one draft."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page

from edge.clock import Moment
from edge.config.zones import ZonesSection
from edge.records import Detection
from edge.tracking.motion import Motion
from edge.tracking.way import WayRule
from edge.vision.rectify import corners_of_box
from edge.vision.zones import Zones
from tests.fakes import START
from tests.web.browser import PHONE, Watched
from tests.web.tuning.drawn import HIGH, WIDE, ServedDrawing

pytestmark = pytest.mark.xdist_group("browser")

LANE = [[0.6, 0.1], [0.9, 0.1], [0.95, 0.9], [0.6, 0.9]]
CONCAVE = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.5], [0.9, 0.9], [0.1, 0.9]]
_JUDGED = """
async ([shapes, points, boxes, wide, high]) => {
  const { counts, way } = await import("/static/tuning_shapes.js");
  const ways = boxes.map(([a, b]) => way(shapes, a, b, wide, high));
  return [points.map((one) => counts(shapes, one)), ways];
}
"""


@pytest.fixture
def drawing() -> Iterator[ServedDrawing]:
    """Return a unit whose picture a test draws on."""
    one = ServedDrawing()
    one.start()
    yield one
    one.stop()


def opened(context: BrowserContext, drawing: ServedDrawing) -> Watched:
    """Return the page with the drawing begun."""
    watched = Watched(context, drawing.address)
    page = watched.page
    page.goto(drawing.address)
    page.wait_for_selector("#zones-draw:enabled")
    page.click("#zones-draw")
    return watched


def tap(page: Page, x: float, y: float) -> None:
    """Click at a fraction of the picture."""
    picture = page.locator("#drawing")
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": x * box["width"], "y": y * box["height"]})


def shapes(page: Page) -> list[str]:
    """Return where every corner is, as a screen reader is told."""
    labels = page.eval_on_selector_all(
        "#drawing .handle", "all => all.map((one) => one.getAttribute('aria-label'))"
    )
    return [str(one) for one in labels]


def saved(page: Page, drawing: ServedDrawing) -> dict[str, Any]:
    """Save by the page's own button, and return what the unit was sent."""
    page.click("#save")
    page.click("#ask-go")
    page.wait_for_selector("#ask.kept #ask-close:enabled")
    page.click("#ask-close")
    (asked,) = [one for one in drawing.settings.asked if one[0] == "save"]
    return {path: json.loads(value) for path, value in asked[1].items()}


def test_a_lane_drawn_by_mouse_is_saved_as_fractions(
    context: BrowserContext, drawing: ServedDrawing
) -> None:
    """Tapped corners, one dragged, one new from a +: what counts shows before it is saved.

    A zone that crosses itself is refused in the unit's words, and nothing of it is in the draft.
    """
    watched = opened(context, drawing)
    page = watched.page
    page.click("#zones-ignore")
    for corner in [*LANE, LANE[0]]:
        tap(page, *corner)
    page.wait_for_function(
        "() => /[1-9]\\d* are outside the zones/.test("
        "document.getElementById('zones-minute').textContent)"
    )
    assert "by the settings in force" in page.inner_text("#zones-minute")
    assert page.locator("#drawing .dot.out").count() > 0
    assert page.locator("#drawing circle.dot").count() > 0
    box = page.locator("#drawing").bounding_box()
    assert box is not None

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        for spot, act in ((start, page.mouse.down), (end, page.mouse.up)):
            page.mouse.move(
                box["x"] + spot[0] * box["width"], box["y"] + spot[1] * box["height"], steps=4
            )
            act()

    tap(page, 0.1, 0.9)
    drag((0.75, 0.3), (0.75, 0.4))  # its inside, at first touch: it is picked and stays
    assert "90 % across, 10 % down" in shapes(page)[1]
    drag((0.9, 0.1), (0.3, 0.5))
    page.wait_for_selector("#zones-problem:has-text('Ignore 1: its edges cross')")
    assert page.is_disabled("#save")
    page.click("#zones-undo")
    page.wait_for_selector("#zones-problem", state="hidden")
    drag((0.6, 0.5), (0.5, 0.5))
    assert len(shapes(page)) == 5
    page.wait_for_selector("#save:enabled")
    sent = saved(page, drawing)
    assert list(sent) == ["zones.ignore"]
    (polygon,) = sent["zones.ignore"]
    wanted = [*LANE, [0.5, 0.5]]
    assert np.allclose(polygon, wanted, atol=2 / 600)
    assert page.is_disabled("#save")
    page.wait_for_function("() => document.querySelectorAll('#drawing .handle').length === 5")
    assert watched.violations() == []


def test_everything_goes_by_keys_on_a_phone(
    context: BrowserContext, drawing: ServedDrawing
) -> None:
    """Begun, put down, moved by pixels, a corner more and less, undone, refused at the edge, saved.

    The live view's own keys stay out of it, and a corner is as large as a fingertip.
    """
    watched = opened(context, drawing)
    page = watched.page
    page.set_viewport_size(PHONE)
    keys = page.keyboard.press
    page.focus("#zones-interest")
    keys("Enter")
    keys("Enter")
    keys("Tab")
    before = shapes(page)
    assert before[1] == "Region 1, corner 2 of 4, 65 % across, 35 % down"
    for key in ("ArrowRight", "Shift+ArrowDown", "Shift+ArrowDown"):
        keys(key)
    assert shapes(page)[1] == "Region 1, corner 2 of 4, 65 % across, 38 % down"
    assert page.inner_text("#zones-said") == "65 % across, 38 % down"
    assert "Live" in page.inner_text("#state")
    keys("Control+z")
    assert shapes(page) == before
    keys("Control+Shift+z")
    keys("Insert")
    assert len(shapes(page)) == 5
    for _ in range(3):
        keys("Delete")
    assert len(shapes(page)) == 3
    assert "fewer than three corners" in page.inner_text("#zones-said")
    for _ in range(2):
        keys("Control+z")
    for _ in range(46):
        keys("Shift+ArrowRight")
    assert "cannot lie outside" in page.inner_text("#zones-said")
    assert any("100 % across" in one for one in shapes(page))
    grip = page.locator("#drawing .handle .touch").first.bounding_box()
    assert grip is not None
    assert min(grip["width"], grip["height"]) >= 44
    small = page.eval_on_selector_all(
        "#zones button, #zones select",
        "all => all.filter((one) => one.offsetParent && one.offsetHeight < 44)"
        ".map((one) => one.id)",
    )
    assert small == []
    page.select_option("#zones-sense", "leave")
    keys("Tab")
    page.focus("#save")
    page.wait_for_selector("#save:enabled")
    sent = saved(page, drawing)
    assert set(sent) == {"zones.interest", "zones.direction", "zones.sense"}
    assert sent["zones.sense"] == "leave"
    assert sent["zones.direction"] == [[0.5, 0.25], [0.5, 0.75]]
    assert max(x for x, _ in sent["zones.interest"][0]) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert watched.violations() == []


def test_the_preview_judges_as_the_line_does(
    context: BrowserContext, drawing: ServedDrawing
) -> None:
    """Points and passes by chance: the page's answers are those of the vision and the tracker."""
    page = opened(context, drawing).page
    rng = np.random.default_rng(7)
    points = rng.random((200, 2)).round(4).tolist()
    boxes = [[_box(rng), _box(rng)] for _ in range(200)]
    for sense in ("approach", "leave", "both"):
        drawn = {
            "interest": [CONCAVE],
            "ignore": [LANE],
            "direction": [[0.2, 0.1], [0.6, 0.9]],
            "sense": sense,
        }
        section = ZonesSection.model_validate_json(json.dumps(drawn))
        zones, rule = Zones(section), WayRule(section)
        kept = [zones.keeps(_found(*one), WIDE, HIGH) for one in points]
        ways = [rule.judge(_motion(*pair), WIDE, HIGH).value for pair in boxes]
        assert page.evaluate(_JUDGED, [drawn, points, boxes, WIDE, HIGH]) == [kept, ways]
        assert len(set(kept)) == 2
        assert len(set(ways)) == (1 if sense == "both" else 3)


def _found(x: float, y: float) -> Detection:
    box = (x * WIDE - 30, y * HIGH - 8, x * WIDE + 30, y * HIGH + 8)
    return Detection(corners_of_box(box), box, 0.9)


def _box(rng: np.random.Generator) -> list[float]:
    x, y, width = rng.uniform(300, 420), rng.uniform(300, 380), rng.uniform(90, 110)
    return [round(float(one), 2) for one in (x, y, x + width, y + width / 4)]


def _motion(first: list[float], last: list[float]) -> Motion:
    at: Moment = START
    motion = Motion((first[0], first[1], first[2], first[3]), at)
    motion.update((last[0], last[1], last[2], last[3]), at.later(1.0))
    return motion
