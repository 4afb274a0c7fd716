"""What a search finds among the alerts that a unit still holds, opened with the unit's own key."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.errors import KeysError, MessageError
from edge.keys.identity import Identity
from edge.log import Log
from edge.messages.alert import parse_alert
from edge.messages.alert_parts import AlertMessage
from edge.messages.answer import MOST_FOUND, FoundHit, FoundRead
from edge.messages.letter import Letter, open_own
from edge.messages.topics import Kind
from edge.messages.wire import clip
from edge.policy.search_verdict import Allowed
from edge.records import Category, Direction, KeptRead
from edge.store.searches import StoredHit

_log: Final = Log("edge.search")


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found.

    Attributes:
        newest: up to as many as an answer holds, the newest first.
        count: of all that match.
        unread: letters that could not be opened, and may match.
    """

    newest: tuple[FoundHit, ...]
    count: int
    unread: int


@dataclass(frozen=True, slots=True)
class Reads:
    """Kept reads that were found; *newest* and *count* as of hits."""

    newest: tuple[FoundRead, ...] = ()
    count: int = 0


def find_hits(stored: Iterable[StoredHit], own: Identity, allowed: Allowed) -> Hits:
    """Return the alerts among *stored* that *allowed* asks for; each is opened and forgotten."""
    best: list[tuple[str, int, FoundHit]] = []
    count = unread = 0
    for one in stored:
        try:
            message = parse_alert(open_own(Kind.ALERT, Letter(one.body), own)[0])
        except (KeysError, MessageError) as error:
            unread += 1
            _log.warning("a stored alert cannot be read, so it is not found", why=error)
            continue
        if _asked(message, allowed):
            count += 1
            found = (message.payload.times.captured, message.sequence, _hit(message))
            if len(best) < MOST_FOUND:
                heapq.heappush(best, found)
            else:
                heapq.heappushpop(best, found)
    return Hits(tuple(hit for *_, hit in sorted(best, reverse=True)), count, unread)


def found_reads(reads: Iterable[KeptRead]) -> Reads:
    """Return the newest of *reads* as an answer tells them."""
    best: list[tuple[int, int, FoundRead]] = []
    count = 0
    for count, read in enumerate(reads, 1):
        found = (read.at.utc_ns, count, _read(read))
        if len(best) < MOST_FOUND:
            heapq.heappush(best, found)
        else:
            heapq.heappushpop(best, found)
    return Reads(tuple(one for *_, one in sorted(best, reverse=True)), count)


def _asked(message: AlertMessage, allowed: Allowed) -> bool:
    """Say whether an alert is of the plate, the time and the categories that are asked for.

    What is of no time that can be believed is of any.
    """
    payload = message.payload
    plates = (payload.read.text, payload.entry.plate)
    if not any(plate and allowed.pattern.matches(plate) for plate in plates):
        return False
    if allowed.categories is not None and _category(message) not in allowed.categories:
        return False
    captured = datetime.fromisoformat(payload.times.captured)
    return not payload.clock_trusted or allowed.since <= captured < allowed.until


def _category(message: AlertMessage) -> str:
    test = message.payload.handling.test
    return Category.TEST.value if test else message.payload.entry.category


def _hit(message: AlertMessage) -> FoundHit:
    payload = message.payload
    places = payload.read.jurisdiction
    return FoundHit(
        epoch=message.epoch,
        sequence=message.sequence,
        revision=message.revision,
        at=payload.times.captured,
        clock_trusted=payload.clock_trusted,
        read=payload.read.text,
        plate=payload.entry.plate or payload.entry.partial,
        jurisdiction=max(places, key=places.__getitem__, default=payload.entry.jurisdiction),
        category=_category(message),
        grade=payload.grade,
        withdrawn=payload.retracts,
        direction=payload.direction,
        place=payload.place.name,
        picture=payload.crop.sha256 if payload.crop else None,
    )


def _read(read: KeptRead) -> FoundRead:
    return FoundRead(
        at=read.at.iso(),
        text=read.text,
        jurisdiction=clip(read.jurisdiction, 80),
        probability=min(1.0, max(0.0, read.probability)),
        direction=Direction(read.direction),
    )
