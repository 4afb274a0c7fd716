"""The detector's network: a picture to a heat map of plates, with a box and corners per cell.

Dense convolutions down to stride 64, so that a plate as wide as the picture is seen whole; each
level is added to the next finer one; one head at stride 8. The middle of a plate lights up in the
heat map; its cell says where the box and the corners lie. Plain operators, under 0.45 GMAC at
640x384.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.training.layers import Again, conv

STRIDE = 8
UNIT = 32.0  # pixels; boxes are said as the logarithm of their size in this unit
OUTPUTS = 13  # heat; x, y of the middle; width, height; eight numbers for the corners


class Detector(nn.Module):
    """Pictures ``(N, 3, H, W)`` BGR 0..255 to raw maps ``(N, 13, H/8, W/8)``."""

    def __init__(self, widths: tuple[int, ...] = (12, 28, 48, 80, 112, 112)) -> None:
        super().__init__()
        w2, w4, w8, w16, w32, w64 = widths
        self.to8 = nn.Sequential(conv(3, w2, 2), conv(w2, w4, 2), conv(w4, w8, 2), Again(w8))
        self.to16 = nn.Sequential(conv(w8, w16, 2), Again(w16))
        self.to32 = nn.Sequential(conv(w16, w32, 2), Again(w32))
        self.to64 = nn.Sequential(conv(w32, w64, 2), Again(w64))
        self.up32 = conv(w64, w32, size=1)
        self.up16 = conv(w32, w16, size=1)
        self.up8 = conv(w16, w8, size=1)
        self.head = conv(w8, w8)
        self.say = nn.Conv2d(w8, OUTPUTS, 1)
        nn.init.normal_(self.say.weight, std=0.01)
        nn.init.zeros_(self.say.bias)
        with torch.no_grad():
            self.say.bias[0] = -4.0  # few cells hold a plate

    def forward(self, pictures: Tensor) -> Tensor:
        """Return what each cell says, undecoded."""
        at8 = self.to8((pictures - 114.0) * (1 / 64.0))
        at16 = self.to16(at8)
        at32 = self.to32(at16)
        at64 = self.to64(at32)
        at32 = at32 + larger(self.up32(at64), at32)
        at16 = at16 + larger(self.up16(at32), at16)
        at8 = at8 + larger(self.up8(at16), at8)
        said: Tensor = self.say(self.head(at8))
        return said


def larger(coarse: Tensor, fine: Tensor) -> Tensor:
    """Return *coarse* doubled in size, cut to the size of *fine*.

    Doubled, not "as large as": an exported file then says nothing of sizes, and takes any picture
    whose sides are multiples of the greatest stride.
    """
    doubled = functional.interpolate(coarse, scale_factor=2.0, mode="nearest")
    high, wide = fine.shape[2:]
    return doubled if doubled.shape[2:] == fine.shape[2:] else doubled[:, :, :high, :wide]


def decode(raw: Tensor) -> Tensor:
    """Return ``(N, H*W, 13)``: score, box and corners of every cell, in pixels of the picture.

    The corners are said relative to the box: how far, in box sizes, each lies from the box's own
    corner. A net that says nothing there gives the box's corners.
    """
    high, wide = raw.shape[2:]
    ys = torch.arange(high, device=raw.device, dtype=torch.float32).repeat_interleave(wide)
    xs = torch.arange(wide, device=raw.device, dtype=torch.float32).repeat(high)
    return decode_cells(raw.float().flatten(2).transpose(1, 2), torch.stack([xs, ys], 1))


def decode_cells(said: Tensor, places: Tensor) -> Tensor:
    """Return ``(N, K, 13)`` as :func:`decode` does, of cells at *places* ``(..., K, 2)``: x, y."""
    middle = (places + 0.5 + said[..., 1:3]) * STRIDE
    half = torch.exp(said[..., 3:5].clamp(-3.5, 3.5)) * (UNIT / 2)
    low, top = middle - half, middle + half
    x1, y1, x2, y2 = low[..., :1], low[..., 1:], top[..., :1], top[..., 1:]
    ends = torch.cat([x1, y1, x2, y1, x2, y2, x1, y2], 2)
    corners = ends + said[..., 5:] * torch.cat([half, half, half, half], 2) * 2
    return torch.cat([torch.sigmoid(said[..., :1]), low, top, corners], 2)
