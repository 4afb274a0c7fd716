"""``edge run tuning``: a page on which a technician sees what this unit's line sees.

It keeps no picture in a file: watch shows it looks while a technician is logged in, and puts each
log-in, each leaving and each change of the settings on the unit's chain; what watch does not put
there is not done.
"""

import os
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Final

from edge.clock import Clock, SystemClock
from edge.config.settings import Settings
from edge.config.tuning import TuningSection
from edge.errors import GlassError, MessageError, WebError
from edge.keys.files import read_public
from edge.keys.keeper import RosterKeeper
from edge.keys.officers import AT_UNIT, OfficerFolder
from edge.keys.x509 import hosts_of
from edge.log import Log
from edge.messages.health import WATCH_FILE, WatchHealth, parse_watch
from edge.services.glass_link import GlassLink
from edge.services.glass_wire import Head
from edge.services.keyring import open_rosters
from edge.services.notify import open_notifier
from edge.services.trial import Asked
from edge.services.tuning_ring import Ring, told
from edge.services.tuning_settings import SettingsRoom
from edge.services.tuning_tries import Journal
from edge.web.console.officers import ConsoleOfficers
from edge.web.serve import Server
from edge.web.tuning.app import TuningPages
from edge.web.tuning.contract import Entered

OFFICERS: Final = "officers"
_WAIT_S: Final = 0.5
_LOOK_S: Final = 3.0
_LEFT_S: Final = 30.0  # a page that asks for nothing so long was closed
_OLD_S: Final = 10.0
_NICE: Final = 10
_THROTTLED: Final = Path("/sys/devices/platform/soc/soc:firmware/get_throttled")
_log: Final = Log("edge.tuning")


