"""Updates of a card with two sides: tried once, kept where it works, and left in any other case."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge import __version__
from edge.errors import UpdateError
from edge.policy.updating import Phase
from edge.services.update_sides import Links
from edge.services.update_slots import Slots, begin
from edge.services.updater import sides_here
from tests.services.sided import SidedUnit, make_system
from tests.services.updating import LIMITS, SICK, make_release, updater_keys

# what a disk loses is tested in test_tryboot.py and tests/store
pytestmark = pytest.mark.usefixtures("no_waiting_for_disks")


@pytest.fixture
def unit(tmp_path: Path) -> SidedUnit:
    return SidedUnit(tmp_path / "unit")


def test_a_system_is_written_tried_and_kept(unit: SidedUnit) -> None:
    """From the stick to kept by itself: one install, one start; the next one goes the other way."""
    make_system(unit.stick, 1)
    state = unit.live()
    assert (state.phase, state.side, state.before) == (Phase.KEPT, "B", "A")
    assert unit.where() == ("B", "B")
    assert unit.acts() == ["staged", "switched", "kept"]
    assert (unit.machine.installs, unit.machine.starts) == (1, 2)
    assert unit.machine.choice == ("B", "A"), "the side before may be gone back to"
    make_system(unit.stick, 2, "9.1")
    unit.live()
    assert (unit.where(), unit.machine.version("A")) == (("A", "A"), "9.1")
    assert unit.state.phase is Phase.KEPT


@pytest.mark.parametrize(("sick", "why"), SICK.values(), ids=SICK)
def test_what_does_not_work_is_left(unit: SidedUnit, sick: dict[str, object], why: str) -> None:
    """The machine starts anew by itself, on the side before; nothing starts the other one."""
    make_system(unit.stick, 1)
    unit.eyes.when_new = sick
    began = unit.clock.now()
    state = unit.live()
    assert state.phase is Phase.BACK
    assert why in state.why
    assert unit.where() == ("A", "A")
    assert unit.machine.choice == ("A", "A"), "not even by hand"
    assert unit.acts() == ["staged", "switched", "back"]
    assert unit.clock.now().since(began) < 600 + 300 + 15
    assert unit.live().phase is Phase.BACK
    assert unit.machine.installs == 1, "it is not tried again by itself"


def test_a_misread_clip_ends_the_try_at_once(unit: SidedUnit) -> None:
    """The side that runs reads its clip itself, and nobody waits five minutes for it."""
    make_system(unit.stick, 1)
    unit.misread["9.0"] = "edge 9.0 read nothing in the self-test clip"
    began = unit.clock.now()
    state = unit.live()
    assert (state.phase, unit.where()) == (Phase.BACK, ("A", "A"))
    assert "read nothing" in state.why
    assert unit.clock.now().since(began) < 600 + 30


def test_a_side_that_does_not_come_up_is_left(unit: SidedUnit) -> None:
    """No process of it ever ran: the start after it tells, and it is not tried again."""
    make_system(unit.stick, 1)
    unit.machine.dead.add("B")
    state = unit.live()
    assert (state.phase, unit.where()) == (Phase.BACK, ("A", "A"))
    assert "the other one did not start" in state.why
    assert unit.machine.choice == ("A", "A")
    assert unit.live().phase is Phase.BACK


def test_the_power_goes_in_the_try(unit: SidedUnit) -> None:
    """The side before runs on; why stands in the state and on the chain."""
    unit.updater.stage(make_system(unit.folder, 1))
    unit.updater.apply()
    unit.machine.start()
    assert unit.updater.settle().phase is Phase.TRIAL
    assert unit.where() == ("B", "A")
    state = unit.power()
    assert (state.phase, unit.where()) == (Phase.BACK, ("A", "A"))
    assert "in the middle of the trial" in state.why
    assert unit.state.acts[-1].why == state.why


def test_a_pause_in_the_try_is_nobodys_fault(unit: SidedUnit) -> None:
    """Back, and once more after the pause, without another install."""
    make_system(unit.stick, 1)
    unit.eyes.when_new = {"paused": True}
    unit.limits = replace(LIMITS, quiet_s=4000.0)
    unit.updater.run()
    unit.limits = replace(LIMITS, quiet_s=10.0)
    unit.updater.run()
    unit.machine.start()
    assert unit.updater.settle().phase is Phase.TRIAL
    unit.updater.run()
    unit.machine.start()
    assert unit.updater.settle().phase is Phase.WAITING
    assert unit.machine.choice == ("A", "B")
    unit.eyes.when_new = {}
    assert unit.live().phase is Phase.KEPT
    assert unit.machine.installs == 1


def test_raucs_word_counts_as_well(unit: SidedUnit) -> None:
    """Our signature holds and RAUC's does not: refused, told, and the running side runs on."""
    make_system(unit.stick, 1)
    unit.machine.refuses = "signature verification failed"
    state = unit.live()
    assert (state.phase, state.why) == (
        Phase.BACK,
        "RAUC does not take it: signature verification failed",
    )
    assert (unit.where(), unit.machine.starts) == (("A", "A"), 1)


def test_our_signature_counts_as_well(unit: SidedUnit) -> None:
    """Another key's, or a flipped bit: RAUC is not even asked; the good one is taken after."""
    unit.place.inbox.mkdir(parents=True)
    good = make_system(unit.folder / "a", 1).read_bytes()
    foreign = make_system(unit.folder / "b", 2, signer=updater_keys("mallory")).read_bytes()
    flipped = good[:-1] + bytes([good[-1] ^ 1])
    for name, body in {"key": foreign, "flip": flipped, "cut": good[:-1]}.items():
        (unit.place.inbox / f"{name}.update").write_bytes(body)
        state = unit.live()
        assert state.refused.startswith(name), state
        assert (unit.machine.installs, unit.machine.starts) == (0, 1)
    (unit.place.inbox / "good.update").write_bytes(good)
    assert unit.live().phase is Phase.KEPT


