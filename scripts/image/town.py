"""What stands outside the machine: a town's root, its broker, a receiver that signs."""

import json
import os
import queue
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge.keys import edits, files
from edge.keys.identity import make_identity, save_identity
from edge.keys.request import make_request, read_request
from edge.keys.roles import Role
from edge.keys.town import AUTHORITY_FILE, REVOKED_FILE, make_town
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, load_root, save_root
from edge.keys.x509 import make_tls_key, tls_public
from edge.services.batch import Batch
from edge.services.enrol import enrol, read_returned
from edge.services.sites import read_sheet
from tests.brokers import START_S, free_port, mosquitto, until

NAME: Final = "windsor"
UNIT: Final = "test-unit"
LISTENER: Final = "desk"
CAMERAS: Final = {
    "pictures": "/boot/firmware/street",  # of a street, by way of the card
    "v4l2": "/dev/video0",  # the kernel's vivid, where the guest has loaded it
}
HOST: Final = "10.0.2.2"  # how a virtual machine calls the one that it runs on
_PHRASE: Final = "five words drawn by dice"
_SITE: Final = {
    "name": UNIT,
    "role": "unit",
    "place": "A virtual machine",
    "latitude": 41.85,
    "longitude": -72.64,
    "heading": 90,
    "jurisdiction": "us-ct",
    "broker": HOST,
    "receivers": LISTENER,
    "law": "us-ct",
    "source.fps": 0.5,
    "tracking.max_gap_s": 8.0,
    "hotlist.path": "/boot/firmware/hotlist.csv",
    "policy.quiet_same_s": 2.0,
    "policy.quiet_similar_s": 2.0,
    "clock.trust": "always",  # the machine's clock is this one's
    "delivery.health_every_s": 2.0,
    "delivery.receipt_wait_s": 20.0,
}


