"""What a technician's open page costs the line: frames a second with it and without, in turns."""

import http.client
import json
import re
import statistics
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.clip import traffic_clip
from tests.web.tuning.room import PASSWORD, TuningUnit

SEED, CARS = 21, 5
WINDOW_S = 6.0


class Visitor:
    """A browser's part of the page: asks for each look and its picture, one after the other."""

    def __init__(self, port: int) -> None:
        self._door = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._origin = f"http://127.0.0.1:{port}"
        self._cookie = self._csrf = ""
        self._left = threading.Event()
        self._thread: threading.Thread | None = None
        self.looks = 0

    def enter(self) -> None:
        """Log in, and begin to look."""
        self._cookie = ""
        page = self._ask("GET", "/")
        found = re.search(rb'name="csrf" content="(\w+)"', page)
        self._csrf = found[1].decode() if found else ""
        self._ask("POST", "/api/log-in", {"name": "tess", "password": PASSWORD})
        self._left.clear()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def leave(self) -> None:
        """Close the page and log out."""
        self._left.set()
        if self._thread is not None:
            self._thread.join()
        page = self._ask("GET", "/")
        found = re.search(rb'name="csrf" content="(\w+)"', page)
        self._csrf = found[1].decode() if found else ""
        self._ask("POST", "/api/log-out", {})

    def _look(self) -> None:
        number = 0
        while not self._left.is_set():
            look = json.loads(self._ask("GET", f"/api/look?after={number}&speed=50"))["look"]
            if look is not None:
                number = look["number"]
                began = time.monotonic()
                self._ask("GET", f"/look/{number}.jpg")
                self.looks += 1
                self._took(time.monotonic() - began)

    def _took(self, seconds: float) -> None:
        """Note how long a picture took to come."""

    def _ask(self, method: str, path: str, words: dict[str, str] | None = None) -> bytes:
        headers = {"cookie": self._cookie, "origin": self._origin, "x-csrf-token": self._csrf}
        body = None if words is None else json.dumps(words)
        self._door.request(method, path, body, headers)
        answer = self._door.getresponse()
        told = answer.read()
        given = answer.getheader("set-cookie")
        self._cookie = given.split(";")[0] if given else self._cookie
        if answer.status >= 400 and path != "/":
            raise SystemExit(f"the page answers {answer.status} to {path}: {told[:200]!r}")
        return told


def measure(folder: Path, seconds: float) -> dict[str, Any]:
    """Return frames a second without and with the page, window by window, and their ratio."""
    unit = TuningUnit(folder / "unit", traffic_clip(SEED, CARS).video, paced=False)
    rounds = max(3, round(seconds / WINDOW_S))
    found: list[dict[str, float]] = []
    with ExitStack() as stage:
        unit.start(stage)
        visitor = Visitor(unit.port)
        rate(unit, WINDOW_S)  # caches and lists settle
        for _ in range(rounds):
            alone = rate(unit, WINDOW_S)
            visitor.enter()
            before = visitor.looks
            opened = rate(unit, WINDOW_S)
            looks = (visitor.looks - before) / WINDOW_S
            visitor.leave()
            after = rate(unit, WINDOW_S)
            beside = (alone + after) / 2
            found.append({"without": beside, "with": opened, "looks_per_s": looks})
    ratios = [one["with"] / one["without"] for one in found]
    return {
        "rounds": found,
        "without": statistics.median(one["without"] for one in found),
        "with": statistics.median(one["with"] for one in found),
        "ratio": statistics.median(ratios),
        "looks_per_s": statistics.median(one["looks_per_s"] for one in found),
    }


def show(found: dict[str, Any], console: Console) -> None:
    """Print the rounds and what they come to."""
    table = Table(
        "frames/s without the page", "with it", "kept", "looks/s", title="the page's cost"
    )
    for one in [*found["rounds"], found]:
        kept = one.get("ratio", one["with"] / one["without"])
        table.add_row(
            f"{one['without']:.1f}",
            f"{one['with']:.1f}",
            f"{kept:.1%}",
            f"{one['looks_per_s']:.1f}",
        )
    console.print(table, "(the last row: medians)")


def rate(unit: TuningUnit, seconds: float) -> float:
    """Return the frames a second of the line over some seconds, by its own count."""
    file = unit.runtime / "watch.json"
    first = _seen(file)
    time.sleep(seconds)
    last = _seen(file)
    return (last[0] - first[0]) / max(last[1] - first[1], 1e-9)


def _seen(file: Path) -> tuple[int, float]:
    """Return frames and seconds as of a word of watch that is new."""
    before = file.stat().st_mtime_ns
    while file.stat().st_mtime_ns == before:
        time.sleep(0.02)
    told = json.loads(file.read_bytes())
    return int(told["frames_seen"]), float(told["made_monotonic_ns"]) / 1e9
