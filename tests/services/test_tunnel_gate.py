"""Watch's gate: whom it lets in, in which order that is recorded, and how a tunnel ends."""

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from edge.clock import Moment
from edge.config import load
from edge.keys import canonical
from edge.keys.crypto import OpeningKey
from edge.keys.parties import Revocation
from edge.keys.roles import Role
from edge.keys.signed import Signed, sign, to_bytes
from edge.messages.acts import Act
from edge.messages.acts_unit import Remote
from edge.messages.health import RemoteHealth
from edge.messages.tunnel import ASK, new_ask, read_answer, read_ask
from edge.services import tunnel_gate
from edge.services.tunnel_gate import WANTED, TunnelGate
from edge.services.tunnel_wire import SOCKET, Reply, Word, send, take
from tests.brokers import until
from tests.fakes import FakeClock
from tests.keys.cast import ISSUED, ROSTER, keys_of, party_of, roster_of
from tests.services.tunnelling import UNIT, keeper

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


NOBODY = RemoteHealth(allowed=True, who="", role="", since=None)


class Gate:
    """A gate in a folder, with the line's thread played by the test, or by :meth:`record`."""

    def __init__(self, folder: Path, *, remote: bool = True) -> None:
        self.folder = folder
        self.acts: list[Remote] = []
        self.clock = FakeClock(Moment(int(NOW.timestamp()) * 10**9, 10**12))
        self.rosters = keeper(self.clock)
        base = load([]).settings
        unit = base.unit.model_copy(update={"town": "windsor", "name": UNIT})
        tuning = base.tuning.model_copy(update={"remote": remote})
        settings = base.model_copy(update={"unit": unit, "tuning": tuning})
        self.gate = TunnelGate(
            settings, folder, self.rosters, keys_of(UNIT), self.clock, self._tell
        )
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._record)
        self.door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.door.settimeout(30.0)

    def start(self) -> "Gate":
        self.gate.start()
        self.door.connect(str(self.folder / SOCKET))
        return self

    def record(self) -> None:
        """Begin to record what happens, as a line that runs does."""
        self._thread.start()

    def stop(self) -> None:
        self.door.close()
        self.gate.stop()
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.gate.step()

    def ask(self, signed: Signed | None = None, blob: bytes = b"") -> Reply:
        """Return watch's word on a request."""
        blob = blob or to_bytes(signed or asked())
        key = canonical.to_text(OpeningKey.make().public.raw)
        send(self.door, Word(kind="ask", ask=base64.b64encode(blob).decode(), key=key))
        return take(self.door, Reply)

    def did(self, act: str) -> list[Remote]:
        return [one for one in list(self.acts) if one.act == act]

    def _tell(self, kind: str, act: Act) -> None:
        assert kind == "remote"
        self.acts.append(cast(Remote, act))

    def _record(self) -> None:
        while not self._ended.wait(0.01):
            self.gate.step()


def asked(
    name: str = "tess", unit: str = UNIT, at: datetime = NOW, laptop: str = "", over: bool = False
) -> Signed:
    return new_ask(unit, OpeningKey.make(), keys_of(name, None), at, laptop, over=over)


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    monkeypatch.setattr(tunnel_gate, "_TURN_S", 0.02)
    one = Gate(tmp_path).start()
    one.record()
    yield one
    one.stop()


