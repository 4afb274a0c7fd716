"""Chains that are the same in every run: rows with their payloads, and heads that sign them."""

from collections.abc import Sequence

from edge.keys.identity import Identity
from edge.messages.acts import act_row
from edge.messages.acts_unit import Hour
from edge.messages.chain import PayloadRow
from edge.messages.envelope import canonical
from edge.messages.head import Head, sign_head
from edge.messages.links import Link, commitment, first_link, link_hash
from edge.store import Store
from tests.fakes import START

EPOCH = "0123456789abcdef" * 2


def a_chain(length: int, epoch: str = EPOCH) -> tuple[list[Link], list[PayloadRow]]:
    """Return *length* rows that count hours, and what they commit to."""
    links: list[Link] = []
    payloads: list[PayloadRow] = []
    previous = first_link(epoch)
    for number in range(1, length + 1):
        at, salt = START.later(3600.0 * number).iso(), f"{number:032x}"
        text = canonical(act_row("hour", an_hour(number))).decode()
        sealed = commitment(salt, text)
        own = link_hash(number, at, "hour", sealed, previous)
        links.append(Link(number, at, "hour", sealed, previous, own))
        payloads.append(PayloadRow(number, salt, text))
        previous = own
    return links, payloads


def an_hour(number: int) -> Hour:
    """Return an hour's counts."""
    return Hour(
        since=START.later(3600.0 * (number - 1)).iso(),
        until=START.later(3600.0 * number).iso(),
        frames=54_000,
        passes=100 + number,
        reads=400,
        hits=1,
        alarms=0,
        verifies=1,
        watched_s=3600.0,
        paused_s=0.0,
        why="hour",
    )


def fill(store: Store, rows: int) -> None:
    """Put *rows* hours on a store's chain in one transaction: one sync, not one a row."""
    with store._db.transaction():
        for number in range(rows):
            store.audit.append("hour", act_row("hour", an_hour(number)), START)


def a_head(links: Sequence[Link], sender: Identity, epoch: str = EPOCH) -> bytes:
    """Return *sender*'s signed head of a chain that ends with the last of *links*."""
    head = Head(
        v=1,
        town=sender.town,
        unit=sender.name,
        epoch=epoch,
        last_sequence=7,
        audit_number=links[-1].number if links else 0,
        audit_hash=links[-1].hash if links else "",
        made_at=START.later(90_000).iso(),
    )
    return sign_head(head, sender)
