"""What `edge check` says of the door to the tuning page through the broker."""

from pathlib import Path

import pytest

from edge.clock import SystemClock
from edge.config import Settings, load
from edge.messages.health import WATCH_FILE, watch_bytes
from edge.services.check_remote import check_remote
from edge.services.machine import Machine
from edge.services.tunnel_wire import SOCKET
from tests.keys.cast import keys_folder
from tests.messages.samples import VISITED, WATCH

CLOCK = SystemClock("always")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return those of a unit whose door is open, and whose watch has made its socket."""
    keys = keys_folder(tmp_path / "keys", None)
    file = tmp_path / "site.toml"
    file.write_text(
        f'keys = {{ folder = "{keys}" }}\nruntime = {{ folder = "{tmp_path}" }}\n'
        "tuning = { remote = true }\n"
    )
    (tmp_path / SOCKET).touch()
    return load([file]).settings


def machine(folder: Path, tunnel: str) -> Machine:
    (folder / "run/systemd/system").mkdir(parents=True)
    return Machine(folder, lambda words: tunnel if "edge-tunnel" in words else "")


def test_an_open_door_is_told_with_names_and_limits(tmp_path: Path, settings: Settings) -> None:
    """It passes, in words that nobody takes for closed."""
    found = check_remote(settings, SystemClock("always"), machine(tmp_path, "active"))
    assert found.passed
    assert "a door is OPEN" in found.sentence
    assert "reached by tess (roster 1)" in found.sentence
    assert "60 min or 100 MB each, at 1000 kbit/s" in found.sentence


def test_who_is_in_now_is_told(tmp_path: Path, settings: Settings) -> None:
    """By the word of the watch that runs: its absence, or an old one, tells of nobody."""
    now = CLOCK.now()
    for watch, told in ((VISITED, True), (WATCH, False)):
        fresh = watch.model_copy(update={"made_monotonic_ns": now.monotonic_ns})
        (tmp_path / WATCH_FILE).write_bytes(watch_bytes(fresh))
        found = check_remote(settings, CLOCK, Machine(tmp_path))
        assert found.passed
        assert ("now tess, technician, is on its tuning page" in found.sentence) is told


def test_a_door_that_does_not_work_fails(tmp_path: Path, settings: Settings) -> None:
    """A dead process, and a watch that began without the setting, are told with the mend."""
    found = check_remote(settings, SystemClock("always"), machine(tmp_path, "failed"))
    assert (found.passed, "edge-tunnel is failed" in found.sentence) == (False, True)
    (tmp_path / SOCKET).unlink()
    found = check_remote(settings, SystemClock("always"), Machine(tmp_path))
    assert (found.passed, "restart edge-watch" in found.mend) == (False, True)
