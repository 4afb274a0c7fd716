"""A receiver's word that it holds one revision of an alert: what PUBACK is not."""

from pydantic import Field

from edge.clock import Moment
from edge.messages.alert_parts import AlertMessage
from edge.messages.envelope import Envelope, build, head, parse
from edge.messages.wire import Count, Digest, Hex32, Name, Time, Wire

RECEIPT_LIMIT = 4 * 1024


class ReceiptPayload(Wire):
    """What was received, by whom."""

    receiver: Name = Field(description="Must be named in the unit's delivery.receivers.")
    epoch: Hex32
    sequence: int = Field(ge=1, le=2**53 - 1)
    revision: Count
    digest: Digest = Field(description="SHA-256 of the alert's bytes as they arrived, hex.")
    received_at: Time


class ReceiptMessage(Envelope):
    """One receipt; *unit* is the unit that it goes to."""

    kind: str = Field(pattern="^receipt$")
    payload: ReceiptPayload


def build_receipt(alert: AlertMessage, digest: str, receiver: str, received: Moment) -> bytes:
    """Return the receipt for *alert*, to be published on its unit's receipt topic.

    Args:
        digest: of the alert's bytes as they arrived.

    Raises:
        MessageError: *receiver* is no name.
    """
    fields = head("receipt", alert.town, alert.unit, received.iso())
    fields["payload"] = {
        "receiver": receiver,
        "epoch": alert.epoch,
        "sequence": alert.sequence,
        "revision": alert.revision,
        "digest": digest,
        "received_at": received.iso(),
    }
    return build(ReceiptMessage, fields, RECEIPT_LIMIT)


def parse_receipt(body: bytes) -> ReceiptMessage:
    """Return the receipt in *body*.

    Raises:
        MessageError: the bytes do not keep the contract.
    """
    return parse(ReceiptMessage, body, RECEIPT_LIMIT)
