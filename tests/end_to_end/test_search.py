"""An officer asks over a real broker; the unit answers by a process without network, also late."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from edge.cli import main
from edge.store.console import ConsoleStore
from tests.alerts import UNIT, an_alert, sealed
from tests.brokers import Broker, until
from tests.keys.cast import keys_folder
from tests.services.consoles import Console
from tests.services.delivering import CLOCK, Process, Site
from tests.services.searching import CASE, acts_of
from tests.web.console.stand import PASSWORD


class Town:
    """A unit with its three processes, a console, and an officer at it."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder = folder
        self.unit = Site(folder, broker, receivers=["car-12"])
        keys_folder(self.unit.keys, UNIT.name)
        with self.unit.config.open("a") as more:
            more.write(f'[search]\nfolder = "{folder}/search"\n[clock]\ntrust = "always"\n')
        self.console = Console(folder, "car-12", broker, receivers=["archive"])
        self.password = folder / "password"
        self.password.write_text(PASSWORD)
        self.password.chmod(0o600)
        self._search: Process | None = None

    def start(self) -> None:
        self.unit.deliver()
        self.console.start()

    def answers(self) -> None:
        """Start the process that answers searches."""
        words = ("run", "--config", str(self.unit.config), "search")
        self._search = Process(self.folder / "searching", *words)

    def ask(self, *words: str) -> tuple[int, Any, str]:
        """Run ``edge search`` as dana does; return status, what it found and what it showed."""
        out, shown = io.StringIO(), io.StringIO()
        given = ["search", "--config", str(self.console.config), "--officer", "dana"]
        given += ["--password-file", str(self.password), "--json", *words]
        with redirect_stdout(out), redirect_stderr(shown):
            code = main(given)
        return code, json.loads(out.getvalue()) if out.getvalue() else {}, shown.getvalue()

    def acts(self) -> list[dict[str, Any]]:
        """Return what the unit's chain has of searches."""
        with self.unit.store() as store:
            return acts_of(store, "search")

    def close(self) -> None:
        if self._search is not None:
            assert self._search.stop() == 0
        self.console.close()
        self.unit.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    broker = Broker(tmp_path / "broker").start()
    made = Town(tmp_path, broker)
    yield made
    made.close()
    broker.stop()


REASON = ("--case", CASE, "--purpose", "stolen-vehicle", "--since", "1h", "--yes")


def test_an_officer_asks_and_is_answered_at_once_and_late(town: Town) -> None:
    """Found with its reason on the chain; from a unit that was away the answer comes later."""
    with town.unit.store() as store:
        store.commit_alert(an_alert("AB12345", CLOCK.now()), sealed, keep_days=30.0)
    town.start()
    code, told, shown = town.ask("ab-123-4?", *REASON, "--units", UNIT.name, "--wait", "0.5")
    assert (code, told["units"][UNIT.name]) == (1, {"waiting": "no answer yet"})
    assert "about one plate in" in shown
    assert "hits alone: the law profile strict" in shown
    town.answers()
    until(town.acts, what="the search on the chain")
    until(lambda: town.unit.depth() == 0, what="the console's receipts for alert and answer")
    code, (late,), _ = town.ask("--collect")
    said = late["units"][UNIT.name]
    assert (code, [hit["read"] for hit in said["hits"]]) == (0, ["AB12345"])
    code, told, _ = town.ask("AB12345", *REASON, "--units", UNIT.name)
    assert (code, told["units"][UNIT.name]["found"]) == (0, 1)
    assert [(one["officer"], one["via"], one["case"], one["hits"]) for one in town.acts()] == [
        ("dana", "car-12", CASE, 1)
    ] * 2
    with ConsoleStore(town.folder / "car-12" / "console", "car-12", CLOCK) as console:
        acts = {kind: console.audit.count(kind) for kind in ("search-asked", "search-opened")}
    assert acts == {"search-asked": 2, "search-opened": 2}
    kept = b"".join(one.read_bytes() for one in (town.folder / "car-12").rglob("searches/*"))
    assert kept
    assert b"AB1234" not in kept, "the officer's machine keeps searches in the clear"


def test_what_a_unit_would_refuse_is_not_sent(town: Town) -> None:
    """Too wide, no supervisor, no such purpose: told before anything leaves the machine."""
    for words, told in (
        (("A*", *REASON), "too-wide"),
        (("AB1*", *REASON), "name one with --supervisor"),
        (("AB12345", *REASON[:2], "--purpose", "love", *REASON[4:]), "no search is for such"),
        (("AB12345", "--case", CASE), "--since, --purpose"),
        (("AB12345", *REASON, "--units", "nowhere"), "no unit of roster"),
    ):
        code, found, shown = town.ask(*words)
        assert (code, found) == (2, {})
        assert told in shown
