"""Pictures of the technician's page for ``scripts.screenshots``: live on a rendered street."""

import io
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from models.synth.clips import ClipSpec, Pass
from models.synth.video import write_clip
from scripts.clip import traffic_clip
from tests.web.browser import PHONE
from tests.web.tuning.room import Ladder, TuningUnit
from tests.web.tuning.test_zones_page import tap

SEED, CARS = 21, 5
_DESK = {"width": 1280, "height": 900}
_SOON_MS = 45_000
_LATE_MS = 600_000  # two replays beside a line that reads
_ZONES = """
[zones]
interest = [[[0.02, 0.02], [0.98, 0.02], [0.98, 0.98], [0.02, 0.98]]]
ignore = [[[0.74, 0.0], [1.0, 0.0], [1.0, 0.12], [0.74, 0.12]]]
"""


# a plate of 160 px under an overcast sky: every number that the field asks for is met
_NEAR = ClipSpec(
    seed=3,
    light="overcast",
    focal_px=5400.0,
    pitch=0.15,
    yaw=-0.2,
    shutter_s=1 / 2000,
    fps=10.0,
    seconds=7.0,
    passes=(Pass("c1", "AB12345", "us-ct", -0.4, 12.0),),
)


@dataclass(frozen=True)
class TuningShot:
    """One state of the page: paused as soon as *when*, a condition of the page's script, holds.

    Attributes:
        drawing: zones are being drawn: one to ignore by taps, and the direction line.
        near: the camera is aimed as it should be, with a longer lens, at one slow car.
        comparing: a threshold is compared, on the street as a recording whose truth is known.
    """

    when: str
    size: dict[str, int]
    scheme: str = "light"
    shutter_us: int = 500
    drawing: bool = False
    comparing: bool = False
    near: bool = False


_AIM = "document.getElementById('aim').className"
_OWN = "document.getElementById('plates').textContent.includes('the test plate')"
_OUT = "document.querySelectorAll('#drawing .dot.out').length > 2"
_COMPARED = "document.querySelector('#compared table')"
_FAR = ((0.62, 0.03), (0.96, 0.03), (0.96, 0.12), (0.62, 0.2))  # where plates are too small
_WAY = ((0.62, 0.3), (0.2, 0.85))  # cars that come nearer
TUNING_SHOTS = {
    "tuning-live": TuningShot(f"{_OWN} && document.querySelector('.bars')", _DESK),
    "tuning-aim-red": TuningShot(f"{_AIM} === 'red'", _DESK, shutter_us=0),
    "tuning-aim-green": TuningShot(f"{_AIM} === 'green'", _DESK, near=True),
    "tuning-zones": TuningShot(f"{_OWN} && {_OUT}", _DESK, drawing=True),
    "tuning-zones-phone": TuningShot(f"{_OWN} && {_OUT}", PHONE, drawing=True),
    "tuning-settings": TuningShot(_COMPARED, _DESK, comparing=True),
    "tuning-settings-phone": TuningShot(_COMPARED, PHONE, comparing=True),
    "tuning-phone": TuningShot(f"{_OWN}", PHONE),
    "tuning-phone-night": TuningShot(f"{_AIM} !== 'none'", PHONE, "dark"),
}


def take_tuning(browser: Browser, shot: TuningShot, file: Path) -> list[str]:
    """Save one picture; return what the page complained of."""
    clip = traffic_clip(SEED, CARS)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stage:
        own = (clip.listed[0], clip.states[0])
        video = write_clip(_NEAR, Path(folder) / "near").video if shot.near else clip.video
        own = (_NEAR.passes[0].text, _NEAR.passes[0].jurisdiction) if shot.near else own
        zones = "" if shot.drawing else _ZONES
        unit = TuningUnit(Path(folder) / "unit", video, [own], zones, shot.shutter_us)
        if shot.comparing:
            shutil.copytree(clip.video.parent, unit.folder / "store" / "clips" / "street")
        unit.start(stage)
        context = browser.new_context(viewport=shot.size, color_scheme=shot.scheme)
        ladder = Ladder(context, unit)
        page = ladder.open()
        ladder.log_in()
        if shot.drawing:
            _draw(page)
        if shot.comparing:
            _compare(page)
        pause = "document.getElementById('pause').click()"
        page.wait_for_function(
            f"() => {shot.when} && ({pause}, true)",
            timeout=_LATE_MS if shot.comparing else _SOON_MS,
            polling=50,
        )
        if shot.comparing:
            page.evaluate("() => document.getElementById('trying').scrollIntoView()")
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


def _compare(page: Page) -> None:
    """Ask for surer reads than the unit does, on the recording."""
    page.click("summary:has-text('Finding')")
    page.fill("[id='set-reader.least_confidence']", "0.9")
    page.select_option("#source", "clip:street")
    page.click("#compare")
