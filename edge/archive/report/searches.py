"""Searches: what for, how wide, how many were refused and why; nobody's name."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from edge.archive.report.opened import Chain, Period, of_kind
from edge.archive.report.words import blackened
from edge.messages.acts_town import SearchAct
from edge.policy.search_verdict import Word

_UNSAID: Final = "(none told)"
_NOT_OURS: Final = "(none of the town's)"
_UNPROVEN: Final = frozenset(
    {
        Word.LARGE, Word.UNREADABLE, Word.UNKNOWN, Word.FORGED, Word.REVOKED, Word.ENDED,
        Word.ROLE, Word.TOWN,
    }
)  # fmt: skip
"""Refused before it was certain who asks: nothing that it says of itself is believed."""


@dataclass(frozen=True, slots=True)
class PurposeLine:
    """The searches for one purpose; a query that goes to several units is one search.

    Attributes:
        answered: at least one unit answered; *refused*: none did.
        wide: with a supervisor's key.
        whole: for a whole plate; the others for a part of one.
        hits, found_reads: what all units together told of.
        late: answered by a unit that had been away.
    """

    purpose: str
    searches: int
    answered: int
    refused: int
    wide: int
    whole: int
    kept_reads: int
    hits: int
    found_reads: int
    late: int


@dataclass(frozen=True, slots=True)
class RefusalLine:
    """How many searches were refused for one reason, by at least one unit."""

    reason: str
    searches: int


@dataclass(frozen=True, slots=True)
class Searches:
    """All searches of a period.

    Attributes:
        officers, supervisors: how many people searched, and allowed, as far as that is certain.
        cases: how many case numbers they told.
    """

    purposes: tuple[PurposeLine, ...]
    refusals: tuple[RefusalLine, ...]
    officers: int
    supervisors: int
    cases: int

    def total(self, what: str) -> int:
        """Return the sum of a column over all purposes."""
        return sum(int(getattr(line, what)) for line in self.purposes)


def count_searches(chains: Sequence[Chain], period: Period) -> Searches:
    """Return the searches that units answered or refused in *period*."""
    asked: dict[str, list[SearchAct]] = defaultdict(list)
    for row, act in of_kind(chains, "search", SearchAct, period):
        # what was refused before it could be read has no digest: each is a search of its own
        asked[act.query or f"{row.name}/{row.epoch}/{row.number}"].append(act)
    by_purpose: dict[str, list[list[SearchAct]]] = defaultdict(list)
    for rows in asked.values():
        by_purpose[_purpose(rows)].append(rows)
    every = [act for rows in asked.values() for act in rows if act.refused not in _UNPROVEN]
    return Searches(
        purposes=tuple(_line(one, by_purpose[one]) for one in sorted(by_purpose, key=_last)),
        refusals=_refusals(asked.values()),
        officers=len({act.officer for act in every if act.officer}),
        supervisors=len({act.supervisor for act in every if act.supervisor}),
        cases=len({act.case for act in every if act.case}),
    )


def _purpose(rows: Sequence[SearchAct]) -> str:
    """Return what a search was for; what no unit took for a purpose of the town is not shown."""
    believed = [one for one in rows if one.refused not in {*_UNPROVEN, Word.PURPOSE}]
    if not believed:
        return _NOT_OURS
    return next((blackened(one.purpose) for one in believed if one.purpose), _UNSAID)


def _last(purpose: str) -> tuple[bool, str]:
    return purpose in (_UNSAID, _NOT_OURS), purpose


def _line(purpose: str, queries: Sequence[Sequence[SearchAct]]) -> PurposeLine:
    refused = sum(all(one.refused for one in rows) for rows in queries)
    answers = [act for rows in queries for act in rows if not act.refused]
    return PurposeLine(
        purpose=purpose,
        searches=len(queries),
        answered=len(queries) - refused,
        refused=refused,
        wide=sum(any(one.supervisor for one in rows) for rows in queries),
        whole=sum(any(one.whole for one in rows) for rows in queries),
        kept_reads=sum(any(one.over != "hits" for one in rows) for rows in queries),
        hits=sum(act.hits for act in answers),
        found_reads=sum(act.reads for act in answers),
        late=sum(any(one.late for one in rows) for rows in queries),
    )


def _refusals(queries: Iterable[Sequence[SearchAct]]) -> tuple[RefusalLine, ...]:
    found: Counter[str] = Counter()
    for rows in queries:
        found.update({blackened(act.refused) for act in rows if act.refused})
    return tuple(RefusalLine(*one) for one in sorted(found.items(), key=lambda o: (-o[1], o[0])))
