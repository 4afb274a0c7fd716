"""Watch with a bug put in on purpose: ``crashing_watch.py WHERE run watch --config FILE``.

WHERE is the thread that dies: ``grabber``, ``lists``, or a ``stranger`` that nobody looks after.
"""

import sys
import threading
from collections.abc import Iterator

from edge.cli import main
from edge.hotlist.keeper import HotlistKeeper
from edge.pipeline import Line
from edge.records import Frame
from edge.sources.recorded import RecordedSource


def fail() -> None:
    raise RuntimeError(f"a bug in the {sys.argv[1]}")


def put_in(where: str) -> None:
    step, frames, refresh = Line.step, RecordedSource.frames, HotlistKeeper.refresh

    def broken_frames(self: RecordedSource, stop: threading.Event) -> Iterator[Frame]:
        yield next(frames(self, stop))
        fail()

    def broken_refresh(self: HotlistKeeper) -> bool:
        if threading.current_thread().name == "lists":
            fail()
        return refresh(self)

    def strange_step(self: Line, frame: Frame) -> object:
        if frame.number == 0:
            threading.Thread(target=fail, name="stranger").start()
        return step(self, frame)

    if where == "grabber":
        RecordedSource.frames = broken_frames  # type: ignore[method-assign]
    elif where == "lists":
        HotlistKeeper.refresh = broken_refresh  # type: ignore[method-assign]
    else:
        Line.step = strange_step  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    put_in(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
