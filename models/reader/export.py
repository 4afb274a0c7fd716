"""From trained weights to ``models/weights/reader.onnx`` and its card.

python -m models.reader.export --run runs/reader --command "..."
"""

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor, nn

from edge.evaluate.halves import Half, half_of
from edge.plates.alphabet import CHARACTERS
from models.reader.data import Crop, real_crops
from models.reader.evaluate import flat, place_temperature, reader_figures, temperature
from models.reader.lean import Lean
from models.reader.model import CLASSES, HEIGHT, SLOTS, WIDTH, Attention, Glance, Reader
from models.reader.places import PLACES
from models.training.cards import FREE_LICENCE, LICENCE, Card, count, folded, write_card
from models.training.onnx_file import compare, numbers, write_onnx

TEACHER_READ = (
    "crops of openlpr_faisal (Apache-2.0), oi_unknowncz and himan_oi (CC BY 4.0), kaggle433 (CC0), "
    "chirag_mit and robertlucian_ro (MIT), read by fast-plate-ocr's cct-xs-v2 (MIT)"
)
SOURCES = (
    "../shared/data/plates, train: snooplsm-reported-ocr and reported-ocr-unlabelled (no licence "
    "stated), openalpr-usimages, openalpr-train-detector-br, -eu, -eu2, -eu-unlabelled "
    "(AGPL-3.0), lephamcong-pbl4-vn and oswincheong-anpr-my (none stated), ankandrew-cnn-ocr-lp "
    "(GPL-3.0)",
    TEACHER_READ,
)
FREE = (TEACHER_READ,)


class Shipped(nn.Module):
    """The network with calibrated probabilities, as the product calls it."""

    def __init__(self, model: Reader, heat: float, place_heat: float) -> None:
        super().__init__()
        self.model = model
        self.heat = heat
        self.place_heat = place_heat

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(N, 10, 37)`` and ``(N, K)`` probabilities for ``(N, 64, 160)`` grey uint8."""
        slots, _, place = self.model(crops)
        return torch.softmax(slots / self.heat, 2), torch.softmax(place / self.place_heat, 1)


def load(file: Path) -> Reader:
    """Return the reader of a run's ``best.pt``, ready to predict."""
    model = Reader()
    model.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return model.eval()


def products(given: tuple[Tensor, ...]) -> int:
    """Return the multiply-accumulates of attention between what asks and what is asked."""
    asking, asked = given[:2]
    return 2 * asking.shape[0] * asking.shape[1] * asked.shape[1] * asked.shape[2]


def gathered(model: Reader) -> int:
    """Return those of the slots' first look, which :func:`count` does not see as a call."""
    slots, cells, width = model.queries.shape[1], model.place.shape[1], model.place.shape[2]
    return 2 * slots * cells * width


def export(
    run: Path, out: Path, dev: list[Crop], margin: float, command: str, name: str = "reader"
) -> Path:
    """Write the ONNX file and its card to *out*; return the card's path.

    Both temperatures are fitted on the first half of *dev*; the confidences in the card are of the
    second. The card's scores are of the crops as they are stored, whose borders are most often
    their own.
    """
    config = json.loads((run / "config.json").read_text())
    model = folded(load(run / "best.pt"))
    chosen = [crop for crop in dev if half_of(crop.text) is Half.CHOOSE]
    crops = torch.from_numpy(flat(chosen, margin))
    heat = temperature(model, crops, [crop.text for crop in chosen])
    place_heat = place_temperature(model, crops, [crop.region for crop in chosen])
    shipped = Shipped(model, heat, place_heat).eval()
    scores = reader_figures(shipped, dev, 0.0)
    scores |= {"temperature": heat, "place_temperature": place_heat}
    scores[f"exact_widened_{margin}"] = reader_figures(shipped, dev, margin)["exact"]
    macs = count(model, torch.zeros(1, HEIGHT, WIDTH), {Attention: products, Glance: products})
    macs += gathered(model)
    file = out / f"{name}.onnx"
    sample = torch.zeros(3, HEIGHT, WIDTH, dtype=torch.uint8)
    lean = Lean(model, heat, place_heat).eval()
    write_onnx(lean, sample, file, "crops", ("slots", "jurisdiction"), any_number=True)
    compare(shipped, sample, file)  # what was trained, step by step
    sources = FREE if config.get("sources") == "free" else SOURCES
    rendered = f"models/synth: {config['render']} rendered crops, seed {config['seed']}"
    card = Card(
        name=name,
        task="reader",
        file=file.name,
        colour="grey",
        inward=("crops", (-1, HEIGHT, WIDTH), "uint8", "rectified plates, 0..255"),
        outward=(
            "slots",
            (-1, SLOTS, CLASSES),
            "float32",
            "each slot's distribution over the alphabet and, last, blank",
        ),
        macs=macs,
        parameters=numbers(file),
        seed=int(config["seed"]),
        command=command,
        data=(*sources, rendered),
        scores=scores,
        alphabet=CHARACTERS,
        margin=margin,
        places=PLACES,
        licence=FREE_LICENCE if sources is FREE else LICENCE,
    )
    return write_card(card, out)


def main() -> None:
    """Read the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/reader"))
    parser.add_argument("--out", type=Path, default=Path("models/weights"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data/plates"))
    parser.add_argument("--margin", type=float, default=0.04, help="the product cuts with it")
    parser.add_argument("--command", required=True, help="how the run was started")
    parser.add_argument("--name", default="reader", help="of the card; reader-free for that set")
    given = parser.parse_args()
    dev = real_crops(given.data, "dev")
    card = export(given.run, given.out, dev, given.margin, given.command, given.name)
    print(card.read_text())


if __name__ == "__main__":
    main()
