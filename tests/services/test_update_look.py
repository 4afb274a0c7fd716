"""What the updater sees: the daemons' own words, held against systemd's."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.clock import Moment
from edge.messages.health import WATCH_FILE, watch_bytes
from edge.services.machine import Machine
from edge.services.update_look import UnitEyes
from tests.fakes import FakeClock
from tests.messages.samples import WATCH

UNITS = """\
Id=edge-watch.service
UnitFileState=enabled
ActiveState=active
NRestarts=1
StatusText=playing

Id=edge-deliver.service
UnitFileState=enabled
ActiveState=active
NRestarts=0
StatusText=connected to the broker; all is well

Id=edge-search.service
UnitFileState=disabled
ActiveState=inactive
NRestarts=0
StatusText="""


class Slow(FakeClock):
    """A clock that goes on whenever it is asked: the machine is busy."""

    def now(self) -> Moment:
        self.advance(0.4)
        return self.moment


def eyes(folder: Path, clock: FakeClock, said: str = UNITS) -> UnitEyes:
    def ask(words: Sequence[str]) -> str:
        assert words[:2] == ["systemctl", "show"]
        clock.advance(0.7)
        word(folder, clock)  # watch writes its word while systemd is being asked
        return said

    return UnitEyes(folder, Machine(root=folder, ask=ask), clock)


def word(folder: Path, clock: FakeClock, **changes: object) -> None:
    made = clock.moment.monotonic_ns
    fields = {"made_monotonic_ns": made, "uptime_s": 30.0, "software": "9.0", **changes}
    (folder / WATCH_FILE).write_bytes(watch_bytes(WATCH.model_copy(update=fields)))


@pytest.mark.parametrize("clock", [FakeClock(), Slow()], ids=["quick", "busy"])
def test_a_word_that_was_just_written_is_heard(tmp_path: Path, clock: FakeClock) -> None:
    """However long systemd takes to answer: watch goes on speaking meanwhile."""
    look = eyes(tmp_path, clock).look()
    assert look.software == "9.0"
    assert look.frames == WATCH.frames_seen
    assert look.broker
    assert (look.down, look.starts) == ((), 1)
    assert look.at_ns - look.began_ns == pytest.approx(30e9, abs=1e9)


def test_an_old_word_is_none(tmp_path: Path, clock: FakeClock) -> None:
    """A daemon that has ended leaves its file; after five seconds it says nothing."""
    word(tmp_path, clock)
    unit = UnitEyes(tmp_path, Machine(root=tmp_path, ask=lambda _: UNITS), clock)
    assert unit.look().software == "9.0"
    clock.advance(6)
    assert unit.look().software == ""
    word(tmp_path, clock, stopped_by="a model broke")
    assert unit.look().software == ""


def test_what_should_run_and_does_not_is_down(tmp_path: Path, clock: FakeClock) -> None:
    """Enabled and not active; a systemd that does not answer is no sign of health."""
    dead = UNITS.replace("ActiveState=active", "ActiveState=activating", 1)
    dead = dead.replace("connected to", "connecting to")
    look = eyes(tmp_path, clock, dead).look()
    assert look.down == ("edge-watch.service",)
    assert not look.broker
    silent = UnitEyes(tmp_path, Machine(root=tmp_path, ask=lambda _: ""), clock).look()
    assert silent.down == ("systemd",)
    assert not silent.broker


def test_each_start_of_the_machine_has_a_name(tmp_path: Path, clock: FakeClock) -> None:
    """As the kernel tells it."""
    file = tmp_path / "proc/sys/kernel/random/boot_id"
    file.parent.mkdir(parents=True)
    file.write_text("5c1f\n")
    assert eyes(tmp_path, clock).boot() == "5c1f"
