"""The detector over the labelled scenes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edge.config.models import DetectorSection
from edge.evaluate.figures import Figure, Watch, of_marks, of_mean, of_share
from edge.evaluate.marks import Mark
from edge.evaluate.measures import by_scales, light_in
from edge.evaluate.metrics import Boxes, assign, share
from edge.evaluate.sheet import Tile, cut
from edge.evaluate.truth import Scene
from edge.records import Detection, Pixels
from edge.sources.pictures import read_picture
from edge.vision.detector import Detector

READABLE_PX: Final = 24.0  # narrower plates, in the stored picture, nobody can read
RECALL: Final = f"recall, plates of {READABLE_PX:.0f} px and more"
FALSE: Final = "false finds a picture"
_PART: Final = "detector"
_IOU: Final = 0.5
_CURVE: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A scene and all that the detector gave for it, unlikely and narrow ones too.

    Attributes:
        plates: the picture of each labelled plate.
        light: what :func:`edge.evaluate.measures.light_in` says of each of them.
        finds: the picture of each detection that is sure enough to count; None of others.
    """

    scene: Scene
    detections: tuple[Detection, ...]
    plates: tuple[Pixels, ...]
    light: tuple[dict[str, float], ...]
    finds: tuple[Pixels | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What counts of a scene under some settings.

    Attributes:
        kept: places among :attr:`Found.detections` of those that count.
        shows: which plate each of them shows, or -1.
    """

    found: Found
    kept: tuple[int, ...]
    shows: tuple[int, ...]

    def marks(self, least_width: float) -> list[Mark]:
        """Say of each true plate at least so wide whether it was found."""
        scene = self.found.scene
        return [
            Mark(
                file=f"{scene.file}#{i}",
                key=scene.file,
                right=i in self.shows,
                source=scene.source,
                measures={"width": box[2] - box[0], **self.found.light[i]},
            )
            for i, box in enumerate(scene.boxes)
            if box[2] - box[0] >= least_width
        ]

    def told(self) -> list[Mark]:
        """Say of each find whether it shows a labelled plate."""
        scene = self.found.scene
        return [Mark(scene.file, scene.file, number >= 0, scene.source) for number in self.shows]


def generous(section: DetectorSection) -> DetectorSection:
    """Return settings that keep whatever any stricter ones would."""
    return section.model_copy(update={"min_score": 0.05, "min_width": 0.0, "max_plates": 100})


def find(scenes: Sequence[Scene], detector: Detector, least: float, watch: Watch) -> list[Found]:
    """Return all that the detector gives; run it with :func:`generous` settings.

    Args:
        least: finds under this score leave no picture.
    """
    found = []
    for scene in watch("finding plates", scenes):
        image = read_picture(scene.path)
        detections = tuple(detector.detect(image))
        found.append(
            Found(
                scene,
                detections,
                plates=tuple(cut(image, box) for box in scene.boxes),
                light=tuple(light_in(image, box) for box in scene.boxes),
                finds=tuple(cut(image, d.box) if d.score >= least else None for d in detections),
            )
        )
    return found


def judge(found: Sequence[Found], section: DetectorSection) -> list[Judged]:
    """Return what is left under *section*, held against the truth at IoU 0.5."""
    judged = []
    for one in found:
        kept = [
            i
            for i, d in enumerate(one.detections)
            if d.score >= section.min_score and d.box[2] - d.box[0] >= section.min_width
        ][: section.max_plates]
        boxes = _boxes([one.detections[i].box for i in kept])
        shows = assign(boxes, _boxes(one.scene.boxes), _IOU)
        judged.append(Judged(one, tuple(kept), tuple(shows)))
    return judged


def marks(judged: Sequence[Judged], least_width: float = READABLE_PX) -> list[Mark]:
    """Say of each plate of all scenes at least so wide whether it was found."""
    return [mark for one in judged for mark in one.marks(least_width)]


def figures(found: Sequence[Found], section: DetectorSection) -> list[Figure]:
    """Return recall, precision and false finds under *section*; of no scenes nothing."""
    if not found:
        return []
    judged = judge(found, section)
    anyhow = judge(found, section.model_copy(update={"min_width": 0.0}))
    readable = marks(judged)
    told = [mark for one in judged for mark in one.told()]
    every = share(mark.right for mark in marks(anyhow, 0.0))
    return [
        *of_marks(_PART, RECALL, readable),
        of_share(_PART, "recall, every plate, no least width set", every),
        *of_marks(_PART, "precision (some plates are unlabelled)", told),
        of_mean(_PART, FALSE, [_false(one) for one in judged], "", "all"),
        *by_scales(_PART, RECALL, readable),
    ]


def curve(found: Sequence[Found], section: DetectorSection) -> list[dict[str, float]]:
    """Return recall of readable plates and false finds a picture over ``min_score``."""
    points = []
    for least in _CURVE if found else ():
        judged = judge(found, section.model_copy(update={"min_score": least}))
        recall = share(mark.right for mark in marks(judged)).value
        false_finds = sum(map(_false, judged)) / len(judged)
        point = {"min_score": least, "recall": round(recall, 4)}
        points.append({**point, "false_a_picture": round(false_finds, 4)})
    return points


def missed(judged: Sequence[Judged]) -> Iterator[Tile]:
    """Return a tile of each readable plate that was not found, the widest first."""
    for one in judged:
        scene = one.found.scene
        for index, box in enumerate(scene.boxes):
            width = box[2] - box[0]
            if width >= READABLE_PX and index not in one.shows:
                lines = (f"missed, {width:.0f} px", scene.path.name, scene.source)
                yield Tile(one.found.plates[index], lines, width, f"{scene.file}#{index}")


def false(judged: Sequence[Judged]) -> Iterator[Tile]:
    """Return a tile of each find that shows no labelled plate, the surest first."""
    for one in judged:
        scene = one.found.scene
        for index, number in zip(one.kept, one.shows, strict=True):
            image, score = one.found.finds[index], one.found.detections[index].score
            if number < 0 and image is not None:
                lines = (f"false, {score:.2f}", scene.path.name, scene.source)
                yield Tile(image, lines, score, scene.file)


def _false(judged: Judged) -> int:
    return sum(number < 0 for number in judged.shows)


def _boxes(boxes: Sequence[Sequence[float]]) -> Boxes:
    return np.array(boxes, np.float64).reshape(-1, 4)
