"""A live unit on a rendered street with its technician's page, as two processes."""

import json
import socket
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from edge.keys.files import make_folder, write
from edge.keys.password import Cost, lock_identity
from tests.brokers import free_port, until
from tests.end_to_end.daemons import HEADER, Process
from tests.keys.cast import keys_folder, keys_of
from tests.web.browser import Watched

PASSWORD = "ladder beside pole"
_KEEP = """
const asked = window.fetch;
window.answers = [];
window.fetch = async (...words) => {
  const answer = await asked(...words);
  window.answers.push(await answer.clone().text());
  return answer;
};
"""
_CHEAP = Cost(1, 1, 128)


@dataclass
class TuningUnit:
    """One unit on *clip*, played without end.

    Attributes:
        paced: at the clip's own speed; otherwise as fast as the line reads.
        test_plates: what is on the list as an installer's test.
    """

    folder: Path
    clip: Path
    test_plates: Sequence[tuple[str, str]] = ()
    extra: str = ""
    shutter_us: int = 0
    paced: bool = True

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.runtime = self.folder / "run"
        self.keys = keys_folder(self.folder / "keys", "main-street")
        self.tuning = self.folder / "tuning"
        self.add("tess")
        listed = self.folder / "list.csv"
        listed.write_text(HEADER + "".join(_entry(*one) for one in self.test_plates))
        self.site = self.folder / "site.toml"
        self.tuned = self.folder / "tuning.toml"
        self.tuned.write_text("")
        paced = str(self.paced).lower()
        self.site.write_text(
            f"""
unit = {{ town = "windsor", name = "main-street", jurisdiction = "us-ct" }}
clock = {{ trust = "always" }}
keys = {{ folder = "{self.keys}" }}
runtime = {{ folder = "{self.runtime}" }}
hotlist = {{ path = "{listed}" }}
store = {{ folder = "{self.folder}/store", reserve_mb = 2 }}
tuning = {{ folder = "{self.tuning}", port = {self.port} }}
[source]
kind = "video"
address = "{self.clip}"
loop = true
paced = {paced}
shutter_us = {self.shutter_us}
{self.extra}
"""
        )

    def add(self, name: str) -> None:
        """Put a technician's locked keys on the unit."""
        make_folder(self.tuning)
        folder = self.tuning / "officers"
        make_folder(folder)
        blob = lock_identity(keys_of(name), PASSWORD, _CHEAP)
        write(folder / f"{name}.officer", blob, private=True)

    def start(self, stage: ExitStack) -> None:
        """Start watch and the page, and wait until both are there."""
        self.watch = self.process("watch").start()
        stage.callback(self.watch.kill)
        self.page = self.process("tuning").start()
        stage.callback(self.page.kill)
        until((self.runtime / "glass").exists, 120.0, "watch")
        until(self.served, 120.0, "the page")

    def process(self, daemon: str) -> Process:
        """Return a daemon of the unit, to be started."""
        words = ["run", daemon, "--config", str(self.site), "--config", str(self.tuned)]
        return Process(daemon, words, self.folder, environment={"OMP_NUM_THREADS": "1"})

    def served(self) -> bool:
        """Say whether the page answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1.0):
                return True
        except OSError:
            return False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def acts(self, kind: str) -> list[dict[str, Any]]:
        """Return the payloads of *kind* on the unit's chain, the oldest first."""
        base = sqlite3.connect(f"file:{self.folder}/store/edge.db", uri=True, timeout=10)
        try:
            rows = base.execute(
                "SELECT payload FROM audit JOIN audit_payloads USING (number) WHERE kind = ? "
                "ORDER BY number",
                (kind,),
            )
            return [json.loads(row[0]) for row in rows]
        finally:
            base.close()


class Ladder(Watched):
    """A technician's browser."""

    def __init__(self, context: BrowserContext, unit: TuningUnit) -> None:
        super().__init__(context, unit.address)

    def open(self, path: str = "/") -> Page:
        self.page.add_init_script(_KEEP)
        self.page.goto(self.address + path)
        self.page.wait_for_selector("header h1")
        return self.page

    def told(self) -> str:
        """Return every answer that this page's script has had, and what it made of them."""
        return f"{self.page.evaluate('window.answers.join()')}{self.page.content()}"

    def log_in(self, name: str = "tess") -> None:
        self.page.select_option("#name", name)
        self.page.fill("#password", PASSWORD)
        self.page.click("button:has-text('Log in')")
        self.page.wait_for_selector("#picture:visible", timeout=120_000)


def _entry(plate: str, jurisdiction: str) -> str:
    return f"T-{plate},{plate},{jurisdiction},test,,,,car,,test,Windsor PD,2025-01-01,2035-01-01\n"
