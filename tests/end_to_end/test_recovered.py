"""The desk takes a car off the list: over the broker to the unit, and back to whoever was told.

Real daemons all the way: list desk, watch, deliver, a receiver, and the sender of an order.
"""

import hashlib
import logging
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.hotlist.bundle import Bundle
from edge.hotlist.bundle_build import (
    About,
    build_delta,
    build_full,
    build_recovered,
    build_urgent,
    sealed,
    signed,
)
from edge.hotlist.manifest import FILE, Offer, offer, to_be_signed, write
from edge.keys.files import write as put
from edge.keys.parties import Revocation
from edge.keys.roster import Roster, sign_roster
from edge.keys.trust import open_roster
from tests.brokers import Broker, until
from tests.end_to_end.daemons import Process
from tests.hotlist.bundles import row
from tests.keys.cast import ROSTER, TOWN, keys_folder, keys_of, root_of
from tests.services.watching import PLATE, Post, passing, started

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("end_to_end")]
PROMISE_S = 60.0
START_S = 150.0  # five processes on a busy machine
log = logging.getLogger("edge.figures")  # shown by -o log_cli=true -o log_cli_level=INFO


class Desk:
    """The issuer's desk and the folder that the list desk serves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.number = int(self.now.timestamp())
        self.rows: list[str] = []
        self._offers: list[Offer] = []

    def entry(self, number: str, plate: str, **changes: Any) -> str:
        dates = {"entered": self.now - timedelta(days=1), "expires": self.now + timedelta(days=9)}
        return row(number, plate, jurisdiction="us-ct", **{**dates, **changes})

    def publish(self, bundle: Bundle, *signers: str) -> float:
        """Sign and seal a bundle, put it on offer, and return the moment."""
        for signer in signers or ("issuer",):
            bundle = signed(bundle, keys_of(signer))
        blob = sealed(bundle, ROSTER, self.now)
        made = offer(bundle.header, hashlib.sha256(blob).hexdigest(), len(blob))
        self._offers.append(made)
        put(self.folder / made.url, blob)
        manifest = to_be_signed(TOWN, "town", self.number, self.now, self._offers)
        put(self.folder / FILE, write(manifest, keys_of("issuer")))
        return time.monotonic()

    def about(self) -> About:
        self.number += 1
        end = self.now + timedelta(days=1)
        return About(TOWN, "town", self.number, self.now, self.now, self.now, end)

    def full(self, *rows: str) -> float:
        self.rows = sorted(rows)
        return self.publish(build_full(self.rows, self.about()))

    def delta(self, *more: str) -> float:
        before, self.rows = self.rows, sorted([*self.rows, *more])
        return self.publish(build_delta(before, self.rows, self.about()))

    def recovered(self, number: str) -> float:
        bundle, self.rows = build_recovered(self.rows, [number], self.about())
        return self.publish(bundle)

    def urgent(self, line: str) -> float:
        bundle, self.rows = build_urgent(self.rows, line, self.about())
        return self.publish(bundle, "issuer", "sue")


class Town:
    """All processes of a small town, in one folder."""

    def __init__(self, folder: Path, broker: Broker, stage: ExitStack, reload_s: float) -> None:
        self.folder, self.broker, self.stage = folder, broker, stage
        self.desk = Desk(folder / "served")
        hotlist = {
            "path": "",
            "folder": str(folder / "lists"),
            "inbox": str(folder / "inbox"),
            "sticks": [],
            "over_mqtt": True,
            "poll_s": 1.0,
            "reload_s": reload_s,
        }
        self.post = Post(
            folder / "unit",
            hotlist=hotlist,
            source={"paced": True},
            policy={"quiet_same_s": 300.0},
            delivery={**broker.settings("main-street"), "receivers": ["archive"]},
        )
        passing(self.post.folder / "street")
        self.archive = keys_folder(folder / "archive", "archive")
        self.site = folder / "archive.toml"
        self.site.write_text(
            f'[unit]\ntown = "{TOWN}"\n[clock]\ntrust = "always"\n'
            f'[keys]\nfolder = "{self.archive}"\n' + broker.site("archive")
        )

    def process(self, name: str, *words: str) -> Process:
        (self.folder / name).mkdir()
        site = self.post.site if name == "deliver" else self.site
        action = [*words[:-1], "--config", str(site), words[-1]] if name == "deliver" else words
        return started(self.stage, Process(name, action, self.folder / name))

    def start(self) -> None:
        config = ("--config", str(self.site))
        self.process("desk", "hotlist", *config, "serve", str(self.desk.folder))
        state = str(self.folder / "state")
        self.ear = self.process("listen", "listen", *config, "--state", state, "--jsonl")
        self.process("deliver", "run", "deliver")
        self.watch = started(self.stage, self.post.process())

    def told(self) -> list[dict[str, Any]]:
        """Return the alerts that the receiver was shown, in order."""
        return [one["alert"] for one in self.ear.objects() if one["event"] == "alert"]

    def grades(self) -> list[str]:
        return [one["payload"]["grade"] for one in self.told()]

    def in_force(self) -> int:
        """Return how many entries watch has in force."""
        listed = self.post.health().get("list")
        return listed["entries"] if listed else 0

    def order(self, roster: Roster, *more: str) -> tuple[int, str]:
        """Send a roster; return the status and what was printed."""
        file = self.folder / "roster"
        file.write_bytes(sign_roster(roster, root_of(TOWN)))
        words = ("orders", "--config", str(self.site), "send", str(file), *more)
        sent = self.process(f"order{len(list(self.folder.glob('order*')))}", *words)
        status = sent.wait(60)
        return status, sent.output.read_text() + sent.errors()


@pytest.mark.parametrize("reload_s", [0.5, pytest.param(5.0, marks=pytest.mark.machine)])
def test_a_recovered_car_is_told_to_whoever_was_alerted(
    tmp_path: Path,
    broker: Broker,
    reload_s: float,
) -> None:
    """Listed, seen, told; another entry changes nothing; recovered: taken back within a minute."""
    with ExitStack() as stage:
        town = Town(tmp_path, broker, stage, reload_s)
        desk = town.desk
        desk.full(desk.entry("E-1", PLATE))
        town.start()
        until(lambda: bool(town.told()), START_S, "an alert from a list that came over the broker")
        first = town.told()[0]
        desk.delta(desk.entry("E-2", "ZZ99999"))
        until(lambda: town.in_force() == 2, PROMISE_S, "a longer list in force")
        time.sleep(1.0)
        assert "none" not in town.grades()

        begun = desk.recovered("E-1")
        until(lambda: "none" in town.grades(), PROMISE_S, "the withdrawal")
        log.info("removal told after %.1f s", time.monotonic() - begun)
        last = town.told()[-1]
        assert last["sequence"] == first["sequence"]
        assert last["payload"]["retracts"]
        gate = {one["name"]: one for one in last["payload"]["gates"]}["list"]
        assert gate["result"] == "fail"
        assert "has withdrawn this entry" in gate["sentence"]

        begun = desk.urgent(desk.entry("U-1", PLATE, expires=desk.now + timedelta(hours=6)))
        until(lambda: town.grades()[-1] != "none", PROMISE_S, "an alert on an urgent entry")
        log.info("urgent entry told after %.1f s", time.monotonic() - begun)
        assert town.told()[-1]["payload"]["entry"]["entry_id"] == "U-1"

        gone = Revocation("car-13", keys_of("car-13").signing.public, desk.now, "stolen")
        roster = Roster(TOWN, 2, desk.now, ROSTER.parties, (gone,))
        status, said = town.order(roster, "--to", "main-street", "--wait", "30")
        assert (status, "taken: roster 2" in said) == (0, True), said
        keys = town.post.folder / "keys"
        assert open_roster(keys).sequence == 2
        status, said = town.order(ROSTER, "--to", "main-street", "--wait", "30")
        assert (status, "plays an old roster back" in said) == (1, True), said
        assert open_roster(keys).sequence == 2
