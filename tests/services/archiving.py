"""The archive as a process beside a unit's deliver, over a real broker."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.archive.database import Database
from edge.archive.store import ArchiveStore
from edge.config import load
from edge.messages.acts import act_row
from edge.messages.fleet import ChainState
from edge.messages.links import Link
from edge.services.heads import HeadFile
from tests.alerts import UNIT
from tests.archive.places import Place
from tests.brokers import Broker, until
from tests.keys.cast import TOWN, keys_folder, keys_of
from tests.messages.chains import an_hour
from tests.services.delivering import CLOCK, Process, Site

NAME = "archive"


class Archive:
    """The archive's settings, database and process; the same place after a restart."""

    def __init__(self, folder: Path, broker: Broker, server: str = "", password: str = "") -> None:
        self.folder = folder / "hall"
        self.folder.mkdir()
        self.place = Place(self.folder / "archive", server, password)
        self.process: Process | None = None
        self._broker = broker
        self.configure()

    def configure(self, **section: Any) -> None:
        keys = keys_folder(self.folder / "keys", NAME)
        wanted = {"folder": str(self.place.folder), "silent_after_s": 5.0, "port": 0, **section}
        if self.place.server:
            secret = self.folder / "secret"
            secret.touch(mode=0o600)
            secret.write_text(self.place.password + "\n")
            wanted |= {"database": self.place.server, "password_file": str(secret)}
        lines = [f"{key} = {json.dumps(value)}" for key, value in wanted.items()]
        self.config = self.folder / "site.toml"
        self.config.write_text(
            f'[unit]\ntown = "{TOWN}"\nname = "{NAME}"\n[clock]\ntrust = "always"\n'
            f'[keys]\nfolder = "{keys}"\n[archive]\n'
            + "\n".join(lines)
            + "\n"
            + self._broker.site(NAME)
        )
        load([self.config])

    def start(self) -> "Archive":
        assert not self.runs(), "started twice: the first would be left running"
        words = ("run", "--config", str(self.config), "archive")
        self.process = Process(self.folder / "process", *words)
        return self

    def run(self, *words: str) -> Process:
        """Run another command with the archive's settings, to its end."""
        verb, *rest = words
        process = Process(self.folder / "command", verb, "--config", str(self.config), *rest)
        process.child.wait(60)
        return process

    def runs(self) -> bool:
        return self.process is not None and self.process.child.poll() is None

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process = None

    def stop(self) -> None:
        assert self.process is not None
        assert self.process.stop() == 0, self.said()
        self.process = None

    def said(self) -> str:
        return (self.folder / "process" / "err").read_text()

    @contextmanager
    def look(self) -> Iterator[ArchiveStore]:
        """Open the store beside the process."""
        with self.place.store(CLOCK) as store:
            yield store

    def chain(self, name: str = UNIT.name) -> ChainState | None:
        if not self.made():
            return None
        with self.look() as store:
            return store.newest().get(name)

    def letters(self) -> list[str]:
        """Return number and revision of the letters that are held."""
        with self.look() as store:
            return [f"{one.number}/{one.revision}" for one in store.letters.all()]

    def made(self) -> bool:
        return bool(self.place.server) or (self.place.folder / "archive.db").exists()

    def holds(self, site: Site) -> bool:
        """Say whether every row of the unit's chain is held, and proven."""
        with site.store() as store:
            head = store.audit.head()
        found = self.chain()
        assert head is not None
        return found is not None and (found.proven, found.hash) == (head.number, head.hash)

    def settled(self, site: Site) -> None:
        """Wait until the unit's outbox is empty and its whole chain is here."""
        until(lambda: site.depth() == 0, 60, "an empty outbox")

        def all_here() -> bool:
            sign(site)  # again: deliver puts rows of its own on the chain
            return self.holds(site)

        until(all_here, 60, f"the whole chain: {self.chain()}, {self.said()[-2000:]}")

    def close(self) -> None:
        if self.process is not None:
            self.kill()


def work(site: Site, hours: int) -> list[Link]:
    """Record *hours* on the unit's chain as watch would, and sign the head."""
    with site.store() as store:
        done = [store.record("hour", act_row("hour", an_hour(n + 1))) for n in range(hours)]
    sign(site)
    return done


def sign(site: Site) -> None:
    """Sign the head of the unit's chain as watch does all the time."""
    with site.store() as store:
        HeadFile(site.run, UNIT, keys_of(UNIT.name), store).write(CLOCK.now())


__all__ = ["Archive", "Database", "sign", "work"]
