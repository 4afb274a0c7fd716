"""A category's own rules go with its alerts; an installer's test wakes nobody and hides nothing."""

from pathlib import Path

import pytest

from edge.policy.quiet import Word
from edge.policy.rules import Rules
from edge.records import Category, Grade, Handling
from tests.fakes import START
from tests.policy.hits import CAR, CATEGORIES, Desk, policy

TEST = {**CAR, "category": "test", "reason": "commissioning"}


@pytest.mark.parametrize("category", list(Category))
def test_alerts_carry_the_rules(tmp_path: Path, category: Category) -> None:
    """Siren, caution, recipients and days are those of the settings; only a test is capped."""
    told = Desk(tmp_path, {**CAR, "category": category.value}).see("AB12345")
    assert told is not None
    rules = dict(CATEGORIES.items())[category]
    test = category is Category.TEST
    assert told.verdict.handling == Handling(
        rules.siren, rules.caution, rules.recipients, rules.keep_days, test
    )
    assert told.verdict.grade is (Grade.VERIFY if test else Grade.ALARM)


def test_a_test_goes_to_no_shift(tmp_path: Path) -> None:
    """No officer, console or supervisor is among those who get a test, and it has no siren."""
    told = Desk(tmp_path, TEST).see("AB12345")
    assert told is not None
    handling = told.verdict.handling
    assert handling.test
    assert not handling.siren
    assert set(handling.recipients) == {"technician", "archive"}


def test_a_siren_that_slipped_in_is_not_handed_on() -> None:
    """Settings made without their check still give a test no siren."""
    wrong = CATEGORIES.test.model_copy(update={"siren": True})
    rules = Rules(CATEGORIES.model_copy(update={"test": wrong}), policy())
    assert not rules.handling(Category.TEST).siren


def test_a_real_entry_comes_before_a_test(tmp_path: Path) -> None:
    """A plate listed twice is told as what it is wanted for, not as a test."""
    for rows in ((TEST, CAR), (CAR, TEST)):
        desk = Desk(tmp_path, *rows, alarm_probability=1.0)
        told = desk.see("AB12345")
        assert told is not None
        assert told.verdict.grade is Grade.VERIFY
        assert told.hit.entry.category is Category.STOLEN_VEHICLE


def test_a_test_hides_no_real_car(tmp_path: Path) -> None:
    """A listed plate one character from a test car's is told at once; a second test is quiet."""
    rows = (TEST, {**CAR, "plate": "AB12346"}, {**TEST, "plate": "AB12347"})
    desk = Desk(tmp_path, *rows, alarm_probability=1.0)
    assert desk.see("AB12345") is not None
    assert desk.see("AB12346", 0.2, track=2) is not None
    assert desk.see("AB12347", 0.4, track=3) is None


def test_quiet_times_of_a_category(tmp_path: Path) -> None:
    """An installer's car is told again after seconds, a stolen one after the policy's minutes."""
    desk = Desk(tmp_path, TEST, {**CAR, "plate": "KL98765"})
    for track, at_s in enumerate((0.0, 5.0, 11.0)):
        told = desk.see("AB12345", at_s, track=track)
        assert (told is not None) is (at_s != 5.0)
    assert told is not None
    assert told.seen_again
    assert desk.see("KL98765", 0.0, track=8) is not None
    assert desk.see("KL98765", 11.0, track=9) is None


def test_recalled_words_are_quiet(tmp_path: Path) -> None:
    """What was told before a restart is quiet as before it, and seen again afterwards."""
    desk = Desk(tmp_path, CAR)
    word = Word("E1", "AB12345", Category.STOLEN_VEHICLE, Grade.ALARM, START.later(-100.0))
    desk.decider.recall([word])
    assert desk.see("AB12345") is None
    again = desk.see("AB12345", 201.0, track=2)
    assert again is not None
    assert again.seen_again
    assert Desk(tmp_path, CAR).see("AB12345") is not None  # control: nothing recalled
