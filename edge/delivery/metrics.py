"""The only door to prometheus_client: figures of this unit for the town's monitoring.

Counts and ages, nothing of any plate, category or person, and no labels. Served on loopback alone;
an agent of the town carries them on. What is not known is NaN, never 0.
"""

import math
import threading
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.clock import Clock, Moment
from edge.config.metrics import MetricsSection
from edge.delivery.status import WatchWord
from edge.errors import ConfigError
from edge.messages.health import DeliverHealth, QualityHealth, WatchHealth

_LOOPBACK: Final = "127.0.0.1"
_NS: Final = 1_000_000_000
_LANES: Final = ("left", "middle", "right")
_GAUGES: Final = {
    "broker_up": "1 while the broker is connected.",
    "outbox_depth": "Revisions of alerts without a receipt.",
    "oldest_unreceived_seconds": "Age of the oldest of them; 0 of an empty outbox.",
    "given_up_week": "Revisions erased without a receipt in the last 7 days.",
    "store_used_bytes": "Pages in use of the store, against store.budget_mb.",
    "watch_up": "1 while the reading daemon's word can be read.",
    "watch_silent_seconds": "Age of its last word.",
    "last_frame_age_seconds": "Since the camera's last frame, by now.",
    "list_age_seconds": "Age of the hotlist in force when watch last spoke.",
    "clock_trusted": "1 while the clock can be believed.",
    "temperature_celsius": "Of the processor.",
    "paused": "1 while the town's order keeps the camera closed.",
    "camera_up": "1 while frames come.",
    "frames_per_second": "Through the line.",
    "line_milliseconds": "All stages of a frame together, a moving mean.",
    "passes_now": "Passes in memory.",
    "memory_bytes": "Resident, of the reading daemon.",
    "store_free_bytes": "On the store's disk.",
    "roster_number": "Of the roster in force.",
    "sight_problem": "1 while the unit may be blind, or reads agree less than usual.",
    "view_problem": "1 while the view has moved, is out of focus, dirty or dark.",
    "hour_passes": "Passes of the newest hour in which one ended.",
    "hour_passes_left": "Of these, in the left third of the picture.",
    "hour_passes_middle": "Of these, in the middle third.",
    "hour_passes_right": "Of these, in the right third.",
    "hour_agreement_ratio": "Of that hour: reads that have the text of their whole pass.",
    "hour_doubt_bits": "Of that hour: mean entropy of a pass's text.",
    "hour_well_formed_ratio": "Of that hour: passes whose text has a plate's common form.",
    "remote_visitor": "1 while a technician is on the tuning page through the broker.",
    "update_waiting": "1 while another version is ready and waits for a quiet hour.",
    "update_on_trial": "1 while one is in force and must still show that it works.",
    "update_problem": "1 after one was taken back, or while one is refused.",
    "searches_waiting": "Searches not taken up as yet.",
    "chain_confirmed_row": "Newest row of the audit chain that every archive holds.",
}
_COUNTERS: Final = {
    "published": "Messages that the broker has taken, since the daemon started.",
    "received": "Receipts accepted, since the daemon started.",
    "receipts_refused": "Receipts refused, since the daemon started.",
    "pictures_dropped": "Pictures that made room in the store, since it was made.",
    "frames": "Through the line, since the reading daemon started.",
    "frames_dropped": "Frames that came while the line was busy, likewise.",
    "passes": "Passes that ended, likewise.",
    "alerts": "Alerts, likewise.",
    "searches": "Searches that came, since the daemon started.",
    "searches_dropped": "Of these, dropped unread.",
}


def figures(
    deliver: DeliverHealth,
    word: WatchWord,
    used: int,
    dropped: int,
    now: Moment,
    confirmed: int | None = None,
) -> dict[str, float]:
    """Return the value of each figure, NaN of those that are not known.

    Args:
        used: bytes that the store takes.
        dropped: pictures that it gave up.
        confirmed: newest row of the chain that every archive holds.
    """
    found = {
        "broker_up": float(deliver.broker == "connected"),
        "outbox_depth": float(deliver.outbox_depth),
        "oldest_unreceived_seconds": deliver.oldest_unreceived_s or 0.0,
        "given_up_week": float(deliver.given_up),
        "store_used_bytes": float(used),
        "published": float(deliver.published),
        "received": float(deliver.received),
        "receipts_refused": float(deliver.refused_receipts),
        "pictures_dropped": float(dropped),
        "chain_confirmed_row": math.nan if confirmed is None else float(confirmed),
    }
    return {**found, **_of_searches(deliver), **_of_watch(word, now)}


