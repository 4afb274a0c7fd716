"""The thread from a source to the mailbox."""

import threading

import pytest

from edge.errors import SourceError
from edge.sources.base import SourceState
from edge.sources.grabber import Grabber
from edge.sources.mailbox import Mailbox
from tests.sources.stage import frame, wait_until


class Scripted:
    """A source of *count* frames, then *error*, or waits for its stop."""

    live = False
    state = SourceState()

    def __init__(self, count: int, error: Exception | None = None, *, lasting: bool = False):
        self.count, self.error, self.lasting = count, error, lasting
        self.ended = False

    def frames(self, stop: threading.Event):
        for number in range(self.count):
            yield frame(number)
        if self.error:
            raise self.error
        if self.lasting:
            stop.wait(60)
        self.ended = True


def test_a_recording_ends():
    """All frames of a recording arrive in order; its end closes the mailbox without an error."""
    mailbox = Mailbox(lossless=True)
    grabber = Grabber(Scripted(5), mailbox)
    grabber.start()
    assert [mailbox.take(5.0).number for _ in range(5)] == [0, 1, 2, 3, 4]
    assert mailbox.take(5.0) is None
    assert mailbox.closed
    grabber.stop()


@pytest.mark.parametrize("error", [SourceError("broken"), ZeroDivisionError("a bug")])
def test_any_error_reaches_the_line(error):
    """What fails in the thread is raised where frames are taken, after those that came before."""
    mailbox = Mailbox(lossless=True)
    grabber = Grabber(Scripted(1, error), mailbox)
    grabber.start()
    assert mailbox.take(5.0) is not None
    with pytest.raises(type(error)):
        mailbox.take(5.0)
    grabber.stop()


def test_stop_ends_a_waiting_source():
    """A source that waits for its camera is asked to end, and has ended when stop returns."""
    source, mailbox = Scripted(1, lasting=True), Mailbox(lossless=False)
    grabber = Grabber(source, mailbox)
    grabber.start()
    assert mailbox.take(5.0) is not None
    grabber.stop()
    assert source.ended
    assert mailbox.closed


def test_stop_ends_a_grabber_at_a_full_mailbox():
    """A line that no longer takes does not keep the grabber from ending."""
    source, mailbox = Scripted(100, lasting=True), Mailbox(lossless=True)
    grabber = Grabber(source, mailbox)
    grabber.start()
    assert wait_until(lambda: threading.active_count() > 1, 5)
    grabber.stop()
    assert source.ended
