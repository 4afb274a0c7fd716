"""Search everything that daemons wrote and sent for plates that must not be there.

Files and messages are searched as bytes, and what is sealed in them once more as it was before it
was sealed; every picture in them, raw or in base64, is decoded and read with the product's own
models.
"""

import base64
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.clock import SystemClock
from edge.config import load
from edge.messages.letter import Letter, open_own, unpack
from edge.messages.opening import LETTER_LIMIT
from edge.plates import alphabet
from edge.records import Frame
from edge.vision.picture import PictureReader, open_picture_reader
from edge.vision.rectify import corners_of_box
from tests.keys.cast import keys_of

ALLOWED = (
    r"store/edge\.db(-wal|-shm|-journal)?",
    r"store/[a-z.-]*(reserve|lock)[a-z.-]*",
    r"run/(watch\.json|search\.json|quality\.json|head)",
    r"keys/(identity\.key|town\.json|roster)",
    r"(watch|deliver|search)\.(out|err)",
    r"site\.toml|list\.csv",
)
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_LETTERS = "SELECT body, sealed FROM outbox LEFT JOIN pictures USING (row) WHERE kind = 'alert'"
_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"BM")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{200,}")


@dataclass(frozen=True)
class Trace:
    """Where a planted plate, or a file that nobody expects, was found."""

    where: str
    what: str


class Searcher:
    """Looks for *planted* plates with the packed models."""

    def __init__(self, planted: Iterable[str]) -> None:
        self.planted = sorted(planted)
        settings = load([]).settings
        self._pictures: PictureReader = open_picture_reader(
            settings.detector.model_copy(update={"min_width": 8.0, "min_score": 0.1}),
            settings.reader,
            settings.zones,
            SystemClock("always"),
        )
        self.pictures_read = 0

    def folder(self, folder: Path) -> list[Trace]:
        """Search every file below *folder*; one that is not on the list is a trace by itself."""
        traces = []
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = str(file.relative_to(folder))
            if not any(re.fullmatch(pattern, name) for pattern in ALLOWED):
                traces.append(Trace(name, "a file that no daemon should write"))
            if name not in ("site.toml", "list.csv"):
                traces += self.blob(name, file.read_bytes())
            if name.endswith(".db"):
                traces += self.database(name, file)
        return traces

    def database(self, name: str, file: Path) -> list[Trace]:
        """Search every value of every table: what SQLite spread over pages is whole again here."""
        traces = []
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as base:
            tables = [str(row[0]) for row in base.execute(_TABLES)]
            for table in tables:
                for row in base.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - its own name
                    for value in row:
                        body = value if isinstance(value, bytes) else str(value).encode()
                        traces += self.blob(f"{name}, table {table}", body)
            if "outbox" in tables:
                for letter in base.execute(_LETTERS):
                    traces += self.letter(f"{name}, sealed", [part for part in letter if part])
        return traces

    def messages(self, messages: Mapping[str, list[bytes]]) -> list[Trace]:
        """Search what went over the broker, topics included."""
        traces = []
        for topic, bodies in messages.items():
            traces += self.blob("topic", topic.encode())
            for body in bodies:
                traces += self.blob(topic, body)
                if topic.endswith("/alert"):
                    letter = unpack(body, topic, LETTER_LIMIT)
                    traces += self.letter(f"{topic}, sealed", [letter.body, letter.picture])
        return traces

    def letter(self, where: str, sealed: Sequence[bytes]) -> list[Trace]:
        """Search words and picture of a letter, opened with the unit's own key."""
        body, *pictures = sealed
        found = open_own("alert", Letter(body, *pictures), keys_of("main-street"))
        return [trace for part in found for trace in self.blob(where, part)]

    def blob(self, where: str, body: bytes) -> list[Trace]:
        """Search bytes for the plates as text, and for pictures that show them."""
        found = {plate for plate in self.planted if _holds(body, plate)}
        traces = [Trace(where, f"the text {plate}") for plate in sorted(found)]
        for picture in _pictures(body):
            self.pictures_read += 1
            for text in self.texts(picture):
                traces += [
                    Trace(where, f"a picture of {plate}")
                    for plate in self.planted
                    if close(text, plate)
                ]
        return traces

    def texts(self, picture: NDArray[np.uint8]) -> set[str]:
        """Return all that can be read in *picture*, as a scene and as one plate."""
        high, wide = picture.shape[:2]
        scale = max(1, round(320 / wide))
        large = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        framed = cv2.copyMakeBorder(large, 80, 80, 80, 80, cv2.BORDER_REFLECT)
        frame = Frame(np.asarray(framed, np.uint8), SystemClock("always").now())
        texts = {read.text for read in self._pictures.read(frame).reads}
        for inset in (0.0, -0.05, -0.1, -0.13):
            corners = corners_of_box((0.0, 0.0, float(wide), float(high)))
            flat = self._pictures.reader.cut(picture, corners, inset)
            texts.add(alphabet.decode(self._pictures.reader.read([flat]).slots[0]))
        return texts


def _holds(body: bytes, plate: str) -> bool:
    forms = [plate.encode(), plate.encode("utf-16-le"), plate.lower().encode()]
    return any(form in body for form in forms)


def close(text: str, plate: str) -> bool:
    """Say whether *text* is *plate* but for one character."""
    if len(text) != len(plate):
        return False
    return sum(a != b for a, b in zip(text, plate, strict=True)) <= 1


def _pictures(body: bytes, *, depth: int = 2) -> Iterator[NDArray[np.uint8]]:
    """Decode every picture that begins anywhere in *body*, and those in its base64 runs."""
    for start in _STARTS:
        at = body.find(start)
        while at >= 0:
            picture = cv2.imdecode(np.frombuffer(body[at:], np.uint8), cv2.IMREAD_COLOR)
            if picture is not None and min(picture.shape[:2]) >= 4:
                yield np.asarray(picture, np.uint8)
            at = body.find(start, at + 1)
    if depth:
        for run in _BASE64.findall(body):
            text = run.replace(b"-", b"+").replace(b"_", b"/")
            whole = text[:-1] if len(text) % 4 == 1 else text
            decoded = base64.b64decode(whole + b"=" * (-len(whole) % 4))
            yield from _pictures(decoded, depth=depth - 1)
