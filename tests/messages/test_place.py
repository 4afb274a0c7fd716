"""Where the camera was: a car's fix at the moment of capture, a pole's site, or not known."""

import json

import pytest

from edge.errors import MessageError
from edge.messages import canonical, parse_alert
from edge.records import Fix
from tests.fakes import START
from tests.messages.samples import ALERT, alert_body

FIX = Fix(41.8501234567, -72.6401234567, 359.97, 13.9, 4.26, START.later(-1.25))


def test_a_car_tells_the_place_of_its_fix() -> None:
    """Place, heading, speed, error and age come from the fix; the name stays the unit's own."""
    place = parse_alert(alert_body(fix=FIX)).payload.place
    assert (place.source, place.name, place.note) == ("gps", "Broad Street, northbound", "")
    assert (place.latitude, place.longitude) == (41.850123, -72.640123)
    assert place.heading_deg == 0.0, "rounding up leads round the circle, not to 360"
    assert (place.speed_kmh, place.error_m, place.age_s) == (50.0, 4.3, 1.2)


def test_what_the_receiver_does_not_say_is_not_made_up() -> None:
    """A standing car without heading, speed and error says null, not 0."""
    bare = Fix(41.85, -72.64, None, None, None, START)
    place = parse_alert(alert_body(fix=bare)).payload.place
    assert (place.heading_deg, place.speed_kmh, place.error_m) == (None, None, None)
    assert (place.source, place.age_s) == ("gps", 0.0)


def test_a_car_without_a_fix_is_not_at_the_site() -> None:
    """The place is unknown, with the sentence that says why, and no coordinates at all."""
    place = parse_alert(alert_body(no_fix="the receiver sees no satellites\n" * 40)).payload.place
    assert (place.source, place.latitude, place.longitude) == ("unknown", None, None)
    assert (place.heading_deg, place.age_s) == (None, None)
    assert place.note.startswith("the receiver sees no satellites the receiver")
    assert len(place.note) == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": None},
        {"longitude": None},
        {"latitude": None, "longitude": None},
        {"source": "unknown"},
        {"source": "moon"},
        {"latitude": 91.0},
        {"heading_deg": 360.0},
        {"speed_kmh": -1.0},
        {"age_s": "1"},
    ],
)
def test_half_a_place_is_refused(wrong: dict[str, object]) -> None:
    """Coordinates stand together and only with a source; nothing is converted."""
    fields = json.loads(ALERT)
    fields["payload"]["place"].update(wrong)
    with pytest.raises(MessageError, match="place"):
        parse_alert(canonical(fields))
