"""What the broker's access rules keep us from saying, by its own answers.

A rule that lacks this unit ends no connection: MQTT v5 answers each message with a reason (0x87),
and 3.1.1 with a confirmation like any other, so that nothing can be known there.
"""

from collections.abc import Sequence
from typing import Final

from edge.delivery.events import FAILURES, Acknowledged
from edge.delivery.sender import Publisher

DENIES: Final = "the broker does not let us"  # `edge check` goes by these words


class Denied:
    """A publisher that remembers on which topics the broker takes nothing from us.

    Args:
        publisher: says what is given to this one.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._said: dict[int, str] = {}
        self._unsaid: dict[str, int] = {}

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence while it refuses what we say; none while it takes it."""
        if not self._unsaid:
            return ()
        reason = min(self._unsaid.values())
        return (
            f"{DENIES} publish on {', '.join(sorted(self._unsaid))} (reason code 0x{reason:02x}):"
            " give it this unit's access rules",
        )

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry_s: int | None = None
    ) -> int | None:
        """Send and return a token, None without a connection."""
        token = self._publisher.publish(topic, payload, retain=retain, expiry_s=expiry_s)
        if token is not None:
            self._said[token] = topic
        return token

    def acknowledged(self, burst: Sequence[Acknowledged]) -> bool:
        """Take the broker's answers, and return whether what it refuses has changed."""
        before = set(self._unsaid)
        for event in burst:
            topic = self._said.pop(event.token, None)
            if topic is None:
                continue
            if event.reason >= FAILURES:
                self._unsaid[topic] = event.reason
            else:
                self._unsaid.pop(topic, None)
        return set(self._unsaid) != before

    def lost(self) -> None:
        """Forget what was under way, and the refusals: rules may be others the next time."""
        self._said.clear()
        self._unsaid.clear()
