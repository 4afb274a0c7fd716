"""Is the door to the tuning page through the broker open, and as the settings say?"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.keys.roles import Role
from edge.keys.trust import open_roster
from edge.services.check_camera import running_watch
from edge.services.finding import Finding, bad, good
from edge.services.machine import Machine
from edge.services.tunnel_wire import SOCKET

_MEND: Final = "or close the door: tuning.remote = false in site.toml"


def check_remote(settings: Settings, clock: Clock, machine: Machine) -> Finding:
    """Tell who may come in through the broker; fail where the door is wanted and does not work.

    Raises:
        KeysError: the roster cannot be read.
        MessageError: watch's word cannot be understood.
    """
    section = settings.tuning
    if not (Path(settings.runtime.folder) / SOCKET).exists():
        return bad(
            "remote",
            "tuning.remote is true, and the running watch lets nobody in: it began without it",
            f"systemctl restart edge-watch, {_MEND}",
        )
    if machine.systemd:
        active = machine.ask(["systemctl", "is-active", "edge-tunnel"]) or "not known to systemd"
        if active != "active":
            return bad(
                "remote",
                f"tuning.remote is true, and edge-tunnel is {active}: no technician can come in",
                f"systemctl enable --now edge-tunnel, {_MEND}",
            )
    watch = running_watch(settings, clock)
    remote = watch.remote if watch else None
    roster = open_roster(Path(settings.keys.folder))
    at = roster.no_earlier(datetime.fromtimestamp(clock.now().utc_ns / 1e9, UTC))
    names = ", ".join(one.name for one in roster.recipients(Role.TECHNICIAN, at)) or "nobody"
    return good(
        "remote",
        f"a door is OPEN: through the broker the tuning page is reached by {names} (roster "
        f"{roster.sequence}), one at a time, for {section.remote_minutes} min or "
        f"{section.remote_mb} MB each, at {section.remote_kbit_s} kbit/s"
        + (f"; now {remote.sentence}" if remote and remote.who else ""),
    )
