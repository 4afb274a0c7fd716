"""What fusing a pass gains over its single frames, on rendered and filmed streets.

    python -m models.measure.fusion --clips 20

The product's detector, reader, tracker and fusion see H.264 clips of every difficulty (light, blur,
lost detail, compression, size). A pass counts once it has two reads, as the product tells it then.
Clips are kept below ``.cache/passes``; recipes are chosen on even clips, and told of odd ones.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from edge.clock import SystemClock
from edge.config import load
from edge.config.settings import Settings
from edge.evaluate.metrics import Share
from edge.plates import alphabet
from edge.tracking.fusion import Fusion
from edge.tracking.tracker import Tracker
from edge.vision.picture import open_picture_reader
from models.measure.passes import PassSeen, Seen, draw_filming, film_all, see
from models.measure.statistics import Numbers, Truths, bootstrap
from models.measure.tables import rate, table

_NARROW, _WIDE = 24.0, 160.0
_TRUSTS: Final = (0.9, 0.98, 1.0)
_CORRELATIONS: Final = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7)


def _clamped(seen: Seen) -> float:
    return min(max(seen.width, _NARROW), _WIDE)


WEIGHTS: Final[dict[str, Callable[[Seen], float]]] = {
    "all alike": lambda _: 1.0,
    "width": _clamped,
    "width^2": lambda seen: _clamped(seen) ** 2,
    "confidence": lambda seen: seen.confidence + 0.01,
    "width x root of confidence": lambda seen: _clamped(seen) * (seen.confidence + 0.01) ** 0.5,
    "width x confidence": lambda seen: _clamped(seen) * (seen.confidence + 0.01),
    "width x confidence^2": lambda seen: _clamped(seen) * (seen.confidence + 0.01) ** 2,
    "width^2 x confidence": lambda seen: _clamped(seen) ** 2 * (seen.confidence + 0.01),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way of fusing."""

    trust: float
    correlation: float
    weights: str

    def fuse(self, one: PassSeen, least_reads: int = 2) -> list[tuple[str, float]]:
        """Return text and confidence after each read, from the one on that is told."""
        fusion, weight = Fusion(self.trust, self.correlation), WEIGHTS[self.weights]
        told = []
        for number, seen in enumerate(one.reads, start=1):
            fusion.add(seen.slots, weight(seen))
            if number >= least_reads:
                slots = fusion.slots()
                told.append((alphabet.decode(slots), alphabet.confidence(slots)))
        return told


def watch(
    settings: Settings, clips: int, seed: int, folder: Path, processes: int
) -> list[PassSeen]:
    """Return all passes of *clips* streets, as the product's line sees them."""
    reader = open_picture_reader(
        settings.detector.model_copy(update={"threads": 1}),
        settings.reader.model_copy(update={"threads": 1}),
        settings.zones,
        SystemClock(),
    )
    filmings = draw_filming(seed, clips)
    passes: list[PassSeen] = []
    for number, (filming, where) in enumerate(
        zip(filmings, film_all(filmings, folder, processes), strict=True)
    ):
        passes += see(number, filming, where, reader, Tracker(settings.tracking))
    return passes


def frames_wrong(one: PassSeen) -> float:
    """Return the share of a pass's single reads that are wrong."""
    return float(np.mean([seen.text != one.text for seen in one.reads]))


def surest(one: PassSeen) -> Seen:
    """Return the read of the best single frame: the surest one."""
    return max(one.reads, key=lambda seen: seen.confidence)


def widest_of(one: PassSeen) -> Seen:
    """Return the read of the frame that shows the plate largest."""
    return max(one.reads, key=lambda seen: seen.width)


def gain(passes: Sequence[PassSeen], least: float) -> str:
    """Return a table of errors: mean frame, best frame, fused, and their ratio with interval."""
    wrong = np.array([frames_wrong(one) for one in passes])
    groups: dict[str, Truths] = {
        "all passes": np.ones(len(passes), bool),
        "up to a third of the frames wrong": wrong <= 1 / 3,
        "one to two thirds": (wrong > 1 / 3) & (wrong <= 2 / 3),
        "more": wrong > 2 / 3,
        "some frame right": wrong < 1.0,
        **{light: np.array([one.light == light for one in passes])
           for light in ("day", "overcast", "dusk", "night", "infrared")},
    }  # fmt: skip
    rows = []
    for name, inside in groups.items():
        some = [one for one, keep in zip(passes, inside, strict=True) if keep]
        if some:
            rows.append([name, *_errors(some, least)])
    head = ("passes", "how many", "mean frame", "best frame", "fused", "fused / best",
            "widest frame", "fused / widest", f"fused over {least}", "wrong over it",
            "ever wrong over it")  # fmt: skip
    return table(head, rows)


