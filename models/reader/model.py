"""The reader's network: a grey plate to one distribution per character slot.

Dense convolutions bring 64x160 down to 4x20 columns of 128 channels; one transformer layer lets
the columns see each other; ten slot queries each gather their character from all columns. Plain
operators, 0.8 M parameters, under 60 MMAC.

A slot-attention head alone sits on a plateau for thousands of steps (it learns the frequency of
characters and nothing else). The auxiliary CTC loss on the columns breaks it: CTC needs no idea of
which column belongs to which slot. The CTC head is dropped at export.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOTS, CLASSES = 10, 37
HEIGHT, WIDTH = 64, 160


def conv(inward: int, outward: int, stride: int = 1) -> nn.Sequential:
    """Return a 3x3 convolution with its norm and ReLU; the norm is folded in at export."""
    return nn.Sequential(
        nn.Conv2d(inward, outward, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outward),
        nn.ReLU(inplace=True),
    )


class Again(nn.Module):
    """A 3x3 convolution added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = conv(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return *x* refined."""
        return x + self.conv(x)


class Attention(nn.Module):
    """Multi-head attention in plain matrix products, which every runtime has."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, asking: Tensor, asked: Tensor) -> Tensor:
        """Return ``(N, Q, C)``: what each of *asking* finds in *asked* ``(N, K, C)``."""
        n, many, width = asking.shape
        per = width // self.heads

        def split(x: Tensor) -> Tensor:
            return x.view(n, -1, self.heads, per).transpose(1, 2)

        ask, key, value = split(self.ask(asking)), split(self.key(asked)), split(self.value(asked))
        weights = torch.softmax(ask @ key.transpose(2, 3) * per**-0.5, dim=-1)
        return self.out((weights @ value).transpose(1, 2).reshape(n, many, width))


class Reader(nn.Module):
    """Grey crops ``(N, 64, 160)``, 0..255, to log-odds ``(N, 10, 37)`` and CTC's ``(N, 20, 37)``."""

    def __init__(self, width: int = 128, slots: int = SLOTS, classes: int = CLASSES) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            conv(1, 24, 2),  # 32 x 80
            conv(24, 40, 2),  # 16 x 40
            Again(40),
            conv(40, 80, 2),  # 8 x 20
            Again(80),
            conv(80, width),
            nn.MaxPool2d((2, 1)),  # 4 x 20
        )
        self.place = nn.Parameter(torch.randn(1, 80, width) * 0.02)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(5))
        self.mix = Attention(width, 4)
        self.widen, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.queries = nn.Parameter(torch.randn(1, slots, width) * 0.3)
        self.gather = Attention(width, 4)
        self.widen2, self.narrow2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.classify = nn.Linear(width, classes)
        self.columns = nn.Linear(width, classes)
        self.drop = nn.Dropout(0.1)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Return the slots' and the columns' log-odds."""
        grid = self.trunk(even_contrast(crops).unsqueeze(1))
        columns = self.columns(grid.mean(2).transpose(1, 2))
        cells = grid.flatten(2).transpose(1, 2) + self.place
        seen = self.norms[0](cells)
        cells = cells + self.mix(seen, seen)
        cells = cells + self.narrow(F.relu(self.widen(self.norms[1](cells))))
        cells = self.norms[2](self.drop(cells))
        slots = self.queries.expand(cells.shape[0], -1, -1)
        slots = slots + self.gather(self.norms[3](slots), cells)
        slots = slots + self.narrow2(F.relu(self.widen2(self.norms[4](slots))))
        return self.classify(slots), columns


def even_contrast(crops: Tensor) -> Tensor:
    """Return crops with mean 0 and deviation 1 each: a dark plate reads like a bright one."""
    crops = crops.float()
    mean = crops.mean((1, 2), keepdim=True)
    spread = (crops - mean).square().mean((1, 2), keepdim=True).sqrt()
    return (crops - mean) / (spread + 4.0)  # +4 grey levels: an empty crop is not blown up
