"""The last minute in memory: covered before it is kept, bounded, and gone when it is over."""

import cv2
import numpy as np
import pytest

from edge.errors import PictureError
from edge.records import Frame, Pixels, Read
from edge.services import tuning_ring
from edge.services.glass_look import Looker, Rules
from edge.services.tuning_ring import Picked, Ring, told
from models.measure.aimed import shown
from tests.fakes import START, FakeClock
from tests.services.test_glass import look_of
from tests.tracking.reads import read_of

PLATE = read_of("AB12345", x=100.0, y=100.0, width=160.0)


def scene(reads: list[Read], *, masked: bool = True) -> tuple[tuning_ring.Head, bytearray]:
    """Return a look whose plates are stripes, as it comes through the glass."""
    image = np.full((360, 480, 3), 128, np.uint8)
    for read in reads or [PLATE]:
        x1, y1, x2, y2 = (round(value) for value in read.detection.box)
        image[y1:y2, x1:x2:8] = 0
        image[y1:y2, x1 + 4 : x2 : 8] = 255
    return through(reads, image, masked=masked)


def through(
    reads: list[Read], image: Pixels, *, masked: bool = True
) -> tuple[tuning_ring.Head, bytearray]:
    """Return a look at *image* with *reads*."""
    looker = Looker(Rules(masked=masked, least_confidence=0.1, min_reads=2))
    head, pixels = looker.head(look_of(reads, Frame(image, START)), image, 1, 0, 1000)
    return head, bytearray(b"".join(pixels))


def stripes(jpeg: bytes | None) -> float:
    """Return how much the plate's place in a picture differs from pixel to pixel."""
    assert jpeg is not None
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return float(image[102:138, 104:256].std())


def test_plates_are_covered_before_a_picture_is_kept() -> None:
    """Nothing is left of a plate's pattern. Control: where the law allows it, the stripes stand."""
    ring = Ring(FakeClock())
    ring.take(*scene([PLATE]))
    ring.take(*scene([PLATE], masked=False))
    hidden, seen = ring.kept(1), ring.kept(2)
    assert hidden is not None
    assert seen is not None
    assert stripes(hidden.jpeg) < 5
    assert stripes(seen.jpeg) > 50


def test_a_plate_that_one_look_misses_stays_covered() -> None:
    """Where a plate was within the last second it is covered, found or not; later no more."""
    clock = FakeClock()
    ring = Ring(clock)
    ring.take(*scene([PLATE]))
    clock.advance(0.4)
    ring.take(*scene([]))
    clock.advance(2.0)
    ring.take(*scene([]))
    kept = [ring.kept(number) for number in (2, 3)]
    assert [stripes(one.jpeg) < 5 for one in kept if one] == [True, False]


def test_a_minute_is_kept_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks leave after a minute, or when there are too many bytes; a clear leaves none."""
    clock = FakeClock()
    ring = Ring(clock)
    for _ in range(70):
        ring.take(*scene([]))
        clock.advance(1.0)
    oldest, newest = ring.span()
    assert newest == 70
    assert 59 <= newest - oldest + 1 <= 61
    monkeypatch.setattr(tuning_ring, "MOST_BYTES", 30_000)
    ring.take(*scene([PLATE]))
    held = [one for number in range(72) if (one := ring.kept(number))]
    assert 1 <= len(held) < 20
    assert sum(len(one.jpeg) for one in held) <= 30_000
    ring.clear()
    assert ring.span() == (0, 0)
    assert ring.look(0, 0.0) is None


def test_a_plate_is_measured_at_its_own_size_though_it_is_covered() -> None:
    """Width and character height of a rendered plate are told within a tenth of the truth."""
    truth = shown(200.0)
    image = cv2.cvtColor(truth.image, cv2.COLOR_GRAY2BGR)
    x1, y1 = truth.corners.min(axis=0)
    read = read_of("AB123", x=float(x1), y=float(y1), width=200.0)
    detection = type(read.detection)(truth.corners, read.detection.box, 0.9)
    moved = type(read)(detection, read.slots, "AB123", 0.9, read.crop, read.captured, read.detected)
    ring = Ring(FakeClock())
    ring.take(*through([moved], np.asarray(image, np.uint8)))
    kept = ring.kept(1)
    assert kept is not None
    (plate,) = told(kept, 50.0)["plates"]
    found = {one["name"]: one["value"] for one in plate["aim"]["findings"]}
    assert found["plate width"] == pytest.approx(200.0, rel=0.1)
    assert found["character height"] == pytest.approx(truth.character_px, rel=0.1)
    assert found["stroke"] == pytest.approx(truth.stroke_px, rel=0.1)


def test_pixels_that_do_not_fit_their_head_are_refused() -> None:
    """A cut look is an error, and nothing is kept of it."""
    ring = Ring(FakeClock())
    head, pixels = scene([PLATE])
    with pytest.raises(PictureError, match="other pixels"):
        ring.take(head, pixels[:-1])
    assert ring.span() == (0, 0)


def test_the_plate_that_was_pointed_at_is_measured_and_followed() -> None:
    """Pointing chooses another than the first; its pass is followed; when it is gone, the first."""
    picked = Picked()
    assert picked.of(street(0.0)) == 0
    picked.point((520, 210))
    assert [picked.of(street(moved)) for moved in (0.0, 60.0, 120.0)] == [1, 1, 1]
    picked.point((520, 210))  # the page asks the same with every look
    assert picked.of(street(180.0)) == 1
    assert picked.of(street(240.0, seen=1)) == 0
    picked.point(None)
    assert picked.of(street(0.0)) == 0


def street(moved: float, seen: int = 2) -> tuning_ring.Head:
    """Return a look at two plates, of which the second drives to the right."""
    plates = [read_of("AB12345", x=100.0), read_of("CD67890", x=480.0 + moved, y=200.0)][:seen]
    frame = Frame(np.zeros((480, 960, 3), np.uint8), START)
    rules = Rules(masked=True, least_confidence=0.1, min_reads=2)
    return Looker(rules).head(look_of(plates, frame), frame.image, 1, 0, 0)[0]
