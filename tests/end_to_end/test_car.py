"""A cruiser on a drive: two cameras, one receiver, a console that needs no network, a centre."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.sources.geo import distance_m
from scripts.clip import Clip
from tests.brokers import until
from tests.end_to_end.cruiser import Cruiser, captured
from tests.sources.gps_track import Drive, driving, true_heading, truth

pytestmark = [pytest.mark.machine, pytest.mark.timeout(300)]
OFFSET = {"car-7-front": 0.0, "car-7-rear": 180.0}


def off_m(drive: Drive, alert: dict[str, Any], later_s: float = 0.0) -> float:
    """Return how far an alert's place is from where the car truly was at capture, or later."""
    place = alert["payload"]["place"]
    there = truth(drive.driven_s(captured(alert) + timedelta(seconds=later_s)))
    return distance_m((place["latitude"], place["longitude"]), there)


def turned_deg(drive: Drive, alert: dict[str, Any]) -> float:
    """Return how far the camera's heading is from where it truly looked."""
    looks = true_heading(drive.driven_s(captured(alert))) + OFFSET[alert["unit"]]
    off = abs(alert["payload"]["place"]["heading_deg"] - looks) % 360
    return min(off, 360 - off)


def test_a_cruiser_with_two_cameras(tmp_path: Path, street: Clip) -> None:
    """The console hears all with the centre away, the centre afterwards; each place is true.

    Control: five seconds after its capture each alert's place is more than 30 m off.
    """
    with ExitStack() as stage:
        drive = stage.enter_context(driving(tmp_path, 240))
        car = Cruiser(tmp_path / "town", street, drive.port)
        car.start(stage)

        def units(name: str) -> set[str]:
            car.check()
            return {unit for unit, _, _ in car.heard(name)}

        until(lambda: units("archive") == set(OFFSET), 90, "alerts of both at the centre")
        car.centre.kill()
        before = set(car.heard("archive"))
        until(
            lambda: len({key[:2] for key in set(car.heard("car-7")) - before}) >= 6,
            60,
            "alerts in a car without network",
        )
        assert set(car.heard("archive")) == before
        told = car.heard("car-7")
        car.centre.start()
        until(lambda: set(told) <= set(car.heard("archive")), 60, "what was kept, at the centre")
        alerts = list(told.values())
    for alert in alerts:
        assert alert["payload"]["place"]["source"] == "gps"
        assert alert["payload"]["place"]["age_s"] <= 2.0
        assert off_m(drive, alert) < 30.0
        assert off_m(drive, alert, 5.0) > 30.0
        assert turned_deg(drive, alert) < 15.0
