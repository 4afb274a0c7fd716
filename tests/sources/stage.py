"""What the tests of the sources share: sections, frames, a stop that moves a fake clock."""

import threading
import tomllib
from collections.abc import Callable

import numpy as np

from edge.clock import Moment
from edge.config.packed import packed
from edge.config.source import SourceSection
from edge.records import Frame
from tests.fakes import START, FakeClock


def section(**changes) -> SourceSection:
    """The packed defaults with *changes*, and waits fit for tests."""
    quick = {"retry_first_s": 0.05, "retry_max_s": 0.2, "stall_s": 1.0}
    defaults = tomllib.loads((packed("configs") / "default.toml").read_text())["source"]
    return SourceSection(**{**defaults, **quick, **changes})


def frame(number: int, moment: Moment = START) -> Frame:
    return Frame(image=np.zeros((2, 2, 3), np.uint8), captured=moment, number=number)


class FakeStop(threading.Event):
    """A stop whose waits take no time, but move *clock*."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        self.clock.advance(timeout or 0.0)
        return self.is_set()


def wait_until(condition: Callable[[], bool], limit_s: float = 20.0) -> bool:
    """Wait for another thread to bring about *condition*; say whether it did."""
    never = threading.Event()
    for _ in range(round(limit_s / 0.02)):
        if condition():
            return True
        never.wait(0.02)
    return condition()