def _of_searches(deliver: DeliverHealth) -> dict[str, float]:
    asked = deliver.searches
    if asked is None:
        return {}  # this unit takes none
    return {
        "searches": float(asked.asked),
        "searches_dropped": float(asked.dropped),
        "searches_waiting": float(asked.waiting),
    }


def _phase(watch: WatchHealth) -> str:
    return watch.update.phase if watch.update else ""


def _of_watch(word: WatchWord, now: Moment) -> dict[str, float]:
    watch = word.health
    if watch is None:
        return {"watch_up": 0.0}
    silent = max(0.0, (now.monotonic_ns - watch.made_monotonic_ns) / _NS)
    frame, heat = watch.last_frame_age_s, watch.temperature_c
    return {
        "watch_up": 1.0,
        "watch_silent_seconds": silent,
        "last_frame_age_seconds": math.nan if frame is None else frame + silent,
        "list_age_seconds": watch.list.age_s if watch.list else math.nan,
        "clock_trusted": float(watch.clock_trusted),
        "temperature_celsius": math.nan if heat is None else heat,
        "paused": float(watch.paused is not None),
        "remote_visitor": float(bool(watch.remote.who)) if watch.remote else math.nan,
        "update_waiting": float(_phase(watch) == "waiting"),
        "update_on_trial": float(_phase(watch) in {"switching", "trial", "keeping"}),
        "update_problem": float(bool(watch.update_problem)),
        "camera_up": float(watch.source_state == "delivering"),
        "frames_per_second": watch.frames_per_s,
        "line_milliseconds": sum(watch.stage_ms.values()),
        "passes_now": float(watch.tracks),
        "memory_bytes": watch.memory_mb * 1e6,
        "store_free_bytes": watch.store_free_mb * 1024.0 * 1024.0,
        "roster_number": float(watch.roster),
        "sight_problem": float(bool(watch.sight_problem)),
        "view_problem": float(bool(watch.view_problem)),
        "frames": float(watch.frames_seen),
        "frames_dropped": float(watch.frames_dropped),
        "passes": float(watch.sightings),
        "alerts": float(watch.alerts),
        **_of_quality(watch.quality),
    }


def _of_quality(hour: QualityHealth | None) -> dict[str, float]:
    if hour is None:
        return {}
    return {
        "hour_passes": float(hour.passes),
        **{
            f"hour_passes_{lane}": float(passes)
            for lane, passes in zip(_LANES, hour.lanes, strict=False)
        },
        "hour_agreement_ratio": hour.agreement,
        "hour_doubt_bits": hour.doubt_bits,
        "hour_well_formed_ratio": hour.well_formed,
    }


class _Closes(Protocol):
    """What is needed of the server."""

    def shutdown(self) -> None:
        """End its loop."""

    def server_close(self) -> None:
        """Close its socket."""


class Metrics(Collector):
    """Serves the figures last told; with port 0 it does nothing at all."""

    def __init__(self, section: MetricsSection, clock: Clock) -> None:
        self._port = section.port
        self._clock = clock
        self._told: Mapping[str, float] = {}
        self._at: Moment | None = None
        self._server: _Closes | None = None
        self._thread: threading.Thread | None = None

    @property
    def on(self) -> bool:
        """Whether anybody can ask."""
        return self._port > 0

    def start(self) -> None:
        """Begin to listen.

        Raises:
            ConfigError: the port cannot be had.
        """
        if not self.on:
            return
        registry = CollectorRegistry()
        registry.register(self)
        try:
            self._server, self._thread = start_http_server(self._port, _LOOPBACK, registry)
        except OSError as error:
            raise ConfigError(
                f"metrics.port: {_LOOPBACK}:{self._port} cannot be had: {error.strerror}; "
                "choose another, or 0 for none"
            ) from error

    def stop(self) -> None:
        """Stop listening and join the thread."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    def tell(self, told: Mapping[str, float], now: Moment) -> None:
        """Exchange the figures that are served."""
        self._told, self._at = told, now

    def collect(self) -> Iterator[Metric]:
        """Return the figures as they stand, in the server's thread."""
        told, at = self._told, self._at
        age = math.nan if at is None else self._clock.now().since(at)
        yield GaugeMetricFamily("edge_measured_age_seconds", "Age of all others.", age)
        for name, text in _GAUGES.items():
            yield GaugeMetricFamily(f"edge_{name}", text, told.get(name, math.nan))
        for name, text in _COUNTERS.items():
            yield CounterMetricFamily(f"edge_{name}", text, told.get(name, math.nan))
