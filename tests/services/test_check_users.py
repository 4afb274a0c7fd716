"""`edge check` judges by the daemons' own users: root, who runs it, could do everything."""

import os
from pathlib import Path

import pytest

from edge.config import Settings, load
from edge.services import check_users
from edge.services.check_files import check_rights
from edge.services.check_users import DELIVER, WATCH, locked_out
from edge.services.machine import Machine, Person
from tests.services.checking import Board

WATCH_UID, DELIVER_UID, GROUP = 60_001, 60_002, 60_003


class Unit:
    """A unit's folders, whose owner is whoever runs the test: it stands for edge-watch.

    Attributes:
        people: the daemons' users; deliver shares the group of the files and nothing else.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.board = Board(folder / "board")
        mine = folder.stat()
        self.people = {
            WATCH: Person(WATCH, mine.st_uid, frozenset({mine.st_gid})),
            DELIVER: Person(DELIVER, DELIVER_UID, frozenset({mine.st_gid})),
        }
        for name, mode in (("store", 0o770), ("keys", 0o750), ("run", 0o770), ("inbox", 0o770)):
            (folder / name).mkdir()
            (folder / name).chmod(mode)
        for name, mode in (("identity.key", 0o600), ("town.json", 0o640), ("roster", 0o640)):
            self.put(f"keys/{name}", mode)
        self.put("store/edge.db", 0o660)
        self.key = self.put("unit.key", 0o640)
        self.put("unit.pem", 0o640)

    def put(self, name: str, mode: int) -> Path:
        file = self.folder / name
        file.write_text("x")
        file.chmod(mode)
        return file

    @property
    def settings(self) -> Settings:
        at = self.folder
        (at / "site.toml").write_text(
            f'[unit]\nname = "main-street"\n[keys]\nfolder = "{at}/keys"\n'
            f'[store]\nfolder = "{at}/store"\n[runtime]\nfolder = "{at}/run"\n'
            f'[hotlist]\nfolder = ""\ninbox = "{at}/inbox"\n'
            f'[tuning]\nfolder = "{at}/tuning"\n'
            f'[source]\nkind = "video"\naddress = "{at}/clip.mp4"\n'
            f'[delivery]\nca_file = "{at}/unit.pem"\nkey_file = "{at}/unit.key"\n'
            f'certificate_file = "{at}/unit.pem"\n'
        )
        return load([at / "site.toml"]).settings

    def told(self) -> str:
        machine = Machine(self.board.root, self.board.ask, self.people.get)
        found = locked_out(self.settings, machine)
        assert found is None or found == check_rights(self.settings, machine)
        return "" if found is None else f"{found.sentence} -> {found.mend}"


@pytest.fixture
def unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Unit:
    # what stands above a test's folder is the test runner's own
    monkeypatch.setattr(check_users, "_above", lambda place: [place.parent])
    tmp_path.chmod(0o751)
    return Unit(tmp_path)


def test_daemons_that_can_use_their_own_are_not_told(unit: Unit) -> None:
    """The control; and a machine without such users, a desk, judges nobody."""
    assert unit.told() == ""
    unit.key.chmod(0o600)
    assert unit.told() != ""
    unit.people.clear()
    assert unit.told() == ""


def test_a_key_that_only_root_reads(unit: Unit) -> None:
    """Copied by root with mode 0600: deliver would die of it, and the check says so."""
    unit.key.chmod(0o600)
    told = unit.told()
    assert f"{unit.key}: edge-deliver may not read it" in told
    assert "mode 0600" in told
    assert f"chown edge-deliver:edge {unit.key}; chmod 0400 {unit.key}" in told


def test_a_recording_that_only_root_reads(unit: Unit) -> None:
    """`edge check`, as root, sees its frames; the daemon ends again and again."""
    clip = unit.put("clip.mp4", 0o600)
    assert unit.told() == ""
    unit.people[WATCH] = Person(WATCH, WATCH_UID, unit.people[DELIVER].gids)
    (unit.folder / "keys/identity.key").unlink()  # whose is another test's matter
    assert f"{clip}: edge-watch may not read it" in unit.told()
    clip.chmod(0o644)
    assert unit.told() == ""


def test_settings_that_only_root_reads(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copied with root's umask: no daemon starts, whoever types `edge check` sees nothing of it."""
    site = unit.put("etc.toml", 0o600)
    monkeypatch.setattr(check_users, "SITE_FILE", site)
    assert f"{site}: edge-deliver may not read it" in unit.told()
    assert f"chown root:edge {site}; chmod 0640 {site}" in unit.told()
    site.chmod(0o640)
    assert unit.told() == ""


def test_a_store_that_root_has_made(unit: Unit) -> None:
    """As `edge run watch` by hand leaves it: the group reads, and watch itself cannot write."""
    base = unit.folder / "store/edge.db"
    base.chmod(0o644)
    unit.people[WATCH] = Person(WATCH, WATCH_UID, unit.people[DELIVER].gids)
    (unit.folder / "keys/identity.key").unlink()  # whose is another test's matter
    told = unit.told()
    assert f"{base}: edge-watch may not write it" in told
    assert f"chown edge-watch:edge {base}; chmod 0660 {base}" in told


def test_an_inbox_that_first_boot_made_roots(unit: Unit) -> None:
    """A folder that its daemon may neither list nor fill is told with its right mode."""
    (unit.folder / "inbox").chmod(0o700)
    unit.people[WATCH] = Person(WATCH, WATCH_UID, unit.people[DELIVER].gids)
    (unit.folder / "keys/identity.key").unlink()  # whose is another test's matter
    told = unit.told()
    assert f"{unit.folder}/inbox: edge-watch may not read it" in told
    assert f"chmod 2770 {unit.folder}/inbox" in told


def test_a_technician_that_root_added(unit: Unit) -> None:
    """The page's own user must read who may log in."""
    (unit.folder / "tuning/officers").mkdir(parents=True)
    file = unit.put("tuning/officers/bob.officer", 0o600)
    for one in (file.parent, file.parent.parent):
        one.chmod(0o755)
    unit.people["edge-tuning"] = Person("edge-tuning", WATCH_UID, frozenset({GROUP}))
    assert f"chown edge-tuning:edge {file}" in unit.told()
    own = Person("edge-tuning", os.getuid(), frozenset({GROUP}))
    unit.people["edge-tuning"] = own
    assert unit.told() == ""


def test_a_folder_above_that_is_shut(unit: Unit) -> None:
    """A readable file behind a shut folder is as good as none."""
    unit.folder.chmod(0o700)
    assert f"{unit.folder}: edge-deliver may not pass through it to" in unit.told()
    unit.folder.chmod(0o751)
