"""Letters as the store sees them, and receipts for them: it opens neither."""

from typing import Any

from edge.clock import Moment
from edge.messages.alert import build_alert
from edge.messages.envelope import head
from edge.messages.letter import Letter
from edge.messages.receipt import ReceiptMessage
from edge.records import Alert, AlertId
from edge.store import OutboxRow
from tests.alerts import UNIT
from tests.fakes import START

_LATER = START.later(60)


def plain(alert: Alert, alert_id: AlertId, revision: int, stored: Moment) -> Letter:
    """Return an alert's words and picture, neither signed nor sealed."""
    words = build_alert(alert, alert_id, revision, stored, unit=UNIT, software="test")
    return Letter(words, alert.crop_jpeg)


def a_receipt(
    row: OutboxRow, receiver: str = "archive", at: Moment = _LATER, **changes: Any
) -> ReceiptMessage:
    """Return what *receiver* would say of *row*; *changes* falsify fields of the payload."""
    fields = head("receipt", UNIT.town, row.alert_id.unit, at.iso())
    payload = {
        "receiver": receiver,
        "epoch": row.alert_id.epoch,
        "sequence": row.alert_id.sequence,
        "revision": row.revision,
        "digest": row.digest,
        "received_at": at.iso(),
    }
    return ReceiptMessage.model_validate({**fields, "payload": {**payload, **changes}})
