"""The unit looks at its own chain's hours: blind is told, in the dark of its record nothing is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.clock import Moment
from edge.messages.acts import act_row
from edge.messages.acts_unit import Hour
from edge.pipeline import Tally
from edge.policy.quality import HourSums, Quality, Sums
from edge.services.quality_file import read_hours, write_hours
from edge.services.sight import Sight
from edge.store import open_store
from edge.store.store import Store
from tests.alerts import store_section
from tests.fakes import FakeClock

NOW = datetime(2026, 1, 20, 8, tzinfo=UTC)


def moment(at: datetime) -> Moment:
    return Moment(int(at.timestamp()) * 10**9, int(at.timestamp()) * 10**9)


def past(store: Store, passes: int, days: int = 14) -> None:
    """Put a fortnight of hours on the chain."""
    for hour in range(24 * days, 0, -1):
        since = NOW - timedelta(hours=hour)
        act = Hour(
            since=moment(since).iso(),
            until=moment(since + timedelta(hours=1)).iso(),
            frames=54_000,
            passes=passes,
            reads=10 * passes,
            hits=0,
            alarms=0,
            verifies=0,
            watched_s=3600.0,
            paused_s=0.0,
            why="hour",
        )
        store.record("hour", act_row("hour", act))


class Stage:
    def __init__(self, folder: Path, passes: int) -> None:
        self.clock = FakeClock(moment(NOW))
        self.tally = Tally()
        self.store = open_store(store_section(folder), "main-street", self.clock)
        past(self.store, passes)
        self.quality = Quality()
        self.sight = Sight(self.tally, self.quality, self.store.audit, self.clock)

    def minutes(self, count: int, passes: int = 0, *, delivering: bool = True) -> list[str]:
        """Let minutes pass, with so many passes in each, and return what was said."""
        said = []
        for _ in range(2 * count):
            self.clock.advance(30)
            self.tally.sightings += passes
            said.append(self.sight.look(delivering=delivering))
        return said


def test_a_covered_lens_is_told_and_forgotten(tmp_path: Path) -> None:
    """Of 240 passes an hour none comes any more: told within ten minutes, and not for ever."""
    stage = Stage(tmp_path / "store", 240)
    assert set(stage.minutes(30, passes=2)) == {""}, "the control: cars pass"
    said = stage.minutes(10)
    assert said[0] == ""
    assert said[-1].startswith("the unit may be blind: frames come, and no pass in ")
    assert set(stage.minutes(80, passes=2)[-20:]) == {""}
    stage.store.close()


def test_a_quiet_place_a_pause_and_a_wrong_clock_are_no_alarm(tmp_path: Path) -> None:
    """Nothing is expected of a lane at night, of a closed camera, or at an unknown hour."""
    quiet = Stage(tmp_path / "quiet", 0)
    assert set(quiet.minutes(120)) == {""}
    quiet.store.close()
    stage = Stage(tmp_path / "store", 240)
    assert set(stage.minutes(30, delivering=False)) == {""}
    stage.clock.believed = False
    assert set(stage.minutes(30)) == {""}
    stage.clock.believed = True
    assert stage.minutes(30)[-1] != "", "the control"
    stage.store.close()


def test_an_erased_row_expects_nothing(tmp_path: Path) -> None:
    """A chain whose hours were erased ends no process and raises no alarm."""
    stage = Stage(tmp_path / "store", 240)
    with stage.store._db.transaction():
        for number in stage.store.audit.numbers("hour"):
            stage.store.audit.erase_payload(number)
    assert set(stage.minutes(30)) == {""}
    stage.store.close()


def test_hours_travel_by_file(tmp_path: Path) -> None:
    """What was written is read again; a file of somebody else's making is none."""
    hours = (HourSums(490_000, (Sums(3, 30, 28, 1.5, 3), Sums(), Sums())),)
    write_hours(tmp_path, hours)
    assert read_hours(tmp_path) == hours
    (tmp_path / "quality.json").write_text('{"hours": [{"hour": -1, "lanes": []}]}')
    assert read_hours(tmp_path) is None
    assert read_hours(tmp_path / "nowhere") is None
