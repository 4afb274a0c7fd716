"""What each shipped model costs, and a whole picture: one or two threads, float32 beside int8.

All candidates take turns within one run, round after round, so that a busy or throttled moment
falls on all of them: milliseconds are of this machine and this minute, ratios travel.
"""

import itertools
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from rich.console import Console
from rich.table import Table

from edge.clock import SystemClock
from edge.config import Settings
from edge.config.zones import EVERYWHERE
from edge.records import Frame
from edge.sources.pictures import read_picture
from edge.vision.cards import ModelCard, load_card
from edge.vision.letterbox import letterbox
from edge.vision.picture import PictureReader, open_picture_reader
from edge.vision.session import Session
from models.synth.scenes import render_scene
from scripts.bench_macs import empty_input, macs, parameters

WEIGHTS = Path(__file__).resolve().parent.parent / "models" / "weights"
PICTURES = 4
WIDTH, HEIGHT = 1280, 720
_QUALITY = 90
_WIDE = 60  # pixels; a unit sees plates of 60 to 250

Work = Callable[[], object]


def take_turns(works: Mapping[str, Work], seconds: float) -> dict[str, list[float]]:
    """Return the milliseconds of each work's runs, which take turns until *seconds* are over."""
    for work in works.values():
        work()
    spent: dict[str, list[float]] = {name: [] for name in works}
    ends = time.monotonic() + seconds
    while time.monotonic() < ends or len(next(iter(spent.values()))) < 5:
        for name, work in works.items():
            began = time.perf_counter()
            work()
            spent[name].append((time.perf_counter() - began) * 1000)
    return spent


def measure(
    settings: Settings, folder: Path, seconds: float, beside: Sequence[Path] = ()
) -> dict[str, Any]:
    """Return rows about each model and about whole pictures.

    Args:
        folder: for the pictures that are rendered.
        beside: ONNX files of other projects, timed in the same rounds with one thread.
    """
    cv2.setNumThreads(1)
    cards = [load_card(str(file)) for file in sorted(WEIGHTS.glob("*.toml"))]
    works: dict[str, Work] = {}
    for card in cards:
        for threads in (1, 2):
            works[f"{card.name}/{threads}"] = _run(card, threads)
    for file in beside:
        works[f"{file.name}/1"] = _foreign(file)
    spent = take_turns(works, seconds)
    rows = [_row(card.name, card.weights, spent, cards) for card in cards]
    rows += [_row(file.name, file, spent, []) for file in beside]
    return {"models": rows, "pictures": _pictures(settings, folder, cards, seconds, beside)}


def _run(card: ModelCard, threads: int) -> Work:
    session = Session(card, threads)
    session.start()
    picture = np.random.default_rng(1).integers(0, 256, card.shape_of_one, np.uint8)
    return partial(session.run, picture)


def _opened(file: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _foreign(file: Path) -> Work:
    session = _opened(file)
    return partial(session.run, None, empty_input(session, 1))


def _row(
    name: str, file: Path, spent: Mapping[str, list[float]], cards: Sequence[ModelCard]
) -> dict[str, Any]:
    given = next((card.shape_of_one for card in cards if card.name == name), None)
    row: dict[str, Any] = {
        "model": name,
        "mmac": macs(file, given=given) / 1e6,
        "parameters": parameters(file),
        "bytes": file.stat().st_size,
    }
    for threads in (1, 2):
        if taken := spent.get(f"{name}/{threads}"):
            row |= _told(taken, f"_{threads}")
    twin = name.removesuffix("-int8")
    if twin != name and any(card.name == twin for card in cards):
        row["of_float32"] = _ratio(spent[f"{name}/1"], spent[f"{twin}/1"])
    return row


def _told(taken: Sequence[float], ending: str = "") -> dict[str, float]:
    return {
        f"least_ms{ending}": min(taken),
        f"ms{ending}": statistics.median(taken),
        f"p95_ms{ending}": statistics.quantiles(taken, n=20)[-1],
    }


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the median of what each round gave."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def _pictures(
    settings: Settings,
    folder: Path,
    cards: Sequence[ModelCard],
    seconds: float,
    beside: Sequence[Path],
) -> list[dict[str, Any]]:
    """Decode, detect, rectify and read rendered pictures, one thread, with each pair of models."""
    files = _rendered(folder)
    names = {card.name for card in cards}
    pairs = [("detector", "reader"), ("detector-int8", "reader"), ("detector-int8", "reader-int8")]
    lines = {
        f"{pair[0]} + {pair[1]}": _Whole(_picture_reader(settings, *pair), files)
        for pair in pairs
        if names.issuperset(pair)
    }
    others = {f"{file.name}, reading nothing": _Beside(_opened(file), files) for file in beside}
    spent = take_turns({**lines, **others}, seconds)
    first = next(iter(lines))
    rows = []
    for name, taken in spent.items():
        row: dict[str, Any] = {"line": name, **_told(taken)}
        row["of_first"] = _ratio(taken, spent[first])
        row["plates"] = lines[name].plates() if name in lines else None
        row["stages_ms"] = lines[name].stages() if name in lines else others[name].stages()
        rows.append(row)
    return rows


