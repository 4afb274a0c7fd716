"""What the updater sees of the unit: what the daemons say themselves, and what systemd says."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from edge.clock import Clock, Moment
from edge.errors import MessageError
from edge.messages.health import WATCH_FILE, WatchHealth, parse_watch
from edge.policy.updating import Look
from edge.services.check_daemons import CONNECTED, DELIVER
from edge.services.machine import Machine

_DAEMONS: Final = ("edge-watch", DELIVER, "edge-search")
_FRESH_S: Final = 5.0
_NS: Final = 1_000_000_000


class Eyes(Protocol):
    """How a unit is looked at."""

    def look(self) -> Look:
        """Return what is seen now."""

    def boot(self) -> str:
        """Return what names this start of the machine."""


class UnitEyes:
    """Looks at this machine.

    Args:
        runtime: ``runtime.folder``, where watch tells how it does.
    """

    def __init__(self, runtime: Path, machine: Machine, clock: Clock) -> None:
        self._runtime = runtime
        self._machine = machine
        self._clock = clock

    def look(self) -> Look:
        """Return what is seen now; a daemon that says nothing is seen as saying nothing."""
        now = self._clock.now()
        down, starts = self._daemons()
        look = Look(
            at_ns=now.monotonic_ns,
            minute=_minute(now) if self._clock.trusted() else None,
            broker=self._ask(DELIVER, "StatusText").startswith(CONNECTED),
            down=down,
            starts=starts,
        )
        health = self._health(now)
        if health is None:
            return look
        return Look(
            at_ns=look.at_ns,
            minute=look.minute,
            broker=look.broker,
            down=down,
            starts=starts,
            software=health.software,
            began_ns=health.made_monotonic_ns - round(health.uptime_s * _NS),
            frames=health.frames_seen,
            camera=health.source_state == "delivering",
            passes=health.sightings,
            tracks=health.tracks,
            paused=health.paused is not None,
        )

    def boot(self) -> str:
        """Return what names this start of the machine."""
        return self._machine.word(self._machine.proc / "sys/kernel/random/boot_id") or ""

    def _daemons(self) -> tuple[tuple[str, ...], int]:
        """Return which daemons should run and do not, and the most restarts of any."""
        down, most = [], 0
        for unit in _DAEMONS:
            if self._ask(unit, "UnitFileState").startswith("enabled"):
                if self._ask(unit, "ActiveState") != "active":
                    down.append(unit)
                count = self._ask(unit, "NRestarts")
                most = max(most, int(count) if count.isdigit() else 0)
        return tuple(down), most

    def _ask(self, unit: str, what: str) -> str:
        return self._machine.ask(["systemctl", "show", unit, f"--property={what}", "--value"])

    def _health(self, now: Moment) -> WatchHealth | None:
        try:
            health = parse_watch((self._runtime / WATCH_FILE).read_bytes())
        except (OSError, MessageError):
            return None
        age_s = (now.monotonic_ns - health.made_monotonic_ns) / _NS
        return health if 0 <= age_s < _FRESH_S and not health.stopped_by else None


def _minute(now: Moment) -> int:
    local = datetime.fromtimestamp(now.utc_ns / _NS, UTC).astimezone()
    return local.hour * 60 + local.minute
