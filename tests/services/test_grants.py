"""The folder of grants, the keeper that watches it, and the sealer that obeys it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.cli import main
from edge.config import load
from edge.errors import ConfigError, GrantError, KeysError, StoreFull
from edge.keys.parties import Revocation
from edge.keys.roles import Role
from edge.messages.letter import Letter, open_own
from edge.records import AlertId, Handling
from edge.services.grant_acts import GrantActs, open_grant_acts
from edge.services.grants import FOLDER, GrantFolder, GrantKeeper
from edge.services.keyring import open_keyring
from edge.services.sealer import Sealer
from edge.store.store import Store, open_store
from tests.alerts import UNIT, an_alert
from tests.fakes import START, FakeClock
from tests.keys.cast import ROSTER, SINCE, keys_folder, keys_of, put_roster, roster_of
from tests.policy.test_sharing import a_grant

NOW = datetime.fromtimestamp(START.utc_ns / 1e9, UTC)
PARTNER = keys_of("bristol-pd")


class Post:
    """A unit's keys and grants, and what it seals."""

    def __init__(self, folder: Path, *, trusted: bool = True) -> None:
        self.clock = FakeClock(trusted=trusted)
        self.keys = keys_folder(folder / "keys", UNIT.name)
        self.grants = GrantFolder(self.keys / FOLDER)
        self.keyring = open_keyring(self.keys, self.clock, {Role.UNIT}, UNIT.name, UNIT.town)
        self.sealer = Sealer(
            unit=UNIT,
            categories=load([]).settings.categories,
            software="test",
            keyring=self.keyring,
            grants=GrantKeeper(self.grants, self.keyring.rosters, self.clock),
            clock=self.clock,
        )
        self.sealer.refresh()

    def grant(self) -> str:
        number = self.grants.add(a_grant(days=365), keys_of("sue"), ROSTER, NOW)
        self.grants.approve(number[:9], keys_of("ada"), ROSTER, NOW)
        return number

    def later(self) -> None:
        self.clock.advance(3.0)
        self.sealer.refresh()

    def letter(self) -> Letter:
        rules = Handling(recipients=("console", "archive"))
        alert = an_alert(verdict=replace(an_alert().verdict, handling=rules))
        return self.sealer.build(alert, AlertId(UNIT.name, "ab" * 16, 1), 0, START)

    def opens(self, name: str) -> bool:
        try:
            return bool(open_own("alert", self.letter(), keys_of(name))[0])
        except KeysError:
            return False


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def test_a_grant_takes_force_and_ends_while_the_unit_runs(post: Post) -> None:
    """Within seconds of its second signature the partner opens alerts; after its end, none."""
    assert (post.opens("car-12"), post.opens("bristol-pd")) == (True, False)
    number = post.grant()
    post.later()
    assert post.opens("bristol-pd")
    post.grants.end(number[:9], keys_of("ada"), "the agreement was ended", NOW)
    post.later()
    assert (post.opens("car-12"), post.opens("bristol-pd")) == (True, False)
    with pytest.raises(GrantError, match="was ended"):
        post.grants.approve(number[:9], keys_of("ada"), ROSTER, NOW)


def test_a_grant_with_one_signature_does_nothing(post: Post) -> None:
    """It waits, and is shown as waiting."""
    number = post.grants.add(a_grant(days=365), keys_of("sue"), ROSTER, NOW)
    post.later()
    assert not post.opens("bristol-pd")
    assert list(post.grants.read(ROSTER, NOW).waiting) == [number]


def test_a_changed_file_grants_nothing_and_hides_no_other(post: Post) -> None:
    """One byte changed, or a name exchanged: it is told of, and the other grant stands."""
    number = post.grant()
    file = post.keys / FOLDER / f"{number}.grant"
    copy = file.with_name("ab" * 32 + ".grant")
    copy.write_bytes(file.read_bytes())
    found = post.grants.read(ROSTER, NOW)
    assert [one.number for one in found.standing] == [number]
    assert "another grant's number" in found.refused["ab" * 32]
    file.write_bytes(file.read_bytes()[:-1] + b" ")
    assert post.grants.read(ROSTER, NOW).standing == ()


def test_a_clock_that_nobody_set_grants_nothing(tmp_path: Path) -> None:
    """Nobody can say whether the grant has ended; the town's own still open their alerts."""
    post = Post(tmp_path, trusted=False)
    post.grant()
    post.later()
    assert (post.opens("archive"), post.opens("bristol-pd")) == (True, False)
    post.clock.moment = post.clock.moment.later(-40 * 365 * 86_400.0)  # a unit that wakes up early
    assert post.opens("archive")


