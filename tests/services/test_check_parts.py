"""Checks on their own: what a machine does not tell, what deliver tells, and the page."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge.clock import SystemClock
from edge.config import load
from edge.policy.quality import HourSums, Sums
from edge.services.check_broker import Tried, check_broker, judge
from edge.services.check_camera import focus_of
from edge.services.check_daemons import check_daemons
from edge.services.check_page import About, check_page, verdict
from edge.services.check_ports import Listening, check_ports, listening
from edge.services.check_power import check_heat, check_power
from edge.services.check_search import check_search
from edge.services.check_sight import check_sight, draw_hours
from edge.services.finding import bad, good, unseen
from edge.services.machine import Machine
from edge.services.quality_file import write_hours
from edge.services.search_folder import Word, write_word
from edge.vision.aim import Aim
from tests.fakes import FakeClock
from tests.services.checking import Board

CLOCK = SystemClock("always")
SETTINGS = load([]).settings
NAMED = SETTINGS.model_copy(
    update={"delivery": SETTINGS.delivery.model_copy(update={"receivers": ("archive",)})}
)


def test_a_machine_that_tells_nothing_is_not_well(tmp_path: Path) -> None:
    """Voltage, heat, ports and daemons that cannot be looked at are told as not checked."""
    bare = Machine(tmp_path, lambda _words: "")
    found = [
        check_power(bare),
        check_heat(bare),
        check_ports(SETTINGS, bare),
        check_daemons(SETTINGS, bare),
    ]
    assert [one.passed for one in found] == [None] * 4
    assert "not a Raspberry Pi" in found[0].sentence
    assert "systemd does not run here" in found[3].sentence


def test_a_pi_whose_kernel_is_silent_is_named(tmp_path: Path) -> None:
    """A Raspberry Pi without the firmware's word is not called another machine."""
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text("Raspberry Pi 4 Model B\0")
    assert check_power(Machine(tmp_path)).sentence.startswith("Raspberry Pi 4 Model B: its kernel")


def test_a_watch_that_was_stopped_for_a_test_is_no_fault(tmp_path: Path) -> None:
    """A certificate by the test's own line wants watch stopped; failed or not enabled it fails."""
    board = Board(tmp_path / "board")
    board.daemons["edge-watch"] = "inactive"
    assert check_daemons(SETTINGS, board.machine).passed is False
    found = check_daemons(SETTINGS, board.machine, still=["edge-watch"])
    assert found.passed
    assert "edge-watch was stopped for this test" in found.sentence
    board.daemons["edge-watch"] = "failed"
    assert "edge-watch is failed" in check_daemons(SETTINGS, board.machine, ["edge-watch"]).sentence
    board.daemons |= {"edge-watch": "inactive", "edge-watch enabled": "disabled"}
    assert check_daemons(SETTINGS, board.machine, still=["edge-watch"]).passed is False


@pytest.mark.parametrize(
    ("trusted", "mend"), [(False, "set the clock"), (True, "mend what it says")]
)
def test_a_searching_process_that_runs_is_not_to_be_started(
    tmp_path: Path, trusted: bool, mend: str
) -> None:
    """Its own problem has its own mend; a process that says nothing is to be started."""
    clock = FakeClock(trusted=trusted)
    settings = SETTINGS.model_copy(
        update={"runtime": SETTINGS.runtime.model_copy(update={"folder": str(tmp_path)})}
    )
    assert "systemctl enable --now edge-search" in check_search(settings, clock).mend
    now = clock.now().monotonic_ns
    word = Word(made_monotonic_ns=now, answered=0, refused=0, problem="searches wait: why")
    write_word(word, tmp_path)
    found = check_search(settings, clock)
    assert found.passed is False
    assert mend in found.mend
    assert "enable" not in found.mend


def test_deliver_that_is_connected_is_not_pushed_out(tmp_path: Path) -> None:
    """Its own word counts; nobody logs in: the settings name no broker."""
    board = Board(tmp_path / "board")
    board.deliver = "connected to the broker; all is well"
    found = check_broker(NAMED, CLOCK, board.machine)
    assert found.passed
    assert "not tried twice: the broker takes what it says" in found.sentence
    assert check_broker(SETTINGS, CLOCK, board.machine).passed is False, "no receiver is named"


@pytest.mark.parametrize(
    ("said", "passed", "mend"),
    [
        ("; elsewhere: no hotlist is in force, nothing can alert", True, ""),
        ("; the broker does not let us publish on edge/v1/t/u/alert", False, "edge broker acl"),
        ("; the broker does not let us hear edge/v1/t/u/receipt", False, "edge broker acl"),
        (
            "; 4 alert messages wait for a receipt, the oldest for 210 s",
            False,
            "archive, a console",
        ),
        (
            "; nobody is subscribed to our alerts at the broker",
            False,
            "archive, a console or `edge listen`",
        ),
        ("", None, "ask again"),
    ],
    ids=["elsewhere", "dumb", "deaf", "unreceived", "unheard", "silent"],
)
def test_what_a_connected_deliver_says(
    tmp_path: Path, said: str, passed: bool | None, mend: str
) -> None:
    """What it has against the broker fails the broker's check; what it has elsewhere does not."""
    board = Board(tmp_path / "board")
    board.deliver = f"connected to the broker{said}"
    found = check_broker(NAMED, CLOCK, board.machine)
    assert found.passed is passed
    assert mend in found.mend
    assert "hotlist" not in found.sentence
    assert said[2:] in found.sentence or passed


