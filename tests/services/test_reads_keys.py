"""Retention of kept reads: no key outlives its limit, whatever the clock does."""

from contextlib import suppress
from pathlib import Path

import pytest

from edge.errors import KeysError
from edge.services.reads_keys import KeyHolder
from edge.services.reads_slots import slot_s
from tests.services.keeping import YEAR_S, Pole

DAY_S = 86_400.0
HOURLY = 21 * DAY_S


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    return Pole(tmp_path)


def run(pole: Pole, holder: KeyHolder, seconds: float, step_s: float = 1.0) -> None:
    """Let time pass, as the holder's thread sees it."""
    end_ns = pole.now_ns() + round(seconds * 1e9)
    while (left_ns := end_ns - pole.now_ns()) > 0:
        pole.clock.advance(min(step_s, left_ns / 1e9))
        holder.step()


@pytest.mark.parametrize(
    ("keep_s", "slot"), [(180.0, 30.0), (HOURLY, 3600.0), (3600.0, 600.0), (2.0, 1.0)], ids=str
)
def test_slots_are_a_sixth_of_the_time_and_at_most_an_hour(keep_s: float, slot: float) -> None:
    """What is kept for three minutes has keys of thirty seconds."""
    assert slot_s(keep_s) == slot


@pytest.mark.parametrize("keep_s", [180.0, 3600.0, HOURLY], ids=str)
def test_a_read_is_there_before_its_limit_and_gone_at_it(tmp_path: Path, keep_s: float) -> None:
    """Found until a slot before the limit at least; at the limit neither key nor file is left."""
    pole = Pole(tmp_path, keep_s)
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345")
    slot = slot_s(keep_s)
    run(pole, holder, keep_s - slot - 1, step_s=max(1.0, (keep_s - slot - 1) / 400))
    assert pole.texts(holder) == ["AB12345"]
    run(pole, holder, slot + 1, step_s=max(1.0, slot / 60))
    assert pole.texts(holder) == []
    assert pole.reads.exists()
    assert list(pole.reads.iterdir()) == []
    assert sum(pole.acts("died")) in {0, 1}  # its hour may go on
    holder.stop()


def test_no_read_outlives_the_limit_wherever_in_its_slot_it_came(pole: Pole) -> None:
    """A car each second for five minutes: at any of them only cars of the last 180 s are found."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    for second in range(320):
        pole.see(keeper, f"A{second:05}")
        pole.clock.advance(1.0)
        holder.step()
        if second % 20 == 0:
            ages = [second + 1 - int(text[1:]) for text in pole.texts(holder)]
            assert all(0 < age < 180 for age in ages)
            assert len(ages) >= min(second + 1, 149)
    assert keeper.count.lost == 0
    holder.stop()


def test_a_search_at_the_limit_finds_nothing_even_before_the_thread_looks(pole: Pole) -> None:
    """Whoever asks lets die first what is due: the limit does not wait for a timer."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345")
    pole.clock.advance(179.0)
    assert pole.texts(holder) == ["AB12345"]
    pole.clock.advance(1.0)
    assert pole.texts(holder) == []
    holder.stop()


@pytest.mark.parametrize("years", [-1, -40], ids=["a year back", "to the first day"])
def test_a_clock_set_back_lengthens_no_life(pole: Pole, years: int) -> None:
    """The machine's own time rules: 180 s are 180 s, in whatever year."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345")
    pole.jump(years * YEAR_S)
    run(pole, holder, 100.0)
    pole.see(keeper, "CD67890")
    assert pole.texts(holder) == ["AB12345", "CD67890"]
    run(pole, holder, 80.0)
    assert pole.texts(holder) == ["CD67890"]
    run(pole, holder, 180.0)
    assert pole.texts(holder) == []
    holder.stop()


def test_a_clock_set_forward_kills_early(pole: Pole) -> None:
    """A year later by a clock that is believed: the keys go at once, rather than one too late."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345")
    pole.jump(YEAR_S)
    holder.step()
    assert pole.texts(holder) == []
    pole.see(keeper, "CD67890")
    assert pole.texts(holder) == ["CD67890"]
    holder.stop()


def test_a_clock_that_is_set_for_the_first_time_kills_nothing(tmp_path: Path) -> None:
    """Keys of a time that was not believed live by the machine's own time, after it is set too."""
    pole = Pole(tmp_path)
    pole.clock.believed = False
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345")
    pole.jump(30 * YEAR_S)
    pole.clock.believed = True
    holder.step()
    assert pole.texts(holder) == ["AB12345"]
    run(pole, holder, 180.0)
    assert pole.texts(holder) == []
    holder.stop()


