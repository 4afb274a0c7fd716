"""An officer's word on an alert: what was seen blind, and what came of it.

Signed with the officer's own key (a supervisor's does as well), sealed to consoles, archive and
supervisors, and sent on the verdict topic of the console that it was given at. The console numbers
and keeps it as a unit does its alerts, and sends it again until a receipt comes.
"""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from edge.errors import MessageError
from edge.messages.envelope import build, head, parse
from edge.messages.numbered import Numbered
from edge.messages.wire import Count, Hex32, Name, Sentence, Short, Time, Wire
from edge.records import AlertId

OUTCOME_LIMIT: Final = 16 * 1024


class Outcome(StrEnum):
    """What an officer says; the last three are no end of the matter.

    ``answered`` goes out with the blind answer, so that other cars see it before anything came of
    it.
    """

    CONFIRMED = "confirmed"
    MISREAD = "misread"
    WRONG_VEHICLE = "wrong-vehicle"
    WRONG_JURISDICTION = "wrong-jurisdiction"
    STALE = "stale"
    NO_CONTACT = "no-contact"
    RESPONDING = "responding"
    CANCELLED = "cancelled"
    ANSWERED = "answered"


FINAL: Final = frozenset(Outcome) - {Outcome.RESPONDING, Outcome.CANCELLED, Outcome.ANSWERED}
"""Outcomes that end the matter; the others say who has looked and who is on the way."""


class AlertRef(Wire):
    """The alert that is spoken of, in the revision that was on the screen."""

    unit: Name
    epoch: Hex32
    sequence: int = Field(ge=1, le=2**53 - 1)
    revision: Count


class BlindPart(Wire):
    """What was asked before the listed plate was shown, and what the officer answered."""

    asked: Sentence = Field(description="The question as it stood on the screen; empty for none.")
    answered: Short = Field(description="What was tapped or typed; empty for no answer.")
    agreed: bool | None = Field(description="With the listed plate; null for can't tell.")
    urgent: bool = Field(description="Everything was shown at once, by the urgent override.")


class OutcomePayload(Wire):
    """Who says what about which alert."""

    alert: AlertRef
    outcome: Annotated[Outcome, Field(strict=False)]
    blind: BlindPart
    note: Sentence
    officer: Name = Field(description="Who signs; a party of the roster.")
    console: Name = Field(description="Where it was said; the unit of the envelope.")
    at: Time
    clock_trusted: bool
    claim: str | None = Field(
        max_length=8 * 1024,
        pattern=r"^[A-Za-z0-9+/_=-]*$",
        description="Base64 of a correction that the officer signed with it; null for none.",
    )


class OutcomeMessage(Numbered):
    """One word of one officer on one alert; *unit* is the console."""

    kind: str = Field(pattern="^verdict$")
    payload: OutcomePayload


def build_outcome(town: str, number: AlertId, revision: int, payload: OutcomePayload) -> bytes:
    """Return the words that the officer signs.

    Args:
        number: of the console's own store.

    Raises:
        MessageError: *payload* is of another console than *number*.
    """
    if number.unit != payload.console:
        raise MessageError(f"an outcome given at {payload.console} is numbered by {number.unit}")
    fields = head("verdict", town, number.unit, payload.at)
    fields.update(epoch=number.epoch, sequence=number.sequence, revision=revision)
    fields["payload"] = payload.model_dump(mode="json")
    return build(OutcomeMessage, fields, OUTCOME_LIMIT)


def parse_outcome(words: bytes) -> OutcomeMessage:
    """Return the outcome in *words*.

    Raises:
        MessageError: the bytes do not keep the contract.
    """
    message = parse(OutcomeMessage, words, OUTCOME_LIMIT)
    if message.payload.console != message.unit:
        raise MessageError(
            f"outcome message: given at {message.payload.console}, and sent by {message.unit}"
        )
    return message
