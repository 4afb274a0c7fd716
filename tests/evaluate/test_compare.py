"""Tests of an evaluation held against an earlier one."""

import json
from pathlib import Path

import pytest

from edge.errors import TruthError
from edge.evaluate.compare import compare, load_earlier, sign_test
from edge.evaluate.figures import Figure

EARLIER = {
    "made": "2026-01-01T00:00:00.000Z",
    "figures": [
        {"part": "reader", "group": "all", "name": "exact", "value": 0.8, "low": 0.7, "high": 0.9},
        {"part": "detector", "group": "all", "name": "false", "value": 0.5, "low": None},
    ],
    "models": [{"name": "reader", "version": "1", "sha256": "ab" * 32, "macs": 1}],
    "settings": {"reader": {"margin": 0.04, "gone": 1}},
    "outcomes": {"reader": {"a": True, "b": False, "c": False, "only-then": True}},
}


def write(folder: Path, **changes: object) -> Path:
    file = folder / "figures.json"
    file.write_text(json.dumps({**EARLIER, **changes}), "utf-8")
    return file


def test_gains_and_losses_stand_side_by_side(tmp_path: Path) -> None:
    """More is a gain where more is better, a loss where less is; new figures are counted."""
    file = write(tmp_path)
    figures = [
        Figure("reader", "all", "exact", 0.9),
        Figure("detector", "all", "false", 0.7, better="less"),
        Figure("reader", "all", "exact", 0.95, labels="checked"),
    ]
    outcomes = {"reader": {"a": False, "b": True, "c": True, "new": True}, "pictures": {}}
    told = compare(file, load_earlier(file), figures, {"reader": {"margin": 0.06}}, outcomes)
    assert [(one.before, one.now.value, one.gain) for one in told.changes] == [
        (0.8, 0.9, 0.1),
        (0.5, 0.7, -0.2),
    ]
    assert told.changes[0].low_before == 0.7
    assert told.absent == 1
    (turned,) = told.turned
    assert (turned.both, turned.gained, turned.lost) == (3, ("b", "c"), ("a",))
    assert told.settings == ("reader.margin: 0.04 before, 0.06 now",)
    assert told.models == ("reader 1 (abababababab)",)


def test_an_older_file_without_outcomes_is_compared_all_the_same(tmp_path: Path) -> None:
    """What an earlier version did not write is left out, not made up."""
    earlier = load_earlier(write(tmp_path, outcomes={}, models=[], settings={}))
    told = compare(tmp_path, earlier, [], {"reader": {"margin": 0.06}}, {"reader": {"a": True}})
    assert (told.changes, told.turned, told.settings, told.absent) == ((), (), (), 0)


@pytest.mark.parametrize(
    ("some", "others", "chance"), [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 0.0625), (1, 9, 0.02148)]
)
def test_the_chance_of_an_uneven_count(some: int, others: int, chance: float) -> None:
    """The exact sign test, two sides, the same both ways."""
    assert sign_test(some, others) == pytest.approx(chance, abs=1e-5)
    assert sign_test(others, some) == sign_test(some, others)
    assert 0.0 <= sign_test(some + 2000, others + 1900) <= 1.0


@pytest.mark.parametrize("text", ["", "[]", '{"made": 1}', '{"made": "x", "figures": [{}]}'])
def test_a_foreign_file_is_told(tmp_path: Path, text: str) -> None:
    """The error names the file and says what is wrong with it."""
    file = tmp_path / "figures.json"
    with pytest.raises(TruthError, match="cannot be read"):
        load_earlier(file)
    file.write_text(text, "utf-8")
    with pytest.raises(TruthError, match=r"figures\.json: is no figures\.json"):
        load_earlier(file)
