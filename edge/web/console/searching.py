"""What the search page may ask of the console: one protocol, and what goes over it.

Answers are opened while their officer is logged in, for that officer alone; nothing of them is
written or kept in the clear.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from edge.policy.search_outlook import Outlook
from edge.web.console.contract import Session


@dataclass(frozen=True, slots=True)
class Asking:
    """What an officer typed; nothing of it has been checked.

    Attributes:
        units: names; empty for all.
        ago_s: from so long ago until now; None for *since* and *until*, RFC 3339.
        hours: for so long units may answer.
    """

    plate: str
    case: str
    purpose: str
    units: tuple[str, ...] = ()
    ago_s: float | None = None
    since: str = ""
    until: str = ""
    categories: tuple[str, ...] = ()
    hours: float = 1.0


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit that may be asked, and what was last heard of it.

    Attributes:
        place: where its newest alert here was seen; empty for none.
        state, since: the broker's word.
        word: its newest problem, or why it reads nothing; empty for none.
    """

    name: str
    place: str
    state: str
    since: str
    word: str


@dataclass(frozen=True, slots=True)
class SearchFacts:
    """What the form offers.

    Attributes:
        case_numbers: how they are written here, each ``WHO=PATTERN``.
        searched: which records the law lets be searched.
        longest_s: no search goes over a longer time.
        supervisor_s: from so long a time on a supervisor signs too.
        supervisors: whose keys are on this console, the officer apart.
    """

    units: tuple[UnitChoice, ...]
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    case_numbers: tuple[str, ...]
    searched: str
    longest_s: float
    supervisor_s: float
    supervisors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchLine:
    """A search of this officer's, by its number; the rest is empty where it cannot be opened.

    Attributes:
        answered: how many units have.
        trouble: why it cannot be opened.
    """

    number: str
    made: str
    units: int
    answered: int
    plate: str = ""
    since: str = ""
    until: str = ""
    purpose: str = ""
    case: str = ""
    expires: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """How wide a search would be, or what is wrong with it.

    Attributes:
        problems: a sentence by field: ``plate case purpose time units categories supervisor
            password``, and ``""`` for what belongs to none.
        outlook: None where there are problems.
        units: that would be asked.
        sent: the search's number, once it has been taken on.
    """

    problems: Mapping[str, str] = field(default_factory=dict)
    outlook: Outlook | None = None
    units: tuple[str, ...] = ()
    sent: str = ""


@dataclass(frozen=True, slots=True)
class HitRow:
    """An alert that a unit holds; *listed* is what the list has, *certain* whether its time is."""

    at: str
    certain: bool
    read: str
    listed: str
    jurisdiction: str
    category: str
    grade: str
    withdrawn: bool
    direction: str
    place: str


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A kept read."""

    at: str
    read: str
    jurisdiction: str
    probability: float
    direction: str


@dataclass(frozen=True, slots=True)
class UnitWord:
    """What one unit said.

    Attributes:
        state: ``answered``, ``refused`` or ``waiting``.
        refused: one word, where it was.
        late: it answered long after it was asked.
        found: all that match; the newest stand in *hits* and *reads*.
        unread: letters that the unit could not open, and may match.
    """

    unit: str
    state: str
    sentence: str
    refused: str = ""
    late: bool = False
    found: int = 0
    unread: int = 0
    hits: tuple[HitRow, ...] = ()
    reads: tuple[ReadRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """A search and all that has been said to it."""

    line: SearchLine
    units: tuple[UnitWord, ...]


class SearchDesk(Protocol):
    """Searches of one console; every method may be called from any thread.

    Acts raise ``ConsoleError`` with a sentence (not while driving, no such search), and
    ``StoreError`` where they cannot be recorded: they have not happened then.
    """

    def mark(self) -> int:
        """Return a number that grows with each search that goes out and each answer that comes."""

    def facts(self, session: Session) -> SearchFacts:
        """Return what the form offers."""

    def lines(self, session: Session) -> tuple[SearchLine, ...]:
        """Return the searches of this officer that are still kept, the newest first."""

    def look(self, session: Session, asking: Asking) -> Preview:
        """Return how wide a search would be and whose word it needs; nothing is sent."""

    def ask(self, session: Session, asking: Asking, supervisor: str, password: str) -> Preview:
        """Sign, record and send a search, countersigned where it is wide."""

    def open(self, session: Session, number: str) -> Answers:
        """Return what was said to a search of this officer's, each answer on the record."""
