"""What is left of purged alerts, and what cases hold: lines without a plate."""

from typing import Final

from edge.store.console import ConsoleStore
from edge.web.console.state import RecordLine

_MOST: Final = 20


def record(store: ConsoleStore) -> tuple[RecordLine, ...]:
    """Return a line for each of the newest misreads, and for each alert that a case holds."""
    held = [
        RecordLine(one.alert, "held", f"held for case {one.case} until {one.until}")
        for one in store.holds.standing()
    ]
    misread = [
        RecordLine(one.alert, "misread", _sentence(one.officer, one.at, done=one.done))
        for one in store.purges.newest(_MOST)
    ]
    return (*held, *misread)


def _sentence(officer: str, at: str, *, done: bool) -> str:
    said = f"misread, said {officer} at {at}"
    return f"{said}: plate and picture are erased" if done else f"{said}: erased when its case ends"
