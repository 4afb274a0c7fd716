"""A rendered street for demo and benchmarks, kept under ``.cache`` for the next time."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from models.synth.clips import ClipSpec
from models.synth.formats import random_serial
from models.synth.traffic import differs, traffic
from models.synth.video import write_clip

_ROOT = Path(__file__).resolve().parents[1]
_LISTED_FROM = ("us-ct", "us-ny")


@dataclass(frozen=True)
class Clip:
    """A video of traffic and what is in it.

    Attributes:
        plates: of all cars that pass, the listed ones among them.
        listed, states: the two that are to be put on a hotlist, and where they are from.
    """

    video: Path
    seconds: float
    frames: int
    plates: tuple[str, ...]
    listed: tuple[str, ...]
    states: tuple[str, ...]


def traffic_clip(seed: int, cars: int, progress: Callable[[int, int], None] | None = None) -> Clip:
    """Return a clip of *cars* cars, two of them to be listed; rendered only once.

    Args:
        progress: is told how many frames of how many are done; not called for a kept clip.
    """
    listed = chosen_listed(seed)
    spec = traffic(seed, cars, listed)
    folder = _ROOT / ".cache" / "clips" / _key(spec)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            write_clip(spec, draft, progress)
            draft.rename(folder)  # all of it or nothing, whoever interrupts
        except OSError:
            if not folder.exists():  # else another process was faster, with the same clip
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return Clip(
        video=folder / "clip.mp4",
        seconds=spec.seconds,
        frames=spec.frames,
        plates=tuple(one.text for one in spec.passes),
        listed=tuple(text for text, _ in listed),
        states=tuple(where for _, where in listed),
    )


def rendered(console: Console, seed: int, cars: int) -> Clip:
    """Return :func:`traffic_clip`, showing on *console* how far it is."""
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("rendering the street, once", total=None)
        return traffic_clip(
            seed, cars, lambda done, total: bar.update(task, completed=done, total=total)
        )


def chosen_listed(seed: int) -> list[tuple[str, str]]:
    """Return two plates that nobody takes for each other."""
    rng = np.random.default_rng([seed, 31])
    while True:
        texts = [random_serial(rng, where) for where in _LISTED_FROM]
        if min(map(len, texts)) >= 6 and differs(*texts) >= 3:
            return list(zip(texts, _LISTED_FROM, strict=True))


def _key(spec: ClipSpec) -> str:
    """Return a name that changes with the spec and with the renderer."""
    digest = hashlib.sha256(json.dumps(asdict(spec)).encode())
    for file in sorted((_ROOT / "models" / "synth").rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
