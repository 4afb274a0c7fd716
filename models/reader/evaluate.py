"""How well a reader reads the labelled crops, by place, and how sure it ought to be.

    python -m models.reader.evaluate --run runs/reader --sheet /tmp/wrong.png

The sheet shows every wrong read, by source: the crop as the reader sees it, the label, the read.
"""

import argparse
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from edge.evaluate.halves import Half, half_of
from edge.plates.alphabet import confidence, decode, encode
from edge.vision.rectify import rectify
from models.reader.data import Crop, real_crops
from models.reader.model import HEIGHT, WIDTH, Reader
from models.reader.places import NOT_SAID, PLACES, UNKNOWN, place_index, place_weights


def flat(crops: list[Crop], margin: float) -> NDArray[np.uint8]:
    """Return the crops as the product would hand them to the reader, ``(N, 64, 160)``."""
    views = [rectify(crop.grey, crop.corners, WIDTH, HEIGHT, margin) for crop in crops]
    return np.stack(views)


@dataclass(frozen=True)
class Said:
    """What the reader says: ``(N, 10, 37)`` slots and ``(N, K)`` places, probabilities."""

    slots: NDArray[np.float32]
    places: NDArray[np.float32]


@torch.no_grad()
def said_of(shipped: nn.Module, views: NDArray[np.uint8]) -> Said:
    """Return what *shipped* says of ``(N, 64, 160)`` views."""
    parts = [shipped(torch.from_numpy(views[n : n + 128])) for n in range(0, len(views), 128)]
    slots, places = zip(*parts, strict=True)
    return Said(torch.cat(slots).numpy(), torch.cat(places).numpy())


def half(crops: list[Crop], which: Half) -> NDArray[np.bool_]:
    """Return which of *crops* are of one half of dev; all pictures of a plate are in the same."""
    return np.array([half_of(crop.text) is which for crop in crops])


@torch.no_grad()
def temperature(model: Reader, crops: Tensor, texts: list[str]) -> float:
    """Return what the log-odds must be divided by so that whole plates' confidences are true.

    It has the least Brier score of "the text is right". The likelihood of single slots would be
    ruled by the few plates that are beyond reading, and make all others look unsure.
    """
    logits = torch.cat([model(part)[0] for part in crops.split(128)])
    heats = _heats()
    read = logits.argmax(2).numpy()
    right = np.array([(one == encode(text)).all() for one, text in zip(read, texts, strict=True)])
    sure = [(logits / heat).softmax(2).amax(2).prod(1).numpy() for heat in heats]
    return float(heats[int(np.argmin([np.square(one - right).mean() for one in sure]))])


@torch.no_grad()
def place_temperature(model: Reader, crops: Tensor, regions: list[str]) -> float:
    """Return what the places' log-odds must be divided by: the one that makes the truth likeliest.

    Places with many photographs count no more than others, as in training.
    """
    logits = torch.cat([model(part)[2] for part in crops.split(128)])
    truth = torch.tensor([place_index(region) for region in regions])
    trust = torch.from_numpy(place_weights(regions)) * (truth != NOT_SAID)
    if not trust.any():
        return 1.0
    chosen = truth.clamp(min=0)[:, None]
    losses = [
        float(-((logits / heat).log_softmax(1).gather(1, chosen)[:, 0] * trust).sum())
        for heat in _heats()
    ]
    return float(_heats()[int(np.argmin(losses))])


def _heats() -> NDArray[np.float64]:
    return np.exp(np.linspace(np.log(0.4), np.log(2.5), 74))


def place(crop: Crop) -> str:
    """Return the group that a crop is scored in: us, eu, br, and the others together."""
    start = crop.region.split("-")[0]
    return start if start in {"us", "eu", "br"} else "other"


def reader_figures(shipped: nn.Module, dev: list[Crop], margin: float) -> dict[str, float]:
    """Return whole-plate exact, overall and by place; calibration and places of the second half."""
    said = said_of(shipped, flat(dev, margin))
    right = np.array([decode(one) == crop.text for one, crop in zip(said.slots, dev, strict=True)])
    groups: defaultdict[str, list[bool]] = defaultdict(list)
    for crop, good in zip(dev, right, strict=True):
        groups[place(crop)].append(bool(good))
    sure = np.array([confidence(one) for one in said.slots])
    figures = {"exact": float(right.mean())}
    figures |= {f"exact_{name}": float(np.mean(each)) for name, each in sorted(groups.items())}
    report = half(dev, Half.REPORT)
    if not report.any():
        return figures
    figures["exact_report_half"] = float(right[report].mean())
    figures["calibration_error"] = calibration_error(sure[report], right[report])
    certain = sure[report] > 0.9
    figures["share_over_0.9"] = float(certain.mean())
    figures["exact_over_0.9"] = float(right[report][certain].mean()) if certain.any() else 0.0
    return figures | place_figures(said.places[report], [c.region for c in _those(dev, report)])


