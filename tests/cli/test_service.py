"""``edge service``: who has no service access is told so, and systemd asks no further."""

from pathlib import Path

import pytest

from edge.cli import main
from edge.services import service_button

OFF = '[unit]\nname = "main-street"\ntown = "windsor"\n'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.toml"
    file.write_text(OFF)
    return file


def test_wanted_says_whether_there_is_any(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1, which skips the unit in systemd, where it is off; 2 where it is on and has no button."""
    assert main(["service", "--config", str(site), "wanted"]) == 1
    assert "service.wifi is false" in capsys.readouterr().out
    site.write_text(f"{OFF}[service]\nwifi = true\nbutton = 700\n")
    assert main(["service", "--config", str(site), "wanted"]) == 2
    assert "no button here has the key 700" in capsys.readouterr().err


def test_wanted_is_silent_where_there_is_a_button(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0: systemd starts the one that waits for it."""
    keys = tmp_path / "input/event0/device/capabilities"
    keys.mkdir(parents=True)
    (keys / "key").write_text("100000 0 0\n")
    monkeypatch.setattr(service_button.find_button, "__defaults__", (tmp_path / "input", tmp_path))
    site.write_text(f"{OFF}[service]\nwifi = true\n")
    assert main(["service", "--config", str(site), "wanted"]) == 0


@pytest.mark.parametrize("action", [["button", "--pressed", "/nowhere/pressed"], ["wifi"]])
def test_nothing_is_opened_where_it_is_off(
    action: list[str],
    site: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A sentence and status 2, before anything of the system is touched."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "service.wifi").write_text("abcde-fghjk-mnpqr-23456\n")
    assert main(["service", "--config", str(site), *action]) == 2
    assert "service.wifi is false" in capsys.readouterr().err
