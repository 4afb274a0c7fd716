"""The last word about an alert whose entry has left the list: taken back, visibly."""

from typing import Any, Final

from edge.clock import Moment
from edge.messages.alert import ALERT_LIMIT
from edge.messages.alert_parts import AlertMessage
from edge.messages.envelope import build
from edge.messages.wire import clip
from edge.records import GateResult, Grade

_GATE: Final = "list"


def withdraw(message: AlertMessage, revision: int, at: Moment, sentence: str) -> bytes:
    """Return the words of a revision that takes an alert back: grade none, gate list failed.

    What was read and when stays as it was told: only the list has changed its mind.

    Args:
        message: the alert's newest revision.
        revision: of what is returned; one more than the message's.
        sentence: why, for an officer.

    Raises:
        MessageError: the revision does not follow the message's.
    """
    fields = message.model_dump(mode="json")
    payload: dict[str, Any] = fields["payload"]
    fields.update(revision=revision, made_at=at.iso())
    payload.update(
        grade=Grade.NONE.value,
        revises=message.revision,
        retracts=True,
        gates=[_judged(gate, sentence) for gate in payload["gates"]],
    )
    return build(AlertMessage, fields, ALERT_LIMIT)


def _judged(gate: dict[str, Any], sentence: str) -> dict[str, Any]:
    if gate["name"] != _GATE:
        return gate
    return {"name": _GATE, "result": GateResult.FAIL.value, "sentence": clip(sentence, 400)}
