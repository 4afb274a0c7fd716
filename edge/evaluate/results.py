"""What an evaluation found out: what ``figures.json`` holds and the report shows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from edge.evaluate.calibration import Reliability
from edge.evaluate.characters import Characters
from edge.evaluate.compare import Comparison
from edge.evaluate.figures import Figure
from edge.evaluate.jurisdiction import Jurisdictions
from edge.evaluate.machine import Machine
from edge.evaluate.sheet import Tile


@dataclass(frozen=True, slots=True)
class Counted:
    """How much was looked at, and what the checked lists did to it.

    Attributes:
        crops_wrong, crops_left_out: dev crops whose label was corrected, or struck out.
        bare: pictures on which false plates were counted.
        unused: lines of the checked lists about pictures that are not among these.
    """

    crops: int
    scenes: int
    pictures: int
    crops_wrong: int
    crops_left_out: int
    bare: int
    unused: int


@dataclass(frozen=True, slots=True)
class Resampling:
    """How the intervals came to be."""

    resamples: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Details:
    """All but the figures.

    Attributes:
        made: UTC.
        data: folder of the labelled pictures, as it was given.
        models: name, version, digest and more of both cards.
        settings: sections in force: detector, reader, and two thresholds of the policy.
        stage_ms: median and 95 % of each stage of a whole picture.
        outcomes: by part and file, whether it went well by the stored labels.
        jurisdictions: None where the reader has no such head.
        comparison: with an earlier evaluation, if one was given.
    """

    made: str
    data: str
    machine: Machine
    models: tuple[dict[str, Any], ...]
    settings: dict[str, dict[str, Any]]
    resampling: Resampling
    counted: Counted
    detector_curve: list[dict[str, float]]
    reader_curve: list[dict[str, float]]
    characters: Characters
    reliability: tuple[Reliability, ...]
    jurisdictions: Jurisdictions | None
    stage_ms: dict[str, dict[str, float]]
    outcomes: Mapping[str, Mapping[str, bool]]
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What a run found out.

    Attributes:
        figures: detector, reader, pictures, in this order.
        sheets: tiles of what went wrong, by the name of their sheet.
    """

    figures: tuple[Figure, ...]
    details: Details
    sheets: Mapping[str, list[Tile]]

    def told(self) -> dict[str, Any]:
        """Return figures and details, ready for JSON."""
        figures = [asdict(figure) for figure in self.figures]
        return {"figures": figures, **asdict(self.details)}
