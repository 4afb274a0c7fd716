"""From float32 weights to their int8 twin, its card, and what it loses on the dev data.

python -m models.quantise --what detector
python -m models.quantise --what reader
"""

import argparse
from pathlib import Path

from edge.vision.cards import load_card
from models.quantise.card import write_int8_card
from models.quantise.graph import quantise
from models.quantise.loss import figures, scores, show
from models.quantise.pictures import calibration

WEIGHTS = Path("models/weights")


def main(words: list[str] | None = None) -> Path:
    """Read the command line, write the file and its card, and return the card."""
    parser = argparse.ArgumentParser(prog="python -m models.quantise", description=__doc__)
    parser.add_argument("--what", required=True, help="detector, reader, or another card's name")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the float32 card")
    parser.add_argument("--out", type=Path, help="folder of the int8 one (default: the same)")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--pictures", type=int, default=512, help="to measure ranges over")
    given = parser.parse_args(words)
    float_card = given.weights / f"{given.what}.toml"
    out = given.out or given.weights
    out.mkdir(parents=True, exist_ok=True)
    card = load_card(str(float_card))
    weights = out / f"{given.what}-int8.onnx"
    quantise(card.weights, weights, calibration(card, given.data, given.pictures))
    command = f"python -m models.quantise --what {given.what} --pictures {given.pictures}"
    labelled = given.data.is_dir()
    ranges = f"{given.pictures} {'training' if labelled else 'rendered'} pictures"
    made = write_int8_card(float_card, weights, command, ranges, {})
    if not labelled:
        print(f"{given.data} is missing: ranges are of rendered pictures, the loss is not known")
        return made
    before, after = (figures(card.task, one, given.data) for one in (float_card, made))
    show(card.task, before, after)
    return write_int8_card(float_card, weights, command, ranges, scores(before, after))


if __name__ == "__main__":
    print(main())
