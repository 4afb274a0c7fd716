"""The detector over the labelled scenes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edge.config.models import DetectorSection
from edge.evaluate.figures import Figure, Watch, of_groups, of_share
from edge.evaluate.metrics import Boxes, Share, assign, share
from edge.evaluate.sheet import Tile, cut
from edge.evaluate.truth import Scene
from edge.records import Detection, Pixels
from edge.sources.pictures import read_picture
from edge.vision.detector import Detector

READABLE_PX: Final = 24.0  # narrower plates, in the stored picture, nobody can read
_PART: Final = "detector"
_IOU: Final = 0.5
_CURVE: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A scene and all that the detector gave for it, unlikely and narrow ones too."""

    scene: Scene
    image: Pixels
    detections: tuple[Detection, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What counts of a scene under some settings, and which plate each shows, or -1."""

    scene: Scene
    image: Pixels
    detections: tuple[Detection, ...]
    shows: tuple[int, ...]

    def hits(self, least_width: float) -> list[bool]:
        """Say of each true plate at least so wide whether it was found."""
        plates = enumerate(self.scene.boxes)
        return [i in self.shows for i, box in plates if box[2] - box[0] >= least_width]


def generous(section: DetectorSection) -> DetectorSection:
    """Return settings that keep whatever any stricter ones would."""
    return section.model_copy(update={"min_score": 0.05, "min_width": 0.0, "max_plates": 100})


def find(scenes: Sequence[Scene], detector: Detector, watch: Watch) -> list[Found]:
    """Return all that the detector gives; run it with :func:`generous` settings."""
    found = []
    for scene in watch("finding plates", scenes):
        image = read_picture(scene.path)
        found.append(Found(scene, image, tuple(detector.detect(image))))
    return found


def judge(found: Sequence[Found], section: DetectorSection) -> list[Judged]:
    """Return what is left under *section*, held against the truth at IoU 0.5."""
    judged = []
    for one in found:
        kept = [
            d
            for d in one.detections
            if d.score >= section.min_score and d.box[2] - d.box[0] >= section.min_width
        ][: section.max_plates]
        shows = assign(_boxes([d.box for d in kept]), _boxes(one.scene.boxes), _IOU)
        judged.append(Judged(one.scene, one.image, tuple(kept), tuple(shows)))
    return judged


def figures(found: Sequence[Found], section: DetectorSection) -> list[Figure]:
    """Return recall, precision and false finds under *section*, all and by source."""
    judged = judge(found, section)
    anyhow = judge(found, section.model_copy(update={"min_width": 0.0}))
    told = [number >= 0 for one in judged for number in one.shows]
    groups: dict[str, list[bool]] = defaultdict(list)
    for one in judged:
        groups[one.scene.source] += one.hits(READABLE_PX)
    readable = f"recall, plates of {READABLE_PX:.0f} px and more"
    every = share(hit for one in anyhow for hit in one.hits(0.0))
    return [
        of_share(_PART, "all", readable, _recall(judged)),
        of_share(_PART, "all", "recall, every plate, no least width set", every),
        of_share(_PART, "all", "precision (some plates are unlabelled)", share(told)),
        Figure(_PART, "all", "false finds a picture", _false(judged)),
        *of_groups(_PART, readable, {name: share(hits) for name, hits in groups.items()}),
    ]


def curve(found: Sequence[Found], section: DetectorSection) -> list[dict[str, float]]:
    """Return recall of readable plates and false finds a picture over ``min_score``."""
    points = []
    for least in _CURVE:
        judged = judge(found, section.model_copy(update={"min_score": least}))
        point = {"min_score": least, "recall": round(_recall(judged).value, 4)}
        points.append({**point, "false_a_picture": _false(judged)})
    return points


def missed(judged: Sequence[Judged]) -> Iterator[Tile]:
    """Return a tile of each readable plate that was not found, the widest first."""
    for one in judged:
        for index, box in enumerate(one.scene.boxes):
            width = box[2] - box[0]
            if width >= READABLE_PX and index not in one.shows:
                lines = (f"missed, {width:.0f} px", one.scene.path.name, one.scene.source)
                yield Tile(cut(one.image, box), lines, width)


def false(judged: Sequence[Judged]) -> Iterator[Tile]:
    """Return a tile of each find that shows no labelled plate, the surest first."""
    for one in judged:
        for detection, number in zip(one.detections, one.shows, strict=True):
            if number < 0:
                lines = (f"false, {detection.score:.2f}", one.scene.path.name, one.scene.source)
                yield Tile(cut(one.image, detection.box), lines, detection.score)


def _recall(judged: Sequence[Judged]) -> Share:
    return share(hit for one in judged for hit in one.hits(READABLE_PX))


def _false(judged: Sequence[Judged]) -> float:
    count = sum(number < 0 for one in judged for number in one.shows)
    return round(count / max(1, len(judged)), 4)


def _boxes(boxes: Sequence[Sequence[float]]) -> Boxes:
    return np.array(boxes, np.float64).reshape(-1, 4)
