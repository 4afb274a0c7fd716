"""``edge orders send`` on the machine of a party that is itself addressed: taken here, or told."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.cli import main
from edge.keys.parties import Revocation, to_time
from edge.keys.roster import sign_roster
from edge.keys.signed import Signed, digest, to_bytes
from edge.keys.trust import open_roster
from edge.policy.grants import sign_approval as approve_grant
from edge.policy.grants import sign_end as end_grant
from edge.policy.grants import sign_grant
from edge.policy.holds import sign_end, sign_hold
from edge.policy.subject import sign_approval, sign_request
from edge.records import AlertId
from edge.services.grants import GrantFolder
from edge.store.console import ConsoleStore
from tests.alerts import an_alert, sealed
from tests.archive.places import Place
from tests.archive.test_store import FACTS
from tests.brokers import free_port
from tests.keys.cast import ROSTER, TOWN, keys_folder, keys_of, root_of, roster_of
from tests.policy.test_holds import a_hold
from tests.policy.test_sharing import a_grant
from tests.policy.test_subject import a_request
from tests.services.delivering import CLOCK
from tests.services.pausing import order

NOW = datetime.now(UTC).replace(microsecond=0)
LATER = to_time(NOW + timedelta(days=9))
ALERTS = [AlertId("bridge-2", "ab" * 16, number) for number in (7, 8)]


class Hall:
    """The archive's machine with two alerts in its store, and nobody at the broker's port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = keys_folder(folder / "keys", "archive")
        self.place = Place(folder / "archive")
        self.config = folder / "archive.toml"
        self.settle()
        fill(self.place)

    def settle(self, delivery: str = "") -> None:
        self.config.write_text(
            f'[clock]\ntrust = "always"\n[keys]\nfolder = "{self.keys}"\n'
            f'[archive]\nfolder = "{self.place.folder}"\n'
            f'[console]\nfolder = "{self.folder}/console"\n'
            + (delivery or f'[delivery]\nhost = "127.0.0.1"\nport = {free_port()}\n')
        )

    def put(self, *documents: Signed | bytes) -> list[str]:
        """Write documents to files and return their names."""
        files = []
        for document in documents:
            files.append(self.folder / f"document-{len(list(self.folder.iterdir()))}")
            files[-1].write_bytes(document if isinstance(document, bytes) else to_bytes(document))
        return [str(file) for file in files]

    def send(self, *documents: Signed | bytes, to: tuple[str, ...] = ("archive",)) -> int:
        where = ("--config", str(self.config))
        only = ("--to", *to) if to else ()
        return main(["orders", *where, "send", *self.put(*documents), "--wait", "0.3", *only])

    def held(self) -> list[AlertId]:
        with self.place.store(CLOCK) as store:
            return [one.number for one in store.letters.all() if one.letter]

    def holds(self) -> list[str]:
        with self.place.store(CLOCK) as store:
            return [one.alert for one in store.holds.standing()]

    def kinds(self) -> list[str]:
        with self.place.store(CLOCK) as store:
            store.check()
            return [row.kind for row in store.acts()]


def fill(place: Place) -> None:
    """Put two alerts on cars into the archive, sealed to it."""
    with place.store(CLOCK) as store:
        for alert, plate in zip(ALERTS, ("AB12345", "QX7R2ZK"), strict=True):
            letter = sealed(an_alert(plate, at=CLOCK.now()), alert, 0, CLOCK.now())
            with store.transaction():
                facts = replace(FACTS, number=alert)
                store.letters.take(facts, letter, CLOCK.now(), trusted=True)


def a_hold_now() -> Signed:
    return sign_hold(a_hold(alert=str(ALERTS[0]), made=to_time(NOW), until=LATER), keys_of("sue"))


def request_now(plate: str = "AB12345") -> tuple[Signed, Signed]:
    asked = sign_request(a_request(plate=plate, made=to_time(NOW), until=LATER), keys_of("sue"))
    return asked, sign_approval(asked, keys_of("ada"), ROSTER, NOW)


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    return Hall(tmp_path)


