"""The very line of the daemon over a recording, at the recording's own clock.

Time stands still but for the frames: what the line decides depends on the recording and the
settings alone, so that the same input gives the same events, byte for byte.
"""

import json
import resource
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from edge.clock import Clock, Moment
from edge.config.settings import Settings
from edge.errors import ConfigError
from edge.evaluate.passes import Glimpse, Pass
from edge.hotlist.keeper import HotlistKeeper
from edge.pipeline import Look
from edge.records import Alert, AlertId, Frame, Read, Sighting
from edge.services.line import open_line
from edge.sources.open import open_source
from edge.sources.recorded import RecordedSource, Reel
from edge.tracking.way import Way

_KINDS: Final = ("video", "pictures")
_EPOCH: Final = "0" * 32  # nothing is stored: numbers are those of this replay


class ReplayClock:
    """Shows the time of the newest frame; waits for nobody."""

    def __init__(self, start: Moment) -> None:
        self._now = start

    def now(self) -> Moment:
        """Return the newest frame's time."""
        return self._now

    def trusted(self) -> bool:
        """Say yes: the time is the one that was asked for."""
        return True

    def sleep(self, seconds: float) -> None:
        """Return at once."""

    def show(self, frame: Frame) -> None:
        """Go on to *frame*."""
        self._now = frame.captured


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay gave.

    Attributes:
        events: JSON lines, the same for the same input.
        frames: how many went down the line.
        outside: plates, counted in each frame anew, that were not read for the zones.
        wrong_way: passes that were not told because of the direction line.
        frame_ms: milliseconds a frame, and *cpu_ms* of all cores; measured, so never the same.
    """

    events: tuple[str, ...]
    passes: tuple[Pass, ...]
    glimpses: tuple[Glimpse, ...]
    frames: int
    frame_ms: float
    cpu_ms: float
    outside: int = 0
    wrong_way: int = 0


class _LeftOut:
    """What the zones and the direction line keep the line from telling; it changes nothing."""

    def __init__(self, start: Moment) -> None:
        self._start = start
        self._frames: list[float] = []
        self._wrong: dict[int, dict[str, Any]] = {}
        self.outside = 0

    def wants(self, _frame: Frame, passes: bool) -> bool:  # noqa: ARG002 - as the line calls it
        """Have nothing looked at that the gate leaves out."""
        return False

    def see(self, look: Callable[[], Look]) -> None:
        """Take down what of one frame is left out."""
        seen = look()
        at_s = round(seen.frame.captured.since(self._start), 3)
        if seen.found.outside:
            self.outside += len(seen.found.outside)
            self._frames.append(at_s)
        for one in seen.passes:
            self._wrong.pop(one.number, None)
            if one.way is Way.WRONG:
                self._wrong[one.number] = {"reads": one.reads, "direction": one.direction.value}

    @property
    def wrong_way(self) -> int:
        """How many passes went the wrong way."""
        return len(self._wrong)

    def events(self) -> tuple[str, ...]:
        """Return a line for each pass that went the wrong way, and one for the zones."""
        found: list[dict[str, Any]] = [
            {"why": Way.WRONG.value, "pass": number, **said}
            for number, said in sorted(self._wrong.items())
        ]
        if self._frames:
            span = {"first_s": self._frames[0], "last_s": self._frames[-1]}
            counts = {"plates": self.outside, "frames": len(self._frames)}
            found.append({"why": "outside the zones", **span, **counts})
        return tuple(json.dumps({"event": "left-out", **one}, sort_keys=True) for one in found)


class _Tape:
    """Takes down what the line says, in seconds of the recording."""

    def __init__(self, start: Moment) -> None:
        self._start = start
        self.events: list[str] = []
        self.passes: dict[int, Pass] = {}
        self.glimpses: list[Glimpse] = []
        self._sequences = 0
        self._revisions: dict[int, int] = {}

    def commit(self, alert: Alert) -> AlertId:
        if alert.revises is None:
            self._sequences += 1
            sequence = self._sequences
        else:
            sequence = alert.revises.sequence
        revision = self._revisions.get(sequence, -1) + 1
        self._revisions[sequence] = revision
        self._tell(
            "alert",
            alert.hit.sighting,
            sequence=sequence,
            revision=revision,
            grade=alert.verdict.grade.value,
            listed=alert.hit.entry.plate,
            retracts=alert.retracts,
        )
        self._pass(alert.hit.sighting, alerted=True)
        return AlertId("replay", _EPOCH, sequence)

    def keep(self, sighting: Sighting) -> None:
        self._tell("pass", sighting)
        self._pass(sighting, alerted=False)

    def meter(self, frame: Frame, reads: Sequence[Read]) -> None:
        for read in reads:
            box = tuple(float(value) for value in read.detection.box)
            self.glimpses.append(Glimpse(frame.number, (box[0], box[1], box[2], box[3]), read.text))

    def _pass(self, seen: Sighting, *, alerted: bool) -> None:
        self.passes[seen.track] = Pass(
            seen.text,
            seen.confidence,
            seen.reads,
            self._at(seen.first_seen),
            self._at(seen.last_seen),
            alerted,
        )

    def _tell(self, event: str, seen: Sighting, **more: Any) -> None:
        fields: Mapping[str, Any] = {
            "event": event,
            "first_s": self._at(seen.first_seen),
            "last_s": self._at(seen.last_seen),
            "text": seen.text,
            "best_read": seen.raw_text,
            "probability": round(seen.confidence, 6),
            "reads": seen.reads,
            "direction": seen.direction.value,
            "jurisdiction": max(seen.jurisdiction, key=seen.jurisdiction.__getitem__, default=""),
            **more,
        }
        self.events.append(json.dumps(fields, sort_keys=True))

    def _at(self, moment: Moment) -> float:
        return round(moment.since(self._start), 3)


def replay(
    settings: Settings,
    start: Moment,
    clock: Clock,
    reel: Reel | None = None,
    tick: Callable[[int], None] = lambda _: None,
) -> Replayed:
    """Return what the line makes of the recording that *settings* name.

    Args:
        start: the moment that its first frame is given: lists and grades are judged by it.
        clock: measures how long it takes.
        reel: a recording that is in no file, in place of theirs.
        tick: called after each frame with how many there were.

    Raises:
        ConfigError: the source is a camera, which cannot be played again.
        EdgeError: as watch: a model failed, or the recording cannot be opened.
    """
    if reel is None and settings.source.kind not in _KINDS:
        raise ConfigError(
            f"source.kind = '{settings.source.kind}' cannot be replayed: name a video or a folder"
        )
    unpaced = settings.source.model_copy(update={"paced": False, "loop": False})
    shown, tape, left_out = ReplayClock(start), _Tape(start), _LeftOut(start)
    hotlist = HotlistKeeper(settings.hotlist, shown)
    hotlist.refresh()
    line = open_line(
        settings, shown, hotlist, tape.commit, keep=tape.keep, meter=tape.meter, show=left_out
    )
    source = RecordedSource(reel, unpaced, shown) if reel else open_source(unpaced, shown)
    began, cpu = clock.now(), _cpu_s()
    for frame in source.frames(threading.Event()):
        shown.show(frame)
        line.step(frame)
        tick(line.tally.frames)
    line.finish()
    frames = max(1, line.tally.frames)
    return Replayed(
        events=(*tape.events, *left_out.events()),
        passes=tuple(tape.passes.values()),
        glimpses=tuple(tape.glimpses),
        frames=line.tally.frames,
        frame_ms=clock.now().since(began) * 1000 / frames,
        cpu_ms=(_cpu_s() - cpu) * 1000 / frames,
        outside=left_out.outside,
        wrong_way=left_out.wrong_way,
    )


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