class TuningRoom:
    """See :class:`edge.web.tuning.contract.TuningDesk`; one technician at a time."""

    def __init__(
        self, settings: Settings, rosters: RosterKeeper, clock: Clock, panel: SettingsRoom
    ) -> None:
        self.unit = settings.unit.name
        self._runtime = Path(settings.runtime.folder)
        self._section = settings.tuning
        self._clock = clock
        self._panel = panel
        self._journal = Journal()
        self._officers = ConsoleOfficers(
            OfficerFolder(Path(settings.tuning.folder) / OFFICERS, roles=AT_UNIT),
            self._journal,
            rosters,
            clock,
            settings.tuning.session_timeout_s,
            AT_UNIT,
        )
        self._ring = Ring(clock)
        self._lock = threading.RLock()
        self._token = ""
        self._link: GlassLink | None = None
        self._asked = clock.now()

    @property
    def speed_kmh(self) -> float:
        """What is posted there."""
        return self._section.speed_kmh

    @property
    def idle_s(self) -> float:
        """For how long nobody has been logged in."""
        return 0.0 if self._token else self._clock.now().since(self._asked)

    def names(self) -> Sequence[str]:
        """Return those who have keys on this machine."""
        return self._officers.names()

    def log_in(self, name: str, password: str) -> Entered:
        """Check a password, be let in by watch, and begin the one session.

        Raises:
            KeysError: the person's file is damaged, or others may read it.
        """
        came = self._officers.log_in(name, password)
        session = self._officers.session(came.token) if came.token else None
        if session is None:
            return Entered(refused=came.refused, wait_s=came.wait_s)
        with self._lock:
            self._leave()
            link = GlassLink(self._runtime, session.identity, session.mark, self._take)
            try:
                link.open()
            except GlassError as error:
                self._officers.lock(came.token)
                return Entered(refused=str(error))
            self._token, self._link, self._asked = came.token, link, self._clock.now()
        return Entered(came.token)

    def visitor(self, token: str, *, active: bool = True) -> str:
        """Return who has this cookie; empty when the session ended."""
        if not token or token != self._token:
            return ""
        session = self._officers.session(token, active=active)
        if session is None:
            return ""
        self._asked = self._clock.now()
        return session.officer

    def log_out(self, token: str) -> None:
        """End the session; nothing of what was seen is left."""
        with self._lock:
            if token and token == self._token:
                self._leave()

    def look(
        self, after: int, number: int, speed_kmh: float, aim: tuple[int, int] | None = None
    ) -> dict[str, Any]:
        """Return how the unit does, and a look."""
        self._ring.aim_at(aim)
        health = self._health()
        if health is not None and health.paused is not None:
            self._ring.clear()  # the town wants nothing seen now
        one = self._ring.kept(number) if number else self._ring.look(after, _LOOK_S)
        oldest, newest = self._ring.span()
        link = self._link
        return {
            "look": told(one, speed_kmh) if one else None,
            "oldest": oldest,
            "newest": newest,
            "problem": link.problem if link else "",
            "zones": one.head.zones.model_dump(mode="json") if one else None,
            "vitals": _vitals(health),
        }

    def picture(self, number: int) -> bytes | None:
        """Return the JPEG of a look of the last minute."""
        one = self._ring.kept(number)
        return one.jpeg if one else None

    def sweep(self) -> None:
        """End a session that timed out, or whose page was closed; tell watch who was refused."""
        self._officers.sweep()
        self._panel.settle()
        with self._lock:
            self._journal.tell(self._runtime, self._link)
            if not self._token:
                return
            left = self._clock.now().since(self._asked) > _LEFT_S
            if left or self._officers.session(self._token, active=False) is None:
                self._leave()

    def close(self) -> None:
        """End the session."""
        with self._lock:
            self._leave()

    def _take(self, head: Head, pixels: bytearray) -> None:
        self._panel.minute.take(head, pixels)
        self._ring.take(head, pixels)

    def _leave(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._token:
            self._officers.lock(self._token)
            self._token = ""
        self._ring.clear()
        self._panel.forget()

    def _health(self) -> WatchHealth | None:
        """Return what watch last said of itself; None while it says nothing."""
        try:
            health = parse_watch((self._runtime / WATCH_FILE).read_bytes())
        except (OSError, MessageError):
            return None  # the page says that watch is silent
        age_s = (self._clock.now().monotonic_ns - health.made_monotonic_ns) / 1e9
        return health if 0 <= age_s < _OLD_S else None


def _vitals(health: WatchHealth | None) -> dict[str, Any] | None:
    if health is None:
        return None
    return {
        "frames_per_s": health.frames_per_s,
        "dropped": health.frames_dropped,
        "temperature_c": health.temperature_c,
        "throttled": _throttled(),
        "stage_ms": health.stage_ms,
        "source": health.source_state,
        "source_problem": health.source_problem,
        "paused_until": health.paused.until if health.paused else "",
        "list": health.list.version if health.list else "",
        "remote": health.remote.sentence if health.remote else "",
    }


def _throttled() -> str:
    """Return what the Pi's firmware says of its power and heat; empty where nobody can say."""
    try:
        bits = int(_THROTTLED.read_text("ascii").strip(), 16)
    except (OSError, ValueError):
        return ""
    words = {0: "under-voltage", 1: "clock held down", 2: "throttled", 3: "too warm"}
    return ", ".join(word for bit, word in words.items() if bits >> bit & 1) or "no"


def run_tuning(
    settings: Settings,
    stop: threading.Event,
    asked: Asked | None = None,
    clock: Clock | None = None,
    ready: Callable[[int], None] = lambda _port: None,
) -> None:
    """Serve the technician's page until *stop* is set.

    Args:
        asked: where the settings come from, which the page changes; None where it may not.
        ready: called with the page's port once it is served.

    Raises:
        ConfigError: the roster is missing or wrong.
        WebError: the page cannot be served.
    """
    clock = clock or SystemClock(settings.clock.trust)
    rosters = open_rosters(Path(settings.keys.folder), clock, "unit", settings.unit.town)
    os.nice(_NICE)  # a page must not take time from the reading
    asked = asked or Asked([], None, threading.Event())
    panel = SettingsRoom(asked.files, asked.trials, clock)
    room = TuningRoom(settings, rosters, clock, panel)
    section = settings.tuning
    pages = TuningPages(room, panel, hosts(section), bool(section.certificate_file))
    server = _server(section, pages)
    notifier = open_notifier(clock)
    port = server.start()
    try:
        _log.info("the technician's page is served", port=port, address=section.address)
        notifier.ready()
        ready(port)
        while not stop.wait(_WAIT_S):
            rosters.refresh()
            room.sweep()
            if not server.alive():
                raise WebError("the page's server ended; start it again")
            notifier.watchdog()
            if 0 < section.ends_after_s < room.idle_s:
                _log.info("nobody was logged in for long: the page is served no more")
                break
    finally:
        notifier.stopping()
        room.close()
        server.stop()


def hosts(section: TuningSection) -> Collection[str]:
    """Return the names under which the page may be asked for: its address, its certificate's."""
    found = {"localhost", "127.0.0.1", "::1", section.address.lower()}
    if section.certificate_file:
        found |= {one.lower() for one in hosts_of(read_public(Path(section.certificate_file)))}
    return found - {"0.0.0.0", "::"}  # noqa: S104 - no name to ask for


def _server(section: TuningSection, pages: TuningPages) -> Server:
    certificate = Path(section.certificate_file) if section.certificate_file else None
    key = Path(section.key_file) if section.key_file else None
    return Server(pages.app, section.address, section.port, certificate, key)
