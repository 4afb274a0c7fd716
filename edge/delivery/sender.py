"""Drain the outbox: a window of messages in flight, each sent again until its receipt comes."""

from collections.abc import Sequence
from typing import Final, Protocol

from edge.clock import Moment
from edge.config.delivery import DeliverySection
from edge.config.unit import UnitSection
from edge.delivery.events import FAILURES, NO_SUBSCRIBER, Acknowledged, Connected
from edge.errors import StoreFull
from edge.log import Log
from edge.messages.letter import Letter, pack
from edge.messages.receipt import ReceiptPayload
from edge.messages.topics import Kind, topic
from edge.store.outbox import Outbox, OutboxRow

_LOG = Log("sender")
_AHEAD: Final = 3  # windows of a backlog that may be on their way to a receiver
_PATIENCE_S: Final = 1.0  # without any receipt for so long nobody answers just now
_LIVE: Final = 4  # fresh alerts looked for at a time when the backlog has to wait


class Publisher(Protocol):
    """What the sender needs of the broker link."""

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> int | None:
        """Send and return a token, None without a connection."""


class Sender:
    """Publishes what is due, and notes what the broker says to it.

    A PUBACK ends a message's place in the window and nothing else: its row stays in the outbox
    until a receipt comes, and is due again after a doubling wait. A backlog goes no faster than a
    receiver answers: what lay in the broker's queue could not be overtaken by a live alert, which
    waits for nothing. Where no receipt comes at all, the broker gets the backlog to keep.

    While nobody is subscribed (MQTT
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
        self._unanswered: set[tuple[int, int]] = set()  # sent, and no receipt came as yet
        self._answered: Moment | None = None  # when the last receipt came, or was given up
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
        self._unanswered.clear()

    def drain(self, now: Moment) -> int:
        """Publish what is due, as far as the window has room, and return how many."""
        room = self._window - len(self._flying)
        if room <= 0:
            return 0
        busy = {row.row for row in self._flying.values()} | self._rest(now)
        backlog = self._backlog(now)
        due = self._outbox.pending(now, min(room, max(backlog, _LIVE)), busy)
        chosen = self._one(due, now) if self._try_again else due[: max(backlog, self._live(due))]
        sent = 0
        for row in chosen:
            token = self._publisher.publish(
                topic(self._unit.town, self._unit.name, Kind(row.kind)),
                pack(Letter(row.body, row.picture)),
                expiry_s=self._section.message_expiry_s,
            )
            if token is None:
                break
            self._flying[token] = row
            self._unanswered.add(_number(row))
            self._newest_tried = max(self._newest_tried, row.row)
            sent += 1
        return sent

    def acknowledged(self, burst: Sequence[Acknowledged], now: Moment) -> None:
        """Take PUBACKs, noted in one transaction; those for something else are ignored."""
        taken = []
        for event in burst:
            row = self._flying.pop(event.token, None)
            if row is not None and self._taken(row, event.reason, now):
                taken.append(row)
        try:
            self._outbox.sent(taken, now, self._section.receipt_wait_s)
        except StoreFull as error:
            # alerts go on without the disk: the wait is kept in memory
            _LOG.warning("sent, and no space to note it", reason=error)
            end = now.later(self._section.receipt_wait_s)
            self._resting |= {row.row: end for row in taken}

    def answered(self, receipts: Sequence[ReceiptPayload], now: Moment) -> None:
        """Learn which messages have their receipt: a backlog may go on."""
        if receipts:
            self._answered = now
        self._unanswered -= {(one.sequence, one.revision) for one in receipts}

    def _taken(self, row: OutboxRow, reason: int, now: Moment) -> bool:
        """Say whether a message counts as tried once more."""
        self.problem = _problem(reason)
        if reason == NO_SUBSCRIBER:
            self._try_again = now.later(self._section.receipt_wait_s)
            self._unanswered.discard(_number(row))
            return False
        self._try_again = None
        if reason < FAILURES:
            self.published += 1
        return True

    def _backlog(self, now: Moment) -> int:
        """Return how many messages of a backlog may go now."""
        if self._answered is None or now.since(self._answered) > _PATIENCE_S:
            self._answered = now
            self._unanswered.clear()
        return max(0, _AHEAD * self._window - len(self._unanswered))

    def _live(self, due: Sequence[OutboxRow]) -> int:
        """Return how many, from the first, are fresh, or must go before something fresh."""
        fresh = (at for at, row in enumerate(due, 1) if row.row > self._newest_tried)
        return max(fresh, default=0)

    def _one(self, due: list[OutboxRow], now: Moment) -> list[OutboxRow]:
        """Return the one row that may try whether somebody is subscribed by now."""
        waits = self._try_again is not None and self._try_again.since(now) > 0
        if self._flying or not due or (waits and due[0].row <= self._newest_tried):
            return []
        return due[:1]

    def _rest(self, now: Moment) -> set[int]:
        self._resting = {row: end for row, end in self._resting.items() if end.since(now) > 0}
        return set(self._resting)


def _number(row: OutboxRow) -> tuple[int, int]:
    return row.alert_id.sequence, row.revision


def _problem(reason: int) -> str:
    if reason == NO_SUBSCRIBER:
        return "nobody is subscribed to our alerts at the broker"
    if reason >= FAILURES:
        return f"the broker does not take our alerts (reason code 0x{reason:02x}): its access rules"
    return ""
