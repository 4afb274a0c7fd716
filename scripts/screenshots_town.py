"""Pictures of the archive's pages and of the public report, for ``scripts.screenshots``."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from edge.archive.report.count import count
from edge.archive.report.page import page
from scripts.month import Month
from tests.web.archive.fake_fleet import EPOCH
from tests.web.archive.kit import Looked, ServedArchive
from tests.web.browser import PHONE

DESK = {"width": 1180, "height": 760}
SHEET = {"width": 1024, "height": 1330}


@dataclass(frozen=True)
class TownShot:
    """One page of the archive; an empty path is the report of the simulated month."""

    path: str = ""
    size: dict[str, int] | None = None
    scheme: str = "light"
    logged_in: bool = True
    at: str = ""  # what to bring to the head of the screen


TOWN_SHOTS = {
    "fleet": TownShot("/", DESK),
    "fleet-night": TownShot("/", DESK, "dark"),
    "fleet-phone": TownShot("/", PHONE),
    "fleet-unit": TownShot("/unit/main-street", DESK),
    "fleet-chain": TownShot(f"/chain/bridge-2/{EPOCH}", DESK),
    "fleet-log-in": TownShot("/", DESK, logged_in=False),
    "fleet-reports": TownShot("/report", DESK),
    "report": TownShot(size=SHEET),
    "report-night": TownShot(size=SHEET, scheme="dark"),
    "report-searches": TownShot(size=SHEET, at="#searches"),
    "report-pauses": TownShot(size=SHEET, at="#time"),
    "report-phone": TownShot(size=PHONE),
}


def take_town(browser: Browser, shot: TownShot, file: Path) -> list[str]:
    """Save one picture; return what the page complained of."""
    context = browser.new_context(viewport=shot.size, color_scheme=shot.scheme)
    served = ServedArchive().start()
    looked = Looked(context, served.address)
    with tempfile.TemporaryDirectory() as folder:
        if shot.path:
            looked.open(shot.path)
            if shot.logged_in:
                looked.log_in("sue")
        else:
            looked.page.goto(f"file://{_report(Path(folder))}")
        if shot.at:
            looked.page.eval_on_selector(shot.at, "one => one.scrollIntoView()")
        looked.page.wait_for_timeout(300)
        taken = Image.open(io.BytesIO(looked.page.screenshot()))
    taken.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    complaints = looked.violations()
    context.close()
    served.stop()
    return complaints


def _report(folder: Path) -> Path:
    month = Month(folder / "month").write()
    held = list(month.held())
    report = count(month.acts(), month.since, month.until, town="windsor", held=held)
    file = folder / "report.html"
    file.write_text(page(report, made="2026-11-02T08:00:00.000Z"), "utf-8")
    return file
