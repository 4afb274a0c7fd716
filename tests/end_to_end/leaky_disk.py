"""Watch with a leak that leaves no file, or a core file: controls of the no-trace test on a disk.

``leaky_disk.py LEAK run watch --config FILE``; it ends by itself once it has leaked a few reads.
"""

import base64
import gzip
import json
import logging
import os
import sqlite3
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import cv2

import edge.cli.run
import edge.services.watch
from edge.cli import main
from edge.records import Frame, Read
from edge.vision.picture import PictureReader, PictureReads

Leak = Callable[[Path, Read], None]
ENOUGH = 6  # reads


def picture(_store: Path, read: Read) -> None:
    """Write a debug picture where nobody looks, and delete it."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(cv2.imencode(".png", read.crop)[1].tobytes())
        file.flush()


def journal(_store: Path, read: Read) -> None:
    """Write each text to the journal."""
    logging.getLogger("leak").warning("read %s", json.dumps({"text": list(read.text)}))


def wal(store: Path, read: Read) -> None:
    """Put each text into the database for a moment: SQLite's log keeps it."""
    base = sqlite3.connect(store / "edge.db", timeout=10, isolation_level=None)
    base.execute("CREATE TABLE IF NOT EXISTS leak (text TEXT)")
    base.execute("INSERT INTO leak VALUES (?)", (read.text,))
    base.execute("DROP TABLE leak")
    base.close()


def packed(store: Path, read: Read) -> None:
    """Keep a packed list of texts in base64, and delete it."""
    file = store / "statistics"
    file.write_bytes(gzip.compress(base64.b64encode(read.text.encode())))
    file.unlink()


def dump(_store: Path, _read: Read) -> None:
    """Die of what makes a core file, with plates in memory."""
    os.abort()


LEAKS: dict[str, Leak] = {"picture": picture, "journal": journal, "wal": wal, "packed": packed}


def put_in(leak: Leak, store: Path) -> None:
    """Leak each read, and end once there were enough."""
    sound, leaked = PictureReader.read, 0

    def read(self: PictureReader, frame: Frame) -> PictureReads:
        nonlocal leaked
        found = sound(self, frame)
        for one in found.reads:
            leak(store, one)
            leaked += 1
        if leaked >= ENOUGH:
            logging.shutdown()
            os._exit(0)
        return found

    PictureReader.read = read  # type: ignore[method-assign]


if __name__ == "__main__":
    name, *words = sys.argv[1:]
    site = tomllib.loads(Path(words[words.index("--config") + 1]).read_text())
    if name == "dump":
        edge.services.watch.leave_no_dump = edge.cli.run.leave_no_dump = lambda: None
    put_in({**LEAKS, "dump": dump}[name], Path(site["store"]["folder"]))
    sys.exit(main(words))
