"""Kept reads over a reboot: the archive's keys bring back what the limit allows, and no more."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.archive.wrapping import WrappingKeys
from edge.clock import Moment
from edge.config import load
from edge.delivery.events import Received
from edge.errors import KeysError
from edge.keys import canonical
from edge.keys.crypto import OpeningKey
from edge.keys.identity import Identity
from edge.keys.keeper import RosterKeeper
from edge.messages.keys import BackAsk, sign_ask
from edge.messages.order import open_order
from edge.messages.topics import Kind, topic
from edge.services.keyring import open_keyring
from edge.services.reads_keys import KeyHolder
from edge.services.reads_post import KeysTaker
from edge.services.reads_slots import FOLDER
from edge.services.reads_wrap import ASKS, Wrapper
from edge.services.wrapping import WrappingGuest
from tests.fakes import START, FakeClock
from tests.keys.cast import ROSTER, keys_folder, keys_of, rosters_of
from tests.services.keeping import YEAR_S, Begins, Pole

HOUR_S = 3600.0
DAY_S = 86_400.0
KEEP_S = 21 * DAY_S
UNIT = "bridge-2"


@dataclass
class Town:
    """One unit and the archive, with a post between them that tests may hold up.

    Attributes:
        clock: of the unit; the archive has one of its own.
        delivered: whether the post goes.
        answers: orders that the archive has sent.
    """

    folder: Path
    clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    archive_clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    delivered: bool = True
    most_s: float = KEEP_S
    answers: list[bytes] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.own: Identity = keys_of(UNIT)
        self.pole = Pole(self.folder / "unit", KEEP_S, self.clock, self.own)
        self.rosters: RosterKeeper = rosters_of(ROSTER)
        self.asked: dict[str, bytes] = {}
        keys_folder(self.folder / "keys", "archive")
        self.open_archive()
        site = load([]).settings
        unit = site.unit.model_copy(update={"name": UNIT, "town": self.own.town})
        runtime = site.runtime.model_copy(update={"folder": str(self.pole.runtime)})
        settings = site.model_copy(update={"unit": unit, "runtime": runtime})
        self.taker = KeysTaker(settings)
        self.boot()

    def open_archive(self) -> None:
        keyring = open_keyring(self.folder / "keys", self.archive_clock, {keys_of("archive").role})
        self.keys = WrappingKeys(self.folder / "wrapping", self.most_s, self.archive_clock)
        self.keys.open()
        self.guest = WrappingGuest(self.keys, keyring, self.archive_clock)

    def boot(self) -> KeyHolder:
        """Start the key holder anew, with nothing in memory."""
        runtime, clock = self.pole.runtime, self.clock
        self.wrapper = Wrapper(
            self.pole.section, runtime, self.own, self.rosters, clock, self.pole.now_ns
        )
        self.holder = self.pole.holder(self.wrapper)
        self.holder.open()
        return self.holder

    def crash(self) -> None:
        """Let the unit lose its power: keys and tmpfs are gone, the disk stays."""
        self.holder.stop()
        for file in (self.pole.runtime / FOLDER).rglob("*"):
            if file.is_file():
                file.unlink()

    def post(self) -> None:
        """Carry asks to the archive, and its orders back."""
        where = topic(self.own.town, UNIT, Kind.KEYS)
        for file in sorted((self.pole.runtime / FOLDER / ASKS).glob("*.ask")):
            blob = file.read_bytes()
            if not self.delivered or self.asked.get(file.name) == blob:
                continue
            self.asked[file.name] = blob
            self.hear(where, blob)

    def hear(self, where: str, blob: bytes) -> None:
        event = Received(where, blob, 1, retained=False)
        try:
            for _, order in self.guest.take(event):
                self.answers.append(order)
                document = open_order(order, self.own).documents[0]
                self.taker.take({"wrapping-key": document}, ROSTER, self.rosters.at())
        except KeysError as error:
            self.refused.append(str(error))

    def run(self, seconds: float, step_s: float = 30.0) -> None:
        """Let both clocks go on together."""
        end_ns = self.clock.moment.monotonic_ns + round(seconds * 1e9)
        while (left_ns := end_ns - self.clock.moment.monotonic_ns) > 0:
            for clock in (self.clock, self.archive_clock):
                clock.advance(min(step_s, left_ns / 1e9))
            self.holder.step()
            self.post()
            self.guest.step(self.archive_clock.now())

    def off(self, seconds: float) -> None:
        """Be without power for so long: the machine's own time begins anew."""
        self.archive_clock.advance(seconds)
        moment = self.clock.moment
        self.clock.moment = Moment(moment.utc_ns + round(seconds * 1e9), 7 * 10**9)

    def seen(self, *texts: str) -> None:
        keeper = self.pole.keeper()
        self.pole.see(keeper, *texts)
        assert keeper.problem == ""
        keeper.stop()

    def keys_there(self) -> int:
        return len(list((self.folder / "wrapping").glob("*/*.key")))


