"""What the drift watch tells of faults that grow by the day, against the reads that they cost.

    python -m models.measure.drift_slow [--seed 1] [--only drops]

A fault begins small and grows a step a day. For each day the table says what the watch had told by
its end, and how many of the plates that the shipped models read without a fault are still read
right. Without the watch the lost reads are all that there is to notice.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from edge.clock import SystemClock
from edge.config import Settings, load
from edge.records import Frame
from edge.vision.drift import Look, compare
from edge.vision.drifting import Drifting
from edge.vision.picture import PictureReader, open_picture_reader
from models.measure.drift import HOURS, Bank, Spoil, seen
from models.synth import degrade
from models.synth.clips import ClipFrame, ClipSpec, Pass, render_clip

_VIEWS: Final = 4  # an hour; one is made, and counts as often
_LOST: Final = 0.9  # of the reads
_DAYS: Final = 8
_FRAMES: Final = 14
_LIGHTS: Final = ("day", "overcast", "dusk", "night")
_READ_BY: Final = ("day", "night")
_PASSES: Final = tuple(
    Pass(f"c{n}", f"AB123{n:02}", "us-ct", 1.1 * n - 2.0, 30.0, n % 2) for n in range(14)
)
_STREET: Final = ClipSpec(
    seed=5, fps=1.0, lanes=2, passes=_PASSES, focal_px=4600.0, pitch=0.15, yaw=-0.2
)

Street = Mapping[str, Sequence[ClipFrame]]


def street(spec: ClipSpec) -> Street:
    """Return frames by light, with what is true of them."""
    return {
        light: list(render_clip(replace(spec, light=light, seconds=float(_FRAMES))))
        for light in _LIGHTS
    }


def faults(seed: int) -> dict[str, tuple[str, Callable[[int], tuple[ClipSpec, Spoil]]]]:
    """Return by name the step of a day, and what is done to the camera on a day."""

    def same(spoil: Callable[[int], Spoil]) -> Callable[[int], tuple[ClipSpec, Spoil]]:
        return lambda day: (_STREET, spoil(day))

    def panned(day: int) -> tuple[ClipSpec, Spoil]:
        yaw = _STREET.yaw + float(np.radians(0.5 * day))
        return replace(_STREET, yaw=yaw), lambda image: image

    drops = partial(np.random.default_rng, seed + 8)
    return {
        "turns away": ("0.5 degrees", panned),
        "loses its focus": (
            "0.4 px",
            same(lambda day: lambda image: degrade.defocus(image, 0.4 * day)),
        ),
        "drops on the window": (
            "6 drops",
            same(lambda day: lambda image: degrade.lens_drops(drops(), image, 6 * day, 45)),
        ),
        "lamp and gain fail": (
            "half a stop",
            same(lambda day: lambda image: degrade.exposure(image, -0.5 * day)),
        ),
    }


def right(frames: Street, spoil: Spoil, reader: PictureReader, clock: SystemClock) -> int:
    """Return how many plates are read right by day and by night."""
    count = 0
    for light in _READ_BY:
        for one in frames[light]:
            found = reader.read(Frame(spoil(one.image), clock.now()))
            truth = {plate.text for plate in one.plates}
            count += sum(read.text in truth for read in found.reads)
    return count


def told(bank: Bank, known: Mapping[int, Look], spoil: Spoil, seed: int) -> dict[str, float]:
    """Return by word after how many hours of a day it is told."""
    rng, drifting, words = np.random.default_rng(seed), Drifting(), dict[str, float]()
    for hour, light in enumerate(HOURS):
        change = compare(seen(rng, bank, light, 0.0, 0.0, spoil), known[hour], known)
        for view in range(_VIEWS):
            for each in drifting.take(change):
                words.setdefault(each.what, hour + (view + 1) / _VIEWS)
    return words


def main(words: Sequence[str] | None = None) -> None:
    """Print a table for each fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="faults with this in their name")
    options = parser.parse_args(words)
    settings, clock = load([]).settings, SystemClock("always")
    reader = _reader(settings, clock)
    well = street(_STREET)
    bank, rng = _bank(well), np.random.default_rng(options.seed)
    known = {
        hour: seen(rng, bank, light, 0.0, 0.0, lambda image: image)
        for hour, light in enumerate(HOURS)
    }
    whole = right(well, lambda image: image, reader, clock)
    print(f"without a fault {whole} plates are read right", flush=True)
    for name, (step, fault) in faults(options.seed).items():
        if options.only not in name:
            continue
        print(f"{name}, {step} a day:")
        for day in range(1, _DAYS + 1):
            spec, spoil = fault(day)
            frames = well if spec == _STREET else street(spec)
            share = right(frames, spoil, reader, clock) / whole
            found = told(_bank(frames), known, spoil, options.seed + day)
            said = ", ".join(f"{what} after {hours:g} h" for what, hours in found.items())
            print(f"  day {day}: {share:4.0%} of the reads; {said or 'nothing told'}", flush=True)
            if share < _LOST and found:
                break


def _bank(frames: Street) -> Bank:
    return {light: [one.image for one in found] for light, found in frames.items()}


def _reader(settings: Settings, clock: SystemClock) -> PictureReader:
    return open_picture_reader(settings.detector, settings.reader, settings.zones, clock)


if __name__ == "__main__":
    main()
