"""Officers' keys: opened by their password alone, in their own place alone."""

import os
from pathlib import Path

import pytest

from edge.cli import main
from edge.errors import KeysError
from edge.keys.identity import Identity
from edge.keys.officers import OfficerFolder
from edge.keys.password import Cost, lock_identity, unlock_identity
from edge.keys.roles import Role

CHEAP = Cost(passes=1, lanes=1, memory_kb=128)
PASSWORD = "three dry words"


def _folder(tmp_path: Path) -> OfficerFolder:
    return OfficerFolder(tmp_path / "officers", CHEAP)


def _with_one(tmp_path: Path) -> tuple[OfficerFolder, Identity]:
    folder = _folder(tmp_path)
    return folder, folder.add("officer-1", Role.OFFICER, "windsor", PASSWORD)[0]


def test_the_password_opens_and_nothing_else_does(tmp_path: Path) -> None:
    """The right password gives the very keys back, another gives nothing."""
    folder, made = _with_one(tmp_path)
    assert folder.open("officer-1", PASSWORD) == made
    assert folder.open("officer-1", PASSWORD + "!") is None
    assert folder.open("officer-1", "") is None


def test_the_file_holds_no_key_in_the_clear(tmp_path: Path) -> None:
    """What lies on the disk has neither key nor password in it, and is its owner's alone."""
    _, made = _with_one(tmp_path)
    file = tmp_path / "officers" / "officer-1.officer"
    assert made.signing.raw not in file.read_bytes()
    assert PASSWORD.encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_what_root_adds_is_the_pages_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Added, and a new password given, by root: each file goes to the owner of its folder."""
    given: list[str] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda file, *whose: given.append(f"{file.name} {whose}"))
    folder, _ = _with_one(tmp_path)
    folder.change("officer-1", PASSWORD, "four drier words")
    home = (tmp_path / "officers").stat()
    names = ("officer-1.party", "officer-1.officer", "officer-1.officer")
    assert given == [f"{name} {(home.st_uid, home.st_gid)}" for name in names]


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaa", "officer-1-2026", "x" * 1001])
def test_a_weak_password_is_refused(tmp_path: Path, password: str) -> None:
    """Short, uniform and named passwords lock nothing, and no file is made."""
    with pytest.raises(KeysError, match="password"):
        _folder(tmp_path).add("officer-1", Role.OFFICER, "windsor", password)
    assert not (tmp_path / "officers").exists()


def test_an_officer_is_made_once(tmp_path: Path) -> None:
    """A second officer of the same name is refused: the keys of the first would be lost."""
    folder, made = _with_one(tmp_path)
    with pytest.raises(KeysError, match="already"):
        folder.add("officer-1", Role.OFFICER, "windsor", PASSWORD)
    assert folder.open("officer-1", PASSWORD) == made


def test_only_people_log_in(tmp_path: Path) -> None:
    """A unit's or an auditor's role has no password."""
    with pytest.raises(KeysError, match="does not log in"):
        _folder(tmp_path).add("bridge-2", Role.UNIT, "windsor", PASSWORD)


def test_a_change_keeps_the_keys(tmp_path: Path) -> None:
    """After a change the new password opens the same keys, and the old one opens nothing."""
    folder, made = _with_one(tmp_path)
    with pytest.raises(KeysError, match="wrong"):
        folder.change("officer-1", "not the password", "four other dry words")
    folder.change("officer-1", PASSWORD, "four other dry words")
    assert folder.open("officer-1", PASSWORD) is None
    assert folder.open("officer-1", "four other dry words") == made


def test_a_file_in_anothers_place_does_not_open(tmp_path: Path) -> None:
    """A file renamed to another officer is refused, though its own password is right."""
    folder, _ = _with_one(tmp_path)
    place = tmp_path / "officers"
    (place / "officer-1.officer").rename(place / "officer-2.officer")
    with pytest.raises(KeysError, match="holds the keys of officer-1"):
        folder.open("officer-2", PASSWORD)
    with pytest.raises(KeysError, match="holds the keys of officer-1"):
        folder.labels()


@pytest.mark.parametrize("name", ["../secret", "", "Officer", "a/b", "a" * 33])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    """What is no party's name reaches no file."""
    folder, _ = _with_one(tmp_path)
    with pytest.raises(KeysError, match="cannot be"):
        folder.open(name, PASSWORD)


def test_a_barred_officer_is_shut_out_until_admitted(tmp_path: Path) -> None:
    """Barring takes the name off, admitting brings it back."""
    folder, made = _with_one(tmp_path)
    folder.bar("officer-1")
    assert (folder.names(), folder.admits("officer-1")) == ((), False)
    with pytest.raises(KeysError, match="cannot be read"):
        folder.open("officer-1", PASSWORD)
    folder.admit("officer-1")
    assert folder.open("officer-1", PASSWORD) == made


def test_a_changed_label_does_not_open(tmp_path: Path) -> None:
    """Name, role and town on the file are bound to what is locked in it."""
    _, made = _with_one(tmp_path)
    blob = lock_identity(made, PASSWORD, CHEAP)
    assert unlock_identity(blob, PASSWORD, "file") == made
    for word, other in ((b"officer-1", b"officer-2"), (b'"officer"', b'"supervisor"')):
        assert unlock_identity(blob.replace(word, other), PASSWORD, "file") is None


def test_the_command_makes_and_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``edge officers``: add with a password file, change it, lock, list, unlock."""
    first, second = tmp_path / "first", tmp_path / "second"
    for file, text in ((first, PASSWORD), (second, "four other dry words")):
        file.write_text(f"{text}\n", "utf-8")
        file.chmod(0o600)
    folder = ["--folder", str(tmp_path / "officers")]
    tmp_path.chmod(0o700)
    assert main(["officers", "add", "chief", "--role", "supervisor", *folder,
                 "--password-file", str(first)]) == 0  # fmt: skip
    assert main(["officers", "passwd", "chief", *folder, "--password-file", str(first),
                 "--new-password-file", str(second)]) == 0  # fmt: skip
    assert main(["officers", "lock", "chief", *folder]) == 0
    capsys.readouterr()
    assert main(["officers", "list", *folder]) == 0
    assert capsys.readouterr().out.startswith("chief, supervisor of ")
    assert main(["officers", "unlock", "chief", *folder]) == 0
    opened = OfficerFolder(tmp_path / "officers").open("chief", "four other dry words")
    assert opened is not None
    assert opened.role is Role.SUPERVISOR


def test_the_first_officer_makes_a_folder_that_is_its_owners_alone(tmp_path: Path) -> None:
    """Who adds officers before the first start finds a console's or archive's folder closed."""
    OfficerFolder(tmp_path / "archive" / "officers", CHEAP).add(
        "vera", Role.OFFICER, "windsor", PASSWORD
    )
    assert (tmp_path / "archive").stat().st_mode & 0o777 == 0o700
