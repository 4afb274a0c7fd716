"""The loop of the line thread: what feeds the watchdog, in which order it ends, what it tells."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.config import load
from edge.errors import PictureError, StoreFull
from edge.hotlist.keeper import HotlistKeeper
from edge.records import Frame
from edge.services.lists import ListWatch
from edge.services.watch import Watch
from edge.sources.mailbox import Mailbox
from tests.brokers import until
from tests.fakes import START, FakeClock
from tests.services.watching import ENTRY, HEADER


class Recorder:
    """Line, vitals, notifier and lists in one: writes down what is asked of it, in order.

    Args:
        fault: called with a frame's number before its step is finished.
    """

    def __init__(self, fault: Callable[[int], None] = lambda _number: None) -> None:
        self.told: list[str] = []
        self.sentence = "frames are coming"
        self._fault = fault

    def step(self, frame: Frame) -> tuple[()]:
        self._fault(frame.number)
        self.told.append(f"step {frame.number}")
        return ()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *words: self.told.append(" ".join([name, *words]))


def play(recorder: Recorder, frames: int = 2) -> list[str]:
    """Run a watch over *frames* frames of a recording and return what it did."""
    mailbox = Mailbox(lossless=True)

    def fill() -> None:
        for number in range(frames):
            mailbox.put(Frame(np.zeros((2, 2, 3), np.uint8), START, number))
        mailbox.close()

    grabber = threading.Thread(target=fill)
    grabber.start()
    parts = dict.fromkeys(("line", "lists", "vitals", "notifier", "sealer"), recorder)
    try:
        Watch(mailbox=mailbox, **parts).run(threading.Event())  # type: ignore[arg-type]
    finally:
        mailbox.close()
        grabber.join()
    return recorder.told


def fails(error: Exception, at: int) -> Callable[[int], None]:
    def fault(number: int) -> None:
        if number == at:
            raise error

    return fault


def test_order_of_a_life() -> None:
    """Ready after the first step, the watchdog after each; passes end before health says so."""
    told = play(Recorder())
    assert [
        one for one in told if one.split()[0] not in ("check", "refresh", "write", "status")
    ] == [
        *("step 0", "ready", "watchdog"),
        *("step 1", "watchdog"),
        *("stopping", "finish", "end"),
    ]


def test_a_frame_that_is_left_out_feeds_nothing() -> None:
    """One bad frame ends nothing, but only finished steps keep the watchdog quiet."""
    told = play(Recorder(fails(PictureError("frame 1 has no pixels"), at=1)), frames=3)
    assert [one for one in told if one[:4] in ("step", "watc", "end")] == [
        *("step 0", "watchdog", "step 2", "watchdog", "end"),
    ]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StoreFull("edge.db: no space left"), "end edge.db: no space left"),
        (
            KeyError("AB12345"),
            "end an unexpected KeyError: see `journalctl -u edge-watch`",
        ),
    ],
)
def test_health_tells_what_ended_it(error: Exception, told: str) -> None:
    """The sentence of an error goes into health; an unexpected one's words might hold a plate."""
    recorder = Recorder(fails(error, at=1))
    with pytest.raises(type(error)):
        play(recorder, frames=3)
    assert recorder.told[-1] == told
    assert not {"stopping", "finish"} & set(recorder.told)


@pytest.fixture
def keeper(tmp_path: Path) -> HotlistKeeper:
    file = tmp_path / "list.csv"
    file.write_text(HEADER + ENTRY.format("AB12345"))
    section = load([]).settings.hotlist.model_copy(update={"path": str(file), "reload_s": 0.0})
    keeper = HotlistKeeper(section, FakeClock())
    assert keeper.refresh()
    return keeper


def test_newer_lists_are_told_once_each(
    keeper: HotlistKeeper, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The journal has one line for a refused list and one for a list that came into force."""
    caplog.set_level(logging.INFO)
    lists = ListWatch(keeper)
    lists.start()
    (tmp_path / "list.csv").write_text("entry_id,plate\n")
    until(lambda: len(caplog.records) == 1, what="the refusal")
    (tmp_path / "list.csv").write_text(HEADER + ENTRY.format("CD12345"))
    until(lambda: len(caplog.records) == 2, what="the new list")
    lists.stop()
    lists.check()
    assert [record.getMessage() for record in caplog.records] == [
        "the hotlist is refused, the last good one holds",
        "another hotlist is in force",
    ]


def test_an_error_in_the_thread_is_raised_in_the_line(
    keeper: HotlistKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug beside the line is raised by the next check, whatever it is."""
    monkeypatch.setattr(keeper, "refresh", lambda: 1 // 0)
    lists = ListWatch(keeper)
    lists.start()

    def raised() -> bool:
        try:
            lists.check()
        except ZeroDivisionError:
            return True
        return False

    until(raised, what="the error")
    lists.stop()


def test_a_list_that_is_being_read_does_not_hold_up_the_end(
    keeper: HotlistKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An end comes before systemd's patience is over, however long the list."""
    reading, ended = threading.Event(), threading.Event()

    def slow() -> bool:
        reading.set()
        ended.wait(60)
        return False

    monkeypatch.setattr(keeper, "refresh", slow)
    lists = ListWatch(keeper)
    lists.start()
    assert reading.wait(30)
    lists.stop()
    assert not ended.is_set()
    ended.set()
    until(lambda: not any(one.name == "lists" for one in threading.enumerate()), what="its end")


def test_an_order_waits_for_no_list(keeper: HotlistKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a long list is being read, an order to stop reading is taken."""
    reading, ended, taken = threading.Event(), threading.Event(), threading.Event()

    def slow() -> bool:
        reading.set()
        ended.wait(60)
        return False

    class Orders:
        def look(self) -> None:
            if reading.is_set():
                taken.set()

    monkeypatch.setattr(keeper, "refresh", slow)
    lists = ListWatch(keeper, orders=Orders())  # type: ignore[arg-type]
    lists.start()
    assert reading.wait(30)
    assert taken.wait(30)
    assert not ended.is_set()
    ended.set()
    lists.stop()