SPEAKS = 0.8  # policy.jurisdiction_probability: a place less sure than this is not said


def place_figures(places: NDArray[np.float32], regions: list[str]) -> dict[str, float]:
    """Return how often the place is said and how often it is then right, US states and countries.

    Args:
        places: ``(N, K)`` probabilities.
    """
    truth = np.array([place_index(region) for region in regions])
    figures = {}
    for name, inside in (
        ("state", np.array([region.startswith("us-") for region in regions]) & (truth >= 0)),
        ("country", np.array([not region.startswith("us") for region in regions]) & (truth >= 0)),
    ):
        if not inside.any():
            continue
        best = places[inside].argmax(1)
        speaks = (places[inside].max(1) >= SPEAKS) & (best != PLACES.index(UNKNOWN))
        good = best == truth[inside]
        figures[f"{name}_exact"] = float(good.mean())
        figures[f"{name}_said"] = float(speaks.mean())
        figures[f"{name}_right_of_said"] = float(good[speaks].mean()) if speaks.any() else 0.0
    return figures


def _those(crops: list[Crop], chosen: NDArray[np.bool_]) -> list[Crop]:
    return [crop for crop, keep in zip(crops, chosen, strict=True) if keep]


def calibration_error(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return how far confidence is from truth on average, in ten equal bins of confidence."""
    bins = np.minimum((sure * 10).astype(int), 9)
    error = 0.0
    for one in range(10):
        inside = bins == one
        if inside.any():
            error += float(inside.mean() * abs(sure[inside].mean() - right[inside].mean()))
    return error


def wrong_sheet(shipped: nn.Module, dev: list[Crop], margin: float, file: Path) -> None:
    """Write a picture of every wrong read; print wrong reads by source and by confusion."""
    views = flat(dev, margin)
    slots = said_of(shipped, views).slots
    cells, sources, swaps = [], Counter[str](), Counter[str]()
    for crop, view, one in sorted(
        zip(dev, views, slots, strict=True), key=lambda item: item[0].source
    ):
        text = decode(one)
        if text == crop.text:
            continue
        sources[crop.source] += 1
        if len(text) == len(crop.text):
            swaps.update(f"{a}>{b}" for a, b in zip(crop.text, text, strict=True) if a != b)
        cells.append(_cell(view, crop, f"{text} {confidence(one):.2f}"))
    totals = Counter(crop.source for crop in dev)
    print({s: f"{n}/{totals[s]}" for s, n in sources.items()}, swaps.most_common(25), sep="\n")
    if cells:
        cells += [np.zeros_like(cells[0])] * (-len(cells) % 8)
        rows = [np.hstack(cells[n : n + 8]) for n in range(0, len(cells), 8)]
        cv2.imwrite(str(file), np.vstack(rows))


def _cell(view: NDArray[np.uint8], crop: Crop, read: str) -> NDArray[np.uint8]:
    cell = np.zeros((HEIGHT + 38, WIDTH + 6), np.uint8)
    cell[:HEIGHT, :WIDTH] = view
    cv2.putText(cell, crop.text, (2, HEIGHT + 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255, 1)
    cv2.putText(cell, read, (2, HEIGHT + 25), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 200, 1)
    name = f"{crop.source[-14:]}/{crop.file[-10:-5]}"
    cv2.putText(cell, name, (2, HEIGHT + 36), cv2.FONT_HERSHEY_SIMPLEX, 0.3, 150, 1)
    return cell


def main() -> None:
    """Read the command line and print figures for several margins."""
    from models.reader.export import Shipped, load  # noqa: PLC0415 - export imports this file

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/reader"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data/plates"))
    parser.add_argument("--margins", type=float, nargs="+", default=[0.0, 0.02, 0.04, 0.06, 0.08])
    parser.add_argument("--sheet", type=Path)
    given = parser.parse_args()
    dev = real_crops(given.data, "dev")
    shipped = Shipped(load(given.run / "best.pt"), 1.0, 1.0).eval()
    for margin in given.margins:
        figures = reader_figures(shipped, dev, margin)
        print(margin, {name: round(value, 4) for name, value in figures.items()})
    if given.sheet:
        wrong_sheet(shipped, dev, given.margins[0], given.sheet)


if __name__ == "__main__":
    main()
