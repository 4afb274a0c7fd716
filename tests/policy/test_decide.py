"""When an alert fires, is revised, is retracted and is kept quiet."""

from pathlib import Path

import numpy as np
import pytest

from edge.plates.alphabet import SLOTS
from edge.records import Direction, GateResult, Grade
from tests.hotlist.lists import contested, listed
from tests.policy.hits import CAR, Desk, policy
from tests.tracking.reads import read_of

DAY_S = 86_400.0
DOUBT = contested("AB12345", 3, "1", 0.6, "7", 0.39)
BEST = read_of("AB12345")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, CAR)


def test_innocent(desk: Desk) -> None:
    """A car that is not listed decides nothing, and nothing of it is kept."""
    assert desk.see("XY98765") is None
    assert desk.see("XY98765", ended=True) is None
    assert desk.told == []


def test_fires_once(desk: Desk) -> None:
    """The first sighting that suffices fires; the same again, and its end, say nothing more."""
    first = desk.see("AB12345", best=BEST)
    assert first is not None
    assert (first.verdict.grade, first.revises) == (Grade.ALARM, None)
    assert not first.retracts
    assert not first.seen_again
    for at in (0.2, 0.4, 0.6):
        assert desk.see("AB12345", at, best=BEST, reads=5) is None
    assert desk.see("AB12345", 0.8, best=BEST, reads=9, ended=True) is None


def test_better_evidence_revises(desk: Desk) -> None:
    """Verify becomes alarm under the same number as the reads add up."""
    first = desk.see(DOUBT)
    assert first is not None
    assert first.verdict.grade is Grade.VERIFY
    second = desk.see("AB12345", 0.2)
    assert second is not None
    assert second.verdict.grade is Grade.ALARM
    assert second.revises == desk.told[0][0]
    assert not second.retracts


def test_downgrade_retracts(desk: Desk) -> None:
    """Alarm becomes verify: the same number, visibly less."""
    desk.see("AB12345")
    worse = desk.see(DOUBT, 0.2)
    assert worse is not None
    assert (worse.verdict.grade, worse.retracts) == (Grade.VERIFY, True)
    assert worse.revises == desk.told[0][0]


@pytest.mark.parametrize(("less", "falls"), [(0.88, False), (0.81, False), (0.78, True)])
def test_alarm_does_not_flicker(desk: Desk, less: float, falls: bool) -> None:
    """An alarm stands while the evidence is a little under what it asked for, and falls below."""
    assert (policy().alarm_probability, policy().revise_gain) == (0.9, 0.1)
    first = desk.see("AB12345", sure=0.91 ** (1 / SLOTS))
    assert first is not None
    assert first.verdict.grade is Grade.ALARM
    then = desk.see("AB12345", 0.2, sure=less ** (1 / SLOTS))
    assert (then is not None and then.retracts) is falls


def test_so_little_evidence_raises_no_alarm(desk: Desk) -> None:
    """The margin is for an alarm that stands: nothing begins with it."""
    first = desk.see("AB12345", sure=0.88 ** (1 / SLOTS))
    assert first is not None
    assert first.verdict.grade is Grade.VERIFY


def test_alarm_is_not_raised_twice(desk: Desk) -> None:
    """What was taken back in a pass comes again as a doubt that says so; the next pass is new."""
    desk.see("AB12345", track=1)
    desk.see(DOUBT, 0.2, track=1)
    again = desk.see("AB12345", 0.4, track=1)
    assert again is not None
    assert again.verdict.grade is Grade.VERIFY
    assert "taken back" in again.verdict.gates[0].sentence
    assert desk.see("AB12345", 0.6, track=1) is None
    later = desk.see("AB12345", 7_200.0, track=2)
    assert later is not None
    assert (later.verdict.grade, later.revises) == (Grade.ALARM, None)


def test_hit_gone(desk: Desk) -> None:
    """When the text turns out another, the alert is retracted once, with what is seen now."""
    desk.see(DOUBT)
    gone = desk.see("AB72345", 0.2)
    assert gone is not None
    assert (gone.verdict.grade, gone.retracts) == (Grade.NONE, True)
    assert gone.revises == desk.told[0][0]
    assert gone.hit.sighting.text == "AB72345"
    assert gone.hit.entry.plate == "AB12345"
    assert gone.hit.probability < 0.01
    assert gone.verdict.gates[0].result is GateResult.FAIL
    assert desk.see("AB72345", 0.4) is None
    assert desk.see("AB72345", 0.6, ended=True) is None


