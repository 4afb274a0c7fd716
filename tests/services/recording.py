"""A watch's door for acts in a test's process: a store of its own, and a line that comes round."""

import threading
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

from edge.clock import Clock, SystemClock
from edge.services.act_door import ActDoor
from edge.store import Store


class Line(AbstractContextManager["Line"]):
    """Plays watch's line: what comes to the door is put into *store*, until the block ends."""

    def __init__(self, folder: Path, store: Store, clock: Clock | None = None) -> None:
        self.door = ActDoor(folder, clock or SystemClock("always"), store.record)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self.door.start()
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.door.stop()
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(0.01):
            self.door.step()
