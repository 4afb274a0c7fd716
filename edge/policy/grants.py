"""Grants: which alerts another agency may open or search for, why, and until when.

A supervisor grants, an auditor countersigns that very grant: two documents, two parties of the
roster. Neither alone does anything, every grant ends within a year, and it counts only while both
keys do. Its end needs one key only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import GrantError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Name, from_time, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed, digest, payload_of, sign
from edge.records import Category

GRANT: Final = "grant"
APPROVAL: Final = "grant-approval"
END: Final = "grant-end"
LONGEST: Final = timedelta(days=366)
ENDERS: Final = frozenset({Role.SUPERVISOR, Role.AUDITOR})
_SLACK: Final = timedelta(minutes=5)  # two clocks that are both right


class Use(StrEnum):
    """What a grant is for."""

    ALERTS = "alerts"  # they are sealed to the partner as they come
    SEARCH = "search"  # it may search the hits that units still hold; kept reads never


_Text = Annotated[str, Field(min_length=1, max_length=500)]
_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_CategoryName = Annotated[Category, Field(strict=False)]
_UseName = Annotated[Use, Field(strict=False)]


class Grant(canonical.Row):
    """What a supervisor signs."""

    v: Literal[1]
    town: Name
    who: Name = Field(description="A partner of the town's roster.")
    categories: Annotated[list[_CategoryName], Field(min_length=1, max_length=8)]
    uses: Annotated[list[_UseName], Field(min_length=1, max_length=len(Use))] = Field(
        default=[Use.ALERTS], description="What with them; a file without it is for alerts."
    )
    why: _Text = Field(description="The purpose, or the agreement's number.")
    since: _Time
    until: _Time


class Approval(canonical.Row):
    """What an auditor signs: that very grant, by its digest."""

    v: Literal[1]
    grant: _Digest
    made: _Time


class End(canonical.Row):
    """What either of them signs: that very grant counts no more."""

    v: Literal[1]
    grant: _Digest
    made: _Time
    why: _Text


@dataclass(frozen=True, slots=True)
class Standing:
    """A grant that two parties have signed.

    Attributes:
        number: SHA-256 of the signed grant, hex.
        who: a partner's name; its keys are the roster's.
        since, until: UTC; it counts from *since* on, and no more at *until*.
    """

    number: str
    who: str
    categories: frozenset[Category]
    uses: frozenset[Use]
    why: str
    since: datetime
    until: datetime
    supervisor: str
    auditor: str

    def covers(self, category: str, at: datetime) -> bool:
        """Say whether it lets *who* open alerts of *category* at *at*."""
        return Use.ALERTS in self.uses and category in self.categories and self.holds(at)

    def searches(self, category: str, at: datetime) -> bool:
        """Say whether it lets *who* find hits of *category* at *at*."""
        return Use.SEARCH in self.uses and category in self.categories and self.holds(at)

    def holds(self, at: datetime) -> bool:
        """Say whether it is in force at *at*."""
        return self.since <= at < self.until


def number_of(grant: Signed) -> str:
    """Return the number of a grant: SHA-256 of the signed grant, hex."""
    return digest(grant)


def sign_grant(grant: Grant, supervisor: Identity) -> Signed:
    """Return the grant, signed; it does nothing before it is approved.

    Raises:
        GrantError: it ends before it begins, or holds for more than a year.
    """
    _sound(grant)
    return sign(GRANT, canonical.write(grant), supervisor)


def sign_approval(signed: Signed, auditor: Identity, roster: Roster, at: datetime) -> Signed:
    """Return an auditor's word that the grant may stand.

    Raises:
        GrantError: the grant is not one that may stand, or is the auditor's own.
        KeysError: it is not signed by a supervisor of this town whose key counts.
    """
    read_grant(signed, roster, at)
    if signed.signer == auditor.name:
        raise GrantError(_SAME.format(auditor.name))
    row = Approval(v=1, grant=number_of(signed), made=to_time(at))
    return sign(APPROVAL, canonical.write(row), auditor)


def sign_end(signed: Signed, ender: Identity, why: str, at: datetime) -> Signed:
    """Return the word of a supervisor or an auditor that ends a grant at once.

    Raises:
        GrantError: of another role than these.
    """
    if ender.role not in ENDERS:
        raise GrantError(f"{ender.name} is {ender.role}: a supervisor or an auditor ends a grant")
    row = End(v=1, grant=number_of(signed), made=to_time(at), why=why)
    return sign(END, canonical.write(row), ender)


def read_grant(signed: Signed, roster: Roster, at: datetime) -> Grant:
    """Return what a supervisor grants, if it may be approved or stand at *at*.

    Raises:
        GrantError: it has ended, holds too long, or is of another town.
        KeysError: no supervisor of this town whose key counts has signed it.
    """
    roster.check(signed, Role.SUPERVISOR, at)
    grant = canonical.read(Grant, payload_of(signed, GRANT), "a grant")
    _sound(grant)
    if grant.town != roster.town:
        raise GrantError(f"the grant is of {grant.town}, and this is {roster.town}")
    if at >= from_time(grant.until):
        raise GrantError(f"the grant ended at {grant.until}; a new one needs two keys")
    return grant


def read_standing(signed: Signed, approval: Signed, roster: Roster, at: datetime) -> Standing:
    """Return the grant that two parties have signed.

    Raises:
        GrantError: as :func:`read_grant`; or the approval is another grant's, or the same person's,
            or dated in the future.
        KeysError: a signature does not hold, or a key does not count at *at*.
    """
    grant, number = read_grant(signed, roster, at), number_of(signed)
    auditor = roster.check(approval, Role.AUDITOR, at)
    row = canonical.read(Approval, payload_of(approval, APPROVAL), "a grant's approval")
    if row.grant != number:
        raise GrantError("the approval is of another grant: it approves nothing here")
    if auditor.name == signed.signer:
        raise GrantError(_SAME.format(auditor.name))
    if from_time(row.made) > at + _SLACK:
        raise GrantError(f"the approval is dated {row.made}, in the future")
    return Standing(
        number=number,
        who=grant.who,
        categories=frozenset(grant.categories),
        uses=frozenset(grant.uses),
        why=grant.why,
        since=from_time(grant.since),
        until=from_time(grant.until),
        supervisor=signed.signer,
        auditor=auditor.name,
    )


_SAME: Final = "{} has signed the grant: a second person must approve it"


def _sound(grant: Grant) -> None:
    since, until = from_time(grant.since), from_time(grant.until)
    if until <= since:
        raise GrantError(f"the grant ends ({grant.until}) before it begins")
    if until - since > LONGEST:
        raise GrantError(f"the grant would hold until {grant.until}; {LONGEST.days} days are most")
