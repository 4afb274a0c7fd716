"""Simulated innocent traffic; `python -m scripts.false_alarms` runs it at full size."""

from pathlib import Path

import numpy as np

from edge.records import Grade
from scripts.false_alarms import Road, gather, write_list


def test_innocent_cars_hardly_alarm(tmp_path: Path) -> None:
    """Of 4,000 innocent cars at most one alarms; most listed ones do."""
    rng = np.random.default_rng(3)
    rows = gather(3, 2)[:4]  # not the plates that are hardly readable
    road = Road(rows, write_list(tmp_path / "list.csv", rng, 40_000, 0.2), rng)
    told = road.innocent(4_000)
    assert told[Grade.ALARM] <= 1
    assert told["cars"] == 4_000
    right, count = road.listed(200)
    assert right > 0.6 * count  # control: the same policy does alarm
