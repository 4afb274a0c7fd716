"""Letters between consoles: answers of other cars, corrections by two keys, forgeries."""

from dataclasses import replace

import pytest

from edge.errors import ConsoleError
from edge.keys.sealed import sealed_to
from edge.keys.signed import from_bytes
from edge.messages.health import build_health
from edge.messages.letter import pack
from edge.messages.order import Answer, number_of
from edge.messages.topics import Kind, topic
from edge.policy.ledger import CLAIM, CONFIRMATION, read_correction
from edge.records import AlertId, Grade
from edge.web.console.cards import Tone
from tests.alerts import UNIT, sealed
from tests.fakes import START
from tests.keys.cast import ROSTER, keys_of
from tests.messages.samples import DELIVER, VISITED, WATCH
from tests.web.console.stand import DAYS, EPOCH, Stand
from tests.web.console.told import alarm, graded

NUMBER = f"{UNIT.name}/{EPOCH}/1"


def exchange(one: Stand, other: Stand) -> None:
    """Carry what waits at *one* to *other*."""
    for where, payload in one.outcomes():
        other.take(where, payload)


def test_two_cars_see_each_others_answer(cars: tuple[Stand, Stand]) -> None:
    """What one car's officer reads is on the other's card, after its own answer."""
    one, other = cars
    for console in cars:
        console.hear(alarm())
    one.desk.answer(NUMBER, one.log_in(), "7")
    exchange(one, other)
    erin = other.log_in("erin")
    before = other.desk.card(NUMBER, erin)
    assert (before.siren, before.answers[0].console, before.answers[0].answer) == (
        True,
        "car-12",
        "",
    )
    after = other.desk.answer(NUMBER, erin, "3")
    assert "character 5 is 7" in after.answers[0].answer
    assert after.answers[0].agreed is False
    exchange(one, other)
    assert len(other.desk.card(NUMBER, erin).answers) == 2


def test_words_that_overtake_each_other_stand_in_their_order(cars: tuple[Stand, Stand]) -> None:
    """The newest goes out first, and clocks are set; what was said last is still last."""
    one, other = cars
    for console in cars:
        console.hear(alarm())
    dana = one.log_in()
    one.desk.answer(NUMBER, dana, "3")
    one.clock.advance(-30.0)
    one.desk.outcome(NUMBER, dana, "responding")
    one.desk.outcome(NUMBER, dana, "confirmed")
    for where, payload in reversed(one.outcomes()):
        other.take(where, payload)
    for console in cars:
        told = [line.outcome for line in console.desk.card(NUMBER).answers]
        assert told == ["", "responding", "confirmed"]


def test_an_answer_that_comes_before_its_alert_waits_for_it(cars: tuple[Stand, Stand]) -> None:
    """An outcome about an alert that has not come here is kept, and stands there when it comes."""
    one, other = cars
    one.hear(alarm())
    one.desk.answer(NUMBER, one.log_in(), "7")
    exchange(one, other)
    other.hear(alarm())
    assert [line.console for line in other.desk.card(NUMBER).answers] == ["car-12"]


def test_misread_becomes_a_correction_by_two_keys(cars: tuple[Stand, Stand]) -> None:
    """Officer at one console, supervisor at another: claim and confirmation are spread."""
    one, other = cars
    one.hear(alarm())
    dana = one.log_in()
    one.desk.answer(NUMBER, dana, "7")
    one.desk.outcome(NUMBER, dana, "misread", "a seven, by daylight", "ab 12 745")
    exchange(one, other)
    assert other.desk.claims(other.log_in("erin")) == ()
    sue = other.log_in("sue")
    (line,) = other.desk.claims(sue)
    assert (line.text, line.plate, line.officer, line.refused) == (
        "AB12745",
        "AB12345",
        "dana",
        "",
    )
    with pytest.raises(ConsoleError, match="supervisor"):
        other.desk.confirm(line.number, other.log_in("erin"))
    other.desk.confirm(line.number, sue)
    assert other.desk.claims(sue) == ()
    other.spreading.step()
    ((claim, confirmation),) = other.sent.orders
    correction = read_correction(
        from_bytes(claim, "claim", CLAIM),
        from_bytes(confirmation, "confirmation", CONFIRMATION),
        ROSTER,
        other.intake._keyring.rosters.at(),
        DAYS,
    )
    assert (correction.officer, correction.supervisor, correction.alert) == ("dana", "sue", NUMBER)


