"""The one slot between grabber and line."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import SourceError
from edge.sources.mailbox import Mailbox
from tests.sources.stage import frame, wait_until


@given(st.lists(st.booleans(), max_size=60))
def test_newest_wins_and_every_frame_is_accounted_for(puts):
    """Whatever the order of puts and takes, the newest is taken and each other one counted."""
    mailbox, number, taken, newest = Mailbox(lossless=False), 0, 0, None
    for put in puts:
        if put:
            newest = number
            assert mailbox.put(frame(number))
            number += 1
            continue
        got = mailbox.take(0.0)
        assert (got.number if got else None) == newest
        taken += got is not None
        newest = None
    assert mailbox.dropped == number - taken - (newest is not None)


@pytest.mark.parametrize("lossless", [True, False])
def test_threads_lose_nothing_uncounted(lossless):
    """Between two threads frames stay in order, and taken plus dropped is what was put."""
    mailbox, count = Mailbox(lossless), 500

    def fill():
        for number in range(count):
            mailbox.put(frame(number))
        mailbox.close()

    thread = threading.Thread(target=fill)
    thread.start()
    numbers = []
    while (got := mailbox.take(5.0)) is not None:
        numbers.append(got.number)
    thread.join()
    assert mailbox.closed
    assert numbers == sorted(numbers)
    assert numbers[-1] == count - 1
    assert len(numbers) + mailbox.dropped == count
    if lossless:
        assert mailbox.dropped == 0


def test_take_gives_up():
    """An empty mailbox gives None after the time-out, and is not closed for it."""
    mailbox = Mailbox(lossless=False)
    assert mailbox.take(0.01) is None
    assert not mailbox.closed


def test_error_comes_after_the_last_frame_and_stays():
    """The frame that lay there is still taken; then every take raises the grabber's error."""
    mailbox = Mailbox(lossless=False)
    mailbox.put(frame(7))
    mailbox.close(SourceError("torn off"))
    mailbox.close(SourceError("a later one"))
    got = mailbox.take(0.0)
    assert got is not None
    assert got.number == 7
    for _ in range(2):
        with pytest.raises(SourceError, match="torn off"):
            mailbox.take(0.0)


def test_closing_frees_a_waiting_grabber():
    """A grabber that waits at a full lossless slot is told that nobody will look."""
    mailbox, answers = Mailbox(lossless=True), []
    mailbox.put(frame(0))
    thread = threading.Thread(target=lambda: answers.append(mailbox.put(frame(1))))
    thread.start()
    assert not wait_until(lambda: bool(answers), 0.1)
    mailbox.close()
    thread.join(5)
    assert answers == [False]
    assert mailbox.put(frame(2)) is False


def test_closing_frees_a_waiting_line():
    """A line that waits at an empty slot returns when it is closed."""
    mailbox, answers = Mailbox(lossless=False), []
    thread = threading.Thread(target=lambda: answers.append(mailbox.take(60.0)))
    thread.start()
    mailbox.close()
    thread.join(5)
    assert answers == [None]
