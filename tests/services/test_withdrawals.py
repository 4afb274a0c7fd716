"""Alerts whose entry leaves the list are taken back; others are left alone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.config import load
from edge.hotlist.keeper import HotlistKeeper
from edge.messages.alert_parts import AlertMessage
from edge.records import Alert, AlertId, Grade, Handling
from edge.services.grants import GrantFolder, GrantKeeper
from edge.services.keyring import open_keyring
from edge.services.sealer import Sealer
from edge.services.withdrawals import Withdrawals
from edge.store.store import Store, open_store
from tests.alerts import UNIT, an_alert, an_entry, opened, store_section
from tests.fakes import START, FakeClock
from tests.hotlist.lists import section
from tests.keys.cast import Role, keys_folder

COLUMNS = (
    "entry_id,plate,jurisdiction,category,make,model,colour,type,caution,reason,owner,"
    "entered,expires\n"
)
HOUR = 3600.0


def line(
    plate: str, number: str = "W-17", place: str = "us-ct", expires: str = "2026-02-01"
) -> str:
    return f"{number},{plate},{place},stolen_vehicle,,,,,,taken,Windsor PD,2025-12-30,{expires}\n"


class Forgets:
    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def withdrawn(self, alert_id: AlertId, entry_id: str) -> None:
        self.forgotten.append(f"{alert_id.sequence} {entry_id}")


class Post:
    """A unit's list, store and keys, and what watches over its alerts."""

    def __init__(self, folder: Path, store: Store, clock: FakeClock) -> None:
        self.clock = clock
        self.store = store
        self.file = folder / "list.csv"
        self.told = Forgets()
        self.hotlist = HotlistKeeper(section(folder="", path=str(self.file), reload_s=0.0), clock)
        keys = keys_folder(folder / "keys", UNIT.name)
        keyring = open_keyring(keys, clock, {Role.UNIT})
        settings = load([]).settings
        self.sealer = Sealer(
            unit=UNIT,
            categories=settings.categories,
            software="test",
            keyring=keyring,
            grants=GrantKeeper(GrantFolder(folder / "grants"), keyring.rosters, clock),
            clock=clock,
        )
        self.own = keyring.identity
        self.restart()

    def restart(self) -> None:
        """Forget all that only memory holds."""
        self.watch = Withdrawals(
            hours=24.0,
            store=self.store,
            hotlist=self.hotlist,
            sealer=self.sealer,
            own=self.own,
            told=self.told,
            clock=self.clock,
        )
        self.watch.recall()

    def swap(self, *lines: str) -> None:
        """Put another list in force, and look."""
        draft = self.file.with_suffix(".new")
        draft.write_text(COLUMNS + "".join(lines))
        draft.replace(self.file)
        for _ in range(2):  # a plain file counts once it has kept still
            self.hotlist.refresh()
        assert self.hotlist.problem == ""
        self.watch.refresh()

    def alert(self, alert: Alert | None = None) -> AlertId:
        told = alert or an_alert(at=self.clock.now())
        handling = Handling(recipients=("console", "archive"))
        told = replace(told, verdict=replace(told.verdict, handling=handling))
        alert_id = self.store.commit_alert(told, self.sealer.build)
        self.watch.note(told, alert_id)
        return alert_id

    def newest(self) -> AlertMessage:
        """Return the last message in the store."""
        return opened(self.store.newest_alerts(1)[0][2].body)

    def grades(self) -> list[str]:
        return [str(opened(one.body).payload.grade) for _, _, one in self.store.newest_alerts(100)]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    clock = FakeClock(START)
    with open_store(store_section(tmp_path / "store"), UNIT.name, clock) as store:
        made = Post(tmp_path, store, clock)
        made.swap(line("AB12345"))
        yield made


def test_a_recovered_car_is_taken_back(post: Post):
    """The entry is gone from the next list: one revision, grade none, list failed, a sentence."""
    alert_id = post.alert()
    post.swap(line("ZZ99999", "W-99"))
    post.watch.refresh()
    assert post.grades() == ["verify", "none"]
    said = post.newest()
    assert (said.sequence, said.revision, said.payload.revises) == (alert_id.sequence, 1, 0)
    assert said.payload.retracts
    gate = {one.name: one for one in said.payload.gates}["list"]
    assert gate.result == "fail"
    assert "has withdrawn this entry" in gate.sentence
    assert [one.name for one in said.payload.gates] == ["text", "jurisdiction", "vehicle", "list"]
    assert post.told.forgotten == ["1 W-17"]
    for reader in ("archive", "car-12"):
        letter = post.store.newest_alerts(1)[0][2]
        assert opened(letter.body, reader).payload.grade is Grade.NONE