@pytest.mark.parametrize(
    ("tried", "sentence"),
    [
        (Tried(lost="nobody listens there"), "nobody listens"),
        (Tried(refused=("edge/v1/t/u/receipt",)), "does not let us hear edge/v1/t/u/receipt"),
        (Tried(unsaid=["edge/v1/t/u/alert"]), "publish on edge/v1/t/u/alert"),
        (Tried(unheard=True), "nobody is there"),
        (Tried(slowest_s=6.0), "within 6000 ms"),
    ],
    ids=["away", "deaf", "dumb", "unheard", "slow"],
)
def test_what_a_log_in_tells(tried: Tried, sentence: str) -> None:
    """Each way in which a broker does not do is told; the control does."""
    found = judge(tried, NAMED)
    assert found.passed is False
    assert sentence in found.sentence
    assert judge(Tried(slowest_s=0.01), NAMED).passed


def test_open_ports_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    """Loopback in both families, and mapped into the other, is not open to others."""
    board = Board(tmp_path)
    board.listening([("0100007F", 1883), ("00000000", 22)])
    line = "  0: {}:{:04X} {}:0000 0A 0\n"
    places = [("0" * 24 + "01000000", 631), ("0" * 16 + "FFFF00000100007F", 53), ("0" * 32, 8080)]
    rows = "".join(line.format(address, port, "0" * 32) for address, port in places)
    board.put("proc/net/tcp6", "head\n" + rows)
    found = set(listening(board.machine))
    assert Listening(631, "::1") in found
    assert {one.port for one in found if not one.local} == {22, 8080}
    assert "port 8080" in check_ports(SETTINGS, board.machine).sentence
    assert check_ports(SETTINGS, board.machine, [8080]).passed


@pytest.mark.parametrize(("edge_px", "passed"), [(1.6, True), (6.0, False)], ids=["sharp", "soft"])
def test_focus_is_judged_on_a_plate(edge_px: float, passed: bool) -> None:
    """A plate whose edges are wider than its strokes is out of focus, whatever else is sharp."""
    aim = Aim(140, 0, 24, 3.5, edge_px, edge_px, 120, 0, 0)
    assert focus_of(aim).passed is passed


def test_the_page_is_one_file_with_the_worst_first() -> None:
    """It escapes what it tells, fetches nothing, runs nothing, and says what was not looked at."""
    found = [good("clock", "set"), unseen("power", "not a Pi"), bad("disk", "<full>", "room & air")]
    page = check_page(About("windsor", "main-street", "Elm & 1st", "2026-01-01", "1.0"), found)
    assert page.index("&lt;full&gt;") < page.index("not a Pi") < page.index(">set<")
    assert "room &amp; air" in page
    assert "Elm &amp; 1st" in page
    assert not re.search(r"<script|src=|href=|url\(|@import", page)
    assert verdict(found) == "1 passed; 1 failed: disk; 1 not checked: power"


def test_hours_are_drawn_by_lane() -> None:
    """The page shows passes by hour and lane, and what the reads of a pass make of each other."""
    sums = Sums(passes=10, reads=80, agreed=72, bits=5.0, valid=9)
    drawn = draw_hours([HourSums(490_000 + n, (sums, Sums(), sums)) for n in range(3)])
    assert drawn.count("<rect") == 9
    assert "<td>10</td><td>0</td><td>10</td><td>8.0</td><td>90%</td><td>0.50</td><td>90%" in drawn
    assert draw_hours([]) == ""


def test_what_a_running_watch_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its word on its sight fails the check; its hours are told; without either nothing passes."""
    section = SETTINGS.runtime.model_copy(update={"folder": str(tmp_path)})
    settings = SETTINGS.model_copy(update={"runtime": section})
    watch = SimpleNamespace(sight_problem="", view_problem="")
    monkeypatch.setattr("edge.services.check_sight.running_watch", lambda *_: watch)
    assert check_sight(settings, CLOCK).passed is None, "no pass has ended"
    sums = Sums(passes=10, reads=80, agreed=72, bits=5.0, valid=9)
    write_hours(tmp_path, [HourSums(490_000, (sums, sums, Sums()))])
    assert "20 passes within a day, 8.0 reads each" in check_sight(settings, CLOCK).sentence
    watch.sight_problem = "the unit may be blind"
    assert check_sight(settings, CLOCK).passed is False
    watch.view_problem = "the camera has moved by 3 %"
    assert "has moved" in check_sight(settings, CLOCK).sentence
