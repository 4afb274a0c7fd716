"""Known wrongful stops, replayed through the real fusion, matcher and policy.

The plates are made up; what was wrong with each read is as it was.
"""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.records import GateResult, Grade
from edge.tracking.fusion import Fusion
from tests.hotlist.lists import contested
from tests.policy.hits import CAR, Desk
from tests.tracking.reads import section

DAY_S = 86_400.0


def fused(*reads: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the slots of a pass."""
    tracking = section()
    fusion = Fusion(tracking.trust_in_read, tracking.read_correlation)
    for read in reads:
        fusion.add(read)
    return fusion.slots()


@pytest.mark.parametrize("frames", [2, 5, 30])
@pytest.mark.parametrize(
    ("true", "false"), [("3", "7"), ("7", "2"), ("2", "7")], ids=["green", "molner", "gonzales"]
)
@pytest.mark.parametrize("doubt", [0.55, 0.7, 0.85])
def test_misread(tmp_path: Path, frames: int, true: str, false: str, doubt: float) -> None:
    """A character that is misread again and again, each time with some doubt, never alarms."""
    wrong = "AB1" + false + "345"
    desk = Desk(tmp_path, {**CAR, "plate": wrong})
    read = contested(wrong, 4, false, doubt, true, 0.98 - doubt)
    told = desk.see(fused(*[read] * frames))
    assert told is not None
    assert told.verdict.grade is Grade.VERIFY
    assert f"4th: {false} at 0." in told.verdict.gates[0].sentence
    assert f", {true} at 0." in told.verdict.gates[0].sentence


def test_upchurch(tmp_path: Path) -> None:
    """A last 7 read as 2 at first: verify, then retracted when better frames come."""
    desk = Desk(tmp_path, {**CAR, "plate": "AB12342"})
    bad = contested("AB12342", 7, "2", 0.6, "7", 0.38)
    good = contested("AB12347", 7, "7", 0.985, "2", 0.01)
    first = desk.see(fused(bad, bad))
    assert first is not None
    assert first.verdict.grade is Grade.VERIFY
    last = desk.see(fused(bad, bad, good, good, good, good), 0.5)
    assert last is not None
    assert last.retracts
    assert last.verdict.grade is Grade.NONE


def test_gilliam(tmp_path: Path) -> None:
    """A plate of the home state whose text is another state's entry is no alarm."""
    row = {"plate": "ABC123", "jurisdiction": "us-mt", "type": "motorcycle"}
    told = Desk(tmp_path, row, home="us-co").see("ABC123")
    assert told is not None
    assert told.verdict.grade is Grade.VERIFY
    assert "us-co" in told.verdict.gates[1].sentence
    assert "motorcycle" in told.verdict.gates[2].sentence


def test_hofer_entry_expired(tmp_path: Path) -> None:
    """An entry that ran out is never told; one on a list that nobody renewed only verifies."""
    row = {**CAR, "expires": "2026-01-01T09:00:00Z"}
    assert Desk(tmp_path, row).see("AB12345") is None
    told = Desk(tmp_path, CAR).see("AB12345", 2 * DAY_S)
    assert told is not None
    assert told.verdict.grade is Grade.VERIFY
    assert "ask whether the entry still holds" in told.verdict.gates[3].sentence


def test_clean_home_hits(tmp_path: Path) -> None:
    """Clean reads of listed home plates do alarm, at their second frame."""
    chosen = np.random.default_rng(7)
    plates = sorted({f"A{chosen.choice(list('BCDEFGH'))}{n:05d}" for n in range(0, 90000, 900)})
    desk = Desk(tmp_path, *({**CAR, "plate": plate} for plate in plates), quiet_similar_s=0.0)
    for track, plate in enumerate(plates):
        clean = contested(plate, 3, plate[2], 0.98, "Z", 0.01)
        told = desk.see(fused(clean, clean), track=track)
        assert told is not None
        assert told.verdict.grade is Grade.ALARM


@pytest.mark.parametrize("seen", ["AB1O345", "AB10345"])
def test_dausman_twins(tmp_path: Path, seen: str) -> None:
    """A list with both the O and the 0 variant alarms for neither driver, however sure the read."""
    rows = [{**CAR, "plate": plate} for plate in ("AB1O345", "AB10345")]
    told = Desk(tmp_path, *rows).see(seen)
    assert told is not None
    assert told.verdict.grade is Grade.VERIFY
    assert "which looks the same" in told.verdict.gates[3].sentence
    alone = Desk(tmp_path, {**CAR, "plate": seen}, jurisdiction_probability=0.5).see(seen)
    assert alone is not None
    assert alone.verdict.gates[3].result is GateResult.PASS  # control: alone it stands