def test_after_a_long_sleep_the_first_look_finds_nothing(pole: Pole) -> None:
    """A machine that slept for days wakes with keys in memory; nothing opens with them any more."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345")
    pole.clock.advance(3 * DAY_S)
    assert pole.texts(holder) == []
    assert list(pole.reads.iterdir()) == []
    pole.see(keeper, "CD67890")
    assert keeper.count.lost == 1  # no slot covers the time: none is made for the past
    holder.step()
    pole.see(keeper, "CD67891")
    assert pole.texts(holder) == ["CD67891"]
    holder.stop()


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "stopped"])
def test_a_new_holder_deletes_what_the_one_before_kept(pole: Pole, killed: bool) -> None:
    """Whatever ended it, its keys are gone: the files are deleted at the start, and counted."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345", "CD67890")
    if killed:
        holder._door.release()  # what the kernel does; nobody wipes
    else:
        holder.stop()
    assert len(list(pole.reads.iterdir())) == 1
    other = pole.holder()
    other.open()
    assert list(pole.reads.iterdir()) == []
    assert pole.acts("lost") == [2]
    pole.see(keeper, "EF11111")
    assert pole.texts(other) == ["EF11111"]
    other.stop()
    if killed:
        holder.stop()


def test_two_holders_do_not_stand_beside_each_other(pole: Pole) -> None:
    """The second says which one to end, and disturbs nothing of the first."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345")
    with pytest.raises(KeysError, match="another key holder"):
        pole.holder().open()
    assert pole.texts(holder) == ["AB12345"]
    holder.stop()


def test_each_hour_has_its_rows_on_the_chain(tmp_path: Path) -> None:
    """A key for the hour, its end with the number of reads, and no plate in either."""
    pole = Pole(tmp_path, 2 * 3600.0)
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    for minute in range(300):
        pole.see(keeper, f"A{minute:05}")
        run(pole, holder, 60.0, step_s=60.0)
    keys, died = pole.acts("key"), pole.acts("died")
    assert keys == [0] * 5
    assert len(died) == 3
    hours = [hour for act, hour, _ in pole.rows if act == "key"]
    assert hours == sorted(set(hours))
    assert sum(died) + len(pole.texts(holder)) >= 240
    assert sum(died) == 300 - len(pole.texts(holder)) - _of_unfinished_hours(holder, died)
    holder.stop()


def _of_unfinished_hours(holder: KeyHolder, died: list[int]) -> int:
    """Return how many dead reads have no row yet: others of their hour live on."""
    assert died
    return sum(one.reads for one in holder._acts.hours.values())


def test_a_key_that_cannot_be_recorded_is_not_made(pole: Pole) -> None:
    """On a full disk no key is made; nothing is kept, and both say so; later all goes on."""
    pole.full = True
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345")
    assert "cannot be recorded" in holder.problem
    assert "no key" in keeper.problem
    assert (keeper.count.kept, keeper.count.lost) == (0, 1)
    pole.full = False
    holder.step()
    pole.see(keeper, "CD67890")
    assert pole.texts(holder) == ["CD67890"]
    assert (holder.problem, keeper.problem) == ("", "")
    holder.stop()


def test_an_end_that_cannot_be_recorded_is_an_end_all_the_same(pole: Pole) -> None:
    """Full disk at the limit: the reads go on time, their row follows when there is room."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345")
    pole.full = True
    run(pole, holder, 4000.0, step_s=10.0)
    assert pole.texts(holder) == []
    assert pole.acts("died") == []
    pole.full = False
    holder.step()
    assert pole.acts("died") == [1]
    holder.stop()


def test_the_thread_lets_keys_die_by_itself(tmp_path: Path) -> None:
    """The real clock and the real thread: two seconds after its limit a read is gone."""
    pole = Pole(tmp_path, 2.0)
    holder = pole.holder()
    holder.start()
    keeper = pole.keeper()
    pole.see(keeper, "AB12345")
    assert len(list(pole.reads.iterdir())) == 1
    pole.clock.advance(2.0)
    for _ in range(60):
        if not list(pole.reads.iterdir()):
            break
        holder._stop.wait(0.1)
    assert list(pole.reads.iterdir()) == []
    holder.stop()


def test_locked_memory_that_cannot_be_had_ends_the_start(
    pole: Pole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys that could be swapped out are not made at all."""

    def refused(_self: object) -> None:
        raise KeysError("cannot be locked in memory; set LimitMEMLOCK=")

    monkeypatch.setattr("edge.keys.held.HeldKeys.open", refused)
    holder = pole.holder()
    with pytest.raises(KeysError, match="LimitMEMLOCK"):
        holder.open()
    with suppress(KeysError):
        holder.stop()
    assert pole.rows == []
