"""When a unit asks the server of releases: not before, not all at once, and never given up."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.keys import canonical

LONGEST_S: Final = 86_400  # that a server may send us away for
WRONG: Final = 3  # so often one file may be another than the index says
_FIRST_S: Final = 600  # after the first failure; it doubles up to the setting
_SPREAD_S: Final = 3_600  # over which a town's units come, when all could come at once
_LATE_S: Final = 1_800  # after its time a unit was off, or kept from asking: so were others
_SILENT_S: Final = 3 * 86_400  # without an answer
_AHEAD_S: Final = 300
_EVER_S: Final = 400 * 86_400  # longer ago than that a failure was by a clock that was not set

_Text = Annotated[str, Field(max_length=400)]


class Fetched(canonical.Row):
    """What the fetching process remembers; seconds are UTC.

    Attributes:
        asked: when the server was asked last, and *reached* when it gave an index last.
        due: when it is asked next; *spread* if that was put off so that not all come at once.
        failures: since it last went well; the first was at *since*, the last is *problem*.
        offered: what came of the last index.
        loading: SHA-256 of the file that is on its way, and *mark* the server's word for it.
        wrong: SHA-256 of a file that was another *wrongs* times.
    """

    v: Literal[1] = 1
    asked: int = 0
    reached: int = 0
    due: int = 0
    spread: bool = False
    failures: int = 0
    since: int = 0
    problem: _Text = ""
    offered: _Text = ""
    loading: str = ""
    mark: Annotated[str, Field(max_length=200)] = ""
    wrong: str = ""
    wrongs: int = 0


def share(town: str, unit: str) -> float:
    """Return this unit's place among those of its town, 0..1; the same for ever."""
    mark = hashlib.sha256(f"{town}/{unit}".encode()).digest()
    return int.from_bytes(mark[:4]) / 2**32


def planned(state: Fetched, now: int, every_s: float, window_s: float, place: float) -> Fetched:
    """Return *state*, its next time put off where all units of the town would come now.

    Args:
        window_s: how long the hours are in which is asked.
        place: as :func:`share` returns it.
    """
    if state.due > now + max(LONGEST_S, every_s) or now < state.asked - _AHEAD_S:
        state = state.model_copy(update={"due": now})  # the clock was set back
    if now - state.due <= _LATE_S or state.spread:
        return state
    spread_s = min(_SPREAD_S, every_s, window_s / 2)
    return state.model_copy(update={"due": now + round(place * spread_s), "spread": True})


def went_well(state: Fetched, now: int, offered: str, every_s: float) -> Fetched:
    """Return the state after an answer, and after the file where one was wanted."""
    return state.model_copy(
        update={
            "asked": now,
            "due": now + round(every_s),
            "spread": False,
            "failures": 0,
            "since": 0,
            "problem": "",
            "offered": offered[:400],
            "loading": "",
            "mark": "",
            "wrong": "",
            "wrongs": 0,
        }
    )


def went_wrong(
    state: Fetched, now: int, why: str, every_s: float, place: float, wait_s: int = 0
) -> Fetched:
    """Return the state after a failure; waits double up to *every_s*.

    Args:
        wait_s: that the server asked for.
    """
    bound_s = min(every_s, _FIRST_S * 2 ** min(state.failures, 20))
    return state.model_copy(
        update={
            "asked": now,
            "due": now + max(round(bound_s * (0.5 + place / 2)), min(wait_s, LONGEST_S)),
            "spread": False,
            "failures": state.failures + 1,
            "since": state.since if 0 < now - state.since < _EVER_S else now,
            "problem": why[:400],
        }
    )


def wait_asked(said: str, now: int) -> int:
    """Return the seconds that a ``Retry-After`` asks for; 0 where it says nothing sensible."""
    if said.isdecimal():
        return int(said[:9])
    try:
        until = datetime.strptime(said, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return 0
    return max(0, int(until.timestamp()) - now)


def trouble(state: Fetched, now: int, every_s: float) -> str:
    """Return what is wrong, for a person; empty while it goes well, or was never tried."""
    if state.problem:
        return f"since {_time(state.since)}, {state.failures} times: {state.problem}"
    silent_s = max(_SILENT_S, 4 * every_s)
    if state.reached and now - state.reached > silent_s:
        return f"the server of releases was last reached at {_time(state.reached)}"
    if state.due and not state.asked and now - state.due > silent_s:
        return f"the server was to be asked at {_time(state.due)}, and never was"
    return ""


def overdue(state: Fetched, now: int) -> str:
    """Return what health tells: that nothing was to be had for three days; empty before."""
    since = state.reached or state.since or state.due
    if not since or now - since <= _SILENT_S:
        return ""
    why = f": {state.problem}" if state.problem else ""
    return f"no word of releases since {_time(since)}{why}"


def told(state: Fetched, now: int, every_s: float) -> list[str]:
    """Return how it stands, in lines for a person."""
    if not state.asked:
        return ["the server was not asked yet"]
    lines = [f"last asked {_time(state.asked)}, next not before {_time(state.due)}"]
    reached = f"reached {_time(state.reached)}" if state.reached else "never reached"
    lines.append(f"{reached}; {state.offered}" if state.offered else reached)
    wrong = trouble(state, now, every_s)
    return [*lines, f"failed {wrong}"] if wrong else lines


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
