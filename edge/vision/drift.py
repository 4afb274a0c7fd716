"""Has a camera moved, lost its focus, become dirty or dark since it was put up? Pure.

A frame becomes a *look* of 160x90, on which no plate is legible; a quarter of an hour of looks
becomes a *view*, their median, in which nothing is left that moved. Views are compared with the one
of the same hour on the day of commissioning, so that light and noise are alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

SIZE: Final = (160, 90)
CELLS: Final = (16, 9)
_EDGES: Final = 95  # percentile of a cell's edges: noise fills the middle of them, not the top
_FOURTH: Final = 4  # the scale whose edges neither defocus nor a drop of water can take away
_FINER: Final = 16  # parts of a grey level in which edges are measured
_SPARSE: Final = 3  # every third pixel of a cell tells how strong its edges are
_TEXTURE: Final = 6.0  # grey levels of an edge on that scale; cells with less say nothing
_FEWEST: Final = 12  # cells with texture, or focus cannot be judged
_SOFTER: Final = 0.6  # of the sharpness that other cells have
_LOST: Final = 0.35  # of the strength that edges had: something lies before them
_STEPS: Final = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-4)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One frame, or the median of many.

    Attributes:
        luma: ``(90, 160)`` uint8.
        fine, coarse: ``(9, 16)`` float32: strength of edges by cell, at the frame's own scale and
            at a fourth of it.
    """

    luma: Grey
    fine: Floats
    coarse: Floats

    @property
    def brightness(self) -> float:
        """Mean grey level."""
        return float(self.luma.mean())


@dataclass(frozen=True, slots=True)
class Change:
    """How a view differs from the one of the day of commissioning.

    Attributes:
        shift: of the picture, as a share of its width; None where the two cannot be laid on one
            another.
        roll_deg: how far it is turned; None likewise.
        alike: correlation of the two views' edges once they lie on one another, -1..1.
        focus: sharpness of the half of all cells that is least affected, against then; 1 is as
            sharp. None without texture.
        soft: share of cells with texture that are far less sharp than the others.
        contrast: of the cells with texture, against then: fog and rain take it.
        light: mean grey level against the darkest hour of that day; None until all are known.
    """

    shift: float | None
    roll_deg: float | None
    alike: float
    focus: float | None
    soft: float
    contrast: float
    light: float | None


def look(grey: Grey) -> Look:
    """Return a frame's look.

    Args:
        grey: ``(H, W)`` uint8, at the camera's full resolution.
    """
    fourth = cv2.resize(grey, None, fx=1 / _FOURTH, fy=1 / _FOURTH, interpolation=cv2.INTER_AREA)
    luma = np.asarray(cv2.resize(grey, SIZE, interpolation=cv2.INTER_AREA), np.uint8)
    return Look(luma, _edges(grey), _edges(np.asarray(fourth, np.uint8)))


def view(looks: Sequence[Look]) -> Look:
    """Return the median of *looks*: what stands still."""
    return Look(
        np.median(np.stack([one.luma for one in looks]), axis=0).astype(np.uint8),
        np.median(np.stack([one.fine for one in looks]), axis=0).astype(np.float32),
        np.median(np.stack([one.coarse for one in looks]), axis=0).astype(np.float32),
    )


def compare(now: Look, then: Look, day: Mapping[int, Look]) -> Change:
    """Return how *now* differs from *then*, the same hour of the day of commissioning.

    Args:
        day: by hour, all that is known of that day.
    """
    shift, roll, alike = _laid(now, then)
    textured = then.coarse >= _TEXTURE
    both = textured & (now.coarse >= _TEXTURE)
    contrast = (
        float(np.median(now.coarse[textured] / then.coarse[textured])) if textured.any() else 1.0
    )
    focus, soft = None, 0.0
    if both.sum() >= _FEWEST:
        ratio = (now.fine[both] / now.coarse[both]) / (then.fine[both] / then.coarse[both])
        focus = float(np.percentile(ratio, 60))
        # what stood there in each hour of that day is of the street, and no car that was parked
        steady = np.min(np.stack([one.coarse for one in day.values()]), axis=0)
        lost = (steady >= _TEXTURE) & (now.coarse < _LOST * contrast * steady)
        soft = float((np.sum(ratio < _SOFTER * focus) + np.sum(lost)) / both.sum())
    light = None
    if len(day) == 24:
        light = now.brightness / max(1.0, min(one.brightness for one in day.values()))
    return Change(shift, roll, alike, focus, min(1.0, soft), contrast, light)


def _edges(grey: Grey) -> Floats:
    """Return the strength of edges by cell, in grey levels."""
    calm = cv2.GaussianBlur(grey.astype(np.int16) * _FINER, (0, 0), 0.8)
    strength = np.abs(cv2.Laplacian(calm, cv2.CV_16S, ksize=1))
    (wide, high), (rows, columns) = CELLS, strength.shape
    tall, broad = rows // high, columns // wide
    cells = strength[: tall * high, : broad * wide].reshape(high, tall, wide, broad)
    flat = cells.transpose(0, 2, 1, 3).reshape(high, wide, tall * broad)[:, :, ::_SPARSE]
    place = flat.shape[2] * _EDGES // 100
    top = np.partition(flat, place, axis=2)[:, :, place]
    return np.asarray(top / _FINER + 0.1, np.float32)


def _laid(now: Look, then: Look) -> tuple[float | None, float | None, float]:
    """Lay one view on the other; return shift, roll and how alike they are then."""
    ours, theirs = _outline(now.luma), _outline(then.luma)
    window = cv2.createHanningWindow(SIZE, cv2.CV_32F)
    (dx, dy), _ = cv2.phaseCorrelate(theirs, ours, window)
    best: tuple[float | None, float | None, float] = (None, None, _alike(ours, theirs))
    for start in ((0.0, 0.0), (dx, dy)):
        warp = np.array([[1, 0, start[0]], [0, 1, start[1]]], np.float32)
        try:
            alike, found = cv2.findTransformECC(theirs, ours, warp, cv2.MOTION_EUCLIDEAN, _STEPS)
        except cv2.error:  # they have nothing in common from this start
            continue
        if alike > best[2] or best[0] is None:
            best = (*_moved(np.asarray(found, np.float64)), float(alike))
    return best


def _moved(warp: NDArray[np.float64]) -> tuple[float, float]:
    """Return how far the middle of the picture has gone, in its widths, and the roll."""
    middle = np.array([(SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2])
    gone = warp[:, :2] @ middle + warp[:, 2] - middle
    roll = float(np.degrees(np.arctan2(warp[1, 0], warp[0, 0])))
    return float(np.linalg.norm(gone)) / SIZE[0], roll


def _alike(one: Floats, other: Floats) -> float:
    spread = float(one.std() * other.std())
    return float(np.mean((one - one.mean()) * (other - other.mean()))) / spread if spread else 0.0


def _outline(luma: Grey) -> Floats:
    """Return a view's edges, strong and weak ones alike: light changes the strength of edges."""
    grey = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), 1.0)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    strength = cv2.magnitude(across, down)
    around = cv2.GaussianBlur(strength, (0, 0), 8.0)
    return np.asarray(strength / (around + 4.0), np.float32)