def _errors(passes: Sequence[PassSeen], least: float) -> list[object]:
    best = np.array([surest(one).text != one.text for one in passes], float)
    widest = np.array([widest_of(one).text != one.text for one in passes], float)
    fused = np.array([one.fused is None or one.fused[0] != one.text for one in passes], float)
    over = [one for one in passes if one.fused is not None and one.fused[1] >= least]
    bad = sum(one.fused is not None and one.fused[0] != one.text for one in over)
    ever = sum(one.surest_wrong >= least for one in passes)
    return [
        len(passes),
        f"{np.mean([frames_wrong(one) for one in passes]):.3f}",
        f"{best.mean():.3f}",
        f"{fused.mean():.3f}",
        _ratio(fused, best),
        f"{widest.mean():.3f}",
        _ratio(fused, widest),
        f"{len(over) / len(passes):.3f}",
        rate(Share(bad, len(over))),
        rate(Share(ever, len(passes))),
    ]


def _ratio(fused: Numbers, other: Numbers) -> str:
    if not other.any():
        return "-"
    low, high = bootstrap(fused, other, np.random.default_rng(0))
    return f"{fused.sum() / other.sum():.2f} ({low:.2f}-{high:.2f})"


def sweep(passes: Sequence[PassSeen], start: Recipe, least: float) -> str:
    """Return a table: each part of the recipe changed alone, then weights with correlations."""
    recipes = [start]
    recipes += [Recipe(trust, start.correlation, start.weights) for trust in _TRUSTS]
    recipes += [Recipe(start.trust, one, start.weights) for one in _CORRELATIONS]
    recipes += [Recipe(start.trust, start.correlation, name) for name in WEIGHTS]
    recipes += [Recipe(start.trust, one, "width") for one in _CORRELATIONS]
    even = np.array([one.clip % 2 == 0 for one in passes])
    rows = []
    for recipe in dict.fromkeys(recipes):
        outcomes = [_outcome(recipe, one, least) for one in passes]
        halves = [[o for o, inside in zip(outcomes, some, strict=True) if inside]
                  for some in (even, ~even)]  # fmt: skip
        rows.append(
            [recipe.trust, recipe.correlation, recipe.weights, *_told(halves[0]), *_told(halves[1])]
        )
    names = ("error", "Brier", f"ever right over {least}", "ever wrong over it")
    head = ("trust", "correlation", "weights", *(f"{name}, choose" for name in names),
            *(f"{name}, report" for name in names))  # fmt: skip
    return table(head, rows)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a pass: at its end, and at any time over the threshold."""

    right: bool
    confidence: float
    ever_right: bool
    ever_wrong: bool


def _outcome(recipe: Recipe, one: PassSeen, least: float) -> _Outcome:
    told = recipe.fuse(one)
    sure = [text == one.text for text, confidence in told if confidence >= least]
    text, confidence = told[-1]
    return _Outcome(text == one.text, confidence, any(sure), not all(sure))


def _told(outcomes: Sequence[_Outcome]) -> list[object]:
    right = np.array([one.right for one in outcomes])
    sure = np.array([one.confidence for one in outcomes])
    return [
        f"{(~right).mean():.3f}",
        f"{np.square(sure - right).mean():.4f}",
        f"{np.mean([one.ever_right for one in outcomes]):.3f}",
        sum(one.ever_wrong for one in outcomes),
    ]


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=20, help="of eight cars each")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(".cache/passes"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--detector", default="detector", help="a card's path or name")
    parser.add_argument("--reader", default="reader", help="a card's path or name")
    said = parser.parse_args()
    settings = load([]).settings
    settings = settings.model_copy(
        update={
            "detector": settings.detector.model_copy(update={"card": said.detector}),
            "reader": settings.reader.model_copy(update={"card": said.reader}),
        }
    )
    passes = watch(settings, said.clips, said.seed, said.folder, said.processes)
    told = [one for one in passes if len(one.reads) >= settings.tracking.min_reads]
    least = settings.policy.alarm_probability
    shown = sum(one.frames >= 2 for one in passes)
    print(f"{len(passes)} passes, {shown} with 20 px of plate in two frames and more;")
    reads, split = [len(one.reads) for one in told], sum(one.sightings > 1 for one in told)
    print(
        f"{len(told)} read twice and more, {np.mean(reads):.1f} reads each, {split} told as two\n"
    )
    print(gain(told, least))
    tracking = settings.tracking
    start = Recipe(tracking.trust_in_read, tracking.read_correlation, "width x confidence")
    print(f"\n## Recipes\n\n{sweep(told, start, least)}")


if __name__ == "__main__":
    main()
