"""``edge read``: the plates in picture files, as a table for people or as JSON lines."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table
from rich.text import Text

from edge.clock import Clock, SystemClock
from edge.config import load
from edge.config.zones import EVERYWHERE
from edge.errors import PictureError
from edge.plates.alphabet import BLANK, CHARACTERS
from edge.plates.places import likeliest
from edge.records import Frame, Read
from edge.sources.pictures import SUFFIXES, read_picture
from edge.vision.picture import PictureReader, open_picture_reader

NAME = "read"
HELP = "Read the plates in pictures: files, or folders with all that is below them."

_LEAST: Final = 0.01  # a runner-up less likely than this is not told

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A folder whose pictures cannot be had, and why."""

    path: Path
    sentence: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the verb takes."""
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path)
    parser.add_argument("--jsonl", action="store_true", help="one JSON object a line per picture")


def run(options: argparse.Namespace) -> int:
    """Print what each picture holds, in order.

    Returns:
        1 when a picture or folder could not be read, else 0.
    """
    settings = load(options.config).settings
    clock = SystemClock(settings.clock.trust)
    reader = open_picture_reader(settings.detector, settings.reader, EVERYWHERE, clock)
    pictures = list(find_pictures(options.paths))
    told = (tell(picture, reader, clock) for picture in _watched(pictures, options.jsonl))
    return _print_lines(told) if options.jsonl else _print_table(told)


def find_pictures(paths: Sequence[Path]) -> Iterator[Path | Unlisted]:
    """Name every picture: files as given, folders with all below them, sorted by path.

    A folder that cannot be listed, or has no picture, comes as an error in its place.
    """
    for path in paths:
        try:
            folder = path.is_dir()
        except OSError:
            folder = False  # reading it as a picture will tell why
        if folder:
            yield from _below(path)
        else:
            yield path


def _below(folder: Path) -> Iterator[Path | Unlisted]:
    failures: list[OSError] = []
    found = [
        Path(where, name)
        for where, _, names in os.walk(folder, onerror=failures.append)
        for name in names
        if Path(name).suffix.lower() in SUFFIXES
    ]
    for failure in failures:
        yield Unlisted(Path(failure.filename), f"cannot be listed: {failure.strerror}")
    if not found and not failures:
        yield Unlisted(folder, f"no picture below it ({', '.join(sorted(SUFFIXES))})")
    yield from sorted(found, key=lambda path: path.parts)


def tell(picture: Path | Unlisted, reader: PictureReader, clock: Clock) -> Told:
    """Return what is printed of one picture: its plates, or the error that prevents them."""
    began = clock.now()
    if isinstance(picture, Unlisted):
        return {"image": str(picture.path), "error": f"{picture.path}: {picture.sentence}"}
    try:
        image = read_picture(picture)
        decoded = clock.now()
        reads = reader.read(Frame(image, began, name=str(picture)))
    except PictureError as error:
        return {"image": str(picture), "error": str(error)}
    stage_ms = {"decode": decoded.since(began) * 1000, **reads.stage_ms}
    return {
        "image": str(picture),
        "plates": [_plate(read) for read in reads.reads],
        "ms": round(clock.now().since(began) * 1000, 2),
        "stage_ms": {stage: round(ms, 2) for stage, ms in stage_ms.items()},
    }


def _plate(read: Read) -> Told:
    return {
        "text": read.text,
        "confidence": round(read.confidence, 6),
        "box": [round(value, 2) for value in read.detection.box],
        "corners": [[round(float(x), 2), round(float(y), 2)] for x, y in read.detection.corners],
        "characters": [_character(slot) for slot in read.slots if slot.argmax() != BLANK],
        "jurisdiction": _likely(read.jurisdiction),
    }


def _likely(jurisdiction: Mapping[str, float]) -> dict[str, float]:
    """Return the probability by code, likeliest first; what is missing to 1 is unknown or small."""
    return {code: round(p, 4) for code, p in likeliest(jurisdiction, _LEAST)}


def _character(slot: NDArray[np.float32]) -> Told:
    """Return a slot's character and its runners-up, likeliest first; ``""`` is no character."""
    ranked = [
        {"char": (*CHARACTERS, "")[index], "p": round(float(slot[index]), 4)}
        for index in np.argsort(-slot, kind="stable")
        if slot[index] >= _LEAST
    ]
    return {**ranked[0], "others": ranked[1:]}


def _print_lines(told: Iterable[Told]) -> int:
    status = 0
    for one in told:
        print(json.dumps(one, allow_nan=False), flush=True)
        status = status or int("error" in one)
    return status


def _print_table(told: Iterable[Told]) -> int:
    table = Table("picture", "plate", "sure", "weakest", "box", "ms", box=SIMPLE)
    table.columns[0].overflow = "fold"
    errors = []
    for one in told:
        for row in _rows(one):
            table.add_row(*row)
        if "error" in one:
            errors.append(one["error"])
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    for error in errors:
        print(f"edge: {_printable(error)}", file=sys.stderr)
    return int(bool(errors))


def _rows(one: Told) -> Iterator[list[Text]]:
    image = Text(_printable(one["image"]))
    if "error" in one:
        yield [image, Text("error", "red")]
        return
    took = Text(f"{one['ms']:.0f}")
    if not one["plates"]:
        yield [image, Text("no plate", "dim"), Text(), Text(), Text(), took]
    for plate in one["plates"]:
        weakest = min(plate["characters"], key=lambda character: character["p"])
        box = " ".join(f"{value:.0f}" for value in plate["box"])
        cells = (f"{plate['confidence']:.3f}", f"{weakest['char']} {weakest['p']:.2f}", box)
        yield [image, Text(plate["text"], "bold"), *map(Text, cells), took]


def _printable(text: str) -> str:
    """Return *text* with the bytes of a file name that are no UTF-8 replaced."""
    return text.encode("utf-8", "replace").decode()


def _watched(pictures: Sequence[Path | Unlisted], jsonl: bool) -> Iterator[Path | Unlisted]:
    """Hand out *pictures* with a bar on a terminal; lines on the same terminal are bar enough."""
    hidden = not sys.stderr.isatty() or (jsonl and sys.stdout.isatty())
    with Progress(
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=hidden,
    ) as progress:
        task: TaskID = progress.add_task("reading", total=len(pictures))
        for picture in pictures:
            yield picture
            progress.advance(task)