def _rendered(folder: Path) -> list[Path]:
    """Write street pictures with a plate wide enough to read, always the same; return the files."""
    files: list[Path] = []
    for number in itertools.count():
        scene = render_scene(np.random.default_rng((31, number)), WIDTH, HEIGHT, vehicles=1)
        if any(
            np.ptp(plate.corners[:, 0]) >= _WIDE and plate.visible == 1 for plate in scene.plates
        ):
            files.append(folder / f"picture-{number}.jpg")
            cv2.imwrite(str(files[-1]), scene.image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        if len(files) == PICTURES:
            break
    return files


def _picture_reader(settings: Settings, detector: str, reader: str) -> PictureReader:
    def one(section: Any, name: str) -> Any:
        return section.model_copy(update={"card": str(WEIGHTS / f"{name}.toml"), "threads": 1})

    zones = EVERYWHERE
    clock = SystemClock("always")
    return open_picture_reader(
        one(settings.detector, detector), one(settings.reader, reader), zones, clock
    )


class _Whole:
    """Our line from the file to the reads, a picture each call."""

    def __init__(self, reader: PictureReader, files: Sequence[Path]) -> None:
        self._reader = reader
        self._files = files
        self._calls = 0
        self._found: list[int] = []
        self._stages: list[dict[str, float]] = []

    def __call__(self) -> None:
        began = time.perf_counter()
        image = read_picture(self._files[self._calls % len(self._files)])
        decode = (time.perf_counter() - began) * 1000
        self._calls += 1
        told = self._reader.read(Frame(image, SystemClock("always").now(), self._calls))
        self._found.append(len(told.reads) + len(told.unread))
        self._stages.append({"decode": decode, **told.stage_ms})

    def plates(self) -> float:
        """Return how many plates were read in a picture, on average."""
        return statistics.fmean(self._found)

    def stages(self) -> dict[str, float]:
        """Return the median milliseconds of each stage."""
        return _medians(self._stages)


class _Beside:
    """Another project's detector from the file to its answer: letterboxed RGB planes, 0..1."""

    def __init__(self, session: onnxruntime.InferenceSession, files: Sequence[Path]) -> None:
        self._session = session
        self._files = files
        self._calls = 0
        self._stages: list[dict[str, float]] = []

    def __call__(self) -> None:
        began = time.perf_counter()
        image = read_picture(self._files[self._calls % len(self._files)])
        self._calls += 1
        decoded = time.perf_counter()
        wanted = self._session.get_inputs()[0]
        canvas, _ = letterbox(image, wanted.shape[3], wanted.shape[2])
        planes = canvas[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32) / 255.0
        self._session.run(None, {wanted.name: np.ascontiguousarray(planes)})
        ended = time.perf_counter()
        self._stages.append(
            {"decode": (decoded - began) * 1000, "detect": (ended - decoded) * 1000}
        )

    def stages(self) -> dict[str, float]:
        """Return the median milliseconds of each stage."""
        return _medians(self._stages)


def _medians(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {stage: statistics.median(row[stage] for row in rows) for stage in rows[0]}


def show(found: Mapping[str, Any], console: Console) -> None:
    """Print the tables."""
    table = Table("model", "MMAC", "parameters", "kB", "ms, 1 thread", "2 threads", "int8/fp32")
    for row in found["models"]:
        table.add_row(
            row["model"],
            f"{row['mmac']:.1f}",
            f"{row['parameters']:,}",
            f"{row['bytes'] / 1000:.0f}",
            _span(row, "_1"),
            _span(row, "_2") if "ms_2" in row else "",
            f"{row['of_float32']:.2f}" if "of_float32" in row else "",
        )
    console.print(table)
    title = f"one picture of {WIDTH}x{HEIGHT}, JPEG to reads, 1 thread"
    table = Table("models", "plates", "ms", "of the first", "stages, ms", title=title)
    for row in found["pictures"]:
        stages = ", ".join(f"{name} {spent:.2f}" for name, spent in row["stages_ms"].items())
        plates = "" if row["plates"] is None else f"{row['plates']:.1f}"
        table.add_row(row["line"], plates, _span(row), f"{row['of_first']:.2f}", stages)
    console.print(table)
    console.print("ms: median (least - 95 %); ratios: median of the rounds")


def _span(row: Mapping[str, Any], ending: str = "") -> str:
    least, middle, most = (row[f"{name}{ending}"] for name in ("least_ms", "ms", "p95_ms"))
    return f"{middle:.2f} ({least:.2f} - {most:.2f})"
