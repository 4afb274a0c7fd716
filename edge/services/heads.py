"""A chain's owner on how far it has come, signed: beside watch's health, and kept in the store."""

from pathlib import Path
from typing import Final, Protocol

from edge.clock import Moment
from edge.config.unit import UnitSection
from edge.errors import StoreFull
from edge.keys.identity import Identity
from edge.messages.head import HEAD_FILE, Head, sign_head
from edge.messages.links import Link
from edge.store import Store
from edge.store.audit import Audit

_VERSION: Final = 1
_ROWS: Final = 50  # so many rows later a head is kept: a batch for the archive ends at one
_KEEP_S: Final = 600.0  # or so much later, if there is any new row


class Chained(Protocol):
    """A store that has a chain."""

    epoch: str
    audit: Audit

    def last_sequence(self) -> int:
        """Return the newest letter's number."""


class HeadFile:
    """Writes ``head`` on tmpfs, for deliver to publish within health and with the chain."""

    def __init__(self, folder: Path, unit: UnitSection, identity: Identity, store: Store) -> None:
        self._file = folder / HEAD_FILE
        self._unit = unit
        self._identity = identity
        self._store = store
        self._kept = -1
        self._when: Moment | None = None

    def write(self, now: Moment) -> None:
        """Write it anew; from time to time also keep it in the store.

        Raises:
            StoreError: the store cannot be read.
            OSError: the file cannot be written.
        """
        link = self._store.audit.head()
        blob = sign_head(head_of(self._identity, self._store, link, now), self._identity)
        draft = self._file.with_suffix(".new")
        draft.write_bytes(blob)
        draft.replace(self._file)
        if link is not None:
            self._keep(link, blob, now)

    def seal(self, now: Moment) -> None:
        """Write it for the last time, and keep it in the store: nothing stays unsigned.

        Raises:
            StoreError: the store cannot be read.
            OSError: the file cannot be written.
        """
        self._when = None
        self.write(now)

    def _keep(self, link: Link, blob: bytes, now: Moment) -> None:
        if self._kept < 0:
            self._kept = self._store.proofs.newest_head()[0]
        grown = link.number - self._kept
        waited = self._when is None or now.since(self._when) >= _KEEP_S
        if grown < _ROWS and not (waited and grown > 0):
            return
        try:
            self._store.proofs.keep_head(link.number, blob)
        except StoreFull:
            return  # health tells of the full disk; the next head will do as well
        self._kept, self._when = link.number, now


def head_of(own: Identity, store: Chained, link: Link | None, now: Moment) -> Head:
    """Return how far *own*'s chain has come, to be signed."""
    return Head(
        v=_VERSION,
        town=own.town,
        unit=own.name,
        epoch=store.epoch,
        last_sequence=store.last_sequence(),
        audit_number=link.number if link else 0,
        audit_hash=link.hash if link else "",
        made_at=now.iso(),
    )