def test_back_after_retraction(desk: Desk) -> None:
    """A retracted hit that returns in the same pass revises the same number."""
    desk.see(DOUBT)
    desk.see("AB72345", 0.2)
    back = desk.see("AB12345", 0.4)
    assert back is not None
    assert back.revises == desk.told[0][0]
    assert (back.verdict.grade, back.retracts) == (Grade.ALARM, False)


def test_probability_revises(desk: Desk) -> None:
    """A change of probability is told from a certain size on."""
    desk.see(contested("AB12345", 3, "1", 0.6, "7", 0.39))
    assert desk.see(contested("AB12345", 3, "1", 0.65, "7", 0.34), 0.2) is None
    revised = desk.see(contested("AB12345", 3, "1", 0.75, "7", 0.24), 0.4)
    assert revised is not None
    assert revised.revises is not None
    assert not revised.retracts


def test_text_revises(desk: Desk) -> None:
    """Another likeliest text is told though the entry and its probability hardly change."""
    desk.see(contested("AB12345", 3, "1", 0.51, "7", 0.48))
    revised = desk.see(contested("AB12345", 3, "1", 0.48, "7", 0.51), 0.2)
    assert revised is not None
    assert not revised.hit.exact


def test_entry_revises(tmp_path: Path) -> None:
    """When another entry fits better, the alert turns to that one under its number."""
    desk = Desk(tmp_path, CAR, {**CAR, "plate": "AB72345"})
    first = desk.see(contested("AB12345", 3, "1", 0.6, "7", 0.39))
    second = desk.see(contested("AB12345", 3, "1", 0.002, "7", 0.99), 0.2)
    assert first is not None
    assert second is not None
    assert (first.hit.entry.entry_id, second.hit.entry.entry_id) == ("E1", "E2")
    assert second.revises == desk.told[0][0]


@pytest.mark.parametrize(
    "change",
    [{"direction": Direction.RECEDING}, {"best": read_of("AB12345", 300)}, {"sure": 0.995}],
)
def test_last_revision(desk: Desk, change: dict[str, object]) -> None:
    """The end of a pass adds what had changed a little: direction, a better crop, probability."""
    desk.see("AB12345", best=BEST)
    state = {"best": BEST, **change}
    assert desk.see("AB12345", 0.2, **state) is None  # type: ignore[arg-type]
    last = desk.see("AB12345", 0.4, ended=True, **state)  # type: ignore[arg-type]
    assert last is not None
    assert last.revises == desk.told[0][0]
    assert last.hit.sighting.ended


def test_only_at_the_end(desk: Desk) -> None:
    """A pass that suffices only at its end is told then."""
    assert desk.see("AB12345", ended=True) is not None


def test_not_stored_is_not_told(desk: Desk) -> None:
    """What the store could not make safe comes again as the first word."""
    desk.broken = True
    assert desk.see("AB12345") is not None
    desk.broken = False
    again = desk.see("AB12345", 0.2)
    assert again is not None
    assert again.revises is None
    assert len(desk.told) == 1


def test_same_entry_is_quiet(desk: Desk) -> None:
    """The same car again is quiet for a while, then it is 'seen again' under a new number."""
    desk.see("AB12345", best=BEST)
    desk.see("AB12345", 1.0, best=BEST, ended=True)
    assert desk.see("AB12345", 200.0, track=2) is None
    assert desk.see("AB12345", 299.0, track=3) is None
    again = desk.see("AB12345", 301.0, track=4)
    assert again is not None
    assert again.seen_again
    assert again.revises is None
    assert desk.told[0][0] != desk.told[1][0]


def test_better_grade_is_not_quiet(desk: Desk) -> None:
    """An alarm is told though a doubtful hit on the same entry was told a moment ago."""
    desk.see(DOUBT)
    sure = desk.see("AB12345", 10.0, track=2)
    assert sure is not None
    assert (sure.verdict.grade, sure.seen_again) == (Grade.ALARM, True)
    assert desk.see("AB12345", 20.0, track=3) is None


def test_retracted_is_not_quiet(desk: Desk) -> None:
    """A retracted alert does not silence the car that is truly meant."""
    desk.see(DOUBT)
    desk.see("AB72345", 0.2)
    true = desk.see(DOUBT, 5.0, track=2)
    assert true is not None
    assert (true.revises, true.seen_again) == (None, False)


