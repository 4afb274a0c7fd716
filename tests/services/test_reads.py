"""Watch's side of kept reads: what is sealed, to whom, and what is not kept and told."""

import os
from pathlib import Path

import pytest

from edge.config import load
from edge.keys.crypto import SealingKey
from edge.keys.identity import make_identity
from edge.keys.roles import Role
from edge.services.reads_slots import FILE, FOLDER, Slot, read_slots, write_slots
from tests.fakes import START
from tests.services.keeping import Begins, Pole, sighting


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    return Pole(tmp_path)


def test_a_read_is_found_as_it_was_seen(pole: Pole) -> None:
    """Text, time, direction and the likeliest jurisdiction; the search looks by text and time."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345", "CD67890")
    found = pole.find(holder, "AB")
    assert [(one.text, one.jurisdiction, one.direction) for one in found] == [
        ("AB12345", "us-ct", "approaching")
    ]
    assert found[0].at.utc_ns == START.utc_ns
    assert found[0].probability == pytest.approx(0.97)
    holder.stop()


def test_the_search_keeps_to_its_window(pole: Pole) -> None:
    """Both ends count, a nanosecond outside does not; a second search finds the same."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    for text in ("A1", "A2", "A3"):
        pole.see(keeper, text)
        pole.clock.advance(40.0)
        holder.step()
    kept = pole.kept(holder)
    for _ in range(2):
        for since, until, expected in (
            (START, START, ["A1"]),
            (START, START.later(40.0), ["A1", "A2"]),
            (START.later(1e-6), START.later(79.9), ["A2"]),
            (START.later(81.0), START.later(900.0), []),
            (START.later(40.0), START.later(900.0), ["A2", "A3"]),
        ):
            found = kept.find(Begins("A"), since, until)
            assert [one.text for one in found] == expected
    holder.stop()


def test_what_came_late_is_found_though_the_slot_was_searched_before(pole: Pole) -> None:
    """What a search remembers of a slot holds only as long as nothing is added to it."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    kept = pole.kept(holder)
    pole.see(keeper, "A1")
    late = START.later(10.0)
    assert list(kept.find(Begins("A"), late, late.later(60.0))) == []
    pole.clock.advance(10.0)
    pole.see(keeper, "A2")
    assert [one.text for one in kept.find(Begins("A"), late, late.later(60.0))] == ["A2"]
    holder.stop()


def test_nothing_is_kept_without_a_key_holder(pole: Pole) -> None:
    """No file, no read in memory, and health says which service to start."""
    keeper = pole.keeper()
    keeper.start()
    pole.see(keeper, "AB12345")
    keeper.stop()
    assert "start edge-search" in keeper.problem
    assert (keeper.count.kept, keeper.count.lost) == (0, 1)
    assert b"AB12345" not in pole.on_disk()
    assert list(pole.reads.iterdir()) == []


def test_after_the_holder_died_nothing_more_is_sealed_to_its_keys(pole: Pole) -> None:
    """Its lock falls with it: what it told before is nobody's key any more."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345")
    holder._door.release()  # what the kernel does to a killed process
    pole.see(keeper, "CD67890")
    assert "nobody holds keys" in keeper.problem
    assert (keeper.count.kept, keeper.count.lost) == (1, 1)
    holder.stop()


def test_keys_that_the_unit_has_not_signed_are_refused(pole: Pole) -> None:
    """Whoever may write beside the lock cannot make watch seal to a key of his own."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    thief = make_identity("pole-1", Role.UNIT, "windsor")
    slot = read_slots(pole.runtime / FOLDER, pole.own)[0]
    mine = Slot(SealingKey(bytes(range(32))), slot.since_ns, slot.until_ns, slot.dies_ns)
    write_slots(pole.runtime / FOLDER, [mine], thief)
    pole.see(keeper, "AB12345")
    assert "not signed by this unit" in keeper.problem
    assert list(pole.reads.iterdir()) == []
    holder.stop()


@pytest.mark.parametrize("blob", [b"", b"EDGESIG\1", b"x" * 20_000], ids=["empty", "cut", "large"])
def test_a_damaged_word_of_the_holder_is_told(pole: Pole, blob: bytes) -> None:
    """Nothing is sealed by guess."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    (pole.runtime / FOLDER / FILE).write_bytes(blob)
    pole.see(keeper, "AB12345")
    assert keeper.problem.startswith("no reads are kept: ")
    assert keeper.count.lost == 1
    holder.stop()


