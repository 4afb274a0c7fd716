"""``edge law`` and ``edge run``: profiles as people read them, and the refusal."""

import subprocess
import sys
from pathlib import Path

import pytest

from edge.cli import main


def test_every_profile_is_shown_with_its_statute(capsys: pytest.CaptureFixture[str]) -> None:
    """The list names each, and each prints what is certain and what is not."""
    assert main(["law", "list"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert "us-nh" in names
    for name in names:
        assert main(["law", "show", name]) == 0
        told = capsys.readouterr().out
        assert "statute " in told
        assert "not certain:" in told


def test_an_unconfirmed_profile_says_that_its_figures_do_not_hold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody takes a figure that counsel has not read for the law."""
    assert main(["law", "show", "uk"]) == 0
    told = capsys.readouterr().out
    assert "confirmed   NO" in told
    assert "365 days; not in force" in told


def test_a_daemon_beyond_the_law_ends_with_the_sentence(tmp_path: Path) -> None:
    """``edge run`` ends with status 2; the journal has setting, file, limit and statute."""
    file = tmp_path / "site.toml"
    file.write_text("[reads]\nkeep_s = 181.0\n[law]\nprofile = 'us-nh'\n", "utf-8")
    command = [sys.executable, "-m", "edge", "run", "deliver", "--config", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    told = ended.stderr
    assert ended.returncode == 2
    assert f"reads.keep_s is 181 seconds in {file}" in told
    assert "RSA 261:75-b" in told