def test_a_new_roster_is_taken_while_the_unit_runs(post: Post) -> None:
    """A revoked console opens nothing from then on; a bad roster leaves the last good one."""
    gone = Revocation("car-12", keys_of("car-12").signing.public, SINCE, "stolen")
    newer = roster_of(sequence=2)
    put_roster(post.keys, replace(newer, revoked=(gone,)))
    post.later()
    assert (post.opens("car-12"), post.opens("car-13")) == (False, True)
    put_roster(post.keys, roster_of(sequence=1))
    post.later()
    assert not post.opens("car-12")
    assert "plays an old roster back" in post.sealer.problem
    (post.keys / "roster").write_bytes(b"nonsense")
    post.later()
    assert "the newest roster is not taken, number 2 holds" in post.sealer.problem


def test_health_says_when_nobody_can_open_alerts(post: Post) -> None:
    """With all consoles and the archive gone, and with the unit's own key revoked: loudly."""
    assert post.sealer.problem == ""
    alone = [one for one in ROSTER.parties if one.name == UNIT.name]
    put_roster(post.keys, replace(ROSTER, sequence=2, parties=tuple(alone)))
    post.later()
    assert "nobody but this unit can open its alerts" in post.sealer.problem
    assert post.opens(UNIT.name)
    gone = Revocation(UNIT.name, keys_of(UNIT.name).signing.public, SINCE, "stolen")
    put_roster(post.keys, replace(ROSTER, sequence=3, revoked=(gone,)))
    post.later()
    assert f"nobody believes {UNIT.name}" in post.sealer.problem


def test_a_unit_without_keys_is_told_how_to_make_them(tmp_path: Path) -> None:
    """Nothing there, no roster, somebody else's keys: each a sentence with the commands."""
    clock = FakeClock()
    with pytest.raises(ConfigError, match="'edge keys make unit NAME"):
        open_keyring(tmp_path / "none", clock, {Role.UNIT})
    with pytest.raises(ConfigError, match=r"identity.key: cannot be read.*edge keys make"):
        open_keyring(keys_folder(tmp_path / "a", None), clock, {Role.UNIT})
    with pytest.raises(ConfigError, match="holds the keys of archive, archive of windsor"):
        open_keyring(keys_folder(tmp_path / "b", "archive"), clock, {Role.UNIT}, UNIT.name)


def to_be_sent(told: str) -> set[Path]:
    """Return the files that a command says to send: done at the desk is not done at the units."""
    (words,) = re.findall(r"edge orders send (.+)", told)
    return set(map(Path, words.split()))


