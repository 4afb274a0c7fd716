"""A second look at plates that the detector's input shows too large or too small.

Most plates that detectors learn from are 30 to 200 pixels wide. Of wider ones the box ends short of
the right edge by an eighth; of narrower ones, corners are off by a letter. The frame has more
pixels than the input: the same detector sees such plates again, at a size that it knows.
Figures in ``models/README.md``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.records import Detection, Pixels
from edge.vision.boxes import apart, overlap
from edge.vision.letterbox import Letterbox

_BEST_WIDTH: Final = 140.0  # pixels of the input that the widest plate gets in the smaller picture
_DETAIL: Final = 0.75  # a frame shrunk less than to this shows little more from close by
_SAME: Final = 0.25  # IoU: the first box may be a good deal too tight, or off
_AROUND: Final = 64.0  # pixels of the input that a plate has around it, to be told from a sign

Look = Callable[[Pixels], list[Detection]]
Part = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the frame


@dataclass(frozen=True, slots=True)
class Limits:
    """Which plates are looked at again, by their width in pixels of the detector's input.

    Attributes:
        over: wider ones, in a smaller picture; 0 none.
        under: narrower ones, in a part of the frame at its full resolution; 0 none.
    """

    over: float
    under: float


def look_again(
    image: Pixels, found: Sequence[Detection], limits: Limits, how: Letterbox, look: Look
) -> list[Detection]:
    """Return *found*, best first, plates too large or too small as a second look sees them.

    Args:
        image: the frame in which they were found, not modified.
        found: best first.
        how: the frame lay in the detector's input.
        look: the detector, which runs at most once more for the large plates, and once for the
            small ones near the best of them; in each case over no more of the frame than shows
            them with what is around.
    """
    large = [one for one in found if 0 < limits.over < _width(one) * how.scale]
    small = [one for one in found if _width(one) * how.scale < limits.under]
    seen = list(found)
    if large:
        scale = _BEST_WIDTH / max(map(_width, large))
        part = _part(image, large, _AROUND / scale)
        seen = _replaced(seen, large, _seen(image, part, scale, look))
    if small and how.scale < _DETAIL:
        part = _near(image, small, how)
        seen = _replaced(seen, small, _seen(image, part, 1.0, look))
    seen.sort(key=lambda one: -one.score)
    kept = apart(np.array([one.box for one in seen], np.float32).reshape(-1, 4))
    return [seen[index] for index in kept]  # two may have become one


def _width(one: Detection) -> float:
    return one.box[2] - one.box[0]


def _part(image: Pixels, plates: Sequence[Detection], around: float) -> Part:
    """Return the part of *image* that shows *plates* and *around* pixels on each side of them."""
    high, wide = image.shape[:2]
    boxes = np.array([one.box for one in plates], np.float32)
    left, top = np.floor(np.maximum(boxes[:, :2].min(0) - around, 0)).astype(int).tolist()
    right, bottom = np.ceil(boxes[:, 2:].max(0) + around).astype(int).tolist()
    return left, top, min(right, wide), min(bottom, high)


def _near(image: Pixels, small: Sequence[Detection], how: Letterbox) -> Part:
    """Return the part that shows the best plate and, best first, what else the input holds."""
    kept = [small[0]]
    part = _part(image, kept, _AROUND)
    for one in small[1:]:
        left, top, right, bottom = wider = _part(image, [*kept, one], _AROUND)
        if right - left <= how.width and bottom - top <= how.height:
            kept.append(one)
            part = wider
    return part


def _seen(image: Pixels, part: Part, scale: float, look: Look) -> list[Detection]:
    """Return what the detector finds in *part* of the frame, shrunk by *scale*."""
    left, top, right, bottom = part
    shown = image[top:bottom, left:right]
    high, wide = shown.shape[:2]
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    if size != (wide, high):
        shown = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), np.uint8)
    back = np.array([wide / size[0], high / size[1]], np.float32)
    start = np.array([left, top], np.float32)
    return [_moved(one, back, start) for one in look(shown)]


def _moved(one: Detection, by: NDArray[np.float32], start: NDArray[np.float32]) -> Detection:
    box = np.array(one.box, np.float32).reshape(2, 2) * by + start
    x1, y1, x2, y2 = box.ravel().tolist()
    return Detection(np.asarray(one.corners * by + start, np.float32), (x1, y1, x2, y2), one.score)


def _replaced(
    found: Sequence[Detection], some: Sequence[Detection], again: Sequence[Detection]
) -> list[Detection]:
    """Return *found*, *some* of them as they were found *again*."""
    return [_better(one, again) if any(one is each for each in some) else one for one in found]


def _better(one: Detection, again: Sequence[Detection]) -> Detection:
    """Return *one* where the second look puts it, with the higher score; itself if unseen."""
    if not again:
        return one
    fits = overlap(np.array(one.box, np.float32), np.array([x.box for x in again], np.float32))
    best = int(fits.argmax())
    if fits[best] < _SAME:
        return one
    return replace(again[best], score=max(one.score, again[best].score))
