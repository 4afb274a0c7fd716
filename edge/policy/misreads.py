"""A confirmed misread: an officer's signed final word that the car was not the listed one.

It is proof enough to erase crop and plate of that one alert, wherever it is held; to bring it is an
order that carries the very outcome. It erases nothing else: what the officer then corrects, so that
the same car is not stopped again, is the ledger's, with a second key and an end of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.errors import MessageError
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.signed import Signed
from edge.messages.outcome import FINAL, Outcome, OutcomeMessage, OutcomePayload, parse_outcome
from edge.records import AlertId

KIND: Final = "verdict"
SIGNERS: Final = frozenset({Role.OFFICER, Role.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class Misread:
    """What an officer has signed.

    Attributes:
        outcome: the number of the officer's word, of the console that it was given at.
        at: when it was said, RFC 3339.
    """

    alert: AlertId
    outcome: AlertId
    officer: str
    at: str


def read_misread(signed: Signed, roster: Roster, at: datetime) -> Misread:
    """Return the misread that an officer has signed.

    Raises:
        MessageError: it is no final word ``misread``, or somebody else's than its signer's.
        KeysError: no officer or supervisor of this town whose key counts has signed it.
    """
    roster.check(signed, SIGNERS, at)
    if signed.kind != KIND:
        raise MessageError(f"this is a {signed.kind}, and an outcome is wanted")
    message = parse_outcome(signed.payload)
    said = message.payload
    if (message.town, said.officer) != (roster.town, signed.signer):
        raise MessageError(
            f"an outcome of {said.officer} in {message.town} is signed by {signed.signer} of"
            f" {roster.town}"
        )
    if said.outcome is not Outcome.MISREAD:
        raise MessageError(f"the outcome is {said.outcome}: only a misread is purged")
    return misread_of(message)


def misread_of(message: OutcomeMessage) -> Misread:
    """Return the misread in an outcome that says so."""
    said = message.payload
    return Misread(
        alert=AlertId(said.alert.unit, said.alert.epoch, said.alert.sequence),
        outcome=AlertId(message.unit, message.epoch, message.sequence),
        officer=said.officer,
        at=said.at,
    )


def contested(words: Iterable[OutcomePayload]) -> bool:
    """Say whether an alert's final words disagree: then nothing is purged by itself.

    Args:
        words: in the order in which they were said; of each officer the last final one counts.
    """
    last = {word.officer: word.outcome for word in words if word.outcome in FINAL}
    return set(last.values()) != {Outcome.MISREAD}
