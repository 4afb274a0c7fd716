"""The desk with a real store and real letters: what officers do, and what is on the record."""

import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import ConsoleError, KeysError, StoreError
from edge.keys.officers import OfficerFolder
from edge.keys.roles import Role
from edge.messages.topics import Kind, topic
from edge.records import AlertId, Grade
from edge.web.console.cards import Stage, Tone
from edge.web.console.contract import Desk, Officers
from edge.web.console.state import Filters
from tests.alerts import UNIT, an_alert
from tests.fakes import START, FakeClock
from tests.web.console.stand import EPOCH, Stand, later, stand
from tests.web.console.told import SOUNDS, alarm, graded

NUMBER = f"{UNIT.name}/{EPOCH}/1"


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
    counts = {kind: car.store.audit.count(kind) for kind in ("came", "log-in", "view", "outcome")}
    assert counts == {"came": 1, "log-in": 1, "view": 1, "outcome": 2}
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


def test_a_clock_that_ran_ahead_at_the_start_silences_nothing(tmp_path: Path) -> None:
    """Started a day ahead and set right afterwards, the console sounds a live alarm."""
    clock = FakeClock(START.later(86_400.0))
    console = stand(tmp_path, clock=clock)
    clock.advance(-86_399.0)
    console.hear(alarm())
    assert console.desk.card(NUMBER).siren
    console.store.close()


def test_a_clock_that_was_behind_at_the_start_sounds_nothing_old(tmp_path: Path) -> None:
    """Started in the past and set right afterwards, yesterday's alarm stands and is silent."""
    clock = FakeClock(START.later(1.0))
    first = stand(tmp_path, clock=clock)
    first.hear(alarm())
    assert first.desk.card(NUMBER).siren
    first.store.close()
    clock.advance(-40 * 365 * 86_400.0)
    clock.believed = False
    second = stand(tmp_path, clock=clock)
    assert not second.desk.card(NUMBER).siren
    clock.advance(40 * 365 * 86_400.0 + 86_400.0)
    clock.believed = True
    card = second.desk.card(NUMBER)
    assert (card.tone, card.siren) == (Tone.ALARM, False)
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


def test_passes_far_apart_have_a_card_each(car: Stand) -> None:
    """The same entry five hours later is a new card, unless the unit says seen again."""
    car.hear(alarm())
    car.clock.advance(5 * 3600.0)
    car.hear(later(alarm(), 5 * 3600.0), sequence=2)
    assert len(car.desk.cards()) == 2
    car.hear(later(alarm(seen_again=True), 5 * 3600.0 + 5), sequence=3)
    assert [card.seen_again for card in car.desk.cards()] == [1, 0]


def test_a_siren_that_time_ends_and_a_car_that_moves_on_are_told(tmp_path: Path) -> None:
    """Pages hear of it when a siren of before a restart is too old, and of each 100 m."""
    clock = FakeClock(START.later(1.0))
    first = stand(tmp_path, clock=clock)
    first.hear(alarm())
    first.store.close()
    second = stand(tmp_path, clock=clock)
    second.desk.tick()
    versions = [second.desk.state().version]
    clock.advance(61.0)
    second.desk.tick()
    versions.append(second.desk.state().version)
    second.car.drive(clock.now(), 50.0)
    second.desk.tick()
    versions.append(second.desk.state().version)
    assert versions[0] < versions[1] < versions[2]
    assert not second.desk.card(NUMBER).siren
    second.store.close()


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


def test_the_files_of_a_console_have_names_for_every_system(tmp_path: Path, car: Stand) -> None:
    """No colon, no letter that only a capital tells apart, no name of a device: Windows-safe."""
    car.hear(alarm())
    dana, sue = car.log_in(), car.log_in("sue")
    car.desk.answer(NUMBER, dana, "7")
    car.desk.outcome(NUMBER, dana, "misread", "", "AB12745")
    car.desk.confirm(car.desk.claims(sue)[0].number, sue)
    found = [file.name for file in tmp_path.rglob("*")]
    assert len(found) >= 5
    for name in found:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,79}", name), name
        assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", name), name
    with pytest.raises(KeysError, match="every system"):
        OfficerFolder(tmp_path / "officers").add("nul", Role.OFFICER, "windsor", "three dry words")
