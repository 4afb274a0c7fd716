"""Reads made by hand: a text, a place, a time."""

import numpy as np
from numpy.typing import NDArray

from edge.config import load
from edge.config.tracking import TrackingSection
from edge.plates import alphabet
from edge.records import Detection, Read
from tests.fakes import START

CROP = np.zeros((20, 60, 3), np.uint8)


def section(**changes: object) -> TrackingSection:
    """Return the default section with changes."""
    return load([]).settings.tracking.model_copy(update=changes)


def slots_of(text: str, sure: float = 0.97) -> NDArray[np.float32]:
    """Return slots in which each character of *text* has the probability *sure*."""
    slots = np.full((alphabet.SLOTS, alphabet.CLASSES), (1 - sure) / 36, np.float32)
    slots[np.arange(alphabet.SLOTS), alphabet.encode(text)] = sure
    return slots


def read_of(
    text: str,
    x: float = 100.0,
    y: float = 100.0,
    width: float = 100.0,
    at_s: float = 0.0,
    sure: float = 0.97,
) -> Read:
    """Return a read of *text* whose plate lies at (x, y), top left."""
    box = (x, y, x + width, y + width / 4)
    corners = np.array(
        [[box[0], box[1]], [box[2], box[1]], [box[2], box[3]], [box[0], box[3]]], np.float32
    )
    slots = slots_of(text, sure)
    moment = START.later(at_s)
    return Read(
        detection=Detection(corners, box, 0.9),
        slots=slots,
        text=text,
        confidence=alphabet.confidence(slots),
        crop=CROP,
        captured=moment,
        detected=moment.later(0.01),
    )
