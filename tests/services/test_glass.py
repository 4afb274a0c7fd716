"""The glass: who may look, what leaves watch, and that nobody who looks slows the line."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.clock import Moment, SystemClock
from edge.config import load
from edge.errors import GlassError
from edge.keys import canonical
from edge.keys.keeper import RosterKeeper
from edge.keys.parties import Revocation
from edge.keys.signed import sign, to_bytes
from edge.messages.acts import Act
from edge.pipeline import Look, Told
from edge.records import Category, Direction, Entry, Frame, Hit, ListVersion, Read, Sighting
from edge.services import glass as glass_module
from edge.services.glass import Glass
from edge.services.glass_link import GlassLink
from edge.services.glass_look import Looker, Rules
from edge.services.glass_wire import HIDDEN, TICKET, Head, Hello, Ticket, Welcome, send_blob, take
from edge.tracking.tracker import Pass
from edge.tracking.way import Way
from edge.vision.picture import PictureReads
from tests.brokers import until
from tests.fakes import START
from tests.keys.cast import ISSUED, ROSTER, keys_of, party_of
from tests.tracking.reads import read_of

SESSION = "ab" * 8
RULES = Rules(masked=True, least_confidence=0.1, min_reads=2)


class Pane:
    """A glass in a folder, with the line's thread played by the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.acts: list[tuple[str, Act]] = []
        unit = {"town": "windsor", "name": "main-street"}
        base = load([]).settings
        settings = base.model_copy(update={"unit": base.unit.model_copy(update=unit)})
        self.clock = SystemClock("always")
        self.rosters = RosterKeeper(folder, self.clock)
        self.rosters.roster = ROSTER
        self.settings = settings
        self.glass = Glass(
            settings,
            folder,
            self.rosters,
            self.clock,
            lambda kind, act: self.acts.append((kind, act)),
            masked=True,
            shutter_us=lambda now: now.source.shutter_us,
        )
        self.frames = 0
        self.made = 0

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.acts]

    def show(self, side: int = 64) -> None:
        """Let one frame go down the line, half a second after the one before."""
        self.frames += 1
        frame = Frame(np.full((side, side, 3), 7, np.uint8), START.later(self.frames / 2))
        self.glass.wants(frame, passes=True)
        self.glass.see(lambda: self._made(frame))

    def _made(self, frame: Frame) -> Look:
        self.made += 1
        return look_of([], frame)

    def enter(self, door: socket.socket, name: str = "tess", nonce: str = "") -> Welcome:
        """Show a ticket of *name*, over *nonce* instead of watch's own if one is given."""
        door.connect(str(self.folder / "glass"))
        hello, _ = take(door, Hello)
        ticket = Ticket(v=1, unit=hello.unit, nonce=nonce or hello.nonce, session=SESSION)
        send_blob(door, to_bytes(sign(TICKET, canonical.write(ticket), keys_of(name))))
        return take(door, Welcome)[0]


@pytest.fixture
def pane(tmp_path: Path) -> Iterator[Pane]:
    """Return an open glass whose acts are recorded as they come."""
    one = Pane(tmp_path)
    one.glass.start()
    ended = threading.Event()

    def record() -> None:
        while not ended.wait(0.01):
            one.glass.step()

    thread = threading.Thread(target=record)
    thread.start()
    yield one
    one.glass.stop()
    ended.set()
    thread.join()


