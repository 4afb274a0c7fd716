"""The desk with a real store and real letters: what officers do, and what is on the record."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import ConsoleError, StoreError
from edge.keys.sealed import sealed_to
from edge.keys.signed import from_bytes
from edge.messages.letter import pack
from edge.messages.order import Answer, number_of
from edge.messages.topics import Kind, topic
from edge.policy.ledger import CLAIM, CONFIRMATION, read_correction
from edge.records import AlertId, Grade
from edge.web.console.cards import Stage, Tone
from edge.web.console.contract import Desk, Officers
from edge.web.console.state import Filters
from tests.alerts import UNIT, an_alert, sealed
from tests.fakes import START, FakeClock
from tests.keys.cast import ROSTER, keys_of
from tests.web.console.stand import DAYS, EPOCH, Stand, later, stand
from tests.web.console.told import SOUNDS, alarm, graded

NUMBER = f"{UNIT.name}/{EPOCH}/1"


@pytest.fixture
def car(tmp_path: Path) -> Iterator[Stand]:
    made = stand(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def cars(tmp_path: Path) -> Iterator[tuple[Stand, Stand]]:
    """Two consoles in one town, at one time."""
    clock = FakeClock(START.later(1.0))
    pair = stand(tmp_path, "car-12", clock), stand(tmp_path, "car-13", clock)
    yield pair
    for one in pair:
        one.store.close()


def exchange(one: Stand, other: Stand) -> None:
    """Carry what waits at *one* to *other*."""
    for where, payload in one.outcomes():
        other.take(where, payload)


def test_the_code_keeps_its_contract(car: Stand) -> None:
    """What the pages were promised is what there is."""
    desk: Desk = car.desk
    officers: Officers = car.officers
    assert desk.cards() == ()
    assert set(officers.names()) == {"dana", "erin", "sue"}


def test_an_alert_is_shown_answered_and_ended(car: Stand) -> None:
    """The whole way: blind alarm, answer, details, outcome; each on the record."""
    reply = car.hear(alarm())
    assert reply is not None
    assert reply[0] == topic(UNIT.town, UNIT.name, Kind.RECEIPT)
    (blind,) = car.desk.cards()
    assert (blind.number, blind.tone, blind.siren) == (NUMBER, Tone.ALARM, True)
    assert car.desk.crop(NUMBER) == an_alert().crop_jpeg

    dana = car.log_in()
    assert car.desk.card(NUMBER, dana).details is None
    shown = car.desk.answer(NUMBER, dana, "3")
    assert (shown.stage, shown.tone, shown.siren) == (Stage.REVEALED, Tone.ALARM, False)
    assert shown.details is not None
    assert shown.details.plate == "AB12345"
    ended = car.desk.outcome(NUMBER, dana, "confirmed", note="white Ford, as listed")
    assert (ended.tone, ended.outcome) == (Tone.HISTORY, "confirmed")
    counts = {kind: car.store.audit.count(kind) for kind in ("alert", "log-in", "view", "outcome")}
    assert counts == {"alert": 1, "log-in": 1, "view": 1, "outcome": 2}
    car.store.check()


def test_a_wrong_answer_lowers_the_card_and_stays_with_the_officer(car: Stand) -> None:
    """Who reads the rival sees what the list says, on a card that says that it differs."""
    car.hear(alarm())
    dana, erin = car.log_in(), car.log_in("erin")
    shown = car.desk.answer(NUMBER, dana, "7")
    assert (shown.tone, shown.details is not None) == (Tone.DIFFERS, True)
    other = car.desk.card(NUMBER, erin)
    assert (other.stage, other.details, other.answers[0].answer) == (Stage.BLIND, None, "")


def test_nothing_of_the_entry_leaves_without_a_log_in(car: Stand) -> None:
    """A locked screen shows the blind card, however far the officer was."""
    car.hear(alarm())
    car.desk.answer(NUMBER, car.log_in(), "3")
    locked = car.desk.card(NUMBER)
    assert (locked.stage, locked.details) == (Stage.BLIND, None)
    for secret in ("stolen", "Poquonock", "Windsor PD", "Ford", "armed", "W-17"):
        assert secret not in repr((locked, car.desk.cards(), car.desk.state()))


def test_a_view_is_recorded_for_each_log_in_and_revision(car: Stand) -> None:
    """Looking twice is one view; a new log-in and a new revision are new ones."""
    car.hear(alarm())
    dana = car.log_in()
    car.desk.answer(NUMBER, dana, "3")
    car.desk.card(NUMBER, dana)
    assert car.store.audit.count("view") == 1
    car.hear(alarm(), revision=1)
    car.desk.card(NUMBER, dana)
    assert car.store.audit.count("view") == 2
    car.desk.card(NUMBER, car.log_in())
    assert car.store.audit.count("view") == 3


def test_what_cannot_be_recorded_does_not_happen(car: Stand) -> None:
    """With the store gone no answer is taken and no detail shown."""
    car.hear(alarm())
    dana = car.log_in()
    car.store.close()
    with pytest.raises(StoreError):
        car.desk.answer(NUMBER, dana, "3")
    assert car.desk._memory.words(AlertId(UNIT.name, EPOCH, 1)) == []


def test_the_urgent_override_is_recorded_and_told(car: Stand) -> None:
    """Everything is shown unasked, and everybody sees that it was so."""
    car.hear(alarm())
    dana = car.log_in()
    shown = car.desk.urgent(NUMBER, dana)
    assert shown.details is not None
    assert (shown.siren, shown.answers[0].urgent) == (False, True)
    newest = car.store.audit.links()
    rows = [car.store.audit.payload(link.number) for link in newest if link.kind == "outcome"]
    assert [row["act"] for row in rows if row] == ["urgent"]
    with pytest.raises(ConsoleError, match="nothing is asked"):
        car.desk.urgent(NUMBER, dana)


def test_one_answer_to_a_question(car: Stand) -> None:
    """An answer is not taken back, and an outcome needs one first."""
    car.hear(alarm())
    dana = car.log_in()
    with pytest.raises(ConsoleError, match="answer first"):
        car.desk.outcome(NUMBER, dana, "confirmed")
    with pytest.raises(ConsoleError, match="answer first"):
        car.desk.open(NUMBER, dana)
    car.desk.answer(NUMBER, dana, "7")
    with pytest.raises(ConsoleError, match="nothing is asked"):
        car.desk.answer(NUMBER, dana, "3")


@pytest.mark.parametrize("word", ["", "answered", "<script>", "CONFIRMED"])
def test_only_outcomes_are_outcomes(car: Stand, word: str) -> None:
    """A word that is none of them is refused."""
    car.hear(alarm())
    dana = car.log_in()
    car.desk.answer(NUMBER, dana, "3")
    with pytest.raises(ConsoleError, match="no outcome"):
        car.desk.outcome(NUMBER, dana, word)


@pytest.mark.parametrize("number", ["", "a/b", "a/b/c", "a/b/1/2", "a/b/²", "a/b/" + "9" * 20])
def test_a_number_that_is_none_is_refused(car: Stand, number: str) -> None:
    """What a browser sends as a number reaches no query as it is."""
    with pytest.raises(ConsoleError):
        car.desk.card(number)


def test_moving_and_standing(car: Stand) -> None:
    """Above 5 km/h nothing is typed; an old or unknown speed counts as standing and is shown."""
    car.hear(alarm())
    dana = car.log_in()
    assert car.desk.state().speed_kmh is None
    assert car.desk.card(NUMBER).question.typing  # type: ignore[union-attr]
    car.car.drive(car.clock.now(), 30.0)
    state = car.desk.state()
    assert (state.moving, state.speed_kmh) == (True, pytest.approx(30.0))
    assert not car.desk.card(NUMBER).question.typing  # type: ignore[union-attr]
    with pytest.raises(ConsoleError, match="moves"):
        car.desk.answer(NUMBER, dana, "AB12345")
    away = car.desk.card(NUMBER)
    assert away.distance_m == pytest.approx(1112.0, abs=5.0)
    assert away.bearing_deg == pytest.approx(180.0, abs=1.0)
    car.clock.advance(11.0)
    assert not car.desk.state().moving
    assert car.desk.answer(NUMBER, dana, "AB12345").details is not None


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    """An alarm that nobody touched stands after a restart; late by then, it starts no siren."""
    clock = FakeClock(START.later(1.0))
    first = stand(tmp_path, clock=clock)
    first.hear(alarm())
    first.hear(alarm(), sequence=2)
    first.desk.answer(NUMBER, first.log_in(), "7")
    first.store.close()
    clock.advance(120.0)
    second = stand(tmp_path, clock=clock)
    found = {card.number: card for card in second.desk.cards()}
    assert len(found) == 1  # passes of one entry share a card
    (card,) = found.values()
    assert (card.tone, card.siren, card.seen_again) == (Tone.ALARM, False, 1)
    dana = second.log_in()
    assert second.desk.card(NUMBER, dana).stage is Stage.REVEALED
    assert second.desk.state().unsent == 1
    second.store.close()


def test_a_touch_is_for_all_screens(car: Stand) -> None:
    """The siren stops without a log-in, everywhere, and the alarm stands."""
    car.hear(alarm())
    assert not car.desk.touch(NUMBER).siren
    (card,) = car.desk.cards()
    assert (card.siren, card.tone) == (False, Tone.ALARM)
    car.desk.touch(NUMBER, car.log_in())
    assert car.store.audit.count("touch") == 1


def test_a_touched_verify_can_still_become_an_alarm(car: Stand) -> None:
    """Who taps a verify has not silenced the alarm that it may become."""
    car.hear(graded(Grade.VERIFY))
    car.desk.touch(NUMBER)
    car.hear(alarm(), revision=1)
    assert car.desk.card(NUMBER).siren


def test_a_retraction_is_opened_and_recorded(car: Stand) -> None:
    """What was taken back asks nothing; its details are a view like any other."""
    car.hear(alarm())
    car.hear(graded(Grade.NONE, retracts=True), revision=1)
    dana = car.log_in()
    card = car.desk.card(NUMBER, dana)
    assert (card.tone, card.can_open, card.details) == (Tone.RETRACTED, True, None)
    assert car.desk.open(NUMBER, dana).details is not None
    assert car.store.audit.count("view") == 1


def test_filters_hide_for_one_session_and_count_alarms(car: Stand) -> None:
    """A filter is on the record, holds for its shift alone, and hides no alarm in silence."""
    car.hear(alarm())
    dana, erin = car.log_in(), car.log_in("erin")
    car.desk.filter(dana, Filters(units=frozenset({"main-street"})))
    assert car.desk.cards(dana) == ()
    state = car.desk.state(dana)
    assert (state.filtered, state.filtered_alarms) == (1, 1)
    assert len(car.desk.cards(erin)) == len(car.desk.cards()) == 1
    assert car.store.audit.count("filter") == 1
    with pytest.raises(ConsoleError):
        car.desk.filter(dana, Filters(grades=frozenset({"none"})))


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
        "1 alerts of bridge-2 never came (1 of its letters were for others than this console)",
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


def test_passes_far_apart_have_a_card_each(car: Stand) -> None:
    """The same entry five hours later is a new card, unless the unit says seen again."""
    car.hear(alarm())
    car.clock.advance(5 * 3600.0)
    car.hear(later(alarm(), 5 * 3600.0), sequence=2)
    assert len(car.desk.cards()) == 2
    car.hear(later(alarm(seen_again=True), 5 * 3600.0 + 5), sequence=3)
    assert [card.seen_again for card in car.desk.cards()] == [1, 0]


def test_a_burst_is_kept_and_ordered(car: Stand) -> None:
    """A hundred alerts at once: all are there, the newest at the head."""
    for sequence in range(1, 101):
        plain = alarm(replace(SOUNDS, siren=False))
        entry = replace(plain.hit.entry, entry_id=f"W-{sequence}")
        moved = replace(plain, hit=replace(plain.hit, entry=entry))
        car.hear(later(moved, sequence / 1000), sequence=sequence)
    cards = car.desk.cards()
    assert len(cards) == 100
    assert cards[0].number.endswith("/100")


def test_who_waits_is_told(car: Stand) -> None:
    """A change ends the wait at once, time alone by the next tick, and the end for good."""
    version = car.desk.state().version
    told: list[int] = []
    waiting = threading.Thread(target=lambda: told.append(car.desk.wait(version, 30.0)))
    waiting.start()
    car.hear(alarm())
    waiting.join(10.0)
    assert told[0] > version
    car.desk.tick()
    before = car.desk.state().version
    car.desk.tick()
    assert car.desk.state().version == before
    car.desk.touch(NUMBER)
    car.clock.advance(4000.0)
    car.desk.tick()
    assert car.desk.state().version > before
    car.desk.close()
    assert car.desk.wait(car.desk.state().version, 30.0) == car.desk.state().version


def test_outcomes_are_sealed_to_consoles_archive_and_supervisors(car: Stand) -> None:
    """Those read them, a unit and another officer do not."""
    car.hear(alarm())
    car.desk.answer(NUMBER, car.log_in(), "3")
    (row,) = car.store.outbox.pending(car.clock.now(), 10)
    ids = set(sealed_to("verdict", row.body))
    readers = {"archive", "listen", "car-12", "car-13", "dispatch", "sue"}
    assert ids == {keys_of(name).opening.public.id for name in readers}  # type: ignore[union-attr]
