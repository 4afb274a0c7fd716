"""What a console keeps of answers to searches: sealed, once, and for a week."""

from pathlib import Path

import pytest

from edge.errors import StoreContradicted
from edge.messages import Kind, pack, topic
from edge.messages.answer import AnswerCover, parse_answer_cover, seal_answer
from edge.records import AlertId
from edge.store.console import ConsoleStore
from edge.store.kept import Rules
from edge.store.seen import Novelty
from tests.alerts import UNIT
from tests.fakes import START, FakeClock
from tests.keys.cast import ISSUED, ROSTER, keys_of, party_of
from tests.messages.samples import ANSWER, EPOCH

DAY_S = 86_400.0


def cover(sequence: int = 8) -> AnswerCover:
    number = AlertId(UNIT.name, EPOCH, sequence)
    letter = seal_answer(number, ANSWER, START.iso(), keys_of(UNIT.name), party_of("dana"))
    where = topic("windsor", UNIT.name, Kind.ANSWER)
    return parse_answer_cover(where, pack(letter), ROSTER, ISSUED)


def test_an_answer_is_kept_once_and_for_a_week(tmp_path: Path) -> None:
    """The same bytes change nothing, others under the number are refused, and a week erases."""
    clock, one = FakeClock(), cover()
    with ConsoleStore(tmp_path, "car-12", clock) as store:
        kept = [store.answers.keep(one, clock.now()) for _ in range(2)]
        assert kept == [Novelty.NEW, Novelty.AGAIN]
        with pytest.raises(StoreContradicted, match="forging"):
            store.answers.keep(cover(), clock.now())
        (held,) = store.answers.to(ANSWER.query)
        assert (held.number, held.body) == (one.number, one.body)
        clock.advance(6 * DAY_S)
        store.erase(clock.now())
        assert store.answers.to(ANSWER.query) == [held]
        clock.advance(1.1 * DAY_S)
        store.erase(clock.now())
        assert store.answers.to(ANSWER.query) == []
        assert store.answers.keep(one, clock.now()) is Novelty.AGAIN


def test_an_answer_is_no_gap_among_alerts(tmp_path: Path) -> None:
    """Alerts 7 and 9 with the answer 8 between are whole; without it something is missing."""
    clock = FakeClock()
    with ConsoleStore(tmp_path, "car-12", clock) as store:
        for sequence in (7, 9):
            number = AlertId(UNIT.name, EPOCH, sequence)
            store.alerts.keep(number, 0, "ab" * 32, b"{}", None, Rules(30.0, stands=False))
        assert store.alerts.missing() == {UNIT.name: 1}
        store.answers.keep(cover(8), clock.now())
        assert store.alerts.missing() == {}