@pytest.mark.parametrize(
    "lines",
    [
        (line("AB12345"), line("ZZ99999", "W-99")),
        (line("AB12345", "OTHER-4"),),
        (line("AB12345", "OTHER-4", place=""),),
        (line("AB12345", expires="2026-01-31"),),
    ],
    ids=["still there", "another number", "another number, no place", "a shorter life"],
)
def test_while_the_car_is_listed_nothing_is_taken_back(post: Post, lines: tuple[str, ...]):
    """The plate stands on the next list, under whatever number: the alert stands."""
    post.alert()
    post.swap(*lines)
    assert post.grades() == ["verify"]
    assert len(post.watch) == 1


def test_the_same_plate_of_another_state_is_another_car(post: Post):
    """Connecticut's entry is gone; New York's car with that plate keeps no alert alive."""
    post.alert()
    post.swap(line("AB12345", "N-1", place="us-ny"))
    assert post.grades() == ["verify", "none"]


def test_an_entry_that_expires_is_taken_back_by_the_clock_alone(post: Post):
    """Nobody sends a new list: at its end, by a trusted clock, the entry's alert is taken back."""
    post.swap(line("AB12345", expires="2026-01-02"))
    post.alert()
    post.clock.advance(13 * HOUR)
    post.watch.refresh()
    assert post.grades() == ["verify"]
    post.clock.believed = False
    post.clock.advance(2 * HOUR)
    post.watch.refresh()
    assert post.grades() == ["verify"]
    post.clock.believed = True
    post.clock.advance(61)
    post.watch.refresh()
    assert post.grades() == ["verify", "none"]
    sentence = {one.name: one.sentence for one in post.newest().payload.gates}["list"]
    assert sentence.startswith("This entry expired at 2026-01-02T00:00:00Z")


def test_a_removal_while_the_unit_was_down_is_found_at_the_start(post: Post):
    """What was told before a restart is taken back after it, once; a second start adds nothing."""
    post.alert()
    draft = post.file.with_suffix(".new")
    draft.write_text(COLUMNS + line("ZZ99999", "W-99"))
    draft.replace(post.file)
    for _ in range(3):
        post.restart()
        post.hotlist.refresh()
        post.watch.refresh()
    assert post.grades() == ["verify", "none"]


def test_an_old_alert_stays_history(post: Post):
    """After policy.withdraw_hours nobody acts on it, and nothing is sent; memory lets it go."""
    post.alert()
    post.clock.advance(25 * HOUR)
    post.swap(line("ZZ99999", "W-99"))
    assert (post.grades(), len(post.watch)) == (["verify"], 0)


def test_without_a_list_nothing_is_taken_back(post: Post):
    """A list that cannot be read says nothing about any car: the old one counts."""
    post.alert()
    post.file.write_text("noise")
    for _ in range(3):
        post.clock.advance(61)
        post.hotlist.refresh()
        post.watch.refresh()
    assert post.hotlist.problem
    assert post.grades() == ["verify"]


def test_a_retracted_alert_is_not_taken_back_again(post: Post):
    """The line's own retraction is the last word; a partial entry's alert is taken back as any."""
    first = post.alert()
    verdict = replace(an_alert().verdict, grade=Grade.NONE)
    post.alert(an_alert(at=post.clock.now(), revises=first, retracts=True, verdict=verdict))
    assert len(post.watch) == 0
    post.swap(line("AB1234?", "P-1"))
    partial = an_entry("AB1234?", entry_id="P-1")
    post.alert(an_alert(at=post.clock.now(), hit=replace(an_alert().hit, entry=partial)))
    assert post.grades() == ["verify", "none", "verify"]
    post.swap(line("ZZ99999", "W-99"))
    assert post.grades() == ["verify", "none", "verify", "none"]
