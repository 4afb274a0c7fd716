"""Read plates that have been cut out and flattened."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.errors import ModelError
from edge.plates.alphabet import CHARACTERS, CLASSES, SLOTS
from edge.records import Pixels
from edge.vision.cards import ModelCard
from edge.vision.session import Session


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
        """Check the card and load the model.

        Raises:
            ModelError: the card is not a reader's, or the file breaks its promise.
        """
        _check(self._session.card)
        self._session.start()

    def read(self, crops: Sequence[Pixels]) -> NDArray[np.float32]:
        """Return what each crop says, ``(N, SLOTS, CLASSES)``: a distribution per slot.

        Args:
            crops: grey, of this reader's size, see :func:`edge.vision.rectify.rectify`.

        Raises:
            ModelError: the model failed, or gave something other than distributions.
        """
        if not crops:
            return np.zeros((0, SLOTS, CLASSES), np.float32)
        slots = self._session.run(np.stack(crops))
        if slots.shape[0] != len(crops):
            raise ModelError(
                f"{self._session.card.weights}: read {slots.shape[0]} crops of {len(crops)}"
            )
        if slots.min() < -1e-3 or np.abs(slots.sum(axis=2) - 1.0).max() > 1e-2:
            raise ModelError(
                f"{self._session.card.weights}: its slots are no probabilities that add up to 1; "
                "the softmax belongs into the file"
            )
        return np.clip(slots, 0.0, 1.0)


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
