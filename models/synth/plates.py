"""Flat plates, straight on and well lit but for their own wear: :func:`render_plate`."""

from dataclasses import dataclass

import numpy as np

from models.synth import plates_us, plates_world, wear
from models.synth.formats import choose_jurisdiction, display_for, random_display, text_of
from models.synth.paint import Image


@dataclass(frozen=True, slots=True)
class RenderedPlate:
    """A flat plate: BGR picture, its text, where it is from, and which style was drawn."""

    image: Image
    text: str
    jurisdiction: str
    style: str


def render_plate(
    rng: np.random.Generator,
    jurisdiction: str | None = None,
    text: str | None = None,
    lookalikes: float = 0.15,
    clean: bool = False,
) -> RenderedPlate:
    """Return one flat plate.

    Args:
        jurisdiction: such as ``us-ct``; drawn when absent, half of them American.
        text: 1 to 10 of ``0-9A-Z``; drawn in one of the jurisdiction's formats when absent.
        lookalikes: share of characters drawn from those that are easily taken for another.
        clean: leaves out dirt and uneven light.

    Returns:
        ``image`` is uint8 BGR: about 320x160 for American plates, 520x110 for European ones of one
        row, 330x210 for two rows. ``text`` has no separators; two rows are read top, then bottom.
    """
    where = jurisdiction or choose_jurisdiction(rng)
    display = display_for(text, where) if text else random_display(rng, where, lookalikes)
    if where.startswith("us-"):
        image, style = plates_us.draw(rng, where, display)
    else:
        image, style = plates_world.draw(rng, where, display)
    if not clean:
        if rng.random() < 0.35:
            wear.dirt(rng, image, float(rng.beta(1.2, 5)))
        if rng.random() < 0.6:
            wear.light_field(rng, image, rng.uniform(0.1, 0.7))
        if rng.random() < 0.06:
            wear.splash(rng, image)
        if rng.random() < 0.06:
            image = wear.bend(rng, image)
    return RenderedPlate(image, text_of(display), where, style)
