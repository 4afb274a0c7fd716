"""How figures and times are said on the archive's pages."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from edge.web.archive.contract import ActLine, ChainLine, Tone

_MONTHS: Final = 6
_WORDS: Final = {Tone.GOOD: "well", Tone.WATCH: "look", Tone.BAD: "wrong"}


def ago(stamp: str, now: str) -> str:
    """Return how long before *now* a time was; both RFC 3339, *stamp* may be empty."""
    if not stamp:
        return "never"
    gone = (datetime.fromisoformat(now) - datetime.fromisoformat(stamp)).total_seconds()
    if gone < -5:
        return "in the future"
    return "now" if gone < 5 else f"{length(gone)} ago"


def length(seconds: float) -> str:
    """Return a time as people say it, in its largest unit."""
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size * (1 if size < 86_400 else 2):
            count = int(seconds // size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    count = max(0, int(seconds))
    return f"{count} second{'' if count == 1 else 's'}"


def minute(stamp: str) -> str:
    """Return a time to the minute, UTC: ``2026-11-23 04:05``; empty stays so."""
    return stamp[:16].replace("T", " ")


def number(value: int) -> str:
    """Return a figure with its thousands apart."""
    return f"{value:,}".replace(",", "\u202f")


def word(tone: Tone) -> str:
    """Return what a tone is called; a colour alone tells nothing to many people."""
    return _WORDS[tone]


def months(at: str) -> list[tuple[str, str, str]]:
    """Return name, first day and the day after the last of the last months, the newest first."""
    first = datetime.fromisoformat(at).astimezone(UTC).replace(day=1)
    found = []
    for _ in range(_MONTHS):
        after, first = first, (first - timedelta(days=1)).replace(day=1)
        found.append((f"{first:%B %Y}", f"{first:%Y-%m-%d}", f"{after:%Y-%m-%d}"))
    return found


def chain_page(
    name: str, chain: ChainLine, rows: Sequence[ActLine], before: int, limit: int
) -> Mapping[str, Any]:
    """Return what the page of a chain is made of, with the way to older and newer rows."""
    oldest = rows[-1].number if rows else 0
    newer = before + limit if before else 0
    return {
        "name": name,
        "chain": chain,
        "rows": rows,
        "older": oldest if oldest > 1 else 0,
        "newer": newer if newer <= chain.number else 0,
        "begun": before == 0,
    }


FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "ago": ago,
    "span": length,
    "minute": minute,
    "number": number,
    "word": word,
}
