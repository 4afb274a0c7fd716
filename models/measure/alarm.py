"""How true the shipped reader's confidences are, and what they let through to an alarm.

    python -m models.measure.alarm --plot runs/reliability.svg

Temperatures and other fits use one half of the dev plates, all figures are of the other, unless a
row says "both". Labels seen wrong are corrected; plates that nobody can read are left out.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.clock import SystemClock
from edge.config import load
from edge.evaluate import whole
from edge.evaluate.checked import load_checked
from edge.evaluate.figures import unwatched
from edge.evaluate.halves import Half
from edge.evaluate.metrics import Share, share
from edge.evaluate.truth import load_pictures
from edge.records import Pixels
from edge.vision.doubt import SHIFTS, combined
from edge.vision.picture import open_picture_reader
from models.measure import dev, statistics
from models.measure.plot import reliability_plot
from models.measure.statistics import Bin, Numbers, Truths
from models.measure.tables import rate, table, within

_EDGES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
_WANTED: Final = 0.005  # wrong whole plates over the threshold, at most


@dataclass(frozen=True, slots=True, eq=False)
class Reads:
    """All readable dev plates and what the reader says of each.

    Attributes:
        slots: of the first crop.
        again: of the crops from which the product looks again, ``(2, N, SLOTS, CLASSES)``.
        right: whether the first crop alone is read right.
        chosen: which lie in the half that fits are made on.
    """

    plates: Sequence[dev.DevPlate]
    slots: NDArray[np.float32]
    again: NDArray[np.float32]
    right: Truths
    chosen: Truths


def read_dev(data: Path, card: str) -> Reads:
    """Return the reader's answers for the readable dev plates of *data*, as stored."""
    plates = [one for one in dev.load_dev(data) if one.readable]
    reader = dev.open_reader(card)
    slots = dev.read(reader, [dev.view(reader, p.image, dev.whole(p.image), 0.0) for p in plates])
    again = [dev.read(reader, [_shifted(reader, p.image, by) for p in plates]) for by in SHIFTS]
    chosen = np.array([one.half is Half.CHOOSE for one in plates])
    return Reads(plates, slots, np.stack(again), dev.rights(plates, slots), chosen)


def _shifted(reader: dev.Reader, image: Pixels, by: tuple[float, float]) -> Pixels:
    high, wide = image.shape[:2]
    step = np.array([by[0] * wide, by[1] * high], np.float32)
    return dev.view(reader, image, dev.whole(image) + step, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """Confidences by one recipe, and which of its reads are right."""

    sure: Numbers
    right: Truths


def recipes_of(reads: Reads, below: float) -> dict[str, Recipe]:
    """Return the line's own recipe first, then others, each fitted on the half to choose on."""
    fit = reads.chosen
    mean = combined(np.stack([reads.slots, *reads.again]))
    doubtful = dev.sure(reads.slots) < below
    line = np.where(doubtful[:, None, None], mean, reads.slots)
    right, sure = dev.rights(reads.plates, line), dev.sure(line)
    heat = statistics.temperature(line[fit], right[fit])
    knots, values = statistics.isotonic(sure[fit], right[fit])
    features = _features(reads, line, sure)
    texts = line.argmax(axis=2)
    each = np.stack([_of_text(one, texts) for one in (reads.slots, *reads.again)])
    agreeing = np.column_stack([features, _log_odds(each.min(axis=0)), _log_odds(each.max(axis=0))])
    return {
        "as the line reads": Recipe(sure, right),
        f"temperature {heat:.2f}": Recipe(dev.sure(statistics.heated(line, heat)), right),
        "isotonic": Recipe(values[np.minimum(np.searchsorted(knots, sure), len(knots) - 1)], right),
        "logistic: confidence, weakest margin, width, contrast": Recipe(
            _logistic(features, right, fit), right
        ),
        "the same with the least and most sure of 3 crops": Recipe(
            _logistic(agreeing, right, fit), right
        ),
        "3 crops always": Recipe(dev.sure(mean), dev.rights(reads.plates, mean)),
        "1 crop": Recipe(dev.sure(reads.slots), reads.right),
    }


def _logistic(features: Numbers, right: Truths, fit: Truths) -> Numbers:
    mean, spread = features[fit].mean(axis=0), features[fit].std(axis=0) + 1e-9
    scaled = (features - mean) / spread
    return statistics.predicted(scaled, statistics.logistic(scaled[fit], right[fit]))


def _features(reads: Reads, slots: NDArray[np.float32], sure: Numbers) -> Numbers:
    ordered = np.sort(slots.astype(np.float64), axis=2)
    margin = np.log(ordered[..., -1] / np.maximum(ordered[..., -2], 1e-6)).min(axis=1)
    widths = np.array([np.log(one.image.shape[1]) for one in reads.plates])
    contrast = np.array([np.log(1.0 + one.image.std()) for one in reads.plates])
    return np.column_stack([_log_odds(sure), margin, widths, contrast])


def _log_odds(p: Numbers) -> Numbers:
    held = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(held / (1 - held)))


