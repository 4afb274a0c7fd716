"""Wrapping keys of units' kept reads: made, kept until the limit, given back to their unit alone.

A file each, in a folder of the unit's name, and no row of a database: what is deleted from one may
stay in its logs and backups, and these must be gone. A file is overwritten before it is deleted; an
old block of this disk may still tell one, and then opens what an old block of the unit's disk has:
whoever has both has what the law gave up, which no unit's thief has.

The limit is by this machine's clock, which must be believed, and never goes back: the latest time
that was ever seen counts, and while this runs the machine's own time does.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.clock import Clock, Moment
from edge.disk import put
from edge.errors import KeysError, StoreError
from edge.keys import canonical
from edge.keys.crypto import OpeningKey, SealingKey
from edge.keys.held import wipe
from edge.keys.wrapped import wrap
from edge.messages.keys import Ahead, AheadAsk, AheadGive, Back, BackAsk, BackGive, about

FOLDER: Final = "wrapping"  # in archive.folder
SUFFIX: Final = ".key"
MOST: Final = 12_000  # keys of one unit: a year of hours, and those ahead
_LATEST: Final = "latest"
_NOTE_NS: Final = 60_000_000_000
_MS: Final = 1_000_000


class _Row(canonical.Row):
    v: Literal[1]
    key: str
    dies_ns: Annotated[int, Field(ge=0)]


class _Latest(canonical.Row):
    v: Literal[1]
    at_ns: Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class _Mark:
    """A time that has been, by both clocks."""

    utc_ns: int
    monotonic_ns: int


class WrappingKeys:
    """All of a town's wrapping keys; ``open`` it before use.

    Args:
        most_s: reads may not be kept for longer by the law in force here.
    """

    def __init__(self, folder: Path, most_s: float, clock: Clock) -> None:
        self._folder = folder
        self._most_ms = round(most_s * 1000)
        self._clock = clock
        self._mark: _Mark | None = None
        self._noted_ns = 0

    def open(self) -> None:
        """Make the folder if need be, and read the latest time that was seen.

        Raises:
            StoreError: it cannot be made or read.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            blob = (self._folder / _LATEST).read_bytes()
        except FileNotFoundError:
            latest_ns = 0
        except OSError as error:
            raise StoreError(f"{error.filename}: {error.strerror}") from error
        else:
            latest_ns = canonical.read(_Latest, blob, str(self._folder / _LATEST)).at_ns
        self._mark = _Mark(latest_ns, self._clock.now().monotonic_ns)
        self._noted_ns = latest_ns

    def answer(self, unit: str, ask: AheadAsk | BackAsk) -> AheadGive | BackGive:
        """Return what *unit*, whose signature has been checked, gets.

        Raises:
            KeysError: the clock is not believed, the unit keeps reads for longer than the law here
                allows, or it has too many keys.
            StoreError: a key cannot be kept.
        """
        if not self._clock.trusted():
            raise KeysError("no wrapping key is given: this machine's clock is not set")
        self.step()
        if isinstance(ask, BackAsk):
            return self._back(unit, ask)
        return self._ahead(unit, ask)

    def step(self) -> int:
        """Let die what is due, and return how many did.

        Raises:
            StoreError: a key cannot be deleted.
        """
        if not self._clock.trusted():
            return 0
        now_ns = self._now_ns()
        dead = [file for file, row in self._rows() if row is None or row.dies_ns <= now_ns]
        for file in dead:
            _shred(file)
        if now_ns - self._noted_ns >= _NOTE_NS:
            self._note(now_ns)
        return len(dead)

    def _ahead(self, unit: str, ask: AheadAsk) -> AheadGive:
        if ask.keep_ms > self._most_ms:
            raise KeysError(
                f"{unit} keeps reads for {ask.keep_ms // 1000} s, and the law here allows "
                f"{self._most_ms // 1000} s: no key is given"
            )
        folder = self._folder / unit
        if len(list(folder.glob(f"*{SUFFIX}"))) + ask.count > MOST:
            raise KeysError(f"{unit} has {MOST} wrapping keys: no more are given until some die")
        now_ns = self._now_ns()
        keys = []
        for number in range(ask.count):
            after_ms = number * ask.slot_ms
            made = OpeningKey.make()
            public = made.public
            row = _Row(
                v=1,
                key=canonical.to_text(made.raw),
                dies_ns=now_ns + (after_ms + ask.keep_ms) * _MS,
            )
            self._put(folder, f"{public.id}{SUFFIX}", canonical.write(row))
            wipe(made.raw)
            keys.append(Ahead(key=canonical.to_text(public.raw), after_ms=after_ms))
        return AheadGive(v=1, act="ahead", unit=unit, nonce=ask.nonce, keys=keys)

    def _back(self, unit: str, ask: BackAsk) -> BackGive:
        to = SealingKey(canonical.from_text(ask.ephemeral, "an ask for keys"))
        now_ns = self._now_ns()
        keys = []
        for one in ask.ids:
            row = _read(self._folder / unit / f"{one}{SUFFIX}")
            if row is None or row.dies_ns <= now_ns:
                continue
            raw = canonical.from_text(row.key, "a wrapping key")
            box = wrap(raw, to, about(unit, one, ask.nonce))
            wipe(raw)
            left_ms = (row.dies_ns - now_ns) // _MS
            keys.append(Back(id=one, key=canonical.to_text(box), left_ms=left_ms))
        return BackGive(v=1, act="back", unit=unit, nonce=ask.nonce, keys=keys)

    def _now_ns(self) -> int:
        """Return the time: never before what was seen, and never slower than this machine runs."""
        if self._mark is None:
            raise KeysError("the wrapping keys are not open")
        now: Moment = self._clock.now()
        ran_ns = self._mark.utc_ns + now.monotonic_ns - self._mark.monotonic_ns
        if now.utc_ns >= ran_ns:
            self._mark = _Mark(now.utc_ns, now.monotonic_ns)
        return max(now.utc_ns, ran_ns)

    def _note(self, now_ns: int) -> None:
        self._put(self._folder, _LATEST, canonical.write(_Latest(v=1, at_ns=now_ns)))
        self._noted_ns = now_ns

    def _put(self, folder: Path, name: str, body: bytes) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            put(folder / name, body, settle=False)
        except OSError as error:
            raise StoreError(f"{folder / name}: cannot be written: {error.strerror}") from error

    def _rows(self) -> Iterator[tuple[Path, _Row | None]]:
        for file in sorted(self._folder.glob(f"*/*{SUFFIX}")):
            yield file, _read(file)


def _read(file: Path) -> _Row | None:
    """Return a key's row; None where there is none, or a cut tore it: it is as good as dead."""
    try:
        return canonical.read(_Row, file.read_bytes(), str(file))
    except (FileNotFoundError, KeysError):
        return None
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {error.strerror}") from error


def _shred(file: Path) -> None:
    try:
        with file.open("r+b") as opened:
            opened.write(bytes(file.stat().st_size))
            opened.flush()
            os.fsync(opened.fileno())
        file.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{file}: cannot be deleted: {error.strerror}") from error
