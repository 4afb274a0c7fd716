"""Milliseconds of models and stages, in this process, one thread unless said otherwise."""

import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from edge import __version__
from edge.clock import Moment, SystemClock
from edge.config import Settings
from edge.hotlist.csvfile import load_csv
from edge.hotlist.keeper import HotlistKeeper
from edge.messages import Letter, build_alert
from edge.pipeline import Line, Tally
from edge.records import Alert, AlertId, Frame
from edge.services.line import open_line
from edge.sources.recording import VideoReel
from edge.store import open_store
from edge.vision.cards import load_card
from edge.vision.session import Session
from scripts.bench_macs import macs, parameters

_MATRIX = 512


def median_ms(work: Callable[[], object], seconds: float = 1.0, least: int = 5) -> float:
    """Return the median of as many runs as fit into *seconds*, after one that warms up."""
    work()
    spent: list[float] = []
    while sum(spent) < seconds * 1000 or len(spent) < least:
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)


def reference() -> dict[str, float]:
    """Measure what everybody can: a matrix product, and shrinking one frame; one thread."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng(1)
    left = rng.random((_MATRIX, _MATRIX), np.float32)
    frame = rng.integers(0, 255, (720, 1280, 3), np.uint8)
    product_ms = median_ms(lambda: left @ left)

    def shrink() -> object:
        small = cv2.resize(frame, (640, 360), interpolation=cv2.INTER_AREA)
        return cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)

    return {
        "product_ms": product_ms,
        "gmac_per_s": _MATRIX**3 / product_ms / 1e6,
        "shrink_ms": median_ms(shrink),
    }


def models(settings: Settings, gmac_per_s: float) -> list[dict[str, float | str]]:
    """Return MACs, parameters and single-thread milliseconds of detector and reader."""
    rows: list[dict[str, float | str]] = []
    for name in (settings.detector.card, settings.reader.card):
        card = load_card(name)
        session = Session(card, threads=1)
        session.start()
        picture = np.full(card.shape_of_one, 128, np.uint8)
        spent_ms = median_ms(partial(session.run, picture))
        count = macs(card.weights, given=card.shape_of_one)
        rows.append(
            {
                "model": f"{card.name} {card.version}",
                "input": "x".join(map(str, card.input.shape)),
                "mmac": count / 1e6,
                "parameters": parameters(card.weights),
                "file_kb": card.weights.stat().st_size / 1000,
                "ms": spent_ms,
                # how near the model comes to what this machine's matrix product gives
                "share_of_product": count / spent_ms / 1e6 / gmac_per_s,
            }
        )
    return rows


class _Kept(Tally):
    """A tally that keeps each frame's stages."""

    rows: list[Mapping[str, float]]

    def time(self, stages: Mapping[str, float]) -> None:
        self.rows.append(dict(stages))
        Tally.time(self, stages)


def stages(settings: Settings, clip: Path, folder: Path) -> dict[str, float]:
    """Play the clip through the real line and return the median milliseconds of each stage.

    Also ``frame`` (whole step, moving frames), ``p95``, ``fps`` of the line alone, ``alerts``.
    """
    clock = SystemClock("always")
    keeper = HotlistKeeper(settings.hotlist, clock)
    keeper.refresh()
    words = partial(build_alert, unit=settings.unit, software=__version__)

    def build(alert: Alert, alert_id: AlertId, revision: int, stored: Moment) -> Letter:
        return Letter(words(alert, alert_id, revision, stored), alert.crop_jpeg)

    section = settings.store.model_copy(update={"folder": str(folder / "bench-store")})
    with open_store(section, settings.unit.name, clock) as store:

        def commit(alert: Alert) -> AlertId:
            return store.commit_alert(alert, build)

        line = open_line(settings, clock, keeper, commit)
        line.tally = kept = _Kept()
        kept.rows = []
        whole_ms = _play(line, clip, clock.now())
    found = {
        stage: statistics.median([row[stage] for row in kept.rows if stage in row])
        for stage in dict.fromkeys(stage for row in kept.rows for stage in row)
    }
    looked = [ms for ms, row in zip(whole_ms, kept.rows, strict=True) if "detect" in row]
    found["frame"] = statistics.median(looked)
    found["p95"] = statistics.quantiles(looked, n=20)[-1]
    found["fps"] = 1000.0 * len(whole_ms) / sum(whole_ms)
    found["looked_at"] = len(looked) / len(whole_ms)
    found["alerts"] = kept.alerts
    return found


def _play(line: Line, clip: Path, start: Moment) -> list[float]:
    """Step through all pictures of *clip* and return the milliseconds of each step."""
    spent = []
    for number, take in enumerate(VideoReel(clip).play()):
        if isinstance(take.picture, Exception):
            raise take.picture
        frame = Frame(take.picture, start.later(take.offset_ns / 1e9), number)
        began = time.perf_counter()
        line.step(frame)
        spent.append((time.perf_counter() - began) * 1000)
    line.finish()
    return spent


def matching(file: Path) -> dict[str, float]:
    """Time the load of a large list and an exact look-up, beside the naive ways."""
    began = time.perf_counter()
    hotlist = load_csv(file, 2_000_000)
    load_s = time.perf_counter() - began
    lines = file.read_text("utf-8").splitlines()
    plates = [line.split(",")[1] for line in lines if line and line[0] not in "#e"]
    by_plate = dict.fromkeys(plates)
    wanted = plates[len(plates) // 2]
    return {
        "entries": float(len(plates)),
        "load_s": load_s,
        "exact_us": 1000 * median_ms(lambda: hotlist.entries(wanted), 0.3),
        "dict_us": 1000 * median_ms(lambda: by_plate.get(wanted, None), 0.3),
        "scan_us": 1000 * median_ms(lambda: wanted in plates, 0.3),
    }
