"""What a unit's record proves of a pause: pure, from its rows alone.

The rows must have been verified before. What they prove is what the unit wrote down: that its
software tells the truth is not in them.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from edge.errors import EdgeError, MessageError, PauseError
from edge.keys.roster import Roster
from edge.keys.signed import digest, from_bytes
from edge.messages.acts import Act, ActRow, read_act
from edge.messages.acts_town import OrderAct
from edge.messages.acts_town import Pause as PauseAct
from edge.messages.acts_unit import Hour, Started
from edge.policy import pauses

WATCH: Final = "watch"
_COUNTS: Final = ("frames", "passes", "reads", "hits", "alarms", "verifies")

_HOUR_S: Final = 3700.0  # counts come each hour
_MOMENT_S: Final = 1.0  # until a process that begins has looked for pauses

SomeAct = TypeVar("SomeAct", bound=Act)


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was to be shown.

    Attributes:
        holds: False where the record shows the contrary, or does not show it.
        sentence: for a person; names the row where one decides.
    """

    holds: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What the record shows of one pause.

    Attributes:
        first, last: numbers of its rows; *last* is the row that ended it, or the newest row.
        ended: ``lifted`` or ``lapsed``; empty while it lasts.
    """

    points: tuple[Point, ...]
    first: int
    last: int
    ended: str

    @property
    def holds(self) -> bool:
        """Everything that was to be shown is."""
        return all(point.holds for point in self.points)


def prove(rows: Sequence[ActRow], number: str, roster: Roster, within_s: float = 5.0) -> Proof:
    """Return what *rows*, in order and without a gap, show of the pause whose number begins so.

    Args:
        within_s: how soon after its order a pause must begin.

    Raises:
        PauseError: no such pause, or several, began in these rows.
    """
    begun = _begun(rows, number)
    whole = _act(begun).number
    last, ended = _end(rows, begun, whole)
    during = [row for row in rows if begun.number <= row.number <= last.number]
    after = [row for row in rows if row.number > last.number] if ended else []
    points = (
        _signed(begun, whole, roster),
        _soon(rows, begun, whole, within_s),
        _no_alert(during),
        _no_read(during, after),
        _counted(during, _rest(during, after)),
        _held_over_starts(during, whole),
        _ended(last, ended, whole, roster),
    )
    return Proof(points, begun.number, last.number, ended)


def _begun(rows: Sequence[ActRow], number: str) -> ActRow:
    found = [
        row
        for row in rows
        if row.kind == "pause"
        and row.payload is not None
        and row.payload.get("act") == "begun"
        and str(row.payload.get("number", "")).startswith(number)
    ]
    numbers = {str(row.payload["number"]) for row in found if row.payload}
    if len(numbers) != 1 or not number:
        raise PauseError(
            f"{len(numbers)} pauses whose number begins {number!r} began on this record; name one"
            " by more digits (`edge audit show --kind pause`)"
        )
    return found[0]


def _end(rows: Sequence[ActRow], begun: ActRow, number: str) -> tuple[ActRow, str]:
    for row in rows:
        if row.number > begun.number and row.kind == "pause" and row.payload is not None:
            act = _act(row)
            if act.number == number and act.act in ("lifted", "lapsed"):
                return row, act.act
    return rows[-1], ""


def _signed(begun: ActRow, number: str, roster: Roster) -> Point:
    try:
        (document,) = _act(begun).documents
        signed = from_bytes(base64.b64decode(document), "the pause", pauses.PAUSE)
        one = pauses.read_standing(signed, roster)
        if digest(signed) != number:
            raise PauseError("is the document of another pause")
    except (EdgeError, ValueError) as error:
        return _not_shown(f"row {begun.number}: the order does not hold: {error}")
    return _shown(f"{one.signer} signed the order: {one.scope}, {one.reason}")


def _soon(rows: Sequence[ActRow], begun: ActRow, number: str, within_s: float) -> Point:
    """The order's own row may stand on either side: two threads write them."""
    started = _time(begun.at)
    since = _time(_act(begun).since)
    came = [
        row
        for row in rows
        if row.kind == "order" and row.payload is not None and number[:12] in _sentence(row)
    ]
    if not came:
        return _shown(f"no order's row names it: it was brought by hand, begun at {begun.at}")
    late = (started - max(_time(came[0].at), since)).total_seconds()
    told = f"it began {max(0.0, late):.1f} s after its order came (row {came[0].number})"
    return Point(late <= within_s, f"{told}; {within_s:g} s are allowed")


def _no_alert(during: Sequence[ActRow]) -> Point:
    """A withdrawal may come: it needs a newer list, and no camera."""
    bad = [row for row in during if row.kind == "alert"]
    if bad:
        return _not_shown(f"row {bad[0].number}: an alert at {bad[0].at}, {len(bad)} in all")
    return _shown(f"no alert in rows {during[0].number} to {during[-1].number}")


