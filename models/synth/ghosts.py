"""Plates on which another character shines through: dirt, wear, an old sticker, a wet film."""

from dataclasses import replace

import numpy as np

from edge.plates.alphabet import CHARACTERS
from edge.plates.lookalikes import GROUPS, folded
from models.synth.plates import RenderedPlate, render_plate

LEAST, MOST = 0.1, 0.5  # how much of the other character shows
_ALIKE = 0.7  # share of rivals that look like the plate's own character


def ghosted(rng: np.random.Generator, plate: RenderedPlate) -> tuple[RenderedPlate, str, float]:
    """Return *plate* drawn anew with a rival character shining through one of its own.

    Returns:
        The plate, its text as before; the rival's text, which differs in one character; and by how
        much it shows, 0.1 to 0.5. Share 0 and an empty rival where the two do not lie on each
        other (another layout): then it is *plate* itself.
    """
    rival = _rival(rng, plate.text)
    seed, share = int(rng.integers(2**32)), float(rng.uniform(LEAST, MOST))
    one, other = (
        render_plate(np.random.default_rng(seed), plate.jurisdiction, text)
        for text in (plate.text, rival)
    )
    if one.image.shape != other.image.shape or one.style != other.style:
        return plate, "", 0.0
    both = (1.0 - share) * one.image.astype(np.float32) + share * other.image.astype(np.float32)
    return replace(one, image=np.rint(both).astype(np.uint8)), rival, share


def doubt(share: float) -> float:
    """Return the probability that a reader should give to a rival that shows by *share*.

    Half and half is anybody's guess; under a seventh it is dirt and no character.
    """
    return min(0.5, max(0.0, (share - 0.15) / 0.7))


def _rival(rng: np.random.Generator, text: str) -> str:
    at = int(rng.integers(len(text)))
    like = "".join(group for group in GROUPS if text[at] in group)
    choice = like if rng.random() < _ALIKE else CHARACTERS
    # twins are drawn alike in many fonts: nothing shines through
    others = sorted(one for one in set(choice) if folded(one) != folded(text[at]))
    others = others or sorted(set(CHARACTERS) - {text[at]})
    return text[:at] + str(rng.choice(others)) + text[at + 1 :]