def test_two_people_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Added by one, approved by the other, shown, ended by one; a stranger is no partner."""
    folder = tmp_path / "grants"

    def edge(who: str, action: str, *words: str) -> int:
        keys = keys_folder(tmp_path / who, who)
        return main(["grants", action, "--keys", str(keys), "--folder", str(folder), *words])

    words = ["--category", "stolen_vehicle", "--why", "agreement 17", "--days", "30"]
    assert edge("sue", "add", "nobody", *words) == 2
    assert "is no partner on roster" in capsys.readouterr().err
    assert edge("sue", "add", "bristol-pd", *words) == 0
    number = capsys.readouterr().out[:12]
    assert edge("ada", "show") == 0
    assert f"{number} waits for an auditor" in capsys.readouterr().out
    assert edge("sue", "approve", number) == 2
    assert edge("ada", "approve", number) == 0
    told = capsys.readouterr().out
    assert "stands: bristol-pd may open stolen_vehicle" in told
    assert to_be_sent(told) == {file for file in folder.iterdir() if file.stem[:12] == number}
    assert edge("dana", "end", number, "--why", "no") == 2
    assert edge("sue", "end", number, "--why", "over") == 0
    assert to_be_sent(capsys.readouterr().out) == set(folder.glob("*.end"))
    assert edge("ada", "show") == 0
    assert "0 stand, 0 wait, 1 hold no more" in capsys.readouterr().out


def test_an_end_that_is_deleted_stays_an_end(post: Post) -> None:
    """The second copy speaks for it, and says that somebody was there; so does the chain alone."""
    number = post.grant()
    post.grants.end(number, keys_of("ada"), "the agreement was ended", NOW)
    post.later()
    (post.keys / FOLDER / f"{number}.end").unlink()
    post.later()
    assert not post.opens("bristol-pd")
    assert "somebody has been at this folder" in post.grants.read(ROSTER, NOW).refused[number]
    with pytest.raises(GrantError, match="stays ended"):
        post.grants.approve(number, keys_of("ada"), ROSTER, NOW)
    (post.keys / f"{FOLDER}-ended" / f"{number}.end").unlink()
    post.later()
    assert post.opens("bristol-pd"), "the control: with both gone, and no chain, it is back"


def test_an_end_brought_by_hand_is_remembered_too(post: Post) -> None:
    """A bare end file, whatever stands in it, is copied before it is obeyed."""
    number = post.grant()
    file = post.keys / FOLDER / f"{number}.end"
    file.write_bytes(b"over")
    post.later()
    file.unlink()
    post.later()
    assert not post.opens("bristol-pd")
    assert post.grants.read(ROSTER, NOW).ended == {number}


@pytest.fixture
def store(tmp_path: Path, post: Post) -> Iterator[Store]:
    section = load([]).settings.store.model_copy(update={"folder": str(tmp_path / "store")})
    with open_store(section, UNIT.name, post.clock) as opened:
        yield opened


def _record(post: Post, store: Store) -> None:
    """Do as a unit that starts."""
    post.sealer.record_grants(open_grant_acts(store))


def _rows(store: Store) -> list[dict[str, Any]]:
    return [store.audit.payload(number) or {} for number in store.audit.numbers("grant")]


def _told(store: Store) -> list[tuple[str, str]]:
    return [(row["number"], row["act"]) for row in _rows(store)]


def test_a_grant_counts_from_its_row_on_the_chain_until_the_row_of_its_end(
    post: Post, store: Store
) -> None:
    """Both are there once, over restarts; a deleted file brings nothing back."""
    _record(post, store)
    number = post.grant()
    post.later()
    assert post.opens("bristol-pd")
    _record(post, store)
    assert post.opens("bristol-pd")
    (row,) = _rows(store)
    assert (row["act"], row["who"], row["why"]) == ("in-force", "bristol-pd", "agreement 17")
    assert row["what"] == ["stolen_vehicle", "alerts"]
    post.grants.end(number, keys_of("ada"), "over", NOW)
    post.later()
    assert _told(store) == [(number, "in-force"), (number, "ended")]
    for folder in (FOLDER, f"{FOLDER}-ended"):
        (post.keys / folder / f"{number}.end").unlink()
    for _ in range(2):
        post.later()
        assert not post.opens("bristol-pd")
        _record(post, store)
    assert _told(store) == [(number, "in-force"), (number, "ended")]
    assert store.audit.verify() is None


def test_a_grant_whose_files_went_and_came_is_on_the_chain_each_time(
    post: Post, store: Store
) -> None:
    """Nobody ended it: it lapses with its file, and holds again with it."""
    _record(post, store)
    number = post.grant()
    post.later()
    file = post.keys / FOLDER / f"{number}.approved"
    kept = file.read_bytes()
    file.unlink()
    post.later()
    assert not post.opens("bristol-pd")
    file.write_bytes(kept)
    post.later()
    assert post.opens("bristol-pd")
    assert [act for _, act in _told(store)] == ["in-force", "ended", "in-force"]


def test_a_grant_that_cannot_be_recorded_does_not_begin(post: Post, store: Store) -> None:
    """A full disk: the partner opens nothing and it is told; with room again, it is in force."""
    full = True

    def record(kind: str, payload: Mapping[str, Any]) -> object:
        if full:
            raise StoreFull("no space is left")
        return store.record(kind, payload)

    post.sealer.record_grants(GrantActs(record, ()))
    number = post.grant()
    post.later()
    assert not post.opens("bristol-pd")
    assert "cannot be recorded: no space is left" in post.sealer._grants.problem
    full = False
    post.later()
    assert post.opens("bristol-pd")
    assert post.sealer._grants.problem == ""
    full = True
    post.grants.end(number, keys_of("ada"), "over", NOW)
    post.later()
    assert not post.opens("bristol-pd"), "an end needs no room"


def test_a_changed_row_about_a_grant_is_told_and_stops_nothing(post: Post, store: Store) -> None:
    """The unit goes on by files and other rows, and its health says which row does not hold."""
    _record(post, store)
    post.grant()
    post.later()
    (number,) = store.audit.numbers("grant")
    store._db.execute("UPDATE audit_payloads SET payload = '{}' WHERE number = ?", (number,))
    _record(post, store)
    assert post.opens("bristol-pd")
    assert f"the payload of audit row {number} was changed" in post.sealer._grants.problem