def _no_read(during: Sequence[ActRow], after: Sequence[ActRow]) -> Point:
    """The hour of a pause that is over is closed behind the row that ended it."""
    hours = [*_hours(during), *_rest(during, after)]
    for row, hour in hours:
        if hour is None:
            return _not_shown(f"row {row.number}: its counts were erased: nothing can be said")
        counted = {name: getattr(hour, name) for name in _COUNTS if getattr(hour, name)}
        if counted:
            told = ", ".join(f"{count} {name}" for name, count in counted.items())
            return _not_shown(f"row {row.number}: {told} between {hour.since} and {hour.until}")
        if hour.watched_s > _MOMENT_S:
            return _not_shown(
                f"row {row.number}: capture ran for {hour.watched_s:.0f} s from {hour.since} on",
            )
    lasted = (_time(during[-1].at) - _time(during[0].at)).total_seconds()
    if not hours and (after or lasted > _HOUR_S):
        return _not_shown(f"no row counts what was read in {lasted:.0f} s")
    return _shown(f"{len(hours)} rows of counts, all of them zero")


def _counted(during: Sequence[ActRow], rest: Sequence[tuple[ActRow, Hour | None]]) -> Point:
    """Between two rows of one process nothing lies uncounted; a start explains what does."""
    told, uncounted, restarts, fresh = 0.0, 0.0, 0, False
    until = _time(during[0].at)
    for row in (*during, *(row for row, _ in rest)):
        if row.kind == "started" and _is_watch(row):
            restarts, fresh = restarts + 1, True
        if row.kind != "hour" or row.payload is None:
            continue
        hour = _read(row, Hour)
        gap = (_time(hour.since) - until).total_seconds()
        if gap > _MOMENT_S and not fresh:
            return _not_shown(f"row {row.number}: {gap:.0f} s before it are not counted")
        told, uncounted = told + hour.paused_s, uncounted + max(0.0, gap)
        until, fresh = _time(hour.until), False
    return _shown(
        f"{told:.0f} s are counted as paused; {uncounted:.0f} s lie in {restarts} restarts",
    )


def _held_over_starts(during: Sequence[ActRow], number: str) -> Point:
    """Each start of the reading process is followed by the pause, before anything is counted."""
    open_start: ActRow | None = None
    starts = 0
    for row in during:
        if row.kind == "started" and _is_watch(row):
            if open_start is not None:
                continue  # it was ended before it had looked at anything
            open_start, starts = row, starts + 1
        elif row.kind == "pause" and row.payload and row.payload.get("number") == number:
            open_start = None
        elif row.kind == "hour" and open_start is not None:
            return _not_shown(f"row {open_start.number}: a start without the pause")
    return _shown(f"{starts} starts of the reading process, each began paused")


def _ended(last: ActRow, ended: str, number: str, roster: Roster) -> Point:
    if not ended:
        return _shown(f"it lasts: the record ends at row {last.number}, {last.at}")
    act = _act(last)
    if ended == "lapsed":
        over = _time(last.at) >= _time(act.until)
        return Point(over, f"row {last.number}: it lapsed at {last.at}; its end was {act.until}")
    try:
        bodies = [base64.b64decode(one) for one in act.documents]
        lift, approval = (
            from_bytes(body, kind, kind)
            for body, kind in zip(bodies, (pauses.LIFT, pauses.APPROVAL), strict=True)
        )
        lifted = pauses.read_lifted(lift, approval, roster, _time(last.at))
        if lifted.number != number:
            raise PauseError("they lift another pause")
    except (EdgeError, ValueError) as error:
        return _not_shown(f"row {last.number}: two signatures did not lift it: {error}")
    return _shown(f"row {last.number}: lifted by {' and '.join(lifted.signers)}")


def _shown(sentence: str) -> Point:
    return Point(holds=True, sentence=sentence)


def _not_shown(sentence: str) -> Point:
    return Point(holds=False, sentence=sentence)


def _hours(during: Sequence[ActRow]) -> Iterator[tuple[ActRow, Hour | None]]:
    for row in during:
        if row.kind == "hour":
            yield row, _read(row, Hour) if row.payload is not None else None


def _rest(during: Sequence[ActRow], after: Sequence[ActRow]) -> list[tuple[ActRow, Hour | None]]:
    """Return the first counts behind the end, where they begin before it."""
    first = next(_hours(after), None)
    if first is None or first[1] is None:
        return []
    began = _time(first[1].since)
    return [first] if began < _time(during[-1].at) and first[1].paused_s > 0 else []


def _is_watch(row: ActRow) -> bool:
    return row.payload is None or _read(row, Started).process == WATCH


def _act(row: ActRow) -> PauseAct:
    return _read(row, PauseAct)


def _sentence(row: ActRow) -> str:
    return _read(row, OrderAct).sentence


def _read(row: ActRow, model: type[SomeAct]) -> SomeAct:
    found = read_act(row.kind, row.payload or {})
    if not isinstance(found, model):
        raise MessageError(f"row {row.number}: is no {model.__name__}")
    return found


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
