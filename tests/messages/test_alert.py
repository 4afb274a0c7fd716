"""An alert carries everything that the issue of a stop may hang on, and nothing that is no JSON."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import MessageError
from edge.messages import build_alert, canonical, crop_of, digest, parse_alert
from edge.messages.jpeg import jpeg_size
from edge.plates.alphabet import CLASSES, SLOTS
from edge.records import Grade
from tests.alerts import UNIT, a_jpeg, an_alert, an_entry
from tests.messages.samples import ALERT, ALERT_ID, EPOCH, STORED, TEST_ALERT, alert_body


def test_identity_and_times() -> None:
    """Id, revision, and each moment with the milliseconds between them."""
    message = parse_alert(ALERT)
    assert (message.town, message.unit, message.epoch) == ("windsor", "bridge-2", EPOCH)
    assert (message.sequence, message.revision, message.made_at) == (7, 0, STORED.iso())
    times = message.payload.times
    assert times.captured == "2026-01-01T10:00:00.000Z"
    assert times.first_readable == "2026-01-01T09:59:59.800Z"
    assert times.detected == "2026-01-01T10:00:00.030Z"
    assert times.stored == "2026-01-01T10:00:00.040Z"
    latency = message.payload.latency_ms
    steps = (latency.detect, latency.fuse, latency.match, latency.store)
    assert steps == (30.0, 5.0, 1.0, 4.0)
    assert latency.total == sum(steps)
    assert message.payload.stage_ms == {"gate": 0.4, "detector": 12.25, "reader": 7.5}


def test_read_entry_and_verdict() -> None:
    """Raw read, characters with their rivals, the whole entry, and four gates in words."""
    payload = parse_alert(ALERT).payload
    assert (payload.read.raw, payload.read.text, payload.read.reads) == ("AB12345", "AB12345", 3)
    assert [one.char for one in payload.read.characters] == list("AB12345")
    assert payload.read.characters[0].p == pytest.approx(0.97)
    assert payload.read.jurisdiction == {"us-ct": 0.85, "us-ny": 0.15}
    (contested,) = payload.match.contested
    assert (contested.position, contested.rival, contested.decides) == (5, "7", True)
    assert payload.entry.vehicle.make == "Ford"
    assert payload.entry.caution == "armed"
    assert [gate.name for gate in payload.gates] == ["text", "jurisdiction", "vehicle", "list"]
    assert payload.gates[0].sentence == "the 5th character is 3 at .61 or 7 at .37"
    assert (payload.grade, payload.list.age_s) == (Grade.VERIFY, 14_400.0)
    assert payload.place.heading_deg == 12.5
    assert (payload.place.source, payload.place.age_s) == ("site", None)


def test_installers_test_is_marked() -> None:
    """A test says so in its rules and its reason; older receivers know no such category."""
    payload = parse_alert(TEST_ALERT).payload
    assert payload.handling.test
    assert not payload.handling.siren
    assert payload.handling.recipients == ("technician",)
    assert payload.entry.category == "other"
    assert payload.entry.reason.startswith("TEST, no police matter.")
    assert (payload.entry.plate, payload.entry.partial) == ("", "AB1?3*")


def test_rivals_of_one_percent_and_more() -> None:
    """A slot names every character from 1 % on, likeliest first, blank as the empty text."""
    slots = np.zeros((SLOTS, CLASSES), np.float32)
    slots[:, -1] = 1.0
    slots[0] = 0.0
    slots[0, [2, 7, 35, -1, 1]] = 0.6, 0.3, 0.0601, 0.035, 0.0049
    alert = an_alert()
    sighting = replace(alert.hit.sighting, slots=slots, text="2", raw_text="2")
    body = alert_body(hit=replace(alert.hit, sighting=sighting))
    (slot,) = parse_alert(body).payload.read.characters
    assert (slot.char, slot.p) == ("2", 0.6)
    assert [(one.char, one.p) for one in slot.others] == [("7", 0.3), ("Z", 0.0601), ("", 0.035)]


def test_crop_is_the_picture() -> None:
    """The words name size and digest of the JPEG, which travels beside them."""
    picture = np.random.default_rng(1).integers(0, 255, (37, 121, 3), np.uint8)
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    message = parse_alert(alert_body(crop_jpeg=jpeg))
    assert crop_of(message, jpeg) == jpeg
    crop = message.payload.crop
    assert crop is not None
    assert (crop.width, crop.height) == (121, 37)
    assert crop.sha256 == hashlib.sha256(jpeg).hexdigest()


def test_no_room_no_picture() -> None:
    """An alert without crop says null; that one was left out on the way is no fault either."""
    message = parse_alert(alert_body(crop_jpeg=b""))
    assert message.payload.crop is None
    assert crop_of(message, b"") is None
    assert crop_of(parse_alert(ALERT), b"") is None


def test_revision_says_what_it_replaces() -> None:
    """Revision 3 replaces revision 2 of the same id."""
    message = parse_alert(build_alert(an_alert(retracts=True), ALERT_ID, 3, STORED, UNIT, "0.1.0"))
    assert (message.revision, message.payload.revises, message.payload.retracts) == (3, 2, True)
    assert parse_alert(ALERT).payload.revises is None


def test_long_remarks_are_cut_visibly() -> None:
    """A list's endless reason never loses an alert; control characters go."""
    alert = an_alert()
    entry = an_entry(reason="x" * 5000, caution="arm\x00ed\n  and\u2028dangerous", owner="o" * 200)
    payload = parse_alert(alert_body(hit=replace(alert.hit, entry=entry))).payload
    assert len(payload.entry.reason) == 400
    assert payload.entry.reason.endswith("...")
    assert payload.entry.caution == "arm ed and dangerous"
    assert len(payload.entry.owner) == 80


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 1.5])
def test_no_number_that_is_none(value: float) -> None:
    """NaN, infinity and probabilities beyond 0..1 are refused, never sent."""
    alert = an_alert()
    with pytest.raises(MessageError):
        alert_body(hit=replace(alert.hit, probability=value))
    with pytest.raises(MessageError):
        alert_body(stage_ms={"reader": float("nan")})
    slots = alert.hit.sighting.slots.copy()
    slots[0, 0] = float("nan")
    with pytest.raises(MessageError):
        alert_body(hit=replace(alert.hit, sighting=replace(alert.hit.sighting, slots=slots)))


