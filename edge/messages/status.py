"""Online and offline: retained, and left with the broker as the last will."""

from typing import Literal

from pydantic import Field

from edge.clock import Moment
from edge.config.unit import UnitSection
from edge.messages.envelope import Envelope, build, head, parse
from edge.messages.wire import Short, Text, Time, Wire, clip

STATUS_LIMIT = 4 * 1024

State = Literal["online", "offline"]


class StatusPayload(Wire):
    """Whether the unit is connected; retained, a convenience that clusters may lose."""

    state: State
    since: Time = Field(description="Start of the connection; for a last will, when it was left.")
    reason: Text = Field(description="Why offline: 'stopped' or 'connection lost'; else empty.")
    software: Short


class StatusMessage(Envelope):
    """Online or offline."""

    kind: str = Field(pattern="^status$")
    payload: StatusPayload


def build_status(
    state: State, unit: UnitSection, since: Moment, software: str, reason: str = ""
) -> bytes:
    """Return the bytes of a status, to publish or to leave as the last will."""
    fields = head("status", unit.town, unit.name, since.iso())
    fields["payload"] = {
        "state": state,
        "since": since.iso(),
        "reason": clip(reason, 400),
        "software": clip(software, 80),
    }
    return build(StatusMessage, fields, STATUS_LIMIT)


def parse_status(body: bytes) -> StatusMessage:
    """Return the status in *body*.

    Raises:
        MessageError: the bytes do not keep the contract.
    """
    return parse(StatusMessage, body, STATUS_LIMIT)
