"""Detector and reader together over whole pictures, as ``edge read`` runs them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edge.clock import Clock
from edge.evaluate.figures import Figure, Watch, of_groups, of_share
from edge.evaluate.metrics import percentile, share, shows
from edge.evaluate.sheet import Tile, cut
from edge.evaluate.truth import Picture
from edge.records import Detection, Frame, Pixels, Read
from edge.sources.pictures import read_picture
from edge.vision.picture import PictureReader, PictureReads

_PART: Final = "pictures"


class Outcome(StrEnum):
    """What became of the labelled plate."""

    RIGHT = "right"
    WRONG = "wrong"
    UNREAD = "unread"  # found, but a character was too uncertain to tell
    MISSED = "missed"


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A picture, what became of its labelled plate, and how many others were read.

    Attributes:
        text, confidence: of the read at the labelled plate; empty and 0 where there is none.
        others: further reads; whether they are right is not known.
    """

    picture: Picture
    image: Pixels
    outcome: Outcome
    text: str
    confidence: float
    others: int
    ms: float


def read(
    pictures: Sequence[Picture], reader: PictureReader, clock: Clock, watch: Watch
) -> list[Whole]:
    """Return what became of each picture's plate; *ms* counts from the decoded picture on."""
    wholes = []
    for picture in watch("reading pictures", pictures):
        image = read_picture(picture.path)
        began = clock.now()
        reads = reader.read(Frame(image, began, name=str(picture.path)))
        wholes.append(judge(picture, image, reads, clock.now().since(began) * 1000))
    return wholes


def judge(picture: Picture, image: Pixels, reads: PictureReads, ms: float) -> Whole:
    """Return what became of the labelled plate: read right, read wrong, unread or missed."""
    near = [one for one in reads.reads if _at(one.detection, picture)]
    best: Read | None = next((one for one in near if one.text == picture.text), None)
    if best is not None:
        outcome = Outcome.RIGHT
    elif near:
        outcome, best = Outcome.WRONG, near[0]
    elif any(_at(one, picture) for one in reads.unread):
        outcome = Outcome.UNREAD
    else:
        outcome = Outcome.MISSED
    text, confidence = (best.text, best.confidence) if best is not None else ("", 0.0)
    others = len(reads.reads) - len(near)
    return Whole(picture, image, outcome, text, confidence, others, ms)


def figures(wholes: Sequence[Whole]) -> list[Figure]:
    """Return how many labelled plates were read, found and told right, and the milliseconds."""
    outcomes = [one.outcome for one in wholes]
    told = [one for one in outcomes if one in (Outcome.RIGHT, Outcome.WRONG)]
    groups: dict[str, list[bool]] = defaultdict(list)
    for one in wholes:
        groups[one.picture.source].append(one.outcome is Outcome.RIGHT)
    exact, took = "labelled plate read exactly", [one.ms for one in wholes]
    others = sum(one.others for one in wholes) / max(1, len(wholes))
    return [
        of_share(_PART, "all", exact, share(one is Outcome.RIGHT for one in outcomes)),
        of_share(_PART, "all", "found", share(one is not Outcome.MISSED for one in outcomes)),
        of_share(_PART, "all", "right of those told", share(one is Outcome.RIGHT for one in told)),
        Figure(_PART, "all", "further reads a picture, not judged", round(others, 4)),
        Figure(_PART, "all", "milliseconds a picture, median", round(percentile(took, 50), 2)),
        Figure(_PART, "all", "milliseconds a picture, 95 %", round(percentile(took, 95), 2)),
        *of_groups(_PART, exact, {name: share(rights) for name, rights in groups.items()}),
    ]


def wrong(wholes: Sequence[Whole]) -> Iterator[Tile]:
    """Return a tile of each plate that was not read right, missed ones first."""
    for one in wholes:
        if one.outcome is Outcome.RIGHT:
            continue
        weight = 2.0 if one.outcome is Outcome.MISSED else one.confidence
        lines = (
            f"is   {one.picture.text}",
            f"{one.outcome} {one.text} {one.confidence:.2f}",
            f"{one.picture.source[:20]} {one.picture.path.stem}",
        )
        yield Tile(cut(one.image, one.picture.box), lines, weight)


def _at(detection: Detection, picture: Picture) -> bool:
    return shows(detection.box, picture.box)
