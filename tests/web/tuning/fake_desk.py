# ruff: noqa: ARG002 - a fake answers the same, whatever it is asked
"""A unit that a test fills: what the technician's page shows of it, and what it was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from edge.config import load
from edge.config.knobs import knobs
from edge.errors import ConfigError
from edge.web.serve import Server
from edge.web.tuning.app import TuningPages
from edge.web.tuning.contract import Entered

CHANGE = {
    "path": "reader.least_confidence",
    "old": "0.1",
    "new": "0.3",
    "file": "default.toml",
    "sentence": "Reads less sure than this as a whole are no reads (badges, signs).",
    "restart": False,
}
VERSIONS = [
    {"number": 0, "at": "", "who": "", "why": "", "undone": False, "current": False},
    {
        "number": 1,
        "at": "2026-11-23T08:00:00.000Z",
        "who": "tess",
        "why": "the tree moves",
        "undone": False,
        "current": True,
    },
    {
        "number": 2,
        "at": "2026-11-23T08:05:00.000Z",
        "who": "tess",
        "why": "set gate.motion_level=200.0",
        "undone": True,
        "current": False,
    },
]


class FakeRoom:
    """A desk whose technician is logged in already, unless *who* is emptied."""

    unit = "main-street"
    speed_kmh = 50.0

    def __init__(self) -> None:
        self.who = "tess"

    def names(self) -> Sequence[str]:
        return ("tess",)

    def log_in(self, name: str, password: str) -> Entered:
        return Entered(refused=f"{name}, not with {len(password)} letters")

    def visitor(self, token: str, *, active: bool = True) -> str:
        return self.who

    def log_out(self, token: str) -> None:
        self.who = ""

    def look(
        self, after: int, number: int, speed_kmh: float, aim: tuple[int, int] | None = None
    ) -> dict[str, Any]:
        return {
            "look": None, "oldest": 0, "newest": 0, "problem": "", "zones": None, "vitals": None,
        }  # fmt: skip

    def picture(self, number: int) -> bytes | None:
        return None


class FakeSettings:
    """Answers at once, and notes what it was asked for.

    Attributes:
        told: the job as the page is told of it.
        refusal: raised for whatever changes something; empty for none.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.told: dict[str, Any] | None = None
        self.refusal = ""
        self.saving = ""
        self.values: dict[str, Any] = {}
        self.minute = {"armed": False, "seconds": 0.0, "pictures": 0}

    def settings(self) -> dict[str, Any]:
        loaded = load([])
        found = [asdict(one) for one in knobs(loaded, loaded.settings)]
        for one in found:
            if one["path"] in self.values:
                one["value"], one["file"] = self.values[one["path"]], "tuning.toml"
        return {
            "settings": found,
            "saving": self.saving,
            "clips": [{"name": "clip-monday.mkv"}],
            "minute": self.minute,
            "job": self.told,
        }

    def propose(self, changes: Mapping[str, str]) -> dict[str, Any]:
        self._ask("propose", dict(changes))
        found = [{**CHANGE, "path": path, "new": new} for path, new in changes.items()]
        return {"changes": found, "restart": False}

    def propose_back(self, number: int) -> dict[str, Any]:
        self._ask("propose-back", number)
        return {"changes": [CHANGE], "restart": True}

    def compare(self, changes: Mapping[str, str], source: str) -> int:
        self._ask("compare", dict(changes), source)
        return 1

    def save(self, changes: Mapping[str, str], who: str, why: str) -> int:
        self._ask("save", dict(changes), who, why)
        return 1

    def back(self, number: int, who: str, why: str) -> int:
        self._ask("back", number, who, why)
        return 1

    def history(self) -> dict[str, Any]:
        return {"versions": VERSIONS}

    def job(self) -> dict[str, Any] | None:
        return self.told

    def stop(self) -> None:
        self._ask("stop")

    def kept(self) -> dict[str, Any]:
        return self.minute

    def arm(self, who: str, *, armed: bool) -> dict[str, Any]:
        self._ask("arm", who, armed)
        self.minute = {"armed": armed, "seconds": 0.0, "pictures": 0}
        return self.minute

    def _ask(self, *words: Any) -> None:
        if self.refusal:
            raise ConfigError(self.refusal)
        self.asked.append(words)


class ServedTuning:
    """The technician's pages over both, on a port."""

    def __init__(self, room: FakeRoom | None = None, settings: FakeSettings | None = None) -> None:
        self.room = room or FakeRoom()
        self.settings = settings or FakeSettings()
        pages = TuningPages(self.room, self.settings, ("127.0.0.1",), secure=False)
        self._server = Server(pages.app)

    def start(self) -> "ServedTuning":
        self.port = self._server.start()
        return self

    def stop(self) -> None:
        self._server.stop()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"
