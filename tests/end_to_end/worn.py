"""A street in which one car passes whose worn plate the line takes for another: nothing injected.

The other plate shines through the car's own, as dirt and wear have it: the same plate, pixel by
pixel, but for the character that differs.
"""

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.synth import clips
from models.synth.clips import ClipSpec, Pass
from models.synth.plates import RenderedPlate
from models.synth.video import write_clip

TRUE, LISTED, STATE = "AB17345", "AB12345", "us-ct"
SHARE = 0.45  # of the listed plate; the line is sure of it, with a trace of the car's own


def worn_clip(folder: Path) -> Path:
    """Render four seconds in which a car with :data:`TRUE` passes once, and return the video."""
    spec = ClipSpec(seed=5, fps=8.0, seconds=4.0, passes=(Pass("car", TRUE, STATE, 0.0, 24.0),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clips, "render_plate", _worn(clips.render_plate))
        return write_clip(spec, folder).video


def _worn(plain: Callable[..., RenderedPlate]) -> Callable[..., RenderedPlate]:
    def draw(rng: np.random.Generator, where: str, text: str, **looks: bool) -> RenderedPlate:
        again = copy.deepcopy(rng)
        plate, other = plain(rng, where, text, **looks), plain(again, where, LISTED, **looks)
        image = cv2.addWeighted(plate.image, 1.0 - SHARE, other.image, SHARE, 0.0)
        return replace(plate, image=image.astype(np.uint8))

    return draw
