"""Drain the outbox: a window of messages in flight, each sent again until its receipt comes."""

from typing import Protocol

from edge.clock import Moment
from edge.config.delivery import DeliverySection
from edge.config.unit import UnitSection
from edge.delivery.events import FAILURES, NO_SUBSCRIBER, Acknowledged, Connected
from edge.errors import StoreFull
from edge.log import Log
from edge.messages.topics import Kind, topic
from edge.store.outbox import Outbox, OutboxRow

_LOG = Log("sender")


class Publisher(Protocol):
    """What the sender needs of the broker link."""

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> int | None:
        """Send and return a token, None without a connection."""


class Sender:
    """Publishes what is due, and notes what the broker says to it.

    A PUBACK ends a message's place in the window and nothing else: its row stays in the outbox
    until a receipt comes, and is due again after a doubling wait. While nobody is subscribed (MQTT
    v5 says so) one row at a time tries whether somebody has come, so that a backlog does not
    travel for nothing; a fresh alert tries at once.

    Attributes:
        published: messages that the broker has taken, since the start.
        problem: what the broker had against the newest message; empty when nothing.
    """

    def __init__(
        self, section: DeliverySection, unit: UnitSection, outbox: Outbox, publisher: Publisher
    ) -> None:
        self._section = section
        self._unit = unit
        self._outbox = outbox
        self._publisher = publisher
        self._window = 0
        self._flying: dict[int, OutboxRow] = {}
        self._resting: dict[int, Moment] = {}
        self._try_again: Moment | None = None  # set while nobody is subscribed
        self._newest_tried = 0
        self.published = 0
        self.problem = ""

    def connected(self, event: Connected) -> None:
        """Begin to send; at once all of it, where the broker has forgotten our session."""
        self._window = min(self._section.window, event.window)
        if not event.resumed:
            self._outbox.hurry()

    def lost(self) -> None:
        """Forget the window: what was in it is due again at the next connection."""
        self._window = 0
        self._flying.clear()

    def drain(self, now: Moment) -> int:
        """Publish what is due, as far as the window has room, and return how many."""
        room = self._window - len(self._flying)
        if room <= 0:
            return 0
        busy = {row.row for row in self._flying.values()} | self._rest(now)
        limit = len(busy) + (room if self._try_again is None else 1)
        due = [row for row in self._outbox.pending(now, limit) if row.row not in busy][:room]
        sent = 0
        for row in due if self._try_again is None else self._one(due, now):
            token = self._publisher.publish(
                topic(self._unit.town, self._unit.name, Kind(row.kind)),
                row.body,
                expiry_s=self._section.message_expiry_s,
            )
            if token is None:
                break
            self._flying[token] = row
            self._newest_tried = max(self._newest_tried, row.row)
            sent += 1
        return sent

    def acknowledged(self, event: Acknowledged, now: Moment) -> None:
        """Take a PUBACK; one for something else than an alert is ignored."""
        row = self._flying.pop(event.token, None)
        if row is None:
            return
        self.problem = _problem(event.reason)
        if event.reason == NO_SUBSCRIBER:
            self._try_again = now.later(self._section.receipt_wait_s)
            return
        self._try_again = None
        if event.reason < FAILURES:
            self.published += 1
        try:
            self._outbox.sent([row], now, self._section.receipt_wait_s)
        except StoreFull as error:
            # alerts go on without the disk: the wait is kept in memory
            _LOG.warning("sent, and no space to note it", reason=error)
            self._resting[row.row] = now.later(self._section.receipt_wait_s)

    def _one(self, due: list[OutboxRow], now: Moment) -> list[OutboxRow]:
        """Return the one row that may try whether somebody is subscribed by now."""
        waits = self._try_again is not None and self._try_again.since(now) > 0
        if self._flying or not due or (waits and due[0].row <= self._newest_tried):
            return []
        return due[:1]

    def _rest(self, now: Moment) -> set[int]:
        self._resting = {row: end for row, end in self._resting.items() if end.since(now) > 0}
        return set(self._resting)


def _problem(reason: int) -> str:
    if reason == NO_SUBSCRIBER:
        return "nobody is subscribed to our alerts at the broker"
    if reason >= FAILURES:
        return f"the broker does not take our alerts (reason code 0x{reason:02x}): its access rules"
    return ""