def test_each_machine_takes_its_own_kind(unit: SidedUnit) -> None:
    """An environment is not for a card with two sides; the sentence says what is."""
    with pytest.raises(UpdateError, match="scripts/rauc-bundle"):
        unit.updater.stage(make_release(unit.folder / "desk", 1))
    assert unit.machine.installs == 0


def test_in_a_try_by_hand_nothing_is_taken(unit: SidedUnit) -> None:
    """A person's try is not overwritten, not kept, not ended; edge-try.timer sees to its end."""
    card = unit.machine.tryboot()
    (unit.machine.disks / "B").write_text("8.0")
    card.set_state("B", "good")
    card.try_other()
    unit.machine.start()
    file = make_system(unit.stick, 1)
    assert unit.live().phase is Phase.IDLE
    assert (unit.where(), unit.machine.installs) == (("B", "A"), 0)
    with pytest.raises(UpdateError, match="side B is on trial"):
        unit.updater.stage(file)
    unit.machine.start()
    assert unit.live().phase is Phase.KEPT


def test_what_a_person_tries_or_keeps_of_a_waiting_update_is_judged(unit: SidedUnit) -> None:
    """Tried by hand it is on trial all the same; kept by hand in that trial, it is kept."""
    unit.updater.stage(make_system(unit.folder, 1))
    unit.machine.tryboot().try_other()
    unit.machine.start()
    assert unit.updater.settle().phase is Phase.TRIAL
    assert unit.acts() == ["staged", "switched"]
    unit.machine.tryboot().set_primary("B")
    assert unit.live().phase is Phase.KEPT
    assert (unit.where(), unit.acts()[-1]) == (("B", "B"), "kept")


def test_another_system_by_hand_overtakes_what_waits(unit: SidedUnit) -> None:
    """Half written by somebody else, it is forgotten and tried by nobody."""
    unit.updater.stage(make_system(unit.folder, 1))
    unit.machine.tryboot().set_state("B", "bad")
    assert unit.updater.settle().phase is Phase.IDLE
    assert unit.machine.choice == ("A", "A")


def test_by_hand_one_may_go_back(unit: SidedUnit) -> None:
    """The side before is tried and kept as soon as it is up; if it is not, the other runs on."""
    make_system(unit.stick, 1)
    unit.live()
    unit.machine.dead.add("A")
    assert unit.updater.back().phase is Phase.RETURNING
    state = unit.power()
    assert (state.phase, unit.where()) == (Phase.KEPT, ("B", "B"))
    assert "side A did not start" in state.refused
    unit.machine.dead.clear()
    unit.updater.back()
    state = unit.power()
    assert (state.phase, unit.where()) == (Phase.BACK, ("A", "A"))
    assert unit.machine.choice == ("A", "A")
    with pytest.raises(UpdateError, match="no version to go back to"):
        unit.updater.back()


def test_a_lost_state_in_a_try_ends_with_what_is_kept(unit: SidedUnit) -> None:
    """Nobody knows what runs here: the machine starts anew, on the side that is known."""
    unit.updater.stage(make_system(unit.folder, 1))
    unit.updater.apply()
    unit.machine.start()
    (unit.place.folder / "state.json").write_bytes(b'{"phase"')
    unit.updater.settle()
    assert unit.machine.asked
    state = unit.power()
    assert (state.phase, unit.where()) == (Phase.BACK, ("A", "A"))


def test_a_busy_rauc_is_waited_for(unit: SidedUnit) -> None:
    """An updater that was killed has left RAUC at work: its end comes first, then ours."""
    answers = iter(['s "installing"\n', 's "installing"\n', 's "idle"\n'])
    plain = unit.machine.run

    def slow(words: list[str], limit_s: float) -> object:
        done = plain(words, limit_s)
        if words[0] == "busctl":
            done.stdout = next(answers)
        return done

    unit.machine.run = slow  # type: ignore[method-assign, assignment]
    assert unit.updater.stage(make_system(unit.folder, 1)).phase is Phase.WAITING
    assert unit.machine.installs == 1


def test_a_try_is_asked_of_systemd(unit: SidedUnit) -> None:
    """On a Pi by a unit that holds the argument; anything else is a plain reboot."""
    assert begin(["reboot", "0 tryboot"], unit.machine.run) == ""
    assert begin(["reboot"], unit.machine.run) == ""
    assert [one[-1] for one in unit.machine.asked] == ["edge-try-begin.service", "reboot.target"]


def test_the_kernels_words_choose(unit: SidedUnit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they name a side the card is meant; elsewhere environments beside each other."""
    card = unit.machine.tryboot()
    monkeypatch.setattr("edge.services.updater.Tryboot", lambda **_: card)
    assert isinstance(sides_here(unit.clock), Slots)
    (unit.machine.proc / "cmdline").write_text("root=/dev/mmcblk0p2 ro\n")
    assert isinstance(sides_here(unit.clock), Links)
    (unit.machine.proc / "cmdline").unlink()
    with pytest.raises(UpdateError, match="cannot be read"):
        sides_here(unit.clock)


def test_the_version_before_this_one_runs_here() -> None:
    """The control: what plays the other side has another version than this."""
    assert __version__ not in {"9.0", "9.1"}
