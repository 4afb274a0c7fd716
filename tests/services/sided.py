"""A card with two sides: real files, chooser and updater; RAUC, firmware and systemd are played.

They are played where processes and the machine begin: what RAUC would be asked by its program, what
a Pi's firmware reads of the card at a start, and that a reboot ends the updater.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from subprocess import CompletedProcess

from edge import __version__
from edge.keys.identity import Identity
from edge.policy.updates import Release, sign_release
from edge.policy.updating import Limits, Look, State
from edge.services.tryboot import TRY, Side, Tryboot, other, parsed, side_of, written
from edge.services.update_file import write_update
from edge.services.update_slots import Slots, begin
from edge.services.update_state import UpdateFolder
from edge.services.update_unit import Updater
from tests.fakes import FakeClock
from tests.keys.cast import ISSUED, keys_folder
from tests.services.updating import LIMITS, updater_keys, updater_of, updating_roster

STARTS = ("edge-try-begin.service", "reboot.target")


def make_system(
    folder: Path, number: int, version: str = "9.0", *, signer: Identity | None = None
) -> Path:
    """Return a whole system as an updater signs it; RAUC's own part in it is its version."""
    folder.mkdir(parents=True, exist_ok=True)
    bundle, out = folder / "system.raucb", folder / f"edge-{version}-amd64-system-{number}.update"
    body = version.encode()
    bundle.write_bytes(body)
    release = Release(
        v=1,
        town="windsor",
        version=version,
        sequence=number,
        arch="amd64",
        pythons=[],
        least="0.0",
        digest=sha256(body).hexdigest(),
        size=len(body),
        files={},
        made=ISSUED.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    with bundle.open("rb") as opened:
        write_update(out, sign_release(release, signer or updater_keys()), None, opened)
    bundle.unlink()
    return out


class Machine:
    """A machine with a card: what its firmware, its kernel, RAUC and systemd do.

    Attributes:
        asked: words by which a reboot was asked for; empty while none is due.
        dead: sides that do not come up at all.
        refuses: what RAUC says of any bundle.
    """

    def __init__(self, folder: Path) -> None:
        self.boot, self.proc, self.disks = (folder / one for one in ("boot", "proc", "disks"))
        for place in (self.boot, self.proc, self.disks):
            place.mkdir(parents=True)
        (self.boot / "autoboot.txt").write_bytes(written("A", "A"))
        (self.disks / "A").write_text(__version__)
        self.asked: list[Sequence[str]] = []
        self.dead: set[str] = set()
        self.refuses = ""
        self.starts = 0
        self.installs = 0
        self.on("A")

    @property
    def choice(self) -> tuple[Side, Side]:
        return parsed((self.boot / "autoboot.txt").read_bytes())

    def version(self, side: str) -> str:
        """Return what lies on a side; empty where it is not whole."""
        file = self.disks / side
        return file.read_text() if file.exists() else ""

    def on(self, side: Side, *, tried: bool = False) -> None:
        """Be running on *side*."""
        self.starts += 1
        word = " edge.tryboot=1" if tried else ""
        (self.proc / "cmdline").write_text(f"root=PARTLABEL=edge-root-{side.lower()} ro{word}\n")

    def start(self) -> None:
        """Do what the firmware does at power on: a try only where it was asked for, and once."""
        tried = (self.boot / TRY).exists()
        if tried:
            (self.boot / TRY).unlink()
        self.asked.clear()
        side = self.choice[1 if tried else 0]
        assert self.version(side), f"half a system was started: {side}"
        if side in self.dead:  # its watchdog, or somebody with a plug
            assert tried, "a side that was never seen running is what each start takes"
            self.start()
        else:
            self.on(side, tried=tried)

    def run(self, words: Sequence[str], limit_s: float) -> "CompletedProcess[str]":
        """Do what a program would do that the updater runs."""
        assert limit_s > 0
        if words[0] == "busctl":
            return CompletedProcess(words, 0, 's "idle"\n', "")
        if words[0] == "systemctl":
            assert words[-1] in STARTS
            self.asked.append(words)
            return CompletedProcess(words, 0, "", "")
        assert list(words[:2]) == ["rauc", "install"]
        if self.refuses:
            return CompletedProcess(words, 1, "", f"noise\nLastError: {self.refuses}\n")
        self._install(Path(words[2]))
        return CompletedProcess(words, 0, "", "")

    def _install(self, bundle: Path) -> None:
        card = self.tryboot()
        side = other(card.current())
        card.set_state(side, "bad")
        file = self.disks / side
        file.unlink(missing_ok=True)
        draft = file.with_suffix(".part")
        draft.write_bytes(bundle.read_bytes())
        draft.replace(file)
        card.set_state(side, "good")
        self.installs += 1

    def tryboot(self) -> Tryboot:
        return Tryboot(self.boot, self.proc, lambda words: begin(words, self.run))


@dataclass
class SidedEyes:
    """Sees the daemon of whatever side runs."""

    clock: FakeClock
    machine: Machine
    change: dict[str, object] = field(default_factory=dict)
    when_new: dict[str, object] = field(default_factory=dict)

    def boot(self) -> str:
        return f"boot-{self.machine.starts}"

    def look(self) -> Look:
        now = self.clock.now().monotonic_ns
        version = self.machine.version(self.machine.tryboot().current())
        look = Look(
            at_ns=now,
            minute=180,
            software=version,
            frames=now // 100_000_000,
            camera=True,
            passes=5,
            broker=True,
        )
        return replace(look, **(self.when_new if version != __version__ else self.change))  # type: ignore[arg-type]


class SidedUnit:
    """One unit on side A with version ``__version__``; an updater that may be started anew."""

    def __init__(self, folder: Path, limits: Limits = LIMITS) -> None:
        self.folder = folder
        self.limits = limits
        self.clock = FakeClock()
        self.machine = Machine(folder / "machine")
        self.eyes = SidedEyes(self.clock, self.machine)
        keys = keys_folder(folder / "keys", "main-street", roster=updating_roster())
        self.place = UpdateFolder(folder / "update", keys, "windsor")
        self.stick = folder / "stick"
        self.misread: dict[str, str] = {}
        self.said: list[str] = []

    @property
    def updater(self) -> Updater:
        """Return an updater that has just been started, on the side that runs."""
        return updater_of(self)

    @property
    def sides(self) -> Slots:
        running = self.machine.version(self.machine.tryboot().current())
        return Slots(
            self.machine.tryboot(),
            self.clock,
            self.machine.run,
            lambda _: self.misread.get(running, ""),
        )

    @property
    def state(self) -> State:
        state = self.place.state()
        assert state is not None
        return state

    def live(self) -> State:
        """Let the updater run, and the machine start anew as often as it asks for it."""
        state = self.updater.run()
        while self.machine.asked:
            state = self.power()
        return state

    def power(self) -> State:
        """Start the machine: the settle unit, then the updater's run."""
        self.machine.start()
        state = self.updater.settle()
        return state if self.machine.asked else self.updater.run()

    def where(self) -> tuple[str, str]:
        """Return the side that runs, and the one that each start takes."""
        return side_of(self.sides.in_force()), side_of(self.sides.kept())

    def acts(self) -> list[str]:
        return [one.act for one in self.state.acts]
