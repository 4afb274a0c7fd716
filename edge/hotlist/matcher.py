"""Which listed plates a sighting may be, by what the reader itself holds possible.

Never by edit distance, unless a short list asks for it: on a list of half a million, one car in
four is one edit away from an entry. An entry is found only along characters that the fused reads
give at least ``min_character`` in their slot, blanks included, and only if its text as a whole has
at least ``min_probability``. A partial entry is found by the same rule, all its texts together.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.clock import Moment
from edge.config.hotlist import MOST_ENTRIES_FOR_EDITS, HotlistSection
from edge.errors import HotlistError
from edge.hotlist import rarity
from edge.hotlist.contested import contested_places
from edge.hotlist.edits import one_edit
from edge.hotlist.index import Index
from edge.hotlist.partial import Part, form_of, is_partial
from edge.hotlist.platekey import key_of, plate_of
from edge.hotlist.possible import Possible
from edge.hotlist.twins import is_twin, variants
from edge.plates import alphabet
from edge.records import Entry, Hit, Sighting


class Search(NamedTuple):
    """What a look through the list finds, before any entry is fetched.

    Attributes:
        texts: probability and key of every likely text, listed or not.
        listed: those that stand on the list.
        parts: partial plates.
    """

    texts: list[tuple[float, int]]
    listed: list[tuple[float, int]]
    parts: list[Part]


class _Found(NamedTuple):
    plate: str
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
        listed car is, is in ``posterior`` alone, see :mod:`edge.hotlist.rarity`. Entries of one
        plate share both and keep the list's order; partial plates come behind whole ones.

        Args:
            now: becomes the hits' ``matched``.
            clock_now: an entry that has expired by then is left out; None takes *now*.

        Raises:
            HotlistError: the settings ask for edit distance, and the list is too long for it.
        """
        search = self.search(sighting.slots, hotlist)
        edits = self._edits(sighting, hotlist)
        if not (search.listed or search.parts or edits):
            return ()
        when = clock_now or datetime.fromtimestamp(now.utc_ns / 1e9, UTC)
        found = list(_fetched(search, edits, hotlist, when))
        posteriors = self._posteriors(found, search, len(hotlist))
        hits = [
            Hit(
                sighting=sighting,
                entry=entry,
                probability=one.probability,
                exact=entry.plate == sighting.text,
                contested=contested,
                list_version=hotlist.version,
                matched=now,
                posterior=posterior,
                twins=_twins(entry, hotlist, when),
            )
            for one, posterior in zip(found, posteriors, strict=True)
            for contested in [
                contested_places(
                    sighting.slots,
                    one.plate,
                    one.text,
                    self._section.contested_character,
                    lambda text: bool(_alive(hotlist, text, when)),
                )
            ]
            for entry in one.entries
        ]
        return tuple(sorted(hits, key=lambda hit: (hit.entry.partial, -hit.probability)))

    def search(self, slots: NDArray[np.float32], hotlist: Index) -> Search:
        """Return the likely texts and what of them is listed, expired entries included."""
        possible = Possible(slots, self._section.min_character)
        least = self._section.min_probability
        texts = possible.texts(least)
        partials = hotlist.partials
        return Search(
            texts=texts,
            listed=[one for one in texts if hotlist.has(one[1])],
            parts=partials.match(possible, least) if len(partials) else [],
        )

    def _edits(self, sighting: Sighting, hotlist: Index) -> dict[str, float]:
        """Return the listed plates one edit away from the text, where the settings want them."""
        if self._section.max_edits == 0 or not sighting.text:
            return {}
        if len(hotlist) > MOST_ENTRIES_FOR_EDITS:
            raise HotlistError(
                f"{hotlist.version.version}: has {len(hotlist)} entries; hotlist.max_edits = 1 is "
                f"for lists of at most {MOST_ENTRIES_FOR_EDITS}, set it to 0"
            )
        return {
            text: alphabet.probability(sighting.slots, text)
            for text in one_edit(sighting.text)
            if hotlist.has(key_of(text))
        }

    def _posteriors(self, found: Sequence[_Found], search: Search, entries: int) -> list[float]:
        """Return for each find how likely the car is the listed one."""
        r = rarity.commonness(self._section, entries)
        weights = [
            r * one.probability / rarity.meanings(form_of(one.plate, len(one.text)))
            for one in found
        ]
        whole = {one.plate: one.probability for one in found if not is_partial(one.plate)}
        texts = [(p, plate_of(key)) for p, key in search.texts]
        others = rarity.unlisted([one for one in texts if one[1] not in whole], sum(whole.values()))
        total = sum(weights) + others
        return [one / total if total > 0.0 else 0.0 for one in weights]


def _fetched(
    search: Search, edits: Mapping[str, float], hotlist: Index, when: datetime
) -> Iterator[_Found]:
    """Yield each plate that was found with its entries, if one of them is alive."""
    texts = {plate_of(key): p for p, key in search.listed}
    parts = [Part(text, p, text) for text, p in {**edits, **texts}.items()]
    for plate, p, text in (*parts, *search.parts):
        entries = _alive(hotlist, plate, when)
        if entries:
            yield _Found(plate, text, p, entries)


def _twins(entry: Entry, hotlist: Index, when: datetime) -> tuple[str, ...]:
    """Return the other listed plates that look the same and may mean the same car."""
    if entry.partial:
        return ()
    return tuple(
        text
        for text in variants(entry.plate)
        if hotlist.has(key_of(text))
        and any(is_twin(entry, other) for other in _alive(hotlist, text, when))
    )


def _alive(hotlist: Index, plate: str, when: datetime) -> tuple[Entry, ...]:
    return tuple(entry for entry in hotlist.entries(plate) if not entry.expired(when))
