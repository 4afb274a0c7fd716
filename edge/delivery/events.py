"""What the broker link tells the loop that owns the store."""

from dataclasses import dataclass

NO_SUBSCRIBER = 0x10  # PUBACK reason: accepted, but nobody was subscribed
FAILURES = 0x80  # PUBACK reasons from here on: the message was not accepted


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker has accepted us and our subscriptions.

    Attributes:
        resumed: the broker still had our session; without it, whatever it held for us is gone.
        refused: topics that the broker's access rules do not let us hear.
        window: the broker takes at most this many messages from the owner before its PUBACKs.
    """

    resumed: bool
    refused: tuple[str, ...]
    window: int


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no connection; what was published and not acknowledged must be sent again.

    Attributes:
        sentence: why, for a person.
        wait_s: until the next try.
    """

    sentence: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker's PUBACK: it has the message, which is not yet delivery.

    Attributes:
        token: what :meth:`Link.publish` returned.
        reason: MQTT v5 reason code; always 0 with MQTT 3.1.1.
    """

    token: int
    reason: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message for us; the broker keeps it until :meth:`Link.done`.

    Attributes:
        token: for :meth:`Link.done`; 0 when nothing is to be confirmed (QoS 0).
        retained: the broker had it in store from before.
    """

    topic: str
    payload: bytes
    token: int
    retained: bool


Event = Connected | Lost | Acknowledged | Received