def test_a_correction_is_sent_until_all_have_taken_it(cars: tuple[Stand, Stand]) -> None:
    """It is sent again with a doubling wait, until each unit and console has said so."""
    one, _ = cars
    one.hear(alarm())
    dana, sue = one.log_in(), one.log_in("sue")
    one.desk.answer(NUMBER, dana, "7")
    one.desk.outcome(NUMBER, dana, "misread", "", "AB12745")
    one.desk.confirm(one.desk.claims(sue)[0].number, sue)
    one.spreading.step()
    one.spreading.step()
    assert len(one.sent.orders) == 1
    one.clock.advance(61.0)
    one.spreading.step()
    assert len(one.sent.orders) == 2
    order = number_of(one.sent.orders[0])
    for name in ("bridge-2", "main-street", "listen", "car-13", "dispatch"):
        assert one.store.claims.unspread()
        one.spreading.answered(Answer(name=name, number=order, taken=True, sentence="taken"))
    one.spreading.step()
    assert not one.store.claims.unspread()


def test_who_refuses_a_correction_is_told(cars: tuple[Stand, Stand]) -> None:
    """The supervisor reads who refuses and why, until it is taken there; no stranger's word."""
    one, _ = cars
    one.hear(alarm())
    dana, sue = one.log_in(), one.log_in("sue")
    one.desk.answer(NUMBER, dana, "7")
    one.desk.outcome(NUMBER, dana, "misread", "", "AB12745")
    one.desk.confirm(one.desk.claims(sue)[0].number, sue)
    one.spreading.step()
    order = number_of(one.sent.orders[0])
    no = Answer(name="stranger", number=order, taken=False, sentence="refused: it is listed")
    one.spreading.answered(no)
    one.spreading.answered(replace(no, name="bridge-2", number="0" * 64))
    assert one.spreading.problem == ""
    for name in ("main-street", "bridge-2"):
        one.spreading.answered(replace(no, name=name))
    assert one.spreading.problem.endswith("bridge-2 and 1 more: refused: it is listed")
    one.spreading.answered(replace(no, name="bridge-2", taken=True))
    assert one.spreading.problem.endswith("main-street: refused: it is listed")
    one.spreading.answered(replace(no, name="main-street", taken=True))
    assert one.spreading.problem == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [("AB12345", "never touches an entry's own text"), ("!?", "letters and digits")],
)
def test_a_correction_that_would_silence_the_entry_is_refused(
    car: Stand, text: str, why: str
) -> None:
    """The entry's own plate is no correction; nothing is sent then."""
    car.hear(alarm())
    dana = car.log_in()
    car.desk.answer(NUMBER, dana, "7")
    with pytest.raises(ConsoleError, match=why):
        car.desk.outcome(NUMBER, dana, "misread", "", text)
    assert car.store.outbox.depth() == 1


def test_a_supervisor_makes_no_claim_alone(car: Stand) -> None:
    """A supervisor's misread carries no correction: it takes an officer's key and another's."""
    car.hear(alarm())
    sue = car.log_in("sue")
    car.desk.answer(NUMBER, sue, "7")
    with pytest.raises(ConsoleError, match="officer's key"):
        car.desk.outcome(NUMBER, sue, "misread", "", "AB12745")
    assert car.desk.outcome(NUMBER, sue, "misread").outcome == "misread"


