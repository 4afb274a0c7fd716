"""From trained weights to ``models/weights/detector.onnx`` and its card.

python -m models.detector.export --run runs/detector --command "..."
"""

import argparse
import json
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from edge.evaluate.halves import Half, half_of
from models.detector.lean import SIDES, lean
from models.detector.model import OUTPUTS, Detector, decode_cells
from models.training.cards import FREE_LICENCE, Card, count, folded, write_card
from models.training.onnx_file import compare, numbers, write_onnx

WIDTH, HEIGHT = 640, 384
MOST = 32  # plates a frame; the line takes fewer


def best_first(raw: Tensor, most: int = MOST) -> Tensor:
    """Return ``(N, most, 13)``: the peaks of the heat map, best first.

    A cell that is not the highest of its 3x3 neighbours is no peak and scores 0. Only the cells
    that are picked are decoded.
    """
    said = raw.float()
    heat = torch.sigmoid(said[:, :1])
    peak = functional.max_pool2d(heat, 3, 1, 1) == heat
    top, at = torch.topk((heat * peak).flatten(1), most, dim=1)
    cells = at.unsqueeze(1).repeat(1, OUTPUTS, 1)
    picked = torch.gather(said.flatten(2), 2, cells).transpose(1, 2)
    wide = raw.shape[3]
    down = torch.floor(at / wide)
    rows = decode_cells(picked, torch.stack([at - down * wide, down], 2))
    return torch.cat([top.unsqueeze(2), rows[..., 1:]], 2)


class Shipped(nn.Module):
    """The network with what goes before and after it, as the product calls it."""

    def __init__(self, model: Detector) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> Tensor:
        """Return ``(1, K, 13)`` for one letterboxed picture ``(1, H, W, 3)`` uint8 BGR."""
        return best_first(self.model(image.float().permute(0, 3, 1, 2)))


def load(file: Path) -> Detector:
    """Return the detector of a run's ``best.pt``, ready to predict."""
    model = Detector()
    model.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return model.eval()


def export(run: Path, out: Path, scores: dict[str, float], command: str) -> Path:
    """Write the ONNX file and its card to *out*; return the card's path."""
    model = folded(load(run / "best.pt"))
    sample = torch.randint(0, 256, (1, HEIGHT, WIDTH, 3), dtype=torch.uint8)
    macs = count(model, torch.zeros(1, 3, HEIGHT, WIDTH))
    file = out / "detector.onnx"
    said = (1, MOST, OUTPUTS)
    shipped = Shipped(model).eval()
    write_onnx(shipped, sample, file, "image", "plates", ranked=True, any_size=True)
    graph = lean(onnx.load(str(file)))
    for axis, length in zip(graph.graph.output[0].type.tensor_type.shape.dim, said, strict=True):
        axis.dim_value = length  # the exporter loses sight of it where the input is open
    onnx.save(graph, str(file))
    for part in (sample, sample[:, :SIDES, : 2 * SIDES]):
        compare(shipped, part, file, ranked=True)
    config = json.loads((run / "config.json").read_text())
    card = Card(
        name="detector",
        file=file.name,
        colour="bgr",
        side_multiple=SIDES,
        inward=("image", (1, HEIGHT, WIDTH, 3), "uint8", "letterboxed frame, 0..255"),
        outward=(
            "plates",
            said,
            "float32",
            "best first: score; x1, y1, x2, y2; corners x, y clockwise from the top left; pixels",
        ),
        macs=macs,
        parameters=numbers(file),
        seed=int(config["seed"]),
        command=command,
        data=(
            "../shared/data/scenes, train: oi_unknowncz and himan_oi (Open Images, CC BY 4.0), "
            "openlpr_faisal (Apache-2.0), robertlucian_ro (MIT), kaggle433 (CC0), chirag_mit (MIT),"
            " telattar_eg_moto (CC BY 4.0)",
            f"models/synth: {config['render']} rendered scenes, seed {config['seed']}",
        ),
        scores=scores,
        licence=FREE_LICENCE,
    )
    return write_card(card, out)


def main() -> None:
    """Read the command line, score on the half of dev that chose nothing, and export."""
    from models.detector.data import real_scenes  # noqa: PLC0415 - evaluate imports this file
    from models.detector.evaluate import scene_figures  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/detector"))
    parser.add_argument("--out", type=Path, default=Path("models/weights"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data/scenes"))
    parser.add_argument("--command", required=True, help="how the run was started")
    given = parser.parse_args()
    dev = real_scenes(given.data, "dev")
    unseen = [scene for scene in dev if half_of(scene.file) is Half.REPORT]
    figures = scene_figures(load(given.run / "best.pt"), unseen, "cpu")
    scores = {name: value for name, value in figures.items() if name != "quality"}
    print(export(given.run, given.out, scores, given.command), scores)


if __name__ == "__main__":
    main()
