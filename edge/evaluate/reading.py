"""The reader over the labelled crops."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.config.models import ReaderSection
from edge.evaluate.checked import Checked
from edge.evaluate.figures import Figure, Labels, Watch, of_marks, of_share
from edge.evaluate.jurisdiction import Said, said
from edge.evaluate.marks import Mark, place_of
from edge.evaluate.measures import by_scales, light
from edge.evaluate.metrics import Share, character_errors, share
from edge.evaluate.sheet import Tile
from edge.evaluate.truth import Plate
from edge.plates import alphabet
from edge.records import Pixels
from edge.sources.pictures import read_picture
from edge.vision.doubt import look_again
from edge.vision.reader import Reader
from edge.vision.rectify import corners_of_box

EXACT: Final = "whole plate exact"
_PART: Final = "reader"
_BATCH: Final = 32
_CURVE: Final = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A crop, its true text, and what was read.

    Attributes:
        jurisdiction: probability by code; empty where the reader has no such head.
        widened: what was read with the crop's borders repeated.
    """

    plate: Plate
    image: Pixels
    text: str
    confidence: float
    jurisdiction: Mapping[str, float]
    widened: str

    @property
    def right(self) -> bool:
        """Whether the whole text is that of the stored label."""
        return self.text == self.plate.text


def read(
    plates: Sequence[Plate], reader: Reader, section: ReaderSection, watch: Watch
) -> list[Reading]:
    """Return what the line makes of each crop as stored, borders and all, doubtful ones again.

    Beside it stands what the reader makes of the crop widened by the line's margin beyond its
    borders: the border's own pixels repeat, which is not what the line sees, for there is a car
    around its plates.
    """
    readings: list[Reading] = []
    batches = [plates[start : start + _BATCH] for start in range(0, len(plates), _BATCH)]
    for batch in watch("reading crops", batches):
        images = [read_picture(plate.path) for plate in batch]
        whole = [(image, _corners(image)) for image in images]
        told = reader.read([reader.cut(*one, 0.0) for one in whole])
        told = look_again(reader, whole, told, 0.0, section.look_again_below)
        wide = reader.read([reader.cut(*one, section.margin) for one in whole])
        readings += map(_reading, batch, images, told.slots, told.jurisdictions, wide.slots)
    return readings


def _corners(image: Pixels) -> NDArray[np.float32]:
    height, width = image.shape[:2]
    return corners_of_box((0, 0, width, height))


def _reading(
    plate: Plate,
    image: Pixels,
    slots: NDArray[np.float32],
    jurisdiction: Mapping[str, float],
    wide: NDArray[np.float32],
) -> Reading:
    return Reading(
        plate,
        image,
        text=alphabet.decode(slots),
        confidence=alphabet.confidence(slots),
        jurisdiction=jurisdiction,
        widened=alphabet.decode(wide),
    )


def marks(readings: Sequence[Reading], checked: Checked) -> list[Mark]:
    """Say of each crop whether it was read right; without those that nobody can read."""
    found = []
    for one in readings:
        right = checked.right(one.plate.file, one.plate.text, [one.text])
        if right is not None:
            found.append(_mark(one, right))
    return found


def _mark(one: Reading, right: bool) -> Mark:
    return Mark(
        file=one.plate.file,
        key=one.plate.text,
        right=right,
        source=one.plate.source,
        place=place_of(one.plate.region),
        confidence=one.confidence,
        measures={"width": float(one.image.shape[1]), **light(one.image)},
    )


def figures(readings: Sequence[Reading], section: ReaderSection, checked: Checked) -> list[Figure]:
    """Return exact plates and character errors; of no readings nothing."""
    if not readings:
        return []
    told = [one for one in readings if one.confidence >= section.least_confidence and one.text]
    errors = character_errors([(one.plate.text, one.text) for one in readings])
    touched = any(checked.touches(one.plate.file) for one in readings)
    repeated = f"exact with borders repeated by {section.margin}"
    return [
        *of_labels(marks(readings, Checked()), "stored"),
        *(of_labels(marks(readings, checked), "checked") if touched else ()),
        Figure(_PART, "all", "character error rate", round(errors.value, 5), better="less"),
        of_share(_PART, "told (sure enough)", Share(len(told), len(readings))),
        of_share(_PART, "exact of those told", share(one.right for one in told)),
        of_share(_PART, repeated, share(one.widened == one.plate.text for one in readings)),
    ]


def of_labels(found: Sequence[Mark], labels: Labels) -> list[Figure]:
    """Return exact plates in all groups, and by width and light."""
    return [*of_marks(_PART, EXACT, found, labels), *by_scales(_PART, EXACT, found, labels)]


def curve(readings: Sequence[Reading]) -> list[dict[str, float]]:
    """Return the share told, and how many of it are exact, over ``least_confidence``."""
    points = []
    for least in _CURVE if readings else ():
        told = [one for one in readings if one.confidence >= least and one.text]
        exact = share(one.right for one in told).value
        shown = Share(len(told), len(readings)).value
        points.append(
            {"least_confidence": least, "told": round(shown, 4), "exact": round(exact, 4)}
        )
    return points


def texts(readings: Sequence[Reading], checked: Checked) -> list[tuple[str, str]]:
    """Return each text that can be trusted and what was read.

    Where a label is wrong its right text is not known, only whether the read is right: those
    that are count as read, the others are left out.
    """
    pairs = []
    for one in readings:
        file = one.plate.file
        right = checked.right(file, one.plate.text, [one.text])
        if file in checked.accepts:
            pairs += [(one.text, one.text)] if right else []
        elif right is not None:
            pairs.append((one.plate.text, one.text))
    return pairs


def places(readings: Sequence[Reading]) -> list[Said]:
    """Return what the reader says of where each plate is from; nothing without such a head."""
    return [
        said(one.plate.file, one.plate.text, one.plate.source, one.plate.region, one.jurisdiction)
        for one in readings
        if one.jurisdiction
    ]


def wrong(readings: Sequence[Reading], checked: Checked) -> Iterator[Tile]:
    """Return a tile of each wrong read, the surest first; not of those that nobody can read."""
    for one in readings:
        if checked.right(one.plate.file, one.plate.text, [one.text]) is False:
            doubted = "  (label is wrong)" if one.plate.file in checked.accepts else ""
            lines = (
                f"is   {one.plate.text}{doubted}",
                f"read {one.text} {one.confidence:.2f}",
                f"{one.plate.source[:20]} {one.plate.path.stem}",
            )
            yield Tile(one.image, lines, one.confidence, one.plate.file)
