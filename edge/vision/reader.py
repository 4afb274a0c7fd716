"""Read plates that have been cut out and flattened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.errors import ModelError
from edge.plates.alphabet import CHARACTERS, CLASSES, SLOTS
from edge.records import Pixels
from edge.vision.cards import UNKNOWN, ModelCard
from edge.vision.session import Session

_BELOW: Final = 1e-3  # rounding may take a probability this far under 0
_APART: Final = 1e-2  # and a sum of probabilities this far from 1


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """What a batch of crops says, in their order.

    Attributes:
        slots: ``(N, SLOTS, CLASSES)`` float32, a distribution per slot.
        jurisdictions: per crop the probability by code, without the share that is unknown; empty
            where the reader has no such output.
    """

    slots: NDArray[np.float32]
    jurisdictions: tuple[Mapping[str, float], ...]


class Reader:
    """The reader's model.

    Args:
        session: of a card whose task is ``reader``.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def card(self) -> ModelCard:
        """What the model promises."""
        return self._session.card

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the crops that it reads."""
        _, height, width = self._session.card.input.shape
        return width, height

    def start(self) -> None:
        """Check the card, load the model, and read one grey crop.

        Raises:
            ModelError: the card is not a reader's, or the file breaks its promise.
        """
        _check(self._session.card)
        self._session.start()
        width, height = self.size
        self.read([np.full((height, width), 128, np.uint8)])

    def read(self, crops: Sequence[Pixels]) -> Readings:
        """Return what each crop says.

        Args:
            crops: grey, of this reader's size, see :func:`edge.vision.rectify.rectify`.

        Raises:
            ModelError: the model failed, or gave something other than distributions.
        """
        if not crops:
            return Readings(np.zeros((0, SLOTS, CLASSES), np.float32), ())
        outputs = self._session.run(np.stack(crops))
        parts = [self._distributions(output, len(crops), i) for i, output in enumerate(outputs)]
        return Readings(parts[0], self._named(parts[1]) if parts[1:] else ({},) * len(crops))

    def _distributions(
        self, output: NDArray[np.float32], count: int, index: int
    ) -> NDArray[np.float32]:
        """Return *output* clipped to 0..1, once it has kept what its card promises."""
        weights, name = self.card.weights, self.card.outputs[index].name
        if output.shape[0] != count:
            raise ModelError(f"{weights}: read {output.shape[0]} crops of {count} in '{name}'")
        if output.min() < -_BELOW or np.abs(output.sum(axis=-1) - 1.0).max() > _APART:
            raise ModelError(
                f"{weights}: its '{name}' are no probabilities that add up to 1; "
                "the softmax belongs into the file"
            )
        return np.clip(output, 0.0, 1.0)

    def _named(self, shares: NDArray[np.float32]) -> tuple[Mapping[str, float], ...]:
        codes = self.card.jurisdictions
        return tuple(
            {code: float(p) for code, p in zip(codes, row, strict=True) if code != UNKNOWN}
            for row in shares
        )


def _check(card: ModelCard) -> None:
    inward, outward = card.input, card.output
    fits = (
        card.task == "reader"
        and (card.colour, inward.dtype, outward.dtype) == ("grey", "uint8", "float32")
        and (len(inward.shape), inward.shape[0]) == (3, -1)
        and min(inward.shape[1:]) > 0
        and outward.shape == (-1, SLOTS, CLASSES)
        and card.alphabet == CHARACTERS
    )
    if not fits:
        raise ModelError(
            f"{card.folder / card.name}: is no card of a reader that this version runs: "
            f"(-1, H, W) uint8 grey to (-1, {SLOTS}, {CLASSES}) float32 over {CHARACTERS} is "
            f"wanted, it says {card.task}, {inward.shape} {inward.dtype} {card.colour} to "
            f"{outward.shape} over {card.alphabet}"
        )
    _check_jurisdictions(card)


def _check_jurisdictions(card: ModelCard) -> None:
    codes, tensor = card.jurisdictions, card.jurisdiction
    if tensor is None and not codes:
        return
    if tensor is None or (tensor.dtype, tensor.shape) != ("float32", (-1, len(codes))):
        said = "no output" if tensor is None else f"{tensor.dtype} {tensor.shape}"
        raise ModelError(
            f"{card.folder / card.name}: its card names {len(codes)} jurisdictions, so its output "
            f"'jurisdiction' must be float32 (-1, {len(codes)}); it says {said}"
        )
    if len(set(codes)) != len(codes) or codes[-1:] != (UNKNOWN,):
        raise ModelError(
            f"{card.folder / card.name}: its jurisdictions must each stand once, the last "
            f"'{UNKNOWN}'; they are {', '.join(codes) or 'none'}"
        )
