"""Watch's own health, from frames actually seen, written to memory for deliver to publish."""

import fcntl
import os
from pathlib import Path
from typing import Literal

from edge import __version__
from edge.clock import Clock, Moment
from edge.errors import StoreError
from edge.hotlist.keeper import HotlistKeeper
from edge.log import Log
from edge.messages.health import (
    WATCH_FILE,
    ListHealth,
    PauseHealth,
    QualityHealth,
    WatchHealth,
    watch_bytes,
)
from edge.messages.wire import clip, rfc3339
from edge.pipeline import Line
from edge.policy.pauses import Ordered
from edge.policy.quality import Quality
from edge.records import ListVersion
from edge.services.capture import Capture
from edge.services.drift import ViewWatch
from edge.services.heads import HeadFile
from edge.services.led import Led, Shown
from edge.services.order_inbox import OrderFolder
from edge.services.pause import PauseKeeper, told_pause
from edge.services.quality_file import write_hours
from edge.services.reads import ReadKeeper
from edge.services.record import Record
from edge.services.reload import Reload
from edge.services.sealer import Sealer
from edge.services.sight import Sight
from edge.services.tunnel_gate import TunnelGate
from edge.sources.base import Source, SourceState
from edge.sources.gps import Gps
from edge.sources.mailbox import Mailbox
from edge.store import Store
from edge.store.room import Room

_EVERY_S = 1.0
_THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")
_STATM = Path("/proc/self/statm")
SERVICE = Path("/run/edge-service/open")  # is there while the unit's own Wi-Fi is open
_THINKABLE_C = (-60.0, 150.0)
_log = Log("edge.vitals")


