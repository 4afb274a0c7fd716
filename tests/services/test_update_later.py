"""What cannot be done now is no fault of the release: no room, RAUC without an answer."""

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from typing import Any

import pytest

from edge.errors import UpdateError, UpdateLaterError
from edge.policy.updating import LATER_S, Phase, problem
from edge.services.update_sides import Links
from tests.services.sided import SidedUnit, make_system
from tests.services.updating import Unit, make_release

# what a disk loses is tested in test_update_cuts.py
pytestmark = pytest.mark.usefixtures("no_waiting_for_disks")


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that says how many bytes are free, of a disk that was full before."""

    def say(free: int) -> None:
        found = SimpleNamespace(f_bavail=free // 4096, f_frsize=4096)
        monkeypatch.setattr(os, "statvfs", lambda _: found)

    say(0)
    return say


def test_a_full_disk_refuses_no_release(tmp_path: Path, room: Callable[[int], None]) -> None:
    """Its file lies where it was, health says why, nothing is written; with room it is taken."""
    unit = Unit(tmp_path / "unit")
    unit.place.inbox.mkdir(parents=True)
    file = make_release(unit.place.inbox, 1)
    os.utime(file, (0, 0))
    for _ in range(3):
        state = unit.updater.run()
        assert state.phase is Phase.IDLE
        assert "0 MB free, 1 are needed" in problem(state)
        assert file.exists()
        assert not unit.place.bundle.exists()
    assert len(unit.said) == 1, "told once"
    assert unit.acts() == ["refused"]
    room(10**9)
    assert unit.updater.run().phase is Phase.KEPT
    assert problem(unit.state) == ""
    assert not file.exists()


def test_a_person_is_told_of_a_full_disk(tmp_path: Path, room: Callable[[int], None]) -> None:
    """By the command's error; what was in force or waiting stays."""
    unit = Unit(tmp_path / "unit")
    file = make_release(tmp_path, 1)
    with pytest.raises(UpdateError, match="MB free"):
        unit.updater.stage(file)
    assert unit.state.phase is Phase.IDLE
    room(10**9)
    assert unit.updater.stage(file).phase is Phase.WAITING


def test_a_rauc_that_does_not_answer_is_asked_again(tmp_path: Path) -> None:
    """An hour later, or after a start; the release is not one that failed, and is kept then."""
    unit = SidedUnit(tmp_path / "unit")
    plain, deaf, asked = unit.machine.run, True, 0

    def run(words: list[str], limit_s: float) -> Any:
        nonlocal asked
        if words[0] == "busctl" and deaf:
            asked += 1
            return CompletedProcess(words, 1, "", "Call failed: Connection timed out\n")
        return plain(words, limit_s)

    unit.machine.run = run  # type: ignore[method-assign, assignment]
    make_system(unit.stick, 1)
    state = unit.live()
    assert (state.phase, state.failed, unit.machine.installs) == (Phase.STAGED, [], 0)
    assert "9.0 (number 1) is being made ready: RAUC's service does not answer: Call" in problem(
        state
    )
    unit.live()
    unit.live()
    assert (asked, len(unit.said)) == (1, 2), "not each minute; told once"
    unit.clock.sleep(LATER_S)
    unit.live()
    assert asked == 2
    assert unit.power().phase is Phase.STAGED
    assert asked == 3
    with pytest.raises(UpdateError, match=r"not now: .* does not answer"):
        unit.updater.stage(make_system(unit.folder / "by-hand", 2, "9.1"))
    assert asked == 4, "a person need not wait for the hour"
    deaf = False
    unit.clock.sleep(LATER_S)
    state = unit.live()
    assert (state.phase, state.waits, unit.where()) == (Phase.KEPT, "", ("B", "B"))
    assert unit.acts() == ["staged", "switched", "kept"]


@pytest.mark.parametrize(("status", "kind"), [(75, UpdateLaterError), (2, UpdateError)])
def test_an_installer_says_whose_fault_it_is(
    tmp_path: Path, status: int, kind: type[UpdateError]
) -> None:
    """A full disk ends it with "try again later"; anything else is the bundle's."""
    word = f"echo 'edge install: /opt has 50 MB free' >&2; exit {status}\n".encode()
    bundle = tmp_path / "bundle.tar"
    with tarfile.open(bundle, "w:") as tar:
        member = tarfile.TarInfo("edge-9.0-amd64/scripts/install")
        member.size = len(word)
        tar.addfile(member, io.BytesIO(word))
    with pytest.raises(UpdateError, match="beside: edge install: /opt has 50 MB free") as raised:
        Links(tmp_path).make(bundle)
    assert raised.type is kind