def _of_text(slots: NDArray[np.float32], texts: NDArray[np.int64]) -> Numbers:
    said = np.take_along_axis(slots.astype(np.float64), texts[..., None], axis=2)
    return np.asarray(said[..., 0].prod(axis=1))


def scores(sure: Numbers, right: Truths, least: float) -> list[object]:
    """Return Brier score, log loss, bins that hold, and what passes *least* and is wrong."""
    held = np.clip(sure, 1e-4, 1 - 1e-4)
    loss = -np.where(right, np.log(held), np.log1p(-held)).mean()
    bins = statistics.reliability(sure, right, _EDGES)
    over = sure >= least
    wrong = Share(int((over & ~right).sum()), int(over.sum()))
    return [
        f"{np.square(sure - right).mean():.4f}",
        f"{loss:.3f}",
        f"{sum(one.holds for one in bins)}/{len(bins)}",
        f"{over.mean():.3f}",
        rate(wrong),
    ]


def threshold(sure: Numbers, right: Truths, wanted: float = _WANTED) -> float:
    """Return the lowest threshold over which at most *wanted* of the reads are wrong.

    It lies in the middle between the last read that it must keep out and the next one over it; over
    1 where even the surest read is wrong.
    """
    order = np.argsort(-sure, kind="stable")
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(wrong <= wanted)
    if not len(good):
        return 1.01
    last = int(good[-1])
    after = sure[order[last + 1]] if last + 1 < len(order) else 0.0
    return float((sure[order[last]] + after) / 2)


def passing(reads: Reads, recipe: Recipe, least: float) -> list[list[object]]:
    """Return by place the share of readable plates over *least*, and how many are wrong."""
    places = np.array([one.place for one in reads.plates])
    groups = {
        "all, report": ~reads.chosen,
        "all, both": np.ones(len(places), bool),
        "us, eu, br, report": (places != "other") & ~reads.chosen,
        "us, eu, br, both": places != "other",
        **{f"{name}, both": places == name for name in ("us", "eu", "br", "other")},
    }
    rows: list[list[object]] = []
    for name, inside in groups.items():
        over = inside & (recipe.sure >= least)
        rows.append(
            [name, within(share(recipe.right[inside])),
             within(Share(int(over.sum()), int(inside.sum()))), rate(share(~recipe.right[over]))]
        )  # fmt: skip
    return rows


def _bins(bins: Sequence[Bin]) -> list[list[object]]:
    return [
        [f"{one.low:.2f}-{one.high:.2f}", one.share.total, f"{one.mean:.3f}", within(one.share),
         "yes" if one.holds else "no"]
        for one in bins
    ]  # fmt: skip