class Outside:
    """The town, on this machine.

    Args:
        folder: for all its files; nothing of it is worth keeping.
        camera: one of :data:`CAMERAS`.
        more: settings of the unit beside those of any day.
    """

    def __init__(
        self, folder: Path, camera: str = "pictures", more: Mapping[str, object] | None = None
    ) -> None:
        self.folder = folder
        self._camera = camera
        self._more = dict(more or {})
        self.port = free_port()
        self.heard: queue.Queue[dict[str, Any]] = queue.Queue()
        self.health: list[dict[str, Any]] = []
        self._now = datetime.now(UTC) - timedelta(minutes=1)
        self._town = make_town(folder / "town", NAME, _PHRASE, self._now, cost=2**10)
        self._batch = Batch(folder / "sites", self._town)
        self._broker: subprocess.Popen[bytes] | None = None
        self._listener: subprocess.Popen[bytes] | None = None
        self._tap: paho.Client | None = None

    def open(self) -> None:
        """Let the receiver in, certify it and the broker."""
        self.admit(LISTENER, Role.CONSOLE)
        self._town.certify(
            "broker", ["localhost", "127.0.0.1", HOST], self._until(), _PHRASE, self._now
        )

    def admit(self, name: str, role: Role) -> Path:
        """Put somebody on the roster, certify him, and return the folder of his keys."""
        identity = make_identity(name, role, NAME)
        tls = make_tls_key()
        keys = self.folder / name
        files.make_folder(keys)
        blob = make_request(identity, tls_public(tls))
        self._town.keep(read_request(blob, name), blob)
        draft = edits.added(self._town.roster(), read_request(blob, name), self._now, self._until())
        self._town.change(draft, self._now)
        self._town.sign(_PHRASE, self._now)
        self._town.certify(name, [], self._until(), _PHRASE, self._now)
        save_identity(identity, keys)
        save_root(load_root(self._town.folder / ROOT_FILE), keys / ROOT_FILE)
        files.write(keys / "tls.key", tls, private=True)
        files.write(keys / f"{name}.pem", (self._certificates() / f"{name}.pem").read_bytes())
        return keys

    @property
    def authority(self) -> Path:
        """The town's TLS authority."""
        return self._town.folder / AUTHORITY_FILE

    def keyring(self) -> bytes:
        """Return what a unit with two sides believes systems by."""
        return self.authority.read_bytes() + (self._town.folder / REVOKED_FILE).read_bytes()

    def card(self) -> Path:
        """Write the unit's first card and return the folder that goes onto it."""
        site = _SITE | {
            "camera": self._camera,
            "address": CAMERAS[self._camera],
            "delivery.port": self.port,
            **self._more,
        }
        if self._camera == "pictures":
            site["source.loop"] = "true"
        sheet = self.folder / "sites.csv"
        sheet.write_text(",".join(site) + "\n" + ",".join(map(str, site.values())) + "\n")
        self._batch.write(read_sheet(sheet, NAME))
        return self._batch.folder(UNIT) / "boot"

    def let_in(self, note: bytes) -> Path:
        """Enrol the unit by what it wrote, and return the folder of its second card."""
        returned = self.folder / "returned"
        returned.mkdir(exist_ok=True)
        (returned / "edge-unit.txt").write_bytes(note)
        found = read_returned(returned, self._batch, self._town.roster())
        enrol(found, self._batch, self._town, _PHRASE, datetime.now(UTC), lambda _: None)
        files.write(
            self.folder / "desk" / ROSTER_FILE, (self._town.folder / ROSTER_FILE).read_bytes()
        )
        return self._batch.folder(UNIT) / "boot"

    def start_broker(self) -> None:
        """Start mosquitto and look at the unit's health from now on."""
        folder, certificates = self.folder / "broker", self._certificates()
        folder.mkdir(exist_ok=True)
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence false",
            "allow_anonymous false",
            "require_certificate true",
            "use_identity_as_username true",
            f"cafile {self._town.folder / AUTHORITY_FILE}",
            f"certfile {certificates / 'broker.pem'}",
            f"keyfile {certificates / 'broker.key'}",
            *(["user root"] if os.geteuid() == 0 else []),
        ]
        (folder / "broker.conf").write_text("\n".join([*lines, ""]))
        with (folder / "broker.log").open("ab") as log:
            self._broker = subprocess.Popen(
                [mosquitto(), "-c", str(folder / "broker.conf")], stdout=log, stderr=log
            )
        self._tap = paho.Client(
            CallbackAPIVersion.VERSION2, "tap", protocol=MQTTProtocolVersion.MQTTv5
        )
        context = ssl.create_default_context(cafile=str(self._town.folder / AUTHORITY_FILE))
        context.load_cert_chain(certificates / f"{LISTENER}.pem", self.folder / "desk" / "tls.key")
        self._tap.tls_set_context(context)
        self._tap.on_message = lambda _c, _u, message: self.health.append(
            json.loads(message.payload)["payload"]
        )
        self._tap.on_connect = lambda client, *_: client.subscribe(f"edge/v1/{NAME}/{UNIT}/health")
        until(self._connects, START_S, "the broker's start")
        self._tap.loop_start()

    def listen(self) -> None:
        """Start ``edge listen``, which signs for each alert that it shows."""
        flags = {
            "--host": "localhost",
            "--port": self.port,
            "--ca": self._town.folder / AUTHORITY_FILE,
            "--cert": self._certificates() / f"{LISTENER}.pem",
            "--key": self.folder / "desk" / "tls.key",
            "--keys": self.folder / "desk",
            "--state": self.folder / "listen",
        }
        words = [str(word) for flag in flags.items() for word in flag]
        with (self.folder / "listen.log").open("ab") as log:
            self._listener = subprocess.Popen(
                [sys.executable, "-m", "edge", "listen", *words, "--jsonl"],
                stdout=subprocess.PIPE,
                stderr=log,
            )
        threading.Thread(target=self._hear, args=(self._listener,), daemon=True).start()

    def deafen(self) -> None:
        """End the receiver: from now on nobody signs, and the unit must keep its alerts."""
        if self._listener is not None:
            self._listener.send_signal(signal.SIGTERM)
            self._listener.wait(30)
            self._listener = None

    def close(self) -> None:
        self.deafen()
        if self._tap is not None:
            self._tap.disconnect()
            self._tap.loop_stop()
        if self._broker is not None:
            self._broker.terminate()
            self._broker.wait(30)

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                event = json.loads(line)
                if event["event"] == "alert":
                    self.heard.put(event)

    def _connects(self) -> bool:
        assert self._tap is not None
        try:
            self._tap.connect("localhost", self.port, 30)
        except OSError:
            time.sleep(0.2)
            return False
        return True

    def _certificates(self) -> Path:
        return self._town.folder / "certificates"

    def _until(self) -> datetime:
        return self._now + timedelta(days=30)
