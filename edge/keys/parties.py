"""One line of the roster, and one revocation: as we hold them, and as they are written."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from edge.errors import KeysError
from edge.keys.canonical import Row, from_text, to_text
from edge.keys.crypto import SealingKey, VerifyKey, fingerprint
from edge.keys.roles import Role

NAME = r"^[a-z0-9][a-z0-9-]{0,31}$"
Name = Annotated[str, Field(pattern=NAME)]
RoleName = Annotated[Role, Field(strict=False)]
_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"


@dataclass(frozen=True, slots=True)
class Party:
    """Who holds a key, what for, and how long.

    Attributes:
        sealing_key: None for a role that nothing is sealed to.
        since, until: UTC; the key counts from *since* on, and no more at *until*.
    """

    name: str
    role: Role
    verify_key: VerifyKey
    sealing_key: SealingKey | None
    since: datetime
    until: datetime
    town: str

    @property
    def fingerprint(self) -> str:
        """Thirty digits over both keys, to be compared by voice."""
        keys = (self.verify_key, self.sealing_key) if self.sealing_key else (self.verify_key,)
        return fingerprint(*keys)

    def holds(self, at: datetime) -> bool:
        """Say whether the dates cover *at*."""
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Revocation:
    """A key that counts no more, whatever its dates say."""

    name: str
    verify_key: VerifyKey
    at: datetime
    reason: str


class PartyRow(Row):
    """A party as the roster's file has it."""

    name: Name
    role: RoleName
    verify: str
    sealing: str | None
    since: str
    until: str

    @classmethod
    def of(cls, party: Party) -> "PartyRow":
        """Return the row that says *party*."""
        sealing = to_text(party.sealing_key.raw) if party.sealing_key else None
        return cls(
            name=party.name,
            role=party.role,
            verify=to_text(party.verify_key.raw),
            sealing=sealing,
            since=to_time(party.since),
            until=to_time(party.until),
        )

    def party(self, town: str) -> Party:
        """Return the party that the row says."""
        sealing = SealingKey(from_text(self.sealing, self.name)) if self.sealing else None
        verify = VerifyKey(from_text(self.verify, self.name))
        since, until = from_time(self.since), from_time(self.until)
        return Party(self.name, self.role, verify, sealing, since, until, town)


class RevocationRow(Row):
    """A revocation as the roster's file has it."""

    name: Name
    verify: str
    at: str
    reason: Annotated[str, Field(min_length=1, max_length=200)]

    @classmethod
    def of(cls, one: Revocation) -> "RevocationRow":
        """Return the row that says *one*."""
        verify = to_text(one.verify_key.raw)
        return cls(name=one.name, verify=verify, at=to_time(one.at), reason=one.reason)

    def revocation(self) -> Revocation:
        """Return the revocation that the row says."""
        verify = VerifyKey(from_text(self.verify, self.name))
        return Revocation(self.name, verify, from_time(self.at), self.reason)


class RosterRows(Row):
    """The roster's signed content."""

    v: Literal[1]
    town: Name
    sequence: Annotated[int, Field(ge=1, le=2**53 - 1)]
    issued: str
    authority: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    parties: Annotated[list[PartyRow], Field(max_length=10_000)]
    revoked: Annotated[list[RevocationRow], Field(max_length=10_000)]


def to_time(moment: datetime) -> str:
    """Return *moment*, which has a zone, as UTC with seconds."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def from_time(text: str) -> datetime:
    """Return the moment that *text* says.

    Raises:
        KeysError: it is not written as :func:`to_time` would.
    """
    if re.fullmatch(_TIME, text):
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise KeysError(f"{text!r} is no moment: {error}") from None
    raise KeysError(f"{text!r} is no moment: it is written 2026-01-31T12:00:00Z")
