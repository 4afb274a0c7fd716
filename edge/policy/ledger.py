"""The ledger of corrections: who may say that a car was wrongly taken for a listed one.

An officer signs the claim, a supervisor confirms that very claim with a key of another role: two
documents, two parties on the roster. Neither alone does anything, both end at the claim's own date,
and both count only while both keys do. What a correction then does is
:mod:`edge.policy.corrections`'.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import CorrectionError, CorrectionListed
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Name, from_time, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed, digest, payload_of, sign
from edge.policy.corrections import Correction

CLAIM: Final = "correction"
CONFIRMATION: Final = "correction-confirmation"
NOTICE: Final = "correction-notice"
_SLACK = timedelta(minutes=5)  # two clocks that are both right

_Text = Annotated[str, Field(max_length=500)]
_Plate = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,10}$")]
_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Claim(canonical.Row):
    """What an officer signs: this text was taken for that entry, and it was another car."""

    v: Literal[1]
    town: Name
    alert: _Text = Field(description="The wrong alert: unit/epoch/sequence.")
    text: _Plate = Field(description="The plate of the car that was wrongly taken for the entry.")
    plate: Annotated[str, Field(pattern=r"^[0-9A-Z?*]{1,10}$")] = Field(
        description="The entry's own plate, which stays as it is."
    )
    entry_id: _Text
    owner: _Text = Field(description="Of the list's entry; gets the notice.")
    reason: _Text
    made: _Time
    until: _Time


class Confirmation(canonical.Row):
    """What a supervisor signs: that very claim, by its digest."""

    v: Literal[1]
    claim: _Digest
    made: _Time


class Notice(canonical.Row):
    """What the list's owner is told; signed by the supervisor, ready to be sent."""

    v: Literal[1]
    claim: _Digest
    town: Name
    owner: _Text
    entry_id: _Text
    plate: _Text
    text: _Plate
    alert: _Text
    reason: _Text
    made: _Time
    until: _Time
    sentence: _Text


@dataclass(frozen=True, slots=True)
class Figures:
    """What the public is told: how many, never whom."""

    waiting: int
    standing: int
    ended: int


def number_of(claim: Signed) -> str:
    """Return the number of a correction: SHA-256 of the signed claim, hex."""
    return digest(claim)


def sign_claim(
    claim: Claim, officer: Identity, days: float, listed: Callable[[str], bool]
) -> Signed:
    """Return the claim, signed; it does nothing before it is confirmed.

    Args:
        days: a claim that would hold for longer is refused.
        listed: says whether a plate is on the list in force.

    Raises:
        CorrectionError: the claim would touch a listed plate's own text, or hold too long.
    """
    _sound(claim, days)
    check_unlisted(claim.text, listed)
    return sign(CLAIM, canonical.write(claim), officer)


def sign_confirmation(
    signed: Signed,
    supervisor: Identity,
    roster: Roster,
    at: datetime,
    days: float,
    listed: Callable[[str], bool],
) -> tuple[Signed, Signed]:
    """Return a supervisor's confirmation of a claim, and the notice to the list's owner.

    Raises:
        CorrectionError: the claim is not one that may be confirmed, or the supervisor is its maker.
        KeysError: the claim is not signed by an officer of this town whose key counts.
    """
    claim = read_claim(signed, roster, at, days)
    check_unlisted(claim.text, listed)
    if signed.signer == supervisor.name:
        raise CorrectionError(_SAME.format(supervisor.name))
    number = number_of(signed)
    row = Confirmation(v=1, claim=number, made=to_time(at))
    notice = sign(NOTICE, canonical.write(_notice(claim, number)), supervisor)
    return sign(CONFIRMATION, canonical.write(row), supervisor), notice


def read_claim(signed: Signed, roster: Roster, at: datetime, days: float) -> Claim:
    """Return what an officer claims, if it may still be confirmed or stand at *at*.

    Raises:
        CorrectionError: it has ended, is dated in the future, holds too long or is of another town.
        KeysError: no officer of this town whose key counts has signed it.
    """
    roster.check(signed, Role.OFFICER, at)
    claim = canonical.read(Claim, payload_of(signed, CLAIM), "a correction")
    _sound(claim, days)
    if claim.town != roster.town:
        raise CorrectionError(f"the correction is for {claim.town}, and this is {roster.town}")
    if from_time(claim.made) > at + _SLACK:
        raise CorrectionError(f"the correction is dated {claim.made}, in the future")
    if at >= from_time(claim.until):
        raise CorrectionError(f"the correction ended at {claim.until}; a new one needs two keys")
    return claim


def read_correction(
    signed: Signed, confirmation: Signed, roster: Roster, at: datetime, days: float
) -> Correction:
    """Return the correction that two parties have signed.

    Raises:
        CorrectionError: as :func:`read_claim`; or the confirmation is another claim's, or the same
            person's.
        KeysError: a signature does not hold, or a key does not count at *at*.
    """
    claim = read_claim(signed, roster, at, days)
    number = number_of(signed)
    supervisor = roster.check(confirmation, Role.SUPERVISOR, at)
    row = canonical.read(
        Confirmation, payload_of(confirmation, CONFIRMATION), "a correction's confirmation"
    )
    if row.claim != number:
        raise CorrectionError("the confirmation is of another correction: it confirms nothing here")
    if supervisor.name == signed.signer:
        raise CorrectionError(_SAME.format(supervisor.name))
    return Correction(
        number=number,
        text=claim.text,
        plate=claim.plate,
        entry_id=claim.entry_id,
        owner=claim.owner,
        alert=claim.alert,
        made=from_time(claim.made),
        until=from_time(claim.until),
        officer=signed.signer,
        supervisor=supervisor.name,
    )


def check_unlisted(text: str, listed: Callable[[str], bool]) -> None:
    """Refuse a correction whose *text* is a listed plate itself.

    Raises:
        CorrectionListed: it is on the list in force.
    """
    if listed(text):
        raise CorrectionListed(
            f"{text} is on the list in force: a correction would silence a listed plate; "
            "ask the list's owner to take the entry off"
        )


def figures(waiting: Iterable[Claim], standing: Iterable[Correction], ended: int) -> Figures:
    """Return the counts for the public."""
    return Figures(sum(1 for _ in waiting), sum(1 for _ in standing), ended)


_SAME = "{} has signed the correction: a second person must confirm it"


def _sound(claim: Claim, days: float) -> None:
    if claim.text == claim.plate:
        raise CorrectionError(
            f"{claim.text} is the listed plate itself: a correction never touches an entry's own "
            "text; ask the list's owner to take the entry off"
        )
    made, until = from_time(claim.made), from_time(claim.until)
    if until <= made:
        raise CorrectionError(f"the correction ends ({claim.until}) before it begins")
    if until - made > timedelta(days=days):
        raise CorrectionError(
            f"the correction would hold until {claim.until}; {days:.0f} days are the most "
            "(policy.correction_days)"
        )


def _notice(claim: Claim, number: str) -> Notice:
    return Notice(
        v=1,
        claim=number,
        town=claim.town,
        owner=claim.owner,
        entry_id=claim.entry_id,
        plate=claim.plate,
        text=claim.text,
        alert=claim.alert,
        reason=claim.reason,
        made=claim.made,
        until=claim.until,
        sentence=(
            f"In {claim.town} a car with {claim.text} was wrongly taken for your entry "
            f"{claim.entry_id}, {claim.plate}. Check the entry; until {claim.until} a read that "
            f"may be {claim.text} is no alarm there."
        )[:500],
    )
