"""A person's request: what is held on one plate, to be handed out or erased.

To erase takes two keys: a supervisor signs the request, an auditor approves that very request. It
names the plate, so it travels sealed and is kept by nobody who takes it; answers and records name
its number alone. A plate matches as exact text: what the unit read, all frames together; its best
frame's raw text; and the plate of the list's entry. Nothing is guessed: a car that was read as
another one, and is not listed, is found by neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.errors import SubjectError
from edge.keys import canonical
from edge.keys.identity import Identity
from edge.keys.parties import Name, from_time, to_time
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed, digest, payload_of, sign
from edge.messages.alert_parts import AlertPayload
from edge.plates.alphabet import normalise

REQUEST: Final = "subject-erase"
APPROVAL: Final = "subject-approval"
LONGEST: Final = timedelta(days=90)
_SLACK: Final = timedelta(minutes=5)  # two clocks that are both right

_Plate = Annotated[str, Field(pattern=r"^[0-9A-Z]{2,10}$")]
_Reference = Annotated[str, Field(min_length=1, max_length=80)]
_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Request(canonical.Row):
    """What a supervisor signs."""

    v: Literal[1]
    town: Name
    plate: _Plate
    reference: _Reference = Field(description="The request's number at the town; no plate.")
    made: _Time
    until: _Time = Field(description="Who gets it later does not erase by it.")


class Approval(canonical.Row):
    """What an auditor signs: that very request, by its digest."""

    v: Literal[1]
    request: _Digest
    made: _Time


@dataclass(frozen=True, slots=True)
class Standing:
    """A request that two parties have signed.

    Attributes:
        number: SHA-256 of the signed request, hex; all that is ever told of it.
    """

    number: str
    plate: str
    reference: str
    supervisor: str
    auditor: str


def plate_of(text: str) -> str:
    """Return the plate that somebody typed, as lists and readers write it.

    Raises:
        SubjectError: it is no whole plate.
    """
    plate = normalise(text)
    if not (2 <= len(plate) <= 10 and plate.isascii() and plate.isalnum()):
        raise SubjectError("this is no whole plate: it has 2 to 10 letters and digits")
    return plate


def sign_request(request: Request, supervisor: Identity) -> Signed:
    """Return the request, signed; it does nothing before it is approved.

    Raises:
        SubjectError: it counts for too long, or *supervisor* is none.
    """
    if supervisor.role is not Role.SUPERVISOR:
        raise SubjectError(f"{supervisor.name} is {supervisor.role}: a supervisor signs a request")
    _sound(request)
    return sign(REQUEST, canonical.write(request), supervisor)


def sign_approval(signed: Signed, auditor: Identity, roster: Roster, at: datetime) -> Signed:
    """Return an auditor's word that what is held may be erased.

    Raises:
        SubjectError: the request is not one that may stand, or is the auditor's own.
        KeysError: it is not signed by a supervisor of this town whose key counts.
    """
    read_request(signed, roster, at)
    if signed.signer == auditor.name:
        raise SubjectError(_SAME.format(auditor.name))
    row = Approval(v=1, request=digest(signed), made=to_time(at))
    return sign(APPROVAL, canonical.write(row), auditor)


def read_request(signed: Signed, roster: Roster, at: datetime) -> Request:
    """Return what a supervisor asks for, if it counts at *at*.

    Raises:
        SubjectError: it has ended, is dated in the future, or of another town.
        KeysError: no supervisor of this town whose key counts has signed it.
    """
    roster.check(signed, Role.SUPERVISOR, at)
    request = canonical.read(Request, payload_of(signed, REQUEST), "a person's request")
    _sound(request)
    if request.town != roster.town:
        raise SubjectError(f"the request is of {request.town}, and this is {roster.town}")
    if from_time(request.made) > at + _SLACK:
        raise SubjectError(f"the request is dated {request.made}, in the future")
    if at >= from_time(request.until):
        raise SubjectError(f"the request ended at {request.until}: a new one needs two keys")
    return request


def read_standing(signed: Signed, approval: Signed, roster: Roster, at: datetime) -> Standing:
    """Return the request that two parties have signed.

    Raises:
        SubjectError: as :func:`read_request`; or the approval is another request's, or the same
            person's.
        KeysError: a signature does not hold, or a key does not count at *at*.
    """
    request, number = read_request(signed, roster, at), digest(signed)
    auditor = roster.check(approval, Role.AUDITOR, at)
    row = canonical.read(Approval, payload_of(approval, APPROVAL), "a request's approval")
    if row.request != number:
        raise SubjectError("the approval is of another request: it approves nothing here")
    if auditor.name == signed.signer:
        raise SubjectError(_SAME.format(auditor.name))
    return Standing(number, request.plate, request.reference, signed.signer, auditor.name)


def ways(plate: str, alert: AlertPayload) -> tuple[str, ...]:
    """Return how an alert is about *plate*: ``read``, ``raw read``, ``listed``; empty: it is not.

    Args:
        plate: as :func:`plate_of` returns it.
    """
    texts = {"read": alert.read.text, "raw read": alert.read.raw, "listed": alert.entry.plate}
    return tuple(way for way, text in texts.items() if normalise(text) == plate)


def about(plate: str, revisions: Iterable[AlertPayload]) -> tuple[str, ...]:
    """Return how any of an alert's *revisions* is about *plate*, each way once."""
    return tuple(dict.fromkeys(way for one in revisions for way in ways(plate, one)))


_SAME: Final = "{} has signed the request: a second person must approve it"


def _sound(request: Request) -> None:
    made, until = from_time(request.made), from_time(request.until)
    if until <= made:
        raise SubjectError(f"the request ends ({request.until}) before it begins")
    if until - made > LONGEST:
        raise SubjectError(
            f"the request would count until {request.until}; {LONGEST.days} days are the most"
        )
