"""How old a list is, as far as a unit can know, and what its age allows.

Three things speak of time: the clock, believed only when something trustworthy has set it; the
list's own dates; and how long this process has held the list, by a clock that never jumps. An age
is never less than the last one. A clock that goes back while it is trusted is contradicted by it,
and a contradiction is told as such, never settled by a guess.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from edge.clock import Moment
from edge.config.policy import PolicySection
from edge.records import Entry, Gate, GateResult, ListVersion

_CLOCK_SLACK_S = 300.0  # a list may be dated this far ahead of a clock that is right
_SLACK = timedelta(seconds=_CLOCK_SLACK_S)
_DAY = timedelta(days=1)  # entries have dates, in the zone of whoever entered them


@dataclass(frozen=True, slots=True)
class Age:
    """What is known of a list's age.

    Attributes:
        seconds: by the clock; negative when the list is dated in the future.
        held_s: how long this process has held it: it is at least so old, whatever the clock says.
        set_back_s: how far the clock, trusted, has gone back since this process first met the list.
    """

    seconds: float
    held_s: float
    set_back_s: float
    trusted: bool

    @property
    def least_s(self) -> float:
        """The age that is certain."""
        return max(self.held_s, self.seconds if self.trusted else 0.0)


class Ages:
    """The age of the list in force, watched while it is held."""

    def __init__(self) -> None:
        self._version = ""
        self._met: Moment | None = None
        self._believed: Moment | None = None

    def of(self, version: ListVersion, now: Moment, *, clock_trusted: bool) -> Age:
        """Return the age of *version* at *now*; another version than last time begins anew."""
        if version.version != self._version or self._met is None:
            self._version, self._met, self._believed = version.version, now, None
        if clock_trusted and self._believed is None:
            self._believed = now
        set_back_s = 0.0
        if clock_trusted and self._believed is not None:
            by_clock = (now.utc_ns - self._believed.utc_ns) / 1e9
            set_back_s = max(0.0, now.since(self._believed) - by_clock)
        held_s = max(0.0, now.since(self._met))
        return Age(age_s(version, now), held_s, set_back_s, clock_trusted)


def age_s(version: ListVersion, now: Moment) -> float:
    """Return how old a list is by the clock, in seconds; negative when it is dated after *now*."""
    return now.utc_ns / 1e9 - version.issued.timestamp()


def age_at(version: ListVersion, now: Moment, *, clock_trusted: bool) -> Age:
    """Return the age of a list that was not held before."""
    return Age(age_s(version, now), 0.0, 0.0, clock_trusted)


def dead(entry: Entry, version: ListVersion, age: Age, now: Moment) -> bool:
    """Say whether an entry has expired by the clock, or by its list's own date in any case.

    Of an entry that only a clock that is not set calls expired, nothing is told either.
    """
    return entry.expired(_utc(now)) or entry.expired(_not_before(version, age))


def silence(
    version: ListVersion,
    policy: PolicySection,
    now: Moment,
    *,
    clock_trusted: bool,
    age: Age | None = None,
) -> str:
    """Return why nothing is published from this list; empty when alerts may go out.

    A clock that is not set cannot make a list too old: that makes every alert ``verify``. How long
    the list has been held can.
    """
    age = age or age_at(version, now, clock_trusted=clock_trusted)
    certain = max(_not_before(version, age), _utc(now)) if clock_trusted else None
    if version.expires is not None and (certain or _not_before(version, age)) >= version.expires:
        return (
            f"the hotlist {version.version} ended on {_day(version.expires)} by its own date; "
            "nothing is published: install a newer list"
        )
    if version.valid_from is not None and certain and certain + _SLACK < version.valid_from:
        return (
            f"the hotlist {version.version} is valid only from {_day(version.valid_from)} on; "
            "nothing is published: check the clock, or install the list that holds today"
        )
    if age.least_s < policy.silent_list_age_s:
        return ""
    return (
        f"the hotlist {version.version} is {span(age.least_s)} old; from "
        f"{span(policy.silent_list_age_s)} on nothing is published: install a newer list"
    )


def list_gate(
    entry: Entry,
    version: ListVersion,
    age: Age,
    policy: PolicySection,
    now: Moment,
    twins: tuple[str, ...] = (),
) -> Gate:
    """Say whether list and entry are fresh, by a clock that can be believed, and clear.

    Args:
        twins: other listed plates that look the same as the entry's.
    """
    if dead(entry, version, age, now):
        return _fail(f"The entry expired on {_day(entry.expires)}.")
    if age.least_s >= policy.verify_list_age_s:
        return _fail(
            f"The list is {span(age.least_s)} old, {span(policy.verify_list_age_s)} is the limit: "
            "ask whether the entry still holds."
        )
    if version.doubt:
        return _fail(f"The list {version.doubt}: ask its owner whether the entry still holds.")
    if doubt := _doubt(entry, age, now):
        return Gate("list", GateResult.UNKNOWN, doubt)
    if twins:
        return _fail(
            f"The list has {', '.join(twins[:3])} too, which looks the same as {entry.plate}: "
            "ask its owner which car is meant."
        )
    return Gate("list", GateResult.PASS, f"The list is {span(max(0.0, age.seconds))} old.")


def _doubt(entry: Entry, age: Age, now: Moment) -> str:
    """Return why the time cannot be relied on; empty when it can."""
    if not age.trusted:
        return (
            "This unit's clock is not set: whether list and entry still hold cannot be said; "
            f"the list has been here for {span(age.held_s)}."
        )
    if age.set_back_s > _CLOCK_SLACK_S:
        return (
            f"This unit's clock was set back by {span(age.set_back_s)} since the list came: "
            "whether it still holds cannot be said."
        )
    if age.seconds < -_CLOCK_SLACK_S:
        return "The list is dated in the future: whether it holds cannot be said."
    if entry.entered > _utc(now) + _DAY:
        return f"The entry is dated {_day(entry.entered)}, in the future: ask its owner."
    return ""


def span(seconds: float) -> str:
    """Return a time span as a person says it."""
    hours = seconds / 3600.0
    if hours < 1.0:
        return f"{seconds / 60.0:.0f} min"
    return f"{hours:.0f} h" if hours < 72.0 else f"{hours / 24.0:.0f} days"


def _not_before(version: ListVersion, age: Age) -> datetime:
    """Return a moment that has passed for certain: the list was made, and has been held since.

    A list that is dated after a clock that is right says nothing.
    """
    if age.trusted and age.seconds < -_CLOCK_SLACK_S:
        return datetime.min.replace(tzinfo=UTC)
    return version.issued + timedelta(seconds=age.held_s)


def _fail(sentence: str) -> Gate:
    return Gate("list", GateResult.FAIL, sentence)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _utc(now: Moment) -> datetime:
    return datetime.fromtimestamp(now.utc_ns / 1e9, UTC)
