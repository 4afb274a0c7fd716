"""The card of an int8 file: its float32 card with what is different."""

import hashlib
import json
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.training.manifest import write_manifest


def write_int8_card(
    float_card: Path, weights: Path, command: str, ranges: str, scores: Mapping[str, float]
) -> Path:
    """Write the card of *weights* beside them, bring the manifest up to date, return the card.

    Everything that *float_card* promises stays promised: tensors, alphabet, multiplications.

    Args:
        command: how the int8 file was made from the float32 one.
        ranges: over what the ranges of its activations were measured.
        scores: figures on the dev data; empty where there is none.
    """
    card = tomllib.loads(float_card.read_text("utf-8"))
    made = card["made"]
    card |= {
        "name": weights.stem,
        "file": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "made": made
        | {
            "command": f"{made['command']}; then {command}",
            "commit": _commit(),
            "data": [*made["data"], f"ranges of activations: {ranges}"],
        },
        "scores": {name: round(value, 4) for name, value in scores.items()},
    }
    title = f"# {weights.stem}: {float_card.stem} in int8; written by models/quantise"
    file = weights.with_suffix(".toml")
    file.write_text(f"{title}\n{_toml(card)}", "utf-8")
    write_manifest(weights.parent)
    return file


def _toml(card: Mapping[str, Any]) -> str:
    """Return the card as TOML: JSON writes strings, numbers and their lists the same way."""
    tables = {key: value for key, value in card.items() if isinstance(value, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in card.items() if key not in tables]
    for key, table in tables.items():
        lines += ["", f"[{key}]"]
        lines += [f"{_key(name)} = {json.dumps(value)}" for name, value in table.items()]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
