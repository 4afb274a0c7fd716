"""The simulated fleet on a real mosquitto: it counts what it says it counts."""

from pathlib import Path

from scripts.fleet_party import Told
from scripts.fleet_report import NS, Run, report
from scripts.fleet_run import Wish, run_fleet


def test_a_small_fleet_loses_nothing_when_all_connections_are_cut(tmp_path: Path) -> None:
    """Twenty units and three consoles cut at once: each shows each alert, and shows it once."""
    wish = Wish("mosquitto", 20, 3, rate=20, seconds=2.5, break_at=None, mend_at=None, cut_at=1.5)
    figures = run_fleet(wish, tmp_path)
    assert figures["alerts"] > 20
    for count in ("alerts_lost", "deliveries_missing", "shown_twice", "refused", "without_receipt"):
        assert figures[count] == 0, count
    assert figures["storm"]["cut"] == figures["storm"]["came_back"] == 23
    assert figures["receipts"] >= 3 * figures["alerts"]


def test_the_report_tells_a_loss_a_double_and_a_slow_return() -> None:
    """Made-up runs with one fault each: the figures name it, so a clean report means something."""
    run = Run(begun=0, ended=20 * NS, disturbed=5 * NS, what="a kill")
    units = Told("unit", stored={("unit-0", n): n * NS for n in range(1, 19)}, bytes_each=9)
    units.ups, units.downs = [("unit-0", NS), ("unit-0", 8 * NS)], [("unit-0", 5 * NS)]
    consoles = Told("console")
    for (unit, number), at in units.stored.items():
        delay = 3 * NS if 5 * NS <= at < 12 * NS else NS // 100
        consoles.shown += [(f"console-{n}", unit, number, at + delay) for n in range(2)]
    clean = report(run, [units], [consoles], listeners=2)
    assert clean["alerts_lost"] == clean["deliveries_missing"] == clean["shown_twice"] == 0
    assert clean["after"]["p99_back_within_s"] == 10
    assert clean["storm"]["99_percent_back_s"] == 3.0
    consoles.shown = [row for row in consoles.shown if row[2] != 7][1:]
    consoles.shown.append(consoles.shown[-1])
    faulty = report(run, [units], [consoles], listeners=2)
    assert (faulty["alerts_lost"], faulty["deliveries_missing"], faulty["shown_twice"]) == (1, 3, 1)