def test_an_opening_is_recorded_before_the_answer_leaves(tmp_path: Path) -> None:
    """While the line does not record it there is no answer; then one that the unit signed."""
    one = Gate(tmp_path).start()
    signed, replies = asked(), list[Reply]()
    asking = threading.Thread(target=lambda: replies.append(one.ask(signed)))
    asking.start()
    asking.join(0.5)
    assert (asking.is_alive(), one.acts) == (True, [])
    assert one.gate.remote == NOBODY, "nobody is in before that is recorded"
    assert not (tmp_path / WANTED).exists()
    one.record()
    asking.join()
    answer = read_answer(base64.b64decode(replies[0].answer), signed, ROSTER, UNIT, NOW)
    assert (replies[0].opened, answer.session) == (True, replies[0].session)
    assert (answer.budget, answer.until) == (100_000_000, "2026-06-01T13:00:00Z")
    assert (tmp_path / WANTED).exists()
    assert one.gate.remote == RemoteHealth(
        allowed=True, who="tess", role="technician", since="2026-06-01T12:00:00.000Z"
    )
    one.door.close()
    until(lambda: one.did("closed"), what="the end")
    one.stop()
    (opened,), (closed,) = one.did("opened"), one.did("closed")
    assert (opened.who, opened.session) == ("tess", answer.session)
    assert closed.why == "the process that carries it ended"
    assert one.gate.remote == NOBODY


def test_a_door_that_is_not_wanted_is_not_there(tmp_path: Path) -> None:
    """With tuning.remote false watch has no socket, and no thread."""
    one = Gate(tmp_path, remote=False)
    one.gate.start()
    assert not (tmp_path / SOCKET).exists()
    one.door.close()
    one.gate.stop()


def test_a_second_laptop_is_told_and_takes_over_knowingly(gate: Gate) -> None:
    """Since when the first is there; that goes on until it is put out, and is refused after."""
    here, there = "1a" * 16, "2b" * 16
    assert gate.ask(asked(laptop=here)).opened
    gate.clock.advance(20.0)
    second = gate.ask(asked(laptop=there))
    assert second.why.startswith("tess is here since 2026-06-01 12:00 UTC from another laptop")
    assert (second.opened, bool(second.answer), gate.did("closed")) == (False, True, [])
    again = gate.ask(asked(laptop=here))
    assert (again.opened, again.left) == (True, ""), "the control: its own next request"
    over = gate.ask(asked(laptop=there, over=True))
    assert (over.opened, over.left) == (
        True,
        "tess went on from another laptop at 2026-06-01 12:00 UTC",
    )
    assert (
        "is here since 2026-06-01 12:00 UTC from another laptop" in gate.ask(asked(laptop=here)).why
    )
    assert gate.ask(asked(laptop=there)).opened
    until(lambda: len(gate.did("closed")) == 3, what="the ends on the chain")
    assert [one.why for one in gate.did("closed")][1] == over.left


def test_nobody_takes_over_from_another_technician(gate: Gate) -> None:
    """One's own laptop can be put out, no one else's."""
    gate.rosters.roster = roster_of(extra=[party_of("theo", Role.TECHNICIAN)])
    assert gate.ask(asked(laptop="1a" * 16)).opened
    theo = keys_of("theo", Role.TECHNICIAN)
    signed = new_ask(UNIT, OpeningKey.make(), theo, NOW, "2b" * 16, over=True)
    assert gate.ask(signed).why == "tess is here: one technician at a time"


