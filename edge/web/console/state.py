"""What the console tells of itself: who is logged in, what is hidden, what is missing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnitLine:
    """What is last known of a unit.

    Attributes:
        state: ``online``, ``offline`` or ``unknown``: the broker's word, not a signed one.
        problems: what its health tells, the gravest first; the broker's word as well.
        missing: how many of its alerts never came, by its own signed head.
        since: of *state*, RFC 3339; empty when unknown.
        paused: until when and why it reads nothing, by the town's order; empty when it reads.
        visitor: who is on its tuning page through the broker; empty for nobody, or not known.
    """

    name: str
    state: str
    since: str
    problems: tuple[str, ...] = ()
    missing: int = 0
    paused: str = ""
    visitor: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What an officer wants to see in this shift; an empty set means everything.

    Attributes:
        categories: of :class:`edge.records.Category`, by value.
        units: by name.
        grades: ``alarm``, ``verify``.
        within_m: only what passed so near to this car; None for everywhere. What has no place, or
            while this car has none, is shown.
    """

    categories: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    grades: frozenset[str] = frozenset()
    within_m: float | None = None


@dataclass(frozen=True, slots=True)
class RecordLine:
    """What is left of an alert that was purged, or why one is kept; it holds no plate.

    Attributes:
        number: ``unit/epoch/sequence``.
        what: ``misread`` or ``held``.
        sentence: for people.
    """

    number: str
    what: str
    sentence: str


@dataclass(frozen=True, slots=True)
class DeskState:
    """How the console itself does.

    Attributes:
        version: grows with every change; for :meth:`Desk.wait`.
        console: this console's name.
        online: connected to the broker.
        broker: a sentence: connected, or why not and since when.
        gaps: a sentence for each unit whose alerts are missing.
        units: all that were heard of, by name.
        clock_trusted: this machine's clock.
        speed_kmh: of this car; None when not known, which counts as standing and is shown.
        moving: faster than ``console.moving_kmh``: no typing, one tap.
        position: this car's own, ``(latitude, longitude)``; None when not known.
        officer, role: who is logged in; None for nobody.
        locked: nobody is logged in, or the session has been locked or timed out.
        filters: those of this session.
        filtered: cards that the filters hide.
        filtered_alarms: open alarms among them; never shown as 0 when there are any.
        unsent: outcomes of this console that nobody has confirmed yet.
        claims: corrections that wait for a supervisor.
        problems: what is wrong here, sentences; refused letters are among them.
        wall: layout for dispatch (``console.wall``); empty in a car.
        tiles: local map tiles are there.
        record: misreads that were purged and alerts that a case holds; empty but for officers.
    """

    version: int
    console: str
    online: bool
    broker: str
    gaps: tuple[str, ...]
    units: tuple[UnitLine, ...]
    clock_trusted: bool
    speed_kmh: float | None
    moving: bool
    position: tuple[float, float] | None
    officer: str | None
    role: str | None
    locked: bool
    filters: Filters
    filtered: int
    filtered_alarms: int
    unsent: int
    claims: int
    problems: tuple[str, ...]
    wall: str = ""
    tiles: bool = False
    record: tuple[RecordLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A correction that an officer has signed and no supervisor has confirmed.

    Attributes:
        number: SHA-256 of what was signed, hex.
        alert: ``unit/epoch/sequence``.
        text: the plate of the car that was wrongly taken for *plate*.
        until: when it would end, RFC 3339.
        refused: why it cannot be confirmed; empty when it can.
    """

    number: str
    alert: str
    officer: str
    text: str
    plate: str
    owner: str
    entry_id: str
    reason: str
    made: str
    until: str
    refused: str = ""
