"""How well a detector finds the labelled plates of photographs."""

import numpy as np
import torch
from numpy.typing import NDArray

from edge.evaluate.metrics import iou
from edge.vision.letterbox import letterbox
from models.detector.data import Scene
from models.detector.export import best_first
from models.detector.model import Detector

WIDTH, HEIGHT = 640, 384
READABLE = 24.0  # pixels; nobody reads a narrower plate


@torch.no_grad()
def found(
    model: Detector, image: NDArray[np.uint8], device: str, *, quick: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return scores ``(N,)`` and boxes ``(N, 4)`` in pixels of *image*, suppressed, best first."""
    canvas, how = letterbox(image, WIDTH, HEIGHT)
    pixels = torch.from_numpy(canvas)[None].permute(0, 3, 1, 2).to(device).float()
    with torch.autocast(device, torch.bfloat16, enabled=quick):
        raw = model(pixels)
    rows = best_first(raw)[0].cpu().numpy()
    boxes = how.to_frame(rows[:, 1:5].reshape(-1, 2, 2)).reshape(-1, 4).astype(np.float64)
    kept = apart(boxes)
    return rows[kept, 0], boxes[kept]


def apart(boxes: NDArray[np.float64], limit: float = 0.4) -> list[int]:
    """Return which boxes, best first, overlap no better one by more than *limit*."""
    kept: list[int] = []
    for index in range(len(boxes)):
        if not kept or iou(boxes[[index]], boxes[kept]).max() <= limit:
            kept.append(index)
    return kept


def scene_figures(
    model: Detector, scenes: list[Scene], device: str, *, quick: bool = False
) -> dict[str, float]:
    """Return recall of readable plates at scores .2, .3, .5, false boxes a picture, and quality.

    A found box is right when it overlaps a labelled plate by IoU 0.5. Boxes beside every label
    count as false, although some are plates that nobody labelled. *quality* is recall at .3 less a
    tenth of the false boxes a picture, and what the boxes overlap on average: for choosing.

    Args:
        quick: half precision, for watching a training run.

    Raises:
        ValueError: none of *scenes* has a readable plate, so that there is nothing to recall.
    """
    model.eval()
    best: list[float] = []  # of each readable plate: the score of the best box on it
    overlap: list[float] = []
    false: list[float] = []
    for scene in scenes:
        scores, boxes = found(model, scene.image, device, quick=quick)
        true = np.concatenate([scene.quads.min(1), scene.quads.max(1)], 1).astype(np.float64)
        fits = iou(true, boxes)
        for row, width in zip(fits, true[:, 2] - true[:, 0], strict=True):
            if width >= READABLE:
                hits = np.where(row >= 0.5, scores, 0.0)
                best.append(float(hits.max(initial=0)))
                overlap.append(float(row[hits.argmax()]) if hits.max(initial=0) > 0.3 else 0.0)
        false += [float(score) for score in scores[fits.max(0, initial=0) < 0.4]]
    model.train()
    if not best:
        raise ValueError(f"{len(scenes)} scenes without a plate of {READABLE:g} pixels: no figures")
    sure, extra = np.array(best), np.array(false)
    figures = {f"recall{cut}": float((sure > cut).mean()) for cut in (0.2, 0.3, 0.5)}
    figures |= {f"false{cut}": float((extra > cut).sum() / len(scenes)) for cut in (0.3, 0.5)}
    figures["overlap"] = float(np.mean([one for one in overlap if one] or [0.0]))
    figures["quality"] = figures["recall0.3"] - 0.1 * figures["false0.3"] + 0.2 * figures["overlap"]
    return figures
