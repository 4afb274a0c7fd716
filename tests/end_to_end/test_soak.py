"""Daemons and broker killed at random while a backlog drains; the full soak is `scripts/soak`."""

from pathlib import Path

import pytest

from scripts.soak import Plan, run

pytestmark = [pytest.mark.machine, pytest.mark.timeout(600)]


def test_kills_at_random_lose_nothing(tmp_path: Path) -> None:
    """20 kill -9s of writer, deliver, receiver and broker: none lost, none shown twice, no gap."""
    found = run(tmp_path, Plan(backlog=140, fresh=60, kills=20, pause_s=0.8))
    assert found.good, found
    assert (found.lost, found.twice, found.gaps) == (0, 0, 0)
    assert found.stored == found.received >= 200
    assert sum(found.kills.values()) == 20


def test_puback_taken_for_delivery_does_lose(tmp_path: Path) -> None:
    """The control: a deliverer that believes PUBACKs loses what the broker or a kill took."""
    found = run(tmp_path, Plan(backlog=300, fresh=60, kills=25, pause_s=0.8, careless=True))
    assert found.lost > 0, found
    assert found.gaps > 0, found
