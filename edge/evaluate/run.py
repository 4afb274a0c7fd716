"""Run the real models over the labelled data and write down how good they are."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from edge.clock import Clock
from edge.config.models import DetectorSection, ReaderSection
from edge.config.zones import ZonesSection
from edge.errors import TruthError
from edge.evaluate import finding, reading, sheet, whole
from edge.evaluate.figures import Figure, Watch, unwatched
from edge.evaluate.sheet import Tile
from edge.evaluate.truth import load_pictures, load_plates, load_scenes
from edge.vision.cards import ModelCard, load_card
from edge.vision.detector import Detector
from edge.vision.picture import PictureReader
from edge.vision.reader import Reader
from edge.vision.session import Session
from edge.vision.zones import Zones

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What a run found out.

    Attributes:
        figures: detector, reader, pictures, in this order.
        details: models, settings, curves and confusions, ready for JSON.
        sheets: tiles of what went wrong, by the name of their sheet.
    """

    figures: tuple[Figure, ...]
    details: dict[str, Any]
    sheets: dict[str, list[Tile]]

    def write(self, folder: Path) -> None:
        """Write ``figures.json`` and the contact sheets into *folder*, which is made.

        Raises:
            TruthError: something cannot be written.
        """
        told = {"figures": [asdict(figure) for figure in self.figures], **self.details}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / "figures.json"
            file.write_text(json.dumps(told, indent=1, allow_nan=False) + "\n", "utf-8")
        except OSError as error:
            raise TruthError(f"{error.filename}: cannot be written: {error.strerror}") from error
        for name, tiles in self.sheets.items():
            sheet.write(folder / f"{name}.jpg", tiles)


def evaluate(
    data: Path,
    detector_section: DetectorSection,
    reader_section: ReaderSection,
    clock: Clock,
    limit: int | None = None,
    watch: Watch = unwatched,
) -> Evaluation:
    """Run detector, reader, and both together over the ``dev`` data below *data*.

    Args:
        limit: at most so many crops, scenes and pictures each, evenly taken; None for all.

    Raises:
        TruthError: the data is missing or wrong.
        ModelError: a model cannot be run.
        PictureError: a labelled picture cannot be decoded.
    """
    plates = thin(load_plates(data), limit)
    scenes = thin(load_scenes(data), limit)
    pictures = thin(load_pictures(data), limit)
    cards = load_card(detector_section.card), load_card(reader_section.card)
    session = Session(cards[0], detector_section.threads)
    generous = Detector(session, finding.generous(detector_section))
    reader = Reader(Session(cards[1], reader_section.threads))
    generous.start()
    reader.start()
    everywhere = Zones(ZonesSection(interest=(), ignore=()))
    detector = Detector(session, detector_section)
    picture_reader = PictureReader(detector, reader, everywhere, reader_section, clock)
    found = finding.find(scenes, generous, watch)
    readings = reading.read(plates, reader, 0.0, watch)
    widened = reading.read(plates, reader, reader_section.margin, watch)
    wholes = whole.read(pictures, picture_reader, clock, watch)
    judged = finding.judge(found, detector_section)
    return Evaluation(
        figures=(
            *finding.figures(found, detector_section),
            *reading.figures(readings, reader_section),
            reading.widened(widened, reader_section.margin),
            *whole.figures(wholes),
        ),
        details={
            "made": clock.now().iso(),
            "models": [_model(card) for card in cards],
            "settings": {
                "detector": detector_section.model_dump(mode="json"),
                "reader": reader_section.model_dump(mode="json"),
            },
            "detector_curve": finding.curve(found, detector_section),
            "reader_curve": reading.curve(readings),
            "confusions": reading.mistaken(readings),
        },
        sheets={
            "wrong-reads": list(reading.wrong(readings)),
            "missed-plates": list(finding.missed(judged)),
            "false-plates": list(finding.false(judged)),
            "wrong-pictures": list(whole.wrong(wholes)),
        },
    )


def thin(items: Sequence[Item], limit: int | None) -> list[Item]:
    """Return at most *limit* of *items*, evenly taken, in order."""
    if limit is None or len(items) <= limit:
        return list(items)
    return [items[index * len(items) // limit] for index in range(limit)]


def _model(card: ModelCard) -> dict[str, Any]:
    return card.model_dump(mode="json", include={"name", "version", "sha256", "macs", "parameters"})
