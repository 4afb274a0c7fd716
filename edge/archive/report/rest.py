"""The other acts of a period, as counts: log-ins, settings, holds, requests, retention, faults."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from edge.archive.report.opened import Chain, Period, of_kind
from edge.messages.acts import Act
from edge.messages.acts_archive import Contradicted, Gap
from edge.messages.acts_car import Confirm, Erased, LogIn, LogInRefused
from edge.messages.acts_town import (
    Hold,
    OrderAct,
    Purged,
    SearchDrops,
    Sharing,
    Subject,
    Supervision,
)
from edge.messages.acts_unit import Chain as ChainAct
from edge.messages.acts_unit import (
    Clock,
    GivenUp,
    Reads,
    Retention,
    RosterAct,
    SettingsAct,
    Started,
)

ActT = TypeVar("ActT", bound=Act)
_BESIDE = frozenset({"deliver", "search"})  # of one unit's software, watch tells


@dataclass(frozen=True, slots=True)
class Rest:
    """Counts; what several units did at one word counts once, where the word has a number.

    Attributes:
        officers: people who logged in.
        updates: starts with other software than before; *new_stores*: starts after a store was
            lost.
        holds_*: case holds; *requests_*: a person's request, and what it found and kept back.
        purged: misreads whose plate and picture were erased.
        erased: letters and kept alerts that were erased in time, *given_up* without a receipt.
        hours_kept, hours_died: keys of hours of kept reads that began, and died.
        searches_dropped: searches that units threw away unread, because too many came.
        contradicted: letters that came under the number of another: somebody may be forging.
        gaps: gaps of chains that the archive noticed, and asked for.
        drifts: times when somebody could open what was not granted.
        checks: runs of the auditor's check on searches, with *findings* in all.
    """

    log_ins: int
    log_ins_refused: int
    officers: int
    settings: int
    updates: int
    new_stores: int
    rosters: int
    clocks: int
    clock_most_s: float
    orders: int
    orders_refused: int
    corrections: int
    holds_begun: int
    holds_ended: int
    requests_exported: int
    requests_erased: int
    requests_items: int
    requests_held_back: int
    purged: int
    retention_runs: int
    erased: int
    given_up: int
    hours_kept: int
    hours_died: int
    hours_lost: int
    searches_dropped: int
    contradicted: int
    gaps: int
    drifts: int
    checks: int
    findings: int
    chains_found_broken: int


def count_rest(chains: Sequence[Chain], period: Period) -> Rest:
    """Return the counts of *period*."""

    def acts(kind: str, act: type[ActT]) -> list[ActT]:
        return [one for _, one in of_kind(chains, kind, act, period)]

    log_ins = acts("log-in", LogIn)
    starts = [one for one in acts("started", Started) if one.process not in _BESIDE]
    clocks, orders = acts("clock", Clock), acts("order", OrderAct)
    holds, subjects = acts("hold", Hold), acts("subject", Subject)
    erased, reads = acts("erased", Erased), acts("reads", Reads)
    runs, checks = acts("retention", Retention), acts("supervision", Supervision)
    return Rest(
        log_ins=len(log_ins),
        log_ins_refused=len(acts("log-in-refused", LogInRefused)),
        officers=len({one.officer for one in log_ins}),
        settings=len(acts("settings", SettingsAct)),
        updates=sum(bool(one.before) and one.before != one.software for one in starts),
        new_stores=sum(one.new_epoch for one in starts),
        rosters=len({one.number for one in acts("roster", RosterAct)}),
        clocks=len(clocks),
        clock_most_s=max((abs(one.offset_s) for one in clocks), default=0.0),
        orders=len({one.number for one in orders if one.taken}),
        orders_refused=len({one.number for one in orders if not one.taken}),
        corrections=len({one.claim for one in acts("confirm", Confirm)}),
        holds_begun=_distinct(holds, "begun"),
        holds_ended=_distinct(holds, "ended"),
        requests_exported=_distinct(subjects, "exported"),
        requests_erased=_distinct(subjects, "erased"),
        requests_items=sum(one.items for one in subjects),
        requests_held_back=sum(one.held_back for one in subjects),
        purged=len({one.alert for one in acts("purged", Purged)}),
        retention_runs=len(runs) + len(erased),
        erased=sum(one.erased for one in runs) + sum(one.alerts for one in erased),
        given_up=len(acts("given-up", GivenUp)),
        hours_kept=sum(one.act == "key" for one in reads),
        hours_died=sum(one.act == "died" for one in reads),
        hours_lost=sum(one.act == "lost" for one in reads),
        searches_dropped=sum(one.dropped for one in acts("search-drops", SearchDrops)),
        contradicted=len(acts("contradicted", Contradicted)),
        gaps=sum(one.act == "open" for one in acts("gap", Gap)),
        drifts=sum(one.act == "drift" for one in acts("sharing", Sharing)),
        checks=len(checks),
        findings=sum(one.findings for one in checks),
        chains_found_broken=len(list(_broken(chains, period))),
    )


def _distinct(acts: "Sequence[Hold] | Sequence[Subject]", which: str) -> int:
    return len({one.number for one in acts if one.act == which})


def _broken(chains: Sequence[Chain], period: Period) -> Iterator[ChainAct]:
    for _, act in of_kind(chains, "chain", ChainAct, period):
        yield act
