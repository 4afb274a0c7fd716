"""A real mosquitto for tests: TLS with a CA of its own, killed and started again at will.

``EDGE_MOSQUITTO`` names the program where it is neither on the path nor in /usr/sbin.
"""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.certificates import Authority

START_S = 30.0


def mosquitto() -> str:
    """Return the program, or fail with what to install."""
    named = os.environ.get("EDGE_MOSQUITTO")
    found = named or shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if not found:
        raise FileNotFoundError("no mosquitto: apt install mosquitto, or set EDGE_MOSQUITTO")
    return found


def beside(name: str) -> str:
    """Return the path of another of its programs: installed, or unpacked with it."""
    return shutil.which(name) or str(Path(mosquitto()).with_name(name))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Any, seconds: float = 60.0, what: str = "it") -> None:
    """Wait until *true()* holds; fail after *seconds*."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.02)


@dataclass
class Broker:
    """One mosquitto with its files; the same port and store after a restart.

    Attributes:
        login: ``certificate`` (client certificates, their name is the user), ``password`` (TLS,
            user and password), or ``open`` (plain, anybody; loopback).
        durable: write each change to disk at once; without it a kill -9 loses all since the start.
    """

    folder: Path
    login: str = "certificate"
    durable: bool = True
    server_names: tuple[str, ...] = ("localhost", "127.0.0.1")
    server_days: tuple[int, int] = (-1, 365)
    extra: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.authority = Authority(self.folder / "ca")
        self.process: subprocess.Popen[bytes] | None = None
        self.server = self.authority.issue(
            "broker",
            hosts=self.server_names,
            from_days=self.server_days[0],
            to_days=self.server_days[1],
        )
        (self.folder / "store").mkdir(exist_ok=True)
        self._configure()

    def add_user(self, user: str, password: str) -> None:
        """Let *user* in by password; before the start."""
        program = beside("mosquitto_passwd")
        file = self.folder / "passwords"
        file.touch(mode=0o600)
        subprocess.run([program, "-b", str(file), user, password], check=True, capture_output=True)

    def start(self) -> "Broker":
        log = (self.folder / "broker.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [mosquitto(), "-c", str(self.folder / "broker.conf")], stdout=log, stderr=log
            )
        until(self._listens, START_S, f"mosquitto's start ({self.folder / 'broker.log'})")
        return self

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def save(self) -> None:
        """Make it write sessions and queued messages to disk now; autosave comes a while later."""
        assert self.process is not None
        file = self.folder / "store" / "mosquitto.db"
        before = file.stat().st_mtime_ns if file.exists() else 0
        self.process.send_signal(signal.SIGUSR1)
        until(lambda: file.exists() and file.stat().st_mtime_ns > before, what="saving")

    def settings(self, name: str) -> dict[str, Any]:
        """Return the ``[delivery]`` keys with which client *name* gets in; times are short."""
        chosen: dict[str, Any] = {
            "host": "localhost",
            "port": self.port,
            "tls": self.login != "open",
            "ca_file": str(self.authority.file) if self.login != "open" else "",
            "keepalive_s": 5,
            "will_delay_s": 1,
            "retry_first_s": 0.05,
            "retry_max_s": 0.3,
            "receipt_wait_s": 0.5,
            "health_every_s": 0.3,
        }
        if self.login == "certificate":
            pair = self.authority.issue(name)
            chosen |= {"certificate_file": str(pair.certificate), "key_file": str(pair.key)}
        if self.login == "password":
            secret = self.folder / f"{name}.password"
            secret.touch(mode=0o600)
            secret.write_text("secret of " + name + "\n")
            chosen |= {"user": name, "password_file": str(secret)}
        return chosen

    def site(self, name: str, **more: Any) -> str:
        """Return :meth:`settings` and *more* as the lines of a ``[delivery]`` section."""
        lines = ["[delivery]"]
        for key, value in {**self.settings(name), **more}.items():
            lines.append(f"{key} = {json.dumps(value)}")  # TOML says these the same way
        return "\n".join(lines) + "\n"

    def _listens(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise AssertionError((self.folder / "broker.log").read_text())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(10)
            self.process = None

    def _configure(self) -> None:
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {self.folder}/store/",
            "autosave_on_changes true",
            f"autosave_interval {1 if self.durable else 1_000_000}",
            "log_type all",
            "set_tcp_nodelay true",
            "set_tcp_nodelay true",  # or each alert waits some 40 ms for a delayed ACK
            f"allow_anonymous {'true' if self.login == 'open' else 'false'}",
        ]
        if os.geteuid() == 0:
            lines.append("user root")
        if self.login != "open":
            lines += [
                f"cafile {self.authority.file}",
                f"certfile {self.server.certificate}",
                f"keyfile {self.server.key}",
            ]
        if self.login == "certificate":
            lines += ["require_certificate true", "use_identity_as_username true"]
        if self.login == "password":
            (self.folder / "passwords").touch(mode=0o600)
            lines.append(f"password_file {self.folder}/passwords")
        (self.folder / "broker.conf").write_text("\n".join([*lines, self.extra, ""]))


class Tap:
    """A plain paho client that records every message on *pattern*, for tests that look at all."""

    def __init__(self, broker: Broker, name: str = "tap", pattern: str = "#") -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        self._heard = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5
        )
        chosen = broker.settings(name)
        if chosen["tls"]:
            context = ssl.create_default_context(cafile=chosen["ca_file"])
            if "certificate_file" in chosen:
                context.load_cert_chain(chosen["certificate_file"], chosen["key_file"])
            self._client.tls_set_context(context)
        if "user" in chosen:
            self._client.username_pw_set(chosen["user"], "secret of " + name)
        self._client.on_message = lambda _c, _u, m: self.messages.append(
            (m.topic, bytes(m.payload), m.retain)
        )
        self._client.on_subscribe = lambda *_: self._heard.set()
        self._client.connect("localhost", broker.port, 30)
        self._client.loop_start()
        self._client.subscribe(pattern, 1)
        assert self._heard.wait(30), "the tap was not let in"

    def publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, 1).wait_for_publish(30)

    def payloads(self, ending: str) -> list[bytes]:
        return [payload for topic, payload, _ in list(self.messages) if topic.endswith(ending)]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # paho closes its wake-up sockets only when it is collected, and our callbacks hold it
        self._client.on_message = self._client.on_subscribe = None
        del self._client
