"""Pictures of the technician's page for ``scripts.screenshots``: live on a rendered street."""

import io
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from scripts.clip import traffic_clip
from tests.web.browser import PHONE
from tests.web.tuning.room import Ladder, TuningUnit
from tests.web.tuning.test_zones_page import tap

SEED, CARS = 21, 5
_DESK = {"width": 1280, "height": 900}
_SOON_MS = 45_000
_ZONES = """
[zones]
interest = [[[0.02, 0.02], [0.98, 0.02], [0.98, 0.98], [0.02, 0.98]]]
ignore = [[[0.74, 0.0], [1.0, 0.0], [1.0, 0.12], [0.74, 0.12]]]
"""


@dataclass(frozen=True)
class TuningShot:
    """One state of the page: paused as soon as *when*, a condition of the page's script, holds.

    Attributes:
        drawing: zones are being drawn: one to ignore by taps, and the direction line.
    """

    when: str
    size: dict[str, int]
    scheme: str = "light"
    shutter_us: int = 500
    drawing: bool = False


_AIM = "document.getElementById('aim').className"
_OWN = "document.getElementById('plates').textContent.includes('the test plate')"
_OUT = "document.querySelectorAll('#drawing .dot.out').length > 2"
_FAR = ((0.62, 0.03), (0.96, 0.03), (0.96, 0.12), (0.62, 0.2))  # where plates are too small
_WAY = ((0.62, 0.3), (0.2, 0.85))  # cars that come nearer
TUNING_SHOTS = {
    "tuning-live": TuningShot(f"{_OWN} && document.querySelector('.bars')", _DESK),
    "tuning-aim-red": TuningShot(f"{_AIM} === 'red'", _DESK, shutter_us=0),
    "tuning-aim-good": TuningShot(f"['amber', 'green'].includes({_AIM})", _DESK),
    "tuning-zones": TuningShot(f"{_OWN} && {_OUT}", _DESK, drawing=True),
    "tuning-zones-phone": TuningShot(f"{_OWN} && {_OUT}", PHONE, drawing=True),
    "tuning-phone": TuningShot(f"{_OWN}", PHONE),
    "tuning-phone-night": TuningShot(f"{_AIM} !== 'none'", PHONE, "dark"),
}


def take_tuning(browser: Browser, shot: TuningShot, file: Path) -> list[str]:
    """Save one picture; return what the page complained of."""
    clip = traffic_clip(SEED, CARS)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stage:
        own = (clip.listed[0], clip.states[0])
        zones = "" if shot.drawing else _ZONES
        unit = TuningUnit(Path(folder) / "unit", clip.video, [own], zones, shot.shutter_us)
        unit.start(stage)
        context = browser.new_context(viewport=shot.size, color_scheme=shot.scheme)
        ladder = Ladder(context, unit)
        page = ladder.open()
        ladder.log_in()
        if shot.drawing:
            _draw(page)
        pause = "document.getElementById('pause').click()"
        page.wait_for_function(
            f"() => {shot.when} && ({pause}, true)", timeout=_SOON_MS, polling=50
        )
        page.wait_for_timeout(300)
        taken = Image.open(io.BytesIO(page.screenshot()))
        complaints = ladder.violations()
        context.close()
    taken.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    return complaints


def _draw(page: Page) -> None:
    """Draw a zone to ignore where cars are far, and the way that cars take, which all leave."""
    page.wait_for_selector("#zones-draw:enabled")
    page.click("#zones-draw")
    page.click("#zones-direction")
    page.select_option("#zones-sense", "leave")
    picture = page.locator("#drawing")
    box = picture.bounding_box()
    assert box is not None
    for end, (x, y) in enumerate(_WAY):
        handle = page.locator("#drawing .handle.direction .knob").nth(end)
        handle.drag_to(picture, target_position={"x": x * box["width"], "y": y * box["height"]})
    page.click("#zones-ignore")
    for corner in (*_FAR, _FAR[0]):
        tap(page, *corner)
