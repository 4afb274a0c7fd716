"""A misread at consoles: time to think again, then no byte of plate and crop, only the count."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.errors import ConsoleError
from edge.keys.signed import from_bytes
from edge.messages.order import Answer, number_of
from edge.policy.misreads import read_misread
from edge.services.misreads import MisreadDesk
from edge.store.holding import KeptHold
from tests.alerts import an_alert
from tests.hotlist.bundles import NOW
from tests.keys.cast import ROSTER, rosters_of
from tests.web.console.stand import Stand, later, stand
from tests.web.console.test_desk import NUMBER
from tests.web.console.told import alarm

GRACE_S = 600.0
TRUE = "QX7R2ZK"  # what the officer typed: the plate of the car that was wrongly flagged


class Post:
    """Notes what is sent, and to whom."""

    def __init__(self) -> None:
        self.sent: list[tuple[tuple[bytes, ...], set[str]]] = []

    def send(
        self, _kind: str, documents: Sequence[bytes], names: Collection[str] | None = None
    ) -> tuple[str, ...]:
        self.sent.append((tuple(documents), set(names or ())))
        return tuple(names or ())


@dataclass
class Car:
    """A console with its desk for misreads."""

    stand: Stand
    misreads: MisreadDesk
    post: Post
    folder: Path

    def step(self, seconds: float = 0.0) -> None:
        self.stand.clock.advance(seconds)
        self.misreads.step()

    def holds(self, *parts: bytes) -> bool:
        """Say whether any byte of its store's files has one of *parts*."""
        files = [file.read_bytes() for file in self.folder.iterdir()]
        return any(part in blob for part in parts for blob in files)

    def kinds(self) -> list[str]:
        return [link.kind for link in self.stand.store.audit.links()]


def _car(folder: Path, name: str) -> Car:
    made, post = stand(folder, name), Post()
    rosters = rosters_of(ROSTER)
    rosters._clock = made.clock
    misreads = MisreadDesk(made.store, post, rosters, name, made.clock, GRACE_S, made.desk.load)
    return Car(made, misreads, post, folder / name)


@pytest.fixture
def cars(tmp_path: Path) -> Iterator[tuple[Car, Car]]:
    made = _car(tmp_path, "car-12"), _car(tmp_path, "car-13")
    yield made
    for car in made:
        car.stand.store.close()


@pytest.fixture
def car(cars: tuple[Car, Car]) -> Car:
    return cars[0]


def _misread(car: Car, officer: str = "dana", answer: str = "7", text: str = "") -> None:
    session = car.stand.log_in(officer)
    car.stand.desk.answer(NUMBER, session, answer)
    car.stand.desk.outcome(NUMBER, session, "misread", text=text)


SECRETS = (b"AB12345", b"stolen from Poquonock", an_alert().crop_jpeg[40:140])


def test_a_misread_leaves_no_byte_here(car: Car) -> None:
    """After the time to think again plate, crop and words are gone from file and page."""
    car.stand.hear(alarm())
    _misread(car)
    car.step(GRACE_S - 1)
    assert all(car.holds(secret) for secret in SECRETS)
    car.step(2)
    assert not car.holds(*SECRETS)
    assert car.kinds().count("purged") == 1
    assert car.stand.desk.cards() == ()
    with pytest.raises(ConsoleError, match="erased"):
        car.stand.desk.card(NUMBER)
    assert car.stand.desk.crop(NUMBER) is None
    car.stand.store.check()


def test_what_was_purged_is_not_shown_anew(car: Car) -> None:
    """The same letter again, and a later revision, get their receipts and keep nothing."""
    car.stand.hear(alarm())
    _misread(car)
    car.step(GRACE_S + 1)
    assert car.stand.hear(alarm()) is not None
    assert car.stand.hear(later(alarm(), 1), revision=1) is not None
    assert car.stand.desk.cards() == ()
    assert not car.holds(*SECRETS)
    assert car.stand.store.alerts.missing() == {}
    car.stand.store.check()


def test_an_officer_may_think_again(car: Car) -> None:
    """Whoever says something else within the time keeps the alert, and nothing is sent."""
    car.stand.hear(alarm())
    _misread(car)
    dana = car.stand.log_in()
    car.stand.desk.outcome(NUMBER, dana, "confirmed")
    car.step(10 * GRACE_S)
    assert car.stand.desk.card(NUMBER).number == NUMBER
    assert (car.post.sent, "purged" in car.kinds()) == ([], False)


def test_officers_who_disagree_keep_it(car: Car) -> None:
    """One says misread, another one confirmed: it is not purged by itself."""
    car.stand.hear(alarm())
    _misread(car)
    erin = car.stand.log_in("erin")
    car.stand.desk.outcome(NUMBER, erin, "confirmed")
    car.step(10 * GRACE_S)
    assert car.stand.desk.card(NUMBER).number == NUMBER
    assert car.post.sent == []


