"""A console's store: what came is kept once, what was done is on the record."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edge.errors import StoreContradicted, StoreError
from edge.messages.letter import Letter
from edge.records import AlertId
from edge.store.console import ConsoleStore, Draft
from edge.store.kept import Rules
from edge.store.seen import Novelty
from edge.store.tries import FREE, LONGEST_S
from tests.fakes import START, FakeClock

EPOCH = "ab" * 16
DAY_S = 86_400.0


def number(sequence: int = 1, unit: str = "bridge-2") -> AlertId:
    return AlertId(unit, EPOCH, sequence)


def keep(store: ConsoleStore, sequence: int = 1, revision: int = 0, mark: str = "m") -> Novelty:
    return store.alerts.keep(
        number(sequence), revision, mark, b"words", b"jpeg", Rules(30.0, stands=True)
    )


def post(store: ConsoleStore, claim: tuple[str, bytes, int] | None = None) -> AlertId:
    def build(own: AlertId) -> Draft:
        return Draft(f"outcome {own.sequence}".encode(), Letter(b"sealed"), claim)

    return store.post(number(), build, {"officer": "officer-1"})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def opened(tmp_path: Path, clock: FakeClock) -> ConsoleStore:
    return ConsoleStore(tmp_path, "car-1", clock)


def test_a_revision_is_kept_once(tmp_path: Path, clock: FakeClock) -> None:
    """The first time it is new, then it came again; an older one is outdated."""
    with opened(tmp_path, clock) as store:
        assert keep(store, revision=1) is Novelty.NEW
        assert keep(store, revision=1) is Novelty.AGAIN
        assert keep(store, revision=0) is Novelty.OUTDATED
    with opened(tmp_path, clock) as store:
        assert keep(store, revision=1) is Novelty.AGAIN
        assert [one.revision for one in store.alerts.of(number())] == [1, 0]
        store.check()


def test_other_words_under_a_known_number_are_refused(tmp_path: Path, clock: FakeClock) -> None:
    """A second content for a number is somebody's forgery; what is kept stays."""
    with opened(tmp_path, clock) as store:
        keep(store)
        with pytest.raises(StoreContradicted, match="forging"):
            keep(store, mark="other")
        assert [one.mark for one in store.alerts.of(number())] == ["m"]


def test_a_picture_may_come_later(tmp_path: Path, clock: FakeClock) -> None:
    """Words that had to leave their picture out get it when they are sent again with it."""
    with opened(tmp_path, clock) as store:
        store.alerts.keep(number(), 0, "m", b"words", None, Rules(30.0, stands=True))
        assert store.alerts.picture(number()) is None
        assert keep(store) is Novelty.AGAIN
        assert store.alerts.picture(number()) == b"jpeg"


def test_a_touch_is_recorded_once_and_survives(tmp_path: Path, clock: FakeClock) -> None:
    """Who stops a siren is on the record; a second touch changes nothing."""
    with opened(tmp_path, clock) as store:
        keep(store)
        store.alerts.touch(number(), "")
        store.alerts.touch(number(), "officer-1")
        assert store.audit.count("touch") == 1
    with opened(tmp_path, clock) as store:
        assert store.alerts.touched() == {number()}


def test_an_untouched_alarm_is_held_however_old(tmp_path: Path, clock: FakeClock) -> None:
    """The newest are held ready, and each alarm that nobody touched, in the order they came."""
    with opened(tmp_path, clock) as store:
        for sequence in range(1, 6):
            keep(store, sequence)
        for sequence in (1, 3, 5):
            store.alerts.touch(number(sequence), "")
        assert [one.sequence for one in store.alerts.held(1)] == [2, 4, 5]
        assert [one.sequence for one in store.alerts.held()] == [1, 2, 3, 4, 5]


def test_gaps_count_from_the_first_that_came_to_the_units_head(
    tmp_path: Path, clock: FakeClock
) -> None:
    """What lies between what came, and up to what the unit says it has sent, is missing."""
    with opened(tmp_path, clock) as store:
        for sequence in (4, 5, 8):
            keep(store, sequence)
        assert store.alerts.missing() == {"bridge-2": 2}
        store.alerts.note_head("bridge-2", EPOCH, 10)
        store.alerts.note_head("bridge-2", EPOCH, 9)
        store.alerts.note_head("silent-1", EPOCH, 9)
        assert store.alerts.missing() == {"bridge-2": 4}
        for sequence in (6, 7, 9, 10):
            keep(store, sequence)
        assert store.alerts.missing() == {}


def test_erased_after_its_days_and_not_before(tmp_path: Path, clock: FakeClock) -> None:
    """Words, pictures, outcomes and claims go; numbers stay, so that nothing is shown anew."""
    with opened(tmp_path, clock) as store:
        keep(store)
        post(store, ("c1", b"claim", START.later(5 * DAY_S).utc_ns))
        clock.advance(29 * DAY_S)
        assert store.erase(clock.now()) == []
        assert len(store.words.all()) == 1
        clock.advance(2 * DAY_S)
        assert store.erase(clock.now()) == [number()]
        assert (store.alerts.held(), store.words.all()) == ([], [])
        assert (store.alerts.picture(number()), store.claims.waiting()) == (None, [])
        assert keep(store) is Novelty.AGAIN
        assert store.alerts.held() == []
        store.check()


