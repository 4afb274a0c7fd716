"""What a replayed clip gave, held against what is known of it. Pure.

Capturing and reading are told apart: a car that no read ever lay on was missed by the camera or
the detector, one that was read wrong by the reader. The one needs aim, the other needs pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge.evaluate.clip_truth import Box, Car
from edge.evaluate.metrics import shows

SLACK_S: Final = 2.0  # a pass may end, and be told, so long after its plate was last clear


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass as the line told it; times in seconds of the clip."""

    text: str
    confidence: float
    reads: int
    first_s: float
    last_s: float
    alerted: bool


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One read in one frame."""

    frame: int
    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """How a clip was read.

    Attributes:
        cars: whose plates could be read.
        captured: of them, those on whose plate a read lay.
        read: of them, those of whom a pass was told with the right text.
        missed, misread: the plates of those that were not captured, or not read.
        false: texts of passes that are of no car that was there.
    """

    cars: int
    captured: int
    read: int
    missed: tuple[str, ...]
    misread: tuple[str, ...]
    false: tuple[str, ...]

    @property
    def capture_rate(self) -> float:
        """Share of cars that were captured."""
        return self.captured / self.cars if self.cars else 0.0

    @property
    def read_rate(self) -> float:
        """Share of those captured that were read right."""
        return self.read / self.captured if self.captured else 0.0


def score(cars: Sequence[Car], passes: Sequence[Pass], glimpses: Sequence[Glimpse]) -> Score:
    """Return how *passes* and *glimpses* fit *cars*."""
    by_frame: dict[int, list[Glimpse]] = {}
    for glimpse in glimpses:
        by_frame.setdefault(glimpse.frame, []).append(glimpse)
    captured = [car for car in cars if _captured(car, by_frame)]
    right = [car for car in cars if any(_of(one, car) for one in passes)]
    read = [car for car in captured if car in right]
    false = [one.text for one in passes if not any(_of(one, car) for car in cars)]
    return Score(
        cars=len(cars),
        captured=len(captured),
        read=len(read),
        missed=tuple(car.text for car in cars if car not in captured),
        misread=tuple(car.text for car in captured if car not in right),
        false=tuple(false),
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """What another way of reading the same clip gains and loses; texts of passes, sorted."""

    gained: tuple[str, ...]
    lost: tuple[str, ...]


def difference(before: Sequence[Pass], after: Sequence[Pass]) -> Difference:
    """Return the texts that only one of two replays told, each as often as it was told."""
    left, right = [one.text for one in before], [one.text for one in after]
    gained, lost = list(right), []
    for text in left:
        if text in gained:
            gained.remove(text)
        else:
            lost.append(text)
    return Difference(tuple(sorted(gained)), tuple(sorted(lost)))


def _captured(car: Car, by_frame: dict[int, list[Glimpse]]) -> bool:
    return any(
        shows(glimpse.box, box)
        for number, box in car.boxes.items()
        for glimpse in by_frame.get(number, ())
    )


def _of(one: Pass, car: Car) -> bool:
    there = one.first_s <= car.last_s + SLACK_S and one.last_s >= car.first_s - SLACK_S
    return there and one.text == car.text
