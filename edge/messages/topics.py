"""Where each kind of message travels on the broker: ``edge/v1/{town}/{unit}/{kind}``.

The level ``unit`` is a party's name: the sender's, but for receipts, commands, lists, searches
and what goes inward, where it is the one that they are for; who may write and read where is said in
:mod:`edge.messages.access`. A topic carries no plate and no category: brokers log topics, and
bridges copy them. Names are checked on the way in and out, so that a town called ``+`` can never
widen a subscription.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from edge.errors import MessageError

ROOT = "edge/v1"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class Kind(StrEnum):
    """The last level of a topic."""

    ALERT = "alert"
    STATUS = "status"
    HEALTH = "health"
    CHAIN = "chain"
    RECEIPT = "receipt"
    COMMAND = "command"
    VERDICT = "verdict"
    LIST = "list"
    ASK = "ask"
    SEARCH = "search"
    ANSWER = "answer"
    KEYS = "keys"
    INWARD = "inward"
    OUTWARD = "outward"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic in its parts."""

    town: str
    unit: str
    kind: Kind

    def __str__(self) -> str:
        """Return the topic as the broker knows it."""
        return f"{ROOT}/{self.town}/{self.unit}/{self.kind.value}"


def topic(town: str, unit: str, kind: Kind) -> str:
    """Return the one topic on which *kind* of *unit* travels.

    Raises:
        MessageError: *town* or *unit* is no name (a-z, 0-9 and dashes, at most 32).
    """
    return str(Topic(_name("town", town), _name("unit", unit), kind))


def every_unit(town: str, kind: Kind) -> str:
    """Return the filter for *kind* of all units of one town; nothing wider is ever subscribed.

    Raises:
        MessageError: *town* is no name.
    """
    return f"{ROOT}/{_name('town', town)}/+/{kind.value}"


def parse_topic(text: str) -> Topic:
    """Return the parts of a topic as it came from the broker.

    Raises:
        MessageError: it is not one of ours.
    """
    levels = text.split("/")
    if len(levels) != 5 or "/".join(levels[:2]) != ROOT:
        raise MessageError(f"topic {text[:120]!r} is not {ROOT}/TOWN/UNIT/KIND")
    kinds = [kind.value for kind in Kind]
    if levels[4] not in kinds:
        raise MessageError(f"topic {text[:120]!r} ends in none of {', '.join(kinds)}")
    return Topic(_name("town", levels[2]), _name("unit", levels[3]), Kind(levels[4]))


def _name(what: str, text: str) -> str:
    if not _NAME.fullmatch(text):
        raise MessageError(
            f"{what} {text[:40]!r} cannot stand in a topic: use a-z, 0-9 and dashes, at most 32"
        )
    return text
