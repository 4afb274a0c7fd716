"""`edge check` in a car asks the receiver as well; on a pole it does not."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from edge.clock import SystemClock
from edge.config import Settings, load
from edge.services import check as module
from edge.services import check_gps as receiver
from edge.services.check import check_all
from edge.services.check_camera import CameraCheck
from edge.services.finding import Finding, bad, good
from tests.services.checking import NAMES
from tests.sources.gpsd_stage import FakeGpsd, fake_gpsd, gps_section, tpv

CLOCK = SystemClock("always")


def settings_of(port: int) -> Settings:
    return load([]).settings.model_copy(update={"gps": gps_section(port)})


@contextmanager
def answering(say: Callable[[FakeGpsd], None]) -> Iterator[int]:
    """Run a gpsd that says one thing to its first client; the value is its port."""
    with fake_gpsd() as gpsd:

        def serve() -> None:
            gpsd.accept()
            say(gpsd)

        server = threading.Thread(target=serve)
        server.start()
        yield gpsd.port
        server.join()


def test_a_receiver_that_tells_a_place_passes() -> None:
    """It says how good the place is, and not which place it is."""
    with answering(lambda gpsd: gpsd.say(tpv(41.85, eph=4.4))) as port:
        found = receiver.check_gps(settings_of(port), CLOCK)
    assert found == Finding("gps", passed=True, sentence="the receiver tells a place, within 4 m")


@pytest.mark.parametrize(
    ("say", "sentence"),
    [
        (lambda gpsd: gpsd.say(tpv(mode=1)), "no fix"),
        (lambda gpsd: gpsd.send(b"SSH-2.0-OpenSSH_9.2\r\n"), "does not speak as gpsd"),
    ],
)
def test_a_receiver_that_does_not_is_told_with_a_mend(
    say: Callable[[FakeGpsd], None], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too few satellites and a foreign server at the port are told apart."""
    monkeypatch.setattr(receiver, "_WAIT_S", 0.3)
    with answering(say) as port:
        found = receiver.check_gps(settings_of(port), CLOCK)
    assert not found.passed
    assert sentence in found.sentence
    assert "gpspipe" in found.mend


def test_only_a_car_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pole without a receiver fails for none; a car's answers count like the others."""
    asked = {name: good(name, "a sentence") for name in NAMES if name not in {"camera", "focus"}}
    asked["gps"] = bad("gps", "a sentence", "a mend")
    for name, finding in asked.items():
        check = {"law": "law_finding"}.get(name, f"check_{name}")
        monkeypatch.setattr(module, check, lambda *_, one=finding: one)
    for name in ("camera", "focus"):
        monkeypatch.setattr(CameraCheck, name, lambda _self, one=name: good(one, "a sentence"))
    found: list[Finding] = []
    assert check_all(load([]).settings, CLOCK, found.append)
    assert [one.name for one in found] == NAMES
    found.clear()
    assert not check_all(settings_of(1), CLOCK, found.append)
    assert [one.name for one in found] == [*NAMES[:6], "gps", *NAMES[6:]]
