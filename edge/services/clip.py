"""A clip of the installer's own test car: everybody else's plate is covered before a byte is kept.

Frames wait in memory, are looked at more than once, and only then is the clip written.
"""

import fcntl
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from edge.clock import Clock
from edge.config import Settings
from edge.config.zones import EVERYWHERE
from edge.errors import ConfigError, EdgeError, PauseError, PictureError
from edge.messages.acts import act_row
from edge.messages.acts_unit import Clip
from edge.policy.law import Law, open_law
from edge.policy.strangers import Box, Seen, own_places, strangers
from edge.records import Detection, Frame, Pixels
from edge.services.clips import Kept, kept_clips, note_clips, until_of
from edge.services.pause import told_pause
from edge.services.pause_now import standing_pause
from edge.sources.ffmpeg import write_video
from edge.sources.open import open_source
from edge.store import Store, open_store
from edge.store.store import DATABASE
from edge.vision.masking import cover
from edge.vision.picture import PictureReader, open_picture_reader

FAINT: Final = 0.05  # score from which on something may be a plate, and is covered
_MOST_BYTES: Final = 400_000_000
_QUALITY: Final = 95


@dataclass(frozen=True, slots=True)
class Made:
    """A clip that lies on the disk.

    Attributes:
        frames: in it; *covered* of these show a plate that was covered.
        until: when watch deletes it, RFC 3339.
    """

    file: Path
    seconds: float
    frames: int
    covered: int
    until: str


def record_clip(settings: Settings, plate: str, seconds: float, out: Path, clock: Clock) -> Made:
    """Record the source for *seconds* and write what shows the test car, others covered.

    Args:
        plate: of the installer's own car, as it is read.
        out: the folder, made if need be.

    Raises:
        ConfigError: the law profile allows no clips (that goes on the chain as well), watch has
            the camera, or the test car was not seen: nothing is kept.
        PauseError: the town has ordered a pause.
        EdgeError: the camera or the store failed.
    """
    if seconds > settings.record.longest_s:
        longest = f"record.longest_s = {settings.record.longest_s:g}"
        raise ConfigError(f"--seconds {seconds:g}: is longer than {longest} allows")
    if not (Path(settings.store.folder) / DATABASE).exists():
        raise ConfigError(
            f"{settings.store.folder}: there is no store here, and no clip is made without a chain:"
            " start watch once"
        )
    law = open_law(settings.law.profile)
    with (
        open_store(settings.store, settings.unit.name, clock) as store,
        without_watch(Path(settings.runtime.folder)),
    ):
        _allowed(settings, law, seconds, store, clock)
        film = _film(settings, seconds, clock)
        hidden = _hidden(faint_reader(settings, clock), film, plate, clock)
        return _write(settings, store, film, hidden, out, clock)


