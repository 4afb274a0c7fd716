"""Fused slots as traffic gives them, in fixed shares of clean and doubtful reads."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.plates.alphabet import BLANK, CHARACTERS, CLASSES, SLOTS
from edge.plates.lookalikes import alike
from tests.hotlist.make_list import plate

_RIVALS = {one: [c for c in CHARACTERS if c != one and alike(one, c)] for one in CHARACTERS}


@dataclass(frozen=True, slots=True)
class Kind:
    """How doubtful a share of all sightings is.

    Attributes:
        doubts: characters that have two rivals; look-alikes, where there are some.
    """

    name: str
    share: float
    doubts: int


KINDS = (Kind("clean", 0.8, 0), Kind("one doubt", 0.15, 1), Kind("four doubts", 0.05, 4))


def sightings(
    count: int, listed: Sequence[str], share: float, seed: int = 1
) -> dict[str, list[NDArray[np.float32]]]:
    """Return slots by kind, *count* together; *share* of them are of *listed* plates."""
    choose = random.Random(seed)
    return {
        kind.name: [
            _slots(
                choose, choose.choice(listed) if choose.random() < share else plate(choose), kind
            )
            for _ in range(round(count * kind.share))
        ]
        for kind in KINDS
    }


def _slots(choose: random.Random, text: str, kind: Kind) -> NDArray[np.float32]:
    sure = choose.uniform(0.985, 0.999)
    slots = np.full((SLOTS, CLASSES), (1.0 - sure) / (CLASSES - 1))
    slots[np.arange(SLOTS), [CHARACTERS.index(c) for c in text] + [BLANK] * (SLOTS - len(text))] = (
        sure
    )
    for place in choose.sample(range(len(text)), min(kind.doubts, len(text))):
        first = choose.uniform(0.4, 0.7)
        second = choose.uniform(0.6, 0.95) * (1.0 - first)
        rivals = choose.sample(_RIVALS[text[place]] or CHARACTERS, 1) + choose.sample(CHARACTERS, 1)
        slots[place] = 1e-4
        for sign, p in zip(
            (*rivals, text[place]), (second, 1.0 - first - second, first), strict=True
        ):
            slots[place, CHARACTERS.index(sign)] = p
    return (slots / slots.sum(axis=1, keepdims=True)).astype(np.float32)
