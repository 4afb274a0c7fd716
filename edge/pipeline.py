"""The line itself: one frame in, the alerts that it caused out, plain calls from end to end.

    gate -> detector -> rectify -> reader -> tracker + fusion -> matcher -> policy -> commit

What hits nothing is forgotten here: only the tracker holds a pass, in memory, until it ends. Where
the law allows and the town wants it, an ended pass that left no alert goes to ``keep``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from edge.clock import Clock, Moment
from edge.errors import PictureError
from edge.hotlist.keeper import HotlistKeeper
from edge.hotlist.matcher import Matcher
from edge.log import Log
from edge.policy.corrections import Correction
from edge.policy.decide import Decider, Decision
from edge.policy.quality import Quality
from edge.policy.quiet import Word
from edge.records import Alert, AlertId, Fix, Frame, Hit, Read, Sighting
from edge.tracking.tracker import Pass, Tracker
from edge.vision.gate import Gate
from edge.vision.jpeg import encode
from edge.vision.picture import PictureReader, PictureReads

Commit = Callable[[Alert], AlertId]
Where = Callable[[Moment], Fix | str]
Keep = Callable[[Sighting], None]
Meter = Callable[[Frame, Sequence[Read]], None]


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What came of one sighting: what it may be on the list, and what was told of that."""

    sighting: Sighting
    hits: tuple[Hit, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the line made of one frame that it looked at; pictures are the line's own, not copies.

    Attributes:
        reason: the gate's.
        passes: all that last, those without a read in this frame too.
        listed: a hotlist is in force.
    """

    frame: Frame
    reason: str
    found: PictureReads
    told: tuple[Told, ...]
    passes: tuple[Pass, ...]
    stage_ms: Mapping[str, float]
    listed: bool


class Show(Protocol):
    """Somebody who may want to see what the line sees."""

    def wants(self, _frame: Frame, passes: bool) -> bool:
        """Say whether this frame is to be looked at for them, although the gate may say no."""

    def see(self, look: Callable[[], Look]) -> None:
        """Take what was seen; *look* makes it, and is not called where nobody looks."""


_log = Log("edge.pipeline")


@dataclass(slots=True)
class Tally:
    """What the line has done since it started: counts only, nothing of any plate.

    Attributes:
        gated: frames by the gate's reason (``moving``, ``still``, ``dark``, ...).
        stage_ms: a moving average of each stage, over the frames in which it ran.
    """

    frames: int = 0
    plates: int = 0
    reads: int = 0
    sightings: int = 0
    alerts: int = 0
    gated: dict[str, int] = field(default_factory=dict)
    stage_ms: dict[str, float] = field(default_factory=dict)

    def time(self, stages: Mapping[str, float]) -> None:
        """Take in one frame's milliseconds by stage."""
        for stage, spent in stages.items():
            before = self.stage_ms.get(stage, spent)
            self.stage_ms[stage] = before + 0.1 * (spent - before)


@dataclass(frozen=True, slots=True, eq=False)
class Committed:
    """An alert that is safe on the disk, and the number it got."""

    alert_id: AlertId
    alert: Alert


class _Stopwatch:
    """Milliseconds between laps, for one frame."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = clock.now()
        self.stage_ms: dict[str, float] = {}

    def lap(self, stage: str) -> Moment:
        now = self._clock.now()
        self.stage_ms[stage] = now.since(self._last) * 1000.0
        self._last = now
        return now


class Line:
    """Every stage from the gate to the store.

    Args:
        commit: makes an alert safe and gives it its number.
        models: version strings of detector and reader, told in each alert.
        crop_max_bytes: the largest JPEG in an alert.
        where: where a moving camera was at a moment, or why that is not known; None on a pole.
        keep: called once for each ended pass that caused no alert; None forgets them all.
        meter: shown each frame that was looked at, with its reads; steers the camera's exposure.
        show: a technician's live view, after all else; None where there can be none.
    """

    def __init__(
        self,
        *,
        gate: Gate,
        pictures: PictureReader,
        tracker: Tracker,
        matcher: Matcher,
        hotlist: HotlistKeeper,
        decider: Decider,
        commit: Commit,
        clock: Clock,
        models: Mapping[str, str],
        crop_max_bytes: int,
        where: Where | None = None,
        keep: Keep | None = None,
        meter: Meter | None = None,
        show: Show | None = None,
    ) -> None:
        self._gate = gate
        self._pictures = pictures
        self._tracker = tracker
        self._matcher = matcher
        self._hotlist = hotlist
        self._decider = decider
        self._commit = commit
        self._clock = clock
        self.models = models
        self._crop_max_bytes = crop_max_bytes
        self._where = where
        self._keep = keep
        self._meter = meter
        self._show = show
        self._told: list[Told] = []  # of the frame that is being looked at
        self._alerted: set[int] = set()  # passes that go on
        self._wide = 1  # of the newest frame, in pixels
        self.quality = Quality()
        self.tally = Tally()

    @property
    def tracks(self) -> int:
        """How many passes are in memory."""
        return len(self._tracker)

    @property
    def silent_reason(self) -> str:
        """Why nothing is published from the list in force; empty when alerts go out."""
        current = self._hotlist.current
        if current is None:
            return ""
        return self._decider.silence(current.version, self._clock.now(), self._clock.trusted())

    def correct(self, corrections: Sequence[Correction]) -> None:
        """Take the confirmed corrections that hold now, in place of those before."""
        self._decider.corrections = tuple(corrections)

    def withdrawn(self, alert_id: AlertId, entry_id: str) -> None:
        """Forget an alert that was taken back, so that its entry may alert again."""
        self._decider.withdrawn(alert_id, entry_id)

    def recall(self, words: Iterable[Word]) -> None:
        """Take over what was told before this process started, the oldest first."""
        self._decider.recall(words)

    def step(self, frame: Frame) -> tuple[Committed, ...]:
        """Take one frame and return the alerts and revisions that it caused, already committed.

        Raises:
            ModelError: a model failed; never told as "no plate".
            StoreError: an alert could not be made safe.
        """
        watch = _Stopwatch(self._clock)
        verdict = self._gate.check(frame)
        watch.lap("gate")
        self.tally.frames += 1
        self._wide = frame.image.shape[1]
        self.tally.gated[verdict.reason] = self.tally.gated.get(verdict.reason, 0) + 1
        shown = self._show is not None and self._show.wants(frame, verdict.passes)
        if verdict.passes or shown:
            committed = self._look(frame, watch, verdict.reason)
        elif verdict.reason == "still":
            self._tracker.hold(frame.captured)  # nothing moved, so nothing has left
            committed = ()
        else:
            unseen = self._tracker.update((), frame.captured, self._clock.now(), _size(frame))
            committed = self._tell(unseen, watch)
        self.tally.time(watch.stage_ms)
        return committed

    def retune(self, tune: Callable[[Gate, PictureReader, Tracker, Decider], None]) -> None:
        """Let *tune* give the stages other settings, between two frames; no pass is lost by it."""
        tune(self._gate, self._pictures, self._tracker, self._decider)

    def finish(self) -> tuple[Committed, ...]:
        """End all passes, as at the end of a recording, and return the last revisions."""
        watch = _Stopwatch(self._clock)
        return self._tell(self._tracker.flush(self._clock.now()), watch)

    def forget(self) -> None:
        """Drop all passes without telling them: what was seen of them alerts no more."""
        self._tracker.forget()
        self._alerted.clear()
        self._told = []
        self._gate.forget()

    def _look(self, frame: Frame, watch: _Stopwatch, reason: str) -> tuple[Committed, ...]:
        found = self._pictures.read(frame)
        seen = watch.lap("look")
        del watch.stage_ms["look"]
        watch.stage_ms.update(found.stage_ms)
        self.tally.plates += len(found.reads) + len(found.unread)
        self.tally.reads += len(found.reads)
        sightings = self._tracker.update(found.reads, frame.captured, seen, _size(frame))
        watch.lap("track")
        committed = self._tell(sightings, watch)
        if self._meter is not None:  # no alert waits for it
            self._meter(frame, found.reads)
            watch.lap("meter")
        if self._show is not None:
            self._show.see(lambda: self._shown(frame, reason, found, watch))
        return committed

    def _shown(self, frame: Frame, reason: str, found: PictureReads, watch: _Stopwatch) -> Look:
        return Look(
            frame=frame,
            reason=reason,
            found=found,
            told=tuple(self._told),
            passes=self._tracker.passes(frame.captured),
            stage_ms=dict(watch.stage_ms),
            listed=self._hotlist.current is not None,
        )

    def _tell(self, sightings: Sequence[Sighting], watch: _Stopwatch) -> tuple[Committed, ...]:
        self.tally.sightings += sum(sighting.ended for sighting in sightings)
        committed: list[Committed] = []
        self._told = []
        for sighting in sightings:
            hits = self._match(sighting)
            watch.lap("match")
            decisions = self._decider.decide(
                sighting, hits, self._clock.now(), self._clock.trusted()
            )
            watch.lap("decide")
            committed.extend(self._make_safe(decision, watch) for decision in decisions)
            self._note(sighting, alerted=bool(decisions))
            if self._show is not None:
                self._told.append(Told(sighting, hits, tuple(decisions)))
        return tuple(committed)

    def _note(self, sighting: Sighting, *, alerted: bool) -> None:
        """Keep a pass that has ended without any alert; which one had none, only its end tells."""
        if alerted:
            self._alerted.add(sighting.track)
        if not sighting.ended:
            return
        self.quality.add(sighting, self._wide, self._clock.now())
        if self._keep is not None and sighting.track not in self._alerted:
            self._keep(sighting)
        self._alerted.discard(sighting.track)

    def _match(self, sighting: Sighting) -> tuple[Hit, ...]:
        current = self._hotlist.current
        if current is None:
            return ()
        return self._matcher.match(sighting, current, self._clock.now())

    def _make_safe(self, decision: Decision, watch: _Stopwatch) -> Committed:
        crop = self._crop(decision.hit.sighting)
        watch.lap("crop")
        place = self._where(decision.hit.sighting.last_seen) if self._where else ""
        alert = Alert(
            hit=decision.hit,
            verdict=decision.verdict,
            crop_jpeg=crop,
            stage_ms=dict(watch.stage_ms),
            models=self.models,
            revises=decision.revises,
            retracts=decision.retracts,
            seen_again=decision.seen_again,
            fix=place if isinstance(place, Fix) else None,
            no_fix=place if isinstance(place, str) else "",
        )
        alert_id = self._commit(alert)
        watch.lap("store")
        self._decider.published(decision, alert_id)
        self.tally.alerts += decision.revises is None
        return Committed(alert_id, alert)

    def _crop(self, sighting: Sighting) -> bytes:
        """Return the picture for an alert; none, with a warning: no alert is lost for a picture."""
        try:
            return encode(sighting.best.crop, self._crop_max_bytes)
        except PictureError as error:
            _log.warning("an alert goes without its picture", why=error)
            return b""


def _size(frame: Frame) -> tuple[int, int]:
    return frame.image.shape[1], frame.image.shape[0]
