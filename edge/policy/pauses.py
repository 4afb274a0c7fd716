"""Pauses: the town's order that units read nothing, from when until when, and why.

One key suffices to stop reading: a supervisor's or an auditor's. To lift a pause before its end
takes both, two people. At its end it lapses, but only by a clock that is trusted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import KeysError, PauseError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Name, from_time, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed, digest, payload_of, sign

PAUSE: Final = "pause"
LIFT: Final = "pause-lift"
APPROVAL: Final = "pause-lift-approval"
KINDS: Final = (PAUSE, LIFT, APPROVAL)
SIGNERS: Final = frozenset({Role.SUPERVISOR, Role.AUDITOR})
LONGEST: Final = timedelta(days=366)
TOWN: Final = "town"  # the scope of a pause that names no unit

_Text = Annotated[str, Field(min_length=1, max_length=300)]
_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Pause(canonical.Row):
    """What a supervisor or an auditor signs."""

    v: Literal[1]
    town: Name
    units: Annotated[list[Name], Field(max_length=100)] = Field(
        description="Those that read nothing; empty: all of the town, later ones too."
    )
    since: _Time
    until: _Time
    reason: _Text = Field(description="As it may stand on the page; no plate.")
    made: _Time = Field(description="Tells two orders apart that are else the same.")


class Lift(canonical.Row):
    """What the first of two signs: that very pause shall end before its time."""

    v: Literal[1]
    pause: _Digest
    made: _Time
    why: _Text


class Approval(canonical.Row):
    """What the second signs, in the other role: that very lift, by its digest."""

    v: Literal[1]
    lift: _Digest
    made: _Time


@dataclass(frozen=True, slots=True)
class Ordered:
    """A pause that one of the town's keys has ordered.

    Attributes:
        number: SHA-256 of the signed pause, hex.
        units: empty for the whole town.
        since, until: UTC; it lasts from *since* on, and ends at *until*.
    """

    number: str
    units: frozenset[str]
    since: datetime
    until: datetime
    reason: str
    signer: str

    @property
    def scope(self) -> str:
        """For whom it is, for a person."""
        return ", ".join(sorted(self.units)) or TOWN

    def names(self, unit: str) -> bool:
        """Say whether it is for *unit*."""
        return not self.units or unit in self.units

    def holds(self, at: datetime, *, trusted: bool, begun: bool, lapsed: bool) -> bool:
        """Say whether it is in force at *at*, if nobody lifted it.

        Args:
            trusted: whether *at* can be believed. A clock that nobody has set ends no pause, and
                puts none off.
            begun: it was in force here before: a clock that is set back takes nothing back.
            lapsed: its end was reached here before.
        """
        if not trusted:
            return not lapsed
        return at < self.until and (begun or at >= self.since)


@dataclass(frozen=True, slots=True)
class Lifted:
    """The end of a pause before its time, by two people.

    Attributes:
        number: of the pause.
        signers: who proposed it, then who approved.
    """

    number: str
    signers: tuple[str, str]
    why: str


def sign_pause(pause: Pause, signer: Identity) -> Signed:
    """Return the order, signed.

    Raises:
        PauseError: it ends before it begins, lasts for more than a year, or *signer* may not pause.
    """
    _may(signer)
    _sound(pause)
    return sign(PAUSE, canonical.write(pause), signer)


def sign_lift(number: str, why: str, signer: Identity, at: datetime) -> Signed:
    """Return the first word of two that lift pause *number*.

    Raises:
        PauseError: *signer* is neither supervisor nor auditor.
    """
    _may(signer)
    row = Lift(v=1, pause=number, made=to_time(at), why=why)
    return sign(LIFT, canonical.write(row), signer)


def sign_approval(lift: Signed, signer: Identity, roster: Roster, at: datetime) -> Signed:
    """Return the second word.

    Raises:
        PauseError: *signer* is of the role that proposed the lift.
        KeysError: nobody whose key counts has proposed it.
    """
    _may(signer)
    proposer = roster.check(lift, SIGNERS, at)
    if proposer.role is signer.role:
        raise PauseError(_SAME.format(proposer.name, proposer.role))
    row = Approval(v=1, lift=digest(lift), made=to_time(at))
    return sign(APPROVAL, canonical.write(row), signer)


def read_pause(signed: Signed, roster: Roster, at: datetime) -> Ordered:
    """Return what is ordered, if it may come into force at *at* or later.

    Raises:
        PauseError: it is over, lasts too long, or is of another town.
        KeysError: no supervisor or auditor of this town whose key counts has signed it.
    """
    roster.check(signed, SIGNERS, at)
    pause = open_pause(signed)
    if at >= from_time(pause.until):
        raise PauseError(f"the pause ended at {pause.until}; a new one needs one key")
    return _of(signed, pause, roster)


def read_standing(signed: Signed, roster: Roster) -> Ordered:
    """Return a pause that was taken before: it stays whatever has become of its signer's key.

    Raises:
        PauseError: it lasts too long, or is of another town.
        KeysError: nobody who was ever supervisor or auditor of this town has signed it.
    """
    pause = open_pause(signed)
    _check_ever(signed, roster)
    return _of(signed, pause, roster)


def ordered(signed: Signed) -> Ordered:
    """Return a pause that was checked before, and kept where nobody else writes.

    Raises:
        PauseError: it contradicts itself.
        KeysError: it is no pause.
    """
    pause = open_pause(signed)
    return Ordered(
        number=digest(signed),
        units=frozenset(pause.units),
        since=from_time(pause.since),
        until=from_time(pause.until),
        reason=pause.reason,
        signer=signed.signer,
    )


def read_lifted(lift: Signed, approval: Signed, roster: Roster, at: datetime) -> Lifted:
    """Return which pause two people have lifted.

    Raises:
        PauseError: the approval is of another lift, or of the same role.
        KeysError: a signature does not hold, or a key does not count at *at*.
    """
    signers = (roster.check(lift, SIGNERS, at), roster.check(approval, SIGNERS, at))
    row = canonical.read(Lift, payload_of(lift, LIFT), "the lift of a pause")
    word = canonical.read(Approval, payload_of(approval, APPROVAL), "the approval of a lift")
    if word.lift != digest(lift):
        raise PauseError("the approval is of another lift: it lifts nothing here")
    if signers[0].role is signers[1].role:
        raise PauseError(_SAME.format(signers[0].name, signers[0].role))
    return Lifted(row.pause, (signers[0].name, signers[1].name), row.why)


def open_pause(signed: Signed) -> Pause:
    """Return what a pause says; whose it is has not been checked.

    Raises:
        PauseError: it contradicts itself.
        KeysError: it is no pause.
    """
    pause = canonical.read(Pause, payload_of(signed, PAUSE), "a pause")
    _sound(pause)
    return pause


_SAME: Final = "{} ({}) has proposed the lift: the other of supervisor and auditor must approve it"


def _of(signed: Signed, pause: Pause, roster: Roster) -> Ordered:
    if pause.town != roster.town:
        raise PauseError(f"the pause is of {pause.town}, and this is {roster.town}")
    return ordered(signed)


def _check_ever(signed: Signed, roster: Roster) -> None:
    """Raise KeysError unless a key that may pause, or once might, has signed it."""
    problem = KeysError(f"a pause: {signed.signer!r} is not on the roster of {roster.town}")
    for party in roster.parties:
        if party.name == signed.signer:
            try:
                # at the key's own beginning, when neither its end nor a revocation had come
                roster.check_then(signed, SIGNERS, party.since)
            except KeysError as error:
                problem = error
            else:
                return
    raise problem


def _may(signer: Identity) -> None:
    if signer.role not in SIGNERS:
        raise PauseError(
            f"{signer.name} is {signer.role}: a supervisor or an auditor orders and lifts a pause"
        )


def _sound(pause: Pause) -> None:
    since, until = from_time(pause.since), from_time(pause.until)
    if until <= since:
        raise PauseError(f"the pause ends ({pause.until}) before it begins")
    if until - since > LONGEST:
        raise PauseError(
            f"the pause would last until {pause.until}; {LONGEST.days} days are most: order it"
            " again when that time is near"
        )
