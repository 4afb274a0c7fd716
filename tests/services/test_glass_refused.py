"""Wrong passwords on the technician's page stand on the unit's chain, and never flood it."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.messages.acts import act_row, read_act
from edge.messages.acts_car import LogInRefused
from edge.services.glass_link import GlassLink, tell_refused
from edge.services.glass_refused import Refusals, Untold
from edge.services.glass_wire import Refused, Tried
from edge.services.tuning_tries import Journal
from tests.brokers import until
from tests.fakes import FakeClock
from tests.keys.cast import keys_of
from tests.services.test_glass import SESSION, Pane


@pytest.fixture
def pane(tmp_path: Path) -> Iterator[Pane]:
    """Return an open glass whose line's thread is the test."""
    one = Pane(tmp_path)
    one.glass.start()
    yield one
    one.glass.stop()


def tried(name: str, in_a_row: int = 1) -> Refused:
    """Return what the page tells of one wrong password."""
    return Refused(refused=(Tried(name=name, count=1, in_a_row=in_a_row, why="wrong password"),))


def refused(pane: Pane) -> list[LogInRefused]:
    """Let the line come round, and return what it put on the chain of this kind."""
    pane.glass.step()
    return [one for _, one in pane.acts if isinstance(one, LogInRefused)]


def test_the_first_is_told_at_once_and_a_flood_by_the_minute() -> None:
    """10,000 tries under 100 names in ten minutes are at most five rows a minute, and all count."""
    clock, rows = FakeClock(), []
    refusals = Refusals(clock)
    refusals.note(tried("tess"))
    (first,) = refusals.due()
    assert (first.officer, first.why) == ("tess", "wrong password, once")
    for number in range(10_000):
        refusals.note(tried(f"name{number % 100}", number))
        clock.advance(0.06)
        rows += refusals.due()
    rows += refusals.due(last=True)
    assert len(rows) <= 5 * 11
    counted = [int(one.why.rsplit(", ", 1)[1].split()[0]) for one in rows if "times" in one.why]
    assert sum(counted) + sum(one.why.endswith("once") for one in rows) == 10_000
    assert all(read_act("log-in-refused", act_row("log-in-refused", one)) == one for one in rows)


def test_the_page_tells_while_nobody_looks(pane: Pane, tmp_path: Path) -> None:
    """One who is refused stands on the chain, though nobody was let in and no key signed."""
    tell_refused(tmp_path, tried("tess", 2))
    until(lambda: refused(pane), 20.0, "the act")
    (one,) = refused(pane)
    assert (one.officer, one.in_a_row) == ("tess", 2)
    assert pane.kinds() == ["log-in-refused"]


def test_the_page_tells_while_somebody_looks(pane: Pane, tmp_path: Path) -> None:
    """The view goes on, and the leaving is still told as leaving."""
    link = GlassLink(tmp_path, keys_of("tess"), SESSION, lambda _head, _pixels: None)
    _open(pane, link)
    link.tell(tried("ivy"))
    until(lambda: refused(pane), 20.0, "the act")
    assert pane.kinds() == ["log-in", "log-in-refused"]
    link.close()
    until(lambda: pane.glass.step() or len(pane.acts) == 3, 20.0, "the leaving")
    assert pane.acts[-1][1].model_dump()["why"] == "left"


def _open(pane: Pane, link: GlassLink) -> None:
    thread = threading.Thread(target=link.open)
    thread.start()
    until(lambda: pane.glass.step() or not thread.is_alive(), 20.0, "being let in")


def test_a_ticket_that_does_not_hold_is_on_the_chain_too(pane: Pane) -> None:
    """Whoever knocks with another's ticket is told of, by watch's own word."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(10)
        assert pane.enter(door, "dana").refused
    until(lambda: refused(pane), 20.0, "the act")
    assert "dana is officer" in refused(pane)[0].why


def test_what_watch_cannot_take_is_told_again(pane: Pane, tmp_path: Path) -> None:
    """While watch is away nothing is lost; when it is back, all of it is told once."""
    journal, clock = Journal(), FakeClock()
    for _ in range(3):
        journal.tries.failed("tess", clock.now())
    journal.record("log-in-refused", {"officer": "tom", "why": "The key of tom was revoked."})
    journal.tell(tmp_path / "nowhere", None)
    assert journal.untold
    journal.tell(tmp_path, None)
    assert not journal.untold
    until(lambda: refused(pane), 20.0, "the acts")
    told = {one.officer: (one.in_a_row, one.why) for one in refused(pane)}
    assert told["tess"] == (3, "wrong password on the technician's page, 3 times within a minute")
    assert told["tom"] == (0, "The key of tom was revoked., once")


def test_a_flood_of_names_is_bounded_at_the_page() -> None:
    """Nobody fills the page's memory by typing names; every try still counts."""
    untold = Untold()
    for number in range(1000):
        untold.add(f"n{number}", "wrong")
    total = 0
    while untold:
        taken = untold.take()
        assert len(taken.model_dump_json()) < 4096
        total += sum(one.count for one in taken.refused)
    assert total == 1000
