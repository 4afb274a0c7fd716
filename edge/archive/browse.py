"""One chain read backwards in pages; words that may hold a plate are blackened."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from edge.archive.acts import opened
from edge.archive.branches import MAIN
from edge.archive.database import Database, and_, select
from edge.archive.report.words import blackened
from edge.archive.tables import CHAINS, PAYLOADS, ROWS
from edge.messages.chain import PayloadRow, commits
from edge.messages.links import Link

_PLAIN: Final = re.compile(
    r"[a-z][a-z_-]{0,31}"  # a word of ours
    r"|[0-9a-f]{16,64}"  # a digest
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z"
    r"|\d+\.\d+\.\d+[a-z0-9.+-]{0,20}"  # a version
    r"|[a-z0-9][a-z0-9-]{0,31}/[0-9a-f]{32}/\d{1,15}"  # an alert
    r"|[a-z0-9][a-z0-9_.-]{0,60}-[0-9a-f]{12}"  # a list
)
_NAMED: Final = frozenset(
    "officer supervisor via who signers auditor issuer receiver process name".split()
)
_LONG: Final = frozenset({"documents"})  # signed orders, for whoever checks an export
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Act:
    """One row; *told* is None where its payload was erased, or is not ours to open."""

    number: int
    at: str
    kind: str
    hash: str
    told: tuple[tuple[str, str], ...] | None


def page(db: Database, name: str, epoch: str, before: int, limit: int) -> Sequence[Act]:
    """Return up to *limit* rows below number *before* (0: from the end), the newest first."""
    beside = and_(PAYLOADS.c.chain == ROWS.c.chain, PAYLOADS.c.number == ROWS.c.number)
    found = (
        select(
            ROWS.c.number,
            ROWS.c.at,
            ROWS.c.kind,
            ROWS.c.hash,
            ROWS.c.commitment,
            PAYLOADS.c.salt,
            PAYLOADS.c.payload,
        )
        .select_from(ROWS.join(CHAINS, CHAINS.c.id == ROWS.c.chain).outerjoin(PAYLOADS, beside))
        .where(CHAINS.c.state == MAIN, CHAINS.c.name == name, CHAINS.c.epoch == epoch)
        .where(ROWS.c.number <= CHAINS.c.proven)
        .order_by(ROWS.c.number.desc())
        .limit(limit)
    )
    if before:
        found = found.where(ROWS.c.number < before)
    return [
        Act(number, at, kind, digest, _words(Link(number, at, kind, committed, "", ""), salt, text))
        for number, at, kind, digest, committed, salt, text in db.rows(found)
    ]


def shown(name: str, value: Any) -> str:
    """Return a value of a payload in words; those that a plate could stand in are blackened."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int | float):
        return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, list):
        return ", ".join(shown(name, one) for one in value) or "-"
    text = value if isinstance(value, str) else str(value)
    if _PLAIN.fullmatch(text) or (name in _NAMED and _NAME.fullmatch(text)):
        return text if len(text) < 64 else f"{text[:16]}…"
    return blackened(text) or "-"


def _words(link: Link, salt: str | None, text: str | None) -> tuple[tuple[str, str], ...] | None:
    """Return what a row tells; of words that are not its own, only that they are not."""
    if text is not None and not commits(link, PayloadRow(link.number, salt or "", text)):
        return (("changed", "these are not the words that the row was made with"),)
    return _told(opened(text))


def _told(payload: dict[str, Any] | None) -> tuple[tuple[str, str], ...] | None:
    if payload is None:
        return None
    told = ((name, one) for name, one in payload.items() if one not in ("", [], None))
    return tuple((name, shown(name, one)) for name, one in told if name not in _LONG)
