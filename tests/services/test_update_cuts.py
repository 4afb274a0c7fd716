"""An update is cut before each change that it makes on the disk: by the power, or by a kill.

A cut is an exception that nothing of ours catches, before the call that would have changed
something; what was done before it is on the disk (`tests/store` holds that syncs come first).
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge import __version__
from edge.policy.updating import RESTING, Phase
from tests.services.interrupting import Cut, cut_at
from tests.services.updating import LIMITS, Unit, make_release

# that syncs come before names is tested where files are written (`tests/store`)
pytestmark = pytest.mark.usefixtures("no_waiting_for_disks")

OLD, NEW = f"edge-{__version__}", "edge-9.0"
SHORT = replace(LIMITS, quiet_s=20, trial_s=30, hold_s=3)
_CALLS = ("rename", "replace", "unlink", "rmdir", "symlink", "mkdir")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_release(tmp_path_factory.mktemp("desk"), 1)


def sound(unit: Unit) -> None:
    """Hold that a unit could start now: both links lead to a whole version."""
    for link in ("edge", "edge.kept"):
        assert (unit.sides.folder / link / ".edge-stamp").exists()


@pytest.mark.parametrize(
    ("good", "power"),
    [
        pytest.param(True, True, id="good-power"),
        pytest.param(True, False, id="good-kill", marks=pytest.mark.machine),
        pytest.param(False, True, id="bad-power", marks=pytest.mark.machine),
        pytest.param(False, False, id="bad-kill"),
    ],
)
def test_a_cut_at_any_moment_is_gone_on_with(
    tmp_path: Path, release: Path, monkeypatch: pytest.MonkeyPatch, good: bool, power: bool
) -> None:
    """Each cut, then a start or another run: the same end; in between always a whole version."""
    monkeypatch.setattr("edge.services.update_inbox._log", _Silent())
    cuts, at = 0, 1
    while True:
        unit = Unit(tmp_path / str(at), SHORT)
        unit.stick.mkdir()
        (unit.stick / release.name).hardlink_to(release)
        unit.eyes.when_new = {} if good else {"broker": False}
        if not cut_at(at, monkeypatch, _CALLS, unit.updater.run):
            break
        cuts += 1
        sound(unit)
        if power:
            unit.reboot()
            sound(unit)
        for _ in range(2):
            state = unit.updater.run()
        assert state.phase is (Phase.KEPT if good else Phase.BACK), f"cut {at}"
        assert unit.links == ((NEW, NEW) if good else (OLD, OLD)), f"cut {at}"
        assert unit.sides.restarts[-1] == unit.sides.in_force(), f"cut {at}: other daemons run"
        assert unit.acts().count("kept" if good else "back") == 1, f"cut {at}: {unit.acts()}"
        shutil.rmtree(unit.folder)
        at += 1
    assert cuts > 15, "the cuts cut nothing"


def test_three_cuts_of_the_power_in_a_trial_are_its_failure(tmp_path: Path, release: Path) -> None:
    """The third start takes the version back before any daemon of it begins."""
    unit = Unit(tmp_path / "unit")
    unit.updater.stage(release)
    look = unit.eyes.look
    for start in range(3):
        assert unit.links[0] == (NEW if start else OLD)
        unit.eyes.look = _failing(look, 3)  # type: ignore[method-assign]
        with pytest.raises(Cut):
            unit.updater.run() if start else unit.updater.apply()
        unit.eyes.look = look  # type: ignore[method-assign]
        unit.reboot()
    assert unit.links == (OLD, OLD)
    assert unit.state.phase is Phase.BACK
    assert "started 3 times" in unit.state.why
    assert unit.sides.restarts[-1] == unit.old


def test_a_trial_that_is_cut_now_and_then_still_ends(tmp_path: Path, release: Path) -> None:
    """Time counts over kills: a version that is never well is back after five minutes of trial."""
    unit = Unit(tmp_path / "unit")
    unit.updater.stage(release)
    unit.eyes.when_new = {"broker": False}
    began, look = unit.clock.now(), unit.eyes.look
    for run in range(40):
        unit.eyes.look = _failing(look, 30)  # type: ignore[method-assign]
        try:
            unit.updater.run() if run else unit.updater.apply()
        except Cut:
            unit.clock.advance(1)
        if unit.state.phase in RESTING:
            break
    assert unit.state.phase is Phase.BACK
    assert unit.clock.now().since(began) < LIMITS.trial_s + 60


def _failing(look: Callable[[], object], after: int) -> Callable[[], object]:
    left = [after]

    def looking() -> object:
        left[0] -= 1
        if left[0] == 0:
            raise Cut
        return look()

    return looking


class _Silent:
    def warning(self, *_: object, **__: object) -> None:
        """Say nothing: the same refusal a hundred times."""
