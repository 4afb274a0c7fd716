"""The blind question, and what an answer means."""

from dataclasses import replace

import pytest

from edge.errors import ConsoleError
from edge.messages.alert_parts import AlertMessage
from edge.plates.alphabet import decode
from edge.records import Contested
from edge.web.console.cards import CAN_NOT_TELL, DIFFERS, MATCH, NEITHER
from edge.web.console.questions import check, judge, means, question, sentence
from tests.alerts import an_entry, slots_of
from tests.web.console.told import FIFTH, alarm, message


def _alert(*contested: Contested, plate: str = "AB12345", read: str = "AB12345") -> AlertMessage:
    plain = alarm()
    slots = slots_of(read) if read else slots_of("A") * 0
    sighting = replace(plain.hit.sighting, slots=slots, text=decode(slots) if read else "")
    hit = replace(plain.hit, entry=an_entry(plate), contested=contested, sighting=sighting)
    return message(replace(plain, hit=hit))


@pytest.mark.parametrize("listed", ["3", "7"])
def test_the_deciding_character_is_asked_in_an_order_that_tells_nothing(listed: str) -> None:
    """Listed character and rival stand in the alphabet's order, whichever is the listed one."""
    rival = "7" if listed == "3" else "3"
    one = Contested(5, listed, 0.6, rival, 0.37, decides=True)
    asked = question(_alert(one), moving=True)
    assert (asked.kind, asked.position) == ("character", 5)
    assert asked.choices == ("3", "7", NEITHER, CAN_NOT_TELL)
    assert not asked.read


def test_the_character_in_most_doubt_is_asked_first() -> None:
    """Of two that decide, the one that is less sure; one that does not decide is not asked."""
    sure = Contested(1, "A", 0.9, "4", 0.1, decides=True)
    idle = Contested(2, "B", 0.2, "8", 0.7, decides=False)
    assert question(_alert(sure, FIFTH, idle), moving=True).position == 5
    assert question(_alert(idle), moving=True).kind == "match"


def test_a_missing_character_is_asked_of_the_whole_plate() -> None:
    """A rival that is "no character there" cannot be tapped: the whole read is compared."""
    assert question(_alert(replace(FIFTH, rival="")), moving=True).kind == "match"


def test_typing_only_when_standing() -> None:
    """A moving car is offered no typing, and typing is refused there even when it is sent."""
    moving, standing = (question(_alert(), moving=one) for one in (True, False))
    assert (moving.typing, standing.typing) == (False, True)
    assert check(standing, "ab 123-45") == "AB12345"
    with pytest.raises(ConsoleError, match="moves"):
        check(moving, "AB12345")


def test_nothing_to_compare_is_typed() -> None:
    """An alert without a read of its own asks to type, or can't tell."""
    asked = question(_alert(read=""), moving=False)
    assert (asked.kind, asked.choices) == ("type", (CAN_NOT_TELL,))


@pytest.mark.parametrize("typed", ["", "---", "AB12345678901", "<script>", "AB\u00d61234"])
def test_what_is_no_plate_is_refused(typed: str) -> None:
    """Typed text must be letters and digits, no longer than a plate."""
    with pytest.raises(ConsoleError, match="1 to 10 letters"):
        check(question(_alert(), moving=False), typed)


@pytest.mark.parametrize(
    ("answer", "agreed"),
    [("3", True), ("7", False), (NEITHER, False), (CAN_NOT_TELL, None), ("AB12345", True)],
)
def test_a_character_agrees_if_it_is_the_listed_one(answer: str, agreed: bool | None) -> None:
    """The listed character agrees, its rival and neither differ, can't tell says nothing."""
    alert = _alert(FIFTH)
    assert judge(question(alert, moving=False), answer, alert) is agreed


@pytest.mark.parametrize(
    ("read", "answer", "agreed"),
    [
        ("AB12345", MATCH, True),
        ("AB12345", DIFFERS, False),
        ("AB12346", MATCH, False),
        ("AB12346", DIFFERS, None),
        ("AB12346", "AB12345", True),
        ("AB12345", "AB12346", False),
        ("AB12345", CAN_NOT_TELL, None),
    ],
)
def test_a_match_is_judged_against_the_list(read: str, answer: str, agreed: bool | None) -> None:
    """Who confirms a read that is not the listed plate contradicts the list."""
    alert = _alert(read=read)
    assert judge(question(alert, moving=False), answer, alert) is agreed


@pytest.mark.parametrize(
    ("plate", "text", "same"),
    [
        ("AB12340", "AB1234O", True),
        ("AB12348", "AB1234B", False),
        ("AB1*", "AB1", True),
        ("AB1*", "AB12345", True),
        ("A?1*9", "AX10009", True),
        ("A?1*9", "AX1000", False),
        ("AB12345", "AB1234", False),
    ],
)
def test_what_means_the_entry(plate: str, text: str, same: bool) -> None:
    """O and 0 are one to the eye, 8 and B are two; a part of a plate is met by all that it fits."""
    assert means(_alert(plate=plate).payload.entry, text) is same


def test_answers_have_words() -> None:
    """Each kind of answer can be read by another car's officer."""
    asked = question(_alert(FIFTH), moving=False)
    assert sentence(asked, "7") == "character 5 is 7"
    assert sentence(asked, CAN_NOT_TELL) == "cannot tell"
    assert sentence(asked, "AB12345") == "typed AB12345"
