"""What two ends of a tunnel carry, without a broker: bounded memory, limits, a rate."""

import contextlib
import selectors
import socket
from collections.abc import Callable, Iterator

import pytest

from edge.clock import SystemClock
from edge.errors import TunnelError
from edge.keys.crypto import OpeningKey
from edge.keys.tunnel import Pair
from edge.messages.tunnel import LARGEST, RECORD_LIMIT
from edge.services.tunnel_rate import Bucket
from edge.services.tunnel_streams import MOST_STREAMS, WINDOW, Carrier, Said
from tests.brokers import until
from tests.fakes import FakeClock

CLOCK = SystemClock("always")
SAID = (b"request", b"answer")


class Ends:
    """A laptop's end and a unit's, with their records in two lists between them.

    Attributes:
        far: what the unit's page has of each connection.
    """

    def __init__(self) -> None:
        keys = OpeningKey.make(), OpeningKey.make()
        self.selector = selectors.DefaultSelector()
        self.to_unit: list[bytes] = []
        self.to_laptop: list[bytes] = []
        self.far: list[socket.socket] = []
        self.near: list[socket.socket] = []
        self.pair = Pair(keys[0], keys[1].public, bytes(16), SAID, inward=True)
        other = Pair(keys[1], keys[0].public, bytes(16), SAID, inward=False)
        self.laptop = Carrier(self.pair, _to(self.to_unit), self.selector, CLOCK)
        self.unit = Carrier(other, _to(self.to_laptop), self.selector, CLOCK, dial=self._dial)

    def connect(self) -> socket.socket:
        """Return a browser's end of a connection that the laptop has taken."""
        ours, theirs = _loopback()
        self.near.append(ours)
        self.laptop.add(theirs)
        return ours

    def turn(self) -> None:
        """Let both ends do what they can, once."""
        for end in (self.laptop, self.unit):
            end.step()
        for key, mask in self.selector.select(0.01):
            key.data(mask)
        for end, records in ((self.unit, self.to_unit), (self.laptop, self.to_laptop)):
            while records:
                end.receive(records.pop(0))

    def until(self, true: Callable[[], object], what: str = "an end") -> None:
        """Turn until *true()* holds."""

        def turned() -> bool:
            self.turn()
            return bool(true())

        until(turned, what=what)

    def close(self) -> None:
        for end in (self.laptop, self.unit):
            end.close()
        for door in (*self.near, *self.far):
            door.close()
        self.selector.close()

    def _dial(self) -> socket.socket:
        ours, theirs = _loopback()
        ours.settimeout(0.0)
        self.far.append(ours)
        return theirs


def _to(records: list[bytes]) -> Callable[[bytes], bool]:
    def publish(record: bytes) -> bool:
        assert len(record) <= RECORD_LIMIT
        records.append(record)
        return True

    return publish


def _loopback() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        other, _ = server.accept()
    one.settimeout(0.0)
    return one, other


@pytest.fixture
def ends() -> Iterator[Ends]:
    one = Ends()
    yield one
    one.close()


def fill(door: socket.socket, ends: Ends, turns: int = 120) -> int:
    """Write as long as anything is taken; return how many bytes were."""
    written = 0
    for _ in range(turns):
        with contextlib.suppress(BlockingIOError):  # it waits for the reader
            written += door.send(bytes(65_536))
        ends.turn()
    return written


def test_a_reader_that_does_not_read_holds_up_nobody_and_no_memory(ends: Ends) -> None:
    """Megabytes at a closed mouth: one window waits here, and the next connection goes on.

    Control: once it reads, all of it comes.
    """
    browser = ends.connect()
    ends.turn()
    written = fill(ends.far[0], ends)
    assert written > 4 * WINDOW, "the control: more was offered than a window holds"
    assert ends.laptop.held <= WINDOW
    assert ends.unit.held == 0
    second = ends.connect()
    second.send(b"word")
    ends.until(lambda: len(ends.far) == 2, what="the second connection")
    ends.until(lambda: _take(ends.far[1]) == b"word", what="its word")
    got = 0
    while got < written:
        ends.turn()
        got += len(_take(browser))
    assert got == written


def _take(door: socket.socket) -> bytes:
    try:
        return door.recv(1 << 20)
    except BlockingIOError:
        return b""


def test_an_end_that_oversteps_its_window_is_refused(ends: Ends) -> None:
    """A technician's program that sends without room ends the tunnel: memory is no favour."""
    ends.connect()
    ends.turn()

    def flood() -> None:
        for _ in range(4000):  # some megabytes wait in the kernel for the page that does not read
            ends.laptop._say(Said.DATA, 0, bytes(LARGEST - 3))
            ends.unit.receive(ends.to_unit.pop())

    with pytest.raises(TunnelError, match="given room for"):
        flood()
    assert ends.unit.held <= WINDOW


def test_no_more_than_so_many_connections_at_once(ends: Ends) -> None:
    """One too many is closed at the unit, and told."""
    for _ in range(MOST_STREAMS):
        ends.connect()
        ends.turn()
    assert ends.laptop.full
    late = ends.connect()
    ends.until(lambda: ends.laptop.problem, what="the refusal")
    assert "too many" in ends.laptop.problem
    assert len(ends.far) == MOST_STREAMS
    late.settimeout(30.0)
    assert late.recv(1) == b""


def test_half_a_connection_may_end_before_the_other(ends: Ends) -> None:
    """A browser that has said all still gets its answer, and then nothing is left."""
    browser = ends.connect()
    browser.send(b"ask")
    browser.shutdown(socket.SHUT_WR)
    ends.until(lambda: ends.far, what="the connection")
    page = ends.far[0]
    ends.until(lambda: _take(page) == b"ask", what="the question")
    page.send(b"answer")
    page.close()
    ends.until(lambda: _take(browser) == b"answer", what="the answer")
    ends.until(lambda: not (ends.laptop._streams or ends.unit._streams))


def test_the_unit_opens_no_connection_at_the_laptop(ends: Ends) -> None:
    """Only the technician's end asks for connections: the other way ends the tunnel."""
    ends.unit._say(Said.OPEN, 7)
    with pytest.raises(TunnelError, match="may open none"):
        ends.laptop.receive(ends.to_laptop.pop())


@pytest.mark.parametrize("plain", [b"", b"\x09\0\0"], ids=["empty", "unknown word"])
def test_true_records_that_say_nonsense_end_it(ends: Ends, plain: bytes) -> None:
    """What this version does not know ends it with a sentence.

    Control: the rest of a connection that is closed already ends nothing.
    """
    ends.connect()
    ends.turn()
    ends.unit.receive(ends.pair.sealing.seal(b"\x02\0\x07late"))
    record = ends.pair.sealing.seal(plain)
    with pytest.raises(TunnelError, match="update both"):
        ends.unit.receive(record)


def test_a_rate_is_kept() -> None:
    """A quarter of a second may go at once; what is spent beyond it is waited for."""
    clock = FakeClock()
    bucket = Bucket(100_000, clock)
    assert bucket.wait_s() == 0
    bucket.spend(125_000)
    assert bucket.wait_s() == pytest.approx(1.0)
    clock.advance(0.5)
    assert bucket.wait_s() == pytest.approx(0.5)
    clock.advance(10.0)
    bucket.spend(25_000)
    assert bucket.wait_s() == 0
    assert Bucket(0, clock).wait_s() == 0
