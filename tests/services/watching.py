"""A unit on small models and drawn pictures: the watch daemon as a process of its own.

Pictures show a bright plate that every reader calls ``AB12345``, or none.
"""

import json
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.messages.alert_parts import AlertMessage
from edge.records import Pixels
from tests.alerts import opened
from tests.brokers import until
from tests.end_to_end.daemons import HEADER, Process
from tests.keys.cast import keys_folder
from tests.services.test_notify import Ear
from tests.vision import graphs

PLATE = "AB12345"
PATIENCE_S = 40.0
ENTRY = "E1,{},us-ct,stolen_vehicle,Ford,Focus,blue,car,,taken,Windsor PD,2025-01-01,2035-01-01\n"
WATCHDOG_US = "40000"  # fed at most every 10 ms
EDGE = (sys.executable, "-m", "edge")


def scene(plate_at: int | None = None, size: tuple[int, int] = (320, 192)) -> Pixels:
    """Return a picture of noise, with a plate *plate_at* pixels from the left."""
    wide, high = size
    image = np.random.default_rng(3).integers(40, 160, (high, wide, 3), np.uint8)
    if plate_at is not None:
        image[high // 2 : high // 2 + 20, plate_at : plate_at + 80] = 255
    return image


def draw(folder: Path, pictures: Sequence[Pixels], first: int = 0) -> Path:
    """Write *pictures* as PNG files in order."""
    folder.mkdir(exist_ok=True)
    for number, picture in enumerate(pictures, first):
        cv2.imwrite(str(folder / f"{number:04}.png"), picture)
    return folder


def passing(folder: Path) -> Path:
    """Draw a street in which one car passes, and then nobody for longer than a pass lasts."""
    return draw(folder, [scene(60 + 8 * n) for n in range(4)] + [scene()] * 8)


class Post:
    """One unit without a broker.

    Args:
        sections: what differs from a street that is played without end as fast as the line reads.
    """

    def __init__(self, folder: Path, **sections: Mapping[str, Any]) -> None:
        self.folder = folder
        self.open: Callable[[bytes], AlertMessage] = partial(opened, own="main-street")
        folder.mkdir(exist_ok=True)
        self.models = folder / "models"
        self.models.mkdir()
        self.cards = {
            "detector": graphs.write(self.models, "detector", graphs.bright_detector()),
            "reader": graphs.write(self.models, "reader", graphs.fixed_reader(PLATE, 0.99)),
        }
        self.hotlist = folder / "list.csv"
        self.replace_list(PLATE)
        self.store = folder / "store"
        self.run = folder / "run"
        self.site = folder / "site.toml"
        self.configure(**sections)

    def configure(self, **sections: Mapping[str, Any]) -> None:
        """Write the settings."""
        chosen: dict[str, dict[str, Any]] = {
            "unit": {"town": "windsor", "name": "main-street"},
            "clock": {"trust": "always"},
            "keys": {"folder": str(keys_folder(self.folder / "keys", "main-street"))},
            "runtime": {"folder": str(self.run)},
            "source": {
                "kind": "pictures",
                "address": str(self.folder / "street"),
                "fps": 5.0,
                "paced": False,
                "loop": True,
            },
            "gate": {"enabled": False},
            "hotlist": {"path": str(self.hotlist), "reload_s": 0.2},
            "store": {"folder": str(self.store), "reserve_mb": 2},
            "policy": {"quiet_same_s": 0.0, "quiet_similar_s": 0.0},
        }
        for task, card in self.cards.items():
            chosen[task] = {"card": str(card), "threads": 1}
        for name, fields in sections.items():
            chosen[name] = {**chosen.get(name, {}), **fields}
        lines = []
        for name, fields in chosen.items():
            lines += [f"[{name}]", *(f"{key} = {json.dumps(fields[key])}" for key in fields)]
        self.site.write_text("\n".join(lines) + "\n")

    def replace_list(self, *plates: str) -> None:
        """Put a newer list into its place, as a delivery would: by a rename."""
        draft = self.hotlist.with_suffix(".new")
        draft.write_text(HEADER + "".join(ENTRY.format(plate) for plate in plates))
        draft.replace(self.hotlist)

    def process(self, program: Sequence[str] = EDGE, **environment: str) -> Process:
        """Return the watch daemon, to be started."""
        words = ["run", "watch", "--config", str(self.site)]
        quiet = {"OMP_NUM_THREADS": "1", **environment}
        return Process("watch", words, self.folder, program=program, environment=quiet)

    def health(self) -> dict[str, Any]:
        """Return what watch last said of itself; empty before its first word; NaN is an error."""
        file = self.run / "watch.json"
        if not file.exists():
            return {}
        return json.loads(file.read_bytes(), parse_constant=_no_number)

    def await_health(self, process: Process, what: str, **wanted: Any) -> dict[str, Any]:
        """Wait until each field in *wanted* is as told, or holds the text, and return all."""

        def holds() -> bool:
            assert process.process.poll() is None, process.errors()
            said = self.health()
            return bool(said) and all(_is(said[key], value) for key, value in wanted.items())

        until(holds, PATIENCE_S, f"{what} ({self.folder})")
        return self.health()

    def alerts(self, store: Path | None = None) -> list[AlertMessage]:
        """Return every alert and revision that is safe in the store, in order."""
        file = (store or self.store) / "edge.db"
        if not file.exists():
            return []
        base = sqlite3.connect(f"file:{file}", uri=True, timeout=10)
        try:
            if not base.execute("SELECT 1 FROM sqlite_schema WHERE name = 'outbox'").fetchone():
                return []  # watch has not made its tables yet
            rows = base.execute("SELECT body FROM outbox ORDER BY row").fetchall()
        finally:
            base.close()
        return [self.open(row[0]) for row in rows]


class Crowd(Post):
    """A unit that sees sixteen listed cars in each frame, each time others: alerts come fast."""

    def __init__(self, folder: Path, **sections: Mapping[str, Any]) -> None:
        super().__init__(folder, **sections)
        places = [(8 + 150 * (n % 4), 8 + 90 * (n // 4)) for n in range(16)]
        rows = [graphs.row(0.9, (x, y, x + 120, y + 40)) for x, y in places]
        graphs.write(self.models, "detector", graphs.fixed_detector(np.array(rows)))
        draw(folder / "street", [scene(size=(640, 384))])

    def configure(self, **sections: Mapping[str, Any]) -> None:
        """Write the settings: two seconds lie between frames, so no pass lasts for two."""
        tracking = {"min_reads": 1, "parked_gap_s": 0.0}
        source = {"fps": 0.5, **sections.pop("source", {})}
        super().configure(tracking=tracking, source=source, **sections)


class Systemd(Ear):
    """The service manager's end of the socket."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder / "notify"))
        self.environment = {"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": WATCHDOG_US}
        self.lines: list[str] = []

    def listen(self) -> list[str]:
        """Return all that was heard so far."""
        self.lines += self.heard()
        return self.lines

    def fed(self) -> int:
        """Return how often the watchdog was fed so far."""
        return self.listen().count("WATCHDOG=1")


def started(stage: ExitStack, process: Process) -> Process:
    """Start *process*, and have it killed at the end of the test, however that ends."""
    process.start()
    stage.callback(process.kill)
    return process


def sentence(process: Process) -> str:
    """Return the one sentence with which a daemon has ended, status 2 and no traceback."""
    assert process.wait(PATIENCE_S) == 2, process.errors()
    said = process.errors()
    assert "Traceback" not in said
    wrong = [line for line in said.splitlines() if line.startswith("error ")]
    assert len(wrong) == 1, said
    return wrong[0]


def _is(said: Any, wanted: Any) -> bool:
    return wanted in said if isinstance(wanted, str) and wanted else bool(said == wanted)


def _no_number(word: str) -> Any:
    raise AssertionError(f"{word} in watch.json")
