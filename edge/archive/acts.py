"""Rows with what they commit to: read for whoever counts, written for the archive's own chain."""

import json
import secrets
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from edge.archive.branches import MAIN, Branch
from edge.archive.database import Database, and_, select
from edge.archive.tables import CHAINS, PAYLOADS, ROWS
from edge.clock import Moment
from edge.messages.acts import ActRow
from edge.messages.chain import PayloadRow
from edge.messages.envelope import canonical
from edge.messages.links import Link, commitment, link_hash


def acts(db: Database, kinds: Collection[str], since: str, until: str) -> Iterator[ActRow]:
    """Return what stands on all chains that count; see ``ArchiveStore.acts``."""
    beside = and_(PAYLOADS.c.chain == ROWS.c.chain, PAYLOADS.c.number == ROWS.c.number)
    found = (
        select(
            CHAINS.c.name,
            CHAINS.c.epoch,
            ROWS.c.number,
            ROWS.c.at,
            ROWS.c.kind,
            PAYLOADS.c.payload,
        )
        .select_from(ROWS.join(CHAINS, CHAINS.c.id == ROWS.c.chain).outerjoin(PAYLOADS, beside))
        .where(CHAINS.c.state == MAIN, ROWS.c.number <= CHAINS.c.proven)
        .order_by(ROWS.c.chain, ROWS.c.number)
    )
    if kinds:
        found = found.where(ROWS.c.kind.in_(kinds))
    if since:
        found = found.where(ROWS.c.at >= since)
    if until:
        found = found.where(ROWS.c.at < until)
    for name, epoch, number, at, kind, payload in db.stream(found):
        yield ActRow(name, epoch, number, at, kind, opened(payload))


def opened(text: str | None) -> dict[str, Any] | None:
    """Return what a sender committed to; None for what is not there, or is no object of JSON."""
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def link(
    chain: Branch, kind: str, payload: Mapping[str, Any], at: Moment
) -> tuple[Link, PayloadRow]:
    """Return the row that continues *chain*, and what it commits to."""
    number, previous = chain.number + 1, chain.tip
    text, salt = canonical(dict(payload)).decode("utf-8"), secrets.token_hex(16)
    sealed = commitment(salt, text)
    digest = link_hash(number, at.iso(), kind, sealed, previous)
    row = Link(number, at.iso(), kind, sealed, previous, digest)
    return row, PayloadRow(number, salt, text)
