"""A drive-by test on a unit whose watch runs: measured through the technician's glass.

The line reads on, and every alert goes its way. What comes through the glass of other cars has no
text where the law masks plates, so only a plate that is on the list as a test can be measured.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from edge.clock import Clock, Moment
from edge.config import Settings
from edge.errors import ConfigError, MessageError
from edge.hotlist.keeper import HotlistKeeper
from edge.keys.identity import Identity
from edge.messages.health import WatchHealth
from edge.plates.alphabet import CHARACTERS
from edge.records import Category, Pixels
from edge.services.check_camera import running_watch
from edge.services.drive import AFTER_S, Drive, Driven, tell
from edge.services.glass_link import GlassLink
from edge.services.glass_wire import Head, Track
from edge.services.tuning_ring import aim_of, arrays
from edge.vision.aim import Aim

_WAIT_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Pass:
    """What the line made of one pass."""

    text: str
    confidence: float
    reads: int
    first_seen: Moment
    last_seen: Moment


class _Watcher:
    """Takes looks, by the link's thread; keeps what is the test car's."""

    def __init__(self, plate: str, clock: Clock) -> None:
        self._plate = plate
        self._clock = clock
        self._lock = threading.Lock()
        self._passes: dict[int, tuple[_Pass, bool]] = {}
        self._aims: dict[int, Aim] = {}
        self._widest = 0.0
        self.view: Pixels | None = None
        self.newest: Moment | None = None
        self.latency_ms: list[float] = []

    def take(self, head: Head, pixels: bytearray) -> None:
        """Take down what a look says of the test car."""
        now = self._clock.now()
        taken = datetime.fromisoformat(head.at)
        shown, patches = arrays(head, pixels)
        with self._lock:
            for one in head.tracks:
                if one.own and one.text and self._wanted(one.text):
                    self._note(one, now)
            for patch, cut in zip(head.patches, patches, strict=True):
                plate = head.plates[patch.plate]
                if plate.own and plate.track in self._passes:
                    aim = aim_of(plate, cut, patch.x, patch.y)
                    self._measured(plate.track, aim, shown)
                    # to here, through the glass: the line had decided before
                    self.latency_ms.append((now.utc_ns - taken.timestamp() * 1e9) / 1e6)

    def drives(self) -> list[Drive]:
        """Return the passes so far, the first first."""
        with self._lock:
            rows = [(seen, told, self._aims.get(n)) for n, (seen, told) in self._passes.items()]
        rows.sort(key=lambda row: row[0].first_seen.monotonic_ns)
        return [Drive(seen, seen.text, told, aim) for seen, told, aim in rows]

    def _wanted(self, text: str) -> bool:
        own = set(text) <= set(CHARACTERS)
        return own and (not self._plate or text == self._plate)

    def _note(self, one: Track, now: Moment) -> None:
        known = self._passes.get(one.number)
        first = known[0].first_seen if known else now
        if known is None or one.reads > known[0].reads:
            self.newest = now
        alerted = one.why.startswith("alert") or bool(known and known[1])
        self._passes[one.number] = (_Pass(one.text, one.p, one.reads, first, now), alerted)

    def _measured(self, track: int, aim: Aim | None, shown: Pixels) -> None:
        if aim is None:
            return
        best = self._aims.get(track)
        if best is None or aim.width_px > best.width_px:
            self._aims[track] = aim
        if aim.width_px > self._widest:
            self._widest, self.view = aim.width_px, np.array(shown)


def drive_live(
    settings: Settings,
    who: Identity,
    plate: str,
    passes: int,
    limit_s: float,
    clock: Clock,
    stop: threading.Event,
    told: Callable[[str], None],
) -> Driven:
    """Look through the glass until the test car has passed often enough; return what it gave.

    Args:
        who: a technician of the town, whose log-in stands on the unit's chain.
        plate: of the test car; empty: whatever the list in force has in category ``test``.

    Raises:
        ConfigError: watch does not run here.
        GlassError: watch lets this technician not look.
    """
    before = watch_of(settings, clock)
    watcher = _Watcher(plate, clock)
    session = secrets.token_hex(8)
    link = GlassLink(Path(settings.runtime.folder), who, session, watcher.take)
    link.open()
    began, count = clock.now(), 0
    try:
        while not stop.wait(_WAIT_S) and clock.now().since(began) < limit_s:
            count = tell(watcher.drives(), count, passes, told)
            quiet = watcher.newest and clock.now().since(watcher.newest) > AFTER_S
            if count >= passes and quiet:
                break
    finally:
        link.close()
    after = watch_of(settings, clock)
    drives = watcher.drives()
    tell(drives, count, passes, told)
    return Driven(
        drives=drives,
        plates=tuple(sorted({one.plate for one in drives} | ({plate} if plate else set()))),
        view=watcher.view,
        frames=max(0, after.frames_seen - before.frames_seen),
        seconds=(after.made_monotonic_ns - before.made_monotonic_ns) / 1e9,
        dropped=max(0, after.frames_dropped - before.frames_dropped),
        latency_ms=watcher.latency_ms,
        stage_ms=dict(after.stage_ms),
        models=dict(after.models),
        list_version=after.list.version if after.list else "",
    )


def watch_of(settings: Settings, clock: Clock) -> WatchHealth:
    """Return what the watch that runs here last said of itself.

    Raises:
        ConfigError: none runs.
    """
    try:
        watch = running_watch(settings, clock)
    except MessageError as error:
        raise ConfigError(str(error)) from error
    if watch is None:
        raise ConfigError(
            f"watch does not run here (nothing fresh in {settings.runtime.folder}): start it"
            " (systemctl start edge-watch), or leave --technician out to measure without it"
        )
    return watch


def check_live(settings: Settings, plate: str, clock: Clock) -> None:
    """Refuse a test that could see nothing.

    Raises:
        ConfigError: watch does not run, no list is in force, or *plate* is not on it as a test.
    """
    watch_of(settings, clock)
    hotlist = HotlistKeeper(settings.hotlist, clock)
    hotlist.refresh()
    current = hotlist.current
    mend = (
        "put your own plate on the list in category test (a line in the list, or `edge hotlist`),"
        " so that the unit may show it"
    )
    if current is None:
        raise ConfigError(f"no hotlist is in force ({hotlist.problem or 'none is set'}): {mend}")
    if plate and all(one.category is not Category.TEST for one in current.entries(plate)):
        raise ConfigError(f"{plate} is not on the list in force as a test: {mend}")
