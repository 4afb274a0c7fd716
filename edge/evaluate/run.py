"""Run the real models over the labelled data and write down how good they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from edge.clock import Clock
from edge.config.models import DetectorSection, ReaderSection
from edge.config.policy import PolicySection
from edge.config.zones import EVERYWHERE
from edge.evaluate import bare, bootstrap, finding, reading, whole
from edge.evaluate.bare import Bare
from edge.evaluate.calibration import Reliability, reliability
from edge.evaluate.characters import characters
from edge.evaluate.checked import Checked
from edge.evaluate.compare import Earlier, compare
from edge.evaluate.figures import Figure, Labels, Watch, unwatched
from edge.evaluate.finding import Found
from edge.evaluate.halves import Half
from edge.evaluate.jurisdiction import Jurisdictions, jurisdictions
from edge.evaluate.machine import this_machine
from edge.evaluate.marks import Mark, grouped
from edge.evaluate.reading import Reading
from edge.evaluate.results import Counted, Details, Evaluation, Resampling
from edge.evaluate.sheet import Tile
from edge.evaluate.truth import Truth, load_truth
from edge.evaluate.whole import Whole
from edge.vision.cards import ModelCard, load_card
from edge.vision.detector import Detector
from edge.vision.picture import PictureReader
from edge.vision.reader import Reader
from edge.vision.session import Session
from edge.vision.zones import Zones

Item = TypeVar("Item")
_CARD = {"name", "version", "file", "sha256", "macs", "parameters", "made"}


@dataclass(frozen=True, slots=True)
class Sections:
    """The settings that an evaluation depends on."""

    detector: DetectorSection
    reader: ReaderSection
    policy: PolicySection

    def told(self) -> dict[str, dict[str, Any]]:
        """Return them by section and key, of the policy the two thresholds that are looked at."""
        thresholds = {"alarm_probability", "jurisdiction_probability"}
        return {
            "detector": self.detector.model_dump(mode="json"),
            "reader": self.reader.model_dump(mode="json"),
            "policy": self.policy.model_dump(mode="json", include=thresholds),
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What the models made of everything."""

    truth: Truth
    checked: Checked
    cards: tuple[ModelCard, ModelCard]
    found: list[Found]
    readings: list[Reading]
    wholes: list[Whole]
    bares: list[Bare]


def evaluate(
    data: Path,
    sections: Sections,
    clock: Clock,
    *,
    checked: Checked | None = None,
    earlier: tuple[Path, Earlier] | None = None,
    limit: int | None = None,
    watch: Watch = unwatched,
) -> Evaluation:
    """Run detector, reader, and both together over the ``dev`` data below *data*.

    Args:
        checked: labels corrected by eye, and pictures without unlabelled plates.
        earlier: an earlier evaluation to compare with, and its file.
        limit: at most so many crops, scenes and pictures each, evenly taken; None for all.

    Raises:
        TruthError: the data is missing or wrong.
        ModelError: a model cannot be run.
        PictureError: a labelled picture cannot be decoded.
    """
    seen = _see(_thinned(load_truth(data), limit), sections, clock, checked or Checked(), watch)
    figures = _figures(seen, sections)
    outcomes = _outcomes(seen, sections)
    settings = sections.told()
    return Evaluation(
        figures=figures,
        details=Details(
            made=clock.now().iso(),
            data=str(data),
            machine=this_machine(),
            models=tuple(card.model_dump(mode="json", include=_CARD) for card in seen.cards),
            settings=settings,
            resampling=Resampling(bootstrap.RESAMPLES, bootstrap.SEED),
            counted=_counted(seen),
            detector_curve=finding.curve(seen.found, sections.detector),
            reader_curve=reading.curve(seen.readings),
            characters=characters(reading.texts(seen.readings, seen.checked)),
            reliability=tuple(_reliabilities(seen, sections.policy.alarm_probability)),
            jurisdictions=_jurisdictions(seen, sections.policy.jurisdiction_probability),
            stage_ms=whole.stages(seen.wholes),
            outcomes=outcomes,
            comparison=compare(*earlier, figures, settings, outcomes) if earlier else None,
        ),
        sheets=_sheets(seen, sections),
    )


def _thinned(truth: Truth, limit: int | None) -> Truth:
    return Truth(
        tuple(thin(truth.plates, limit)),
        tuple(thin(truth.scenes, limit)),
        tuple(thin(truth.pictures, limit)),
    )


