"""An export as a unit makes it after a busy day, and twenty-one ways to tamper with it."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from edge.keys.roster import sign_roster
from edge.keys.trust import Root
from edge.messages.chain import PayloadRow
from edge.messages.chain_receipt import ChainReceipt, sign_chain_receipt
from edge.messages.envelope import canonical
from edge.messages.export import Header, Row, write_lines
from edge.messages.links import Link, link_hash
from edge.records import AlertId
from edge.store import Store
from tests.alerts import an_alert
from tests.fakes import FakeClock
from tests.keys.cast import ROSTER, keys_of, root_of
from tests.messages.chains import a_head, an_hour
from tests.store.letters import plain

ROOT: Final = Root("windsor", root_of().public)
HEADS: Final = 30  # rows between two signed heads


@dataclass(frozen=True)
class Tampered:
    """A file after a change.

    Attributes:
        row: where it first differs; None where a line that is no row was changed.
        line: the same, in the file.
    """

    lines: list[bytes]
    row: int | None
    line: int


class Export:
    """Rows of a real store: alerts, their receipts, hours, starts; two payloads are erased."""

    def __init__(self, store: Store, clock: FakeClock, rows: int) -> None:
        number = 0
        while (head := store.audit.head()) is None or head.number < rows:
            number += 1
            store.record("hour", an_hour(number).model_dump(mode="json"))
            alert_id: AlertId = store.commit_alert(an_alert(at=clock.now()), plain)
            assert alert_id.sequence == number
            store.record("ended", {"process": "watch", "why": f"test {number}"})
            clock.advance(3600.0)
        with store._db.transaction():
            store.audit.erase_payload(4)
            store.audit.erase_payload(17)
        self.epoch = store.epoch
        self.rows = [Row(link, payload) for link, payload in store.audit.exported()]
        self.links = [row.link for row in self.rows]
        ends = [*range(HEADS, len(self.rows), HEADS), len(self.rows)]
        self.heads = [a_head(self.links[:end], keys_of("bridge-2"), self.epoch) for end in ends]
        receipt = ChainReceipt(
            "archive", "bridge-2", self.epoch, 40, self.links[39].hash, clock.now().iso()
        )
        self.receipts = [sign_chain_receipt(receipt, keys_of("archive"))]
        self.clock = clock

    def header(self) -> Header:
        roster = sign_roster(ROSTER, root_of())
        at = self.clock.now().iso()
        return Header("windsor", "bridge-2", self.epoch, ROOT.fingerprint, roster, at)

    def lines(self, rows: list[Row] | None = None, heads: list[bytes] | None = None) -> list[bytes]:
        """Return the file, or one with other rows and heads."""
        found = self.rows if rows is None else rows
        signed = self.heads if heads is None else heads
        return list(write_lines(self.header(), found, signed, self.receipts))

    def published(self) -> bytes:
        """Return the newest head as a file of its own, as a town would publish it."""
        return self.lines()[1 + len(self.rows) + len(self.heads) - 1]

    def tampered(self, rows: list[Row], row: int) -> Tampered:
        """Return the file with other rows, which first differ at *row*; or lack all from it on."""
        return Tampered(self.lines(rows), row, row + 1 if row <= len(rows) else 0)

    def signed(self) -> set[int]:
        """Return the rows that somebody signed."""
        return {*range(HEADS, len(self.rows), HEADS), 40, len(self.rows)}


def _other(chance: random.Random, text: str) -> str:
    place = chance.randrange(len(text))
    letter = chance.choice([one for one in "0123456789abcdef" if one != text[place]])
    return text[:place] + letter + text[place + 1 :]


def _edit(export: Export, chance: random.Random, field: str) -> Tampered:
    rows = list(export.rows)
    at = chance.randrange(len(rows))
    link = replace(rows[at].link, **{field: _other(chance, getattr(rows[at].link, field))})
    rows[at] = Row(link, rows[at].payload)
    return export.tampered(rows, at + 1)


def edit_number(export: Export, chance: random.Random) -> Tampered:
    rows = list(export.rows)
    at = chance.randrange(len(rows))
    number = at + 1 + chance.choice([-1, 1, 1000])
    rows[at] = Row(replace(rows[at].link, number=number), rows[at].payload)
    return export.tampered(rows, at + 1)


def _payload(export: Export, chance: random.Random, field: str) -> Tampered:
    rows = list(export.rows)
    at = chance.choice([place for place, row in enumerate(rows) if row.payload])
    old = rows[at].payload
    assert old is not None
    rows[at] = Row(rows[at].link, replace(old, **{field: _other(chance, getattr(old, field))}))
    return export.tampered(rows, at + 1)


def swap_payloads(export: Export, chance: random.Random) -> Tampered:
    rows = list(export.rows)
    full = [place for place, row in enumerate(rows) if row.payload]
    at, other = sorted(chance.sample(full, 2))
    rows[at], rows[other] = (
        Row(rows[at].link, rows[other].payload),
        Row(rows[other].link, rows[at].payload),
    )
    return export.tampered(rows, at + 1)


def fill_erased(export: Export, chance: random.Random) -> Tampered:
    rows = list(export.rows)
    at = chance.choice([3, 16])
    rows[at] = Row(rows[at].link, PayloadRow(at + 1, f"{chance.getrandbits(128):032x}", "{}"))
    return export.tampered(rows, at + 1)


def remove(export: Export, chance: random.Random) -> Tampered:
    rows = list(export.rows)
    at = chance.randrange(len(rows))
    del rows[at]
    return export.tampered(rows, at + 1)


def remove_many(export: Export, chance: random.Random) -> Tampered:
    rows = list(export.rows)
    at = chance.randrange(len(rows) - 1)
    del rows[at : at + chance.randint(2, 20)]
    return export.tampered(rows, at + 1)


def swap(export: Export, chance: random.Random) -> Tampered:
    rows = list(export.rows)
    at, other = sorted(chance.sample(range(len(rows)), 2))
    rows[at], rows[other] = rows[other], rows[at]
    return export.tampered(rows, at + 1)


def move(export: Export, chance: random.Random) -> Tampered:
    rows = list(export.rows)
    at, to = chance.sample(range(len(rows)), 2)
    rows.insert(to, rows.pop(at))
    return export.tampered(rows, min(at, to) + 1)


def shuffle(export: Export, chance: random.Random) -> Tampered:
    rows = list(export.rows)
    at = chance.randrange(len(rows) - 5)
    rows[at : at + 5] = [*rows[at + 1 : at + 5], rows[at]]
    return export.tampered(rows, at + 1)


def insert(export: Export, chance: random.Random) -> Tampered:
    """Put a row in that continues the one before it: the next one gives it away, or its head."""
    rows = list(export.rows)
    at = chance.randrange(len(rows) - 1)
    rows.insert(at, _made(rows[at].link))
    return export.tampered(rows, at + 1 if at + 1 in export.signed() else at + 2)


def duplicate(export: Export, chance: random.Random) -> Tampered:
    rows = list(export.rows)
    at = chance.randrange(len(rows))
    rows.insert(at, rows[at])
    return export.tampered(rows, at + 2)


def truncate(export: Export, chance: random.Random) -> Tampered:
    """Cut the end off, with all heads in the file that would tell; one was published elsewhere."""
    keep = chance.randrange(1, len(export.rows))
    heads = export.heads[: keep // HEADS]
    lines = export.lines(export.rows[:keep], heads)
    if keep < 40:
        lines = [line for line in lines if not line.startswith(b'{"receipt"')]
    return Tampered(lines, keep + 1, 0)


def cut(export: Export, chance: random.Random) -> Tampered:
    """Cut the file off in the middle of a row."""
    lines = export.lines()
    at = chance.randrange(1, len(export.rows) + 1)
    return Tampered([*lines[:at], lines[at][: chance.randrange(1, len(lines[at]) - 1)]], at, at + 1)


def edit_head(export: Export, chance: random.Random) -> Tampered:
    lines = export.lines()
    at = chance.randrange(1 + len(export.rows), len(lines) - 1)
    fields = json.loads(lines[at])
    ((key, text),) = fields.items()
    place = chance.randrange(100, len(text) - 100)
    letter = "A" if text[place] != "A" else "B"
    fields[key] = text[:place] + letter + text[place + 1 :]
    lines[at] = canonical(fields) + b"\n"
    return Tampered(lines, None, at + 1)


def rewrite(export: Export, chance: random.Random) -> Tampered:
    """Change a row and make all later hashes anew: the next signed row gives it away."""
    rows = list(export.rows)
    at = chance.randrange(len(rows))
    rows[at] = Row(replace(rows[at].link, at="2026-02-02T02:02:02.000Z"), rows[at].payload)
    previous = rows[at].link.previous
    for place in range(at, len(rows)):
        link = rows[place].link
        own = link_hash(link.number, link.at, link.kind, link.commitment, previous)
        rows[place] = Row(replace(link, previous=previous, hash=own), rows[place].payload)
        previous = own
    row = min(end for end in export.signed() if end > at)
    return Tampered(export.lines(rows), row, row + 1)


def _made(before: Link) -> Row:
    link = replace(before, commitment="0" * 64)
    own = link_hash(link.number, link.at, link.kind, link.commitment, link.previous)
    return Row(replace(link, hash=own), None)


def _of(field: str) -> Callable[[Export, random.Random], Tampered]:
    return lambda export, chance: _edit(export, chance, field)


WAYS: Final[dict[str, Callable[[Export, random.Random], Tampered]]] = {
    "edit a time": _of("at"),
    "edit a kind": _of("kind"),
    "edit a commitment": _of("commitment"),
    "edit a link": _of("previous"),
    "edit a hash": _of("hash"),
    "edit a number": edit_number,
    "edit a payload": lambda export, chance: _payload(export, chance, "text"),
    "edit a salt": lambda export, chance: _payload(export, chance, "salt"),
    "swap two payloads": swap_payloads,
    "fill an erased payload": fill_erased,
    "remove a row": remove,
    "remove 2 to 20 rows": remove_many,
    "swap two rows": swap,
    "move a row": move,
    "rotate five rows": shuffle,
    "insert a made row": insert,
    "duplicate a row": duplicate,
    "truncate, heads too": truncate,
    "cut the file": cut,
    "edit a head or receipt": edit_head,
    "rewrite with new hashes": rewrite,
}
