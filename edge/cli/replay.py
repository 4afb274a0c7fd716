"""``edge replay``: what the daemon's line makes of a recording, and what a setting would change."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from edge.clock import Moment, SystemClock
from edge.config import Settings, load
from edge.config.change import changed
from edge.errors import ConfigError
from edge.evaluate.clip_truth import Car, load_cars
from edge.evaluate.passes import difference, score
from edge.services.replay import Replayed, replay

NAME = "replay"
HELP = (
    "Run the daemon's line over a recording: what it reads, and what other settings would change."
)

_NOON: Final = "2026-01-01T12:00:00+00:00"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("recording", metavar="CLIP|FOLDER", type=Path)
    parser.add_argument("--truth", metavar="FILE", type=Path, help="what is on it: truth.jsonl")
    parser.add_argument(
        "--least-px", type=float, default=60.0, help="cars whose plate is never so wide don't count"
    )
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="on top of the files"
    )
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--against", metavar="FILE", type=Path, action="append", help="and with these settings"
    )
    other.add_argument(
        "--sweep", metavar="KEY=V1,V2,...", help="once with each value: the curve of a threshold"
    )
    parser.add_argument(
        "--at", default=_NOON, metavar="TIME", help=f"of the first frame (default: {_NOON})"
    )
    parser.add_argument("--events", metavar="FILE", type=Path, help="write the events there")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(options: argparse.Namespace) -> int:
    """Print what was read; with *truth*, how much of what was there."""
    clock = SystemClock("always")
    start = _moment(options.at)
    cars = load_cars(options.truth, options.least_px) if options.truth else None
    found = {name: replay(settings, start, clock) for name, settings in _ways(options).items()}
    if options.events:
        first = next(iter(found.values()))
        options.events.write_text("".join(f"{line}\n" for line in first.events), "utf-8")
    rows = [_row(name, one, cars) for name, one in found.items()]
    if options.json:
        print(json.dumps(rows, indent=1))
        return 0
    if not options.events and len(found) == 1:
        for line in next(iter(found.values())).events:
            print(line)
    _show(rows)
    if len(found) == 2 and options.against:
        _compare(*found.values())
    return 0


def _ways(options: argparse.Namespace) -> dict[str, Settings]:
    """Return by name the settings to replay with."""
    own = _with(_aimed(load(options.config).settings, options.recording), options.set)
    if options.against:
        other = _aimed(load(options.against).settings, options.recording)
        return {"now": own, "against": _with(other, options.set)}
    if options.sweep:
        key, mark, values = options.sweep.partition("=")
        if not mark:
            raise ConfigError(f"--sweep {options.sweep}: write KEY=V1,V2,...")
        return {f"{key} = {one}": changed(own, key, one) for one in values.split(",")}
    return {"now": own}


def _with(settings: Settings, pairs: Sequence[str]) -> Settings:
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not mark:
            raise ConfigError(f"--set {pair}: write KEY=VALUE, the value as in TOML")
        settings = changed(settings, key.strip(), value.strip())
    return settings


def _aimed(settings: Settings, recording: Path) -> Settings:
    kind = "pictures" if recording.is_dir() else "video"
    source = settings.source.model_copy(update={"kind": kind, "address": str(recording)})
    return settings.model_copy(update={"source": source})


def _moment(text: str) -> Moment:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--at {text}: is no time such as {_NOON}") from None
    if at.tzinfo is None:
        raise ConfigError(f"--at {text}: lacks its offset from UTC, such as +00:00")
    return Moment(utc_ns=round(at.timestamp() * 1e9), monotonic_ns=0)


def _row(name: str, one: Replayed, cars: Sequence[Car] | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "settings": name,
        "frames": one.frames,
        "passes": len(one.passes),
        "alerts": sum(each.alerted for each in one.passes),
        "outside": one.outside,
        "wrong_way": one.wrong_way,
        "frame_ms": round(one.frame_ms, 2),
        "cpu_ms": round(one.cpu_ms, 2),
    }
    if cars is not None:
        judged = score(cars, one.passes, one.glimpses)
        row["score"] = {
            **asdict(judged),
            "capture_rate": round(judged.capture_rate, 4),
            "read_rate": round(judged.read_rate, 4),
        }
    return row


def _show(rows: Sequence[dict[str, Any]]) -> None:
    table = Table(
        "settings",
        "passes",
        "alerts",
        "plates outside the zones",
        "passes in the wrong direction",
        "ms a frame",
        "CPU ms",
    )
    scored = "score" in rows[0]
    for name in ("captured", "read", "false", "missed", "misread") if scored else ():
        table.add_column(name)
    for row in rows:
        counts = ("passes", "alerts", "outside", "wrong_way")
        cells = [row["settings"], *(str(row[one]) for one in counts)]
        cells += [f"{row['frame_ms']:.1f}", f"{row['cpu_ms']:.1f}"]
        table.add_row(*cells, *(_scored(row["score"]) if scored else ()))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _scored(judged: dict[str, Any]) -> list[str]:
    return [
        f"{judged['captured']}/{judged['cars']}",
        f"{judged['read']}/{judged['captured']}",
        str(len(judged["false"])),
        " ".join(judged["missed"]),
        " ".join(judged["misread"]),
    ]


def _compare(now: Replayed, other: Replayed) -> None:
    found = difference(now.passes, other.passes)
    print(f"only with the other settings: {' '.join(found.gained) or 'nothing'}")
    print(f"only with those of now: {' '.join(found.lost) or 'nothing'}")
