"""How wide a search is and whose word it needs, told to the officer before anything is sent; pure.

``edge search`` and the console's page show the same facts, as a unit with this machine's settings
would judge them.
"""

from dataclasses import dataclass
from pathlib import Path

from edge.messages.search import Query
from edge.plates.pattern import read_pattern
from edge.policy.law import Law, span
from edge.policy.search_verdict import Allowed, Refusal, Word


@dataclass(frozen=True, slots=True)
class Outlook:
    """What will be asked.

    Attributes:
        pattern: as it is searched; as it was typed where it is no plate.
        alike: look-alikes of its characters, which are not searched as well.
        window: of time, as a person says it.
        breadth: how many of all plates it covers; empty where that is not known.
        needs: why a supervisor must sign as well; empty where none need.
        searched: which records the law lets be searched.
    """

    pattern: str
    alike: tuple[str, ...]
    since: str
    until: str
    window: str
    breadth: str
    needs: str
    searched: str


def outlook(query: Query, judged: Allowed | Refusal, law: Law) -> Outlook:
    """Return what *query* will ask for, where no supervisor has signed it as yet."""
    facts = judged.facts
    needs = isinstance(judged, Refusal) and judged.word is Word.SUPERVISOR
    sound = needs or isinstance(judged, Allowed)
    pattern = read_pattern(query.pattern) if sound else None
    return Outlook(
        pattern=pattern.text if pattern else query.pattern,
        alike=pattern.alike() if pattern else (),
        since=query.since,
        until=query.until,
        window=span(facts.window_s),
        breadth=_breadth(facts.share, whole=facts.whole),
        needs=judged.sentence if needs and isinstance(judged, Refusal) else "",
        searched=searched(law),
    )


def searched(law: Law) -> str:
    """Return which records a search goes over under *law*."""
    name = Path(law.name).stem
    if not law.search.reads:
        return (
            f"hits alone: the law profile {name} lets no kept reads be searched, and no other car"
            " leaves a trace"
        )
    if law.reads_max_s <= 0:
        return f"hits alone: under the law profile {name} no reads are kept"
    return (
        f"hits and, where a unit keeps any, reads of the last {span(law.reads_max_s)} (law profile"
        f" {name})"
    )


def _breadth(share: float, *, whole: bool) -> str:
    if not share:
        return ""
    kind = "one whole plate" if whole else "part of a plate"
    return f"{kind}: about one plate in {1.0 / share:,.0f}"
