"""Clips as files: H.264 in MP4 with exact time stamps, the truth of every frame, the spec."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from models.synth.clips import ClipFrame, ClipSpec, Parked, Pass, render_clip
from models.synth.scenes import TruePlate


@dataclass(frozen=True, slots=True)
class ClipPaths:
    """Where a written clip lies."""

    video: Path
    truth: Path
    spec: Path


def write_clip(
    spec: ClipSpec,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    quality: int = 21,
) -> ClipPaths:
    """Render *spec* into ``clip.mp4``, ``truth.jsonl`` and ``spec.json`` in *folder*.

    Args:
        progress: is told (frames done, frames in all) after each frame.
        quality: x264's constant rate factor, lower is better.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = ClipPaths(folder / "clip.mp4", folder / "truth.jsonl", folder / "spec.json")
    paths.spec.write_text(json.dumps(asdict(spec), indent=1) + "\n")
    rate = Fraction(spec.fps).limit_denominator(1001)
    with av.open(str(paths.video), "w") as container, paths.truth.open("w") as truth:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, "yuv420p"
        stream.time_base = 1 / rate
        stream.options = {"crf": str(quality), "preset": "veryfast", "threads": "1"}
        for number, frame in enumerate(render_clip(spec)):
            truth.write(json.dumps(truth_of(number, frame)) + "\n")
            picture = av.VideoFrame.from_ndarray(frame.image, format="bgr24")
            picture.pts, picture.time_base = number, 1 / rate
            container.mux(stream.encode(picture))
            if progress:
                progress(number + 1, spec.frames)
        container.mux(stream.encode(None))
    return paths


def truth_of(number: int, frame: ClipFrame) -> dict[str, object]:
    """Return one line of ``truth.jsonl``."""
    return {
        "frame": number,
        "time_s": round(frame.time_s, 6),
        "plates": [_plate(plate) for plate in frame.plates],
    }


def _plate(plate: TruePlate) -> dict[str, object]:
    return {
        "vehicle": plate.vehicle,
        "text": plate.text,
        "jurisdiction": plate.jurisdiction,
        "box": [round(value, 2) for value in plate.box],
        "corners": [[round(float(x), 2), round(float(y), 2)] for x, y in plate.corners],
        "visible": plate.visible,
    }


def read_truth(path: Path) -> Iterator[tuple[int, float, tuple[TruePlate, ...]]]:
    """Yield frame number, time in seconds and plates of each line of a ``truth.jsonl``."""
    with path.open() as lines:
        for line in lines:
            said = json.loads(line)
            plates = tuple(
                TruePlate(
                    plate["vehicle"], plate["text"], plate["jurisdiction"],
                    tuple(plate["box"]), np.array(plate["corners"], np.float32), plate["visible"],
                )
                for plate in said["plates"]
            )  # fmt: skip
            yield said["frame"], said["time_s"], plates


def read_spec(path: Path) -> ClipSpec:
    """Return the spec that a ``spec.json`` holds."""
    said = json.loads(path.read_text())
    said["passes"] = tuple(Pass(**one) for one in said["passes"])
    said["parked"] = tuple(Parked(**one) for one in said["parked"])
    return ClipSpec(**said)