def test_bytes_are_canonical_and_the_same_each_time() -> None:
    """The same alert gives the same bytes; parsed and written again they do not change."""
    assert alert_body() == ALERT
    assert canonical(json.loads(ALERT)) == ALERT
    assert canonical(parse_alert(ALERT).model_dump(mode="json")) == ALERT
    assert digest(ALERT) == hashlib.sha256(ALERT).hexdigest()


@pytest.mark.parametrize(
    ("picture", "changes", "match"),
    [
        (a_jpeg(seed=9), {}, "its digest names"),
        (a_jpeg(), {"width": 7}, "the size that is said"),
        (b"AAA", {"sha256": hashlib.sha256(b"AAA").hexdigest()}, "not a JPEG"),
        (a_jpeg(size=110 * 1024), {}, "over 102400"),
    ],
)
def test_crop_that_is_not_what_it_says(picture: bytes, changes: dict[str, Any], match: str) -> None:
    """A picture with another digest, size or form than the words name is refused."""
    fields = json.loads(ALERT)
    fields["payload"]["crop"].update(changes)
    message = parse_alert(canonical(fields))
    with pytest.raises(MessageError, match=match):
        crop_of(message, picture)


def test_crop_that_nobody_spoke_of() -> None:
    """A picture beside words that have none is refused."""
    with pytest.raises(MessageError, match="that has none"):
        crop_of(parse_alert(alert_body(crop_jpeg=b"")), a_jpeg())


@given(data=st.binary(max_size=200))
def test_size_of_anything_is_a_size_or_an_error(data: bytes) -> None:
    """Whatever the bytes, the header's reader ends."""
    for start in (b"", b"\xff\xd8", b"\xff\xd8\xff"):
        try:
            width, height = jpeg_size(start + data)
        except MessageError:
            continue
        assert 0 <= width <= 65535
        assert 0 <= height <= 65535


def test_of_many_places_the_likeliest_ten_are_told() -> None:
    """A reader that knows ninety places makes no alert too large, nor does it stop one."""
    alert = an_alert()
    codes = {f"us-{number:03}": (0.6 if number == 42 else 0.004) for number in range(90)}
    codes |= {f"eu-{number:03}": 0.02 for number in range(12)}
    sighting = replace(alert.hit.sighting, jurisdiction=codes)
    told = parse_alert(alert_body(hit=replace(alert.hit, sighting=sighting))).payload.read
    assert len(told.jurisdiction) == 10
    assert told.jurisdiction["us-042"] == 0.6
    assert min(told.jurisdiction.values()) == 0.02
