"""The report as one HTML page that needs nothing from elsewhere."""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from edge import __version__
from edge.archive.report import plots
from edge.archive.report.count import Report
from edge.archive.report.law import by_list
from edge.archive.report.opened import Period, seconds
from edge.archive.report.words import BLACK

STYLE: Final = "report.css"
_NO_BREAK: Final = "\u202f"  # between thousands
_REST: Final = {
    "log_ins": "Log-ins on consoles and at the archive",
    "log_ins_refused": "Log-ins refused",
    "settings": "Changes of settings",
    "updates": "Updates of software",
    "new_stores": "Stores lost and begun anew",
    "rosters": "Changes of the roster",
    "clocks": "Clocks corrected",
    "orders": "Orders taken",
    "orders_refused": "Orders refused",
    "corrections": "Corrections confirmed",
    "holds_begun": "Case holds begun",
    "holds_ended": "Case holds ended",
    "requests_exported": "People's requests: told what is held",
    "requests_erased": "People's requests: erased",
    "requests_items": "Items found for them",
    "requests_held_back": "Items held back by law or a case",
    "purged": "Misreads erased, plate and picture",
    "retention_runs": "Runs of retention that erased something",
    "erased": "Alerts erased in their time",
    "given_up": "Alerts given up without a receipt",
    "hours_kept": "Hours of reads whose key began",
    "hours_died": "Hours of reads whose key died",
    "hours_lost": "Hours of reads whose key was lost",
    "searches_dropped": "Searches thrown away unread, because too many came",
    "contradicted": "Letters that came twice with other words",
    "gaps": "Gaps of chains, asked for again",
    "chains_found_broken": "Chains found broken",
}


@dataclass(frozen=True, slots=True)
class Look:
    """One figure at the head of the page."""

    figure: str
    what: str
    more: str


def page(report: Report, *, made: str = "", linked: bool = False) -> str:
    """Return the page.

    Args:
        made: when it was counted, RFC 3339; left out where empty.
        linked: refer to ``/static/report.css`` instead of holding the style, for a page whose
            policy allows no style in it.
    """
    environment = Environment(
        loader=PackageLoader("edge.archive.report"), autoescape=True, undefined=StrictUndefined
    )
    told: dict[str, Any] = {
        "report": report,
        "title": f"Number-plate readers, {span(report.period)}",
        "span": span(report.period),
        "style": "" if linked else Markup(style().decode("utf-8")),  # noqa: S704 - our own file
        "look": _look(report),
        "plots": _plots(report),
        "tables": _tables(report),
        "never": _never(report),
        "number": number,
        "plural": plural,
        "often": times,
        "black": BLACK,
        "software": __version__,
        "made": f"{made[:16].replace('T', ' ')} UTC" if made else "",
    }
    return environment.get_template("report.html").render(told)


def style() -> bytes:
    """Return the page's style sheet."""
    return resources.files("edge.archive.report").joinpath(STYLE).read_bytes()


def number(value: float) -> str:
    """Return a figure with its thousands apart."""
    return f"{value:,}".replace(",", _NO_BREAK)


def plural(count: int, one: str, many: str) -> str:
    """Return *count* with its noun."""
    return f"{number(count) if count else 'no'} {one if count == 1 else many}"


