"""Passes of rendered plates, read by the shipped reader, fused as the line fuses them."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.config import load
from edge.plates import alphabet
from edge.records import Sighting
from edge.tracking.fusion import Fusion
from edge.vision.cards import load_card
from edge.vision.doubt import look_again
from edge.vision.reader import Reader
from edge.vision.rectify import corners_of_box
from edge.vision.session import Session
from models.synth import degrade
from models.synth.plates import render_plate
from tests.hotlist.lists import sighting_of

_BORDER = 40  # pixels around the plate


@cache
def reader() -> Reader:
    """Return the shipped reader, loaded once."""
    section = load([]).settings.reader
    opened = Reader(Session(load_card(section.card), 1))
    opened.start()
    return opened


def sighting(
    text: str,
    place: str,
    seed: int,
    *,
    coarser: float = 1.0,
    frames: int = 3,
    track: int = 1,
    smeared: tuple[str, float] = ("", 0.0),
) -> Sighting:
    """Return a pass of one rendered plate.

    Args:
        place: jurisdiction whose plate is drawn.
        coarser: 1 is clean and straight on; from there on the plate has dirt and uneven light, and
            so many times fewer pixels, with noise and blur.
        frames: pictures of the pass, each taken a little differently.
        smeared: another text that shines through by a share, as dirt and wear have it: the same
            plate, pixel by pixel, but for the characters that differ.
    """
    settings = load([]).settings
    plate = _plate(text, place, seed, clean=coarser == 1.0)
    if smeared[1] > 0.0:
        other = _plate(smeared[0], place, seed, clean=coarser == 1.0)
        plate = cv2.addWeighted(plate, 1.0 - smeared[1], other, smeared[1], 0.0).astype(np.uint8)
    rng = np.random.default_rng([seed, 8])
    shown = [_taken(rng, plate, coarser) for _ in range(frames)]
    margin = settings.reader.margin
    first = reader().read([reader().cut(image, corners, margin) for image, corners in shown])
    read = look_again(reader(), shown, first, margin, settings.reader.look_again_below)
    tracking = settings.tracking
    fusion = Fusion(tracking.trust_in_read, tracking.read_correlation)
    for slots, codes in zip(read.slots, read.jurisdictions, strict=True):
        fusion.add(slots, 1.0, codes)
    best = max(read.slots, key=alphabet.confidence)
    return sighting_of(
        fusion.slots(),
        track=track,
        raw_text=alphabet.decode(best),
        jurisdiction=fusion.jurisdiction(),
        reads=frames,
    )


def _plate(text: str, place: str, seed: int, *, clean: bool) -> NDArray[np.uint8]:
    rng = np.random.default_rng([seed, 7])
    return np.asarray(render_plate(rng, place, text, clean=clean).image, np.uint8)


def _taken(
    rng: np.random.Generator, plate: NDArray[np.uint8], coarser: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return a picture of a plate, and the plate's corners, a little off as a detector's are."""
    high, wide = plate.shape[:2]
    image = cv2.copyMakeBorder(plate, *(_BORDER,) * 4, cv2.BORDER_CONSTANT, value=(70, 70, 70))
    box = (float(_BORDER), float(_BORDER), float(_BORDER + wide), float(_BORDER + high))
    corners = corners_of_box(box) + rng.normal(0, 0.008 * wide, (4, 2)).astype(np.float32)
    if coarser > 1.0:
        image = degrade.motion_blur(image, float(rng.normal(0, 0.6 * coarser)), 0.0)
        image = degrade.low_resolution(image, coarser)
        image = degrade.noise(rng, image, 6.0)
    return np.asarray(image, np.uint8), np.asarray(corners, np.float32)


def share_within(right: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson's)."""
    z, p = 1.96, right / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * np.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return float(middle - half), float(middle + half)
