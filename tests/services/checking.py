"""A good unit on a good machine, for `edge check`: what a test breaks is all that is wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.clock import SystemClock
from edge.config import Settings, load
from edge.services.check import check_all
from edge.services.finding import Finding
from edge.services.machine import Machine, Person
from tests.brokers import Broker
from tests.services.watching import Post, passing

NAMES = [
    "law",
    "clock",
    "models",
    "camera",
    "focus",
    "sight",
    "hotlist",
    "keys",
    "certificates",
    "disk",
    "store",
    "runtime",
    "rights",
    "swap",
    "power",
    "heat",
    "ports",
    "daemons",
    "search",
    "broker",
]
SOCKETS = "  sl  local_address rem_address   st tx_queue rx_queue\n"
LISTENS = "   {n}: {address}:{port:04X} 00000000:0000 0A 00000000:00000000\n"


class Board:
    """A Raspberry Pi's `/proc`, `/sys` and service manager, all well."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self.daemons: dict[str, str] = {}
        self.deliver = ""
        self.people: dict[str, Person] = {}
        self.loaded: set[str] = set()
        self.put("proc/swaps", "Filename Type Size Used Priority\n")
        self.put("proc/mounts", f"/dev/mmcblk0p2 {folder.parent} ext4 rw,noatime 0 0\n")
        self.put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
        self.put("sys/devices/platform/soc/soc:firmware/get_throttled", "0\n")
        self.put("sys/class/thermal/thermal_zone0/temp", "48200\n")
        self.put("sys/class/rtc/rtc0/since_epoch", f"{SystemClock().now().utc_ns // 10**9}\n")
        self.put("sys/block/mmcblk0/device/life_time", "0x01 0x02\n")
        self.put("run/systemd/system/.keep", "")
        self.listening([("00000000", 22), ("0100007F", 9100)])

    def put(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def listening(self, places: Sequence[tuple[str, int]]) -> None:
        lines = [LISTENS.format(n=n, address=a, port=p) for n, (a, p) in enumerate(places)]
        self.put("proc/net/tcp", SOCKETS + "".join(lines))

    def ask(self, words: Sequence[str]) -> str:
        """Answer as systemctl does."""
        match list(words):
            case ["systemctl", "is-active", unit]:
                return self.daemons.get(unit, "active")
            case ["systemctl", "is-enabled", unit]:
                return self.daemons.get(f"{unit} enabled", "enabled")
            case ["systemctl", "show", unit, "--property=LoadState", "--value"]:
                return "loaded" if unit in self.loaded else "not-found"
            case _:
                return self.deliver

    @property
    def machine(self) -> Machine:
        return Machine(self.root, self.ask, self.people.get)


class Bench:
    """A good unit, and its findings by name."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.post = Post(folder / "unit")
        self.board = Board(folder / "board")
        self.broker = broker
        passing(self.post.folder / "street")
        self.delivery = {**broker.settings("main-street"), "receivers": ["archive"]}
        self.sections: dict[str, dict[str, Any]] = {
            "delivery": self.delivery,
            "store": {"budget_mb": 64},
            "search": {"enabled": True},
        }

    def settings(self) -> Settings:
        self.post.configure(**self.sections)
        return load([self.post.site]).settings

    def findings(self) -> dict[str, Finding]:
        found: list[Finding] = []
        clock = SystemClock("always")
        none_failed = check_all(self.settings(), clock, found.append, self.board.machine)
        assert none_failed == all(one.passed is not False for one in found)
        assert all(one.sentence for one in found)
        assert all(one.mend for one in found if one.passed is False)
        assert not any(one.mend for one in found if one.passed)
        return {one.name: one for one in found}
