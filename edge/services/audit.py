"""Show and export the chain of a unit's or a console's store, while its daemons run or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from edge.clock import SystemClock
from edge.config.settings import Settings
from edge.errors import ConfigError, KeysError
from edge.keys import files
from edge.keys.roster import read_roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, load_root
from edge.messages.acts import ActRow
from edge.messages.export import Header, Row, write_lines
from edge.messages.head import HEAD_FILE, own_head
from edge.messages.wire import rfc3339
from edge.store.console import DATABASE as CONSOLE
from edge.store.console import ConsoleStore
from edge.store.store import DATABASE as UNIT
from edge.store.store import Store, open_store

Chained = Store | ConsoleStore


@contextmanager
def open_chain(settings: Settings, *, console: bool) -> Iterator[Chained]:
    """Return the store whose chain is meant, opened; none is made where there is none.

    Args:
        console: the console's of these settings, not the unit's.

    Raises:
        ConfigError: there is no store.
        StoreError: it cannot be opened.
    """
    section = settings.console if console else settings.store
    file = Path(section.folder) / (CONSOLE if console else UNIT)
    if not file.exists():
        other = "without --console" if console else "with --console"
        raise ConfigError(f"{file}: there is no store here: name its settings, or try {other}")
    clock = SystemClock(settings.clock.trust)
    if console:
        with ConsoleStore(Path(settings.console.folder), settings.unit.name, clock) as store:
            yield store
    else:
        with open_store(settings.store, settings.unit.name, clock) as unit:
            yield unit


def export_lines(settings: Settings, store: Chained) -> Iterator[bytes]:
    """Yield the lines of an export, row by row; the roster is that of ``keys.folder``.

    Raises:
        KeysError: the root or the roster cannot be read.
    """
    folder, unit = Path(settings.keys.folder), settings.unit
    root = load_root(folder / ROOT_FILE)
    roster = files.read_public(folder / ROSTER_FILE)
    read_roster(roster, str(folder / ROSTER_FILE), root.key)
    now = rfc3339(datetime.fromtimestamp(SystemClock().now().utc_ns / 1e9, UTC))
    header = Header(unit.town, unit.name, store.epoch, root.fingerprint, roster, now)
    last = store.audit.head()
    end = last.number if last else 0
    heads = [*store.proofs.heads(last=end), *_newest(settings, store, end)]
    return write_lines(header, _rows(store, end), heads, store.proofs.receipts())


def acts(settings: Settings, store: Chained, after: int = 0) -> Iterator[ActRow]:
    """Yield the rows after number *after* with what they say."""
    name, epoch = settings.unit.name, store.epoch
    for link, payload in store.audit.told(after):
        yield ActRow(name, epoch, link.number, link.at, link.kind, payload)


def _newest(settings: Settings, store: Chained, end: int) -> list[bytes]:
    """Return the head that watch wrote a moment ago, if it is of this chain and not kept yet."""
    file = Path(settings.runtime.folder) / HEAD_FILE
    try:
        blob = file.read_bytes()
        head = own_head(blob)
    except (OSError, KeysError):
        return []  # no watch runs; what it signed before is kept in the store
    kept, _ = store.proofs.newest_head()
    fits = head.epoch == store.epoch and kept < head.audit_number <= end
    return [blob] if fits else []


def _rows(store: Chained, end: int) -> Iterator[Row]:
    for link, payload in store.audit.exported():
        if link.number > end:
            return  # the daemons go on writing
        yield Row(link, payload)