@pytest.fixture
def town(tmp_path: Path) -> Town:
    (tmp_path / "unit").mkdir()
    made = Town(tmp_path)
    made.run(120.0)  # keys ahead have come
    return made


def test_reads_come_back_after_a_reboot(town: Town) -> None:
    """Power gone for an hour: asked for, given, found again, and on the chain."""
    town.seen("AB12345")
    town.crash()
    town.off(HOUR_S)
    town.boot()
    assert town.pole.texts(town.holder) == []
    town.run(60.0)
    assert town.pole.texts(town.holder) == ["AB12345"]
    assert town.pole.acts("restored") == [1]
    assert town.pole.acts("lost") == []
    town.holder.stop()


def test_before_the_archive_answers_nothing_opens(town: Town) -> None:
    """The disk alone says nothing: what lies beside the reads is wrapped for the archive."""
    town.seen("AB12345")
    town.crash()
    town.off(HOUR_S)
    town.delivered = False
    town.boot()
    town.run(6 * HOUR_S, step_s=1800.0)
    assert town.pole.texts(town.holder) == []
    kept = town.pole.kept(town.holder)
    assert list(kept.find(Begins(), START, START.later(YEAR_S))) == []
    assert "wait for the archive" in kept.damaged[0]
    assert b"AB12345" not in town.pole.on_disk()
    town.delivered = True
    town.run(120.0)
    assert town.pole.texts(town.holder) == ["AB12345"]
    town.holder.stop()


def test_a_unit_that_was_off_for_longer_than_the_limit_never_gets_its_key(town: Town) -> None:
    """After 21 days the archive has none to give: the reads are deleted, and counted as lost."""
    town.seen("AB12345")
    before = town.keys_there()
    town.crash()
    town.off(KEEP_S + 60.0)
    town.clock.believed = False  # the unit itself cannot know how long it was off
    town.boot()
    assert town.pole.texts(town.holder) == []
    town.run(120.0)
    assert town.pole.texts(town.holder) == []
    assert town.pole.acts("lost") == [1]
    assert town.pole.acts("restored") == []
    assert before > 0
    town.holder.stop()


@pytest.mark.parametrize("believed", [True, False], ids=["clock set", "clock not set"])
def test_the_limit_counts_from_the_reading_across_a_reboot(town: Town, believed: bool) -> None:
    """Off for 20 days: what comes back lives for the day that is left, and not for 21 more."""
    town.seen("AB12345")
    town.crash()
    town.off(20 * DAY_S)
    town.clock.believed = believed
    town.boot()
    town.run(120.0)
    assert town.pole.texts(town.holder) == ["AB12345"]
    town.run(DAY_S - HOUR_S - 300.0, step_s=1500.0)
    assert town.pole.texts(town.holder) == ["AB12345"]
    town.run(HOUR_S + 300.0, step_s=300.0)
    assert town.pole.texts(town.holder) == []
    town.holder.stop()


def test_private_halves_die_at_the_archive(town: Town) -> None:
    """Their files are overwritten and gone at the limit, whether the unit asks or not."""
    town.seen("AB12345")
    secrets = [
        canonical.decode(file.read_bytes(), "key")["key"].encode()
        for file in (town.folder / "wrapping").glob("*/*.key")
    ]
    town.holder.stop()
    town.archive_clock.advance(KEEP_S + 3 * DAY_S)
    town.guest.step(town.archive_clock.now())
    left = b"".join(one.read_bytes() for one in (town.folder / "wrapping").rglob("*.*"))
    assert secrets
    assert not any(one in left for one in secrets)
    assert town.keys_there() == 0


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
def test_an_archive_clock_set_back_gives_no_dead_key(town: Town, restarted: bool) -> None:
    """A year back in the middle: the latest time that was seen counts, after a restart as well."""
    town.seen("AB12345")
    town.crash()
    town.off(KEEP_S - DAY_S)
    town.guest.step(town.archive_clock.now())
    moment = town.archive_clock.moment
    town.archive_clock.moment = Moment(moment.utc_ns - round(YEAR_S * 1e9), moment.monotonic_ns)
    if restarted:
        town.open_archive()
    town.archive_clock.advance(2 * DAY_S)
    town.clock.believed = False
    town.boot()
    town.run(120.0)
    assert town.pole.texts(town.holder) == []
    town.holder.stop()


