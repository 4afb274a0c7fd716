"""Chains on their way to an archive: batches as their sender would make them, and others."""

from collections.abc import Sequence
from dataclasses import replace

from edge.archive.store import ArchiveStore
from edge.clock import Moment
from edge.keys.canonical import to_text
from edge.messages.chain import ChainMessage, PayloadRow
from edge.messages.fleet import Standing
from edge.messages.head import Head, open_head
from edge.messages.links import Link, link_hash
from tests.alerts import UNIT
from tests.fakes import START
from tests.keys.cast import ISSUED, ROSTER, keys_of
from tests.messages.chains import EPOCH, a_chain, a_head

Chain = tuple[list[Link], list[PayloadRow]]


def head_of(links: Sequence[Link], name: str = UNIT.name, epoch: str = EPOCH) -> tuple[Head, str]:
    """Return the head that *name* signs when its chain ends with the last of *links*, twice."""
    text = to_text(a_head(links, keys_of(name), epoch))
    return open_head(text, ROSTER, ISSUED, keys_of(name).role), text


def give(
    store: ArchiveStore,
    chain: Chain,
    first: int,
    last: int,
    signed: Sequence[Link] | None = None,
    at: Moment = START,
) -> Standing:
    """Give rows *first* to *last* with their payloads, under a head of *signed*, or of the last."""
    links, payloads = chain
    rows = links[first - 1 : last]
    head, text = head_of(signed or links[:last])
    message = ChainMessage(UNIT.name, EPOCH, tuple(rows), text, b"")
    return store.take_chain(message, head, payloads[first - 1 : last], at)


def rewritten(chain: Chain, number: int) -> Chain:
    """Return the chain with another act in row *number*, and every hash after it made anew."""
    links, payloads = chain
    found = links[: number - 1]
    for link in links[number - 1 :]:
        previous = found[-1].hash if found else link.previous
        kind = "ended" if link.number == number else link.kind
        digest = link_hash(link.number, link.at, kind, link.commitment, previous)
        found.append(replace(link, kind=kind, previous=previous, hash=digest))
    return found, payloads


__all__ = ["EPOCH", "Chain", "a_chain", "give", "head_of", "rewritten"]
