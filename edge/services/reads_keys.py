"""The key holder: makes a slot's key pair, tells watch the public half, and lets the key die.

It runs in the search process, and its keys stand in locked memory. A key dies when the first read
that its slot may hold has been kept for as long as it may be; the slot's file is deleted with it.
The time that counts is the machine's since its start: a clock that is set moves no limit. One that
is set forward past the limit, from a time that was believed to one that is, kills early: rather a
read too few than one too many. What a dead key sealed nobody opens, on whatever old block it lies.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

from edge.clock import Clock
from edge.config.reads import ReadsSection
from edge.errors import KeysError, StoreError
from edge.keys.crypto import SealingKey
from edge.keys.held import HeldKeys
from edge.keys.identity import Identity
from edge.log import Log
from edge.messages.acts import act_row
from edge.messages.acts_unit import Reads
from edge.services.reads_slots import (
    FOLDER,
    LATE_NS,
    HolderLock,
    Slot,
    Uptime,
    slot_s,
    uptime,
    write_slots,
)
from edge.store.reads import ReadsFolder

_EVERY_S: Final = 1.0
_S: Final = 1_000_000_000
_log: Final = Log("edge.reads.keys")

Record = Callable[[str, Mapping[str, Any]], object]
"""Puts an act on the audit chain."""


@dataclass(frozen=True, slots=True)
class Live:
    """A slot whose key lives.

    Attributes:
        place: of the key in locked memory.
        born_ns: UTC when it began; None where the clock was not believed.
        hour: RFC 3339, for the chain.
    """

    slot: Slot
    place: int
    born_ns: int | None
    hour: str


@dataclass(frozen=True, slots=True)
class Restored:
    """A slot's key that came back.

    Attributes:
        raw: the key; overwritten once it is held.
        left_ns: how much longer it may live.
    """

    raw: bytes
    left_ns: int
    hour: str


class Keeper(Protocol):
    """Brings keys over a reboot, where the town wants that.

    Attributes:
        problem: why it could not do so now; empty when it could.
    """

    problem: str

    def save(self, live: Live, raw: bytes) -> None:
        """Keep *raw* so that it can come back before its end, and not after; it is wiped then."""

    def restored(self) -> list[Restored]:
        """Return the keys that came back since the last call."""

    def awaited(self) -> frozenset[str]:
        """Return the slots, by id, whose key may yet come back."""

    def renewed(self) -> bool:
        """Say, once, that a slot went without what it needs to be kept, and the next need not."""

    def forget(self, slot: str) -> None:
        """Delete what was kept of a slot's key."""

    def step(self) -> None:
        """Do what is due: ask for further keys ahead, or for old ones."""


@dataclass(slots=True)
class _Hour:
    """What an hour's rows on the chain will say."""

    living: int = 0
    reads: int = 0


@dataclass(slots=True)
class _Acts:
    """Acts on their way to the chain; an hour with many short slots has one row of each kind."""

    hours: dict[str, _Hour] = field(default_factory=dict)
    owed: list[Reads] = field(default_factory=list)


