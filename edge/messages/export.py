"""A chain as a file: JSON lines that anybody can read, and check with public keys alone.

Line by line, each in canonical JSON: a header (town, name, epoch, the fingerprint of the town's
root, the signed roster), the rows in order with salt and payload where it was not erased, heads
that the chain's owner signed, receipts that archives signed, and an end that says how many rows
there were.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from edge.errors import MessageError
from edge.keys.canonical import from_text, to_text
from edge.messages.chain import PayloadRow
from edge.messages.envelope import canonical
from edge.messages.links import Link

LONGEST_LINE: Final = 4_000_000  # a header holds the roster of a whole town
SUFFIX: Final = ".chain.jsonl"
_ROW: Final = frozenset(
    {"number", "at", "kind", "commitment", "previous", "hash", "salt", "payload"}
)
_HEADER: Final = frozenset({"v", "town", "name", "epoch", "root", "roster", "made_at"})


@dataclass(frozen=True, slots=True)
class Header:
    """Whose chain it is, and whose keys count.

    Attributes:
        root: fingerprint of the town's root, to be compared by voice.
        roster: signed; the one in force when it was exported.
        made_at: RFC 3339.
    """

    town: str
    name: str
    epoch: str
    root: str
    roster: bytes
    made_at: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row, and what it commits to; None where that was erased."""

    link: Link
    payload: PayloadRow | None


@dataclass(frozen=True, slots=True)
class HeadLine:
    """A signed head, base64 as in health."""

    text: str


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """An archive's signed receipt."""

    blob: bytes


@dataclass(frozen=True, slots=True)
class End:
    """The last line."""

    rows: int


Line = Header | Row | HeadLine | ReceiptLine | End


def write_lines(
    header: Header, rows: Iterable[Row], heads: Iterable[bytes], receipts: Iterable[bytes]
) -> Iterator[bytes]:
    """Yield the lines of an export, each with its newline; rows are taken one by one."""
    yield _line(
        {
            "v": 1,
            "town": header.town,
            "name": header.name,
            "epoch": header.epoch,
            "root": header.root,
            "roster": to_text(header.roster),
            "made_at": header.made_at,
        }
    )
    count = 0
    for row in rows:
        count += 1
        yield _line(_fields(row))
    for head in heads:
        yield _line({"head": to_text(head)})
    for receipt in receipts:
        yield _line({"receipt": to_text(receipt)})
    yield _line({"end": count})


def read_line(line: bytes) -> Line:
    """Return what one line says.

    Raises:
        MessageError: it is not one, or not spelled as :func:`write_lines` would.
        KeysError: what stands in base64 is not.
    """
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise MessageError("is no JSON: the line was changed or cut") from None
    if not isinstance(fields, dict) or canonical(fields) + b"\n" != line:
        raise MessageError("is not written as an export is: the line was changed")
    if fields.keys() == _ROW:
        return _row(fields)
    match fields:
        case {"head": str(text), **more} if not more:
            return HeadLine(text)
        case {"receipt": str(text), **more} if not more:
            return ReceiptLine(from_text(text, "a receipt"))
        case {"end": int(count), **more} if not more:
            return End(count)
    return _header(fields)


def _fields(row: Row) -> dict[str, Any]:
    link, payload = row.link, row.payload
    return {
        "number": link.number,
        "at": link.at,
        "kind": link.kind,
        "commitment": link.commitment,
        "previous": link.previous,
        "hash": link.hash,
        "salt": payload.salt if payload else None,
        "payload": payload.text if payload else None,
    }


def _row(fields: dict[str, Any]) -> Row:
    texts = ("at", "kind", "commitment", "previous", "hash")
    number, salt, payload = fields["number"], fields["salt"], fields["payload"]
    if type(number) is not int or not all(type(fields[one]) is str for one in texts):
        raise MessageError("is no row: the line was changed")
    link = Link(number, *(fields[one] for one in texts))
    if salt is None and payload is None:
        return Row(link, None)
    if type(salt) is not str or type(payload) is not str:
        raise MessageError("has a salt or a payload that is none: the line was changed")
    return Row(link, PayloadRow(number, salt, payload))


def _header(fields: dict[str, Any]) -> Header:
    texts = ("town", "name", "epoch", "root", "roster", "made_at")
    good = fields.keys() == _HEADER and fields["v"] == 1
    if not good or not all(type(fields[one]) is str for one in texts):
        raise MessageError("is no line of an export of this version of edge")
    roster = from_text(fields["roster"], "the roster of an export")
    return Header(
        fields["town"],
        fields["name"],
        fields["epoch"],
        fields["root"],
        roster,
        fields["made_at"],
    )


def _line(fields: dict[str, Any]) -> bytes:
    return canonical(fields) + b"\n"
