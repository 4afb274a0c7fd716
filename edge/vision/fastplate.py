"""Readers as fast-plate-ocr exports them, run unmodified.

They take ``(N, H, W, C)`` uint8, grey or RGB, and give ``(N, slots, classes)`` or
``(N, slots * classes)`` float32: each slot a distribution over their alphabet, of which one
character pads the text to its full length. Some also give a distribution over regions.

Their slots become ours: the pad is our blank, and slots that they lack are blank for certain. An
alphabet with any other character than 0-9 A-Z is refused: dropping a letter or a dash that the
model can see would turn one plate into another, and nobody would be told.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import ModelError
from edge.plates.alphabet import BLANK, CHARACTERS, CLASSES, SLOTS
from edge.records import Pixels
from edge.vision.cards import ModelCard, Plate
from edge.vision.rectify import flatten, own_size

_CHANNELS: Final = {"rgb": 3, "grey": 1}
_INTERPOLATIONS: Final = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
    "lanczos4": cv2.INTER_LANCZOS4,
}


def check(card: ModelCard) -> None:
    """Refuse a card whose parts contradict each other or cannot be turned into our slots.

    Raises:
        ModelError: naming the card and what is wrong.
    """
    plate = layout(card)
    _check_alphabet(card, plate)
    inward, outward = card.input, card.output
    channels, classes = _CHANNELS.get(card.colour, 0), len(card.alphabet)
    fits = (
        card.task == "reader"
        and (inward.dtype, outward.dtype) == ("uint8", "float32")
        and (len(inward.shape), inward.shape[-1:]) == (4, (channels,))
        and inward.shape[0] in (-1, 1)
        and min(inward.shape[1:]) > 0
        and outward.shape[0] in (-1, 1)
        and outward.shape[1:] in ((plate.slots, classes), (plate.slots * classes,))
    )
    if not fits:
        raise ModelError(
            f"{card.path}: is no card of a fast-plate-ocr reader: (-1, H, W, {channels}) uint8 to "
            f"(-1, {plate.slots}, {classes}) float32 is wanted, by its {plate.slots} slots and "
            f"{classes} characters; it says {card.task}, {inward.shape} {inward.dtype} "
            f"{card.colour} to {outward.shape} {outward.dtype}"
        )


def layout(card: ModelCard) -> Plate:
    """Return the card's part about plates.

    Raises:
        ModelError: it has none.
    """
    if card.plate is None:
        raise ModelError(f"{card.path}: a fast-plate-ocr reader's card needs a part [plate]")
    return card.plate


def _check_alphabet(card: ModelCard, plate: Plate) -> None:
    if plate.slots > SLOTS:
        raise ModelError(
            f"{card.path}: has {plate.slots} slots, texts here have at most {SLOTS}; "
            "a longer read would be cut off in silence"
        )
    if card.alphabet.count(plate.pad) != 1 or len(set(card.alphabet)) != len(card.alphabet):
        raise ModelError(
            f"{card.path}: its alphabet {card.alphabet!r} must have each character once, "
            f"and the pad {plate.pad!r} among them"
        )
    foreign = sorted(set(card.alphabet) - {plate.pad} - set(CHARACTERS))
    if foreign or plate.pad in CHARACTERS:
        raise ModelError(
            f"{card.path}: its alphabet has {''.join(foreign) or plate.pad!r}; only 0-9 A-Z and "
            "one other character for the pad can be read here, for a character that were dropped "
            "would turn one plate into another"
        )


def cut(image: Pixels, corners: NDArray[np.float32], margin: float, card: ModelCard) -> Pixels:
    """Return the plate as the model takes it, ``(H, W, C)`` uint8.

    The plate is flattened at its own size first, and then brought to the model's as in its
    training: stretched, or kept in proportion between bars.

    Args:
        image: ``(H, W, 3)`` BGR, not modified.
        corners: ``(4, 2)`` in pixels of *image*.
        margin: grows the quadrilateral first.

    Raises:
        PictureError: the corners enclose no area.
    """
    plate = layout(card)
    _, height, width, _ = card.input.shape
    own_width, own_height = own_size(corners, margin)
    flat = flatten(image, corners, own_width, own_height, margin)
    code = cv2.COLOR_BGR2RGB if card.colour == "rgb" else cv2.COLOR_BGR2GRAY
    shown = np.asarray(cv2.cvtColor(flat, code), np.uint8)
    how = _INTERPOLATIONS[plate.interpolation]
    if not plate.keep_aspect:
        return _channelled(cv2.resize(shown, (width, height), interpolation=how))
    scale = min(height / own_height, width / own_width)
    inner = max(1, round(own_width * scale)), max(1, round(own_height * scale))
    small = _channelled(cv2.resize(shown, inner, interpolation=how))
    canvas = np.empty((height, width, small.shape[2]), np.uint8)
    canvas[:] = plate.padding[: small.shape[2]]
    top, left = (height - inner[1]) // 2, (width - inner[0]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = small
    return canvas


def _channelled(image: NDArray[np.generic]) -> Pixels:
    whole = np.asarray(image, np.uint8)
    return whole[:, :, None] if whole.ndim == 2 else whole


def as_slots(output: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
    """Return the model's ``(N, slots, classes)`` as our ``(N, SLOTS, CLASSES)``."""
    plate = layout(card)
    theirs = unfolded(output, card)
    ours = np.zeros((len(theirs), SLOTS, CLASSES), np.float32)
    columns = [BLANK if one == plate.pad else CHARACTERS.index(one) for one in card.alphabet]
    ours[:, : plate.slots, columns] = theirs
    ours[:, plate.slots :, BLANK] = 1.0
    return ours


def unfolded(output: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
    """Return the model's own output as ``(N, slots, classes)``."""
    return output.reshape(-1, layout(card).slots, len(card.alphabet))