def test_two_cars_in_one_frame(tmp_path: Path) -> None:
    """Two listed cars at once give two alerts; the same plate twice gives one."""
    desk = Desk(tmp_path, CAR, {**CAR, "plate": "KL98765"})
    first, second = desk.see("AB12345", track=1), desk.see("KL98765", track=2)
    assert first is not None
    assert second is not None
    assert desk.see("AB12345", track=3) is None
    assert desk.told[0][0] != desk.told[1][0]


def test_similar_is_quiet(tmp_path: Path) -> None:
    """A listed plate one character away from a told one is quiet for a short while."""
    desk = Desk(tmp_path, CAR, {**CAR, "plate": "AB72345"})
    desk.see("AB12345")
    assert desk.see("AB72345", 10.0, track=2) is None
    later = desk.see("AB72345", 31.0, track=3)
    assert later is not None
    assert not later.seen_again


def test_similar_but_surer(tmp_path: Path) -> None:
    """An exact hit with a better grade is told though a similar plate was told before."""
    desk = Desk(tmp_path, CAR, {**CAR, "plate": "AB72345"})
    first = desk.see(contested("AB12345", 2, "B", 0.6, "8", 0.39))
    assert first is not None
    assert first.verdict.grade is Grade.VERIFY
    exact = desk.see("AB72345", 1.0, track=2)
    assert exact is not None
    assert exact.verdict.grade is Grade.ALARM


def test_caution_leads(tmp_path: Path) -> None:
    """Of several entries of one plate the one with a caution is told."""
    desk = Desk(tmp_path, CAR, {**CAR, "caution": "armed"}, CAR)
    told = desk.see("AB12345")
    assert told is not None
    assert told.hit.entry.caution == "armed"


def test_old_list_verifies(desk: Desk) -> None:
    """From the first age on nothing is an alarm."""
    told = desk.see("AB12345", 1.5 * DAY_S)
    assert told is not None
    assert told.verdict.grade is Grade.VERIFY


def test_older_list_is_silent(desk: Desk) -> None:
    """From the second age on nothing is published, not even a revision, and the reason is said."""
    desk.see("AB12345")
    assert desk.decider.silent_reason == ""
    assert desk.see("AB12345", 7 * DAY_S, track=2) is None
    assert "nothing is published" in desk.decider.silent_reason
    assert desk.see("XX99999", 7 * DAY_S) is None
    assert len(desk.told) == 1


def test_clock_not_set(desk: Desk) -> None:
    """With a clock that is not set everything is verify, however old the list seems."""
    for track, jump_s in enumerate((0.0, 30 * DAY_S, -30 * DAY_S)):
        told = desk.see("AB12345", 400.0 * track, trusted=False, track=track, jump_s=jump_s)
        assert told is not None
        assert told.verdict.grade is Grade.VERIFY
        assert not told.verdict.clock_trusted


def test_expires_in_view(tmp_path: Path) -> None:
    """An entry that expires while its car is in view is retracted, and says why."""
    desk = Desk(tmp_path, {**CAR, "expires": "2026-01-01T10:00:10Z"})
    desk.see("AB12345", 9.0)
    gone = desk.see("AB12345", 10.0)
    assert gone is not None
    assert (gone.verdict.grade, gone.retracts) == (Grade.NONE, True)
    assert "expired" in gone.verdict.gates[3].sentence


def test_recovered_in_view(desk: Desk, tmp_path: Path) -> None:
    """An entry that a newer list no longer has is retracted while its car is in view."""
    desk.see("AB12345")
    desk.hotlist = listed(tmp_path, {**CAR, "plate": "KL98765"})
    gone = desk.see("AB12345", 1.0)
    assert gone is not None
    assert (gone.verdict.grade, gone.retracts) == (Grade.NONE, True)
    assert gone.verdict.gates[3].sentence == "The entry is no longer on the list in force."


def test_bounded(desk: Desk) -> None:
    """Passes that never end are forgotten in the end, oldest first."""
    for track in range(600):
        desk.see("AB12345", 301.0 * track, track=track, trusted=False)
    assert len(desk.told) == 600
    assert len(desk.decider._passes) == 512


def test_slots_of_zeros(desk: Desk) -> None:
    """Slots that say nothing decide nothing."""
    assert desk.see(np.zeros((10, 37), np.float32)) is None
