"""A training run: its folder, its pace by the clock, its log, its checkpoints."""

import csv
import dataclasses
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn


@dataclass(frozen=True)
class Pace:
    """How far a run is: a cosine over minutes, so that the same command fits any machine.

    With *steps* it is a cosine over so many steps, which gives the same weights again.
    """

    minutes: float
    steps: int = 0
    warm_up: float = 0.02
    last: float = 0.02

    def rate(self, share: float) -> float:
        """Return the factor of the learning rate at *share* (0..1) of the run."""
        if share < self.warm_up:
            return max(0.01, share / self.warm_up)
        along = (share - self.warm_up) / (1 - self.warm_up)
        return self.last + (1 - self.last) * 0.5 * (1 + math.cos(math.pi * min(1.0, along)))


class Average:
    """An exponential moving average of a model's weights; it reads better than the last ones."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {name: value.detach().clone() for name, value in model.state_dict().items()}
        self.updates = 0

    def update(self, model: nn.Module) -> None:
        """Take in the present weights; the first updates weigh more."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        with torch.no_grad():
            for name, value in model.state_dict().items():
                kept = self.state[name]
                if kept.dtype.is_floating_point:
                    kept.lerp_(value.detach().to(kept.dtype), 1 - decay)
                else:
                    kept.copy_(value)


class Run:
    """The folder of one run and how much of its time has been used, over all its starts."""

    def __init__(self, folder: Path, pace: Pace) -> None:
        self.folder = folder
        self.pace = pace
        self.steps = 0
        self.samples = 0
        self._used_s = 0.0
        self._began = time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def share(self) -> float:
        """How much of the run is done, 0..1 and beyond."""
        if self.pace.steps:
            return self.steps / self.pace.steps
        return self.used_s / (self.pace.minutes * 60)

    @property
    def used_s(self) -> float:
        """Seconds of training so far, those before a resumption included."""
        return self._used_s + time.monotonic() - self._began

    def set_out(self, config: Any) -> None:
        """Save the configuration beside the run; begin to count time."""
        text = json.dumps(dataclasses.asdict(config), indent=2, default=str)
        (self.folder / "config.json").write_text(text + "\n")
        self._began = time.monotonic()

    def log(self, figures: Mapping[str, float]) -> None:
        """Print one line with the time left, and append it to ``log.csv``."""
        row = {
            "minutes": round(self.used_s / 60, 2),
            "steps": self.steps,
            "samples": self.samples,
            **{name: round(value, 5) for name, value in figures.items()},
        }
        left = max(0.0, self.used_s / 60 / max(self.share, 1e-6) - self.used_s / 60)
        print(" ".join(f"{k}={v}" for k, v in row.items()), f"left={left:.1f}min", flush=True)
        file = self.folder / "log.csv"
        fresh = not file.exists()
        with file.open("a", newline="") as out:
            writer = csv.DictWriter(out, list(row))
            if fresh:
                writer.writeheader()
            writer.writerow(row)

    def save(self, **parts: Any) -> None:
        """Write ``checkpoint.pt``, whole or not at all."""
        draft = self.folder / "checkpoint.new"
        torch.save(
            {"steps": self.steps, "samples": self.samples, "used_s": self.used_s, **parts}, draft
        )
        draft.replace(self.folder / "checkpoint.pt")

    def resume(self) -> dict[str, Any] | None:
        """Return the last checkpoint's parts, or None at the first start."""
        file = self.folder / "checkpoint.pt"
        if not file.exists():
            return None
        parts: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=False)
        self.steps, self.samples = parts["steps"], parts["samples"]
        self._used_s, self._began = parts["used_s"], time.monotonic()
        return parts


def begin(model: nn.Module, file: Path | None) -> None:
    """Load the weights of an earlier run, if a *file* is named.

    A layer that the earlier network had not yet begins as one that changes little: the scale of its
    norm is 0.1, and it stands in a residual branch. (At 0 it would stay there: behind a ReLU at 0
    nothing is learned.)
    """
    if file is None:
        return
    missing, unknown = model.load_state_dict(
        torch.load(file, map_location="cpu", weights_only=True), strict=False
    )
    if unknown:
        raise ValueError(f"{file}: has {unknown[0]}, which this network has not")
    fresh = {name.rsplit(".", 1)[0] for name in missing}
    for name, part in model.named_modules():
        if name in fresh and isinstance(part, nn.BatchNorm2d):
            nn.init.constant_(part.weight, 0.1)


def every(seconds: float) -> Callable[[], bool]:
    """Return a function that is true at most once in *seconds*, not at its first call."""
    last = time.monotonic()

    def due() -> bool:
        nonlocal last
        if time.monotonic() - last < seconds:
            return False
        last = time.monotonic()
        return True

    return due
