"""A drive whose every place is known, fed to a real gpsd by gpsfake.

The track is a circle of 200 m, driven at 20 m/s: heading and both coordinates change all the time.
``EDGE_REQUIRE_GPS=1`` makes a missing gpsd a failure instead of a skip.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.sources.geo import Spot, bearing_deg, moved, on_circle
from tests.brokers import free_port, until

CENTRE = (41.85, -72.64)
RADIUS_M = 200.0
SPEED_MPS = 20.0
DEPARTURE = datetime(2026, 9, 22, 10, 0, 0, tzinfo=UTC)
_KNOT_MPS = 0.514444


def truth(drive_s: float) -> Spot:
    """Return where the car is so long after its departure, going round clockwise."""
    around_deg = SPEED_MPS * drive_s / RADIUS_M * 180.0 / 3.141592653589793
    return moved(CENTRE, on_circle(around_deg), RADIUS_M)


def true_heading(drive_s: float) -> float:
    return on_circle(bearing_deg(CENTRE, truth(drive_s)) + 90.0)


def write_log(file: Path, seconds: int) -> Path:
    """Write the drive as a receiver would tell it, one sentence of NMEA 0183 a second."""
    lines = []
    for second in range(seconds):
        at = DEPARTURE + timedelta(seconds=second)
        clock, place = f"{at:%H%M%S}.00", _nmea(truth(second))
        way = f"{SPEED_MPS / _KNOT_MPS:.2f},{true_heading(second):.2f}"
        lines.append(_checked(f"GPRMC,{clock},A,{place},{way},{at:%d%m%y},,,A"))
    file.write_text("".join(lines), "ascii", newline="")
    return file


def _nmea(spot: Spot) -> str:
    north, east = spot
    return f"{_minutes(north, 2)},{'NS'[north < 0]},{_minutes(east, 3)},{'EW'[east < 0]}"


def _minutes(degrees: float, width: int) -> str:
    whole = int(abs(degrees))
    return f"{whole:0{width}d}{(abs(degrees) - whole) * 60:09.6f}"


def _checked(sentence: str) -> str:
    check = 0
    for one in sentence.encode("ascii"):
        check ^= one
    return f"${sentence}*{check:02X}\r\n"


@dataclass
class Drive:
    """A drive under way, and a listener of the test's own that knows when it was where.

    Attributes:
        heard: UTC of arrival, and seconds since departure by the receiver's own time.
    """

    port: int
    heard: list[tuple[datetime, float]] = field(default_factory=list)

    def driven_s(self, at: datetime) -> float:
        """Return how long the car had driven at *at*: the log runs at the pace of real time."""
        lag = min(arrival - timedelta(seconds=seconds) for arrival, seconds in self.heard)
        return (at - lag).total_seconds()

    def tap(self, over: threading.Event) -> None:
        """Note what gpsd says, until *over* is set."""
        with socket.create_connection(("127.0.0.1", self.port), 20.0) as link:
            link.sendall(b'?WATCH={"enable":true,"json":true}\n')
            link.settimeout(0.2)
            rest = b""
            while not over.is_set():
                try:
                    rest += link.recv(4096)
                except TimeoutError:
                    continue
                *lines, rest = rest.split(b"\n")
                for line in lines:
                    self._note(json.loads(line))

    def _note(self, word: dict) -> None:
        if word["class"] == "TPV" and "time" in word:
            told = datetime.fromisoformat(word["time"])
            self.heard.append((datetime.now(UTC), (told - DEPARTURE).total_seconds()))


@contextmanager
def driving(folder: Path, seconds: int) -> Iterator[Drive]:
    """Let a car drive for *seconds* before a real gpsd; skip loudly, or fail, where there is none.

    The drive has begun, and the receiver has told places, when this returns.
    """
    _need_gpsd()
    drive, over = Drive(free_port()), threading.Event()
    log = write_log(folder / "drive.nmea", seconds)
    command = ["gpsfake", "-1", "-n", "-q", "-c", "1.0", "-P", str(drive.port), str(log)]
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])
    with (folder / "gpsfake.out").open("wb") as words:
        fake = subprocess.Popen(
            command,
            stdout=words,
            stderr=words,
            start_new_session=True,  # gpsd is its child, and both must end
            env={**os.environ, "PATH": path},
        )
    tap = threading.Thread(target=drive.tap, args=(over,))
    try:
        until(lambda: _listens(drive.port), what=f"gpsd's start ({folder / 'gpsfake.out'})")
        tap.start()
        until(lambda: len(drive.heard) >= 2, what="a place of the receiver")
        yield drive
    finally:
        over.set()
        if tap.is_alive():
            tap.join()
        _end(fake)


def _end(fake: subprocess.Popen[bytes]) -> None:
    """Have gpsfake end its gpsd, or end both."""
    fake.send_signal(signal.SIGINT)
    try:
        fake.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(fake.pid, signal.SIGKILL)
        fake.wait(10)


def _need_gpsd() -> None:
    missing = [
        program
        for program in ("gpsd", "gpsfake")
        if not (shutil.which(program) or shutil.which(program, path="/usr/sbin"))
    ]
    if missing and os.environ.get("EDGE_REQUIRE_GPS"):
        pytest.fail(f"missing: {' and '.join(missing)}: apt install gpsd gpsd-clients")
    if missing:
        pytest.skip(
            f"NO RECEIVER TESTED: no {' and '.join(missing)}; apt install gpsd gpsd-clients"
        )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
