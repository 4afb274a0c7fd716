"""What comes of judging a search: it is allowed, or refused with one word and one sentence."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from edge.keys.parties import Party
from edge.messages.search import Query
from edge.plates.pattern import Pattern


class Word(StrEnum):
    """Why a search is refused, in one word."""

    LARGE = "too-large"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown-officer"
    FORGED = "forged"
    REVOKED = "revoked"
    ENDED = "key-not-valid"
    ROLE = "role"
    TOWN = "other-town"
    ASKED = "not-asked"
    PLACE = "other-place"
    AUDITOR = "no-auditor"
    FUTURE = "future"
    EXPIRED = "expired"
    LIFE = "lives-too-long"
    REPLAYED = "replayed"
    GRANT = "no-grant"
    PURPOSE = "purpose"
    CASE = "case-number"
    PLATE = "no-plate"
    CATEGORY = "no-category"
    TIME = "no-time"
    WINDOW = "window-too-long"
    WIDTH = "too-wide"
    SUPERVISOR = "needs-supervisor"
    SAME = "same-person"
    OTHER = "other-query"
    APPROVAL = "approval"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the chain may hold of a search: only what was found sound; the rest is empty.

    Attributes:
        window_s: seconds of time asked for.
        share: of the plates in use.
        whole: one whole plate.
    """

    officer: str = ""
    supervisor: str = ""
    via: str = ""
    purpose: str = ""
    case: str = ""
    since: str = ""
    until: str = ""
    window_s: float = 0.0
    share: float = 0.0
    whole: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """A search that may be done.

    Attributes:
        asker: the answer is sealed to this party alone.
        categories: of hits that may be told; None for all.
        reads: kept reads may be searched as well.
        wide: a supervisor's word was needed, and is there.
    """

    query: Query
    asker: Party
    pattern: Pattern
    since: datetime
    until: datetime
    categories: frozenset[str] | None
    reads: bool
    wide: bool
    facts: Facts


@dataclass(frozen=True, slots=True)
class Refusal:
    """A search that is not done.

    Attributes:
        asker: who is told; None where nobody whose key counts has asked.
        query: None where it could not be believed at all.
    """

    word: Word
    sentence: str
    asker: Party | None = None
    query: Query | None = None
    facts: Facts = field(default_factory=Facts)
