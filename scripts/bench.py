"""What it costs: models, stages, the whole line, the daemon at rest; beside references.

Every figure of one run is taken on the same machine within minutes, so ratios travel better than
milliseconds. Nothing else should run meanwhile.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from edge import __version__
from edge.config import load
from scripts import (
    bench_archive,
    bench_chain,
    bench_daemon,
    bench_drain,
    bench_glass,
    bench_hotlist,
    bench_latency,
    bench_models,
    bench_reads,
    bench_search,
    bench_stages,
    bench_tunnel,
)
from scripts.clip import Clip, rendered
from tests.hotlist.make_list import write_list

CONSOLE = Console(stderr=True)
FPS = 15.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "what",
        nargs="?",
        choices=(
            "all",
            "models",
            "hotlist",
            "drain",
            "latency",
            "archive",
            "reads",
            "chain",
            "search",
            "glass",
            "tunnel",
        ),
        default="all",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, no tables")
    parser.add_argument(
        "--beside", type=Path, action="append", default=[], help="models: an ONNX file of others"
    )
    parser.add_argument(
        "--entries",
        type=int,
        help="length of the large hotlist: 500000; 1000000 for `hotlist`; rows of `chain`",
    )
    parser.add_argument(
        "--alerts",
        type=int,
        help="drain, archive and search: how many, 1000; latency: how many, 120",
    )
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    parser.add_argument(
        "--config", type=Path, action="append", default=[], help="settings on top, as other models"
    )
    options = parser.parse_args()
    if options.beside and options.what != "models":
        parser.error("--beside goes with `models`")
    options.alerts = options.alerts or (120 if options.what == "latency" else 1000)
    options.entries = options.entries or (
        1_000_000 if options.what in {"hotlist", "chain"} else 500_000
    )
    take, tell = {
        "all": (measure, show),
        "models": (models, show_models),
        "hotlist": (hotlist, show_hotlist),
        "drain": (drain, show_drain),
        "latency": (latency, show_latency),
        "archive": (archive, show_archive),
        "chain": (chain, show_chain),
        "reads": (reads, show_reads),
        "search": (search, show_search),
        "glass": (glass, show_glass),
        "tunnel": (tunnel, show_tunnel),
    }[options.what]
    with tempfile.TemporaryDirectory(prefix="edge-bench-") as folder:
        found = take(Path(folder), options)
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        tell(found)
    return 0


def models(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Measure every model that is shipped, and whole pictures, for *seconds* each."""
    CONSOLE.print("bench: models in turn, then pictures")
    found = bench_models.measure(
        load(options.config).settings, folder, options.seconds, options.beside
    )
    return {"machine": _machine(), "version": __version__, **found}


