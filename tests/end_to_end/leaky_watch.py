"""Watch with a leak put in on purpose, for the control run of the no-trace test.

``leaky_watch.py LEAK run watch --config FILE``; LEAK is ``picture``, ``text`` or ``database``.
"""

import logging
import sqlite3
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import cv2

from edge.cli import main
from edge.records import Frame, Read
from edge.vision.picture import PictureReader, PictureReads

Leak = Callable[[Path, Read], None]


def picture(store: Path, read: Read) -> None:
    """Leave each plate's crop as a file."""
    cv2.imwrite(str(store / f"debug-{read.captured.monotonic_ns}.png"), read.crop)


def text(_store: Path, read: Read) -> None:
    """Write each text to the journal."""
    logging.getLogger("leak").warning("read %s", read.text)


def database(store: Path, read: Read) -> None:
    """Hide each crop in the database, a file that is allowed."""
    data = cv2.imencode(".jpg", read.crop)[1].tobytes()
    base = sqlite3.connect(store / "edge.db", timeout=10)
    base.execute("CREATE TABLE IF NOT EXISTS leak (crop BLOB)")
    base.execute("INSERT INTO leak VALUES (?)", (data,))
    base.commit()
    base.close()


def put_in(leak: Leak, store: Path) -> None:
    sound = PictureReader.read

    def read(self: PictureReader, frame: Frame) -> PictureReads:
        found = sound(self, frame)
        for one in found.reads:
            leak(store, one)
        return found

    PictureReader.read = read  # type: ignore[method-assign]


if __name__ == "__main__":
    name, *words = sys.argv[1:]
    site = tomllib.loads(Path(words[words.index("--config") + 1]).read_text())
    put_in(
        {"picture": picture, "text": text, "database": database}[name],
        Path(site["store"]["folder"]),
    )
    sys.exit(main(words))
