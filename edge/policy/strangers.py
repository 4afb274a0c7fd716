"""Which plates in a clip are not the test car's, and must be covered before anything is kept.

A plate is followed from frame to frame by its place; one that is read as the test plate often
enough is the test car's, in the frames too in which it is too small to be read. Everything else is
a stranger's, and so is whatever lay there a few frames earlier or later: a plate that one frame
does not show is covered all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge.plates.lookalikes import differing

Box = tuple[float, float, float, float]

SURE: Final = 0.5  # a read less certain than this names nobody
_OFTEN: Final = 0.2  # of a car's frames in which its plate is read without a fault
_GONE: Final = 3  # frames without a plate after which it is another one
_NEAR: Final = 3  # frames before and after in which a stranger's place stays covered
_SAME: Final = 0.2  # of two boxes' common area that both cover


@dataclass(frozen=True, slots=True)
class Seen:
    """A plate in one frame, however faint.

    Attributes:
        box: x1, y1, x2, y2.
        text: empty where nothing was made out; *confidence* is of it.
    """

    box: Box
    text: str
    confidence: float


@dataclass(slots=True)
class _Car:
    places: list[tuple[int, int]]
    last: int
    box: Box


def strangers(frames: Sequence[Sequence[Seen]], plate: str) -> list[list[Box]]:
    """Return for each frame the boxes to cover.

    Args:
        frames: what was found in each, at a threshold at which false plates are found as well.
        plate: the test car's, as it is read.
    """
    own = own_places(frames, plate)
    found: list[list[Box]] = [[] for _ in frames]
    for number, plates in enumerate(frames):
        for index, one in enumerate(plates):
            if (number, index) in own:
                continue
            first, last = max(0, number - _NEAR), min(len(frames), number + _NEAR + 1)
            for near in range(first, last):
                found[near].append(one.box)
    return found


def own_places(frames: Sequence[Sequence[Seen]], plate: str) -> set[tuple[int, int]]:
    """Return (frame, index) of every plate in *frames* that is the test car's."""
    own: set[tuple[int, int]] = set()
    for car in _followed(frames):
        reads = [frames[number][index] for number, index in car.places]
        exact = sum(_exact(one, plate) for one in reads)
        if not exact or exact < _OFTEN * len(reads):
            continue
        pairs = zip(car.places, reads, strict=True)
        own.update(place for place, one in pairs if not _another(one, plate))
    return own


def _exact(one: Seen, plate: str) -> bool:
    return one.text == plate and one.confidence >= SURE


def _another(one: Seen, plate: str) -> bool:
    """Say whether a read is surely of another plate, to which the following has jumped."""
    return one.confidence >= SURE and differing(one.text, plate) > 1


def _followed(frames: Sequence[Sequence[Seen]]) -> list[_Car]:
    cars: list[_Car] = []
    for number, plates in enumerate(frames):
        open_ = [car for car in cars if number - car.last <= _GONE]
        pairs = [
            (overlap(car.box, one.box), which, index)
            for which, car in enumerate(open_)
            for index, one in enumerate(plates)
        ]
        cars_left, left = set(range(len(open_))), set(range(len(plates)))
        for share, which, index in sorted(pairs, reverse=True):
            if share >= _SAME and which in cars_left and index in left:
                cars_left.discard(which)
                left.discard(index)
                car = open_[which]
                car.places.append((number, index))
                car.last, car.box = number, plates[index].box
        cars += [_Car([(number, index)], number, plates[index].box) for index in sorted(left)]
    return cars


def overlap(one: Box, other: Box) -> float:
    """Return the share of two boxes' common area that both cover, 0..1."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    shared = wide * high
    areas = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return shared / (areas - shared)
