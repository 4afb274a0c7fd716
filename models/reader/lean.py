"""The same reader in fewer steps, for export: same weights, same answers to a rounding.

A third of the reader's time went where nothing is multiplied: shapes worked out anew in each run,
norms that the runtime computes number by number, queries that are the same for every plate. Here
shapes are constants, scales and shifts of norms lie in the layer after them, products over the
same cells are one, and what the first queries ask is computed once, at export.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.reader.model import Attention, Reader, even_contrast

_HEADS = 4


class Lean(nn.Module):
    """A trained reader as the product calls it, with calibrated probabilities.

    Args:
        model: ready to predict; its norms after convolutions are folded already.
        heat, place_heat: the temperatures of slots and of places.
    """

    def __init__(self, model: Reader, heat: float, place_heat: float) -> None:
        super().__init__()
        self.trunk, self.place, self.queries = model.trunk, model.place, model.queries
        _, self.cells, self.width = model.place.shape
        self.many = model.queries.shape[1]
        norms = [norm for norm in model.norms if isinstance(norm, nn.LayerNorm)]
        self.eps = norms[0].eps
        mix, gather, search, among, again = (
            model.mix,
            model.gather,
            model.search,
            model.among,
            model.again,
        )
        self.mix = _after(norms[0], _joined(_scaled(mix), mix.key, mix.value))
        self.mixed = mix.out
        self.widen, self.narrow = _after(norms[1], model.widen), model.narrow
        self.look_at = _after(norms[2], _joined(gather.key, gather.value))
        with torch.no_grad():
            first = _scaled(gather)(norms[3](model.queries))
            where = _scaled(search)(model.where)
            (asked,) = self._heads(torch.cat([first, where], 1), 1, self.many + 1)
        self.first = nn.Parameter(asked)
        self.gathered, self.found = gather.out, search.out
        self.among = _after(norms[5], _joined(_scaled(among), among.key, among.value))
        self.agreed = among.out
        self.again, self.seen = _after(norms[6], _scaled(again)), again.out
        self.widen2, self.narrow2 = _after(norms[4], model.widen2), model.narrow2
        self.classify = _cooled(model.classify, heat)
        self.locate = _cooled(model.locate, place_heat)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(N, 10, 37)`` and ``(N, K)`` probabilities for ``(N, 64, 160)`` grey uint8."""
        grid = self.trunk(even_contrast(crops).unsqueeze(1))
        cells = grid.reshape(-1, self.width, self.cells).transpose(1, 2) + self.place
        asking, key, value = self._heads(self.mix(self._even(cells)), 3, self.cells)
        cells = cells + self.mixed(self._looked(asking, key, value, self.cells))
        cells = cells + self.narrow(F.relu(self.widen(self._even(cells))))
        key, value = self._heads(self.look_at(self._even(cells)), 2, self.cells)
        many = self.many
        first = self._looked(self.first, key, value, many + 1)
        place = self.found(first[:, many])
        slots = self.queries + self.gathered(first[:, :many])
        asking, near, what = self._heads(self.among(self._even(slots)), 3, many)
        slots = slots + self.agreed(self._looked(asking, near, what, many))
        (asking,) = self._heads(self.again(self._even(slots)), 1, many)
        slots = slots + self.seen(self._looked(asking, key, value, many))
        slots = slots + self.narrow2(F.relu(self.widen2(self._even(slots))))
        places = self.locate(F.relu(place))
        return torch.softmax(self.classify(slots), 2), torch.softmax(places, 1)

    def _even(self, x: Tensor) -> Tensor:
        """Return *x* with mean 0 and deviation 1; scale and shift lie in the next layer."""
        x = x - x.mean(-1, keepdim=True)
        return x * (1.0 / torch.sqrt((x * x).mean(-1, keepdim=True) + self.eps))

    def _heads(self, x: Tensor, parts: int, many: int) -> list[Tensor]:
        """Return each of *parts* ``(N, heads, many, C / heads)`` of ``(N, many, parts * C)``."""
        split = x.reshape(-1, many, parts * _HEADS, self.width // _HEADS).transpose(1, 2)
        return [split[:, n * _HEADS : (n + 1) * _HEADS] for n in range(parts)]

    def _looked(self, asking: Tensor, key: Tensor, value: Tensor, many: int) -> Tensor:
        """Return ``(N, many, C)``, what each of *asking* finds; its scale lies in *asking*."""
        found = torch.softmax(asking @ key.transpose(2, 3), -1) @ value
        return found.transpose(1, 2).reshape(-1, many, self.width)


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight, made.bias = nn.Parameter(weight.detach()), nn.Parameter(bias.detach())
    return made


def _after(norm: nn.LayerNorm, layer: nn.Linear) -> nn.Linear:
    """Return *layer* with the scale and shift of the *norm* before it."""
    return _linear(layer.weight * norm.weight, layer.bias + layer.weight @ norm.bias)


def _joined(*layers: nn.Linear) -> nn.Linear:
    """Return one layer that says what all say, one after the other."""
    weight = torch.cat([one.weight for one in layers])
    return _linear(weight, torch.cat([one.bias for one in layers]))


def _scaled(attention: Attention) -> nn.Linear:
    """Return the asking layer with the scale of the products that its answers go into."""
    if attention.heads != _HEADS:
        raise ValueError(f"an attention of {attention.heads} heads, {_HEADS} are known here")
    scale = (attention.ask.out_features // _HEADS) ** -0.5
    return _linear(attention.ask.weight * scale, attention.ask.bias * scale)


def _cooled(layer: nn.Linear, heat: float) -> nn.Linear:
    return _linear(layer.weight / heat, layer.bias / heat)
