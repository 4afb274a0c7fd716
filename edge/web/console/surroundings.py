"""What the console knows of the broker, of the units and of what it had to refuse."""

from dataclasses import dataclass, replace
from typing import Final

from edge.clock import Moment
from edge.messages.wire import clip
from edge.web.console.state import UnitLine

QUIET_S: Final = 5.0  # gaps are judged once nothing has come for so long
_MOST_UNITS: Final = 10_000


@dataclass(slots=True)
class _Refused:
    count: int = 0
    newest: str = ""


class Surroundings:
    """The state that comes with messages rather than from the store; not safe for threads."""

    def __init__(self) -> None:
        self.online = False
        self.broker = "not connected yet"
        self._units: dict[str, UnitLine] = {}
        self._refused = _Refused()
        self._foreign: dict[str, int] = {}
        self._missing: dict[str, int] = {}
        self._quiet_from: Moment | None = None
        self._problems: dict[str, str] = {}

    def connected(self, now: Moment) -> None:
        """Note a connection: what was missed comes now."""
        self.online, self.broker = True, "connected to the broker"
        self._quiet_from = now

    def lost(self, sentence: str) -> None:
        """Note that the connection ended, and why."""
        self.online, self.broker = False, sentence

    def heard(self, unit: str, now: Moment) -> bool:
        """Note that an alert of a unit came; say whether the unit is new."""
        self._quiet_from = now
        return unit not in self._units and self._set(self._unit(unit))

    def status(self, unit: str, state: str, since: str) -> bool:
        """Take the broker's word on whether a unit is there; say whether that is new."""
        return self._set(replace(self._unit(unit), state=state, since=since))

    def health(
        self, unit: str, problems: tuple[str, ...], paused: str = "", visitor: str = ""
    ) -> bool:
        """Take what a unit's health tells; say whether that is new."""
        line = replace(self._unit(unit), problems=problems, paused=paused, visitor=visitor)
        return self._set(line)

    def refuse(self, sentence: str) -> int:
        """Count a message that is forged, foreign or not whole; return how many there were."""
        self._refused.count += 1
        self._refused.newest = clip(sentence, 300)
        return self._refused.count

    def foreign(self, unit: str) -> bool:
        """Count a letter that is sealed to others: it has a number that we shall not see.

        Says whether a gap's sentence changes by it.
        """
        if unit in self._foreign or len(self._foreign) < _MOST_UNITS:
            self._foreign[unit] = self._foreign.get(unit, 0) + 1
        return unit in self._missing

    def problem(self, what: str, sentence: str) -> bool:
        """Set a problem of this console, or clear it with ""; say whether that is new."""
        before = self._problems.get(what, "")
        if sentence:
            self._problems[what] = sentence
        else:
            self._problems.pop(what, None)
        return before != sentence

    def missing(self, found: dict[str, int]) -> bool:
        """Take how many alerts of each unit never came; say whether that is new."""
        before, self._missing = self._missing, found
        return before != found

    def settled(self, now: Moment) -> bool:
        """Say whether we are connected, and have caught up with what the broker kept."""
        return (
            self.online and self._quiet_from is not None and now.since(self._quiet_from) >= QUIET_S
        )

    def gaps(self) -> tuple[str, ...]:
        """Return a sentence for each unit whose alerts are missing."""
        return tuple(self._gap(unit, count) for unit, count in sorted(self._missing.items()))

    def units(self) -> tuple[UnitLine, ...]:
        """Return all units that were heard of, by name."""
        return tuple(
            replace(line, missing=self._missing.get(name, 0))
            for name, line in sorted(self._units.items())
        )

    def problems(self) -> tuple[str, ...]:
        """Return what is wrong here, as sentences."""
        found = [self._problems[what] for what in sorted(self._problems)]
        if self._refused.count:
            found.append(
                f"{self._refused.count} messages were refused as forged, foreign or not whole; the "
                f"newest: {self._refused.newest}"
            )
        return tuple(found)

    def _gap(self, unit: str, count: int) -> str:
        others = self._foreign.get(unit, 0)
        more = f" ({others} of its letters for others than this console)" if others else ""
        alerts = "alert" if count == 1 else "alerts"
        return f"{count} {alerts} of {unit} never came{more}"

    def _unit(self, name: str) -> UnitLine:
        return self._units.get(name) or UnitLine(name, "unknown", "")

    def _set(self, line: UnitLine) -> bool:
        before = self._units.get(line.name)
        if before is None and len(self._units) >= _MOST_UNITS:
            return False
        self._units[line.name] = line
        return before != line
