"""A list by groups whose chances are the same: pattern of letters and digits, and jurisdiction."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.hotlist.index import Hotlist
from edge.hotlist.platekey import PARTIAL
from edge.plates.alphabet import CHARACTERS, SLOTS
from edge.plates.lookalikes import folded

_COUNT = len(CHARACTERS)
_FOLD = np.array([CHARACTERS.index(folded(c)) for c in CHARACTERS])
_BLANK = 0
_LETTER = 1
_DIGIT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Entries with whole plates of one pattern and one stated jurisdiction.

    Attributes:
        pattern: letters as ``A``, digits as ``9``.
        stated: jurisdiction of the entries; empty when the list does not say.
        characters: ``(length, 36)``: in how many plates each character stands at each place.
        twins: how many entries have a look-alike twin of the same jurisdiction on the list.
    """

    pattern: str
    stated: str
    entries: int
    characters: NDArray[np.float64]
    twins: int


def groups(hotlist: Hotlist, now_s: int) -> Iterator[Group]:
    """Yield the groups of all entries that are alive at *now_s*."""
    rows = np.flatnonzero((hotlist.keys < np.uint64(PARTIAL)) & (hotlist.expires > now_s))
    if not len(rows):
        return
    keys = hotlist.keys[rows]
    codes = hotlist.rows["jurisdiction"][rows].astype(np.int64)
    characters, lengths = _spelled(keys)
    filled = np.arange(SLOTS) < lengths[:, None]
    kinds = np.where(filled, np.where(characters < 10, _DIGIT, _LETTER), _BLANK)
    ids = kinds @ 3 ** np.arange(SLOTS) + codes * 3**SLOTS
    twins = _twins(characters, lengths, codes)
    _, firsts, members = np.unique(ids, return_index=True, return_inverse=True)
    members = members.reshape(-1)
    counts = np.bincount(members)
    twinned = np.bincount(members, weights=twins)
    places = np.arange(SLOTS) * _COUNT + characters + members[:, None] * SLOTS * _COUNT
    tables: NDArray[np.float64] = (
        np.bincount(places[filled], minlength=len(counts) * SLOTS * _COUNT)
        .reshape(len(counts), SLOTS, _COUNT)
        .astype(np.float64)
    )
    for number, first in enumerate(firsts.tolist()):
        length = int(lengths[first])
        yield Group(
            pattern="".join("9" if k == _DIGIT else "A" for k in kinds[first, :length]),
            stated=hotlist.pools["jurisdiction"][int(codes[first])],
            entries=int(counts[number]),
            characters=tables[number, :length],
            twins=int(twinned[number]),
        )


def partial_plates(hotlist: Hotlist, now_s: int) -> list[str]:
    """Return the plate of each live entry that is known in part."""
    rows = np.flatnonzero((hotlist.keys >= np.uint64(PARTIAL)) & (hotlist.expires > now_s))
    return [hotlist.plate(int(row)) for row in rows]


def _spelled(keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the characters of all plates, ``(n, SLOTS)``, and their lengths."""
    lengths = (keys & np.uint64(0xF)).astype(np.int64)
    numbers = (keys >> np.uint64(4)).astype(np.int64)
    powers = _COUNT ** np.arange(SLOTS - 1, -1, -1, dtype=np.int64)
    return numbers[:, None] // powers % _COUNT, lengths


def _twins(
    characters: NDArray[np.int64], lengths: NDArray[np.int64], codes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return 1 for each entry that has a twin of its own jurisdiction."""
    powers = _COUNT ** np.arange(SLOTS - 1, -1, -1, dtype=np.int64)
    plain = (characters @ powers) * 16 + lengths
    alike = (_FOLD[characters] @ powers) * 16 + lengths
    pairs = np.unique(np.stack([codes, alike, plain], axis=1), axis=0)
    same, count = np.unique(pairs[:, :2], axis=0, return_counts=True)
    twinned = {tuple(pair) for pair in same[count > 1].tolist()}
    if not twinned:
        return np.zeros(len(codes))
    both = zip(codes.tolist(), alike.tolist(), strict=True)
    return np.array([float(pair in twinned) for pair in both])
