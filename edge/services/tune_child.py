"""The process in which settings are compared, apart from the page: ``-m edge.services.tune_child``.

It is asked by its input, answers in lines of JSON, writes no file, and is gone as soon as whoever
started it is, or wants no answer any more: with it everything that it has seen.
"""

import json
import os
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from pydantic import BaseModel, ConfigDict

from edge import log
from edge.clock import Clock, Moment, SystemClock
from edge.config import Settings
from edge.errors import EdgeError
from edge.evaluate.clip_truth import load_cars
from edge.evaluate.passes import difference
from edge.keys.held import leave_no_dump
from edge.services.replay import Replayed, replay
from edge.services.tune_clip import Compared, aimed
from edge.services.tune_reel import MemoryReel
from edge.services.tune_told import Cover, told_compared

_NICE: Final = 19
_SIZE: Final = struct.Struct(">I")
_EVERY: Final = 10  # frames between two words on how far it is


class Ask(BaseModel):
    """What is to be compared; the pictures' bytes follow it.

    Attributes:
        start: nanoseconds of the first picture's time, UTC.
        offsets_ns: of each picture since the first, and *sizes* in bytes; none for a clip.
        clip: the file or folder; empty for pictures.
        truth: the file that tells what is on it; empty where nobody knows.
        masked: texts of others are covered; *own* are the test plates'.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    old: Settings
    new: Settings
    start: int
    offsets_ns: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()
    clip: str = ""
    truth: str = ""
    masked: bool = True
    own: tuple[str, ...] = ()


def compare_asked(
    ask: Ask,
    pictures: Sequence[bytes],
    clock: Clock,
    tell: Callable[[str, float | None], None],
) -> dict[str, Any]:
    """Return the comparison as the page shows it.

    Args:
        tell: is told how far it is, and the share if that is known.

    Raises:
        EdgeError: as a replay, or the truth of a clip cannot be read.
    """
    cars = load_cars(Path(ask.truth)) if ask.truth else None
    reel = MemoryReel(list(zip(ask.offsets_ns, pictures, strict=True))) if pictures else None
    total = len(pictures)
    sides: list[Replayed] = []
    for name, settings in (("old", ask.old), ("new", ask.new)):
        tick = _ticker(name, 0.5 * len(sides), total, tell)
        sides.append(replay(_alone(settings, ask.clip), Moment(ask.start, 0), clock, reel, tick))
        total = sides[0].frames
    old, new = sides
    found = difference(old.passes, new.passes)
    compared = Compared(old, new, tuple(found.gained), tuple(found.lost))
    return told_compared(compared, Cover(ask.masked, ask.own), cars)


def _ticker(
    name: str, share: float, total: int, tell: Callable[[str, float | None], None]
) -> Callable[[int], None]:
    of = f" of {total}" if total else ""

    def tick(frames: int) -> None:
        if frames % _EVERY == 1:
            done = min(1.0, share + 0.5 * frames / total) if total else None
            tell(f"{name} settings: picture {frames}{of}", done)

    return tick


def _alone(settings: Settings, clip: str) -> Settings:
    """Return *settings* for a replay that needs no list: who is wanted is not asked here."""
    hotlist = settings.hotlist.model_copy(update={"path": "", "folder": ""})
    bare = settings.model_copy(update={"hotlist": hotlist})
    return aimed(bare, Path(clip)) if clip else bare


def packed(ask: Ask) -> bytes:
    """Return what goes before the pictures."""
    words = ask.model_dump_json().encode("utf-8")
    return _SIZE.pack(len(words)) + words


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise SystemExit(3)  # whoever asked has gone
    return data


def _end_with_parent() -> None:
    """Be gone when the other end of our input is."""
    os.read(0, 1)
    os._exit(3)


def main() -> int:
    """Answer what our input asks."""
    os.nice(_NICE)
    leave_no_dump()
    log.set_up("warning")
    stream = sys.stdin.buffer
    (size,) = _SIZE.unpack(_exactly(stream, _SIZE.size))
    ask = Ask.model_validate_json(_exactly(stream, size))
    pictures = [_exactly(stream, one) for one in ask.sizes]
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()

    def tell(sentence: str, share: float | None) -> None:
        _say({"sentence": sentence, "share": share})

    try:
        _say({"result": compare_asked(ask, pictures, SystemClock("always"), tell)})
    except EdgeError as error:
        _say({"problem": str(error)})
    return 0


def _say(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
