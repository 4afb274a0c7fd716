"""Case holds: what an alert says is kept for a case, until a day, whatever else would erase it.

A supervisor signs the hold; it names one alert by its number, never a plate. It ends at its date at
the latest; a supervisor or an auditor ends it sooner, by one key: to keep less needs no second one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import HoldError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Name, from_time, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed, digest, payload_of, sign

HOLD: Final = "hold"
END: Final = "hold-end"
LONGEST: Final = timedelta(days=5 * 366)
ENDERS: Final = frozenset({Role.SUPERVISOR, Role.AUDITOR})
_SLACK: Final = timedelta(minutes=5)  # two clocks that are both right

Alert = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}/[0-9a-f]{32}/[1-9][0-9]{0,15}$")]
_Case = Annotated[str, Field(min_length=1, max_length=80)]
_Text = Annotated[str, Field(min_length=1, max_length=400)]
_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Hold(canonical.Row):
    """What a supervisor signs."""

    v: Literal[1]
    town: Name
    alert: Alert = Field(description="unit/epoch/sequence: all revisions of it.")
    case: _Case = Field(description="The case's number; no plate.")
    why: _Text
    made: _Time
    until: _Time


class HoldEnd(canonical.Row):
    """What a supervisor or an auditor signs: that very hold counts no more."""

    v: Literal[1]
    hold: _Digest
    made: _Time
    why: _Text


@dataclass(frozen=True, slots=True)
class CaseHold:
    """A hold that a supervisor of the town has signed.

    Attributes:
        number: SHA-256 of the signed hold, hex.
        alert: ``unit/epoch/sequence``.
        until: UTC, RFC 3339.
    """

    number: str
    alert: str
    case: str
    why: str
    until: str
    supervisor: str


def sign_hold(hold: Hold, supervisor: Identity) -> Signed:
    """Return the hold, signed.

    Raises:
        HoldError: it ends before it begins, or too late; or *supervisor* is none.
    """
    if supervisor.role is not Role.SUPERVISOR:
        raise HoldError(f"{supervisor.name} is {supervisor.role}: a supervisor signs a hold")
    _sound(hold)
    return sign(HOLD, canonical.write(hold), supervisor)


def sign_end(number: str, ender: Identity, why: str, at: datetime) -> Signed:
    """Return the word of a supervisor or an auditor that ends a hold at once.

    Raises:
        HoldError: of another role than these.
    """
    if ender.role not in ENDERS:
        raise HoldError(f"{ender.name} is {ender.role}: a supervisor or an auditor ends a hold")
    row = HoldEnd(v=1, hold=number, made=to_time(at), why=why)
    return sign(END, canonical.write(row), ender)


def read_hold(signed: Signed, roster: Roster, at: datetime) -> CaseHold:
    """Return what a supervisor holds, if it may begin at *at*.

    Raises:
        HoldError: it has ended, holds too long, is dated in the future or of another town.
        KeysError: no supervisor of this town whose key counts has signed it.
    """
    roster.check(signed, Role.SUPERVISOR, at)
    hold = canonical.read(Hold, payload_of(signed, HOLD, HoldError), "a hold")
    _sound(hold)
    if hold.town != roster.town:
        raise HoldError(f"the hold is of {hold.town}, and this is {roster.town}")
    if from_time(hold.made) > at + _SLACK:
        raise HoldError(f"the hold is dated {hold.made}, in the future")
    if at >= from_time(hold.until):
        raise HoldError(f"the hold ended at {hold.until}; sign a new one")
    return CaseHold(digest(signed), hold.alert, hold.case, hold.why, hold.until, signed.signer)


def read_end(signed: Signed, roster: Roster, at: datetime) -> tuple[str, str]:
    """Return the number of the hold that is ended, and who ends it.

    Raises:
        KeysError: neither a supervisor nor an auditor of this town, whose key counts, signed it.
    """
    ender = roster.check(signed, ENDERS, at)
    row = canonical.read(HoldEnd, payload_of(signed, END, HoldError), "the end of a hold")
    return row.hold, ender.name


def _sound(hold: Hold) -> None:
    made, until = from_time(hold.made), from_time(hold.until)
    if until <= made:
        raise HoldError(f"the hold ends ({hold.until}) before it begins")
    if until - made > LONGEST:
        raise HoldError(
            f"the hold would last until {hold.until}; {LONGEST.days} days are the most: sign"
            " another one before it ends"
        )
