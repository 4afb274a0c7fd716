"""The dev plates with what a person sees on them, and what the shipped reader makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.evaluate.checked import Checked, load_checked
from edge.evaluate.halves import Half, half_of
from edge.evaluate.truth import Plate, load_plates
from edge.plates import alphabet
from edge.records import Pixels
from edge.sources.pictures import read_picture
from edge.vision.cards import load_card
from edge.vision.reader import Reader
from edge.vision.rectify import corners_of_box, rectify
from edge.vision.session import Session

CHECKED: Final = Path(__file__).resolve().parents[1] / "checked"
_BATCH: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class DevPlate:
    """A labelled crop, and what was found out about labels by looking."""

    file: str
    plate: Plate
    image: Pixels
    checked: Checked

    @property
    def readable(self) -> bool:
        """Whether a person can read it."""
        return self.file not in self.checked.illegible

    @property
    def half(self) -> Half:
        """The half of the dev data that it lies in."""
        return half_of(self.plate.text)

    @property
    def place(self) -> str:
        """``us``, ``eu``, ``br``, or ``other``."""
        start = self.plate.region.split("-")[0]
        return start if start in {"us", "eu", "br"} else "other"

    def says(self, text: str) -> bool:
        """Say whether *text* stands on it, by the label or by the person who corrected it."""
        return bool(self.checked.right(self.file, self.plate.text, [text]))


def load_dev(data: Path) -> list[DevPlate]:
    """Return all dev crops of *data*, decoded."""
    folder, checked = data / "plates", load_checked(CHECKED)
    return [
        DevPlate(
            plate.path.relative_to(folder).as_posix(), plate, read_picture(plate.path), checked
        )
        for plate in load_plates(data)
    ]


def open_reader(card: str, threads: int = 1) -> Reader:
    """Return the product's reader of *card*, a path or the name of a shipped one."""
    reader = Reader(Session(load_card(card), threads))
    reader.start()
    return reader


def whole(image: Pixels) -> NDArray[np.float32]:
    """Return the corners of the whole of *image*."""
    return corners_of_box((0, 0, image.shape[1], image.shape[0]))


def view(reader: Reader, image: Pixels, corners: NDArray[np.float32], margin: float) -> Pixels:
    """Return the crop as the product hands it to the reader."""
    return rectify(image, corners, *reader.size, margin)


def read(reader: Reader, views: Sequence[Pixels]) -> NDArray[np.float32]:
    """Return the slots of all *views*, ``(N, SLOTS, CLASSES)``."""
    if not views:
        return np.zeros((0, alphabet.SLOTS, alphabet.CLASSES), np.float32)
    starts = range(0, len(views), _BATCH)
    return np.concatenate([reader.read(views[one : one + _BATCH]).slots for one in starts])


def rights(plates: Sequence[DevPlate], slots: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return for each plate whether its slots say what stands there."""
    pairs = zip(plates, slots, strict=True)
    return np.array([one.says(alphabet.decode(said)) for one, said in pairs], bool)


def sure(slots: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the confidence of each read, the product of the likeliest of each slot."""
    return np.asarray(slots.max(axis=2).astype(np.float64).prod(axis=1))