def test_a_hold_sent_by_the_archive_holds_in_the_archive(
    hall: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command, no second act; it ends in the same way, and sending again changes nothing."""
    hold = a_hold_now()
    for told in ("", ", known already"):
        assert hall.send(hold) == 0
        said = capsys.readouterr().out
        assert f"archive  archive   taken: hold {digest(hold)[:12]} until {LATER}{told}\n" in said
        assert "1 have taken it, 0 refuse, 0 no answer" in said
    assert hall.holds() == [str(ALERTS[0])]
    assert hall.send(sign_end(digest(hold), keys_of("ada"), "closed", NOW)) == 0
    assert (hall.holds(), hall.kinds().count("hold")) == ([], 2)


def test_an_erasure_sent_by_the_archive_erases_in_it(
    hall: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing but that car's alert goes; one key alone erases nothing, and says so."""
    asked, approved = request_now()
    assert hall.send(asked) == 1
    assert "refused" in capsys.readouterr().out
    assert hall.held() == ALERTS
    assert hall.send(asked, approved) == 0
    said = capsys.readouterr().out
    assert ": 1 erased" in said
    assert "AB12345" not in said
    assert (hall.held(), hall.kinds().count("subject")) == (ALERTS[1:], 1)


def test_a_hold_that_came_first_goes_before_the_erasure(
    hall: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a case holds in the archive is held back there, as everywhere."""
    assert hall.send(a_hold_now()) == 0
    assert hall.send(*request_now()) == 0
    assert "0 erased, 1 held back by cases" in capsys.readouterr().out
    assert hall.held() == ALERTS


def test_a_grant_sent_by_the_archive_is_watched_over_there(hall: Hall) -> None:
    """It stands in the archive's own folder of grants, and an end ends it there."""
    grant = sign_grant(a_grant(days=30, since=NOW - timedelta(days=1)), keys_of("sue"))
    approval = approve_grant(grant, keys_of("ada"), ROSTER, NOW)
    assert hall.send(grant, approval) == 0
    folder = GrantFolder(hall.keys / "grants")
    (standing,) = folder.read(ROSTER, NOW).standing
    assert hall.send(end_grant(grant, keys_of("ada"), "over", NOW)) == 0
    assert folder.read(ROSTER, NOW).standing == ()
    assert standing.number in folder.read(ROSTER, NOW).ended


def test_a_roster_reaches_the_archive_too(hall: Hall) -> None:
    """Whoever is revoked is not believed there either; the archive is asked as all others are."""
    gone = Revocation("car-13", keys_of("car-13").signing.public, NOW, "stolen")
    roster = replace(roster_of(sequence=2), issued=NOW, revoked=(gone,))
    assert hall.send(sign_roster(roster, root_of(TOWN))) == 0
    assert open_roster(hall.keys).sequence == 2


def test_a_console_takes_what_it_sends(hall: Hall) -> None:
    """The same at a desk in the station: what it sends holds in its own store."""
    hall.keys = keys_folder(hall.folder / "desk", "dispatch")
    hall.settle()
    with ConsoleStore(hall.folder / "console", "dispatch", CLOCK):
        pass
    assert hall.send(a_hold_now(), to=("dispatch",)) == 0
    with ConsoleStore(hall.folder / "console", "dispatch", CLOCK) as store:
        assert [one.alert for one in store.holds.standing()] == [str(ALERTS[0])]


def test_where_there_is_no_archive_none_is_made(
    hall: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    """On another machine, or with other settings: refused in words, and no empty store is left."""
    shutil.rmtree(hall.place.folder)
    assert hall.send(a_hold_now()) == 1
    said = capsys.readouterr().out
    assert "there is no store of archive here" in said
    assert "0 have taken it, 1 refuse" in said
    assert not hall.place.folder.exists()


def test_another_users_archive_is_left_alone(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As root: files made here would not be the daemon's to write; the user is named."""
    owner = hall.place.folder.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert hall.send(a_hold_now()) == 1
    assert f"sudo -u '#{owner}'" in capsys.readouterr().out
    monkeypatch.undo()
    assert hall.holds() == []


def test_others_that_cannot_be_reached_keep_nothing_from_the_archive(
    hall: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    """The broker is down: the archive has taken it, a console has not, and the command fails."""
    assert hall.send(a_hold_now(), to=("archive", "car-12")) == 1
    said = capsys.readouterr().out
    assert "car-12   console   has not answered" in said
    assert "1 have taken it, 0 refuse, 1 no answer" in said
    assert hall.holds() == [str(ALERTS[0])]


def test_what_does_not_belong_together_is_not_sent(
    hall: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hold in one order with a pause would miss the archive: two orders, says the error."""
    assert hall.send(a_hold_now(), order(), to=()) == 2
    assert "send them as two orders" in capsys.readouterr().err
    assert hall.holds() == []
