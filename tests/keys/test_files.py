"""Files of keys: whole or not at all, and nobody else's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.errors import KeysError
from edge.keys import files
from edge.keys.identity import make_identity, save_identity
from edge.keys.roles import Role
from tests.store.conftest import shim
from tests.store.power import ROOT, needs_compiler

__all__ = ["shim"]  # the fixture


def _told(tmp_path: Path, library: str, left_out: str) -> list[list[str]]:
    environment = {
        **os.environ,
        "LD_PRELOAD": library,
        "POWER_DIR": str(tmp_path / "disk"),
        "POWER_SHADOW": str(tmp_path / "shadow"),
    }
    command = [sys.executable, "-m", "tests.keys.cuts", str(tmp_path / "after"), left_out]
    run = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return [line.split() for line in run.stdout.splitlines()]


@needs_compiler
def test_a_power_cut_leaves_the_old_or_the_new_keys(tmp_path: Path, shim: str) -> None:
    """Before each change on the disk the power goes: keys are found, the new ones once safe."""
    told = _told(tmp_path, shim, "none")
    assert {found for _, found in told} == {"old", "new"}
    assert {found for state, found in told if state == "safe"} == {"new"}
    assert len(told) > 12, "the cuts did not come"


@needs_compiler
@pytest.mark.parametrize("left_out", ["all", "files", "folders"])
def test_without_syncs_keys_are_lost(tmp_path: Path, shim: str, left_out: str) -> None:
    """The control: the same cuts without syncs lose keys, or undo what was called safe."""
    told = _told(tmp_path, shim, left_out)
    assert [one for one in told if one in (["safe", "old"], ["safe", "nothing"])]


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is told in a sentence; the old content and no rest of the new one are there."""
    file = tmp_path / "roster"
    files.write(file, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeysError, match="cannot be written: No space left"):
        files.write(file, b"new")
    assert file.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["roster"]


def test_a_rest_of_an_earlier_try_is_in_nobodys_way(tmp_path: Path) -> None:
    """What a power cut left is replaced, and its rights do not pass to the new file."""
    (tmp_path / ".identity.key.new").write_bytes(b"half")
    (tmp_path / ".identity.key.new").chmod(0o666)
    files.write(tmp_path / "identity.key", b"whole", private=True)
    assert (tmp_path / "identity.key").stat().st_mode & 0o777 == 0o600
    assert files.read_private(tmp_path, "identity.key") == b"whole"


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_folder_where_others_write_is_refused(tmp_path: Path, mode: int) -> None:
    """Who may write in the folder may put another key in the place of ours."""
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    files.write(folder / "a.key", b"secret", private=True)
    assert files.read_private(folder, "a.key") == b"secret"
    folder.chmod(mode)
    with pytest.raises(KeysError, match="others than its owner may write there"):
        files.read_private(folder, "a.key")


def test_a_folder_that_others_may_enter_gets_no_keys(tmp_path: Path) -> None:
    """Keys are made only where their owner alone may look."""
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "open").chmod(0o755)
    with pytest.raises(KeysError, match=r"open: others than its owner .* chmod 700"):
        files.make_folder(tmp_path / "open")


@pytest.mark.parametrize(("mode", "fine"), [(0o750, True), (0o710, True), (0o770, False)])
def test_a_group_may_read_the_folder_and_not_write(tmp_path: Path, mode: int, fine: bool) -> None:
    """A unit's sending half finds root and roster there; each key is its owner's file alone."""
    folder = tmp_path / "keys"
    folder.mkdir()
    folder.chmod(mode)
    if fine:
        files.make_folder(folder)
        save_identity(make_identity("main-street", Role.UNIT, "windsor"), folder)
        assert (folder / "identity.key").stat().st_mode & 0o077 == 0
    else:
        with pytest.raises(KeysError, match="others than its owner may use it"):
            files.make_folder(folder)


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    """A file beyond the limit is refused before it fills the memory; at the limit it is read."""
    (tmp_path / "roster").write_bytes(b"12345")
    assert files.read_public(tmp_path / "roster", 5) == b"12345"
    with pytest.raises(KeysError, match="more than 4 bytes"):
        files.read_public(tmp_path / "roster", 4)
