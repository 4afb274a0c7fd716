"""A gpsd of the tests' own on loopback: it says what it is told to."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from edge.config.gps import GpsSection

VERSION = {"class": "VERSION", "release": "3.22", "rev": "3.22", "proto_major": 3}


def gps_section(port: int, **changes: Any) -> GpsSection:
    """Return the settings of a car whose gpsd is at *port*; waits are short."""
    usual: dict[str, Any] = {
        "enabled": True,
        "host": "127.0.0.1",
        "port": port,
        "max_age_s": 60.0,
        "slow_mps": 1.5,
        "camera_offset_deg": 0.0,
        "retry_first_s": 0.05,
        "retry_max_s": 0.1,
    }
    return GpsSection(**{**usual, **changes})


def tpv(latitude: float = 41.85, longitude: float = -72.64, **more: Any) -> dict[str, Any]:
    """Return a report of a car that drives east at 15 m/s."""
    usual = {
        "class": "TPV",
        "device": "/dev/ttyACM0",
        "mode": 3,
        "lat": latitude,
        "lon": longitude,
        "altHAE": 12.5,
        "track": 90.0,
        "speed": 15.0,
        "eph": 4.5,
    }
    return {**usual, **more}


class FakeGpsd:
    """Accepts one client after the other and sends it lines."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(20.0)
        self.port = int(self._door.getsockname()[1])
        self._client: socket.socket | None = None

    def accept(self) -> bytes:
        """Wait for a client, greet it and return what it asked."""
        self.hang_up()
        self._client, _ = self._door.accept()
        self._client.settimeout(20.0)
        asked = b""
        while not asked.endswith(b"\n"):
            asked += self._client.recv(200)
        self.say(VERSION)
        return asked

    def say(self, *words: dict[str, Any]) -> None:
        self.send(b"".join(json.dumps(word).encode() + b"\r\n" for word in words))

    def send(self, raw: bytes) -> None:
        assert self._client is not None
        self._client.sendall(raw)

    def hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def close(self) -> None:
        self.hang_up()
        self._door.close()


@contextmanager
def fake_gpsd() -> Iterator[FakeGpsd]:
    gpsd = FakeGpsd()
    try:
        yield gpsd
    finally:
        gpsd.close()


def threads() -> int:
    return sum(one.name == "gps" for one in threading.enumerate())
