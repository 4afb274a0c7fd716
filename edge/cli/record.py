"""``edge record``: a short clip of the installer's own test car, where the law allows it."""

import argparse
from pathlib import Path

from edge.clock import SystemClock
from edge.config import load
from edge.errors import ConfigError
from edge.plates.alphabet import CHARACTERS
from edge.services.clip import record_clip

NAME = "record"
HELP = "Save a short clip of your own test car: others' plates are covered, and it deletes itself."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("--plate", required=True, help="of your own car")
    parser.add_argument("--seconds", type=float, default=20.0, help="default: 20")
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="default: clips in store.folder")


def run(options: argparse.Namespace) -> int:
    """Print where the clip lies, what was covered and when it is deleted."""
    settings = load(options.config).settings
    out = options.out or Path(settings.store.folder) / "clips"
    clock = SystemClock(settings.clock.trust)
    made = record_clip(settings, plate_of(options.plate), options.seconds, out, clock)
    print(f"{made.file}: {made.seconds:.1f} s, {made.frames} frames, plates covered in ", end="")
    print(f"{made.covered}; deleted by watch at {made.until}; look at it: edge replay {made.file}")
    return 0


def plate_of(text: str) -> str:
    """Return a plate as the reader writes it.

    Raises:
        ConfigError: it holds what no plate holds.
    """
    plate = "".join(text.upper().split()).replace("-", "")
    if not plate or set(plate) - set(CHARACTERS):
        raise ConfigError(f"--plate {text}: letters and digits, as they are read")
    return plate