@pytest.fixture
def door() -> Iterator[socket.socket]:
    """Return a socket that nobody has connected yet."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.settimeout(10)
        yield one


def look_of(reads: list[Read], frame: Frame, told: tuple[Told, ...] = ()) -> Look:
    """Return a look at *reads*, each in a pass of its own."""
    passes = tuple(
        Pass(number, 3, one.detection.box, Direction.APPROACHING)
        for number, one in enumerate(reads, 1)
    )
    found = PictureReads(tuple(reads), (), {"detect": 2.0})
    return Look(frame, "moving", found, told, passes, {"detect": 2.0}, listed=True)


def told_of(read: Read, track: int, category: Category) -> Told:
    """Return what came of a sighting that is on the list."""
    at = read.captured
    sighting = Sighting(
        track, read.slots, read.text, read.text, read.confidence, 3, at, at, at, at, read
    )
    until_ = ISSUED + timedelta(days=9999)
    entry = Entry("E1", read.text, "us-ct", category, "", "Windsor PD", ISSUED, until_)
    version = ListVersion("list", ISSUED, 1)
    hit = Hit(sighting, entry, 0.99, exact=True, contested=(), list_version=version, matched=at)
    return Told(sighting, (hit,), ())


@pytest.mark.parametrize(
    ("name", "nonce", "why"),
    [
        ("dana", "", "dana is officer"),
        ("tess", "00" * 16, "another unit or another time"),
    ],
    ids=["officer", "an old ticket"],
)
def test_without_a_valid_ticket_no_pixel_leaves(
    pane: Pane, door: socket.socket, name: str, nonce: str, why: str
) -> None:
    """Another role's ticket and one for another time are refused; the line makes no look for them.

    Control: a technician's own ticket for this connection brings looks.
    """
    assert why in pane.enter(door, name, nonce).refused
    pane.show()
    assert (pane.made, door.recv(1)) == (0, b"")
    assert "log-in" not in pane.kinds()  # that somebody was refused may stand there
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.settimeout(10)
        assert pane.enter(other).refused == ""
        pane.show()
        head, pixels = take(other, Head)
    assert (head.shown, len(pixels)) == ((64, 64), 64 * 64 * 3)


def test_a_log_in_is_recorded_before_the_first_pixel_and_the_leaving_after(tmp_path: Path) -> None:
    """While the line does not record the log-in nobody is welcome; both acts name the session."""
    pane = Pane(tmp_path)
    pane.glass.start()
    link = GlassLink(tmp_path, keys_of("tess"), SESSION, lambda _head, _pixels: None)
    opening = threading.Thread(target=link.open)
    opening.start()
    opening.join(0.4)
    pane.show()
    assert opening.is_alive()
    assert pane.made == 0
    until(lambda: pane.glass.step() or pane.acts, 5.0, "a log-in")
    opening.join()
    link.close()
    until(lambda: pane.glass.step() or len(pane.acts) == 2, 5.0, "a log-out")
    pane.glass.stop()
    assert pane.kinds() == ["log-in", "log-out"]
    (_, into), (_, out) = pane.acts
    assert into.model_dump() == {"officer": "tess", "role": "technician", "session": SESSION}
    assert out.model_dump() == {"officer": "tess", "session": SESSION, "why": "left"}


def test_settings_taken_meanwhile_are_those_of_the_next_look(
    pane: Pane, door: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zones and shutter that a running watch takes are in the next look, without a new log-in."""
    monkeypatch.setattr(glass_module, "_EVERY_S", 0.0)
    assert pane.enter(door).refused == ""
    pane.show()
    before = take(door, Head)[0]
    corner = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5))
    zones = pane.settings.zones.model_copy(update={"ignore": (corner,)})
    source = pane.settings.source.model_copy(update={"shutter_us": 500})
    pane.glass.retune(pane.settings.model_copy(update={"zones": zones, "source": source}))
    pane.show()
    after = take(door, Head)[0]
    assert (before.zones.ignore, before.shutter_us) == ((), 0)
    assert (after.zones.ignore, after.shutter_us) == ((corner,), 500)


