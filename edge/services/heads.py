"""Watch's signed word on how far the store has come, beside its health file."""

from pathlib import Path
from typing import Final

from edge.clock import Moment
from edge.config.unit import UnitSection
from edge.keys.identity import Identity
from edge.messages.head import HEAD_FILE, Head, sign_head
from edge.store import Store

_VERSION: Final = 1


class HeadFile:
    """Writes ``head`` on tmpfs, for deliver to publish within health."""

    def __init__(self, folder: Path, unit: UnitSection, identity: Identity, store: Store) -> None:
        self._file = folder / HEAD_FILE
        self._unit = unit
        self._identity = identity
        self._store = store

    def write(self, now: Moment) -> None:
        """Write it anew.

        Raises:
            StoreError: the store cannot be read.
            OSError: the file cannot be written.
        """
        link = self._store.audit.head()
        head = Head(
            v=_VERSION,
            town=self._unit.town,
            unit=self._unit.name,
            epoch=self._store.epoch,
            last_sequence=self._store.last_sequence(),
            audit_number=link.number if link else 0,
            audit_hash=link.hash if link else "",
            made_at=now.iso(),
        )
        draft = self._file.with_suffix(".new")
        draft.write_bytes(sign_head(head, self._identity))
        draft.replace(self._file)
