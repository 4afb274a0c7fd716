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
    """The console shows all with the centre away, the centre has all afterwards; places are true.

    Control: five seconds after its capture each alert's place is more than 30 m off.
    """
    with ExitStack() as stage:
        drive = stage.enter_context(driving(tmp_path, 280))
        car = Cruiser(tmp_path / "town", street, drive.port)
        car.start(stage)

        def archived() -> set[str]:
            car.check()
            return set(car.archived())

        until(lambda: {one.split("/")[0] for one in archived()} == set(OFFSET), 90, "first alerts")
        until(car.tablet.answers, 60, "the page of the tablet")
        car.centre.kill()
        car.tablet.look()
        before = archived() | set(car.tablet.seen)

        def fresh() -> list[dict[str, Any]]:
            car.tablet.look()
            return [card for number, card in car.tablet.seen.items() if number not in before]

        until(lambda: len(fresh()) >= 6, 90, "alerts on the tablet of a car without network")
        state, cards = car.tablet.look(), fresh()
        assert not {card["number"] for card in cards} & archived()
        car.centre.start()
        until(lambda: set(car.tablet.seen) <= archived(), 90, "what was kept, at the centre")
        alerts = list(car.archived().values())
    assert state["online"]
    assert state["speed_kmh"] == pytest.approx(72.0, abs=1.0)
    for card in cards:
        assert card["distance_m"] <= 20.0 * (card["age_s"] + 2.0) + 30.0
    for alert in alerts:
        assert alert["payload"]["place"]["source"] == "gps"
        assert alert["payload"]["place"]["age_s"] <= 2.0
        assert off_m(drive, alert) < 30.0
        assert off_m(drive, alert, 5.0) > 30.0
        assert turned_deg(drive, alert) < 15.0
