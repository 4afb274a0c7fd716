"""Messages off the broker, opened: sealed to us, said by whom the topic names, and whole.

Anybody may have put the bytes there. What comes out of here was said by a party of our own roster
about itself, on its own topic; whether it was said before is for whoever keeps numbers.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.errors import MessageError
from edge.keys.identity import Identity
from edge.keys.parties import Party
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.messages.alert import ALERT_LIMIT, CROP_MAX, crop_of, parse_alert
from edge.messages.alert_parts import AlertMessage
from edge.messages.envelope import digest
from edge.messages.letter import Letter, Opened, open_letter, unpack
from edge.messages.numbered import Numbered
from edge.messages.outcome import OUTCOME_LIMIT, OutcomeMessage, parse_outcome
from edge.messages.topics import Kind, Topic, parse_topic

_SEALS: Final = 1_500_000  # some 140 bytes for each of ten thousand recipients
SPEAKERS: Final = frozenset({Role.OFFICER, Role.SUPERVISOR})
"""Roles that give outcomes."""
LETTER_LIMIT: Final = ALERT_LIMIT + CROP_MAX + _SEALS


@dataclass(frozen=True, slots=True)
class OpenedAlert:
    """An alert of a unit on our roster.

    Attributes:
        crop: the plate; None when there is none, or it was left out.
        mark: SHA-256 of the words that the unit signed: the same however often they are sealed.
        digest: SHA-256 of the sealed words as they arrived, for the receipt.
    """

    message: AlertMessage
    crop: bytes | None
    mark: str
    digest: str
    sender: Party


@dataclass(frozen=True, slots=True)
class OpenedOutcome:
    """An outcome of an officer or supervisor on our roster; *mark* and *digest* as of an alert.

    Attributes:
        signed: what the officer signed, as a document that proves itself.
    """

    message: OutcomeMessage
    mark: str
    digest: str
    sender: Party
    signed: bytes


def open_alert(
    topic: str, payload: bytes, own: Identity, roster: Roster, at: datetime
) -> OpenedAlert:
    """Return the alert that came as *payload* on *topic*.

    Args:
        at: the present, as :meth:`edge.keys.roster.Roster.no_earlier` gives it.

    Raises:
        MessageError: no letter, not of our town, or by another unit than the topic's.
        KeysError: not sealed to us, changed, or not signed by a unit whose key counts.
    """
    where = _where(topic, Kind.ALERT, own)
    letter = unpack(payload, f"a message on {topic}", LETTER_LIMIT)
    found = open_stored_alert(letter, own, roster, at)
    _from(found.message, where)
    return found


def open_stored_alert(letter: Letter, own: Identity, roster: Roster, at: datetime) -> OpenedAlert:
    """Return the alert in *letter*, wherever it was kept.

    Raises:
        MessageError: it breaks the contract, or speaks for another unit than its signer.
        KeysError: as :func:`open_alert`.
    """
    opened = open_letter(Kind.ALERT, letter, own, roster, Role.UNIT, at)
    message = parse_alert(opened.words)
    _said_by(message, message.unit, opened)
    crop = crop_of(message, opened.picture)
    mark = digest(opened.words)
    return OpenedAlert(message, crop, mark, digest(letter.body), opened.sender)


def open_outcome(
    topic: str, payload: bytes, own: Identity, roster: Roster, at: datetime
) -> OpenedOutcome:
    """Return the outcome that came as *payload* on *topic*.

    Raises:
        MessageError: no letter, not of our town, by another console than the topic's, or by
            another officer than its signer.
        KeysError: not sealed to us, changed, or not signed by an officer whose key counts.
    """
    where = _where(topic, Kind.VERDICT, own)
    letter = unpack(payload, f"a message on {topic}", OUTCOME_LIMIT + _SEALS)
    opened = open_letter(Kind.VERDICT, letter, own, roster, SPEAKERS, at)
    message = parse_outcome(opened.words)
    _from(message, where)
    _said_by(message, message.payload.officer, opened)
    mark = digest(opened.words)
    return OpenedOutcome(message, mark, digest(letter.body), opened.sender, opened.signed)


def _where(topic: str, kind: Kind, own: Identity) -> Topic:
    where = parse_topic(topic)
    if (where.town, where.kind) != (own.town, kind):
        raise MessageError(f"{topic} is no {kind} of {own.town}: refused")
    return where


def _from(message: Numbered, where: Topic) -> None:
    if (message.town, message.unit) != (where.town, where.unit):
        raise MessageError(
            f"a message of {message.town}/{message.unit} came on {where}: refused, somebody may be"
            " forging"
        )


def _said_by(message: Numbered, name: str, opened: Opened) -> None:
    if (message.town, name) != (opened.sender.town, opened.sender.name):
        raise MessageError(
            f"a {message.kind} of {message.town}/{name} is signed by {opened.sender.name}: refused"
        )
