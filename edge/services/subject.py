"""A person's request, answered by one store: found, handed out or erased, and on its chain."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from edge.clock import Clock, Moment
from edge.errors import SubjectError
from edge.keys.files import make_folder
from edge.keys.roster import Roster
from edge.keys.signed import from_bytes
from edge.messages.acts_town import Subject
from edge.messages.alert_parts import AlertMessage
from edge.policy.subject import APPROVAL, REQUEST, Standing, about, read_standing

_TOLD: Final = (
    "Found by exact text: what the camera unit read (all frames together), its single best frame"
    " (raw), and the plate of the list's entry. A car that was read as another plate, and is not"
    " listed by its own, cannot be found.",
    "Reads of cars that are on no list are not in here. Where the law lets a unit keep them, they"
    " are sealed by the hour with keys that die at the limit; single reads can be neither taken"
    " out nor erased before. Where it does not (the default), there are none.",
    "Searches: the record holds who searched, why and when, and no plate; whether a search was for"
    " this plate cannot be told from it. Answers are sealed to the officer who asked.",
    "Messages that left this machine are on others as well: ask at each of them.",
)


@dataclass(frozen=True, slots=True)
class Item:
    """One revision of an alert as a store holds it, opened.

    Attributes:
        alert: ``unit/epoch/sequence``.
        kept_at: when it came or was stored, RFC 3339.
        picture: a JPEG; empty for none.
    """

    alert: str
    message: AlertMessage
    kept_at: str
    picture: bytes = b""


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody who has, or has looked at, an alert.

    Attributes:
        what: ``received`` (their machine holds it), ``viewed``, or an outcome.
    """

    who: str
    what: str
    at: str


class Keeper(Protocol):
    """A store that keeps letters, as a request sees it."""

    name: str

    def items(self, plate: str) -> Iterator[Item]:
        """Yield what is held, can be opened and has *plate* in its words, revision by revision."""

    def revisions(self, alert: str) -> Sequence[Item]:
        """Return all revisions of an alert, whatever they say."""

    def seen(self, alert: str) -> Sequence[Seen]:
        """Return who received or viewed an alert, as far as this store's record tells."""

    def held_until(self, alert: str) -> str:
        """Return until when a case holds an alert, RFC 3339; empty when none does."""

    def other(self, plate: str) -> Sequence[str]:
        """Return sentences on what else is held on a plate, and is not erased with the alerts."""

    def settle(self, alerts: Collection[str], act: Subject, now: Moment) -> None:
        """Erase *alerts* and record *act*, in one transaction; an export erases none."""


@dataclass(frozen=True, slots=True)
class Found:
    """An alert about the plate.

    Attributes:
        ways: how it is about it (:func:`edge.policy.subject.ways`).
        held_until: RFC 3339; empty when no case holds it.
    """

    alert: str
    ways: tuple[str, ...]
    items: tuple[Item, ...]
    held_until: str


@dataclass(frozen=True, slots=True)
class Erased:
    """What came of a request to erase.

    Attributes:
        alerts: how many are erased.
        held_back: alert and end of the hold, of those that a case holds.
        other: sentences on what stays by its own rule.
    """

    alerts: int
    held_back: Mapping[str, str] = field(default_factory=dict)
    other: tuple[str, ...] = ()

    def sentence(self, number: str) -> str:
        """Return what an answer may say: no plate."""
        told = f"request {number[:12]}: {self.alerts} erased"
        if self.held_back:
            last = max(self.held_back.values())
            told += f", {len(self.held_back)} held back by cases until {last} at the latest"
        if self.other:
            told += f", {len(self.other)} kept by their own rule"
        return told


def find(keeper: Keeper, plate: str) -> list[Found]:
    """Return the alerts that are about *plate*, with all their revisions."""
    found: dict[str, list[Item]] = {}
    for item in keeper.items(plate):
        found.setdefault(item.alert, []).append(item)
    told = []
    for alert, items in found.items():
        how = about(plate, (item.message.payload for item in items))
        if how:
            every = tuple(keeper.revisions(alert))
            told.append(Found(alert, how, every, keeper.held_until(alert)))
    return told


