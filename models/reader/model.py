"""The reader's network: a grey plate to one distribution per character slot.

Dense convolutions bring 64x160 down to 4x20 columns of 128 channels; one transformer layer lets
the columns see each other; ten slot queries each gather their character from all columns, see
each other, and look once more; one more query asks the same columns where the plate is from.
Plain operators, 0.6 M parameters, under 60 MMAC.

A slot-attention head alone sits on a plateau for thousands of steps (it learns the frequency of
characters and nothing else). The auxiliary CTC loss on the columns breaks it: CTC needs no idea of
which column belongs to which slot. The CTC head is dropped at export.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.reader.places import PLACES
from models.training.layers import Again, conv

SLOTS, CLASSES = 10, 37
HEIGHT, WIDTH = 64, 160


class Attention(nn.Module):
    """Multi-head attention in plain matrix products, which every runtime has."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, asking: Tensor, asked: Tensor) -> Tensor:
        """Return ``(N, Q, C)``: what each of *asking* finds in *asked* ``(N, K, C)``."""
        return self.look(asking, self.key(asked), self.value(asked))

    def look(self, asking: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Return what each of *asking* finds where keys and values are known already."""
        n, many, width = asking.shape
        per = width // self.heads

        def split(x: Tensor) -> Tensor:
            return x.view(n, -1, self.heads, per).transpose(1, 2)

        weights = torch.softmax(
            split(self.ask(asking)) @ split(key).transpose(2, 3) * per**-0.5, -1
        )
        return self.out((weights @ split(value)).transpose(1, 2).reshape(n, many, width))


class Glance(Attention):
    """Attention that looks once more at keys and values that another one has made."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__(width, heads)
        del self.key, self.value

    def forward(self, asking: Tensor, key: Tensor, value: Tensor) -> Tensor:  # type: ignore[override]
        """Return ``(N, Q, C)``: what each of *asking* finds."""
        return self.look(asking, key, value)


class Reader(nn.Module):
    """Grey crops ``(N, 64, 160)``, 0..255, to log-odds of 10 slots, 20 columns (CTC) and place."""

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
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(7))
        self.mix = Attention(width, 4)
        self.widen, self.narrow = nn.Linear(width, 192), nn.Linear(192, width)
        self.queries = nn.Parameter(torch.randn(1, slots, width) * 0.3)
        self.gather = Attention(width, 4)
        self.among, self.again = Attention(width, 4), Glance(width, 4)
        for part in (self.among.out, self.again.out):  # at first they change nothing
            nn.init.zeros_(part.weight)
            nn.init.zeros_(part.bias)
        self.widen2, self.narrow2 = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.classify = nn.Linear(width, classes)
        self.columns = nn.Linear(width, classes)
        self.where = nn.Parameter(torch.randn(1, 1, width) * 0.3)
        self.search = Glance(width, 4)
        self.locate = nn.Linear(width, len(PLACES))
        self.drop = nn.Dropout(0.1)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the slots', the columns' and the place's log-odds."""
        grid = self.trunk(even_contrast(crops).unsqueeze(1))
        columns = self.columns(grid.mean(2).transpose(1, 2))
        cells = grid.flatten(2).transpose(1, 2) + self.place
        seen = self.norms[0](cells)
        cells = cells + self.mix(seen, seen)
        cells = cells + self.narrow(F.relu(self.widen(self.norms[1](cells))))
        cells = self.norms[2](self.drop(cells))
        slots = self.queries.expand(cells.shape[0], -1, -1)
        key, value = self.gather.key(cells), self.gather.value(cells)
        place = self.search(self.where.expand(cells.shape[0], -1, -1), key, value)
        slots = slots + self.gather.look(self.norms[3](slots), key, value)
        # a slot that knows what its neighbours took looks again: long texts repeat characters
        seen = self.norms[5](slots)
        slots = slots + self.among(seen, seen)
        slots = slots + self.again(self.norms[6](slots), key, value)
        slots = slots + self.narrow2(F.relu(self.widen2(self.norms[4](slots))))
        return self.classify(slots), columns, self.locate(F.relu(place[:, 0]))


def even_contrast(crops: Tensor) -> Tensor:
    """Return crops with mean 0 and deviation 1 each: a dark plate reads like a bright one."""
    crops = crops.float()
    mean = crops.mean((1, 2), keepdim=True)
    spread = (crops - mean).square().mean((1, 2), keepdim=True).sqrt()
    return (crops - mean) / (spread + 4.0)  # +4 grey levels: an empty crop is not blown up
