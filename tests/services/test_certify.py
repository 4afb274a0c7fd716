"""``edge certify``: what it measures, whom it shows, who can be fooled by it."""

import base64
import re
import threading
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.cli import main
from edge.config import Settings
from edge.errors import ConfigError, KeysError
from edge.keys.crypto import SigningKey
from edge.keys.signed import Signed, digest, sign_with, to_bytes
from edge.keys.trust import ROOT_FILE
from edge.messages.acts import read_act
from edge.messages.acts_unit import Certified
from edge.messages.certificate import KIND, Certificate
from edge.records import Frame
from edge.services.certify import Asked, certify, read_certificate, save_certificate
from edge.services.certify_judge import judge
from edge.services.clip import faint_reader, plates_in, without_watch
from edge.services.drive import Driven
from edge.services.finding import Finding
from edge.store import open_store
from edge.web.certificate import certificate_page
from tests.services.driving import CLOCK, OWN, STRANGER, settings_of, street_clip

pytestmark = pytest.mark.machine

EASY = {"passes": 1, "latency_ms": 60_000.0, "least_fps": 0.1, "hot_c": 120.0}
EASY |= {"dropped_share": 1.0, "least_confidence": 0.5}
Made = tuple[Settings, Path, Certificate, Signed]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a unit with its certificate, made of a recorded drive-by."""
    folder = tmp_path_factory.mktemp("unit")
    clip = street_clip(folder / "street")
    settings = settings_of(folder, clip)
    limits = settings.certify.model_copy(update=EASY)
    settings = settings.model_copy(update={"certify": limits})
    asked = Asked(OWN, 1, 0.0, "Ivy <b>", "left\nof the bridge", clip, 60.0)
    findings = [Finding("clock", passed=True, sentence="set")]
    told: list[str] = []
    found = certify(settings, asked, findings, CLOCK, threading.Event(), told.append)
    assert told == [f"pass 1 of 1: {OWN}"]
    return settings, folder, *found


def texts(settings: Settings, picture: bytes) -> set[str]:
    """Return what the product's own reader makes out in a JPEG, at its lowest threshold."""
    image = np.asarray(cv2.imdecode(np.frombuffer(picture, np.uint8), 1), np.uint8)
    seen = plates_in(faint_reader(settings, CLOCK), Frame(image, CLOCK.now()))
    return {one.text for one in seen}


def test_the_test_car_was_measured(made: Made) -> None:
    """One pass, read, with its size in pixels; the versions, and what differs from the defaults."""
    certificate = made[2]
    (one,) = certificate.passes
    assert (one.text, one.read, certificate.test_plates) == (OWN, True, (OWN,))
    assert one.width_px is not None
    assert 60 < one.width_px < 400
    assert certificate.latency_ms is not None
    assert {"detector", "reader"} == set(certificate.models)
    assert ("unit.name", '"main-street"') in certificate.changed
    assert certificate.recording
    failed = [one.name for one in certificate.points if one.passed is False]
    assert certificate.passed == (not failed)
    assert not {"captured", "read", "passes driven"} & set(failed)


def test_nobody_else_can_be_read_in_its_picture(made: Made, tmp_path: Path) -> None:
    """The stranger's plate, which the reader finds in the bare view, is gone from the picture."""
    settings, folder, certificate, _ = made
    read = texts(settings, base64.b64decode(certificate.picture))
    assert OWN in read
    assert not any(len(set(STRANGER) & set(text)) >= 5 for text in read), read
    assert certificate.covered >= 1
    words = ["record", "--config", str(folder / "site.toml"), "--plate", STRANGER]
    assert main([*words, "--out", str(tmp_path)]) == 0  # the control: it can be read there


def test_it_is_on_the_chain_under_its_number(made: Made) -> None:
    """The chain names the signed document by its digest, and says whether the unit passed."""
    settings, _, certificate, signed = made
    with open_store(settings.store, settings.unit.name, CLOCK) as store:
        (number,) = store.audit.numbers("certified")
        row = store.audit.intact(number)
    assert row is not None
    told = Certified(number=digest(signed), passed=certificate.passed)
    assert read_act("certified", row) == told


def test_it_verifies_with_the_town_s_root_alone(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints who signed, and writes the same page again."""
    _, folder, certificate, signed = made
    page = certificate_page(certificate, digest(signed))
    document, shown = save_certificate(signed, page, tmp_path / "out")
    again = tmp_path / "again.html"
    words = ["certify", "verify", str(document), "--root", str(folder / "keys" / ROOT_FILE)]
    assert main([*words, "--page", str(again)]) == (0 if certificate.passed else 1)
    assert "signed by main-street of windsor" in capsys.readouterr().out
    assert again.read_bytes() == shown.read_bytes()


@pytest.mark.parametrize("what", ["changed", "other key", "other unit"])
def test_a_forged_one_is_refused(made: Made, what: str) -> None:
    """A changed word, another key and another unit's name are each found."""
    _, folder, certificate, signed = made
    forged = {
        "changed": replace(signed, payload=signed.payload.replace(b"Ivy", b"Eve")),
        "other key": sign_with(
            SigningKey.make(), KIND, signed.payload, "main-street", certificate.town
        ),
        "other unit": replace(signed, signer="bridge-2"),
    }[what]
    root = folder / "keys" / ROOT_FILE
    assert read_certificate(to_bytes(signed), "it", root) == certificate
    with pytest.raises(KeysError, match="does not hold"):
        read_certificate(to_bytes(forged), "it", root)


def test_the_page_needs_nothing_and_escapes_what_was_typed(made: Made) -> None:
    """No address but the picture's own bytes; a name is text, whatever it holds."""
    _, _, certificate, signed = made
    page = certificate_page(certificate, digest(signed))
    assert "Ivy &lt;b&gt;" in page
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert "http" not in page.replace("http-equiv", "")
    assert STRANGER not in page
    assert digest(signed) in page


def test_watch_and_certify_never_share_the_camera(made: Made) -> None:
    """While a watch holds its folder there is no test."""
    settings, folder, *_ = made
    asked = Asked(OWN, 1, 0.0, "", "", None, 1.0)
    with without_watch(folder / "run"), pytest.raises(ConfigError, match="watch has the camera"):
        certify(settings, asked, [], CLOCK, threading.Event(), print)


def test_a_car_that_was_never_seen_fails(made: Made) -> None:
    """No pass: captured and read fail, nothing divides by nothing, and a failed check counts."""
    settings = made[0]
    points = judge(
        Driven(frames=10, seconds=1.0),
        3,
        settings.certify,
        [Finding("broker", passed=False, sentence="does not answer", mend="look at the cable")],
        speed_kmh=0.0,
        shutter_us=0,
        temperature_c=None,
    )
    verdicts = {one.name: one.passed for one in points}
    assert verdicts["captured"] is verdicts["read"] is verdicts["latency"] is False
    assert verdicts["check: broker"] is False
    assert verdicts["temperature"] is None
