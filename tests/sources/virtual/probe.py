"""Drives the picamera source in the tree: ``probe.py SCENARIO``; prints one JSON object.

Run by the tree's Python 3.13, with the system's libcamera; the test outside judges.
"""

import json
import os
import sys
import threading
import tomllib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from sitecustomize import STAMPS, VirtualPicamera2

from edge.clock import SystemClock
from edge.config.packed import packed
from edge.config.source import SourceSection
from edge.sources.exposure import Exposure
from edge.sources.live import LiveSource
from edge.sources.open import open_source

# which of libcamera's drivers look for cameras: with another one alone the camera is not there
DRIVERS = "LIBCAMERA_PIPELINES_MATCH_LIST"


def source(**changes: Any) -> LiveSource:
    quick = {"kind": "picamera", "address": "0", "retry_first_s": 0.05, "retry_max_s": 0.2}
    defaults = tomllib.loads((packed("configs") / "default.toml").read_text())["source"]
    section = SourceSection(**{**defaults, **quick, "stall_s": 1.0, **changes})
    return open_source(section, SystemClock())  # type: ignore[return-value]


def frames() -> dict[str, Any]:
    """Thirty frames: shapes, colours, times, and how far the small stream is from the large one."""
    clock, one, seen, kept = SystemClock(), source(), [], []
    for frame in one.frames(threading.Event()):
        grey = cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY)
        small = cv2.resize(grey, frame.low.shape[::-1], interpolation=cv2.INTER_AREA)
        apart = np.abs(small.astype(np.int16) - (frame.low.astype(np.int16) - 16) * 255 // 219)
        kept.append((frame, frame.image.sum(), frame.low.sum()))
        seen.append(
            {
                "shape": frame.image.shape,
                "low": frame.low.shape,
                "contiguous": frame.image.flags.c_contiguous and frame.low.flags.c_contiguous,
                "top": frame.image[20, 640].tolist(),
                "bottom": frame.image[700, 640].tolist(),
                "apart": float(np.median(apart)),
                "off_us": abs(frame.captured.monotonic_ns - STAMPS[-1]) / 1000,
                "at_ns": frame.captured.monotonic_ns,
                "age_s": clock.now().since(frame.captured),
            }
        )
        if len(seen) == 30:
            break
    same = all(one.image.sum() == image and one.low.sum() == low for one, image, low in kept)
    return {"seen": seen, "same": same, "different": len({image for _, image, _ in kept})}


def growth() -> dict[str, Any]:
    """Memory, threads and descriptors over as many frames as a day's first hour has."""
    rows, clock = [], SystemClock()
    begun = clock.now()
    for frame in source().frames(threading.Event()):
        if frame.number % 2000 == 0:
            rows.append({"frames": frame.number, **used()})
        if frame.number == 20_000:
            break
    return {"rows": rows, "seconds": clock.now().since(begun)}


def lost() -> dict[str, Any]:
    """Not there at first, silent, gone and back, and torn off twenty times over."""
    one, told = source(), []
    os.environ[DRIVERS] = "uvcvideo"
    stop = threading.Event()
    wait = stop.wait

    def waiting(seconds: float | None = None) -> bool:
        told.append(one.state.detail)
        if told[-3:] == [one.state.detail] * 3:
            os.environ[DRIVERS] = "virtual"
        return wait(seconds)

    stop.wait = waiting  # type: ignore[method-assign]
    stream = one.frames(stop)
    take(stream, 5)
    late, told[:] = list(told), []
    VirtualPicamera2.newest().camera.stop()
    take(stream, 5)
    silent, told[:] = list(told), []
    os.environ[DRIVERS] = "uvcvideo"
    VirtualPicamera2.newest().camera.stop()
    take(stream, 5)
    gone = list(told)
    before = used()
    for _ in range(20):
        stream.close()
        stream = one.frames(stop)
        take(stream, 5)
    return {
        "late": late,
        "silent": silent,
        "gone": gone,
        "reopened": one.state.reopened,
        "before": before,
        "after": used(),
    }


def exposure() -> dict[str, Any]:
    """A shutter from the start, another while frames come, and automatic again."""
    one = source(shutter_us=1000, gain=2.0)
    stream = one.frames(threading.Event())
    take(stream, 5)
    one.expose(Exposure(250, 4.0))
    take(stream, 10)
    one.expose(Exposure())
    take(stream, 10)
    stream.close()
    return {"sent": [json.loads(line) for line in Path(os.environ["EDGE_CONTROLS"]).open()]}


def busy() -> dict[str, Any]:
    """A second source finds the camera taken, and has it once the first has let go."""
    first, second, details = source(), source(), []
    stream = first.frames(threading.Event())
    take(stream, 3)
    stop = threading.Event()
    wait = stop.wait

    def waiting(seconds: float | None = None) -> bool:
        details.append(second.state.detail)
        stream.close()
        return wait(seconds)

    stop.wait = waiting  # type: ignore[method-assign]
    other = second.frames(stop)
    take(other, 3)
    other.close()
    return {"details": details, **used()}


def take(stream: Any, count: int) -> None:
    for _ in range(count):
        next(stream)


def used() -> dict[str, int]:
    """Return resident memory, descriptors and threads of this process."""
    status = Path("/proc/self/status").read_text()
    rss = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return {
        "rss_kb": int(rss.split()[1]),
        "fds": len(list(Path("/proc/self/fd").iterdir())),
        "threads": threading.active_count(),
    }


if __name__ == "__main__":
    scenarios = {one.__name__: one for one in (frames, growth, lost, exposure, busy)}
    sys.stdout.write(json.dumps(scenarios[sys.argv[1]]()))
