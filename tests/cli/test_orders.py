"""``edge orders`` before anything is sent: what it takes, and what it says of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge.cli import main
from edge.keys.crypto import SigningKey
from edge.keys.roster import sign_roster
from tests.keys.cast import ROSTER, TOWN, keys_folder, root_of, roster_of


def show(folder: Path, name: str, *files: Path) -> int:
    keys = folder / name
    if not keys.exists():
        keys_folder(keys, name)
    return main(["orders", "show", "--keys", str(keys), *map(str, files)])


def test_what_would_be_sent_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Kind and size of each file, and everybody who would get it, the sender here."""
    file = tmp_path / "roster"
    file.write_bytes(sign_roster(roster_of(sequence=2), root_of(TOWN)))
    assert show(tmp_path, "car-12", file) == 0
    said = capsys.readouterr().out
    assert f"{file}: roster, {file.stat().st_size} bytes" in said
    assert "units: bridge-2, main-street" in said
    assert "consoles: car-12 (here), car-13, dispatch, listen" in said
    assert "archives: archive" in said


def test_what_cannot_be_sent_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Noise, a forged or older roster, and keys that no broker lets send: nothing leaves."""
    forged, old, noise = tmp_path / "forged", tmp_path / "old", tmp_path / "noise"
    forged.write_bytes(sign_roster(replace(ROSTER, sequence=9), SigningKey.make()))
    old.write_bytes(sign_roster(ROSTER, root_of(TOWN)))
    noise.write_bytes(b"noise")
    keys_folder(tmp_path / "archive", "archive", roster=roster_of(sequence=3))
    for file, why in (
        (forged, "is not signed by the root"),
        (old, "plays an old roster back"),
        (noise, "is nothing that an order carries"),
    ):
        assert show(tmp_path, "archive", file) == 2
        assert why in capsys.readouterr().err
    assert show(tmp_path, "dana", old) == 2
    assert "archive or console" in capsys.readouterr().err