class KeyHolder:
    """Holds the keys of kept reads; ``start`` it, and ``stop`` it at the end.

    Args:
        runtime: folder on tmpfs; what watch must know goes there.
        record: a key whose row cannot be written is not made.
        keeper: None where a reboot loses the keys, and so the reads.

    Attributes:
        folder: the sealed files.
    """

    def __init__(
        self,
        section: ReadsSection,
        runtime: Path,
        own: Identity,
        record: Record,
        clock: Clock,
        now_ns: Uptime | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self._keep_ns = round(section.keep_s * _S)
        self._slot_ns = round(slot_s(section.keep_s) * _S)
        self._runtime = runtime / FOLDER
        self._own = own
        self._record = record
        self._clock = clock
        self._now_ns = now_ns or uptime(clock)
        self._keeper = keeper
        self._keys = HeldKeys(2 * (self._keep_ns // self._slot_ns + 4))  # some may come back
        self._door = HolderLock(self._runtime)
        self._live: list[Live] = []
        self._acts = _Acts()
        self._told: tuple[Slot, ...] | None = None
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.folder = ReadsFolder(Path(section.folder))
        self._trouble = ""

    def start(self) -> None:
        """Lock memory, delete what no key opens any more, make the first key, and go on with it.

        Raises:
            KeysError: memory cannot be locked, or another holder lives.
            StoreError: a folder cannot be made or read.
        """
        self.open()
        self._thread = threading.Thread(target=self._run, name="reads-keys", daemon=True)
        self._thread.start()

    def open(self) -> None:
        """Do all that ``start`` does but go on by itself: the caller calls :meth:`step`."""
        self.folder.make()
        try:
            self._runtime.mkdir(mode=0o770, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self._runtime}: cannot be made: {error.strerror}") from error
        self._door.take()
        self._keys.open()
        self.step()

    def stop(self) -> None:
        """Overwrite all keys: without the archive's help nothing that was kept opens again."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._lock:
            self._live.clear()
            self._keys.close()
        self._door.release()

    @property
    def problem(self) -> str:
        """Why there is no key, or none that a reboot would spare; empty when all is well."""
        return self._trouble or (self._keeper.problem if self._keeper is not None else "")

    @property
    def awaited(self) -> int:
        """How many slots of an earlier run wait for their key: their reads cannot be found yet."""
        with self._lock:
            return len(self._keeper.awaited()) if self._keeper is not None else 0

    @property
    def living(self) -> tuple[Live, ...]:
        """The slots whose keys live, the oldest first."""
        with self._lock:
            return tuple(self._live)

    @contextmanager
    def agreeing(self, live: Live) -> Iterator[Callable[[SealingKey], bytes] | None]:
        """Give the use of one slot's key for the length of a block; None when it is dead.

        Nothing dies meanwhile, so the block must be short.
        """
        with self._lock:
            self._end()
            if live in self._live:
                yield lambda other: self._keys.agree(live.place, other)
            else:
                yield None

    def step(self) -> None:
        """Let die what is due, and have a key for now and for what comes next."""
        with self._lock:
            self._end()
            self._back()
            self._sweep()
            self._renew()
            self._begin()
            self._write_acts()
            self._tell()

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_S):
            try:
                self.step()
            except (KeysError, StoreError) as error:  # an end of this process would lose all keys
                if str(error) != self._trouble:
                    _log.warning("kept reads", why=error)
                self._trouble = str(error)

    def _end(self) -> None:
        """Overwrite the keys whose time is over, then delete their files."""
        now_ns, now = self._now_ns(), self._clock.now()
        trusted = self._clock.trusted()
        dead = [one for one in self._live if self._over(one, now_ns, now.utc_ns, trusted=trusted)]
        for one in dead:  # the keys first: whatever fails afterwards, nothing opens
            self._keys.wipe(one.place)
        self._live = [one for one in self._live if one not in dead]
        for one in dead:
            if self._keeper is not None:
                self._keeper.forget(one.slot.key.id)
            self._delete(one)

    def _over(self, live: Live, now_ns: int, utc_ns: int, *, trusted: bool) -> bool:
        if now_ns >= live.slot.dies_ns:
            return True
        if live.born_ns is None or not trusted:
            return False
        return utc_ns - live.born_ns >= live.slot.dies_ns - live.slot.since_ns

    def _delete(self, live: Live) -> None:
        slot = live.slot.key.id
        hour = self._acts.hours[live.hour]
        hour.living -= 1
        try:
            hour.reads += self.folder.count(slot)
            self.folder.delete(slot)
        except StoreError as error:  # its key is gone; the sweep tries again
            _log.warning("sealed reads stay behind for now; nothing opens them", why=error)
        if hour.living == 0:
            del self._acts.hours[live.hour]
            self._acts.owed.append(Reads(act="died", hour=live.hour, count=hour.reads))

    def _back(self) -> None:
        """Take the keys that the archive gave back."""
        if self._keeper is None:
            return
        for one in self._keeper.restored():
            place, public = self._keys.put(one.raw)
            end = self._now_ns() + one.left_ns
            began = end - self._keep_ns  # nothing more is sealed to it: its span is empty
            slot = Slot(public, began, began, end)
            self._live.append(Live(slot, place, None, one.hour))
            self._live.sort(key=lambda live: live.slot.dies_ns)
            self._acts.hours.setdefault(one.hour, _Hour()).living += 1
            count = self.folder.count(public.id)
            self._acts.owed.append(Reads(act="restored", hour=one.hour, count=count))

    def _renew(self) -> None:
        """End the present slot's span early, where the next one can be brought over a reboot."""
        if self._keeper is None or not self._keeper.renewed():
            return
        now_ns = self._now_ns()
        for number, one in enumerate(self._live):
            if one.slot.until_ns > now_ns:
                until_ns = max(one.slot.since_ns, now_ns)
                slot = replace(one.slot, until_ns=until_ns)
                self._live[number] = replace(one, slot=slot)

    def _sweep(self) -> None:
        """Delete files whose key is gone for good."""
        held = {one.slot.key.id for one in self._live}
        if self._keeper is not None:
            self._keeper.step()
            held |= self._keeper.awaited()
        lost = self.folder.slots() - held
        count = sum(self.folder.count(slot) for slot in lost)
        for slot in lost:
            self.folder.delete(slot)
        if count:
            _log.warning("reads whose keys are gone have been deleted", number=count)
            self._acts.owed.append(Reads(act="lost", hour="", count=count))

    def _begin(self) -> None:
        """Have a key for now, and the next one half a slot ahead; a gap is left where we slept."""
        while True:
            now_ns = self._now_ns()
            last_ns = max((one.slot.until_ns for one in self._live), default=0)
            if last_ns - now_ns > self._slot_ns // 2:
                return
            if not self._make(max(last_ns, now_ns)):
                return

    def _make(self, since_ns: int) -> bool:
        now = self._clock.now()
        hour = f"{now.iso()[:13]}:00:00Z"
        if hour not in self._acts.hours and not self._recorded(Reads(act="key", hour=hour)):
            return False
        place, public = self._keys.make()
        slot = Slot(public, since_ns, since_ns + self._slot_ns, since_ns + self._keep_ns)
        ahead_ns = since_ns - self._now_ns()
        born_ns = now.utc_ns + ahead_ns if self._clock.trusted() else None
        live = Live(slot, place, born_ns, hour)
        self._live.append(live)
        self._acts.hours.setdefault(hour, _Hour()).living += 1
        if self._keeper is not None:
            self._keeper.save(live, self._keys.copy(place))
        return True

    def _recorded(self, act: Reads) -> bool:
        """Record that a key is made; without that it is not."""
        try:
            self._record("reads", act_row("reads", act))
        except StoreError as error:
            self._trouble = f"no key for reads is made: that cannot be recorded: {error}"
            return False
        self._trouble = ""
        return True

    def _write_acts(self) -> None:
        """Record what has happened; an end is not put off because it cannot be recorded yet."""
        while self._acts.owed:
            try:
                self._record("reads", act_row("reads", self._acts.owed[0]))
            except StoreError as error:
                self._trouble = f"what became of kept reads is not recorded yet: {error}"
                return
            del self._acts.owed[0]

    def _tell(self) -> None:
        """Tell watch of the slots that it may still seal to."""
        now_ns = self._now_ns()
        slots = tuple(one.slot for one in self._live if one.slot.until_ns + LATE_NS > now_ns)[-64:]
        if slots == self._told:
            return
        try:
            write_slots(self._runtime, slots, self._own)
        except OSError as error:
            raise KeysError(f"{self._runtime}: cannot be written: {error.strerror}") from error
        self._told = slots