def thin(items: Sequence[Item], limit: int | None) -> list[Item]:
    """Return at most *limit* of *items*, evenly taken, in order."""
    if limit is None or len(items) <= limit:
        return list(items)
    return [items[index * len(items) // limit] for index in range(limit)]


def _see(truth: Truth, sections: Sections, clock: Clock, checked: Checked, watch: Watch) -> _Seen:
    """Run the models, loaded once, over everything."""
    cards = load_card(sections.detector.card), load_card(sections.reader.card)
    session = Session(cards[0], sections.detector.threads)
    generous = Detector(session, finding.generous(sections.detector))
    reader = Reader(Session(cards[1], sections.reader.threads))
    generous.start()
    reader.start()
    everywhere = Zones(EVERYWHERE)
    detector = Detector(session, sections.detector)
    line = PictureReader(detector, reader, everywhere, sections.reader, clock)
    wholes = whole.read(truth.pictures, line, clock, watch)
    bares = bare.of_scenes(truth.scenes, checked, line, clock, watch)
    return _Seen(
        truth=truth,
        checked=checked,
        cards=cards,
        found=finding.find(truth.scenes, generous, sections.detector.min_score, watch),
        readings=reading.read(truth.plates, reader, sections.reader, watch),
        wholes=wholes,
        bares=[*bares, *bare.of_wholes(wholes, checked)],
    )


def _figures(seen: _Seen, sections: Sections) -> tuple[Figure, ...]:
    return (
        *finding.figures(seen.found, sections.detector),
        *bare.figures(seen.bares),
        *reading.figures(seen.readings, sections.reader, seen.checked),
        *whole.figures(seen.wholes, seen.checked),
    )


def _outcomes(seen: _Seen, sections: Sections) -> dict[str, dict[str, bool]]:
    stored = Checked()
    parts = {
        "detector": finding.marks(finding.judge(seen.found, sections.detector)),
        "reader": reading.marks(seen.readings, stored),
        "pictures": whole.marks(seen.wholes, stored),
    }
    return {part: {mark.file: mark.right for mark in marks} for part, marks in parts.items()}


def _counted(seen: _Seen) -> Counted:
    files = [plate.file for plate in seen.truth.plates]
    pictures = {one.file for one in seen.truth.pictures}
    labelled = {*files, *pictures}
    checked = seen.checked
    unused = [*({*checked.accepts, *checked.illegible} - labelled)]
    unused += checked.bare - pictures - {scene.file for scene in seen.truth.scenes}
    return Counted(
        crops=len(files),
        scenes=len(seen.truth.scenes),
        pictures=len(seen.truth.pictures),
        crops_wrong=sum(file in checked.accepts for file in files),
        crops_left_out=sum(file in checked.illegible for file in files),
        bare=len(seen.bares),
        unused=len(unused),
    )


def _reliabilities(seen: _Seen, alarm: float) -> list[Reliability]:
    """Return how true confidences are: crops and pictures, all and by half, both label sets."""
    found = []
    files = {
        "reader": [one.plate.file for one in seen.readings],
        "pictures": [one.picture.file for one in seen.wholes],
    }
    kinds: Mapping[Labels, Checked] = {"stored": Checked(), "checked": seen.checked}
    for labels, checked in kinds.items():
        parts = {
            "reader": reading.marks(seen.readings, checked),
            "pictures": whole.marks(seen.wholes, checked),
        }
        for part, marks in parts.items():
            if labels == "stored" or any(map(checked.touches, files[part])):
                found += _by_half(part, marks, labels, alarm)
    return found


def _by_half(part: str, marks: list[Mark], labels: Labels, alarm: float) -> list[Reliability]:
    halves = {"all": marks, **grouped(marks, lambda mark: mark.half, tuple(Half))}
    return [reliability(part, group, some, labels, alarm) for group, some in halves.items() if some]


def _jurisdictions(seen: _Seen, least: float) -> Jurisdictions | None:
    places = reading.places(seen.readings)
    codes = sorted({code for one in seen.readings for code in one.jurisdiction})
    return jurisdictions(places, codes, least) if places else None


def _sheets(seen: _Seen, sections: Sections) -> dict[str, list[Tile]]:
    judged = finding.judge(seen.found, sections.detector)
    sheets = {
        "wrong-reads": list(reading.wrong(seen.readings, seen.checked)),
        "missed-plates": list(finding.missed(judged)),
        "false-plates": list(finding.false(judged)),
        "wrong-pictures": list(whole.wrong(seen.wholes, seen.checked)),
    }
    if seen.bares:
        sheets["false-plates-checked"] = bare.tiles(seen.bares)
    return sheets