def test_a_late_pass_goes_to_the_slot_in_which_it_was_seen(pole: Pole) -> None:
    """A parked car's pass ends half a minute after its last read: the read keeps its own limit."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.clock.advance(29.0)
    holder.step()
    seen = pole.clock.now()
    pole.clock.advance(31.0)
    holder.step()
    keeper.keep(sighting("AB12345", seen))
    keeper.flush()
    assert pole.texts(holder) == ["AB12345"]
    pole.clock.advance(180.0 - 60.0)
    assert pole.texts(holder) == []
    holder.stop()


def test_a_pass_of_a_time_without_keys_is_not_kept(pole: Pole) -> None:
    """What was seen before the holder began has no slot, and gets no longer life in another."""
    pole.clock.advance(3.0)
    seen = pole.clock.now().later(-2.0)
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    keeper.keep(sighting("AB12345", seen))
    keeper.flush()
    assert (keeper.count.kept, keeper.count.lost) == (0, 1)
    holder.stop()


def test_a_full_disk_keeps_no_reads_and_says_so(
    pole: Pole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch is lost and told; when there is room again the next one is kept, in a new file."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    pole.see(keeper, "AB12345")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdatasync", full)
    pole.see(keeper, "CD67890")
    assert "No space left" in keeper.problem
    monkeypatch.undo()
    pole.see(keeper, "EF11111")
    assert keeper.problem == ""
    assert {"AB12345", "EF11111"} <= set(pole.texts(holder))
    assert (keeper.count.kept, keeper.count.lost) == (2, 1)
    holder.stop()


def test_space_for_alerts_is_not_taken_by_reads(pole: Pole) -> None:
    """With less room than the store's reserve nothing is kept."""
    holder, keeper = pole.holder(), pole.keeper(reserve_mb=10**9)
    holder.open()
    pole.see(keeper, "AB12345")
    assert "kept for alerts" in keeper.problem
    assert list(pole.reads.iterdir()) == []
    holder.stop()


def test_reads_keep_to_their_budget(tmp_path: Path) -> None:
    """Beyond reads.budget_mb nothing more is kept, and health names the setting."""
    pole = Pole(tmp_path, more={"budget_mb": 1})
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    for _ in range(12):
        pole.see(keeper, *["AB12345"] * 3000)
    assert "reads.budget_mb" in keeper.problem
    assert sum(one.stat().st_size for one in pole.reads.iterdir()) < 1.3 * 1024 * 1024
    holder.stop()


def test_the_thread_seals_within_seconds(pole: Pole) -> None:
    """Nobody need flush: what was handed over is on the disk by itself, and at the end at once."""
    holder, keeper = pole.holder(), pole.keeper()
    holder.open()
    keeper.start()
    keeper.keep(sighting("AB12345", pole.clock.now()))
    pole.clock.advance(11.0)
    for _ in range(100):
        if keeper.count.kept:
            break
        keeper._stop.wait(0.05)
    assert keeper.count.kept == 1
    keeper.keep(sighting("CD67890", pole.clock.now()))
    keeper.stop()
    assert set(pole.texts(holder)) == {"AB12345", "CD67890"}
    holder.stop()


def test_memory_is_bounded_when_the_disk_hangs(pole: Pole, monkeypatch: pytest.MonkeyPatch) -> None:
    """A convoy without end fills no memory: what does not fit is counted as lost."""
    monkeypatch.setattr("edge.services.reads._MOST", 5)
    keeper = pole.keeper()
    for number in range(8):
        keeper.keep(sighting(f"A{number}", pole.clock.now()))
    assert len(keeper._waiting) == 5
    assert keeper.count.lost == 3


def test_by_default_nothing_is_kept() -> None:
    """The setting that switches all of this on is zero, and reads die with a reboot."""
    reads = load([]).settings.reads
    assert (reads.keep_s, reads.survive_reboot) == (0.0, False)
