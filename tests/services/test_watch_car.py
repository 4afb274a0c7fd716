"""The watch daemon in a car: places from a gpsd that speaks, falls silent and comes back."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.brokers import until
from tests.services.watching import PATIENCE_S, Post, draw, passing, scene, started
from tests.sources.gpsd_stage import FakeGpsd, fake_gpsd, tpv


def places(post: Post) -> list[tuple[str, float | None]]:
    return [
        (place.source, place.heading_deg)
        for place in (alert.payload.place for alert in post.alerts())
    ]


@contextmanager
def driving(gpsd: FakeGpsd) -> Iterator[None]:
    """Tell a place ten times a second, the car going east."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(0.1):
            gpsd.say(tpv(41.85, -72.64))

    teller = threading.Thread(target=tell)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def test_alerts_of_a_car_tell_its_place(tmp_path: Path) -> None:
    """Without gpsd an alert says that its place is not known, and why; with it, where it was."""
    with ExitStack() as stage:
        gpsd = stage.enter_context(fake_gpsd())
        gps = {
            "enabled": True,
            "host": "127.0.0.1",
            "port": gpsd.port,
            "camera_offset_deg": 180.0,
            "retry_first_s": 0.05,
        }
        unit = {"place": "car 7", "latitude": 1.0, "longitude": 2.0, "heading_deg": 3.0}
        post = Post(tmp_path / "post", gps=gps, unit=unit, source={"paced": True})
        passing(post.folder / "street")
        draw(post.folder / "street", [scene()] * 8, first=12)
        watch = started(stage, post.process())
        post.await_health(watch, "a word without place", place_problem="not answered yet")
        until(lambda: places(post), PATIENCE_S, "an alert without a place")
        assert set(places(post)) == {("unknown", None)}
        assert "gpsd" in post.alerts()[0].payload.place.note
        gpsd.accept()
        with driving(gpsd):
            post.await_health(watch, "a place", place_problem="")
            until(lambda: ("gps", 270.0) in places(post), PATIENCE_S, "an alert with a place")
        place = post.alerts()[-1].payload.place
        assert (place.source, place.name, place.speed_kmh) == ("gps", "car 7", 54.0)
        assert place.latitude is not None
        assert abs(place.latitude - 41.85) < 0.001
        assert not watch.errors().count("41.85"), "the journal tells no places"
        assert watch.stop() == 0
