"""``python -m models.synth plates|crops|scenes|clip|sheet``: pictures and clips to look at."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from rich.progress import Progress

from models.synth.crops import render_crop
from models.synth.formats import JURISDICTIONS
from models.synth.light import LIGHTS
from models.synth.paint import Image
from models.synth.plates import render_plate
from models.synth.scenes import render_scene
from models.synth.sheets import sheet, with_truth
from models.synth.traffic import traffic
from models.synth.video import write_clip

Made = tuple[Image, dict[str, object]]


def plate(rng: np.random.Generator) -> Made:
    """Return a flat plate and what stands on it."""
    made = render_plate(rng)
    return made.image, {"text": made.text, "jurisdiction": made.jurisdiction, "style": made.style}


def crop(rng: np.random.Generator) -> Made:
    """Return a crop and its truth."""
    image, corners, text, jurisdiction = render_crop(rng)
    return image, {"text": text, "jurisdiction": jurisdiction, "corners": corners.tolist()}


def scene(rng: np.random.Generator) -> Made:
    """Return a scene and its plates."""
    made = render_scene(rng)
    plates = [
        {"text": p.text, "box": p.box, "corners": p.corners.tolist(), "visible": p.visible}
        for p in made.plates
    ]
    return made.image, {"plates": plates}


MAKERS: dict[str, Callable[[np.random.Generator], Made]] = {
    "plates": plate,
    "crops": crop,
    "scenes": scene,
}


def write_pictures(what: str, seed: int, count: int, folder: Path) -> None:
    """Write *count* pictures and one ``truth.jsonl`` into *folder*."""
    with Progress() as progress, (folder / "truth.jsonl").open("w") as truth:
        for number in progress.track(range(count), description=what):
            image, said = MAKERS[what](np.random.default_rng([seed, number]))
            name = f"{what}-{number:05d}.png"
            cv2.imwrite(str(folder / name), image)
            truth.write(json.dumps({"image": name, **said}) + "\n")


def write_sheets(seed: int, count: int, folder: Path) -> None:
    """Write contact sheets of plates (one a jurisdiction), crops and scenes with their truth."""
    with Progress() as progress:
        bar = progress.add_task("sheets", total=3)
        rng = np.random.default_rng([seed, 0])
        flat = [render_plate(rng, where).image for where in JURISDICTIONS]
        cv2.imwrite(str(folder / "plates.png"), sheet(flat, (160, 80), 8))
        progress.advance(bar)
        crops = [render_crop(np.random.default_rng([seed, 1, n]))[0] for n in range(count)]
        cv2.imwrite(str(folder / "crops.png"), sheet(crops, (160, 100), 8))
        progress.advance(bar)
        scenes = [render_scene(np.random.default_rng([seed, 2, n])) for n in range(count)]
        drawn = [with_truth(one.image, one.plates) for one in scenes]
        cv2.imwrite(str(folder / "scenes.png"), sheet(drawn, (320, 192), 4))
        progress.advance(bar)


def write_one_clip(seed: int, cars: int, light: str, folder: Path) -> None:
    """Write a clip of *cars* cars and its truth."""
    spec = traffic(seed, cars, parked=2, light=light)
    with Progress() as progress:
        bar = progress.add_task("clip", total=spec.frames)
        paths = write_clip(spec, folder, lambda done, _: progress.update(bar, completed=done))
    print(paths.video)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when everything was written."""
    parser = argparse.ArgumentParser(prog="python -m models.synth", description=__doc__)
    parser.add_argument("what", choices=(*MAKERS, "clip", "sheet"))
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same files")
    parser.add_argument("--count", type=int, default=24, help="pictures; cars for a clip")
    parser.add_argument("--light", choices=tuple(LIGHTS), default="day", help="of a clip")
    parser.add_argument("--out", type=Path, required=True, help="folder, made when missing")
    said = parser.parse_args(arguments)
    said.out.mkdir(parents=True, exist_ok=True)
    if said.what == "sheet":
        write_sheets(said.seed, said.count, said.out)
    elif said.what == "clip":
        write_one_clip(said.seed, said.count, said.light, said.out)
    else:
        write_pictures(said.what, said.seed, said.count, said.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