def test_forged_and_foreign_letters_are_refused_and_counted(car: Stand) -> None:
    """Garbage, another unit's words, a stranger's signature: no card, no receipt, a sentence."""
    number, now = AlertId(UNIT.name, EPOCH, 1), START.later(0.1)
    good = pack(sealed(alarm(), number, 0, now))
    alert = topic(UNIT.town, UNIT.name, Kind.ALERT)
    for where, payload in (
        (alert, b"garbage"),
        (alert, good[:-1]),
        (topic(UNIT.town, "main-street", Kind.ALERT), good),
        (topic("elsewhere", UNIT.name, Kind.ALERT), good),
        (topic(UNIT.town, "car-13", Kind.VERDICT), good),
        (topic(UNIT.town, UNIT.name, Kind.HEALTH), b"{}"),
        (topic(UNIT.town, UNIT.name, Kind.STATUS), b"[]"),
    ):
        assert car.take(where, payload) is None
    assert car.desk.cards() == ()
    (problem,) = car.desk.state().problems
    assert problem.startswith("7 messages were refused")


def test_who_is_on_a_units_tuning_page_is_told(car: Stand) -> None:
    """While its health says so: name, role and begin; nothing where nobody is, or none can tell."""
    where = topic(UNIT.town, UNIT.name, Kind.HEALTH)
    for watch, told in ((VISITED, "tess, technician, is on its tuning page"), (WATCH, "")):
        car.take(where, build_health(watch, DELIVER, (), UNIT, START, "1"))
        (unit,) = car.desk.state().units
        assert unit.visitor.startswith(told)
        assert bool(unit.visitor) is bool(told)


def test_the_control_of_the_forgeries_is_taken(car: Stand) -> None:
    """The very letter that was refused in a wrong place is taken in its own."""
    number, now = AlertId(UNIT.name, EPOCH, 1), START.later(0.1)
    good = pack(sealed(alarm(), number, 0, now))
    assert car.take(topic(UNIT.town, UNIT.name, Kind.ALERT), good) is not None
    assert len(car.desk.cards()) == 1


def test_a_letter_for_others_is_no_attack(car: Stand) -> None:
    """What is sealed to the archive alone is counted as such, and explains a gap."""
    number, now = AlertId(UNIT.name, EPOCH, 2), START.later(0.1)
    others = pack(sealed(alarm(), number, 0, now, readers=("archive",)))
    car.hear(alarm(), sequence=1)
    assert car.take(topic(UNIT.town, UNIT.name, Kind.ALERT), others) is None
    car.hear(alarm(), sequence=3)
    car.desk.look(lambda around: around.missing(car.store.alerts.missing()))
    state = car.desk.state()
    assert state.problems == ()
    assert state.gaps == (
        "1 alert of bridge-2 never came (1 of its letters for others than this console)",
    )


def test_the_same_number_with_other_words_is_refused(car: Stand) -> None:
    """A second content for a number is a forgery, though the unit's own key signed it."""
    assert car.hear(alarm()) is not None
    assert car.hear(graded(Grade.VERIFY)) is None
    assert car.desk.card(NUMBER).tone is Tone.ALARM


def test_sent_again_is_shown_once_and_receipted_again(car: Stand) -> None:
    """The unit that lost our receipt gets another; the screen does not change."""
    assert car.hear(alarm()) is not None
    car.desk.touch(NUMBER)
    assert car.hear(alarm()) is not None
    (card,) = car.desk.cards()
    assert (card.siren, card.revision) == (False, 0)


def test_outcomes_are_sealed_to_consoles_archive_and_supervisors(car: Stand) -> None:
    """Those read them, a unit and another officer do not."""
    car.hear(alarm())
    car.desk.answer(NUMBER, car.log_in(), "3")
    (row,) = car.store.outbox.pending(car.clock.now(), 10)
    ids = set(sealed_to("verdict", row.body))
    readers = {"archive", "listen", "car-12", "car-13", "dispatch", "sue"}
    assert ids == {keys_of(name).opening.public.id for name in readers}  # type: ignore[union-attr]
