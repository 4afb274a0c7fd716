"""What a list of a million entries costs: build, open, memory, look-ups; engines side by side.

Each engine is built and opened in a process of its own, so that memory is its own, too.
"""

import argparse
import gc
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from edge.clock import SystemClock
from edge.config import load
from edge.hotlist.csvfile import load_csv
from edge.hotlist.index import Index
from edge.hotlist.matcher import Matcher
from scripts.bench_engines import BUILDS, available, open_engine
from scripts.bench_sightings import sightings
from tests.hotlist.lists import sighting_of
from tests.hotlist.make_list import plate, write_list

ENTRIES = 1_000_000
_PARTIAL = 200
_LOOKS = 20_000
_LISTED = 0.003  # share of sightings that are of listed plates, true or by chance
_MOST = 2_000_000
_AT = datetime(2026, 1, 2, tzinfo=UTC)
_LIMITS = {
    "build_s": 30.0, "open_s": 1.0, "rss_mb": 150.0, "exact_p50_us": 5.0, "search_p99_us": 50.0
}  # fmt: skip


def measure(folder: Path, entries: int) -> dict[str, Any]:
    """Build and open a list of *entries* with every engine; the product's is ``arrays``."""
    source = write_list(folder / "list.csv", entries, partial=_PARTIAL)
    sample = folder / "plates.txt"
    sample.write_text("\n".join(_some_of(source)), encoding="ascii")
    found = {}
    for engine in available():
        built = folder / f"list.{engine}"
        found[engine] = _child("build", engine, source, built)
        for step in ("hold", "look"):
            found[engine] |= _child(step, engine, sample, built)
    return {"entries": entries, "partial": _PARTIAL, "limits": _LIMITS, "engines": found}


def show(found: dict[str, Any], console: Console) -> None:
    """Print one column an engine."""
    engines = found["engines"]
    table = Table(f"{found['entries']:,} entries", *engines, "limit")
    for name in next(iter(engines.values())):
        figures = [f"{engine[name]:.2f}" for engine in engines.values()]
        limit = found["limits"].get(name)
        table.add_row(name, *figures, f"{limit:g}" if limit else "")
    console.print(table)


def _child(what: str, engine: str, source: Path, built: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "scripts.bench_hotlist", what, engine, str(source), str(built)]
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    figures: dict[str, float] = json.loads(shown.stdout)
    return figures


def build(engine: str, source: Path, built: Path) -> dict[str, float]:
    """Build from the canonical CSV, checks included."""
    began = time.perf_counter()
    hotlist = load_csv(source, _MOST)
    read_s = time.perf_counter() - began
    BUILDS[engine](hotlist, built)
    return {
        "build_s": time.perf_counter() - began,
        "of it reading_s": read_s,
        "build_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
        "file_mb": built.stat().st_size / 1e6,
    }


def hold(engine: str, sample: Path, built: Path) -> dict[str, float]:
    """Open what was built, fetch many entries all over it, and see what is resident then."""
    listed = sample.read_text("ascii").split()
    before = _rss_mb()
    began = time.perf_counter()
    index = open_engine(engine, built)
    figures = {"open_s": time.perf_counter() - began, "opened_adds_mb": _rss_mb() - before}
    for text in listed:
        index.entries(text)
    return {**figures, "used_adds_mb": _rss_mb() - before, "rss_mb": _rss_mb()}


def look(engine: str, sample: Path, built: Path) -> dict[str, float]:
    """Time look-ups of plates and searches of sightings."""
    listed = sample.read_text("ascii").split()
    seen = sightings(_LOOKS, listed, _LISTED)
    matcher = Matcher(load([]).settings.hotlist)
    fused = [sighting_of(slots) for kind in seen.values() for slots in kind[:1000]]
    now = SystemClock().now()
    missing = [plate(random.Random(n)) for n in range(_LOOKS)]
    index = open_engine(engine, built)
    gc.freeze()  # the piles of this measurement are none of the list's
    return {
        **_spread("exact", index.entries, listed),
        **_spread("missing", index.entries, missing),
        **_searches(matcher, index, seen),
        **_spread("match", lambda one: matcher.match(one, index, now, _AT), fused),
    }


def _searches(matcher: Matcher, index: Index, seen: dict[str, list[Any]]) -> dict[str, float]:
    def search(slots: Any) -> object:
        return matcher.search(slots, index)

    together = random.Random(1).sample([s for kind in seen.values() for s in kind], _LOOKS)
    figures = _spread("search", search, together)
    for name, kind in seen.items():
        figures |= _spread(f"search, {name}", search, kind)
    return figures


def _some_of(source: Path) -> list[str]:
    """Return some whole plates of a list, from all over it."""
    with source.open(encoding="utf-8") as lines:
        plates = [line.split(",", 2)[1] for line in lines if line.startswith("E")]
    whole = [text for text in plates if text.isalnum()]
    return random.Random(2).sample(whole, min(_LOOKS, len(whole)))


def _spread(name: str, work: Callable[[Any], object], given: Sequence[Any]) -> dict[str, float]:
    """Return median and 99th percentile of single calls, the timer's own cost taken off.

    ``undisturbed`` is the 99th percentile of the best of five calls each: what the work itself
    takes, on a machine that has other work to do.
    """
    idle = _percentile([[ns] for ns in _times(lambda _: None, range(1000))], 50)
    rounds = [_times(work, given) for _ in range(5)]
    first = [[ns] for ns in rounds[0]]
    return {
        f"{name}_p50_us": (_percentile(first, 50) - idle) / 1000,
        f"{name}_p99_us": (_percentile(first, 99) - idle) / 1000,
        f"{name}_undisturbed_us": (_percentile(zip(*rounds, strict=True), 99) - idle) / 1000,
    }


def _percentile(calls: Iterable[Sequence[int]], share: int) -> int:
    best = sorted(min(same) for same in calls)
    return best[len(best) * share // 100]


def _times(work: Callable[[Any], object], given: Sequence[Any]) -> list[int]:
    spent = []
    for one in given:
        began = time.perf_counter_ns()
        work(one)
        spent.append(time.perf_counter_ns() - began)
    return spent


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("what", choices=("build", "hold", "look"))
    parser.add_argument("engine", choices=tuple(BUILDS))
    parser.add_argument("source", type=Path)
    parser.add_argument("built", type=Path)
    options = parser.parse_args()
    step = {"build": build, "hold": hold, "look": look}[options.what]
    print(json.dumps(step(options.engine, options.source, options.built)))


if __name__ == "__main__":
    _main()
