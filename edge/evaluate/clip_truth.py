"""What is known of a clip: which plates each of its frames shows, from a file of JSON lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import TruthError

Box = tuple[float, float, float, float]

_CLEAR: Final = 0.9  # of a plate in the picture: less is not asked of any reader


class _Plate(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    vehicle: str
    text: Annotated[str, Field(pattern=r"^[0-9A-Z]*$")]
    box: Box
    visible: Annotated[float, Field(ge=0, le=1)]


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    frame: Annotated[int, Field(ge=0)]
    time_s: Annotated[float, Field(ge=0)]
    plates: tuple[_Plate, ...]


@dataclass(frozen=True, slots=True)
class Car:
    """One vehicle of a clip, as far as its plate could be read.

    Attributes:
        first_s, last_s: when its plate was first and last clear, seconds of the clip.
        boxes: of its plate by frame number, where it was clear.
    """

    vehicle: str
    text: str
    first_s: float
    last_s: float
    boxes: Mapping[int, Box]


def load_cars(file: Path, least_px: float = 60.0) -> list[Car]:
    """Return the cars of a clip whose plates could be read, in the order in which they came.

    Args:
        file: one JSON object a line: ``frame``, ``time_s``, and ``plates`` with ``vehicle``,
            ``text``, ``box`` and ``visible``, as ``python -m models.synth clip`` writes it.
        least_px: plates less wide are not asked for.

    Raises:
        TruthError: it cannot be read, a line of it is wrong, or it has no plate to ask for.
    """
    seen: dict[tuple[str, str], dict[int, tuple[float, Box]]] = {}
    for frame in _frames(file):
        for plate in frame.plates:
            wide = plate.box[2] - plate.box[0]
            if plate.text and plate.visible >= _CLEAR and wide >= least_px:
                own = seen.setdefault((plate.vehicle, plate.text), {})
                own[frame.frame] = (frame.time_s, plate.box)
    if not seen:
        raise TruthError(f"{file}: no plate in it is {least_px:g} pixels wide and clear")
    cars = [_car(vehicle, text, places) for (vehicle, text), places in seen.items()]
    return sorted(cars, key=lambda car: car.first_s)


def _car(vehicle: str, text: str, places: Mapping[int, tuple[float, Box]]) -> Car:
    times = [time_s for time_s, _ in places.values()]
    boxes = {number: box for number, (_, box) in places.items()}
    return Car(vehicle, text, min(times), max(times), boxes)


def _frames(file: Path) -> list[_Frame]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TruthError(f"{file}: cannot be read: {error}") from error
    frames = []
    for number, line in enumerate(lines, start=1):
        try:
            frames.append(_Frame.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(one) for one in first["loc"])
            raise TruthError(f"{file}:{number}: {where}: {first['msg'].lower()}") from None
    return frames
