"""A unit is certified by its installer while it watches a street, through the command alone."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser

from edge.clock import SystemClock
from edge.config import Settings, load
from edge.keys.signed import from_bytes
from edge.messages.certificate import KIND, Certificate
from edge.records import Frame
from edge.services.clip import faint_reader, plates_in
from scripts.clip import Clip, traffic_clip
from tests.web.browser import PHONE
from tests.web.tuning.room import PASSWORD, TuningUnit

pytestmark = [pytest.mark.machine, pytest.mark.timeout(500), pytest.mark.xdist_group("browser")]

SEED, CARS = 21, 5
Answer = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def clip() -> Clip:
    """Return a street of five cars, one of them the installer's own."""
    return traffic_clip(SEED, CARS)


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory, clip: Clip) -> TuningUnit:
    """Return the unit, whose watch does not run yet."""
    own = (clip.listed[0], clip.states[0])
    folder = tmp_path_factory.mktemp("certify")
    one = TuningUnit(folder / "unit", clip.video, [own])
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o600)
    return one


def certify(unit: TuningUnit, *words: str) -> Answer:
    """Run ``edge certify make`` as an installer does, through the watch that runs."""
    password = unit.folder.parent / "password"
    asked = ["certify", "--config", str(unit.site), "make", "--technician", "tess"]
    asked += ["--password-file", str(password), "--out", str(unit.folder / "out"), *words]
    return edge(*asked)


def edge(*words: str) -> Answer:
    """Run a verb."""
    return subprocess.run(
        [sys.executable, "-m", "edge", *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_without_a_watch_it_says_what_to_start(unit: TuningUnit, clip: Clip) -> None:
    """A technician who measures through a watch that does not run is told how to start it."""
    answer = certify(unit, "--plate", clip.listed[0], "--minutes", "0.1")
    assert answer.returncode not in (0, 1)
    assert "watch does not run here" in answer.stderr
    assert "systemctl start edge-watch" in answer.stderr


@pytest.fixture(scope="module")
def live(unit: TuningUnit) -> Iterator[TuningUnit]:
    """Return the unit while it watches."""
    with ExitStack() as stage:
        unit.start(stage)
        yield unit
    assert "Traceback" not in unit.watch.errors()


def test_a_plate_that_is_no_test_is_refused(live: TuningUnit, clip: Clip) -> None:
    """Where the law masks plates nobody measures another's: the sentence says what to do."""
    other = next(one for one in clip.plates if one not in clip.listed)
    answer = certify(live, "--plate", other, "--minutes", "0.1")
    assert answer.returncode not in (0, 1)
    assert f"{other} is not on the list in force as a test" in answer.stderr
    assert "category test" in answer.stderr


def test_a_car_that_does_not_come_is_no_pass(live: TuningUnit, clip: Clip) -> None:
    """The time is over, the certificate says NOT PASSED, and what may be wrong."""
    answer = certify(live, "--plate", clip.listed[0], "--minutes", "0.001", "--passes", "3")
    assert answer.returncode == 1
    assert "NOT PASSED" in answer.stdout
    assert "the test car was never seen" in answer.stdout


def test_a_drive_by_is_measured_signed_and_printed(
    live: TuningUnit, clip: Clip, browser: Browser
) -> None:
    """Two passes through a watch that reads on; whoever has town.json verifies; it prints on A4.

    The only plate that the product's own reader finds in its picture is the installer's.
    """
    before = sessions(live)
    answer = certify(live, "--plate", clip.listed[0], "--passes", "2", "--installer", "Ivy")
    assert "pass 2 of 2" in answer.stdout, answer.stdout + answer.stderr
    document = Path(answer.stdout.split("signed: ")[1].splitlines()[0])
    printed = Path(answer.stdout.split("for print: ")[1].splitlines()[0])
    root = str(live.keys / "town.json")
    verified = edge("certify", "verify", str(document), "--root", root)
    assert "signed by main-street of windsor" in verified.stdout
    signed = from_bytes(document.read_bytes(), "it", KIND)
    certificate = Certificate.model_validate_json(signed.payload)
    passed = {one.name: one.passed for one in certificate.points}
    assert passed["captured"] is passed["read"] is True
    assert all(one.width_px and one.character_px for one in certificate.passes)
    assert certificate.models.keys() == {"detector", "reader"}
    assert len(sessions(live) - before) == 1
    assert live.acts("certified")[-1]["passed"] == certificate.passed
    others = set(clip.plates) - {clip.listed[0]}
    read = texts(load([live.site]).settings, base64.b64decode(certificate.picture))
    assert not others & read, read
    assert not others & set(json.dumps(certificate.model_dump(mode="json")).split('"'))
    _prints(browser, printed)


def sessions(unit: TuningUnit) -> set[str]:
    """Return whose looking stands on the chain; on a busy machine one may look again."""
    return {one["session"] for one in unit.acts("log-in")}


def texts(settings: Settings, picture: bytes) -> set[str]:
    """Return what the product's own reader makes out in a JPEG, at its lowest threshold."""
    clock = SystemClock("always")
    image = np.asarray(cv2.imdecode(np.frombuffer(picture, np.uint8), 1), np.uint8)
    return {one.text for one in plates_in(faint_reader(settings, clock), Frame(image, clock.now()))}


def _prints(browser: Browser, file: Path) -> None:
    """Hold the page to one phone's width, and to a few sheets of paper."""
    page = browser.new_page(viewport=PHONE)
    page.goto(file.as_uri())
    wide = page.evaluate("document.documentElement.scrollWidth")
    sheets = page.pdf(prefer_css_page_size=True)
    page.close()
    assert wide <= PHONE["width"]
    assert sheets.startswith(b"%PDF")
    assert 1 <= sheets.count(b"/Type /Page\n") <= 4
