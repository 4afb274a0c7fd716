"""What the key holder tells watch: which public keys reads are sealed to, and for which span.

A signed file in memory, beside a lock that the holder keeps for as long as it lives: whoever could
swap the file could swap the keys, so watch takes only what its own unit has signed; and what a dead
holder left behind is nobody's key any more. All times are nanoseconds since this machine started,
sleep included: no setting of the clock moves them.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.clock import Clock, suspended_ns
from edge.disk import locked
from edge.errors import KeysError
from edge.keys import canonical
from edge.keys.crypto import SealingKey
from edge.keys.identity import Identity
from edge.keys.signed import from_bytes, holds, sign, to_bytes

FOLDER: Final = "reads"  # in runtime.folder
FILE: Final = "slots"
LOCK: Final = "holder.lock"
KIND: Final = "reads-slots"
LATE_NS: Final = 60_000_000_000  # a parked car's pass ends so long after its last read, at most
_HOUR_S: Final = 3600.0
_PARTS: Final = 6  # slots in the time that reads are kept, at least
_LIMIT: Final = 16_000
_TRIES: Final = 10
_TRY_S: Final = 0.05

Uptime = Callable[[], int]
"""Returns the nanoseconds since this machine started, sleep included."""


def uptime(clock: Clock) -> Uptime:
    """Return the time since this machine started by *clock*."""
    return lambda: clock.now().monotonic_ns + suspended_ns()


def slot_s(keep_s: float) -> float:
    """Return how long a slot is: an hour, or a sixth of the time that reads are kept.

    A slot's key dies when its first read may be no older, so its last lives this much shorter.
    """
    return max(1.0, min(_HOUR_S, keep_s / _PARTS))


@dataclass(frozen=True, slots=True)
class Slot:
    """One span and its public key.

    Attributes:
        since_ns, until_ns: what is captured in it is sealed to it, the end excluded.
        dies_ns: when the private half is gone.
    """

    key: SealingKey
    since_ns: int
    until_ns: int
    dies_ns: int


class _Row(canonical.Row):
    key: str
    since_ns: int
    until_ns: int
    dies_ns: int


class _Slots(canonical.Row):
    v: Literal[1]
    slots: Annotated[list[_Row], Field(max_length=64)]


def write_slots(folder: Path, slots: Sequence[Slot], own: Identity) -> None:
    """Tell watch of *slots*.

    Raises:
        OSError: the folder cannot be written.
    """
    rows = [
        _Row(
            key=canonical.to_text(one.key.raw),
            since_ns=one.since_ns,
            until_ns=one.until_ns,
            dies_ns=one.dies_ns,
        )
        for one in slots
    ]
    draft = folder / f"{FILE}.new"
    draft.write_bytes(to_bytes(sign(KIND, canonical.write(_Slots(v=1, slots=rows)), own)))
    draft.replace(folder / FILE)


def read_slots(folder: Path, own: Identity) -> tuple[Slot, ...]:
    """Return what the key holder of this unit told last; nothing where there is no such file.

    Raises:
        KeysError: the file is damaged, or not signed by this unit itself.
    """
    file = folder / FILE
    try:
        with file.open("rb") as opened:
            blob = opened.read(_LIMIT + 1)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise KeysError(f"{file}: cannot be read: {error.strerror}") from error
    signed = from_bytes(blob[:_LIMIT], str(file), KIND)
    if signed.signer != own.name or not holds(signed, own.signing.public, own.town):
        raise KeysError(f"{file}: is not signed by this unit: start edge-search again")
    rows = canonical.read(_Slots, signed.payload, str(file)).slots
    return tuple(
        Slot(
            SealingKey(canonical.from_text(one.key, str(file))),
            one.since_ns,
            one.until_ns,
            one.dies_ns,
        )
        for one in rows
    )


class HolderLock:
    """The lock that says that a key holder lives; the kernel lets go of it with the process."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / LOCK
        self._door: int | None = None

    def take(self) -> None:
        """Take it; whoever asks whether we live may be in the way for a moment.

        Raises:
            KeysError: another holder lives, or the folder cannot be written.
        """
        try:
            self._door = os.open(self._file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o660)
        except OSError as error:
            raise KeysError(f"{self._file}: cannot be made: {error.strerror}") from error
        never = threading.Event()
        for _ in range(_TRIES):
            try:
                fcntl.flock(self._door, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                never.wait(_TRY_S)
                continue
            return
        self.release()
        raise KeysError(
            f"{self._file}: another key holder runs here; end it first (systemctl stop edge-search)"
        )

    def release(self) -> None:
        """Let go of it; twice does no harm."""
        if self._door is not None:
            os.close(self._door)
            self._door = None


def holder_lives(folder: Path) -> bool:
    """Say whether a key holder has the lock in *folder*."""
    try:
        return locked(folder / LOCK)
    except OSError:
        return False
