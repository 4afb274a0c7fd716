"""The audit chain as pure functions: what a row is, how rows hold together, where they break.

Each row commits to its payload by a salted hash and to the row before by that row's hash. Payload
and salt stand apart: erase them, and nothing can be guessed from the row, while the chain still
verifies. Units, consoles and archives all keep one; whoever checks a chain needs nothing else.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from edge.messages.envelope import canonical


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the chain, as exported and published; hashes are SHA-256, hex."""

    number: int
    at: str
    kind: str
    commitment: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold, and why, as a sentence."""

    number: int
    reason: str


def first_link(epoch: str) -> str:
    """Return what the first row names as the one before it: a hash of the store's epoch."""
    return hashlib.sha256(b"edge-plates audit chain " + epoch.encode("ascii")).hexdigest()


def link_hash(number: int, at: str, kind: str, commitment: str, previous: str) -> str:
    """Return the hash of a row: SHA-256 of the canonical JSON of its other fields."""
    fields = {
        "number": number,
        "at": at,
        "kind": kind,
        "commitment": commitment,
        "previous": previous,
    }
    return hashlib.sha256(canonical(fields)).hexdigest()


def commitment(salt: str, payload: str) -> str:
    """Return the salted commitment to a payload: HMAC-SHA-256 with the salt as the key, hex."""
    return hmac.new(bytes.fromhex(salt), payload.encode("utf-8"), "sha256").hexdigest()


def broken_at(link: Link, number: int, previous: str) -> Break | None:
    """Return why *link* cannot be row *number* after a row with the hash *previous*; else None."""
    if link.number != number:
        return Break(number, f"row {number} is missing; row {link.number} stands in its place")
    if link.previous != previous:
        return Break(number, f"row {number} does not continue the row before it")
    if link.hash != link_hash(number, link.at, link.kind, link.commitment, previous):
        return Break(number, f"row {number} was changed")
    return None


def verify(links: Iterable[Link], epoch: str, head: Link | None = None) -> Break | None:
    """Return the first break of a chain that begins at row 1; None when it holds.

    Args:
        links: taken one by one; a chain of any length needs the memory of one row.
        head: a row published or kept elsewhere; a chain that lacks it, or has another one in its
            place, was cut or rewritten.
    """
    previous, number, at_head = first_link(epoch), 0, ""
    for number, link in enumerate(links, start=1):
        broken = broken_at(link, number, previous)
        if broken is not None:
            return broken
        previous = link.hash
        if head is not None and number == head.number:
            at_head = link.hash
    if head is not None and at_head != head.hash:
        found = "another row stands there" if at_head else f"the chain ends at row {number}"
        return Break(head.number, f"row {head.number}, known elsewhere, is not here: {found}")
    return None