def times(count: int) -> str:
    """Return how often."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{number(count)} times")


def span(period: Period) -> str:
    """Return a whole month by its name; other periods by their first and last day."""
    first = datetime.fromtimestamp(seconds(period.since), UTC)
    last = datetime.fromtimestamp(seconds(period.until) - 1, UTC)
    if (first.year, first.month, first.day) == (last.year, last.month, 1):
        after = datetime.fromtimestamp(seconds(period.until), UTC)
        if after.day == 1:
            return f"{first:%B %Y}"
    if f"{first:%Y-%m-%d}" == f"{last:%Y-%m-%d}":
        return f"{first.day} {first:%B %Y}"
    return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"


def _look(report: Report) -> tuple[Look, ...]:
    hits, searches = report.hits, report.searches
    alarms, of_all = hits.total("alarms"), hits.precision[0]
    right = (
        Look(
            f"{of_all.share:.0%}",
            "of known outcomes confirmed",
            f"{of_all.low:.0%} to {of_all.high:.0%} with 95 % certainty; {of_all.known} known",
        )
        if of_all.known
        else Look("-", "of known outcomes confirmed", "no outcome is known yet")
    )
    out = sum(unit.out_h for unit in report.times.units)
    paused = sum(unit.paused_h for unit in report.times.units)
    return (
        Look(number(report.reads()), "plates read", _kept(report)),
        Look(
            number(hits.total("hits")),
            "hits on a list",
            f"{number(alarms)} alarms, {number(hits.total('verifies'))} to verify",
        ),
        right,
        Look(
            number(searches.total("searches")),
            "searches",
            f"{number(searches.total('refused'))} refused, {number(searches.total('wide'))} wide",
        ),
        Look(
            number(len(report.pauses)),
            "pause" if len(report.pauses) == 1 else "pauses",
            f"{number(round(paused))} hours, over all units",
        ),
        Look(
            number(round(out)), "hours out", plural(len(report.times.outages), "outage", "outages")
        ),
    )


def _kept(report: Report) -> str:
    if not report.rest.hours_kept:
        return "none kept that hit nothing"
    return f"{plural(report.rest.hours_kept, 'hour', 'hours')} of them kept for their set time"


def _plots(report: Report) -> dict[str, plots.Plot]:
    times = report.times
    return {
        "hits": plots.hits_by_day(times.days),
        "reads": plots.reads_by_day(times.days),
        "precision": plots.precision(report.hits.precision),
        "purposes": plots.purposes(report.searches.purposes),
        "timeline": plots.timeline(times.units, times.outages, report.period),
    }


def _tables(report: Report) -> dict[str, list[tuple[str, ...]]]:
    hits, searches, times = report.hits, report.searches, report.times
    told = (
        "hits alarms verifies retracted confirmed misread wrong_vehicle wrong_jurisdiction stale "
        "no_contact unanswered"
    ).split()
    asked = "searches answered refused wide whole kept_reads hits found_reads late".split()
    spent = "watched_h paused_h blind_h out_h unknown_h".split()
    listed = "list issuer versions version entries units oldest_days refused expired".split()
    return {
        "categories": [
            *(_spoken(_row(line, "category", told)) for line in hits.categories),
            ("All", *(number(hits.total(name)) for name in told)),
        ],
        "purposes": [
            *(_spoken(_row(line, "purpose", asked)) for line in searches.purposes),
            ("All", *(number(searches.total(name)) for name in asked)),
        ],
        "refusals": [_spoken((line.reason, number(line.searches))) for line in searches.refusals],
        "lists": [_row(line, "list", listed[1:]) for line in by_list(report.lists)],
        "grants": [
            (one.who, one.what, one.why or "-", _at(one.since), _at(one.until), _at(one.ended))
            for one in report.grants
        ],
        "pauses": [
            (
                one.units,
                _at(one.since),
                _at(one.until),
                _at(one.over),
                one.how,
                plural(one.signers, "person", "people"),
                one.reason or "-",
            )
            for one in report.pauses
        ],
        "outages": [
            (one.unit, _at(one.since), _at(one.until), f"{one.hours:g}", one.why)
            for one in times.outages
        ],
        "units": [
            (one.unit, number(one.reads), *(f"{getattr(one, name):.1f}" for name in spent))
            for one in times.units
        ],
        "rest": _rest(report),
        "chains": [
            (
                one.name,
                one.epoch[:8],
                _at(one.first),
                _at(one.last),
                number(one.rows),
                number(one.missing),
                number(one.erased),
                f"{one.head[:16]}…" if one.head else "-",
            )
            for one in report.chains
        ],
    }


def _rest(report: Report) -> list[tuple[str, ...]]:
    """Return the acts that happened, and how often."""
    found = {words: getattr(report.rest, name) for name, words in _REST.items()}
    rows: list[tuple[str, ...]] = [(words, number(n)) for words, n in found.items() if n]
    if report.pauses_refused:
        rows.append(("Orders to pause, or to lift a pause, refused", number(report.pauses_refused)))
    return rows


def _never(report: Report) -> str:
    """Return the acts that never happened, as words."""
    found = [words for name, words in _REST.items() if not getattr(report.rest, name)]
    return "; ".join(words[0].lower() + words[1:] for words in found)


def _row(line: Any, first: str, names: list[str]) -> tuple[str, ...]:
    return (getattr(line, first), *(_cell(getattr(line, name)) for name in names))


def _spoken(row: tuple[str, ...]) -> tuple[str, ...]:
    """Return a row whose first cell is a word of the house, as people write it."""
    return (row[0].replace("-", " "), *row[1:])


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value or "-"
    return number(value) if isinstance(value, int) else f"{value:.1f}"


def _at(stamp: str) -> str:
    return stamp[:16].replace("T", " ") if stamp else "-"
