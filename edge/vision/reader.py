"""Read plates that have been cut out and flattened."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.errors import ModelError
from edge.plates.alphabet import CHARACTERS, CLASSES, SLOTS
from edge.records import Pixels
from edge.vision import fastplate
from edge.vision.cards import UNKNOWN, ModelCard
from edge.vision.rectify import rectify
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
        height, width = self.card.input.shape[1:3]
        return width, height

    def start(self) -> None:
        """Check the card, load the model, and read one grey crop.

        Raises:
            ModelError: the card is not a reader's, or the file breaks its promise.
        """
        _form(self.card).check(self.card)
        self._session.start()
        self.read([np.full(self.card.input.shape[1:], 128, np.uint8)])

    def cut(self, image: Pixels, corners: NDArray[np.float32], margin: float) -> Pixels:
        """Return a plate of a frame as this reader takes it.

        Args:
            image: ``(H, W, 3)`` uint8 BGR, not modified.
            corners: ``(4, 2)`` float32 in pixels of *image*; may lie outside of it.
            margin: grows the plate on all sides, as a fraction of its own size.

        Raises:
            PictureError: the corners are not finite or enclose no area.
        """
        return _form(self.card).cut(image, corners, margin, self.card)

    def read(self, crops: Sequence[Pixels]) -> Readings:
        """Return what each crop says.

        Args:
            crops: as :meth:`cut` gives them.

        Raises:
            ModelError: the model failed, or gave something other than distributions.
        """
        if not crops:
            return Readings(np.zeros((0, SLOTS, CLASSES), np.float32), ())
        slots, *places = self._run(np.stack(crops))
        form = _form(self.card)
        self._hold(form.own(slots, self.card), len(crops), self.card.output.name)
        for shares in places:
            self._hold(shares, len(crops), "jurisdiction")
        named = self._named(places[0]) if places else ({},) * len(crops)
        return Readings(form.slots(np.clip(slots, 0.0, 1.0), self.card), named)

    def _run(self, crops: Pixels) -> tuple[NDArray[np.float32], ...]:
        """Run the model on all *crops*; on each alone where it takes one at a time."""
        if self.card.input.shape[0] != 1:
            return self._session.run(crops)
        each = [self._session.run(crop[None]) for crop in crops]
        return tuple(np.concatenate(parts) for parts in zip(*each, strict=True))

    def _hold(self, shares: NDArray[np.float32], count: int, name: str) -> None:
        weights = self.card.weights
        if shares.shape[0] != count:
            raise ModelError(f"{weights}: read {shares.shape[0]} crops of {count} in '{name}'")
        if shares.min() < -_BELOW or np.abs(shares.sum(axis=-1) - 1.0).max() > _APART:
            raise ModelError(
                f"{weights}: its '{name}' are no probabilities that add up to 1; "
                "the softmax belongs into the file"
            )

    def _named(self, shares: NDArray[np.float32]) -> tuple[Mapping[str, float], ...]:
        """Return the probability by code; columns of the same code add up."""
        codes = sorted(set(self.card.jurisdictions) - {UNKNOWN})
        member = np.array([[one == code for code in codes] for one in self.card.jurisdictions])
        told = np.clip(shares, 0.0, 1.0) @ member.astype(np.float32).reshape(shares.shape[1], -1)
        return tuple(
            {code: min(1.0, float(p)) for code, p in zip(codes, row, strict=True)} for row in told
        )


def _cut(image: Pixels, corners: NDArray[np.float32], margin: float, card: ModelCard) -> Pixels:
    _, height, width = card.input.shape
    return rectify(image, corners, width, height, margin)


def _as_given(slots: NDArray[np.float32], _card: ModelCard) -> NDArray[np.float32]:
    return slots


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
            f"{card.path}: is no card of a reader that this version runs: "
            f"(-1, H, W) uint8 grey to (-1, {SLOTS}, {CLASSES}) float32 over {CHARACTERS} is "
            f"wanted, it says {card.task}, {inward.shape} {inward.dtype} {card.colour} to "
            f"{outward.shape} over {card.alphabet}"
        )
    check_jurisdictions(card)
    if card.jurisdictions and (
        len(set(card.jurisdictions)) != len(card.jurisdictions) or card.jurisdictions[-1] != UNKNOWN
    ):
        raise ModelError(
            f"{card.path}: its jurisdictions must each stand once, the last '{UNKNOWN}'; "
            f"they are {', '.join(card.jurisdictions)}"
        )


def check_jurisdictions(card: ModelCard) -> None:
    """Refuse a card whose jurisdictions and their output do not agree.

    Raises:
        ModelError: naming the card and what it says.
    """
    codes, tensor = card.jurisdictions, card.jurisdiction
    if tensor is None and not codes:
        return
    fits = tensor is not None and (
        (tensor.dtype, len(tensor.shape), tensor.shape[-1:]) == ("float32", 2, (len(codes),))
        and tensor.shape[0] == card.output.shape[0]
    )
    if not fits:
        said = "no such output" if tensor is None else f"{tensor.dtype} {tensor.shape}"
        raise ModelError(
            f"{card.path}: its card names {len(codes)} jurisdictions, so its output 'jurisdiction' "
            f"must be float32 ({card.output.shape[0]}, {len(codes)}); it says {said}"
        )


def _check_foreign(card: ModelCard) -> None:
    fastplate.check(card)
    check_jurisdictions(card)


@dataclass(frozen=True, slots=True)
class _Form:
    """What differs between the formats of readers.

    Attributes:
        check: refuses a card that the format does not allow.
        cut: a plate of a frame to one crop as the model takes it.
        own: the model's first output with a distribution in its last axis.
        slots: the model's first output to ``(N, SLOTS, CLASSES)``.
    """

    check: Callable[[ModelCard], None]
    cut: Callable[[Pixels, NDArray[np.float32], float, ModelCard], Pixels]
    own: Callable[[NDArray[np.float32], ModelCard], NDArray[np.float32]]
    slots: Callable[[NDArray[np.float32], ModelCard], NDArray[np.float32]]


_FORMS: Final[Mapping[str, _Form]] = {
    "edge": _Form(_check, _cut, _as_given, _as_given),
    "fast-plate-ocr": _Form(_check_foreign, fastplate.cut, fastplate.unfolded, fastplate.as_slots),
}


def _form(card: ModelCard) -> _Form:
    if card.format not in _FORMS:
        raise ModelError(
            f"{card.path}: is no card of a reader: format '{card.format}' is a detector's; "
            f"readers have {', '.join(_FORMS)}"
        )
    return _FORMS[card.format]