def end_to_end(data: Path, detector: str, card: str, least: float) -> list[list[object]]:
    """Return by source of the dev pictures what passes *least*, as found and cut by the line."""
    settings = load([]).settings
    reader = open_picture_reader(
        settings.detector.model_copy(update={"card": detector, "threads": 1}),
        settings.reader.model_copy(update={"card": card, "threads": 1}),
        settings.zones,
        SystemClock(),
    )
    wholes = whole.read(load_pictures(data), reader, SystemClock(), unwatched)
    marks = whole.marks(wholes, load_checked(dev.CHECKED))
    rows: list[list[object]] = []
    for name in ("all", *sorted({one.source for one in marks})):
        some = [one for one in marks if name in ("all", one.source)]
        over = [one for one in some if one.confidence >= least]
        rows.append(
            [name, within(share(one.right for one in some)),
             within(Share(len(over), len(some))), rate(share(not one.right for one in over))]
        )  # fmt: skip
    return rows


def report(reads: Reads, recipes: Mapping[str, Recipe], least: float) -> None:
    """Print the tables."""
    out = ~reads.chosen
    rows = [[name, *scores(one.sure[out], one.right[out], least)] for name, one in recipes.items()]
    head = ("confidence", "Brier", "log loss", "bins that hold", f"over {least}", "wrong over it")
    print(
        f"## Confidence by recipe, {out.sum()} plates to report on\n", table(head, rows), sep="\n"
    )
    name, line = next(iter(recipes.items()))
    print(f"\n## Reliability, {name}, plates to report on\n")
    bins = statistics.reliability(line.sure[out], line.right[out], _EDGES)
    print(table(("bin", "reads", "promised", "right", "held"), _bins(bins)))
    head = ("plates", "right", f"over {least}", "wrong over it")
    print(f"\n## Over {least}, {name}\n", table(head, passing(reads, line, least)), sep="\n")
    west = np.array([one.place != "other" for one in reads.plates])
    both = np.ones(len(west), bool)
    for words, fit, tried in (
        ("on one half, tried on the other", reads.chosen, out),
        ("on one half, tried on the other, us, eu and br only", reads.chosen & west, out & west),
        ("and tried on both halves", both, both),
        ("and tried on both halves, us, eu and br only", west, west),
    ):
        print(f"\n## Threshold for {_WANTED:.1%} wrong, found {words}\n")
        print(_thresholds(recipes, fit, tried))


def _thresholds(recipes: Mapping[str, Recipe], fit: Truths, tried: Truths) -> str:
    rows = []
    for name, one in recipes.items():
        cut = threshold(one.sure[fit], one.right[fit])
        rows.append([name, f"{cut:.4f}", *scores(one.sure[tried], one.right[tried], cut)[3:]])
    return table(("confidence", "threshold", "over it", "wrong over it"), rows)


def draw(reads: Reads, recipes: Mapping[str, Recipe], plot: Path) -> None:
    """Write the reliability of the line's reads, and of single crops, as SVG."""
    out = ~reads.chosen
    curves = {
        name: statistics.reliability(recipes[name].sure[out], recipes[name].right[out], _EDGES)
        for name in ("as the line reads", "1 crop")
    }
    reliability_plot(plot, curves, "Whole plates of the reporting half")


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--detector", default="detector", help="a card's path or name")
    parser.add_argument("--reader", default="reader", help="a card's path, or a shipped one's name")
    parser.add_argument("--plot", type=Path, help="SVG to write")
    said = parser.parse_args()
    settings = load([]).settings
    least = settings.policy.alarm_probability
    reads = read_dev(said.data, said.reader)
    recipes = recipes_of(reads, settings.reader.look_again_below)
    report(reads, recipes, least)
    if said.plot is not None:
        draw(reads, recipes, said.plot)
    head = ("pictures", "right", f"over {least}", "wrong over it")
    print(f"\n## Dev pictures end to end, over {least}\n")
    print(table(head, end_to_end(said.data, said.detector, said.reader, least)))


if __name__ == "__main__":
    main()
