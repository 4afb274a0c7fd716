"""A run's log as a picture.

    python -m models.training.curves runs/reader runs/detector

Writes ``curves.png`` into each folder: every figure of ``log.csv`` over the samples seen.
"""

import argparse
import csv
from pathlib import Path

import matplotlib as mpl

PACE = ("minutes", "steps", "samples")


def draw(folder: Path) -> Path:
    """Write the curves of one run; return the picture's path."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend without a screen

    with (folder / "log.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = [name for name in rows[0] if name not in PACE]
    across = [int(row["samples"]) / 1000 for row in rows]
    figure, axes = plt.subplots(len(names), 1, figsize=(7, 1.7 * len(names)), sharex=True)
    for axis, name in zip([axes] if len(names) == 1 else axes, names, strict=True):
        axis.plot(across, [float(row[name]) for row in rows])
        axis.set_ylabel(name)
        axis.grid(visible=True, alpha=0.3)
    figure.supxlabel("thousand samples")
    figure.tight_layout()
    file = folder / "curves.png"
    figure.savefig(file, dpi=90)
    plt.close(figure)
    return file


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    for folder in parser.parse_args().folders:
        print(draw(folder))


if __name__ == "__main__":
    main()