def test_an_archive_whose_clock_is_not_set_gives_nothing(town: Town) -> None:
    """It cannot know what has ended: the unit waits, and gets its keys once the clock is set."""
    town.seen("AB12345")
    town.crash()
    town.archive_clock.believed = False
    town.boot()
    town.run(120.0)
    assert town.pole.texts(town.holder) == []
    assert "clock is not set" in town.refused[0]
    town.archive_clock.believed = True
    town.run(120.0)
    assert town.pole.texts(town.holder) == ["AB12345"]
    town.holder.stop()


def test_no_other_unit_gets_a_units_keys(town: Town) -> None:
    """Asked by another in its own name it finds none; in this one's name it is refused."""
    town.seen("AB12345")
    ids = [file.stem for file in (town.folder / "wrapping").glob("*/*.key")]
    thief = keys_of("main-street")
    ask = BackAsk(
        v=1,
        act="back",
        nonce="0" * 32,
        ids=ids,
        ephemeral=canonical.to_text(OpeningKey.make().public.raw),
    )
    blob = sign_ask(ask, thief)
    with pytest.raises(KeysError, match="is signed by main-street"):
        town.guest.take(Received(topic("windsor", UNIT, Kind.KEYS), blob, 1, retained=False))
    (_, order), *_ = town.guest.take(
        Received(topic("windsor", "main-street", Kind.KEYS), blob, 1, retained=False)
    )
    document = open_order(order, thief).documents[0]
    assert b'"keys":[]' in document
    with pytest.raises(KeysError):
        open_order(order, town.own)


def test_a_stolen_disk_with_a_replayed_answer_opens_nothing(town: Town) -> None:
    """What the archive answered once is wrapped for a key that died with its ask."""
    town.seen("AB12345")
    town.crash()
    town.boot()
    town.run(60.0)
    assert town.pole.texts(town.holder) == ["AB12345"]
    old = town.answers[-2:]
    town.crash()
    town.delivered = False
    town.boot()
    for order in old:
        document = open_order(order, town.own).documents[0]
        town.taker.take({"wrapping-key": document}, ROSTER, town.rosters.at())
    town.run(30.0)
    assert town.pole.texts(town.holder) == []
    town.holder.stop()


def test_what_the_archive_has_not_signed_is_no_key(town: Town) -> None:
    """A console's signature under the same words is refused where the order is taken."""
    document = open_order(town.answers[0], town.own).documents[0]
    forged = document.replace(b'"signer":"archive"', b'"signer":"dispatch"')
    assert forged != document
    with pytest.raises(KeysError):
        town.taker.take({"wrapping-key": forged}, ROSTER, town.rosters.at())


def test_without_keys_ahead_reads_are_kept_until_the_next_reboot(tmp_path: Path) -> None:
    """An archive that was never heard is told; once it is heard, a new slot begins and survives."""
    (tmp_path / "unit").mkdir()
    town = Town(tmp_path, delivered=False)
    town.seen("AB12345")
    assert town.pole.texts(town.holder) == ["AB12345"]
    assert "next reboot" in town.holder.problem
    town.delivered = True
    town.run(120.0)
    assert town.wrapper.problem == ""
    town.seen("CD67890")
    town.crash()
    town.boot()
    town.run(120.0)
    assert town.pole.texts(town.holder) == ["CD67890"]
    assert town.pole.acts("lost") == [1]
    town.holder.stop()


def test_keys_ahead_last_for_a_day_and_no_longer(town: Town) -> None:
    """An archive that is away for a day is not missed; each key dies when its slot does."""
    town.delivered = False
    town.run(DAY_S, step_s=1500.0)
    town.seen("AB12345")
    assert town.wrapper.problem == ""
    town.run(2 * DAY_S, step_s=1500.0)
    assert "next reboot" in town.wrapper.problem
    town.crash()
    town.delivered = True
    town.boot()
    town.run(120.0)
    assert town.pole.texts(town.holder) == ["AB12345"]
    town.holder.stop()


def test_a_unit_that_keeps_for_longer_than_the_law_there_gets_no_key(tmp_path: Path) -> None:
    """The archive holds the town's law, whatever a unit's settings say."""
    (tmp_path / "unit").mkdir()
    town = Town(tmp_path, most_s=180.0)
    town.run(60.0)
    assert "the law here allows 180 s" in town.refused[0]
    assert town.keys_there() == 0
    town.holder.stop()


def test_asks_are_answered_now_and_then_only(town: Town) -> None:
    """A flood of asks makes no flood of keys."""
    before = town.keys_there()
    blob = town.asked["ahead.ask"]
    town.archive_clock.advance(60.0)
    for _ in range(50):
        town.hear(topic("windsor", UNIT, Kind.KEYS), blob)
    assert town.keys_there() - before == 48
    assert "more often" in town.refused[-1]
    town.holder.stop()
