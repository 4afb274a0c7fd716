"""Detector and reader together over whole pictures, as ``edge read`` runs them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from edge.clock import Clock
from edge.evaluate.checked import Checked
from edge.evaluate.figures import Figure, Labels, Watch, of_marks
from edge.evaluate.marks import Mark, place_of
from edge.evaluate.measures import by_scales, light_in, slant
from edge.evaluate.metrics import percentile, shows
from edge.evaluate.sheet import Tile, cut
from edge.evaluate.truth import Picture
from edge.records import Detection, Frame, Pixels
from edge.sources.pictures import read_picture
from edge.vision.picture import PictureReader, PictureReads

EXACT: Final = "labelled plate read exactly"
CAPTURED: Final = "found"
READ: Final = "found plates read exactly"
STAGES: Final = ("decode", "detect", "rectify", "read")
_PART: Final = "pictures"


class Outcome(StrEnum):
    """What became of the labelled plate, by its stored label."""

    RIGHT = "right"
    WRONG = "wrong"
    UNREAD = "unread"  # found, but a character was too uncertain to tell
    MISSED = "missed"


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A picture and what became of its labelled plate.

    Attributes:
        crop: the plate with what is around it.
        light: of the plate, see :func:`edge.evaluate.measures.light_in`.
        texts: all reads at the labelled plate, the one that counts first.
        confidence: of the first; 0 where there is none.
        detection: what was found at the labelled plate.
        strays: finds that are not about it, and *stray_reads*, how many of them were read;
            whether they are right is not known.
        stage_ms: milliseconds by stage, with ``decode``.
    """

    picture: Picture
    crop: Pixels
    light: Mapping[str, float]
    outcome: Outcome
    texts: tuple[str, ...]
    confidence: float
    detection: Detection | None
    strays: tuple[Detection, ...]
    stray_reads: int
    stage_ms: Mapping[str, float]

    @property
    def text(self) -> str:
        """The read that counts; empty where there is none."""
        return self.texts[0] if self.texts else ""


def read(
    pictures: Sequence[Picture], reader: PictureReader, clock: Clock, watch: Watch
) -> list[Whole]:
    """Return what became of each picture's plate."""
    wholes = []
    for picture in watch("reading pictures", pictures):
        began = clock.now()
        image = read_picture(picture.path)
        decoded = clock.now()
        reads = reader.read(Frame(image, decoded, name=str(picture.path)))
        wholes.append(judge(picture, image, reads, decoded.since(began) * 1000))
    return wholes


def judge(picture: Picture, image: Pixels, reads: PictureReads, decode_ms: float) -> Whole:
    """Return what became of the labelled plate: read right, read wrong, unread or missed."""
    near = [one for one in reads.reads if shows(one.detection.box, picture.box)]
    near.sort(key=lambda one: one.text != picture.text)
    unread = [one for one in reads.unread if shows(one.box, picture.box)]
    finds = [*(one.detection for one in near), *unread]
    others = [one.detection for one in reads.reads if one not in near]
    if near:
        outcome = Outcome.RIGHT if near[0].text == picture.text else Outcome.WRONG
    else:
        outcome = Outcome.UNREAD if unread else Outcome.MISSED
    return Whole(
        picture,
        crop=cut(image, picture.box),
        light=light_in(image, picture.box),
        outcome=outcome,
        texts=tuple(one.text for one in near),
        confidence=near[0].confidence if near else 0.0,
        detection=finds[0] if finds else None,
        strays=(*others, *(one for one in reads.unread if one not in unread)),
        stray_reads=len(others),
        stage_ms={"decode": decode_ms, **reads.stage_ms},
    )


def marks(wholes: Sequence[Whole], checked: Checked) -> list[Mark]:
    """Say of each picture whether its plate was read right; without plates nobody can read."""
    found = []
    for one in wholes:
        picture = one.picture
        right = checked.right(picture.file, picture.text, one.texts)
        if right is not None:
            found.append(_mark(one, right))
    return found


def captured(wholes: Sequence[Whole]) -> list[Mark]:
    """Say of each picture whether its plate was found, read or not."""
    return [_mark(one, one.detection is not None) for one in wholes]


def _mark(one: Whole, right: bool) -> Mark:
    measures = {"width": one.picture.box[2] - one.picture.box[0], **one.light}
    if one.detection is not None:
        measures |= slant(one.detection.corners)
    return Mark(
        file=one.picture.file,
        key=one.picture.text,
        right=right,
        source=one.picture.source,
        place=place_of(one.picture.region),
        confidence=one.confidence,
        measures=measures,
    )


def figures(wholes: Sequence[Whole], checked: Checked) -> list[Figure]:
    """Return how many labelled plates were found and read, and the milliseconds."""
    if not wholes:
        return []
    took = [sum(one.stage_ms.values()) for one in wholes]
    others = sum(one.stray_reads for one in wholes) / len(wholes)
    return [
        *_of_labels(wholes, Checked(), "stored"),
        *(_of_labels(wholes, checked, "checked") if _touched(wholes, checked) else ()),
        *of_marks(_PART, CAPTURED, captured(wholes)),
        *by_scales(_PART, CAPTURED, captured(wholes)),
        _number("further reads a picture, not judged", round(others, 4), ""),
        _number(
            "milliseconds a picture, decoding included, median",
            round(percentile(took, 50), 2),
            "less",
        ),
        _number(
            "milliseconds a picture, decoding included, 95 %",
            round(percentile(took, 95), 2),
            "less",
        ),
    ]


def _touched(wholes: Sequence[Whole], checked: Checked) -> bool:
    return any(checked.touches(one.picture.file) for one in wholes)


def _of_labels(wholes: Sequence[Whole], checked: Checked, labels: Labels) -> list[Figure]:
    exact = marks(wholes, checked)
    read = marks([one for one in wholes if one.detection is not None], checked)
    told = marks([one for one in wholes if one.texts], checked)
    return [
        *of_marks(_PART, EXACT, exact, labels),
        *of_marks(_PART, READ, read, labels),
        *of_marks(_PART, "right of those told", told, labels),
        *by_scales(_PART, READ, read, labels),
    ]


def _number(name: str, value: float, better: str) -> Figure:
    return Figure(_PART, "all", name, value, better="less" if better else "")


def stages(wholes: Sequence[Whole]) -> dict[str, dict[str, float]]:
    """Return median and 95 % milliseconds of each stage of a picture."""
    found = {}
    for stage in STAGES if wholes else ():
        took = [one.stage_ms[stage] for one in wholes]
        half, most = round(percentile(took, 50), 2), round(percentile(took, 95), 2)
        found[stage] = {"median": half, "95 %": most}
    return found


def wrong(wholes: Sequence[Whole], checked: Checked) -> Iterator[Tile]:
    """Return a tile of each plate that was not read right, missed ones first."""
    for one in wholes:
        picture = one.picture
        if checked.right(picture.file, picture.text, one.texts) is not False:
            continue
        weight = 2.0 if one.outcome is Outcome.MISSED else one.confidence
        lines = (
            f"is   {picture.text}",
            f"{one.outcome} {one.text} {one.confidence:.2f}",
            f"{picture.source[:20]} {picture.path.stem}",
        )
        yield Tile(one.crop, lines, weight, picture.file)
