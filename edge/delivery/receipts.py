"""Receipts from receivers, the only thing that empties the outbox."""

from collections.abc import Sequence

from edge.clock import Moment
from edge.config.delivery import DeliverySection
from edge.delivery.events import Received
from edge.errors import KeysError, MessageError
from edge.keys.keeper import RosterKeeper
from edge.log import Log
from edge.messages.receipt import ReceiptMessage, ReceiptPayload, open_receipt
from edge.store.outbox import Outbox

_LOG = Log("receipts")


class Receipts:
    """Holds each receipt against the roster, the settings and the outbox.

    Anybody with a right to the topic can write there: bytes that are no receipt, that nobody on
    the roster has signed, or with the digest of other bytes change nothing but a count. A genuine
    receipt of a receiver that is not named changes nothing at all: every console sends them.

    Attributes:
        received: receipts accepted since the start.
        refused: those that are no receipts, or not of ours.
    """

    def __init__(
        self, section: DeliverySection, topic: str, outbox: Outbox, rosters: RosterKeeper
    ) -> None:
        self._receivers = frozenset(section.receivers)
        self._topic = topic
        self._outbox = outbox
        self._rosters = rosters
        self.received = 0
        self.refused = 0

    def take(self, burst: Sequence[Received], now: Moment) -> list[ReceiptPayload]:
        """Take messages from the receipt topic, and return those that count, in one transaction.

        Raises:
            StoreError: good ones cannot be written; none of the burst may be confirmed.
        """
        read = [receipt for one in burst if (receipt := self._read(one)) is not None]
        settled = []
        judged = self._outbox.acknowledge(read, self._receivers, now)
        for receipt, counts in zip(read, judged, strict=True):
            if counts:
                settled.append(receipt.payload)
            else:
                self._refuse(f"receiver {receipt.payload.receiver!r}, or its digest, is not ours")
        self.received += len(settled)
        return settled

    def _read(self, received: Received) -> ReceiptMessage | None:
        if received.topic != self._topic:
            self._refuse("it is not on our receipt topic")
            return None
        try:
            receipt = open_receipt(received.payload, self._rosters.roster, self._rosters.at())
        except (KeysError, MessageError) as error:
            self._refuse(str(error))
            return None
        return receipt if receipt.payload.receiver in self._receivers else None

    def _refuse(self, reason: str) -> None:
        self.refused += 1
        # a flood must not fill the journal: the 1st, 2nd, 4th, 8th ... is told
        if self.refused & (self.refused - 1) == 0:
            _LOG.warning("a receipt is refused", reason=reason, refused=self.refused)
