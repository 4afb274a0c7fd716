"""Receipts from receivers, the only thing that empties the outbox."""

from edge.clock import Moment
from edge.config.delivery import DeliverySection
from edge.delivery.events import Received
from edge.errors import MessageError
from edge.log import Log
from edge.messages.receipt import parse_receipt
from edge.store.outbox import Outbox

_LOG = Log("receipts")


class Receipts:
    """Holds each receipt against the settings and the outbox.

    Anybody with a right to the topic can write there: bytes that are no receipt, from a receiver
    that is not named, or with the digest of other bytes change nothing but a count.

    Attributes:
        received: receipts accepted since the start.
        refused: all others.
    """

    def __init__(self, section: DeliverySection, topic: str, outbox: Outbox) -> None:
        self._receivers = frozenset(section.receivers)
        self._topic = topic
        self._outbox = outbox
        self.received = 0
        self.refused = 0

    def take(self, received: Received, now: Moment) -> None:
        """Take a message from the receipt topic.

        Raises:
            StoreError: the receipt is good, and cannot be written; it must not be confirmed.
        """
        if received.topic != self._topic:
            return self._refuse("it is not on our receipt topic")
        try:
            receipt = parse_receipt(received.payload)
        except MessageError as error:
            return self._refuse(str(error))
        if not self._outbox.acknowledge([receipt], self._receivers, now)[0]:
            return self._refuse(
                f"receiver {receipt.payload.receiver!r}, or its digest, is not ours"
            )
        self.received += 1
        return None

    def _refuse(self, reason: str) -> None:
        self.refused += 1
        # a flood must not fill the journal: the 1st, 2nd, 4th, 8th ... is told
        if self.refused & (self.refused - 1) == 0:
            _LOG.warning("a receipt is refused", reason=reason, refused=self.refused)