def erase(keeper: Keeper, request: Standing, now: Moment) -> Erased:
    """Erase what is held on the plate of *request*, but for what a case holds; on the record.

    Raises:
        StoreFull: it cannot be recorded; nothing is erased.
    """
    found = find(keeper, request.plate)
    free = [one.alert for one in found if not one.held_until]
    held = {one.alert: one.held_until for one in found if one.held_until}
    other = tuple(keeper.other(request.plate))
    act = Subject(
        act="erased",
        number=request.number,
        items=len(free),
        held_back=len(held) + len(other),
        signers=(request.supervisor, request.auditor),
    )
    keeper.settle(free, act, now)
    return Erased(len(free), held, other)


def export(keeper: Keeper, plate: str, number: str, folder: Path, now: Moment) -> int:
    """Write what is held on *plate* into a new *folder*, on the record; return how many alerts.

    Args:
        number: of the person's request at the town, hashed: what the record names.

    Raises:
        SubjectError: *folder* is there already.
        StoreFull: it cannot be recorded; nothing is written.
    """
    if folder.exists():
        raise SubjectError(f"{folder}: is there already; name a new folder")
    found = find(keeper, plate)
    keeper.settle((), Subject(act="exported", number=number, items=len(found)), now)
    make_folder(folder)
    told = [_write(keeper, one, index, folder) for index, one in enumerate(found, 1)]
    manifest = {
        "plate": plate,
        "held_by": keeper.name,
        "made_at": now.iso(),
        "alerts": told,
        "also_held": list(keeper.other(plate)),
        "notes": list(_TOLD),
    }
    _put(folder / "manifest.json", manifest)
    return len(found)


def _write(keeper: Keeper, one: Found, index: int, folder: Path) -> dict[str, Any]:
    files = []
    for item in one.items:
        name = f"alert-{index:03d}-revision-{item.message.revision}"
        _put(folder / f"{name}.json", item.message.model_dump(mode="json"))
        files.append(f"{name}.json")
        if item.picture:
            (folder / f"{name}.jpg").write_bytes(item.picture)
            files.append(f"{name}.jpg")
    newest = one.items[-1].message.payload
    return {
        "alert": one.alert,
        "found_as": list(one.ways),
        "captured": newest.times.captured,
        "place": newest.place.name,
        "category": str(newest.entry.category),
        "kept_since": one.items[0].kept_at,
        "keep_days": newest.handling.keep_days,
        "held_for_a_case_until": one.held_until,
        "seen_by": [asdict(seen) for seen in keeper.seen(one.alert)],
        "files": files,
    }


def _put(file: Path, fields: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(fields, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


class SubjectTaker:
    """Takes requests to erase (see :class:`edge.services.orders.Taker`); keeps neither document."""

    kinds: tuple[str, ...] = (REQUEST, APPROVAL)

    def __init__(
        self, keeper: Keeper, clock: Clock, after: Callable[[], None] = lambda: None
    ) -> None:
        self._keeper = keeper
        self._clock = clock
        self._after = after

    def take(self, found: Mapping[str, bytes], roster: Roster, at: datetime) -> str:
        """Erase, and say how much, naming no plate.

        Raises:
            SubjectError: it lacks a key, or counts no more.
            KeysError: a signature does not hold.
            StoreFull: it cannot be recorded; nothing is erased.
        """
        standing = read_both(found, roster, at)
        erased = erase(self._keeper, standing, self._clock.now())
        self._after()
        return erased.sentence(standing.number)


def read_both(found: Mapping[str, bytes], roster: Roster, at: datetime) -> Standing:
    """Return the request in an order's documents, if two parties have signed it.

    Raises:
        SubjectError: one of the two is missing, or it does not stand.
        KeysError: a signature does not hold.
    """
    if missing := {REQUEST, APPROVAL} - found.keys():
        raise SubjectError(f"the {min(missing)} is missing: one key alone erases nothing")
    request = from_bytes(found[REQUEST], "the request", REQUEST)
    approval = from_bytes(found[APPROVAL], "the approval", APPROVAL)
    return read_standing(request, approval, roster, at)
