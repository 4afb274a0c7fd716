"""Pictures of the rendered street for a machine that reads one frame in seconds."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2

from scripts.clip import Clip

_EACH = 6  # pictures of each car
_APART = 2  # frames between two of them: a car moves so little that its pass stays one


def write_pictures(clip: Clip, folder: Path, texts: Sequence[str]) -> int:
    """Write those frames on which the plates *texts* are widest, in order; return how many."""
    chosen = {number for text in texts for number in _frames(clip, text)}
    folder.mkdir(parents=True)
    reader = cv2.VideoCapture(str(clip.video))
    written = 0
    for number in range(clip.frames):
        there, image = reader.read()
        if there and number in chosen:
            written += 1
            quality = [cv2.IMWRITE_JPEG_QUALITY, 95]
            assert cv2.imwrite(str(folder / f"{written:03d}.jpg"), image, quality)
    reader.release()
    return written


def _frames(clip: Clip, text: str) -> list[int]:
    seen: list[tuple[float, int]] = []
    for line in (clip.video.parent / "truth.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        for plate in row["plates"]:
            if plate["text"] == text and plate.get("visible", 1.0) == 1.0:
                xs = [x for x, _ in plate["corners"]]
                seen.append((max(xs) - min(xs), int(row["frame"])))
    widest = max(seen)[1]
    return [widest + _APART * step for step in range(_EACH)]
