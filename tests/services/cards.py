"""Cards for tests: a town, its sheet of sites, and units that take what lies on a folder."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edge.keys.town import Town, make_town
from edge.services.batch import Batch
from edge.services.enrol import Enrolled, Returned, enrol, read_returned
from edge.services.first_boot import FirstBoot
from edge.services.places import Places
from edge.services.sites import read_sheet
from tests.keys.town import NOW

PHRASE = "five words drawn by dice"
HEAD = "name,role,place,latitude,longitude,heading,jurisdiction,camera,address,broker,receivers,law"
ROW = "{name},{role},Main Street 12,41.85,-72.64,90,us-ct,picamera,0,broker.example,archive,us-ct"


def row(name: str, role: str = "unit") -> str:
    return ROW.format(name=name, role=role)


@dataclass
class Unit:
    """One machine: a folder for its boot partition, and one for everything else."""

    boot: Path
    root: Path
    said: list[str] = field(default_factory=list)

    def start(self) -> bool:
        return FirstBoot(self.boot, Places(self.root, owners=False), self.said.append).run()

    def insert(self, card: Path) -> None:
        """Copy a site's ``boot`` onto the boot partition, as a person does."""
        shutil.copytree(card, self.boot, dirs_exist_ok=True)

    @property
    def keys(self) -> Path:
        return self.root / "var/lib/edge/keys"

    def state(self) -> dict[str, bytes]:
        """Return all files of the unit."""
        return {
            str(one.relative_to(self.root)): one.read_bytes()
            for one in sorted(self.root.rglob("*"))
            if one.is_file()
        }


@dataclass
class Desk:
    """The town's desk, with a root and a folder of sites."""

    folder: Path
    town: Town
    batch: Batch

    def sheet(self, *rows: str, head: str = HEAD) -> Path:
        file = self.folder / "sites.csv"
        file.write_text("\n".join([head, *rows, ""]), "utf-8")
        return file

    def make(self, *rows: str, head: str = HEAD) -> None:
        self.batch.write(read_sheet(self.sheet(*rows, head=head), "windsor"))

    def boot(self, name: str) -> Path:
        return self.batch.folder(name) / "boot"

    def unit(self, name: str, number: int = 0) -> Unit:
        """Return the machine of a site with its card in; *number* tells machines apart."""
        unit = Unit(self.folder / f"card-{name}-{number}", self.folder / f"unit-{name}-{number}")
        unit.boot.mkdir(exist_ok=True)
        unit.root.mkdir(exist_ok=True)
        unit.insert(self.boot(name))
        return unit

    def enrol(
        self,
        folder: Path,
        compared: Callable[[list[Returned]], None] = lambda _: None,  # type: ignore[assignment]
    ) -> list[Enrolled]:
        returned = read_returned(folder, self.batch, self.town.roster())
        return enrol(returned, self.batch, self.town, PHRASE, NOW, compared)[1]  # type: ignore[arg-type]


def open_desk(folder: Path) -> Desk:
    town = make_town(folder / "town", "windsor", PHRASE, NOW, cost=2**10)
    return Desk(folder, town, Batch(folder / "sites", town))