def test_an_untrusted_clock_erases_nothing(tmp_path: Path, clock: FakeClock) -> None:
    """While the clock is in doubt nothing goes; the days then count from the first trusted run."""
    clock.believed = False
    with opened(tmp_path, clock) as store:
        keep(store)
        clock.advance(400 * DAY_S)
        assert store.erase(clock.now()) == []
        clock.believed = True
        assert store.erase(clock.now()) == []
        clock.advance(31 * DAY_S)
        assert store.erase(clock.now()) == [number()]


def test_an_outcome_is_queued_recorded_and_kept_together(tmp_path: Path, clock: FakeClock) -> None:
    """One transaction: a build that fails leaves no number, no row and no record behind."""

    def fails(_: AlertId) -> Draft:
        raise StoreError("no")

    with opened(tmp_path, clock) as store:
        with pytest.raises(StoreError, match="no"):
            store.post(number(), fails, {})
        assert (store.outbox.depth(), store.words.all(), store.audit.count("outcome")) == (0, [], 0)
        first = post(store)
        assert first == AlertId("car-1", store.epoch, 1)
        (row,) = store.outbox.pending(clock.now(), 10)
        assert (row.kind, row.body) == ("verdict", b"sealed")
        (word,) = store.words.all()
        assert (word.number, word.own, word.received) == (first, True, False)


def test_anothers_outcome_is_heard_once(tmp_path: Path, clock: FakeClock) -> None:
    """Another console's outcome is kept once, and other words under its number are refused."""
    theirs = AlertId("car-2", EPOCH, 1)
    with opened(tmp_path, clock) as store:
        for novelty in (Novelty.NEW, Novelty.AGAIN):
            heard = store.words.hear(theirs, 0, "m", b"words", number(), clock.now())
            assert heard is novelty
        with pytest.raises(StoreContradicted):
            store.words.hear(theirs, 0, "other", b"words", number(), clock.now())
        (word,) = store.words.all()
        assert (word.own, word.received) == (False, True)


def test_wrong_passwords_make_wait_even_after_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    """Some slips are free; then the wait doubles to its longest, and the right one forgets it."""
    with opened(tmp_path, clock) as store:
        for _ in range(FREE):
            assert store.tries.wait_s("officer-1", clock.now()) == 0.0
            store.tries.failed("officer-1", clock.now())
        assert store.tries.wait_s("officer-1", clock.now()) == 5.0
        assert store.tries.wait_s("officer-2", clock.now()) == 0.0
    with opened(tmp_path, clock) as store:
        store.tries.failed("officer-1", clock.now())
        assert store.tries.wait_s("officer-1", clock.now()) == 10.0
        for _ in range(20):
            store.tries.failed("officer-1", clock.now())
        assert store.tries.wait_s("officer-1", clock.now()) == LONGEST_S
        store.log_in("officer-1", {"officer": "officer-1"})
        assert store.tries.wait_s("officer-1", clock.now()) == 0.0


def test_a_clock_put_back_shuts_nobody_out(tmp_path: Path, clock: FakeClock) -> None:
    """Wrong passwords of a future that the clock has left make wait once more and no longer."""
    with opened(tmp_path, clock) as store:
        clock.advance(365 * DAY_S)
        for _ in range(FREE):
            store.tries.failed("officer-1", clock.now())
        clock.advance(-365 * DAY_S)
        assert store.tries.wait_s("officer-1", clock.now()) == 5.0
        clock.advance(5.0)
        assert store.tries.wait_s("officer-1", clock.now()) == 0.0


def test_anothers_store_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    """A folder of another console, whose officers gave those outcomes, is not taken over."""
    with opened(tmp_path, clock):
        pass
    with pytest.raises(StoreError, match="belongs to 'car-1'"):
        ConsoleStore(tmp_path, "car-2", clock).open()


_POSTS = """
import sys
from pathlib import Path
from tests.fakes import FakeClock
from tests.store.test_console import keep, opened, post
with opened(Path(sys.argv[1]), FakeClock()) as store:
    for sequence in range(1, 10_000):
        keep(store, sequence)
        post(store)
        print(sequence, flush=True)
"""


def test_what_was_said_to_be_kept_is_there_after_a_kill(tmp_path: Path, clock: FakeClock) -> None:
    """Kill -9 in the middle of writing: all that was answered for is there, the chain holds."""
    child = subprocess.Popen(
        [sys.executable, "-c", _POSTS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _ in range(15)]
    os.kill(child.pid, signal.SIGKILL)
    told += [int(line) for line in child.stdout]
    child.stdout.close()
    child.wait()
    with opened(tmp_path, clock) as store:
        store.check()
        kept = {one.sequence for one in store.alerts.held(100_000)}
        assert kept >= set(told)
        assert len(store.words.all()) >= len(told)
        assert store.outbox.depth() == len(store.words.all())
