"""``edge tune``: what needs no running unit."""

from pathlib import Path

import pytest

from edge.cli import main
from tests.services.watching import Post, passing


def test_diff_and_history_show_and_change_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Old and new value, who set it, the sentence, whether a restart is needed; status 1."""
    site, tuning = tmp_path / "site.toml", tmp_path / "tuning.toml"
    site.write_text("[gate]\nmotion_level = 3.5\n")
    tuning.write_text("")
    files = ["--config", str(site), "--config", str(tuning)]
    assert main(["tune", "diff", "gate.motion_level=4.5", "source.fps=5.0", *files]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[1:3] == ["- 15.0  # " + shown[1].split("# ")[1], "+ 5.0  # after a restart"]
    assert shown[4:] == [f"- 3.5  # {site}", "+ 4.5  # between two frames"]
    assert main(["tune", "diff", *files]) == 0
    assert capsys.readouterr().out == "nothing differs\n"
    tuning.write_text("[gate]\nmotion_level = 6.0\n")
    assert main(["tune", "diff", *files]) == 1
    assert "+ 6.0" in capsys.readouterr().out
    assert main(["tune", "history", *files]) == 0
    assert main(["tune", "back", "7", *files]) == 2
    assert "there is no version 7" in capsys.readouterr().err
    assert tuning.read_text() == "[gate]\nmotion_level = 6.0\n"


def test_a_clip_with_old_and_new_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A limit that no read passes loses the car that the settings in force read."""
    post = Post(tmp_path / "unit", tracking={"min_reads": 2})
    street = passing(tmp_path / "unit" / "street")
    words = ["tune", "try", str(street), "tracking.min_reads=9", "--config", str(post.site)]
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert "lost: AB12345" in shown
    assert "gained: nothing" in shown
    assert "CPU ms a frame" in shown
