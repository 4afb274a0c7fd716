"""What the updater sees of the unit: what the daemons say themselves, and what systemd says."""

from dataclasses import replace
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
_ASKED: Final = "Id,UnitFileState,ActiveState,NRestarts,StatusText"
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
        units = self._units()
        health, now = self._health()
        running = [one for one in units if one.get("UnitFileState", "").startswith("enabled")]
        down = tuple(one["Id"] for one in running if one.get("ActiveState") != "active")
        deliver = next((one for one in units if one.get("Id") == f"{DELIVER}.service"), {})
        look = Look(
            at_ns=now.monotonic_ns,
            minute=_minute(now) if self._clock.trusted() else None,
            broker=deliver.get("StatusText", "").startswith(CONNECTED),
            down=down if units else ("systemd",),
            starts=max((int(one.get("NRestarts") or 0) for one in running), default=0),
        )
        if health is None:
            return look
        return replace(
            look,
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

    def _units(self) -> list[dict[str, str]]:
        """Return what systemd says of each daemon; one question for all, for it is often asked."""
        said = self._machine.ask(["systemctl", "show", f"--property={_ASKED}", *_DAEMONS])
        blocks = [one.splitlines() for one in said.split("\n\n")]
        return [dict(line.split("=", 1) for line in one if "=" in line) for one in blocks if one]

    def _health(self) -> tuple[WatchHealth | None, Moment]:
        """Return watch's word and when it was read: it goes on speaking while others are asked."""
        try:
            body = (self._runtime / WATCH_FILE).read_bytes()
        except OSError:
            body = b""
        now = self._clock.now()
        try:
            health = parse_watch(body)
        except MessageError:
            return None, now
        age_s = (now.monotonic_ns - health.made_monotonic_ns) / _NS
        believed = 0 <= age_s < _FRESH_S and not health.stopped_by
        return (health if believed else None), now


def _minute(now: Moment) -> int:
    local = datetime.fromtimestamp(now.utc_ns / _NS, UTC).astimezone()
    return local.hour * 60 + local.minute
