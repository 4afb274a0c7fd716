"""The reader over the labelled crops."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.config.models import ReaderSection
from edge.evaluate.figures import Figure, Watch, of_groups, of_share
from edge.evaluate.metrics import Share, character_errors, confusions, share
from edge.evaluate.sheet import Tile
from edge.evaluate.truth import Plate
from edge.plates import alphabet
from edge.records import Pixels
from edge.sources.pictures import read_picture
from edge.vision.reader import Reader
from edge.vision.rectify import corners_of_box, rectify

_PART: Final = "reader"
_BATCH: Final = 32
_CURVE: Final = (0.0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A crop, its true text, and what was read."""

    plate: Plate
    image: Pixels
    text: str
    confidence: float
    weakest: float

    @property
    def right(self) -> bool:
        """Whether the whole text is right."""
        return self.text == self.plate.text


def read(plates: Sequence[Plate], reader: Reader, margin: float, watch: Watch) -> list[Reading]:
    """Return what the reader makes of each crop, widened by *margin* beyond its borders.

    With margin 0 it sees the crop as stored, borders and all. Widened, the border's own pixels
    repeat, which is not what the line sees: there is a car around its plates.
    """
    readings: list[Reading] = []
    batches = [plates[start : start + _BATCH] for start in range(0, len(plates), _BATCH)]
    for batch in watch("reading crops", batches):
        images = [read_picture(plate.path) for plate in batch]
        told = reader.read([_flat(image, reader.size, margin) for image in images])
        readings += map(_reading, batch, images, told.slots)
    return readings


def _flat(image: Pixels, size: tuple[int, int], margin: float) -> Pixels:
    height, width = image.shape[:2]
    return rectify(image, corners_of_box((0, 0, width, height)), *size, margin)


def _reading(plate: Plate, image: Pixels, slots: NDArray[np.float32]) -> Reading:
    weakest = float(slots.max(axis=1).min())
    return Reading(plate, image, alphabet.decode(slots), alphabet.confidence(slots), weakest)


def figures(readings: Sequence[Reading], section: ReaderSection) -> list[Figure]:
    """Return exact plates and character errors, all, by source and by region."""
    told = [one for one in readings if one.weakest >= section.weakest_character and one.text]
    errors = character_errors(_pairs(readings))
    name = "whole plate exact"
    return [
        of_share(_PART, "all", name, share(one.right for one in readings)),
        Figure(_PART, "all", "character error rate", round(errors.value, 5)),
        of_share(_PART, "all", "told (weakest character)", Share(len(told), len(readings))),
        of_share(_PART, "all", "exact of those told", share(one.right for one in told)),
        *of_groups(_PART, name, _by(readings, lambda plate: plate.source)),
        *of_groups(_PART, name, _by(readings, lambda plate: plate.region.split("-")[0])),
    ]


def widened(readings: Sequence[Reading], margin: float) -> Figure:
    """Return exact plates of crops that were read with *margin*."""
    name = f"exact with borders repeated by {margin}"
    return of_share(_PART, "all", name, share(one.right for one in readings))


def _by(readings: Sequence[Reading], group: Callable[[Plate], str]) -> dict[str, Share]:
    outcomes: dict[str, list[bool]] = defaultdict(list)
    for one in readings:
        outcomes[group(one.plate)].append(one.right)
    return {name: share(rights) for name, rights in outcomes.items()}


def curve(readings: Sequence[Reading]) -> list[dict[str, float]]:
    """Return the share told, and how many of it are exact, over ``weakest_character``."""
    points = []
    for least in _CURVE:
        told = [one for one in readings if one.weakest >= least and one.text]
        exact = share(one.right for one in told).value
        shown = Share(len(told), len(readings)).value
        points.append(
            {"weakest_character": least, "told": round(shown, 4), "exact": round(exact, 4)}
        )
    return points


def mistaken(readings: Sequence[Reading]) -> list[dict[str, str | int]]:
    """Return which characters were taken for which, the 30 most frequent."""
    counted = confusions(_pairs(readings))[:30]
    return [{"true": true, "read": read, "count": count} for true, read, count in counted]


def wrong(readings: Sequence[Reading]) -> Iterator[Tile]:
    """Return a tile of each wrong read, the surest first."""
    for one in readings:
        if not one.right:
            lines = (
                f"is   {one.plate.text}",
                f"read {one.text} {one.confidence:.2f}",
                f"{one.plate.source[:20]} {one.plate.path.stem}",
            )
            yield Tile(one.image, lines, one.confidence)


def _pairs(readings: Sequence[Reading]) -> list[tuple[str, str]]:
    return [(one.plate.text, one.text) for one in readings]