def test_whoever_stops_reading_never_blocks_the_line_and_is_put_out(
    pane: Pane, door: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks larger than any buffer are left to nobody: each show returns, and it is recorded."""
    monkeypatch.setattr(glass_module, "_READS_S", 0.3)
    pane.enter(door)
    until(lambda: pane.show(1024) or "log-out" in pane.kinds(), 20.0, "being put out")
    assert pane.acts[-1][1].model_dump()["why"] == "stopped reading"
    before = pane.made
    pane.show()
    assert pane.made == before


def test_a_revoked_technician_is_put_out(
    pane: Pane, door: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A roster that revokes the key ends the view within seconds."""
    monkeypatch.setattr(glass_module, "_ROSTER_S", 0.1)
    pane.enter(door)
    gone = Revocation("tess", party_of("tess").verify_key, ISSUED, "lost")
    pane.rosters.roster = replace(ROSTER, revoked=(gone,))
    until(lambda: "log-out" in pane.kinds(), 10.0, "the end of the view")
    assert "revoked" in str(pane.acts[-1][1].model_dump()["why"])


def test_only_the_test_plate_has_a_text_where_plates_are_masked() -> None:
    """No character of another's plate is in what leaves watch; bars and reasons are.

    Control: where the law lets a technician see plates, the same look holds the text.
    """
    other, own = read_of("AB12345"), read_of("TEST99", x=400.0)
    frame = Frame(np.zeros((480, 640, 3), np.uint8), START)
    told = (
        told_of(other, 1, Category.STOLEN_VEHICLE),
        told_of(own, 2, Category.TEST),
    )
    heads = [
        Looker(Rules(masked=masked, least_confidence=0.1, min_reads=2)).head(
            look_of([other, own], frame, told), frame.image, 1, 0, 0
        )[0]
        for masked in (True, False)
    ]
    hidden, seen = (one.model_dump_json() for one in heads)
    assert "AB12345" not in hidden
    assert [one.text for one in heads[0].plates] == [HIDDEN * 7, "TEST99"]
    assert {one.text for one in heads[0].plates[0].characters} == {HIDDEN}
    assert [one.own for one in heads[0].tracks] == [False, True]
    assert "AB12345" in seen


def test_nobody_is_let_in_where_watch_does_not_run(tmp_path: Path) -> None:
    """The error says what to look for."""
    link = GlassLink(tmp_path, keys_of("tess"), SESSION, lambda _head, _pixels: None)
    with pytest.raises(GlassError, match="is it running"):
        link.open()


def test_a_look_says_why_a_plate_was_not_read() -> None:
    """Small, uncertain and outside are told apart, with the number that was missed."""
    small, vague = read_of("A", width=62.0).detection, read_of("B", width=140.0).detection
    frame = Frame(np.zeros((480, 640, 3), np.uint8), START)
    found = PictureReads((), (small, vague), {}, (0.9, 0.04), (vague,))
    look = Look(frame, "moving", found, (), (), {}, listed=False)
    head, _ = Looker(RULES).head(look, frame.image, 1, 0, 0)
    whys = [one.why for one in head.plates]
    assert whys[0].startswith("too small: 62 px")
    assert whys[1] == "too uncertain: 4% sure, and reader.least_confidence is 10%"
    assert whys[2].startswith("outside the zones")


@pytest.mark.parametrize(
    ("way", "said"),
    [(Way.WRONG, "wrong direction"), (Way.OPEN, "not clear yet"), (Way.COUNTS, "not matched yet")],
)
def test_a_look_says_why_a_pass_is_not_told(way: Way, said: str) -> None:
    """By the direction line a pass is left out, or waits, and the page says which."""
    frame = Frame(np.zeros((480, 640, 3), np.uint8), START)
    passes = (Pass(1, 3, (10.0, 10.0, 90.0, 30.0), Direction.RECEDING, way),)
    look = Look(frame, "moving", PictureReads((), (), {}), (), passes, {}, listed=True)
    head, _ = Looker(RULES).head(look, frame.image, 1, 0, 0)
    assert said in head.tracks[0].why


def test_a_wide_frame_is_sent_small_with_its_plates_as_they_are() -> None:
    """A picture of 2560 px goes at 1280; the plate's own pixels follow it unscaled."""
    read = read_of("AB12345", x=1000.0, y=500.0, width=200.0)
    image = np.arange(1440 * 2560 * 3, dtype=np.uint32).astype(np.uint8).reshape(1440, 2560, 3)
    frame = Frame(image, Moment(START.utc_ns, START.monotonic_ns))
    head, pixels = Looker(RULES).head(look_of([read], frame), image, 1, 0, 0)
    (patch,) = head.patches
    assert head.shown == (1280, 720)
    assert bytes(pixels[1]) == (
        image[patch.y : patch.y + patch.high, patch.x : patch.x + patch.wide].tobytes()
    )