def glass(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run the daemon with a technician's page and without, in turns."""
    CONSOLE.print("bench: the line with the technician's page, and without, in turns")
    found = bench_glass.measure(folder, options.seconds)
    return {"machine": _machine(), "version": __version__, **found}


def show_glass(found: dict[str, Any]) -> None:
    """Print what the page costs."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"edge {found['version']} on {found['machine']}")
    bench_glass.show(found, console)


def tunnel(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Look at the page directly and through the broker, in turns."""
    CONSOLE.print("bench: the live view direct, through a tunnel, and not at all, in turns")
    found = bench_tunnel.measure(folder, options.seconds)
    return {"machine": _machine(), "version": __version__, "ways": found}


def show_tunnel(found: dict[str, Any]) -> None:
    """Print what the tunnel costs."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"edge {found['version']} on {found['machine']}")
    bench_tunnel.show(found["ways"], console)


def show_models(found: dict[str, Any]) -> None:
    """Print what the models cost."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"edge {found['version']} on {found['machine']}")
    bench_models.show(found, console)


def hotlist(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Build, open and search a long list, with every engine that is there."""
    CONSOLE.print(f"bench: a list of {options.entries} entries, one engine after the other")
    found = bench_hotlist.measure(folder, options.entries)
    return {"machine": _machine(), "version": __version__, **found}


def show_hotlist(found: dict[str, Any]) -> None:
    """Print what the list costs."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"edge {found['version']} on {found['machine']}")
    bench_hotlist.show(found, console)


def drain(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Drain a backlog over a real broker, receipts one by one and grouped."""
    CONSOLE.print(f"bench: a backlog of {options.alerts} alerts, four times")
    found = bench_drain.measure(folder, options.alerts)
    return {"machine": _machine(), "version": __version__, **found}


def show_drain(found: dict[str, Any]) -> None:
    """Print how fast a backlog drains."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"edge {found['version']} on {found['machine']}")
    bench_drain.show(found, console)


def latency(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Time alerts from the sensor to whoever hears them, through the real processes."""
    street = rendered(CONSOLE, seed=7, cars=8)
    CONSOLE.print(f"bench: {options.alerts} alerts at the street's own pace")
    found = bench_latency.measure(folder, street, options.alerts, options.config)
    return {"machine": _machine(), "version": __version__, **found}


def show_latency(found: dict[str, Any]) -> None:
    """Print how late alerts are."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"edge {found['version']} on {found['machine']}")
    bench_latency.show(found, console)


def archive(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Give an archive rows and alerts, on SQLite and on PostgreSQL in turn."""
    CONSOLE.print(
        f"bench: {20 * options.alerts} rows and {options.alerts} alerts, on each database"
    )
    found = bench_archive.measure(folder, options.alerts)
    return {"machine": _machine(), "version": __version__, **found}


def chain(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Append, export and verify a chain."""
    CONSOLE.print(f"bench: a chain of {options.entries} rows")
    found = bench_chain.measure(folder, options.entries)
    return {"machine": _machine(), "version": __version__, **found}


def show_chain(found: dict[str, Any]) -> None:
    """Print what the record costs."""
    console = Console()
    console.print(f"[bold]{found['machine']}[/bold]")
    bench_chain.show(found, console)


def show_archive(found: dict[str, Any]) -> None:
    """Print how fast an archive takes things."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"edge {found['version']} on {found['machine']}")
    bench_archive.show(found, console)


def search(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Search the alerts that a unit holds, through its desk."""
    CONSOLE.print(f"bench: searches over {options.alerts} alerts")
    return {
        "machine": _machine(),
        "version": __version__,
        **bench_search.measure(folder, options.alerts),
    }


def show_search(found: dict[str, Any]) -> None:
    """Print how long searches take."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"edge {found['version']} on {found['machine']}")
    bench_search.show(found, console)


def reads(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Fill a store of kept reads as large as a shipped profile allows, and search it."""
    CONSOLE.print(f"bench: {bench_reads.DAYS} days of {bench_reads.A_DAY} kept reads a day")
    del options
    return {"machine": _machine(), "version": __version__, **bench_reads.measure(folder)}


def show_reads(found: dict[str, Any]) -> None:
    """Print how long searches take."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(f"edge {found['version']} on {found['machine']}")
    bench_reads.show(found, console)


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Take all figures, saying on standard error what is being done."""
    found: dict[str, Any] = {"machine": _machine(), "version": __version__}
    street = rendered(CONSOLE, seed=7, cars=8)
    clip = street.video
    CONSOLE.print(f"bench: a hotlist of {options.entries} entries, the two listed cars in it")
    large = write_list(folder / "large.csv", options.entries)
    _list_them(large, street)
    own = bench_daemon.site(folder / "line", 'kind = "video"', large)
    settings = load([own, *options.config]).settings
    one_thread = settings.model_copy(
        update={
            "detector": settings.detector.model_copy(update={"threads": 1}),
            "reader": settings.reader.model_copy(update={"threads": 1}),
        }
    )
    CONSOLE.print("bench: reference, models")
    found["reference"] = bench_stages.reference()
    found["models"] = bench_stages.models(settings, found["reference"]["gmac_per_s"])
    CONSOLE.print("bench: stages, one thread")
    found["stages_ms"] = bench_stages.stages(one_thread, clip, folder)
    CONSOLE.print("bench: loading and searching the hotlist")
    found["matching"] = bench_stages.matching(large)
    CONSOLE.print("bench: the daemon")
    found["daemon"] = daemon(folder, street, large, options)
    return found


def _list_them(large: Path, street: Clip) -> None:
    """Make the list fresh and put the street's two cars on it, so that alerts cost what they do."""
    now = datetime.now(UTC)
    _, lines = large.read_text("utf-8").split("\n", 1)
    day = now.date()
    for text, where in zip(street.listed, street.states, strict=True):
        lines += f"B-{text},{text},{where},other,,,,,,bench,Bench PD,{day},{day.year + 1}-12-31\n"
    large.write_text(f"# issued: {now:%Y-%m-%dT%H:%M:%SZ}\n{lines}", "utf-8")


def daemon(folder: Path, street: Clip, large: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run ``edge run watch`` on traffic, on a still scene, and with the large list."""
    clip = street.video
    still = _still_pictures(folder / "still", clip)
    scene = f'kind = "pictures", address = "{still}", fps = {FPS}, loop = true, paced = true'
    played = f'kind = "video", address = "{clip}", paced = false'
    paced = f'kind = "video", address = "{clip}", paced = true, loop = true'
    no_gate = "gate = { enabled = false }\n"
    site = bench_daemon.site

    def run(file: Path, seconds: float = options.seconds) -> bench_daemon.Cost:
        return bench_daemon.run([file, *options.config], seconds)

    runs = {
        "traffic, as fast as it goes": run(site(folder / "fast", played), 600),
        "traffic, at its own pace": run(site(folder / "paced", paced)),
        "still scene": run(site(folder / "rest", scene)),
        "still scene, gate off": run(site(folder / "off", scene, None, no_gate)),
        f"still scene, {options.entries} entries": run(site(folder / "full", scene, large)),
    }
    shown = {name: asdict(cost) for name, cost in runs.items()}
    fast = shown["traffic, as fast as it goes"]
    fast["fps"] = street.frames / fast["seconds"]
    return shown


def show(found: dict[str, Any]) -> None:
    """Print tables."""
    console = Console()
    console.print(f"edge {found['version']} on {found['machine']}")
    reference = found["reference"]
    table = Table("model", "input", "MMAC", "parameters", "ms, 1 thread", "of matrix product")
    for row in found["models"]:
        table.add_row(
            row["model"],
            row["input"],
            f"{row['mmac']:.1f}",
            f"{row['parameters']:,}",
            f"{row['ms']:.2f}",
            f"{row['share_of_product']:.0%}",
        )
    console.print(table)
    table = Table("stage of a 1280x720 frame", "ms, 1 thread", "of shrinking one frame")
    counts = {"fps", "looked_at", "alerts"}
    for stage, spent in found["stages_ms"].items():
        if stage not in counts:
            table.add_row(stage, f"{spent:.3f}", f"{spent / reference['shrink_ms']:.1f}")
    console.print(table)
    line = found["stages_ms"]
    console.print(
        f"line alone: {line['fps']:.1f} frames/s, {line['alerts']} alerts; "
        f"the gate let {line['looked_at']:.0%} through; "
        f"reference: {reference['gmac_per_s']:.1f} GMAC/s in a matrix product, "
        f"{reference['shrink_ms']:.2f} ms to shrink a frame"
    )
    table = Table("edge run watch", "frames/s", "share of a core", "RSS MB", "peak MB")
    for name, cost in found["daemon"].items():
        table.add_row(
            name,
            f"{cost['fps']:.1f}" if "fps" in cost else "",
            f"{cost['cpu_share']:.1%}",
            f"{cost['rss_mb']:.0f}",
            f"{cost['peak_mb']:.0f}",
        )
    console.print(table)
    match = found["matching"]
    console.print(
        f"hotlist of {match['entries']:.0f}: loaded in {match['load_s']:.1f} s; exact look-up "
        f"{match['exact_us']:.1f} us (dict {match['dict_us']:.2f}, scan {match['scan_us']:.0f})"
    )


def _still_pictures(folder: Path, clip: Path) -> Path:
    """Write one scene fifteen times with the noise of a sensor: nothing in it moves."""
    folder.mkdir()
    capture = cv2.VideoCapture(str(clip))
    _, scene = capture.read()
    capture.release()
    rng = np.random.default_rng(3)
    for number in range(15):
        noisy = scene + rng.normal(0, 2.5, scene.shape)
        picture = np.clip(noisy, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:02d}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return folder


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    name = next((line.split(":")[1].strip() for line in lines if "model name" in line), "")
    python = platform.python_version()
    return f"{name or platform.machine()}, {os.cpu_count()} cores, Python {python}"


if __name__ == "__main__":
    sys.exit(main())
