"""Finding kept reads, in the process that holds their keys and in no other."""

from array import array
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from edge.clock import Moment
from edge.keys.crypto import VerifyKey
from edge.log import Log
from edge.records import KeptRead
from edge.services.reads_keys import KeyHolder, Live
from edge.store.reads import Scanned

_log: Final = Log("edge.reads.find")


class Pattern(Protocol):
    """Says which texts are wanted."""

    def matches(self, text: str) -> bool:
        """Say whether *text* is one of them."""


@dataclass(frozen=True, slots=True)
class _Span:
    """From when to when a slot's reads are, ns of UTC, for a certain size of its files."""

    size: int
    first_ns: int
    last_ns: int


@dataclass(slots=True)
class KeptReads:
    """The kept reads whose keys still live.

    Args:
        signers: the unit's own keys, today's and those that it had while the reads were kept.

    Attributes:
        damaged: sentences on what the last search could not read: it is not complete then.
    """

    holder: KeyHolder
    signers: Callable[[], Collection[VerifyKey]]
    damaged: tuple[str, ...] = ()
    _spans: dict[str, _Span] = field(default_factory=dict)

    def find(self, pattern: Pattern, since: Moment, until: Moment) -> Iterator[KeptRead]:
        """Return the reads that match, captured from *since* to *until*, by slots oldest first.

        A slot that ends while the search goes on is left out: its reads are gone.
        """
        self.damaged = ()
        if awaited := self.holder.awaited:
            self.damaged = (f"{awaited} slots from before a reboot wait for the archive's key",)
        living = self.holder.living
        held = {one.slot.key.id for one in living}
        self._spans = {slot: span for slot, span in self._spans.items() if slot in held}
        signers = self.signers()
        for live in living:
            found = self._slot(live, pattern, since.utc_ns, until.utc_ns, signers)
            self.damaged += found.damaged
            for sentence in found.damaged:
                _log.warning("kept reads are damaged", why=sentence)
            yield from found.reads

    def _slot(
        self,
        live: Live,
        pattern: Pattern,
        since_ns: int,
        until_ns: int,
        signers: Collection[VerifyKey],
    ) -> Scanned:
        key, folder = live.slot.key, self.holder.folder
        size = folder.size(key.id)
        known = self._spans.get(key.id)
        apart = known and (known.last_ns < since_ns or known.first_ns > until_ns)
        if known and apart and known.size == size:
            return Scanned((), ())
        matches, times = pattern.matches, array("q")

        def wanted(text: str, at_ns: int) -> bool:
            times.append(at_ns)
            return since_ns <= at_ns <= until_ns and matches(text)

        with self.holder.agreeing(live) as agree:
            if agree is None:
                return Scanned((), ())
            found = folder.scan(key, agree, signers, wanted)
        if times and not found.damaged:
            self._spans[key.id] = _Span(size, min(times), max(times))
        return found
