"""A search: what an officer asks of units, why, and with whose word; never in clear on the broker.

The officer signs the query, with a random number and an end; a supervisor countersigns that very
query, by its digest, where it is wide. Both travel together in one bundle, sealed to each unit that
is asked and to the town's auditors, who can so check later what was looked for. Units hold it
against the roster, the town's rules and the law (:mod:`edge.policy.search`).

What a person types (plate, case number, purpose) is bounded here by nothing but the bundle's size:
a unit that refuses must be able to read whom to tell, and why.

In the clear a bundle is ``EDGEQRY`` and a 1, the lengths of query and approval (32 bits each,
big-endian; no approval is 0), and the two documents.
"""

import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import KeysError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Name, Party, from_time, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.sealed import open_sealed, seal, sealed_to
from edge.keys.signed import Signed, digest, from_bytes, payload_of, sign, to_bytes

SEARCH: Final = "search"
APPROVAL: Final = "search-approval"
SEARCHERS: Final = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.PARTNER})
"""Roles whose queries are read; a partner's finds nothing without a grant that says so."""
SEARCH_LIMIT: Final = 256 * 1024  # a bundle, sealed to a thousand parties
MOST_UNITS: Final = 512
LIFE: Final = timedelta(hours=1)
LONGEST_LIFE: Final = timedelta(hours=24)
_PLAIN_LIMIT: Final = 64 * 1024
_MAGIC: Final = b"EDGEQRY\1"
_HEAD: Final = struct.Struct(">II")

_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Query(canonical.Row):
    """What an officer signs."""

    v: Literal[1]
    town: Name
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] = Field(
        description="128 random bits: the query's number; the same query counts once."
    )
    officer: Name = Field(description="Who signs; the answers are sealed to this party alone.")
    via: Name = Field(description="The console or archive that carries it.")
    units: Annotated[list[Name], Field(min_length=1, max_length=MOST_UNITS)]
    places: Annotated[list[str], Field(max_length=64)] = Field(
        description="Only units that hang at one of these places; empty for all that are named."
    )
    pattern: str = Field(description="A plate, or part of it: ? is one character, * any number.")
    categories: Annotated[list[str], Field(max_length=8)] = Field(
        description="Only hits of these categories; empty for all."
    )
    since: _Time
    until: _Time
    case: str = Field(description="The case number, as the agency writes it.")
    purpose: str = Field(description="One of the town's list.")
    made: _Time
    expires: _Time


class Approval(canonical.Row):
    """What a supervisor signs: that very query, by its digest."""

    v: Literal[1]
    query: _Digest
    made: _Time


@dataclass(frozen=True, slots=True)
class Bundle:
    """What travels: the signed query and, where there is one, its signed approval; unchecked.

    Attributes:
        sealed_to: ids of the keys that can open what came; None before it is sealed.
    """

    query: Signed
    approval: Signed | None = None
    sealed_to: tuple[str, ...] | None = None

    @property
    def number(self) -> str:
        """SHA-256 of the signed query, hex: what answers and the chain name."""
        return digest(self.query)


def new_nonce() -> str:
    """Return a number that no other query has."""
    return secrets.token_hex(16)


def sign_query(query: Query, officer: Identity) -> Signed:
    """Return *query* signed by the officer that it names.

    Raises:
        KeysError: it names somebody else, ends before it begins, or lives for too long.
    """
    if query.officer != officer.name:
        raise KeysError(f"the search is {query.officer}'s, and {officer.name} would sign it")
    made, expires = from_time(query.made), from_time(query.expires)
    if not made < expires <= made + LONGEST_LIFE:
        raise KeysError(f"a search ends within {LONGEST_LIFE} of being made, not {query.expires}")
    if from_time(query.until) <= from_time(query.since):
        raise KeysError(f"the search's time ends ({query.until}) before it begins")
    return sign(SEARCH, canonical.write(query), officer)


def sign_approval(query: Signed, supervisor: Identity, made: datetime) -> Signed:
    """Return a supervisor's word that this very query may be asked."""
    row = Approval(v=1, query=digest(query), made=to_time(made))
    return sign(APPROVAL, canonical.write(row), supervisor)


def read_query(signed: Signed) -> Query:
    """Return what a signed query says; nobody vouches for it.

    Raises:
        KeysError: it is no query, or not of this version.
    """
    return canonical.read(Query, payload_of(signed, SEARCH), "a search")


def read_approval(signed: Signed) -> Approval:
    """Return what a signed approval says; nobody vouches for it.

    Raises:
        KeysError: it is no approval, or not of this version.
    """
    return canonical.read(Approval, payload_of(signed, APPROVAL), "a search's approval")


def recipients(roster: Roster, units: Sequence[str], at: datetime) -> tuple[Party, ...]:
    """Return whom a bundle is sealed to: each unit that is named, and every auditor.

    Raises:
        KeysError: a name is of no unit whose key counts at *at*, or there is no auditor.
    """
    known = {party.name: party for party in roster.recipients(Role.UNIT, at)}
    missing = sorted(set(units) - known.keys())
    if missing:
        raise KeysError(
            f"{', '.join(missing)}: no unit of roster {roster.sequence} whose key counts; see"
            " `edge keys roster`"
        )
    auditors = roster.recipients(Role.AUDITOR, at)
    if not auditors:
        raise KeysError(
            f"roster {roster.sequence} has no auditor whose key counts: a search that nobody can"
            " check is not sent"
        )
    return (*(known[name] for name in sorted(set(units))), *auditors)


def seal_bundle(bundle: Bundle, parties: Sequence[Party]) -> bytes:
    """Return the bundle as it goes over the wire, the same bytes to each unit.

    Raises:
        KeysError: nothing can be sealed to a party, or it is too large.
    """
    query = to_bytes(bundle.query)
    approval = to_bytes(bundle.approval) if bundle.approval else b""
    body = b"".join((_MAGIC, _HEAD.pack(len(query), len(approval)), query, approval))
    if len(body) > _PLAIN_LIMIT:
        raise KeysError(f"the search has {len(body)} bytes, and {_PLAIN_LIMIT} are the most")
    sealed = seal(SEARCH, body, parties)
    if len(sealed) > SEARCH_LIMIT:
        raise KeysError(f"the search is sealed to too many parties: {len(parties)}; ask fewer")
    return sealed


def open_bundle(blob: bytes, own: Identity) -> Bundle:
    """Return what was sealed to *own*; nobody vouches for it.

    Raises:
        KeysError: it is too large, sealed to somebody else, was changed, or is no search.
    """
    if len(blob) > SEARCH_LIMIT:
        raise KeysError(f"the search has {len(blob)} bytes, more than {SEARCH_LIMIT}")
    body = open_sealed(SEARCH, blob, own)
    start = len(_MAGIC) + _HEAD.size
    if not body.startswith(_MAGIC) or not start <= len(body) <= _PLAIN_LIMIT:
        raise KeysError("the search: is none of this version of edge")
    query, approval = _HEAD.unpack(body[len(_MAGIC) : start])
    if start + query + approval != len(body):
        raise KeysError("the search: is cut short or damaged; send it again")
    signed = from_bytes(body[start : start + query], "a search", SEARCH)
    readers = sealed_to(SEARCH, blob)
    if not approval:
        return Bundle(signed, sealed_to=readers)
    second = from_bytes(body[start + query :], "a search's approval", APPROVAL)
    return Bundle(signed, second, readers)
