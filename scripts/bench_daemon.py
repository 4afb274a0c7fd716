"""What the real daemon costs: frames a second, share of a processor, memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.keys.roles import Role
from scripts.demo_keys import Town

_TICKS = os.sysconf("SC_CLK_TCK")
_READY = "the first frame has gone down the line"


@dataclass(frozen=True)
class Cost:
    """What a run of the daemon took.

    Attributes:
        seconds: from the first frame on.
        cpu_share: processor time over wall time, 1.0 is one core, from the first frame on.
        rss_mb, peak_mb: resident memory at the end, and the most there ever was.
    """

    seconds: float
    cpu_share: float
    rss_mb: float
    peak_mb: float


def site(folder: Path, source: str, hotlist: Path | None = None, extra: str = "") -> Path:
    """Write settings for a run in *folder* and return the file."""
    path = f'"{hotlist}"' if hotlist else '""'
    town = Town(folder / "keys", {"bench": Role.UNIT, "desk": Role.CONSOLE}, "bench")
    text = f"""\
unit = {{ town = "bench", name = "bench" }}
clock = {{ trust = "always" }}
keys = {{ folder = "{town.keys("bench")}" }}
runtime = {{ folder = "{folder}/run" }}
store = {{ folder = "{folder}/store" }}
hotlist = {{ path = {path} }}
source = {{ {source} }}
{extra}"""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "site.toml"
    file.write_text(text, "utf-8")
    return file


def run(files: Sequence[Path], measure_s: float) -> Cost:
    """Run ``edge run watch`` until *measure_s* after its first frame, or to the end of its clip.

    Raises:
        SystemExit: the daemon failed; its words are shown.
    """
    log = files[0].with_suffix(".log")
    settings = [word for file in files for word in ("--config", str(file))]
    command = [sys.executable, "-m", "edge", "run", *settings, "watch"]
    with log.open("wb") as words:
        process = subprocess.Popen(command, stdout=words, stderr=words)
    try:
        _await_first_frame(process, log, files[0].parent / "run" / "watch.json")
        cpu_then, began = _cpu_s(process.pid), time.monotonic()
        last = _measure(process, began + measure_s)
        seconds = time.monotonic() - began
    finally:
        if process.poll() is None:
            process.terminate()
        status = process.wait(20)
    if status:
        raise SystemExit(f"edge run watch ended with {status}:\n{log.read_text()}")
    cpu_s, rss_mb, peak_mb = last
    return Cost(seconds, (cpu_s - cpu_then) / seconds, rss_mb, peak_mb)


def _await_first_frame(process: subprocess.Popen[bytes], log: Path, health: Path) -> None:
    """Wait until a frame has gone down the line, and the list, if there is to be one, is loaded."""
    listed = 'hotlist = { path = "" }' not in log.with_suffix(".toml").read_text("utf-8")
    deadline = time.monotonic() + 120
    while not (_READY in log.read_text("utf-8", "replace") and (_has_list(health) or not listed)):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"edge run watch showed no frame:\n{log.read_text()}")
        time.sleep(0.02)


def _has_list(health: Path) -> bool:
    return health.exists() and json.loads(health.read_text("utf-8"))["list"] is not None


def _measure(process: subprocess.Popen[bytes], until: float) -> tuple[float, float, float]:
    """Return processor seconds, resident and peak megabytes, as late as they can be asked."""
    last = (_cpu_s(process.pid), *_memory_mb(process.pid))
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
        try:
            last = (_cpu_s(process.pid), *_memory_mb(process.pid))
        except (FileNotFoundError, ProcessLookupError, KeyError):
            break  # it has just ended; the numbers of a moment ago stand
    return last


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_mb(pid: int) -> tuple[float, float]:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return tuple(int(fields[key].split()[0]) * 1024 / 1e6 for key in ("VmRSS", "VmHWM"))  # type: ignore[return-value]
