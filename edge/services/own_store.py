"""A unit's store belongs to its keys: with others it begins anew, and the old one stays whole.

Who lost the keys cannot open what lies in the store, and must not go on under its numbers. The old
database is moved aside whole, named by its epoch, and never deleted. Its letters without a receipt
are not sent by themselves: they are signed with a key that somebody else may hold by now, and
whether they are believed is for the town to say. They are told in health until they are taken
away; a deliver whose ``store.folder`` is that folder sends them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config.store import StoreSection
from edge.errors import StoreError
from edge.keys.identity import Identity
from edge.log import Log
from edge.store import Store, open_store
from edge.store.store import DATABASE

LOST: Final = "lost-"
_NOTE: Final = "identity"
_EXCHANGED: Final = "the keys of this unit were exchanged; what was sealed to those before opens"
_log: Final = Log("edge.store")


@dataclass(frozen=True, slots=True)
class Own:
    """The store, and whether it is another one than before.

    Attributes:
        why: why it begins anew, or that its keys were exchanged; empty where neither is so.
        lost: for health: old stores that lie aside; empty where there are none.
    """

    store: Store
    why: str
    lost: str


@contextmanager
def open_own_store(section: StoreSection, unit: str, own: Identity, clock: Clock) -> Iterator[Own]:
    """Open the store of *unit* for its keys; another's keys make a new one.

    An exchange of keys keeps it: the identity bears the key before the last exchange.

    Raises:
        StoreError: it cannot be opened, belongs to another unit, or cannot be moved aside.
    """
    folder = Path(section.folder)
    store = open_store(section, unit, clock)
    try:
        known, mark = store.noted(_NOTE), _mark(own)
        why = _EXCHANGED if known and known != mark else ""
        if why and known not in {one.public.id for one in own.earlier}:
            why = _part(store)
            store.close()
            _move(folder, store.epoch)
            _log.error(why)
            store = open_store(section, unit, clock)
        if known != mark:
            store.note(_NOTE, mark)
        yield Own(store, why, _told(folder))
    finally:
        store.close()


def _mark(own: Identity) -> str:
    """Return what names the key that the store's letters are sealed to, besides others."""
    if own.opening is None:
        raise StoreError(f"{own.name}: has no key to open its own letters with")
    return own.opening.public.id


def _part(store: Store) -> str:
    waiting = store.outbox.depth()
    return (
        f"this unit has other keys than its store was made with: it begins anew; the old store,"
        f" epoch {store.epoch[:12]}, lies aside whole, with {waiting} letters that nobody has"
        " confirmed"
    )


def _move(folder: Path, epoch: str) -> None:
    """Move the database aside; it is closed here, and deliver ends when it sees the new one."""
    target = folder / f"{LOST}{epoch[:12]}"
    try:
        target.mkdir(mode=0o770, exist_ok=True)
        for suffix in ("-wal", "-shm", ""):
            file = folder / f"{DATABASE}{suffix}"
            if file.exists():
                file.rename(target / file.name)
        for place in (target, folder):
            _sync(place)
    except OSError as error:
        raise StoreError(
            f"{folder}: the store of other keys cannot be moved to {target}: {error.strerror};"
            " move it by hand"
        ) from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _told(folder: Path) -> str:
    found = sorted(one.name for one in folder.glob(f"{LOST}*"))
    if not found:
        return ""
    return (
        f"stores of keys that this unit lost lie in {folder}: {', '.join(found)}; send what waits"
        " in them, or keep them elsewhere"
    )
