"""Train the reader; the same command on two cores or a GPU.

    python -m models.reader.train --minutes 60 --render 30000 --out runs/reader

Run it again with the same ``--out`` and it goes on from the last checkpoint.
"""

import argparse
import multiprocessing
from dataclasses import dataclass
from pathlib import Path
from queue import Full

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from edge.evaluate.halves import Half, half_of
from edge.plates.alphabet import BLANK, decode
from edge.vision.rectify import rectify
from models.reader.contexts import real_contexts
from models.reader.data import FREE_SOURCES, Batch, Crop, Mix, real_crops, rendered_crops
from models.reader.model import HEIGHT, WIDTH, Reader
from models.reader.places import NOT_SAID
from models.training.run import Average, Pace, Run, begin, every


@dataclass(frozen=True)
class Config:
    """Everything that makes the weights what they are, beside data and code."""

    out: Path
    data: Path
    minutes: float
    seed: int
    render: int
    batch: int
    rate: float
    share_real: float
    device: str
    threads: int
    workers: int
    start: Path | None = None
    sources: str = "all"
    steps: int = 0
    weight_decay: float = 0.02
    average: float = 0.999
    report_s: float = 150
    ctc: float = 0.3  # breaks the plateau, see the model
    smoothing: float = 0.003  # more makes ten slots together look unsure
    place: float = 0.4  # weight of where the plate is from, against what it says


def losses(said: tuple[Tensor, Tensor, Tensor], batch: Batch, config: Config) -> Tensor:
    """Return the slots' cross entropy and, weighted, the columns' CTC and the place's."""
    slots, columns, place = said
    target = torch.from_numpy(batch.slots).to(slots.device)
    rival = torch.from_numpy(batch.rivals).to(slots.device)
    doubt = torch.from_numpy(batch.doubt).to(slots.device)[:, None]
    own, other = (
        F.cross_entropy(
            slots.float().transpose(1, 2), one, label_smoothing=config.smoothing, reduction="none"
        )
        for one in (target, rival)
    )
    cross = ((1 - doubt) * own + doubt * other).mean()
    lengths = (target != BLANK).sum(1)
    steps = torch.full_like(lengths, columns.shape[1])
    # CTC cannot write more characters than columns allow; ten slots in twenty columns always fit
    logs = F.log_softmax(columns.float(), 2).transpose(0, 1)
    ctc = F.ctc_loss(logs, target.clamp(max=BLANK), steps, lengths, blank=BLANK, zero_infinity=True)
    places = torch.from_numpy(batch.places).to(slots.device)
    trust = torch.from_numpy(batch.trust).to(slots.device) * (places != NOT_SAID)
    each = F.cross_entropy(place.float(), places.clamp(min=0), reduction="none")
    where = (each * trust).sum() / trust.sum().clamp(min=1.0)
    return cross + config.ctc * ctc + config.place * where


@torch.no_grad()
def exact(model: Reader, crops: list[Crop], margin: float, device: str) -> tuple[float, list[str]]:
    """Return the share of *crops* read without a mistake, and what was read."""
    model.eval()
    texts: list[str] = []
    for start in range(0, len(crops), 128):
        flat = [
            rectify(crop.grey, crop.corners, WIDTH, HEIGHT, margin)
            for crop in crops[start : start + 128]
        ]
        slots, _, _ = model(torch.from_numpy(np.stack(flat)).to(device))
        texts += [decode(one) for one in slots.softmax(2).cpu().numpy()]
    model.train()
    return float(np.mean([t == c.text for t, c in zip(texts, crops, strict=True)])), texts


def feed(queue: "multiprocessing.Queue[Batch]", mix: Mix, seed: int, size: int) -> None:
    """Fill *queue* with batches from a process of its own."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    for batch in mix.batches(seed, size):
        while True:
            try:
                queue.put(batch, timeout=60)
                break
            except Full:
                continue


def train(config: Config) -> None:
    """Run until the minutes are used up; leave ``checkpoint.pt`` and ``best.pt``."""
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    cv2.setNumThreads(1)
    real = real_crops(config.data, "train")
    if config.sources == "free":
        real = [crop for crop in real if crop.source in FREE_SOURCES]
    dev = [c for c in real_crops(config.data, "dev") if half_of(c.text) is Half.CHOOSE]
    rendered = rendered_crops(config.render, config.seed)
    print(f"{len(real)} real, {len(rendered)} rendered, {len(dev)} dev", flush=True)
    model = Reader().to(config.device, memory_format=torch.channels_last)
    begin(model, config.start)
    average = Average(model, config.average)
    optimiser = torch.optim.AdamW(
        model.parameters(), config.rate, weight_decay=config.weight_decay, betas=(0.9, 0.98)
    )
    run = Run(config.out, Pace(config.minutes, config.steps))
    run.set_out(config)
    best = 0.0
    if parts := run.resume():
        model.load_state_dict(parts["model"])
        average.state, average.updates = parts["average"], parts["updates"]
        optimiser.load_state_dict(parts["optimiser"])
        best = parts["best"]
    contexts = real_contexts(config.data.parent / "scenes")
    mix = Mix(real, rendered, config.share_real, contexts)
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[Batch] = context.Queue(maxsize=8)
    feeders = [
        context.Process(
            target=feed,
            args=(queue, mix, config.seed * 1000 + run.steps + n, config.batch),
            daemon=True,
        )
        for n in range(max(1, config.workers))
    ]
    for feeder in feeders:
        feeder.start()
    due, recent = every(config.report_s), []
    while run.share < 1.0:
        for group in optimiser.param_groups:
            group["lr"] = config.rate * run.pace.rate(run.share)
        batch = queue.get()
        with torch.autocast(config.device, torch.bfloat16):
            said = model(torch.from_numpy(batch.crops).to(config.device))
        loss = losses(said, batch, config)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        average.update(model)
        run.steps += 1
        run.samples += len(batch.crops)
        recent.append(float(loss.detach()))
        if due() or run.share >= 1.0:
            best = report(run, model, average, optimiser, dev, recent, best, config)
            recent.clear()
    for feeder in feeders:
        feeder.terminate()


def report(
    run: Run,
    model: Reader,
    average: Average,
    optimiser: torch.optim.Optimizer,
    dev: list[Crop],
    recent: list[float],
    best: float,
    config: Config,
) -> float:
    """Score the averaged weights on dev's first half, save, and return the best score so far.

    A checkpoint is judged by what it reads at the plate's edge and with the product's margin.
    """
    scored = Reader().to(config.device)
    scored.load_state_dict(average.state)
    tight, loose = (exact(scored, dev, margin, config.device)[0] for margin in (0.0, 0.04))
    score = (tight + loose) / 2
    run.log({"loss": float(np.mean(recent)), "dev": score, "tight": tight, "loose": loose})
    if score >= best:
        torch.save(average.state, run.folder / "best.pt")
    run.save(
        model=model.state_dict(),
        average=average.state,
        updates=average.updates,
        optimiser=optimiser.state_dict(),
        best=max(best, score),
    )
    return max(best, score)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/reader"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data/plates"))
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, default=0, help="instead of minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--render", type=int, default=30_000, help="rendered crops")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--share-real", type=float, default=0.5)
    parser.add_argument(
        "--sources", choices=("all", "free"), default="all", help="free: stated licences only"
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--start", type=Path, help="weights of an earlier run to begin with")
    parser.add_argument("--workers", type=int, default=1, help="processes that make batches")
    train(Config(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
