"""A council pauses its unit: order, camera, kill, restart, reboot, one key, two keys, proof."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.keys.parties import to_time
from edge.keys.signed import Signed, digest, to_bytes
from edge.messages.order import Order, seal_order
from edge.policy.pauses import Pause, sign_approval, sign_lift, sign_pause
from tests.brokers import Broker, Tap, until
from tests.end_to_end.daemons import Process
from tests.keys.cast import ROSTER, keys_folder, keys_of, party_of
from tests.services.watching import EDGE, PATIENCE_S, Post, Systemd, passing, started

DISOBEDIENT = Path(__file__).with_name("disobedient_watch.py")
pytestmark = [pytest.mark.machine, pytest.mark.timeout(180)]


def order(now: datetime) -> Signed:
    """Return the town's order to read nothing for a month."""
    pause = Pause(
        v=1,
        town="windsor",
        units=["main-street"],
        since=to_time(now),
        until=to_time(now + timedelta(days=30)),
        reason="vote of 12 May",
        made=to_time(now),
    )
    return sign_pause(pause, keys_of("sue"))


class Council:
    """A unit with a broker, and an archive that sends what the town has signed."""

    def __init__(self, folder: Path, broker: Broker, stage: ExitStack, systemd: Systemd) -> None:
        self.folder = folder
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.post = Post(folder / "unit")
        passing(self.post.folder / "street")
        self._stage = stage
        self._systemd = systemd
        self._delivery(self.post, broker.settings("main-street"))
        self._sender = folder / "archive.toml"
        self._write_sender(broker)

    def _delivery(self, post: Post, settings: dict[str, Any]) -> None:
        post.configure(
            hotlist={"path": str(post.hotlist), "inbox": str(post.folder / "inbox")},
            source={"paced": True, "fps": 20.0},
            delivery={**settings, "receivers": ["archive"]},
        )

    def _write_sender(self, broker: Broker) -> None:
        keys = keys_folder(self.folder / "archive", "archive")
        lines = [f'keys = {{ folder = "{keys}" }}', 'unit = { town = "windsor", name = "x" }']
        lines += ["clock = { trust = 'always' }", "[delivery]"]
        lines += [
            f"{key} = {json.dumps(value)}" for key, value in broker.settings("archive").items()
        ]
        self._sender.write_text("\n".join(lines) + "\n")

    def watch(self, *program: str) -> Process:
        program = program or EDGE
        return started(self._stage, self.post.process(program, **self._systemd.environment))

    def deliver(self) -> Process:
        words = ["run", "deliver", "--config", str(self.post.site)]
        return started(self._stage, Process("deliver", words, self.post.folder))

    def send(self, name: str, *documents: Signed) -> str:
        """Send an order, wait for the unit's answer, and return what the sender prints."""
        files = []
        for number, document in enumerate(documents):
            files.append(self.folder / f"{name}-{number}")
            files[-1].write_bytes(to_bytes(document))
        sender = Process(
            name,
            [
                *("orders", "--config", str(self._sender), "send", *map(str, files)),
                *("--to", "main-street", "--wait", "30"),
            ],
            self.folder,
            program=(sys.executable, "-m", "edge"),
        ).start()
        self.wait(lambda: sender.process.poll() is not None, "the sender's end")
        return sender.output.read_text() + sender.errors()

    def prove(self, watch: Process, number: str) -> tuple[int, str]:
        """End the unit, export its record and return what ``edge pause prove`` says of it."""
        watch.process.terminate()
        self.wait(lambda: watch.process.poll() is not None, "its end")
        record = self.folder / "main-street.chain.jsonl"
        self._edge("audit", "--config", str(self.post.site), "export", str(record))
        root = str(self.folder / "archive" / "town.json")
        done = self._edge("pause", "prove", str(record), "--pause", number[:8], "--root", root)
        return done.returncode, done.stdout + done.stderr

    def _edge(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*EDGE, *words], capture_output=True, text=True, check=False)

    def wait(self, true: Callable[[], Any], what: str) -> None:
        """Wait, and hear meanwhile what systemd hears: its ear holds a few words only."""

        def listened() -> Any:
            self._systemd.listen()
            return true()

        until(listened, PATIENCE_S, what)

    def frames(self) -> int:
        return int(self.post.health()["frames_seen"])


