"""Rendered streets of every difficulty, filmed, encoded and seen by the product's own line.

A clip is kept as H.264 with its truth, so that other weights see the very same pictures.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from edge.clock import Moment
from edge.evaluate.metrics import shows
from edge.records import Frame, Pixels, Read
from edge.sources.recording import VideoReel
from edge.tracking.tracker import Tracker
from edge.vision.picture import PictureReader
from models.synth import degrade
from models.synth.clips import ClipSpec, render_clip
from models.synth.traffic import traffic
from models.synth.video import read_truth, truth_of

FPS: Final = 12.0
_CARS: Final = 8
_START: Final = Moment(1_767_261_600_000_000_000, 1_000_000_000_000)
_LIGHTS: Final = ("day", "overcast", "dusk", "night", "infrared")


@dataclass(frozen=True, slots=True)
class Filming:
    """A street, and how badly it is filmed.

    Attributes:
        defocus_px: radius of the disc that a point becomes.
        coarser: detail is lost as by a sensor with so many times fewer pixels across.
        crf: x264's constant rate factor, 23 is good, 38 is bad.
    """

    spec: ClipSpec
    defocus_px: float
    coarser: float
    crf: int


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One read of one vehicle.

    Attributes:
        width: of the plate's box, in pixels.
        at_s: from the clip's start.
    """

    slots: NDArray[np.float32]
    text: str
    confidence: float
    width: float
    at_s: float


@dataclass(frozen=True, slots=True, eq=False)
class PassSeen:
    """All that was read of one vehicle, and what the product's tracker made of it.

    Attributes:
        frames: how many frames show at least half of its plate, 20 pixels wide or more.
        reads: of all frames, by the truth's boxes.
        fused: text and confidence of the last sighting with most reads; None for none.
        sightings: how many passes the tracker made of this one.
        surest_wrong: the highest confidence that any sighting of it had, at any time, in a wrong
            text; 0 for none.
    """

    clip: int
    light: str
    text: str
    frames: int
    reads: tuple[Seen, ...]
    fused: tuple[str, float] | None
    sightings: int
    surest_wrong: float


def draw_filming(seed: int, clips: int) -> list[Filming]:
    """Return streets with eight cars each, from easy to hardly readable."""
    return [_filming(seed, number) for number in range(clips)]


def _filming(seed: int, number: int) -> Filming:
    rng = np.random.default_rng([seed, 41, number])
    light = _LIGHTS[number % len(_LIGHTS)]
    spec = traffic(
        int(rng.integers(1 << 30)),
        _CARS,
        speed_kmh=(30.0, 40.0),
        gap_s=0.3,
        fps=FPS,
        light=light,
        focal_px=float(rng.uniform(1500, 2600)),
        shutter_s=1 / float(rng.uniform(250, 1000)),
        rain_mm=float(rng.uniform(0, 8)) if rng.random() < 0.2 else 0.0,
    )
    return Filming(
        spec,
        defocus_px=abs(float(rng.normal(0, 0.6))),
        coarser=1 + abs(float(rng.normal(0, 0.3))),
        crf=int(rng.integers(24, 36)),
    )


