"""A simulated fleet on three nodes of RabbitMQ, one of which is killed."""

from pathlib import Path

import pytest

from scripts.fleet_run import Wish, run_fleet


@pytest.mark.machine
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("rabbitmq")  # its ports
def test_nothing_is_lost_when_a_node_is_killed_under_a_fleet(tmp_path: Path) -> None:
    """Two hundred units and ten consoles: every alert once on each, p99 back within 30 s."""
    wish = Wish("cluster", 200, 10, rate=4, seconds=60, break_at=20, mend_at=50, cut_at=None)
    figures = run_fleet(wish, tmp_path)
    assert figures["alerts"] > 150
    for count in ("alerts_lost", "deliveries_missing", "shown_twice", "refused", "without_receipt"):
        assert figures[count] == 0, figures
    assert 0 < figures["storm"]["cut"] == figures["storm"]["came_back"]
    assert figures["after"]["p99_back_within_s"] <= 30, figures
