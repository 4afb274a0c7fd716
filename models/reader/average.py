"""One reader from several runs that began with each other: the mean of their weights.

    python -m models.reader.average --out runs/reader-mean runs/a/best.pt=1 runs/b/checkpoint.pt=2

Runs along one line of training lie close enough that their mean reads better than each (Wortsman
et al., "Model soups", 2022). Which shares are best is chosen on dev's first half. A head that an
earlier run had not yet counts where it is.
"""

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor

State = dict[str, Tensor]


def weights_of(file: Path) -> State:
    """Return a run's weights; of a checkpoint the averaged ones."""
    parts = torch.load(file, map_location="cpu", weights_only=file.name == "best.pt")
    state: State = parts.get("average", parts)
    return state


def mean(states: list[tuple[float, State]]) -> State:
    """Return the weighted mean, shaped like the last; what is not a fraction is the last's.

    A tensor that is only in some states is their mean.
    """
    last = states[-1][1]
    out = {}
    for name, value in last.items():
        if not value.dtype.is_floating_point:
            out[name] = value
            continue
        parts = [(share, state[name]) for share, state in states if name in state]
        out[name] = sum(share * part for share, part in parts) / sum(share for share, _ in parts)
    return out


def main() -> None:
    """Read the command line; write ``best.pt`` and the last run's ``config.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE=SHARE", help="the newest run last")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    pairs = [one.rpartition("=") for one in given.files]
    files = [Path(file) for file, _, _ in pairs]
    states = [
        (float(share), weights_of(file)) for file, (_, _, share) in zip(files, pairs, strict=True)
    ]
    given.out.mkdir(parents=True, exist_ok=True)
    torch.save(mean(states), given.out / "best.pt")
    config = json.loads((files[-1].parent / "config.json").read_text())
    (given.out / "config.json").write_text(json.dumps(config | {"mean_of": given.files}, indent=2))


if __name__ == "__main__":
    main()
