"""The simulated month as other towns' programs would have it: exported files, and an archive.

Heads are signed with keys of a cast that everybody can make anew: nothing here is secret.
"""

from collections.abc import Iterator
from pathlib import Path

from edge.archive.store import ArchiveStore
from edge.clock import Moment
from edge.keys.canonical import to_text
from edge.keys.identity import Identity
from edge.keys.parties import Party
from edge.keys.roles import Role
from edge.keys.roster import Roster, sign_roster
from edge.keys.trust import Root, save_root
from edge.messages.chain import ChainMessage, PayloadRow
from edge.messages.export import SUFFIX, Header, Row, write_lines
from edge.messages.head import Head, sign_head
from edge.messages.links import Link
from scripts.month import Month
from scripts.month_acts import CONSOLES, UNITS
from tests.keys.cast import TOWN, keys_of, party_of, root_of, roster_of

_ROLES = {**dict.fromkeys(UNITS, Role.UNIT), **dict.fromkeys(CONSOLES, Role.CONSOLE)}
_BATCH = 200


def key_of(name: str) -> Identity:
    """Return the keys of a unit or console of the month."""
    return keys_of(name, _ROLES[name])


def roster() -> Roster:
    """Return the cast's roster, with the month's parties."""
    known = {one.name for one in roster_of().parties}
    extra: list[Party] = [party_of(name, _ROLES[name]) for name in _ROLES if name not in known]
    return roster_of(extra=extra)


def export(month: Month, folder: Path) -> Path:
    """Write one export a chain into *folder*; return the file of the town's root beside them."""
    folder.mkdir(parents=True)
    root = Root(TOWN, root_of().public)
    signed = sign_roster(roster(), root_of())
    for name, epoch in month.town.epochs.items():
        rows = list(_rows(month, name))
        header = Header(TOWN, name, epoch, root.fingerprint, signed, month.until)
        lines = write_lines(header, rows, [_head(name, epoch, rows[-1].link)[1]], [])
        with (folder / f"{name}{SUFFIX}").open("xb") as file:
            file.writelines(lines)
    file = folder.parent / "town.json"
    save_root(root, file)
    return file


def fill(month: Month, store: ArchiveStore, at: Moment) -> None:
    """Let an archive take the whole month, as it would have come in batches."""
    for name, epoch in month.town.epochs.items():
        every = list(_rows(month, name))
        for start in range(0, len(every), _BATCH):
            rows = every[start : start + _BATCH]
            links = tuple(row.link for row in rows)
            payloads: list[PayloadRow] = [row.payload for row in rows if row.payload is not None]
            head, signed = _head(name, epoch, links[-1])
            message = ChainMessage(name, epoch, links, to_text(signed), b"")
            store.take_chain(message, head, payloads, at)


def _rows(month: Month, name: str) -> Iterator[Row]:
    with month.chain(name) as (_, audit):
        for link, payload in audit.exported():
            yield Row(link, payload)


def _head(name: str, epoch: str, link: Link) -> tuple[Head, bytes]:
    head = Head(
        v=1,
        town=TOWN,
        unit=name,
        epoch=epoch,
        last_sequence=0,
        audit_number=link.number,
        audit_hash=link.hash,
        made_at=link.at,
    )
    return head, sign_head(head, key_of(name))