def test_a_held_alert_waits_for_the_end_of_its_hold(car: Car) -> None:
    """A case keeps it here, the others hear of the misread, and the end of the hold purges."""
    car.stand.hear(alarm())
    hold = KeptHold("a" * 64, NUMBER, "26-1", "why", "2026-03-01T00:00:00Z", "sue", ended=False)
    car.stand.store.holds.begin(hold, car.stand.clock.now())
    _misread(car)
    car.step(GRACE_S + 1)
    assert car.stand.desk.card(NUMBER).number == NUMBER
    assert len(car.post.sent) == 1
    car.stand.store.holds.end("a" * 64, "ada", car.stand.clock.now())
    assert [str(one) for one in car.stand.store.erase(car.stand.clock.now())] == [NUMBER]
    assert not car.holds(*SECRETS)


def test_it_is_brought_to_all_who_hold_it_until_they_have_taken_it(car: Car) -> None:
    """The officer's own signed word goes to the unit, the other consoles and the archive."""
    car.stand.hear(alarm())
    _misread(car, text=TRUE)
    car.step(GRACE_S + 1)
    ((documents, names),) = car.post.sent
    assert names == {"bridge-2", "archive", "car-13", "dispatch", "listen"}
    signed = from_bytes(documents[0], "the order", "verdict")
    assert str(read_misread(signed, ROSTER, NOW).alert) == NUMBER
    for name in ("car-13", "dispatch", "listen", "archive"):
        car.misreads.answered(Answer(name, number_of(documents), taken=True, sentence=""))
    car.step(61)
    assert car.post.sent[1][1] == {"bridge-2"}
    assert car.stand.store.misreads.open()
    car.misreads.answered(Answer("bridge-2", number_of(documents), taken=True, sentence=""))
    car.step()
    assert car.stand.store.misreads.open() == []
    car.step(7 * 86_400)
    assert len(car.post.sent) == 2


def test_the_correction_stays_with_its_own_end(car: Car) -> None:
    """What protects the driver is not purged with the alert: a supervisor can still confirm it."""
    car.stand.hear(alarm())
    _misread(car, text=TRUE)
    car.step(GRACE_S + 1)
    sue = car.stand.log_in("sue")
    assert [line.text for line in car.stand.desk.claims(sue)] == [TRUE]


def test_another_console_purges_what_it_only_heard_of(cars: tuple[Car, Car]) -> None:
    """It comes as an outcome; the other console purges its copy, the rest is the first one's."""
    one, two = cars
    for each in cars:
        each.stand.hear(alarm())
    _misread(one)
    for where, payload in one.stand.outcomes():
        two.stand.take(where, payload)
    two.step(GRACE_S + 1)
    assert not two.holds(*SECRETS)
    assert two.post.sent == []
    two.step(3600)
    assert [names for _, names in two.post.sent] == [{"bridge-2"}]


def test_the_letter_that_comes_after_the_word_is_purged_as_well(cars: tuple[Car, Car]) -> None:
    """A console that was off hears the misread before the alert, which is then kept by number."""
    one, two = cars
    one.stand.hear(alarm())
    _misread(one)
    for where, payload in one.stand.outcomes():
        two.stand.take(where, payload)
    two.step(GRACE_S + 1)
    assert two.stand.hear(alarm()) is not None
    assert two.stand.desk.cards() == ()
    assert not two.holds(*SECRETS)


def test_a_line_without_a_plate_is_left(car: Car) -> None:
    """Officers see that it was a misread, who said so and when; a locked screen and a plate: no."""
    car.stand.hear(alarm())
    hold = KeptHold("a" * 64, NUMBER, "26-1", "why", "2026-03-01T00:00:00Z", "sue", ended=False)
    car.stand.store.holds.begin(hold, car.stand.clock.now())
    _misread(car)
    car.step(GRACE_S + 1)
    dana = car.stand.log_in()
    lines = [(one.number, one.what) for one in car.stand.desk.state(dana).record]
    assert lines == [(NUMBER, "held"), (NUMBER, "misread")]
    car.stand.store.holds.end("a" * 64, "ada", car.stand.clock.now())
    car.stand.store.erase(car.stand.clock.now())
    (line,) = car.stand.desk.state(dana).record
    assert line.sentence.startswith("misread, said dana at 2026-01-01T10:")
    assert line.sentence.endswith("plate and picture are erased")
    assert "AB12345" not in str(line)
    assert car.stand.desk.state().record == ()


def test_a_later_alert_is_no_part_of_it(car: Car) -> None:
    """The purge is of one alert: the same car's next one is shown as ever."""
    car.stand.hear(alarm())
    _misread(car)
    car.step(GRACE_S + 1)
    car.stand.hear(later(alarm(), 700), sequence=2)
    assert [card.number for card in car.stand.desk.cards()] == [NUMBER[:-1] + "2"]