def film_all(filmings: Sequence[Filming], folder: Path, processes: int) -> list[Path]:
    """Return the folders of the clips below *folder*; only missing ones are rendered."""
    tasks = [(filming, folder / _key(filming)) for filming in filmings]
    missing = [task for task in tasks if not task[1].exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(processes) as pool:
            list(pool.map(_film, missing))
    return [where for _, where in tasks]


def _key(filming: Filming) -> str:
    """Return a name that changes with the filming and with the renderer."""
    digest = hashlib.sha256(json.dumps(asdict(filming), sort_keys=True).encode())
    for file in sorted((Path(__file__).resolve().parents[1] / "synth").rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _film(task: tuple[Filming, Path]) -> None:
    filming, folder = task
    cv2.setNumThreads(1)
    draft = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        _encode(filming, draft)
        draft.rename(folder)  # all of it or nothing, whoever interrupts
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _encode(filming: Filming, folder: Path) -> None:
    spec, rate = filming.spec, Fraction(filming.spec.fps).limit_denominator(1001)
    with (
        av.open(str(folder / "clip.mp4"), "w") as container,
        (folder / "truth.jsonl").open("w", encoding="utf-8") as truth,
    ):
        stream: Any = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, "yuv420p"
        stream.time_base = 1 / rate
        stream.options = {"crf": str(filming.crf), "preset": "veryfast", "threads": "1"}
        for number, frame in enumerate(render_clip(spec)):
            truth.write(json.dumps(truth_of(number, frame)) + "\n")
            image = degrade.defocus(frame.image, filming.defocus_px)
            image = degrade.low_resolution(image, filming.coarser)
            picture = av.VideoFrame.from_ndarray(image, format="bgr24")
            picture.pts, picture.time_base = number, 1 / rate
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def see(
    number: int, filming: Filming, folder: Path, reader: PictureReader, tracker: Tracker
) -> list[PassSeen]:
    """Return every vehicle of a clip, with what was read of it and what *tracker* made of it."""
    watch = _Watch({one.vehicle: one.text for one in filming.spec.passes if one.text})
    truths = read_truth(folder / "truth.jsonl")
    for (frame, time_s, plates), image in zip(truths, _pictures(folder), strict=True):
        moment = _START.later(time_s)
        reads = reader.read(Frame(image, moment, frame)).reads
        for plate in plates:
            watch.note(plate.vehicle, plate.box, plate.visible)
        for read in reads:
            near = [one.vehicle for one in plates if shows(read.detection.box, one.box)]
            if near:
                watch.take(near[0], read, time_s)
        for sighting in tracker.update(reads, moment, moment):
            watch.sighted(sighting.track, sighting.best, sighting.reads, sighting.text,
                          sighting.confidence)  # fmt: skip
    tracker.flush(_START)
    return watch.passes(number, filming.spec.light)


def _pictures(folder: Path) -> Iterator[Pixels]:
    for take in VideoReel(folder / "clip.mp4").play():
        if not isinstance(take.picture, np.ndarray):
            raise take.picture
        yield take.picture


class _Watch:
    """Which read and which sighting belongs to which vehicle of one clip."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts
        self._frames = dict.fromkeys(texts, 0)
        self._reads: dict[str, list[Seen]] = {vehicle: [] for vehicle in texts}
        self._owner: dict[int, tuple[Read, str]] = {}  # the read is kept, so that its id stays its
        self._sightings: dict[int, tuple[str, int, str, float]] = {}
        self._surest_wrong = dict.fromkeys(texts, 0.0)

    def note(self, vehicle: str, box: tuple[float, float, float, float], visible: float) -> None:
        if vehicle in self._frames and visible >= 0.5 and box[2] - box[0] >= 20.0:
            self._frames[vehicle] += 1

    def take(self, vehicle: str, read: Read, time_s: float) -> None:
        if vehicle not in self._reads:
            return
        width = read.detection.box[2] - read.detection.box[0]
        seen = Seen(read.slots, read.text, read.confidence, width, time_s)
        self._reads[vehicle].append(seen)
        self._owner[id(read)] = read, vehicle

    def sighted(self, track: int, best: Read, reads: int, text: str, confidence: float) -> None:
        if id(best) not in self._owner:
            return
        vehicle = self._owner[id(best)][1]
        self._sightings[track] = vehicle, reads, text, confidence
        if text != self._texts[vehicle]:
            self._surest_wrong[vehicle] = max(self._surest_wrong[vehicle], confidence)

    def passes(self, clip: int, light: str) -> list[PassSeen]:
        found = []
        for vehicle, text in self._texts.items():
            mine = [one for one in self._sightings.values() if one[0] == vehicle]
            best = max(mine, key=lambda one: one[1], default=None)
            fused = None if best is None else (best[2], best[3])
            reads = tuple(self._reads[vehicle])
            found.append(
                PassSeen(clip, light, text, self._frames[vehicle], reads, fused, len(mine),
                         self._surest_wrong[vehicle])
            )  # fmt: skip
        return found
