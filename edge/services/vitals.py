"""Watch's own health, from frames actually seen, written to memory for deliver to publish."""

import os
from pathlib import Path

from edge.clock import Clock, Moment
from edge.errors import StoreError
from edge.hotlist.keeper import HotlistKeeper
from edge.messages.health import WATCH_FILE, ListHealth, SourceState, WatchHealth, watch_bytes
from edge.messages.wire import rfc3339
from edge.pipeline import Line
from edge.records import ListVersion
from edge.sources.base import Source
from edge.sources.mailbox import Mailbox
from edge.store import Store

_EVERY_S = 1.0
_THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")
_STATM = Path("/proc/self/statm")


class Vitals:
    """Writes ``watch.json`` about once a second, whether or not frames come.

    Args:
        folder: on tmpfs, so that no flash block wears out and nothing outlives a reboot.
    """

    def __init__(
        self,
        *,
        folder: Path,
        clock: Clock,
        source: Source,
        mailbox: Mailbox,
        line: Line,
        hotlist: HotlistKeeper,
        store: Store,
    ) -> None:
        self._file = folder / WATCH_FILE
        self._clock = clock
        self._source = source
        self._mailbox = mailbox
        self._line = line
        self._hotlist = hotlist
        self._store = store
        self._began = clock.now()
        self._written: Moment | None = None
        self._frames_then = 0

    def start(self) -> None:
        """Make the folder.

        Raises:
            StoreError: it cannot be made.
        """
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{self._file.parent}: cannot be made: {error.strerror}; "
                "set runtime.folder to a folder on tmpfs that this user may write"
            ) from error

    def write(self, *, ended: bool = False) -> None:
        """Write the file if it is due, or at the end.

        Raises:
            StoreError: it cannot be written.
        """
        now = self._clock.now()
        if self._written is not None and now.since(self._written) < _EVERY_S and not ended:
            return
        body = watch_bytes(self._health(now, ended))
        draft = self._file.with_suffix(".new")
        try:
            draft.write_bytes(body)
            draft.replace(self._file)
        except OSError as error:
            raise StoreError(f"{self._file}: cannot be written: {error.strerror}") from error
        self._written = now
        self._frames_then = self._line.tally.frames

    def _health(self, now: Moment, ended: bool) -> WatchHealth:
        tally, state, room = self._line.tally, self._source.state, self._store.room()
        span_s = now.since(self._written or self._began)
        fresh = tally.frames - self._frames_then
        age_s = now.since(state.last_frame) if state.last_frame else None
        list_version = self._hotlist.current.version if self._hotlist.current else None
        return WatchHealth(
            made_at=now.iso(),
            made_monotonic_ns=now.monotonic_ns,
            uptime_s=round(now.since(self._began), 3),
            frames_seen=tally.frames,
            frames_per_s=round(fresh / span_s, 2) if span_s > 0 else 0.0,
            frames_dropped=self._mailbox.dropped,
            last_frame_age_s=None if age_s is None else round(max(0.0, age_s), 3),
            source_state=self._source_state(ended),
            source_problem="" if state.up or ended else state.detail,
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
            store_problem=room.problem,
            clock_trusted=self._clock.trusted(),
            temperature_c=_temperature_c(),
            memory_mb=_memory_mb(),
        )

    def _source_state(self, ended: bool) -> SourceState:
        state = self._source.state
        if ended:
            return "ended"
        if state.up:
            return "delivering"
        return "lost" if state.frames else "starting"


def _list_health(version: ListVersion | None, now: Moment) -> ListHealth | None:
    if version is None:
        return None
    age_s = now.utc_ns / 1e9 - version.issued.timestamp()
    return ListHealth(
        version=version.version,
        issued=rfc3339(version.issued),
        entries=version.entries,
        age_s=round(age_s, 3),
    )


def _temperature_c() -> float | None:
    """Return the processor's temperature; None on machines that have no such sensor."""
    if not _THERMAL.exists():
        return None
    return int(_THERMAL.read_text("ascii")) / 1000.0


def _memory_mb() -> int:
    """Return this process's resident memory."""
    pages = int(_STATM.read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000
