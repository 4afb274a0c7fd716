"""A card with two sides is cut before each change on its disk: some whole side always starts.

The good system ends kept, or left where the cut fell into its try; a bad one ends left.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from edge.policy.updating import Phase
from edge.services.tryboot import TRY
from tests.services.interrupting import cut_at
from tests.services.sided import SidedUnit, make_system
from tests.services.updating import LIMITS

# that syncs come before names is tested in test_tryboot.py
pytestmark = pytest.mark.usefixtures("no_waiting_for_disks")

SHORT = replace(LIMITS, quiet_s=20, trial_s=12, hold_s=3)
_CALLS = ("rename", "replace", "unlink", "rmdir", "symlink", "mkdir")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_system(tmp_path_factory.mktemp("desk"), 1)


def sound(unit: SidedUnit) -> None:
    """Hold that nothing which may be started is half a system."""
    for side in unit.machine.choice:
        assert unit.machine.version(side), f"{side} may be started, and is half written"


@pytest.mark.parametrize(
    ("good", "power"),
    [
        pytest.param(True, True, id="good-power"),
        pytest.param(True, False, id="good-kill", marks=pytest.mark.machine),
        pytest.param(False, True, id="bad-power"),
        pytest.param(False, False, id="bad-kill", marks=pytest.mark.machine),
    ],
)
def test_a_cut_at_any_moment_is_gone_on_with(
    tmp_path: Path, system: Path, monkeypatch: pytest.MonkeyPatch, good: bool, power: bool
) -> None:
    """Each cut, then a start or another run: kept, or the side before runs on and says why."""
    kept, left, at = 0, 0, 1
    while True:
        unit = SidedUnit(tmp_path / str(at), SHORT)
        unit.stick.mkdir()
        (unit.stick / system.name).hardlink_to(system)
        unit.eyes.when_new = {} if good else {"broker": False}
        if not cut_at(at, monkeypatch, _CALLS, unit.live):
            break
        sound(unit)
        asked = (unit.machine.boot / TRY).exists()  # the next start is the try
        tried = unit.state.phase in {Phase.SWITCHING, Phase.TRIAL} and not asked
        if power:
            unit.power()
            sound(unit)
        while unit.machine.asked:
            unit.power()
        state = unit.live()
        ends = {Phase.KEPT: ("B", "B"), Phase.BACK: ("A", "A")}
        assert unit.where() == ends[state.phase], f"cut {at}"
        assert (state.phase is Phase.KEPT) == (good and not (power and tried)), f"cut {at}: {state}"
        assert unit.acts().count("kept" if state.phase is Phase.KEPT else "back") >= 1
        kept, left = kept + (state.phase is Phase.KEPT), left + (state.phase is Phase.BACK)
        shutil.rmtree(unit.folder)
        at += 1
    assert kept + left > 15, "the cuts cut nothing"
    assert (kept > 12) == good, f"{kept} kept, {left} left"


def test_a_chooser_that_starts_half_a_side_would_be_found(tmp_path: Path) -> None:
    """The control: called good before it is written, the side is seen to be half of one."""
    unit = SidedUnit(tmp_path / "unit", SHORT)
    unit.machine.tryboot().set_state("B", "good")
    with pytest.raises(AssertionError, match="half written"):
        sound(unit)
