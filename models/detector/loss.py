"""What the detector is told: where plates are, where none is, and what nobody knows."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.detector.augment import View
from models.detector.model import STRIDE, decode


@dataclass(frozen=True)
class Target:
    """A batch's truth per cell: ``(N, H, W)`` maps and ``(N, H, W, 12)`` boxes and corners."""

    heat: Tensor
    known: Tensor
    fit: Tensor
    wanted: Tensor
    cornered: Tensor
    doubted: Tensor


def target(views: list[View], size: int) -> Target:
    """Return what the network ought to say about *views*."""
    cells = size // STRIDE
    heat = np.zeros((len(views), cells, cells), np.float32)
    known = np.ones_like(heat)
    fit = np.zeros_like(heat)
    wanted = np.zeros((*heat.shape, 12), np.float32)
    for n, view in enumerate(views):
        for box in view.ignored:
            x0, y0 = np.clip(np.floor(box[:2] / STRIDE), 0, cells).astype(int)
            x1, y1 = np.clip(np.ceil(box[2:] / STRIDE), 0, cells).astype(int)
            known[n, y0:y1, x0:x1] = 0
        for quad in sorted(view.quads, key=lambda q: -float(np.prod(q.max(0) - q.min(0)))):
            _draw(heat[n], fit[n], wanted[n], quad)
    known[heat > 0.3] = 1
    return Target(
        torch.from_numpy(heat),
        torch.from_numpy(known),
        torch.from_numpy(fit),
        torch.from_numpy(wanted),
        torch.tensor([float(view.cornered) for view in views]),
        torch.tensor([0.0 if view.rendered else 1.0 for view in views]),
    )


def _draw(
    heat: NDArray[np.float32],
    fit: NDArray[np.float32],
    wanted: NDArray[np.float32],
    quad: NDArray[np.float32],
) -> None:
    """Put one plate in: a hill on the heat map, 1 at its middle, and its numbers around that."""
    low, top = quad.min(0), quad.max(0)
    cells = heat.shape[0]
    middle = (low + top) / 2 / STRIDE
    sigma = np.maximum((top - low) / STRIDE * 0.11, 0.45)
    at = np.clip(np.floor(middle), 0, cells - 1)
    xs, ys = np.arange(cells) - at[0], np.arange(cells) - at[1]
    hill = np.exp(-0.5 * ((xs / sigma[0]) ** 2)[None] - 0.5 * ((ys / sigma[1]) ** 2)[:, None])
    hill = hill.astype(np.float32)
    hill[hill < 0.01] = 0
    np.maximum(heat, hill, out=heat)
    near = hill > 0.25
    fit[near] = hill[near]
    wanted[near] = np.concatenate([low, top, quad.ravel()])


def losses(raw: Tensor, truth: Target) -> dict[str, Tensor]:
    """Return the parts of the loss, each already weighted; their sum is to be made small."""
    said = decode(raw).view(raw.shape[0], *truth.heat.shape[1:], 13)
    near = truth.fit > 0
    weight = truth.fit[near]
    total = weight.sum().clamp(min=1.0)
    box, true = said[near][:, 1:5], truth.wanted[near]
    size = (true[:, 2:4] - true[:, :2]).clamp(min=4.0)
    cornered = truth.cornered.view(-1, 1, 1).expand_as(near)[near]
    apart = (said[near][:, 5:] - true[:, 4:]).abs() / size.repeat(1, 4)
    # Real boxes say nothing of the corners inside them, but the corners must span the box.
    xs, ys = said[near][:, 5::2], said[near][:, 6::2]
    span = torch.stack([xs.amin(1), ys.amin(1), xs.amax(1), ys.amax(1)], 1)
    slack = (span - true[:, :4]).abs() / size.repeat(1, 2)
    corner = cornered * apart.mean(1) * 4.0 + (1 - cornered) * slack.mean(1) * 1.0
    edges = (box - true[:, :4]).abs() / size.repeat(1, 2)
    return {
        "heat": _heat(raw[:, 0].float(), truth),
        "iou": 2.0 * (weight * (1 - generous_iou(box, true[:, :4]))).sum() / total,
        "edges": 1.0 * (weight * edges.clamp(max=3).mean(1)).sum() / total,
        "corner": (weight * corner.clamp(max=6)).sum() / total,
    }


def _heat(raw: Tensor, truth: Target) -> Tensor:
    """Return the focal loss of the heat map.

    Photographs have plates that nobody labelled: where the net is sure of one beside the truth,
    the loss is halved.
    """
    p = torch.sigmoid(raw)
    yes, no = torch.nn.functional.logsigmoid(raw), torch.nn.functional.logsigmoid(-raw)
    right = truth.heat > 0.999
    sure = (p.detach() > 0.5) & (truth.doubted.view(-1, 1, 1) > 0)
    doubt = torch.where(sure, 0.5, 1.0)
    at = (1 - p) ** 2 * yes * right
    off = (1 - truth.heat) ** 4 * p**2 * no * doubt * truth.known * ~right
    return -(at + off).sum() / right.sum().clamp(min=1)


def generous_iou(some: Tensor, others: Tensor) -> Tensor:
    """Return the generalised IoU of paired boxes, -1..1 (Rezatofighi et al., 2019)."""
    low, top = torch.maximum(some[:, :2], others[:, :2]), torch.minimum(some[:, 2:], others[:, 2:])
    shared = (top - low).clamp(min=0).prod(1)
    union = (some[:, 2:] - some[:, :2]).prod(1) + (others[:, 2:] - others[:, :2]).prod(1) - shared
    low = torch.minimum(some[:, :2], others[:, :2])
    hull = (torch.maximum(some[:, 2:], others[:, 2:]) - low).prod(1)
    return shared / union.clamp(min=1e-3) - (hull - union) / hull.clamp(min=1e-3)
