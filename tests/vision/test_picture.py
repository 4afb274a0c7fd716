"""Tests of one picture's way to its reads."""

from collections.abc import Callable

import numpy as np
import pytest

from edge.config.zones import ZonesSection
from edge.errors import PictureError
from edge.records import Frame
from edge.vision.picture import PictureReader
from tests.fakes import START
from tests.vision import graphs

RIM = 6  # more than the margin that is read with the plate
Opened = Callable[..., PictureReader]


def street(*plates: tuple[int, int, int], size: tuple[int, int] = (384, 640)) -> Frame:
    """A black frame with plates 80x30 at x, y of a grey level, their rims of the same."""
    image = np.zeros((*size, 3), np.uint8)
    for x, y, level in plates:
        image[max(0, y - RIM) : y + 30 + RIM, x - RIM : x + 80 + RIM] = level
    return Frame(image, START)


def rows(*plates: tuple[int, int, int]) -> np.ndarray:
    return np.array([graphs.row(0.9, (x, y, x + 80, y + 30)) for x, y, _ in plates], np.float32)


def test_each_plate_has_its_own_read_and_crop(picture_reader: Opened) -> None:
    """Several plates in a picture keep their texts, boxes and crops apart."""
    plates = ((20, 20, 190), (300, 40, 110), (500, 300, 45))
    reads = picture_reader(graphs.fixed_detector(rows(*plates)), graphs.brightness_reader()).read(
        street(*plates)
    )
    by_text = {read.text: read for read in reads.reads}
    assert {text: read.detection.box[0] for text, read in by_text.items()} == pytest.approx(
        {"9": 20, "5": 300, "2": 500}
    )
    assert by_text["9"].crop.max() == 190
    assert reads.unread == ()
    assert set(reads.stage_ms) == {"detect", "rectify", "read"}


def test_twenty_plates_are_read_at_once(picture_reader: Opened) -> None:
    """A full car park gives a read for each plate, one text a place."""
    plates = [(20 + 120 * (i % 5), 20 + 90 * (i // 5), 100) for i in range(20)]
    reads = picture_reader(graphs.fixed_detector(rows(*plates)), graphs.fixed_reader("A1")).read(
        street(*plates)
    )
    assert len(reads.reads) == 20
    assert {read.text for read in reads.reads} == {"A1"}
    assert len({read.detection.box for read in reads.reads}) == 20


def test_a_crop_outlives_its_frame(picture_reader: Opened) -> None:
    """A read's crop is a copy: a camera that fills its buffer anew does not change it."""
    frame = street((300, 100, 255))
    (read,) = picture_reader(graphs.bright_detector(), graphs.fixed_reader("A1")).read(frame).reads
    frame.image[:] = 7
    assert read.crop.max() == 255
    assert read.crop.shape[0] >= 30
    assert read.captured == START


@pytest.mark.parametrize(("below", "batches"), [(0.0, [2]), (0.97, [2, 4]), (0.3, [2])])
def test_doubtful_plates_are_read_from_shifted_crops_too(
    picture_reader: Opened, monkeypatch: pytest.MonkeyPatch, below: float, batches: list[int]
) -> None:
    """Plates read less surely than the setting says are read from two crops more each."""
    plates = ((20, 20, 100), (300, 40, 110))
    reader = picture_reader(
        graphs.fixed_detector(rows(*plates)), graphs.fixed_reader("A1"), look_again_below=below
    )
    read, asked = reader.reader.read, []
    monkeypatch.setattr(
        reader.reader, "read", lambda crops: asked.append(len(crops)) or read(crops)
    )
    assert [one.text for one in reader.read(street(*plates)).reads] == ["A1", "A1"]
    assert asked == batches


@pytest.mark.parametrize(("text", "sure"), [("A1", 0.2), ("", 0.9)])
def test_what_is_not_readable_is_told_as_unread(
    picture_reader: Opened, text: str, sure: float
) -> None:
    """A plate read too unsurely, or with no text, is a detection without a read."""
    reads = picture_reader(graphs.bright_detector(), graphs.fixed_reader(text, sure)).read(
        street((300, 100, 255))
    )
    assert reads.reads == ()
    assert len(reads.unread) == 1


def test_plates_outside_the_zones_are_not_there(picture_reader: Opened) -> None:
    """A plate in an ignored zone is neither read nor told as unread."""
    whole = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    zones = ZonesSection(interest=(), ignore=(whole,), direction=(), sense="both")
    reads = picture_reader(graphs.bright_detector(), graphs.fixed_reader("A1"), zones=zones).read(
        street((300, 100, 255))
    )
    assert (reads.reads, reads.unread) == ((), ())


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 1), (2160, 3840, 3), (400, 300, 1), (2, 900, 3)])
def test_any_picture_is_read(picture_reader: Opened, shape: tuple[int, ...]) -> None:
    """One pixel, 4K and grey pictures whose plate fills them, or is a speck, give sound reads."""
    reader = picture_reader(graphs.bright_detector(), graphs.fixed_reader("A1"), min_width=0.0)
    for read in reader.read(Frame(np.full(shape, 255, np.uint8), START)).reads:
        assert read.crop.size > 0
        assert np.isfinite(read.slots).all()


def test_a_plate_across_the_edge_is_read(picture_reader: Opened) -> None:
    """Corners outside of the frame still give a crop of the part inside."""
    detector = graphs.fixed_detector(np.array([graphs.row(0.9, (-40, 370, 60, 400))], np.float32))
    (read,) = picture_reader(detector, graphs.fixed_reader("A1")).read(street()).reads
    assert read.crop.shape[:2] == (19, 75)
    assert read.detection.box == (0.0, 370.0, 60.0, 384.0)


def test_a_frame_without_pixels_is_an_error(picture_reader: Opened) -> None:
    """An empty frame is told, not read as an empty street."""
    reader = picture_reader(graphs.bright_detector(), graphs.fixed_reader("A1"))
    with pytest.raises(PictureError):
        reader.read(Frame(np.zeros((0, 0, 3), np.uint8), START))


def test_a_read_knows_where_its_plate_is_from(picture_reader: Opened) -> None:
    """What the reader says of a plate's place travels with its read, without the unknown share."""
    reader = graphs.placed_reader("A1", [0.75, 0.25])
    places = graphs.jurisdictions("us-ct", "unknown")
    pictures = picture_reader(graphs.bright_detector(), reader, card=places)
    (read,) = pictures.read(street((300, 100, 255))).reads
    assert read.jurisdiction == {"us-ct": 0.75}
