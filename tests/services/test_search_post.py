"""Searches where they arrive: laid down once, as many as allowed, and none dropped in silence."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from edge.delivery.events import Received
from edge.errors import StoreFull
from edge.messages import Kind, topic
from edge.messages.search import SEARCH_LIMIT
from edge.services.guests import Guests
from edge.services.search_folder import MOST, SUFFIX, Word, read_word, write_word
from edge.services.search_post import SearchPost
from tests.alerts import UNIT
from tests.services.searching import Searched, a_bundle, acts_of

WHERE = topic("windsor", UNIT.name, Kind.SEARCH)
PER_MINUTE = 12  # configs/default.toml


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Searched]:
    one = Searched(tmp_path)
    yield one
    one.close()


@pytest.fixture
def post(unit: Searched) -> SearchPost:
    return SearchPost(unit.settings, unit.clock, unit.store.record)


def send(post: SearchPost, *payloads: bytes) -> None:
    for number, payload in enumerate(payloads, 1):
        assert post.take(Received(WHERE, payload, number, retained=False))


def lying(unit: Searched) -> list[Path]:
    return sorted(unit.waiting.glob(f"*{SUFFIX}"))


def test_a_search_is_laid_down_once_and_taken_up(unit: Searched, post: SearchPost) -> None:
    """The same bytes twice are one file, and the desk answers it."""
    blob = unit.seal(a_bundle())
    send(post, blob, blob)
    assert [file.read_bytes() for file in lying(unit)] == [blob]
    assert unit.desk.step() == 1
    assert (len(unit.answers()), lying(unit)) == (1, [])
    assert (post.asked, post.dropped, post.problem) == (2, 0, "")


def test_a_flood_costs_a_count(unit: Searched, post: SearchPost) -> None:
    """As many of a thousand are laid down as a minute allows; chain and health have the rest."""
    send(post, *(str(number).encode() for number in range(1000)))
    post.step(unit.clock.now())
    assert len(lying(unit)) == PER_MINUTE
    assert (post.health.asked, post.health.dropped) == (1000, 1000 - PER_MINUTE)
    assert "988 searches were dropped" in post.problem
    (act,) = acts_of(unit.store, "search-drops")
    assert act["dropped"] == 988
    for second in range(600):
        send(post, f"later {second}".encode())
        unit.clock.advance(1.0)
        post.step(unit.clock.now())
    assert len(acts_of(unit.store, "search-drops")) == 1, "told by the hour from then on"
    unit.clock.advance(3600.0)
    post.step(unit.clock.now())
    told = acts_of(unit.store, "search-drops")
    assert sum(act["dropped"] for act in told) == post.dropped
    assert post.asked == 1600


def test_the_folder_is_bounded(unit: Searched, post: SearchPost) -> None:
    """With nobody to take them up, files are as many as may be, and health names the process."""
    for number in range(2 * MOST):
        send(post, str(number).encode())
        unit.clock.advance(10.0)
        post.step(unit.clock.now())
    assert len(lying(unit)) == MOST
    assert post.dropped == MOST
    unit.clock.advance(4000.0)
    assert "does not report" in post.problem


def test_what_is_too_large_is_dropped_unread(unit: Searched, post: SearchPost) -> None:
    """A megabyte is no search."""
    send(post, b"x" * (SEARCH_LIMIT + 1))
    assert (lying(unit), post.dropped) == ([], 1)


def test_drops_that_cannot_be_recorded_are_told_and_recorded_later(unit: Searched) -> None:
    """A full disk keeps the count, and says so."""
    full = [True]
    told: list[int] = []

    def record(_: str, payload: Mapping[str, Any]) -> None:
        if full:
            raise StoreFull("no space left")
        told.append(payload["dropped"])

    post = SearchPost(unit.settings, unit.clock, record)
    send(post, *(b"%d" % number for number in range(20)))
    post.step(unit.clock.now())
    assert "not on the record" in post.problem
    full.clear()
    post.stop()
    assert told == [20 - PER_MINUTE]


def test_the_process_own_word_is_told_until_it_is_old(unit: Searched, post: SearchPost) -> None:
    """Counts and a hindrance come from the other process; one that is silent is not believed."""
    now = unit.clock.now()
    word = Word(made_monotonic_ns=now.monotonic_ns, answered=3, refused=1, problem="no clock")
    write_word(word, unit.runtime)
    assert (post.health.answered, post.health.refused, post.problem) == (3, 1, "no clock")
    assert Guests((), post).searches == post.health
    unit.clock.advance(60.0)
    assert read_word(unit.runtime, unit.clock.now()) is None
    assert (post.health.answered, post.problem) == (None, "")
