"""Export what the archive holds, while its daemon runs or not; the act is recorded first."""

from datetime import UTC, datetime
from pathlib import Path

from edge.archive.export import Export, Exporter, Period, sign_own_head
from edge.archive.manifest import Checked, check_export
from edge.archive.store import ArchiveStore
from edge.clock import Clock
from edge.errors import ConfigError
from edge.keys import files
from edge.keys.identity import Identity
from edge.keys.roster import read_roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, load_root
from edge.messages.acts import act_row
from edge.messages.acts_archive import Export as ExportAct
from edge.messages.export import SUFFIX, Header, read_line
from edge.messages.wire import rfc3339


def export(
    store: ArchiveStore,
    archive: Identity,
    keys: Path,
    folder: Path,
    period: Period,
    clock: Clock,
    why: str = "",
) -> Export:
    """Record the act, then write everything into *folder*.

    Args:
        keys: the folder with root and roster.
        why: who asked, or for what; stays on the chain.

    Raises:
        ConfigError: the folder is there already, or cannot be written.
        StoreError: the act cannot be recorded: then nothing was written.
    """
    if folder.exists():
        raise ConfigError(f"{folder}: is there already; name a new folder")
    now = rfc3339(datetime.fromtimestamp(clock.now().utc_ns / 1e9, UTC))
    header = _header(store, archive, keys, now)
    since_ns, until_ns = period.bounds()
    act = ExportAct(
        rows=sum(one.proven for one in store.chains()),
        letters=store.letters.count(since_ns, until_ns),
        since=period.since,
        until=period.until,
        chains=tuple(f"{one.name}/{one.epoch[:8]}" for one in store.chains()[:1000]),
        why=why,
    )
    store.record("export", act_row("export", act))
    sign_own_head(store, archive, now)
    return Exporter(store, archive, header, period).write(folder)


def check(folder: Path, root_file: Path) -> Checked:
    """Hold an export's files against its manifest, by the newest roster that is in it.

    Raises:
        ConfigError: it is no export, or no roster of this root is in it.
        KeysError: no archive of the town signed it.
    """
    root = load_root(root_file)
    rosters = []
    for file in sorted((folder / "chains").glob(f"*{SUFFIX}")):
        with file.open("rb") as opened:
            found = read_line(opened.readline())
        if isinstance(found, Header):
            rosters.append(read_roster(found.roster, str(file), root.key))
    if not rosters:
        raise ConfigError(f"{folder}: holds no chain, and so no roster to judge the manifest by")
    return check_export(folder, max(rosters, key=lambda one: one.sequence))


def _header(store: ArchiveStore, archive: Identity, keys: Path, now: str) -> Header:
    root = load_root(keys / ROOT_FILE)
    roster = files.read_public(keys / ROSTER_FILE)
    read_roster(roster, str(keys / ROSTER_FILE), root.key)
    return Header(archive.town, archive.name, store.epoch, root.fingerprint, roster, now)
