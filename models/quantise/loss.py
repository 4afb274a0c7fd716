"""What int8 loses: ``edge evaluate`` with either card, side by side."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

Figures = Mapping[tuple[str, str, str], float]

_GROUPS = {"all", "us", "eu", "br"}


def figures(task: str, card: Path, data: Path) -> Figures:
    """Return the figures of ``edge evaluate`` by part, group and name, with *card* in its place.

    Raises:
        subprocess.CalledProcessError: the evaluation failed; its words are shown.
    """
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site.toml"
        site.write_text(f"[{task}]\ncard = {json.dumps(str(card.resolve()))}\n", "utf-8")
        words = [sys.executable, "-m", "edge", "evaluate", "--jsonl", "--config", str(site)]
        words += ["--data", str(data), "--out", str(Path(folder) / "out")]
        shown = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [json.loads(line) for line in shown.splitlines() if line.startswith("{")]
    return {
        (row["part"], row["group"], row["name"]): row["value"]
        for row in rows
        if row["part"] in {task, "pictures"} and "millisecond" not in row["name"]
    }


def scores(before: Figures, after: Figures) -> dict[str, float]:
    """Return what a card says of its loss: each figure over all, and the same before."""
    told = {}
    for (part, group, name), value in after.items():
        if group == "all" and (part, group, name) in before:
            told[f"{part}: {name}"] = value
            told[f"{part}: {name}, float32"] = before[part, group, name]
    return told


def show(task: str, before: Figures, after: Figures) -> None:
    """Print the figures of both and their difference."""
    table = Table(task, "group", "figure", "float32", "int8", "difference")
    for (part, group, name), value in after.items():
        if group in _GROUPS and (part, group, name) in before:
            was = before[part, group, name]
            table.add_row(part, group, name, f"{was:.4f}", f"{value:.4f}", f"{value - was:+.4f}")
    Console(width=None if sys.stdout.isatty() else 120).print(table)
