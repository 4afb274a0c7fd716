"""The watch over the view: learned in a day, kept over a restart, told to health and chain."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.config import load
from edge.messages.acts import Act
from edge.messages.acts_unit import Drift
from edge.records import Frame, Pixels
from edge.services.drift import ViewWatch, open_view_watch, read_views, write_views
from tests.fakes import FakeClock

pytestmark = pytest.mark.machine


def street() -> Pixels:
    """Return a still view with edges at every scale."""
    rng = np.random.default_rng(4)
    image = np.full((180, 320, 3), 90, np.uint8)
    for _ in range(220):
        x, y = int(rng.integers(0, 310)), int(rng.integers(0, 172))
        tone = tuple(int(one) for one in rng.integers(20, 230, 3))
        size = (x + int(rng.integers(4, 40)), y + int(rng.integers(4, 30)))
        cv2.rectangle(image, (x, y), size, tone, -1)
    return image


class Bench:
    """A unit's view watch, with a clock and a chain."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "view.npz"
        self.clock = FakeClock()
        self.told: list[Act] = []
        self.restart()

    def restart(self) -> None:
        self.watch = ViewWatch(self.file, 240.0, self.clock, lambda _, act: self.told.append(act))
        self.watch.open()

    def hours(self, image: Pixels, hours: float) -> None:
        for _ in range(round(hours * 15)):
            self.watch.see(Frame(image, self.clock.now()))
            self.clock.advance(240.0)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_it_learns_a_day_and_then_tells_a_moved_camera(bench: Bench) -> None:
    """Nothing is told while nothing changes, over a restart too; then with the fifth view."""
    image = street()
    bench.hours(image, 25.0)
    assert bench.watch.hours == 24
    bench.restart()
    assert bench.watch.hours == 24
    bench.hours(image, 3.0)
    assert bench.told == []
    assert bench.watch.problem == ""
    bench.hours(np.roll(image, 12, axis=1), 6.0)
    (act,) = bench.told
    assert isinstance(act, Drift)
    assert (act.what, act.over) == ("moved", False)
    assert "aim it again" in bench.watch.problem
    bench.hours(image, 5.0)
    assert [one.over for one in bench.told if isinstance(one, Drift)] == [False, True]
    assert bench.watch.problem == ""


def test_without_a_trusted_clock_no_hour_is_learned(bench: Bench) -> None:
    """Nobody knows the hour, so nothing is compared with it either."""
    bench.clock.believed = False
    bench.hours(street(), 2.0)
    assert bench.watch.hours == 0


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 no zip", b"\x00" * 100])
def test_a_damaged_file_is_learned_anew(bench: Bench, body: bytes) -> None:
    """It ends nothing."""
    bench.file.write_bytes(body)
    bench.restart()
    assert bench.watch.hours == 0
    bench.hours(street(), 2.5)
    assert read_views(bench.file.read_bytes()).keys() == {11, 12}


def test_views_are_read_as_written(bench: Bench) -> None:
    """The file holds the pictures bit by bit, a cut one is refused."""
    bench.hours(street(), 1.5)
    body = bench.file.read_bytes()
    day = read_views(body)
    assert write_views(day) == body
    assert day[11].luma.shape == (90, 160)
    with pytest.raises(ValueError, match="views"):
        read_views(body[: len(body) // 2])


def test_a_car_has_no_view_to_watch() -> None:
    """Its camera sees another street each minute."""
    settings = load([]).settings
    moving = settings.gps.model_copy(update={"enabled": True})
    car = settings.model_copy(update={"gps": moving})
    assert open_view_watch(car, FakeClock(), lambda _, __: None) is None
    assert open_view_watch(settings, FakeClock(), lambda _, __: None) is not None


def test_a_unit_that_is_certified_while_it_watches_learns_anew(bench: Bench) -> None:
    """When the views are taken away, what stood is over, and the new view is the right one."""
    image = street()
    bench.hours(image, 25.0)
    bench.hours(np.roll(image, 12, axis=1), 6.0)
    assert "aim it again" in bench.watch.problem
    bench.file.unlink()
    bench.hours(np.roll(image, 12, axis=1), 30.0)
    assert bench.watch.problem == ""
    told = [(one.what, one.over) for one in bench.told if isinstance(one, Drift)]
    assert told == [("moved", False), ("moved", True)]
    assert bench.watch.hours == 24
