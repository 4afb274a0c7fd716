"""What is known of the labelled pictures, from their CSV files.

A folder of data has ``plates/plates.csv`` (crops with text), ``scenes/scenes.csv`` with
``boxes.csv`` (pictures with plates' boxes) and ``pictures/pictures.csv`` (pictures with one plate
each, box and text); one of them is enough. Other plates in ``pictures`` are not labelled.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edge.errors import TruthError
from edge.plates.alphabet import CHARACTERS

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Plate:
    """A crop and its text; *region* is a country or ``us-ny``, *source* the data set.

    Attributes:
        file: as the CSV file names it.
    """

    path: Path
    source: str
    region: str
    text: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and the boxes of its plates, in pixels of the picture as stored.

    Attributes:
        file: as the CSV file names it.
    """

    path: Path
    source: str
    boxes: tuple[Box, ...]
    file: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and the one plate in it that is labelled, box in pixels.

    Attributes:
        file: as the CSV file names it.
        region: of the crop of the same name, or of the same text; empty where there is none.
    """

    path: Path
    source: str
    box: Box
    text: str
    file: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a CSV file, which knows where it stands."""

    file: Path
    line: int
    fields: Mapping[str, str]

    def error(self, sentence: str) -> TruthError:
        """Return an error that names file and line."""
        return TruthError(f"{self.file}:{self.line}: {sentence}")

    def number(self, column: str) -> float:
        """Return a finite number."""
        try:
            value = float(self.fields[column])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.error(f"column '{column}' must be a number, not {self.fields[column]!r}")
        return value

    def text(self) -> str:
        """Return a plate's text, 0-9 A-Z."""
        text = self.fields["text"]
        if not text or set(text) - set(CHARACTERS):
            raise self.error(f"column 'text' must be of 0-9 A-Z, not {text!r}")
        return text

    def box(self, width: float = 1.0, height: float = 1.0) -> Box:
        """Return the box, multiplied by *width* and *height*."""
        x0, y0, x1, y1 = (self.number(column) for column in ("x0", "y0", "x1", "y1"))
        if x0 >= x1 or y0 >= y1:
            raise self.error(f"the box {x0}, {y0}, {x1}, {y1} has no area")
        return (x0 * width, y0 * height, x1 * width, y1 * height)

    def picture(self) -> Path:
        """Return the path of the row's picture, which must exist."""
        path = self.file.parent / self.fields["file"]
        if not path.is_file():
            raise self.error(f"there is no picture {path}")
        return path

    @property
    def source(self) -> str:
        """Name of the data set: the first folder of the row's file."""
        return self.fields["file"].split("/", 1)[0]


def load_plates(folder: Path, split: str = "dev") -> list[Plate]:
    """Return the crops of one split.

    Raises:
        TruthError: the file is missing, or a line of it is wrong.
    """
    rows = read_rows(folder / "plates" / "plates.csv", ("file", "text", "region", "split"))
    return [
        Plate(row.picture(), row.source, row.fields["region"], row.text(), row.fields["file"])
        for row in rows
        if row.fields["split"] == split
    ]


def load_scenes(folder: Path, split: str = "dev") -> list[Scene]:
    """Return the scenes of one split.

    Raises:
        TruthError: a file is missing, a line is wrong, or boxes and pictures disagree.
    """
    boxes: dict[str, list[Row]] = defaultdict(list)
    for row in read_rows(folder / "scenes" / "boxes.csv", ("file", "x0", "y0", "x1", "y1")):
        boxes[row.fields["file"]].append(row)
    columns = ("file", "source", "width", "height", "plates", "split")
    rows = list(read_rows(folder / "scenes" / "scenes.csv", columns))
    for strange in sorted(set(boxes) - {row.fields["file"] for row in rows}):
        raise boxes[strange][0].error(f"scenes.csv has no picture {strange!r}")
    return [_scene(row, boxes[row.fields["file"]]) for row in rows if row.fields["split"] == split]


def _scene(row: Row, boxes: Sequence[Row]) -> Scene:
    if row.number("plates") != len(boxes):
        raise row.error(f"{row.fields['plates']} plates promised, boxes.csv has {len(boxes)}")
    width, height = row.number("width"), row.number("height")
    drawn = tuple(box.box(width, height) for box in boxes)
    return Scene(row.picture(), row.fields["source"], drawn, row.fields["file"])


def load_pictures(folder: Path) -> list[Picture]:
    """Return the whole pictures.

    Raises:
        TruthError: the file is missing, or a line of it is wrong.
    """
    rows = read_rows(folder / "pictures" / "pictures.csv", ("file", "x0", "y0", "x1", "y1", "text"))
    return [
        Picture(row.picture(), row.source, row.box(), row.text(), row.fields["file"])
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Truth:
    """All that is labelled below a folder; what has no CSV file is empty."""

    plates: tuple[Plate, ...]
    scenes: tuple[Scene, ...]
    pictures: tuple[Picture, ...]


def load_truth(folder: Path, split: str = "dev") -> Truth:
    """Return what the CSV files that are there say of one split; pictures have no splits.

    Raises:
        TruthError: there is none of them, none has a line of the split, or a line is wrong.
    """
    files = [folder / name / f"{name}.csv" for name in ("plates", "scenes", "pictures")]
    there = [file.is_file() for file in files]
    if not any(there):
        raise TruthError(
            f"{folder}: has neither of plates/plates.csv, scenes/scenes.csv, "
            "pictures/pictures.csv; say with --data where the labelled pictures are"
        )
    plates = load_plates(folder, split) if there[0] else []
    scenes = load_scenes(folder, split) if there[1] else []
    pictures = located(load_pictures(folder), plates) if there[2] else []
    if not (plates or scenes or pictures):
        raise TruthError(f"{folder}: no line of its CSV files has '{split}' in column 'split'")
    return Truth(tuple(plates), tuple(scenes), tuple(pictures))


def located(pictures: Sequence[Picture], plates: Sequence[Plate]) -> list[Picture]:
    """Return the pictures with the regions that the crops have."""
    texts = {plate.text: plate.region for plate in plates}
    files = {plate.file: plate.region for plate in plates}
    return [replace(one, region=files.get(one.file) or texts.get(one.text, "")) for one in pictures]


def read_rows(file: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Return the lines of a CSV file that has at least *columns*.

    Raises:
        TruthError: it cannot be read, or a column or a field is missing.
    """
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            missing = set(columns) - set(reader.fieldnames or ())
            if missing:
                raise TruthError(f"{file}:1: column '{min(missing)}' is missing")
            for fields in reader:
                row = Row(file, reader.line_num, fields)
                if None in fields or None in fields.values():
                    raise row.error(f"must have {len(reader.fieldnames or ())} columns")
                yield row
    except OSError as error:
        raise TruthError(
            f"{file}: cannot be read: {error.strerror}; say with --data where the labelled "
            "pictures are"
        ) from error
    except UnicodeDecodeError as error:
        raise TruthError(f"{file}: is not UTF-8 text (byte {error.start})") from error
