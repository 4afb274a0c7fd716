"""Watch's side of kept reads: what the line hands over is sealed within seconds, or forgotten.

Between the line and the disk a read stands in memory for a few seconds, so that one sync serves
many. Then it is sealed to the public key of the slot in which it was captured; watch has no other
key and cannot read it back. Without a key holder, without room, or past its slot, nothing is kept,
and health says so: what cannot be kept as the law wants it is not kept.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config.reads import ReadsSection
from edge.disk import free_bytes
from edge.errors import KeysError, StoreError
from edge.keys.crypto import SealingKey
from edge.keys.identity import Identity
from edge.log import Log
from edge.records import KeptRead, Sighting
from edge.services.reads_slots import FOLDER, Slot, Uptime, holder_lives, read_slots, slot_s, uptime
from edge.store.reads import ReadsFile, ReadsFolder

_BATCH_S: Final = 10.0  # a sync of the disk as often, while cars pass
_LOOK_S: Final = 0.5
_MOST: Final = 20_000  # reads that wait in memory
_MB: Final = 1024 * 1024
_log: Final = Log("edge.reads")


@dataclass(slots=True)
class Kept:
    """What became of the reads handed over since the start.

    Attributes:
        kept: sealed and on the disk.
        lost: not kept, for the reason that health told at the time.
    """

    kept: int = 0
    lost: int = 0


@dataclass(slots=True)
class _Waiting:
    captured_ns: int
    read: KeptRead


@dataclass(slots=True)
class _Files:
    """Open files by slot."""

    open: dict[SealingKey, ReadsFile] = field(default_factory=dict)

    def leave(self, living: Sequence[Slot]) -> None:
        """Close those of slots that take no more."""
        keys = {one.key for one in living}
        for key in [one for one in self.open if one not in keys]:
            self.open.pop(key).close()


class ReadKeeper:
    """Takes ended passes from the line, and seals them by a thread of its own.

    Args:
        reserve_mb: with less free space nothing is kept: alerts go before.
        runtime: folder on tmpfs, of the key holder's word.
        own: this unit's keys: it signs what it writes, and believes only its own signature.

    Attributes:
        count: what became of them.
    """

    def __init__(
        self,
        section: ReadsSection,
        reserve_mb: int,
        runtime: Path,
        own: Identity,
        clock: Clock,
        now_ns: Uptime | None = None,
    ) -> None:
        self._section = section
        self._reserve = reserve_mb * _MB
        self._slots = runtime / FOLDER
        self._own = own
        self._folder = ReadsFolder(Path(section.folder))
        self._clock = clock
        self._now_ns = now_ns or uptime(clock)
        self._batch_ns = round(min(_BATCH_S, slot_s(section.keep_s) / 3) * 1e9)
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._files = _Files()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._keyless = ""
        self._unwritten = ""
        self.count = Kept()

    @property
    def problem(self) -> str:
        """Why the newest reads were not kept, for health; empty while they are."""
        return self._keyless or self._unwritten

    def keep(self, sighting: Sighting) -> None:
        """Take an ended pass; never waits for the disk."""
        place = max(sighting.jurisdiction.items(), key=lambda one: one[1], default=("", 0.0))[0]
        read = KeptRead(
            at=sighting.last_seen,
            text=sighting.text,
            jurisdiction=place,
            probability=sighting.confidence,
            direction=sighting.direction.value,
        )
        age_ns = self._clock.now().monotonic_ns - sighting.last_seen.monotonic_ns
        captured_ns = self._now_ns() - age_ns
        with self._lock:
            if len(self._waiting) < _MOST:
                self._waiting.append(_Waiting(captured_ns, read))
            else:
                self.count.lost += 1

    def start(self) -> None:
        """Begin to seal what is handed over.

        Raises:
            StoreError: the folder cannot be made.
        """
        self._folder.make()
        self._look()
        self._thread = threading.Thread(target=self._run, name="reads", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Seal what still waits, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.flush()
        self._files.leave(())

    def flush(self) -> None:
        """Seal all that waits, each read to the slot in which it was captured."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        slots = self._look()
        if not waiting:
            return
        self._unwritten = self._no_room()
        if self.problem:
            self.count.lost += len(waiting)
            return
        for key, reads in _by_slot(waiting, slots, self._now_ns()).items():
            if key is None:
                self.count.lost += len(reads)
                _log.warning("reads of a time without a key are not kept", number=len(reads))
            else:
                self._append(key, reads)
        self._files.leave(slots)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_S):
            with self._lock:
                first = self._waiting[0] if self._waiting else None
            if first is None or self._now_ns() - first.captured_ns >= self._batch_ns:
                self.flush()

    def _look(self) -> tuple[Slot, ...]:
        """Return the slots to be sealed to, and say what is wrong with them."""
        slots: tuple[Slot, ...] = ()
        why = "nobody holds keys for them (start edge-search)"
        if holder_lives(self._slots):
            why = "the key holder has no key (see the journal of edge-search)"
            try:
                slots = read_slots(self._slots, self._own)
            except KeysError as error:
                why = str(error)
        problem = "" if slots else f"no reads are kept: {why}"
        if problem and problem != self._keyless:
            _log.warning(problem)
        self._keyless = problem
        return slots

    def _no_room(self) -> str:
        try:
            free = free_bytes(self._folder.folder)
            used = self._folder.used()
        except (OSError, StoreError) as error:
            return f"no reads are kept: {error}"
        if free < self._reserve:
            return "no reads are kept: the space that is left is kept for alerts"
        if used >= self._section.budget_mb * _MB:
            return f"no reads are kept: they take {self._section.budget_mb} MB (reads.budget_mb)"
        return ""

    def _append(self, key: SealingKey, reads: Sequence[KeptRead]) -> None:
        file = self._files.open.get(key) or self._folder.begin(key, self._own.signing)
        self._files.open[key] = file
        try:
            file.append(reads)
        except StoreError as error:
            del self._files.open[key]
            self.count.lost += len(reads)
            self._unwritten = f"no reads are kept: {error}"
            _log.warning("reads were not kept", number=len(reads), why=error)
            return
        self.count.kept += len(reads)


def _by_slot(
    waiting: Sequence[_Waiting], slots: Sequence[Slot], now_ns: int
) -> Mapping[SealingKey | None, list[KeptRead]]:
    """Return reads by the key of the slot in which they were captured; None where there is none."""
    found: dict[SealingKey | None, list[KeptRead]] = {}
    for one in waiting:
        key = next(
            (
                slot.key
                for slot in slots
                if slot.since_ns <= one.captured_ns < slot.until_ns and now_ns < slot.dies_ns
            ),
            None,
        )
        found.setdefault(key, []).append(one.read)
    return found
