"""Doubtful plates are looked at again."""

from collections.abc import Sequence

import numpy as np
import pytest

from edge.plates import alphabet
from edge.records import Pixels
from edge.vision.doubt import combined, look_again
from edge.vision.reader import Reader, Readings
from edge.vision.rectify import corners_of_box
from tests.vision import graphs

IMAGE = np.zeros((80, 320, 3), np.uint8)
PLATES = [(IMAGE, corners_of_box(box)) for box in ((20, 20, 120, 60), (200, 20, 300, 60))]


class Answers(Reader):
    """A reader that gives the texts it was told to and keeps where it was asked to cut."""

    def __init__(self, *texts: tuple[str, float]) -> None:
        self.texts = list(texts)
        self.cuts: list[tuple[float, float]] = []

    def cut(self, image: Pixels, corners: np.ndarray, margin: float) -> Pixels:
        assert margin == 0.04
        self.cuts.append(tuple(round(float(at), 2) for at in corners[0]))
        return image

    def read(self, crops: Sequence[Pixels]) -> Readings:
        told = [self.texts.pop(0) for _ in crops]
        return readings(*told)


def readings(*told: tuple[str, float]) -> Readings:
    """Reads of texts, each slot with the given probability; Connecticut as sure as a slot."""
    slots = np.stack([graphs.distribution(text, sure) for text, sure in told])
    return Readings(slots, tuple({"us-ct": sure} for _, sure in told))


def test_a_doubtful_plate_is_read_thrice() -> None:
    """What two shifted crops say prevails over a doubtful first read; a sure plate stays."""
    reader = Answers(("AB8", 0.97), ("AB8", 0.94))
    first = readings(("ABB", 0.6), ("XYZ", 0.999))
    looked = look_again(reader, PLATES, first, 0.04, 0.8)
    assert [alphabet.decode(one) for one in looked.slots] == ["AB8", "XYZ"]
    np.testing.assert_array_equal(looked.slots[1], first.slots[1])
    np.testing.assert_allclose(looked.slots.sum(axis=2), 1.0, atol=1e-5)
    assert looked.jurisdictions[0]["us-ct"] == pytest.approx((0.6 + 0.97 + 0.94) / 3)
    assert reader.cuts == [(23.0, 18.8), (17.0, 21.2)]
    assert alphabet.decode(first.slots[0]) == "ABB"


def test_sure_plates_cost_nothing() -> None:
    """Without doubt, or with the threshold at 0, nothing is cut or read again."""
    reader = Answers()
    sure, doubtful = readings(("AB1", 0.999), ("AB2", 0.99)), readings(("AB1", 0.3), ("AB2", 0.4))
    assert look_again(reader, PLATES, sure, 0.04, 0.8) is sure
    assert look_again(reader, PLATES, doubtful, 0.04, 0.0) is doubtful
    assert reader.cuts == []


def test_several_doubtful_plates_keep_their_own_reads() -> None:
    """Each plate is joined with its own two crops, not with its neighbour's."""
    reader = Answers(("A1", 0.9), ("B2", 0.9), ("A1", 0.9), ("B2", 0.9))
    looked = look_again(reader, PLATES, readings(("A1", 0.5), ("B2", 0.5)), 0.04, 0.8)
    assert [alphabet.decode(one) for one in looked.slots] == ["A1", "B2"]


def test_a_reader_without_jurisdictions_gives_none() -> None:
    """Where the reader has no such head, the mean has none either."""
    told = readings(("A1", 0.5))
    first = Readings(told.slots, ({},))

    class Bare(Answers):
        def read(self, crops: Sequence[Pixels]) -> Readings:
            return Readings(super().read(crops).slots, ({},) * len(crops))

    looked = look_again(Bare(("A1", 0.9), ("A1", 0.9)), PLATES[:1], first, 0.04, 0.8)
    assert looked.jurisdictions == ({},)


def test_reads_that_agree_stay_as_sure() -> None:
    """Three equal reads are together as sure as one; where they differ, less."""
    same = graphs.distribution("A1", 0.9)
    np.testing.assert_allclose(combined(np.stack([same] * 3)), same, rtol=1e-5)
    apart = combined(np.stack([same, same, graphs.distribution("A7", 0.9)]))
    assert alphabet.decode(apart) == "A1"
    assert apart[1].max() < 0.9
    never = np.stack([np.eye(2, dtype=np.float32)] * 2)
    assert np.isfinite(combined(never)).all()