@contextmanager
def without_watch(runtime: Path) -> Iterator[None]:
    """Keep the camera to ourselves: watch does not run, and does not start meanwhile.

    Args:
        runtime: ``runtime.folder``, which a running watch holds locked.

    Raises:
        ConfigError: watch has the camera.
    """
    if not runtime.is_dir():
        yield
        return
    door = os.open(runtime, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ConfigError(
            "watch has the camera: stop it first (systemctl stop edge-watch), and start it again "
            "afterwards: while it stands still no plate is read"
        ) from error
    finally:
        os.close(door)


def faint_reader(settings: Settings, clock: Clock) -> PictureReader:
    """Return a reader that finds whatever may be a plate, everywhere in the picture."""
    faint = {"min_score": FAINT, "min_width": 0.0, "max_plates": 100}
    return open_picture_reader(
        settings.detector.model_copy(update=faint),
        settings.reader.model_copy(update={"least_confidence": 0.0}),
        EVERYWHERE,
        clock,
    )


def plates_in(reader: PictureReader, frame: Frame) -> list[Seen]:
    """Return all that may be a plate in *frame*, best first."""
    found = reader.read(frame)
    reads = [Seen(_around(one.detection), one.text, one.confidence) for one in found.reads]
    return [*reads, *(Seen(_around(one), "", 0.0) for one in found.unread)]


def _around(found: Detection) -> Box:
    """Return a box with the corners in it, which may lie outside of the detector's own."""
    x1, y1, x2, y2 = found.box
    xs, ys = found.corners[:, 0], found.corners[:, 1]
    return (
        float(min(x1, xs.min())),
        float(min(y1, ys.min())),
        float(max(x2, xs.max())),
        float(max(y2, ys.max())),
    )


def _allowed(settings: Settings, law: Law, seconds: float, store: Store, clock: Clock) -> None:
    why: EdgeError | None = None
    if not law.clips:
        why = ConfigError(
            f"the law profile {law.name} allows no clips: {law.citation}. A town's own profile that"
            " its counsel confirmed may; name it in law.profile"
        )
    paused = standing_pause(settings, clock) if why is None else None
    if paused is not None:
        why = PauseError(f"no clip is made: {told_pause(paused)}")
    if why is not None:
        act = Clip(act="refused", seconds=seconds, why=str(why))
        store.record("clip", act_row("clip", act), must=True)
        raise why


@dataclass(frozen=True, slots=True)
class _Film:
    """Frames in memory, as JPEG, each with its milliseconds since the first."""

    frames: list[tuple[int, bytes]]

    def pictures(self) -> Iterator[tuple[int, Pixels]]:
        for at_ms, data in self.frames:
            yield at_ms, np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), 1), np.uint8)


def _film(settings: Settings, seconds: float, clock: Clock) -> _Film:
    source = open_source(settings.source.model_copy(update={"loop": False}), clock)
    stop, frames, room = threading.Event(), [], _MOST_BYTES
    limit = threading.Timer(seconds + settings.source.stall_s, stop.set)
    limit.start()
    first: Frame | None = None
    try:
        for frame in source.frames(stop):
            first = first or frame
            at_s = frame.captured.since(first.captured)
            data = _jpeg(frame.image)
            room -= len(data)
            if at_s >= seconds or room < 0:
                stop.set()
                break
            frames.append((round(at_s * 1000), data))
    finally:
        limit.cancel()
    if not frames:
        raise ConfigError(f"no frame came: {source.state.detail}")
    rising = [frames[0], *(b for a, b in pairwise(frames) if b[0] > a[0])]
    return _Film(rising)


def _jpeg(image: Pixels) -> bytes:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise PictureError("a frame from the camera cannot be encoded")
    return bytes(data)


def _hidden(reader: PictureReader, film: _Film, plate: str, clock: Clock) -> list[list[Box]]:
    """Return the boxes to cover by frame.

    Raises:
        ConfigError: the test car is in no frame.
    """
    now = clock.now()
    seen = [plates_in(reader, Frame(image, now)) for _, image in film.pictures()]
    if not own_places(seen, plate):
        raise ConfigError(
            f"{plate} was not read in any of {len(film.frames)} frames: nothing is kept; drive by "
            "while it records, and name the plate as it is read (`edge read PICTURE`)"
        )
    return strangers(seen, plate)


def _write(
    settings: Settings,
    store: Store,
    film: _Film,
    hidden: Sequence[Sequence[Box]],
    out: Path,
    clock: Clock,
) -> Made:
    """Put the clip on the list of those to be deleted, then on the chain, then on the disk."""
    now, seconds = clock.now(), film.frames[-1][0] / 1000
    until = until_of(now, settings.record.keep_hours)
    file = out.resolve() / f"clip-{now.iso()[:19].replace(':', '')}.mkv"
    _folder(out)
    note_clips(store, (*kept_clips(store), Kept(str(file), seconds, until)))
    store.record("clip", act_row("clip", Clip(act="recorded", seconds=seconds, until=until)))
    pairs = zip(film.pictures(), hidden, strict=True)
    pictures = ((at_ms, cover(image, boxes)) for (at_ms, image), boxes in pairs)
    _, first = next(film.pictures())
    write_video(file, (first.shape[1], first.shape[0]), pictures)
    covered = sum(bool(boxes) for boxes in hidden)
    return Made(file, seconds, len(film.frames), covered, until)


def _folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--out {out}: cannot be made: {error.strerror}") from error