def rests(council: Council, watch: Process, systemd: Systemd) -> dict[str, Any]:
    """Hold that a unit looks at no frame while its watchdog is fed."""
    post = council.post
    council.wait(lambda: post.health().get("paused"), "the pause")
    assert watch.process.poll() is None, watch.errors()
    before, fed = council.frames(), systemd.fed()
    written = post.health()["made_at"]
    council.wait(lambda: systemd.fed() >= fed + 4, "a watchdog that is fed")
    council.wait(lambda: post.health()["made_at"] > written, "another health")
    assert council.frames() == before
    return post.health()


def healths(tap: Tap) -> list[dict[str, Any]]:
    """Return the healths that went over the broker."""
    return [json.loads(body) for body in tap.payloads("/health")]


def test_a_town_pauses_its_unit(
    tmp_path: Path, broker: Broker, stage: ExitStack, systemd: Systemd
) -> None:
    """Frames stop; kill, reboot and one key change nothing; two keys let it read again."""
    council = Council(tmp_path, broker, stage, systemd)
    tap = Tap(broker)
    stage.callback(tap.close)
    council.deliver()
    watch = council.watch()
    council.wait(council.post.alerts, "an alert before the pause")

    signed = order(council.now)
    number = digest(signed)
    assert f"taken: pause {number[:12]}" in council.send("order", signed)
    health = rests(council, watch, systemd)
    assert (health["paused"]["number"], health["paused"]["signer"]) == (number, "sue")
    assert health["tracks"] == 0
    alerts = len(council.post.alerts())
    assert any("STATUS=paused by the town until" in one for one in systemd.listen())

    watch.kill()
    (council.post.run / "watch.json").unlink()  # the last words of the one that was killed
    shutil.move(council.post.folder / "street", tmp_path / "street")  # to open it would be an error
    ready = systemd.listen().count("READY=1")
    watch = council.watch()
    assert rests(council, watch, systemd)["frames_seen"] == 0
    assert systemd.listen().count("READY=1") == ready + 1

    watch.kill()
    shutil.rmtree(council.post.run)  # a reboot: what was in memory is gone
    watch = council.watch()
    assert rests(council, watch, systemd)["frames_seen"] == 0
    assert len(council.post.alerts()) == alerts
    council.wait(
        lambda: any((one["payload"]["watch"] or {}).get("paused") for one in healths(tap)[-1:]),
        "a health of a paused unit",
    )
    assert not any("camera" in one for one in healths(tap)[-1]["payload"]["problems"])

    lift = sign_lift(number, "the vote was taken back", keys_of("sue"), council.now)
    approval = sign_approval(lift, keys_of("ada"), ROSTER, council.now)
    assert "one key alone lifts no pause" in council.send("one", lift)
    rests(council, watch, systemd)
    shutil.move(tmp_path / "street", council.post.folder / "street")
    assert f"taken: lift of pause {number[:12]}" in council.send("both", lift, approval)
    council.wait(lambda: council.frames() > 0, "a frame after the pause")
    assert "paused" not in council.post.health()
    again = seal_order(Order("archive", (to_bytes(signed),)), party_of("main-street"))
    (council.post.folder / "inbox" / "orders" / "again.order").write_bytes(again)
    council.wait(
        lambda: "was lifted: another" in council.post.health()["orders"][-1]["sentence"],
        "the refusal of a replay",
    )
    frames = council.frames()
    council.wait(lambda: council.frames() > frames, "frames after the replay")
    status, said = council.prove(watch, number)
    assert status == 0, said
    assert "NO " not in said
    for told in ("sue signed the order", "after its order came", "lifted by sue and ada"):
        assert told in said
    assert "2 starts of the reading process, each began paused" in said


def test_a_unit_that_goes_on_reading_is_found_out(
    tmp_path: Path, broker: Broker, stage: ExitStack, systemd: Systemd
) -> None:
    """The control: it says that it is paused, and its own record shows that it was not."""
    council = Council(tmp_path, broker, stage, systemd)
    council.deliver()
    watch = council.watch(sys.executable, str(DISOBEDIENT))
    council.wait(council.post.alerts, "an alert before the pause")
    signed = order(council.now)
    council.send("order", signed)
    council.wait(lambda: council.post.health().get("paused"), "the word that it is paused")
    frames = council.frames()
    council.wait(lambda: council.frames() > frames + 20, "frames all the same")
    status, said = council.prove(watch, digest(signed))
    assert status == 1, said
    assert re.search(r"NO +row \d+: \d+ frames", said), said
    assert "NOT PROVEN" in said
