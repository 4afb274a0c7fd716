"""Pictures of the technician's page for ``scripts.screenshots``: live on a rendered street."""

import io
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from scripts.clip import traffic_clip
from tests.web.browser import PHONE
from tests.web.tuning.room import Ladder, TuningUnit

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
    """One state of the page: paused as soon as *when*, a condition of the page's script, holds."""

    when: str
    size: dict[str, int]
    scheme: str = "light"
    shutter_us: int = 500


_AIM = "document.getElementById('aim').className"
_OWN = "document.getElementById('plates').textContent.includes('the test plate')"
TUNING_SHOTS = {
    "tuning-live": TuningShot(f"{_OWN} && document.querySelector('.bars')", _DESK),
    "tuning-aim-red": TuningShot(f"{_AIM} === 'red'", _DESK, shutter_us=0),
    "tuning-aim-good": TuningShot(f"['amber', 'green'].includes({_AIM})", _DESK),
    "tuning-phone": TuningShot(f"{_OWN}", PHONE),
    "tuning-phone-night": TuningShot(f"{_AIM} !== 'none'", PHONE, "dark"),
}


def take_tuning(browser: Browser, shot: TuningShot, file: Path) -> list[str]:
    """Save one picture; return what the page complained of."""
    clip = traffic_clip(SEED, CARS)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stage:
        own = (clip.listed[0], clip.states[0])
        unit = TuningUnit(Path(folder) / "unit", clip.video, [own], _ZONES, shot.shutter_us)
        unit.start(stage)
        context = browser.new_context(viewport=shot.size, color_scheme=shot.scheme)
        ladder = Ladder(context, unit)
        page = ladder.open()
        ladder.log_in()
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
