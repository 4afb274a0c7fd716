"""Old settings against new over a clip, by the daemon's own line: what is gained, and its price."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.clock import Clock, Moment
from edge.config import Settings
from edge.evaluate.clip_truth import Car
from edge.evaluate.passes import difference, score
from edge.services.replay import Replayed, replay


@dataclass(frozen=True, slots=True)
class Compared:
    """Two replays of one clip.

    Attributes:
        gained, lost: texts of passes that only the new, or only the old settings told.
    """

    old: Replayed
    new: Replayed
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def aimed(settings: Settings, recording: Path) -> Settings:
    """Return *settings* with a recording, a file or a folder of pictures, as their source."""
    kind = "pictures" if recording.is_dir() else "video"
    source = settings.source.model_copy(update={"kind": kind, "address": str(recording)})
    return settings.model_copy(update={"source": source})


def compare(old: Settings, new: Settings, start: Moment, clock: Clock) -> Compared:
    """Replay the recording that both name with each of them.

    Raises:
        EdgeError: as :func:`edge.services.replay.replay`.
    """
    first, second = replay(old, start, clock), replay(new, start, clock)
    found = difference(first.passes, second.passes)
    return Compared(first, second, tuple(found.gained), tuple(found.lost))


def told(found: Compared, cars: Sequence[Car] | None = None) -> Iterator[str]:
    """Return the lines of a table: old beside new.

    Args:
        cars: what is on the clip, where that is known.
    """
    old, new = found.old, found.new
    yield f"{'':20}{'old':>12}{'new':>12}"
    yield f"{'passes':20}{len(old.passes):12}{len(new.passes):12}"
    yield f"{'plates outside':20}{old.outside:12}{new.outside:12}"
    yield f"{'wrong direction':20}{old.wrong_way:12}{new.wrong_way:12}"
    yield f"{'ms a frame':20}{old.frame_ms:12.1f}{new.frame_ms:12.1f}"
    yield f"{'CPU ms a frame':20}{old.cpu_ms:12.1f}{new.cpu_ms:12.1f}"
    if cars is not None:
        was, now = (score(cars, one.passes, one.glimpses) for one in (old, new))
        yield f"{'cars captured':20}{was.captured:9}/{was.cars:2}{now.captured:9}/{now.cars:2}"
        yield f"{'plates read right':20}{was.read:12}{now.read:12}"
        yield f"{'false plates':20}{len(was.false):12}{len(now.false):12}"
    yield f"gained: {' '.join(found.gained) or 'nothing'}"
    yield f"lost: {' '.join(found.lost) or 'nothing'}"
