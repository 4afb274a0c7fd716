"""A unit that gets updates: real files, links and signatures; only systemd and time are made up."""

import io
import tarfile
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from edge import __version__
from edge.keys.identity import Identity
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.policy.updating import Limits, Look, State
from edge.services.update_look import Eyes
from edge.services.update_sides import STAMP, Links, Sides, Which
from edge.services.update_sign import Wish, approve_update, sign_update
from edge.services.update_stage import Machinery
from edge.services.update_state import UpdateFolder
from edge.services.update_unit import Updater
from tests.fakes import FakeClock
from tests.keys.cast import ISSUED, keys_folder, keys_of, party_of, roster_of

UPDATERS = ("upton", "ursula")
LIMITS = Limits(window=(0, 0), quiet_s=600, trial_s=300, hold_s=10, starts=3)
NS = 1_000_000_000


def updater_keys(name: str = "upton") -> Identity:
    return keys_of(name, Role.UPDATER)


def updating_roster(sequence: int = 1) -> Roster:
    """Return the cast's roster with two updaters on it."""
    return roster_of(sequence=sequence, extra=[party_of(one, Role.UPDATER) for one in UPDATERS])


def make_tar(folder: Path, version: str, arch: str = "amd64", word: bytes = b"wheel") -> Path:
    """Make what ``scripts/bundle`` makes, with next to nothing in it."""
    files = {
        "lock-debian12.txt": b"a==1\n",
        "lock-debian13.txt": b"a==1\n",
        "wheels/edge.whl": word,
        "ABOUT": f"edge {version} for {arch}\n".encode(),
    }
    lines = [f"{sha256(body).hexdigest()}  {name}\n" for name, body in files.items()]
    files["MANIFEST"] = "".join(lines).encode()
    place = folder / f"edge-{version}-{arch}.tar"
    with tarfile.open(place, "w:") as tar:
        for name, body in files.items():
            member = tarfile.TarInfo(f"edge-{version}-{arch}/{name}")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return place


def make_release(
    folder: Path,
    number: int,
    version: str = "9.0",
    *,
    signer: Identity | None = None,
    second: Identity | None = None,
    arch: str = "amd64",
    least: str = "0.0",
    word: bytes = b"wheel",
) -> Path:
    """Return a signed release, as it comes on a stick."""
    folder.mkdir(parents=True, exist_ok=True)
    tar = make_tar(folder, version, arch, word)
    file = sign_update(Wish(tar, number, least), signer or updater_keys(), ISSUED)
    if second is not None:
        approve_update(file, second, ISSUED)
    tar.unlink()
    return file


class FakeSides(Links):
    """Links are real; what systemd, pip and the self-test would do is told beforehand.

    Attributes:
        broken: why a making or a proof fails, by its name.
        restarts: the side that was in force at each restart of the daemons.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.broken: dict[str, str] = {}
        self.restarts: list[str] = []
        self.made = 0

    def make(self, bundle: Path) -> str:
        with tarfile.open(bundle) as tar:
            version = tar.getmembers()[0].name.split("-")[1]
        side = self.folder / f"edge-{version}"
        self.put(side)
        self.made += 1
        return str(side)

    def put(self, side: Path) -> None:
        side.mkdir(exist_ok=True)
        for name in (".edge-venv", STAMP):
            (side / name).write_text("")

    def prove(self, which: Which) -> str:
        return self.broken.get(which, "")

    def _restart(self) -> None:
        self.restarts.append(self.in_force())


@dataclass
class FakeEyes:
    """Sees a daemon of whatever side is in force, whose frames go on with the clock."""

    clock: FakeClock
    sides: FakeSides
    versions: dict[str, str]
    change: dict[str, object] = field(default_factory=dict)
    when_new: dict[str, object] = field(default_factory=dict)
    start: str = "boot-1"
    seen: int = 0

    def boot(self) -> str:
        return self.start

    def look(self) -> Look:
        self.seen += 1
        now = self.clock.now().monotonic_ns
        running = self.sides.restarts[-1] if self.sides.restarts else self.sides.in_force()
        version = self.versions.get(running, running.rsplit("-", 1)[-1])
        began = now if self.sides.restarts else 0
        look = Look(
            at_ns=now,
            minute=180,
            software=version,
            began_ns=began,
            frames=now // 100_000_000,
            camera=True,
            passes=5,
            broker=True,
        )
        new = version != __version__
        return replace(look, **(self.when_new if new else self.change))  # type: ignore[arg-type]


SICK: dict[str, tuple[dict[str, object], str]] = {
    "broker": ({"broker": False}, "broker is not connected within 300 s"),
    "camera": ({"camera": False}, "no frame was stepped within 300 s"),
    "silent": ({"software": ""}, "daemon of 9.0 does not report within 300 s"),
    "loop": ({"starts": 4}, "a daemon started 4 times"),
}
"""What is wrong with a version 9.0 on trial, as eyes see it, and why it is then left."""


class Updated(Protocol):
    """A unit in a test, of whatever sides."""

    limits: Limits
    clock: FakeClock
    place: UpdateFolder
    stick: Path
    said: list[str]

    @property
    def sides(self) -> Sides: ...

    @property
    def eyes(self) -> Eyes: ...


def updater_of(unit: Updated) -> Updater:
    """Return an updater that has just been started: nothing is remembered but by the disk."""
    on = Machinery(
        folder=unit.place,
        sides=unit.sides,
        eyes=unit.eyes,
        clock=unit.clock,
        town="windsor",
        arch="amd64",
        python="3.13",
        ways=(unit.stick,),
    )
    return Updater(on, unit.limits, unit.said.append)


class Unit:
    """One unit with version ``__version__`` in force, and an updater that may be started anew."""

    def __init__(self, folder: Path, limits: Limits = LIMITS) -> None:
        self.folder = folder
        self.limits = limits
        self.clock = FakeClock()
        opt = folder / "opt"
        opt.mkdir(parents=True)
        self.keys = keys_folder(folder / "keys", "main-street", roster=updating_roster())
        self.sides = FakeSides(opt)
        self.old = str(opt / f"edge-{__version__}")
        self.sides.put(Path(self.old))
        for name in ("edge", "edge.kept"):
            (opt / name).symlink_to(self.old)
        self.eyes = FakeEyes(self.clock, self.sides, {})
        self.place = UpdateFolder(folder / "update", self.keys, "windsor")
        self.stick = folder / "stick"
        self.said: list[str] = []

    @property
    def updater(self) -> Updater:
        """Return an updater that has just been started: nothing is remembered but by the disk."""
        return updater_of(self)

    @property
    def state(self) -> State:
        state = self.place.state()
        assert state is not None
        return state

    @property
    def links(self) -> tuple[str, str]:
        """Return what is in force and what was found good, by their last part."""
        return Path(self.sides.in_force()).name, Path(self.sides.kept()).name

    def reboot(self) -> None:
        """Start the machine anew: another boot, daemons of the side in force."""
        self.eyes.start = f"boot-{int(self.eyes.start.split('-')[1]) + 1}"
        self.updater.settle()
        self.sides.restarts.append(self.sides.in_force())

    def acts(self) -> list[str]:
        return [one.act for one in self.state.acts]
