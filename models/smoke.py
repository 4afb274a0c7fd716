"""Prove that training works from end to end on this machine, in about two minutes.

    python -m models.smoke

Writes a tiny data set of rendered plates, trains both models on it for moments, resumes, exports,
and holds the ONNX files against torch (the exports do). Ends with status 0 only if all of that
happened and the losses fell. Needs the `train` extra; the product's tests run without torch.
"""

import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from edge.vision.cards import load_card
from edge.vision.rectify import rectify
from models.synth.crops import render_crop
from models.synth.scenes import render_scene


def write_plates(folder: Path, count: int) -> None:
    """Write rendered crops in the layout of ``../shared/data/plates``."""
    (folder / "smoke").mkdir(parents=True)
    rows = [("file", "text", "region", "label", "split")]
    for n in range(count):
        image, corners, text, where = render_crop(np.random.default_rng((5, n)))
        name = f"smoke/{n:05}.png"
        cv2.imwrite(str(folder / name), rectify(image, corners, 160, 80, 0.02))
        rows.append((name, text, where, "rendered", "dev" if n % 4 == 0 else "train"))
    _table(folder / "plates.csv", rows)


def write_scenes(folder: Path, count: int) -> None:
    """Write rendered scenes in the layout of ``../shared/data/scenes``."""
    (folder / "smoke").mkdir(parents=True)
    scenes = [("file", "source", "width", "height", "plates", "split")]
    boxes: list[tuple[object, ...]] = [("file", "x0", "y0", "x1", "y1")]
    for n in range(count):
        scene = render_scene(np.random.default_rng((6, n)), 416, 256)
        name = f"smoke/{n:04}.png"
        cv2.imwrite(str(folder / name), scene.image)
        split = "dev" if n % 4 == 0 else "train"
        scenes.append((name, "smoke", "416", "256", str(len(scene.plates)), split))
        for plate in scene.plates:
            x0, y0, x1, y1 = plate.box
            boxes.append((name, x0 / 416, y0 / 256, x1 / 416, y1 / 256))
    _table(folder / "scenes.csv", scenes)
    _table(folder / "boxes.csv", boxes)


def _table(file: Path, rows: list[tuple[str, ...]] | list[tuple[object, ...]]) -> None:
    with file.open("w", newline="") as out:
        csv.writer(out).writerows(rows)


def run(*words: str) -> None:
    """Run a module of ours; its failure is ours."""
    print("$ python -m", *words, flush=True)
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([sys.executable, "-m", *words], check=True, env=environment)


def check_log(file: Path, loss: str) -> None:
    """Refuse a run that did not resume, or whose loss did not fall."""
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    steps = [int(row["steps"]) for row in rows]
    if len(rows) < 2 or steps != sorted(steps):
        raise SystemExit(f"{file}: the second run did not go on where the first ended: {steps}")
    if not float(rows[-1][loss]) < float(rows[0][loss]):
        raise SystemExit(f"{file}: the {loss} did not fall: {rows[0][loss]} to {rows[-1][loss]}")


def smoke(folder: Path) -> None:
    """Train, resume and export both models in *folder*."""
    write_plates(folder / "plates", 80)
    write_scenes(folder / "scenes", 64)  # so many that both halves of dev have a readable plate
    weights = folder / "weights"
    for name, data, loss in (("reader", "plates", "loss"), ("detector", "scenes", "heat")):
        out, source = str(folder / name), str(folder / data)
        common = ["--out", out, "--data", source, "--render", "24", "--threads", "2"]
        for steps in ("20", "30"):
            run(f"models.{name}.train", *common, "--steps", steps)
        check_log(folder / name / "log.csv", loss)
        given = ["--data", source, "--command", "python -m models.smoke"]
        run(f"models.{name}.export", "--run", out, "--out", str(weights), *given)
        card = load_card(str(weights / f"{name}.toml"))
        print(card.name, card.macs, "MAC,", card.parameters, "parameters: card and file agree")


def main() -> None:
    """Do it in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        smoke(Path(folder))
    print("training works here")


if __name__ == "__main__":
    main()