class Vitals:
    """Writes ``watch.json`` about once a second, whether or not frames come.

    Args:
        folder: on tmpfs, so that no flash block wears out and nothing outlives a reboot.
        gate: knows which technician has come in through the broker.
    """

    def __init__(
        self,
        *,
        folder: Path,
        clock: Clock,
        source: Source,
        mailbox: Mailbox | Capture,
        line: Line,
        hotlist: HotlistKeeper,
        store: Store,
        sealer: Sealer,
        heads: HeadFile,
        gps: Gps | None = None,
        orders: OrderFolder | None = None,
        pause: PauseKeeper | None = None,
        record: Record | None = None,
        reads: ReadKeeper | None = None,
        led: Led | None = None,
        service: Path = SERVICE,
        view: ViewWatch | None = None,
        sight: Sight | None = None,
        reload: Reload | None = None,
        gate: TunnelGate | None = None,
    ) -> None:
        self._file = folder / WATCH_FILE
        self._clock = clock
        self._source = source
        self._mailbox = mailbox
        self._line = line
        self._hotlist = hotlist
        self._store = store
        self._sealer = sealer
        self._heads = heads
        self._orders = orders
        self._pause = pause
        self._record = record
        self._reads = reads
        self._led = led
        self._service = service
        self._view = view
        self._sight = sight
        self._reload = reload
        self._gate = gate
        self._gps = gps
        self._began = clock.now()
        self._written: Moment | None = None
        self._frames_then = 0
        self._passes_told = -1
        self._failing = False
        self._door: int | None = None

    @property
    def sentence(self) -> str:
        """How it goes, for ``systemctl status``."""
        paused = self._pause.current if self._pause else None
        return told_pause(paused) if paused else self._source.state.detail

    def start(self) -> None:
        """Make the folder if it is missing, keep others out, and write for the first time.

        Two watches on one store would tell each car twice, under two numbers.

        Raises:
            StoreError: this user cannot write there, or another watch runs.
        """
        folder = self._file.parent
        mend = "set runtime.folder to a folder on tmpfs that this user may write"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be made: {error.strerror}; {mend}") from error
        if not os.access(folder, os.W_OK | os.X_OK):
            raise StoreError(f"{folder}: cannot be written; {mend}")
        self._door = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)  # the lock ends with the process
        try:
            fcntl.flock(self._door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._leave()
            raise StoreError(
                f"{folder}: another watch runs here; end it first (systemctl stop edge-watch)"
            ) from error
        self.write()

    def write(self) -> None:
        """Write the file if it is due.

        A failure ends nothing: alerts matter more than figures, and deliver tells that watch does
        not report.
        """
        now = self._clock.now()
        if self._written is not None and now.since(self._written) < _EVERY_S:
            return
        health = self._health(now)
        self._light(health)
        self._put(health)

    def end(self, stopped_by: str = "") -> None:
        """Write for the last time.

        Args:
            stopped_by: what broke; empty when the end was asked for, or the recording's.
        """
        health = self._health(self._clock.now())
        last = {"source_state": "ended", "source_problem": "", "stopped_by": clip(stopped_by, 400)}
        if self._led is not None:
            self._led.show(Shown.TROUBLE if stopped_by else Shown.DARK)
        self._put(health.model_copy(update=last))
        self._leave()

    def _light(self, health: WatchHealth) -> None:
        if self._led is None:
            return
        if health.paused is not None:
            self._led.show(Shown.PAUSED)
        elif self._service.exists():  # who stands below has asked for it, and sees the rest there
            self._led.show(Shown.SERVICE)
        else:
            well = health.source_state == "delivering"
            self._led.show(Shown.WATCHING if well else Shown.TROUBLE)

    def _leave(self) -> None:
        if self._door is not None:
            os.close(self._door)
            self._door = None

    def _put(self, health: WatchHealth) -> None:
        self._written = self._clock.now()
        self._frames_then = health.frames_seen
        draft = self._file.with_suffix(".new")
        try:
            draft.write_bytes(watch_bytes(health))
            draft.replace(self._file)
            self._heads.write(self._written)
            if health.sightings != self._passes_told:
                write_hours(self._file.parent, self._line.quality.hours)
                self._passes_told = health.sightings
        except (OSError, StoreError) as error:
            if not self._failing:
                _log.warning("health cannot be written", file=self._file, why=error)
            self._failing = True
            return
        self._failing = False

    def _health(self, now: Moment) -> WatchHealth:
        tally, state, room = self._line.tally, self._source.state, self._room()
        span_s = now.since(self._written or self._began)
        fresh = tally.frames - self._frames_then
        age_s = now.since(state.last_frame) if state.last_frame else None
        list_version = self._hotlist.current.version if self._hotlist.current else None
        updates = self._record.updates if self._record else None
        return WatchHealth(
            made_at=now.iso(),
            made_monotonic_ns=now.monotonic_ns,
            uptime_s=round(now.since(self._began), 3),
            frames_seen=tally.frames,
            frames_per_s=round(fresh / span_s, 2) if span_s > 0 else 0.0,
            frames_dropped=self._mailbox.dropped,
            last_frame_age_s=None if age_s is None else round(max(0.0, age_s), 3),
            source_state=_source_state(state),
            source_problem="" if state.up else state.detail,
            gate_shares={
                reason: round(count / tally.frames, 4) for reason, count in tally.gated.items()
            },
            tracks=self._line.tracks,
            sightings=tally.sightings,
            alerts=tally.alerts,
            stage_ms={stage: round(spent, 3) for stage, spent in tally.stage_ms.items()},
            list=_list_health(list_version, now),
            list_problem=self._hotlist.problem,
            silent_reason=self._line.silent_reason,
            models=dict(self._line.models),
            store_free_mb=room.free_mb,
            store_pictures=room.pictures,
            store_problem=self._store_problem(room),
            keys_problem=self._sealer.problem,
            place_problem=self._gps.problem if self._gps else "",
            clock_trusted=self._clock.trusted(),
            temperature_c=temperature_c(),
            memory_mb=_memory_mb(),
            roster=self._sealer.roster_number,
            orders=self._orders.told if self._orders else (),
            stopped_by="",
            paused=_pause_health(self._pause.current) if self._pause else None,
            pause_problem=clip(self._pause.problem, 400) if self._pause else "",
            reads_problem=clip(self._reads.problem, 400) if self._reads else "",
            view_problem=clip(self._view.problem, 400) if self._view else "",
            quality=_quality_health(self._line.quality),
            sight_problem=self._sight_problem(state),
            settings=self._reload.digest if self._reload else "",
            settings_problem=clip(self._reload.problem, 400) if self._reload else "",
            software=__version__,
            update=updates.health if updates else None,
            update_problem=clip(updates.problem, 400) if updates else "",
            remote=self._gate.remote if self._gate else None,
        )

    def _sight_problem(self, state: SourceState) -> str:
        if self._sight is None:
            return ""
        paused = self._pause is not None and self._pause.current is not None
        return clip(self._sight.look(delivering=state.up and not paused), 400)

    def _store_problem(self, room: Room) -> str:
        record = self._record.problem if self._record else ""
        return clip("; ".join(one for one in (room.problem, record) if one), 400)

    def _room(self) -> Room:
        try:
            return self._store.room()
        except OSError as error:
            problem = f"the disk of the store does not answer: {error.strerror}"
            return Room(free_mb=0, pictures=False, reserve=False, problem=problem)


def _source_state(state: SourceState) -> Literal["starting", "delivering", "lost"]:
    if state.up:
        return "delivering"
    return "lost" if state.frames else "starting"


def _list_health(version: ListVersion | None, now: Moment) -> ListHealth | None:
    if version is None:
        return None
    age_s = now.utc_ns / 1e9 - version.issued.timestamp()
    return ListHealth(
        version=clip(version.version, 80),
        issued=rfc3339(version.issued),
        entries=version.entries,
        age_s=round(age_s, 3),
    )


def _quality_health(quality: Quality) -> QualityHealth | None:
    if not quality.hours:
        return None
    newest = quality.hours[-1]
    whole = newest.whole
    return QualityHealth(
        since=Moment(newest.hour * 3600 * 1_000_000_000, 0).iso(),
        passes=whole.passes,
        lanes=tuple(one.passes for one in newest.lanes),
        reads=whole.reads,
        agreement=round(whole.agreement or 0.0, 4),
        doubt_bits=round(max(0.0, whole.doubt or 0.0), 4),
        well_formed=round(whole.well_formed or 0.0, 4),
    )


def _pause_health(one: Ordered | None) -> PauseHealth | None:
    if one is None:
        return None
    return PauseHealth(
        number=one.number,
        scope=clip(one.scope, 400),
        since=rfc3339(one.since),
        until=rfc3339(one.until),
        reason=one.reason,
        signer=one.signer,
    )


def temperature_c() -> float | None:
    """Return the processor's temperature; None on machines whose sensor is missing or mad."""
    try:
        celsius = int(_THERMAL.read_text("ascii")) / 1000.0
    except (OSError, ValueError):  # some sensors answer only while the machine pleases
        return None
    return celsius if _THINKABLE_C[0] <= celsius <= _THINKABLE_C[1] else None


def _memory_mb() -> int:
    """Return this process's resident memory."""
    pages = int(_STATM.read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000