REFUSED = {
    "another unit": (asked(unit="bridge-2"), "for bridge-2"),
    "expired": (asked(at=NOW - timedelta(minutes=2)), "the unit's clock says"),
    "early": (asked(at=NOW + timedelta(minutes=2)), "the unit's clock says"),
    "an hour's life": (
        sign(
            ASK,
            canonical.write(
                read_ask(to_bytes(asked()))[1].model_copy(
                    update={"expires": "2026-06-01T13:00:00Z"}
                )
            ),
            keys_of("tess"),
        ),
        "lives for 60 s",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_technicians_unsound_request_is_refused_by_a_signed_word(gate: Gate, name: str) -> None:
    """The technician is told why, under the unit's signature, and it is recorded.

    Control: a sound one opens.
    """
    signed, why = REFUSED[name]
    reply = gate.ask(signed)
    assert (reply.opened, why in reply.why) == (False, True)
    with pytest.raises(Exception, match=f"{UNIT} refuses: .*{why}"):
        read_answer(base64.b64decode(reply.answer), signed, ROSTER, UNIT, NOW)
    until(lambda: gate.did("refused"), what="the row")
    assert gate.did("refused")[0].who == "tess"
    assert gate.ask().opened


def _forged() -> bytes:
    blob = bytearray(to_bytes(asked()))
    blob[-2] ^= 1
    return bytes(blob)


STRANGERS: dict[str, Callable[[], bytes]] = {
    "an officer": lambda: to_bytes(asked("dana")),
    "a unit": lambda: to_bytes(asked("bridge-2")),
    "nobody known": lambda: to_bytes(
        new_ask(UNIT, OpeningKey.make(), keys_of("mallory", Role.TECHNICIAN), NOW)
    ),
    "another's name": lambda: to_bytes(
        replace(asked(), signature=asked("dana").signature),
    ),
    "changed": _forged,
    "noise": lambda: b"\0" * 300,
}


@pytest.mark.parametrize("name", STRANGERS)
def test_who_is_no_technician_gets_no_word(gate: Gate, name: str) -> None:
    """Nothing is answered to whom the roster does not let in; the record has it."""
    reply = gate.ask(blob=STRANGERS[name]())
    assert (reply.answer, reply.opened) == ("", False)
    until(lambda: gate.did("refused"), what="the row")
    assert gate.did("opened") == []


def test_a_request_counts_once(gate: Gate) -> None:
    """Played back it is refused, and whoever it let in stays."""
    signed = asked()
    assert gate.ask(signed).opened
    assert "plays it back" in gate.ask(signed).why
    assert gate.did("closed") == []


def test_a_flood_of_requests_is_a_few_rows(gate: Gate) -> None:
    """The first is recorded at once, the next ten seconds later with the number in between."""
    for _ in range(20):
        gate.ask(asked("dana"))
    gate.clock.advance(11.0)
    gate.ask(asked("dana"))
    until(lambda: len(gate.did("refused")) == 2, what="the second row")
    assert [one.more for one in gate.did("refused")] == [0, 19]


def test_time_that_is_over_ends_a_tunnel(gate: Gate) -> None:
    """After the settings' minutes watch orders the end; the row says how much was carried."""
    assert gate.ask().opened
    send(gate.door, Word(kind="used", inward=10, outward=20, foreign=1))
    gate.clock.advance(3601.0)
    reply = take(gate.door, Reply)
    assert (reply.kind, "60 min is over" in reply.why) == ("over", True)
    send(gate.door, Word(kind="ended", inward=30, outward=40, foreign=2, why="told to"))
    until(lambda: gate.did("closed"), what="the row")
    (row,) = gate.did("closed")
    assert (row.inward, row.outward, row.foreign) == (30, 40, 2)
    assert "60 min is over" in row.why


def test_a_process_that_goes_on_after_the_order_is_put_out(gate: Gate) -> None:
    """A key that was revoked: ordered, not obeyed, and the connection to watch is closed."""
    assert gate.ask().opened
    send(gate.door, Word(kind="used", inward=10, outward=20))
    gone = Revocation("tess", party_of("tess").verify_key, ISSUED, "lost")
    gate.rosters.roster = replace(ROSTER, revoked=(gone,))
    gate.clock.advance(3.0)
    assert "revoked" in take(gate.door, Reply).why
    gate.clock.advance(4.0)
    assert gate.door.recv(1) == b""
    until(lambda: gate.did("closed"), what="the row")
    (row,) = gate.did("closed")
    assert (row.outward, "revoked" in row.why) == (20, True)
    assert not gate.did("refused")


def test_a_wrong_word_through_the_socket_puts_the_process_out(gate: Gate) -> None:
    """Bytes that are no word end that connection; the next process is heard."""
    gate.door.sendall(b"\0\0\0\3{} ")
    assert gate.door.recv(1) == b""
    gate.door.close()
    gate.door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    gate.door.settimeout(30.0)
    gate.door.connect(str(gate.folder / SOCKET))
    assert gate.ask().opened
