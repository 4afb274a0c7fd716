"""Which listed plates a sighting may be, by what the reader itself holds possible.

Never by edit distance: on a list of half a million, one car in four is one edit away from an entry.
An entry is found only along characters that the fused reads give at least ``min_character`` in
their slot, blanks included, and only if its text as a whole has at least ``min_probability``.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.clock import Moment
from edge.config.hotlist import HotlistSection
from edge.hotlist.index import Index, Span
from edge.plates import alphabet
from edge.plates.alphabet import BLANK, CHARACTERS, SLOTS
from edge.records import Contested, Entry, Hit, Sighting

_MOST_STEPS = 20_000  # only thresholds near zero come near; the likeliest texts come first


class _Found(NamedTuple):
    text: str
    probability: float
    entries: tuple[Entry, ...]


class Matcher:
    """Holds sightings against a list."""

    def __init__(self, section: HotlistSection) -> None:
        self._section = section

    def match(
        self, sighting: Sighting, hotlist: Index, now: Moment, clock_now: datetime | None = None
    ) -> tuple[Hit, ...]:
        """Return all entries that the sighting may be, likeliest first; empty for none.

        A hit's ``probability`` is that of the entry's text: the product over the slots, each of
        which is a distribution, so that the probabilities of all texts sum to one. How rare a
        listed car is, is not in it. Entries of one plate share it and keep the list's order.

        Args:
            now: becomes the hits' ``matched``.
            clock_now: an entry that has expired by then is left out; None takes *now*.
        """
        when = clock_now or datetime.fromtimestamp(now.utc_ns / 1e9, UTC)
        hits = [
            Hit(
                sighting=sighting,
                entry=entry,
                probability=found.probability,
                exact=entry.plate == sighting.text,
                contested=contested,
                list_version=hotlist.version,
                matched=now,
            )
            for found in self._search(sighting.slots, hotlist)
            for contested in [self._contested(sighting.slots, found.text, hotlist, when)]
            for entry in found.entries
            if not entry.expired(when)
        ]
        return tuple(sorted(hits, key=lambda hit: -hit.probability))

    def _search(self, slots: NDArray[np.float32], hotlist: Index) -> Iterator[_Found]:
        """Walk the list by prefixes that both the list and the reader hold possible.

        Slots are distributions, so at most ``1 / min_probability`` prefixes of a length are likely
        enough: some two hundred steps at .05, whatever the size of the list.
        """
        reader = _Slots(slots, self._section.min_character)
        least = self._section.min_probability
        open_ends = [(1.0, "", hotlist.narrow(""))]
        for _ in range(_MOST_STEPS):
            if not open_ends:
                return
            likely, prefix, span = open_ends.pop()
            ends = likely * reader.nothing_after[len(prefix)]
            if prefix and ends >= least and ends > 0.0:
                entries = hotlist.entries(prefix, span)
                if entries:
                    yield _Found(prefix, ends, entries)
            open_ends += reversed(list(self._longer(likely, prefix, span, reader, hotlist)))

    def _longer(
        self, likely: float, prefix: str, span: Span, reader: "_Slots", hotlist: Index
    ) -> Iterator[tuple[float, str, Span]]:
        if len(prefix) == SLOTS:
            return
        for character, p in reader.possible[len(prefix)]:
            if likely * p * reader.best_after[len(prefix) + 1] < self._section.min_probability:
                return  # the rest is less likely still
            inside = hotlist.narrow(prefix + character, span)
            if inside.start < inside.end:
                yield likely * p, prefix + character, inside

    def _contested(
        self, slots: NDArray[np.float32], text: str, hotlist: Index, when: datetime
    ) -> tuple[Contested, ...]:
        """Return the places in which something else than *text* may stand.

        Such a place decides if the text with the rival in it is not on the list: then the match
        stands or falls with that one character.
        """
        found = []
        classes = alphabet.encode(text)
        for place, expected in enumerate(classes):
            others = slots[place].copy()
            others[expected] = -1.0
            rival = int(others.argmax())
            if others[rival] < self._section.contested_character:
                continue
            instead = classes.copy()
            instead[place] = rival
            found.append(
                Contested(
                    position=place + 1,
                    expected=_character(int(expected)),
                    p_expected=float(slots[place, expected]),
                    rival=_character(rival),
                    p_rival=float(others[rival]),
                    decides=not _listed(instead, hotlist, when),
                )
            )
        return tuple(found)


class _Slots:
    """What a reader holds possible in each slot, and how likely the slots after it can be."""

    def __init__(self, slots: NDArray[np.float32], least: float) -> None:
        table = slots.astype(np.float64)
        table[table < least] = 0.0
        order = np.argsort(-table[:, :BLANK], axis=1, kind="stable")
        self.possible: list[list[tuple[str, float]]] = [
            [(CHARACTERS[c], float(row[c])) for c in ranks if row[c] > 0.0]
            for row, ranks in zip(table, order, strict=True)
        ]
        self.nothing_after = _products(table[:, BLANK])
        self.best_after = _products(table.max(axis=1))


def _products(values: NDArray[np.float64]) -> list[float]:
    """Return the product of all values from each place on; 1 after the last."""
    products: list[float] = np.cumprod(values[::-1])[::-1].tolist()
    return [*products, 1.0]


def _listed(classes: Sequence[int] | NDArray[np.int64], hotlist: Index, when: datetime) -> bool:
    text = "".join(_character(int(c)) for c in classes)
    return bool(text) and any(not entry.expired(when) for entry in hotlist.entries(text))


def _character(number: int) -> str:
    return "" if number == BLANK else CHARACTERS[number]
