"""From two daemons' figures to sentences: what is wrong with this unit, if anything.

No frame, no health: a daemon that runs while its camera is stuck must not look well.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from edge.clock import Moment
from edge.messages.health import DeliverHealth, WatchHealth
from edge.messages.wire import clip

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a figure is a problem.

    Attributes:
        watch_silent_s: the watch health file is older than this.
        frame_age_s: no frame for this long; the source's own stall time, with some room.
        list_age_s: the list only verifies from this age on (``policy.verify_list_age_s``).
        unreceived_s: an alert without a receipt for this long.
        hot_c: the processor throttles from about here.
    """

    watch_silent_s: float = 10.0
    frame_age_s: float = 10.0
    list_age_s: float = 129_600.0
    unreceived_s: float = 120.0
    hot_c: float = 80.0


def problems(
    watch: WatchHealth | None, deliver: DeliverHealth, now: Moment, limits: Limits
) -> tuple[str, ...]:
    """Return a sentence for each thing that is wrong, the gravest first; empty when all is well.

    Args:
        now: on the machine that *watch* was written on: its age is taken by the monotonic clock.
    """
    found = [*_of_watch(watch, now, limits), *_of_deliver(deliver, limits)]
    return tuple(clip(sentence, 400) for sentence in found)


def deliver_problems(deliver: DeliverHealth, limits: Limits) -> tuple[str, ...]:
    """Return those of :func:`problems` that are the delivery's own."""
    return tuple(clip(sentence, 400) for sentence in _of_deliver(deliver, limits))


def _of_watch(watch: WatchHealth | None, now: Moment, limits: Limits) -> Iterator[str]:
    if watch is None:
        yield "the reading daemon does not report: see `journalctl -u edge-watch`"
        return
    if watch.stopped_by:
        yield f"the reading daemon stopped: {watch.stopped_by}"
    silent = max(0.0, (now.monotonic_ns - watch.made_monotonic_ns) / _NS)
    if silent > limits.watch_silent_s:
        yield f"the reading daemon has not reported for {silent:.0f} s"
    yield from _of_frames(watch, silent, limits)
    yield from _of_list(watch, limits)
    for what, sentence in (
        ("store", watch.store_problem),
        ("keys", watch.keys_problem),
        ("pause", watch.pause_problem),
        ("reads", watch.reads_problem),
        ("view", watch.view_problem),
        ("sight", watch.sight_problem),
        ("settings", watch.settings_problem),
        ("update", watch.update_problem),
    ):
        if sentence:
            yield f"{what}: {sentence}"
    if not watch.store_pictures:
        yield f"only {watch.store_free_mb} MB are free: alerts are stored without pictures"
    if watch.place_problem:
        yield f"the place of the car is not known: {watch.place_problem}"
    if not watch.clock_trusted:
        yield "the clock has not been set by anything trustworthy: every alert is only 'verify'"
    if watch.temperature_c is not None and watch.temperature_c >= limits.hot_c:
        yield f"the processor has {watch.temperature_c:.0f} degrees Celsius and slows down"


def _of_frames(watch: WatchHealth, silent: float, limits: Limits) -> Iterator[str]:
    if watch.paused is not None:
        return  # no frame is what the town ordered: its own level, neither well nor failing
    if watch.source_state == "ended" and watch.stopped_by:
        return
    reason = f": {watch.source_problem}" if watch.source_problem else ""
    if watch.source_state in {"lost", "ended"}:
        yield f"the camera is {watch.source_state}{reason}"
        return
    if watch.last_frame_age_s is None:
        if watch.uptime_s + silent > limits.frame_age_s:
            yield f"no frame since the start {watch.uptime_s + silent:.0f} s ago{reason}"
        return
    age = watch.last_frame_age_s + silent
    if age > limits.frame_age_s:
        yield f"no frame from the camera for {age:.0f} s"


def _of_list(watch: WatchHealth, limits: Limits) -> Iterator[str]:
    if watch.list is None:
        reason = f": {watch.list_problem}" if watch.list_problem else ""
        yield f"no hotlist is in force, nothing can alert{reason}"
        return
    if watch.silent_reason:
        yield f"nothing is published: {watch.silent_reason}"
    elif watch.list.age_s >= limits.list_age_s:
        yield f"the hotlist is {watch.list.age_s / 3600:.0f} h old: every alert is only 'verify'"
    elif watch.list.age_s < 0:
        yield "the hotlist is dated in the future: check the clock and the list's owner"
    if watch.list_problem:
        yield f"the newest hotlist was refused, the last good one holds: {watch.list_problem}"


def _of_deliver(deliver: DeliverHealth, limits: Limits) -> Iterator[str]:
    if deliver.broker != "connected":
        reason = f": {deliver.broker_problem}" if deliver.broker_problem else ""
        yield f"the broker is not connected ({deliver.broker}){reason}"
    if deliver.receivers == 0:
        yield "no receiver is named in delivery.receivers: no alert can leave the outbox"
    oldest = deliver.oldest_unreceived_s
    if oldest is not None and oldest > limits.unreceived_s:
        count = deliver.outbox_depth
        yield f"{count} alert messages wait for a receipt, the oldest for {oldest:.0f} s"
    if deliver.refused_receipts:
        yield f"{deliver.refused_receipts} receipts were refused: unknown receiver or wrong digest"
    if deliver.given_up:
        yield f"{deliver.given_up} alert messages were given up without a receipt this week"
