"""Train the detector; the same command on two cores or a GPU.

    python -m models.detector.train --minutes 60 --render 2500 --out runs/detector

Run it again with the same ``--out`` and it goes on from the last checkpoint.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from edge.evaluate.halves import Half, half_of
from models.detector.augment import view
from models.detector.bait import some_bait
from models.detector.data import Scene, real_scenes, rendered_scenes, weights
from models.detector.evaluate import scene_figures
from models.detector.loss import Target, losses, target
from models.detector.model import Detector
from models.training.run import Average, Pace, Run, begin, every

# (side of the training picture, pictures a batch, how often): small ones teach small plates
# cheaply, large ones plates as wide as half the frame
SIZES = ((256, 24, 0.5), (384, 10, 0.3), (512, 6, 0.2))


@dataclass(frozen=True)
class Config:
    """Everything that makes the weights what they are, beside data and code."""

    out: Path
    data: Path
    minutes: float
    seed: int
    render: int
    rate: float
    share_real: float
    device: str
    threads: int
    workers: int
    start: Path | None = None
    steps: int = 0
    limit: int = 0
    report_s: float = 240  # scoring takes the time of some hundred pictures
    weight_decay: float = 0.02
    average: float = 0.9985
    batch: int = 1
    kept: Path | None = None


class Views(IterableDataset[tuple[Tensor, Target]]):
    """An endless stream of batches, part photographs, part rendered."""

    def __init__(self, real: list[Scene], rendered: list[Scene], config: Config, seed: int) -> None:
        self._real, self._rendered = real, rendered
        self._config, self._seed = config, seed
        self._odds = np.cumsum(weights(real))
        self._bait = some_bait(config.seed)

    def __iter__(self) -> Iterator[tuple[Tensor, Target]]:
        """Yield pictures ``(N, 3, S, S)`` uint8 and their truth, for ever."""
        cv2.setNumThreads(1)
        worker = get_worker_info()
        rng = np.random.default_rng((self._seed, worker.id if worker else 0))
        odds = [share for _, _, share in SIZES]
        while True:
            size, many, _ = SIZES[int(rng.choice(len(odds), p=odds))]
            many *= self._config.batch
            drawn = [(self._draw(rng), self._draw(rng)) for _ in range(many)]
            views = [view(rng, one, behind, size, self._bait) for one, behind in drawn]
            pictures = np.stack([one.image for one in views])
            yield torch.from_numpy(pictures).permute(0, 3, 1, 2), target(views, size)

    def _draw(self, rng: np.random.Generator) -> Scene:
        if not self._rendered or rng.random() < self._config.share_real:
            index = int(np.searchsorted(self._odds, rng.random()))
            return self._real[min(index, len(self._real) - 1)]
        return self._rendered[int(rng.integers(len(self._rendered)))]


def step(
    model: Detector, optimiser: torch.optim.Optimizer, batch: tuple[Tensor, Target], device: str
) -> dict[str, float]:
    """Learn from one batch; return the parts of its loss."""
    pictures, truth = batch
    truth = Target(*(getattr(truth, f.name).to(device) for f in fields(Target)))
    pictures = pictures.to(device).contiguous(memory_format=torch.channels_last)
    with torch.autocast(device, torch.bfloat16):
        raw = model(pictures.float())
    parts = losses(raw, truth)
    optimiser.zero_grad(set_to_none=True)
    sum(parts.values(), torch.zeros((), device=device)).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
    optimiser.step()
    return {name: float(part.detach()) for name, part in parts.items()}


def train(config: Config) -> None:
    """Run until the minutes are used up; leave ``checkpoint.pt`` and ``best.pt``."""
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(1)
    real, dev = real_scenes(config.data, "train"), real_scenes(config.data, "dev")
    dev = [scene for scene in dev if half_of(scene.file) is Half.CHOOSE]
    rendered = rendered_scenes(config.render, config.seed, config.kept)
    if config.limit:
        real, dev = real[: config.limit], dev[: config.limit]
    print(f"{len(real)} real, {len(rendered)} rendered, {len(dev)} dev", flush=True)
    model = Detector().to(config.device, memory_format=torch.channels_last)
    begin(model, config.start)
    average = Average(model, config.average)
    optimiser = torch.optim.AdamW(
        model.parameters(), config.rate, weight_decay=config.weight_decay, betas=(0.9, 0.99)
    )
    run = Run(config.out, Pace(config.minutes, config.steps))
    best = 0.0
    if parts := run.resume():
        model.load_state_dict(parts["model"])
        average.state, average.updates = parts["average"], parts["updates"]
        optimiser.load_state_dict(parts["optimiser"])
        best = parts["best"]
    stream = Views(real, rendered, config, config.seed * 1_000_003 + run.steps)
    batches = iter(DataLoader(stream, batch_size=None, num_workers=config.workers))
    run.set_out(config)
    due, recent = every(config.report_s), []
    while run.share < 1.0:
        for group in optimiser.param_groups:
            group["lr"] = config.rate * run.pace.rate(run.share)
        batch = next(batches)
        recent.append(step(model, optimiser, batch, config.device))
        average.update(model)
        run.steps += 1
        run.samples += len(batch[0])
        if due() or run.share >= 1.0:
            best = report(run, model, average, optimiser, dev, recent, best, config)
            recent.clear()


def report(
    run: Run,
    model: Detector,
    average: Average,
    optimiser: torch.optim.Optimizer,
    dev: list[Scene],
    recent: list[dict[str, float]],
    best: float,
    config: Config,
) -> float:
    """Score the averaged weights, save, and return the best score so far."""
    scored = Detector().to(config.device, memory_format=torch.channels_last)
    scored.load_state_dict(average.state)
    figures = scene_figures(scored, dev, config.device, quick=True)
    parts = {name: float(np.mean([part[name] for part in recent])) for name in recent[0]}
    run.log(parts | figures)
    score = figures["quality"]
    if score >= best:
        torch.save(average.state, run.folder / "best.pt")
    best = max(best, score)
    run.save(
        model=model.state_dict(),
        average=average.state,
        updates=average.updates,
        optimiser=optimiser.state_dict(),
        best=best,
    )
    return best


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/detector"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data/scenes"))
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, default=0, help="instead of minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--render", type=int, default=2500, help="rendered scenes")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--share-real", type=float, default=0.65)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--start", type=Path, help="weights of an earlier run to begin with")
    parser.add_argument("--workers", type=int, default=1, help="processes that make batches")
    parser.add_argument("--batch", type=int, default=1, help="times the batch for two cores")
    parser.add_argument("--kept", type=Path, help="file that holds the rendered scenes")
    parser.add_argument("--limit", type=int, default=0, help="of photographs, to try things out")
    train(Config(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
