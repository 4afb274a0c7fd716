"""``edge config diff`` and ``edge config schema``."""

import json
from pathlib import Path

import pytest

from edge.cli import main


def test_diff_shows_what_a_site_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each setting that differs stands with both values and the file that says so; status 1."""
    site = tmp_path / "site.toml"
    site.write_text("[source]\nfps = 10.0\nwidth = 1280\n[categories.other]\nsiren = false\n")
    assert main(["config", "diff", "--config", str(site)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("source.fps = 10.0 ")
    assert lines[0].endswith(f"# 15.0 before; {site}")
    assert not any("width" in line for line in lines)  # the same as the default


def test_diff_between_two_sites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two files are held against each other; the same twice differ in nothing, status 0."""
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text("[source]\nfps = 10.0\n[gate]\ndark_level = 5.0\n")
    new.write_text("[source]\nfps = 12.0\n[gate]\ndark_level = 5.0\n")
    words = ["config", "diff", "--config", str(new), "--against"]
    assert main([*words, str(old)]) == 1
    assert capsys.readouterr().out.split("#")[0].strip() == "source.fps = 12.0"
    assert main([*words, str(new)]) == 0
    assert capsys.readouterr().out == "nothing differs\n"


def test_diff_shows_no_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A camera's password is in neither value."""
    site = tmp_path / "site.toml"
    site.write_text("source = { kind = 'rtsp', address = 'rtsp://admin:hunter2@cam/1' }\n")
    assert main(["config", "diff", "--config", str(site)]) == 1
    shown = capsys.readouterr().out
    assert "rtsp://***@cam/1" in shown
    assert "hunter2" not in shown


def test_schema_is_json_for_an_editor(capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed is a JSON Schema with the sections of the settings."""
    assert main(["config", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["properties"]["source"]["properties"]["fps"]["x-unit"] == "frames a second"


def test_an_empty_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the hand: nothing is wrong in it, and all that runs then are the defaults."""
    site, empty = tmp_path / "site.toml", tmp_path / "tuning.toml"
    site.write_text('[unit]\nname = "x"\n')
    empty.touch()
    assert main(["config", "check", "--config", str(site), "--config", str(empty)]) == 0
    told = capsys.readouterr().out
    assert f"{empty}: sets nothing" in told
    assert f"{site}: sets" not in told
