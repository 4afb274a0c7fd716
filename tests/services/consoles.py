"""Consoles as processes over a real broker, used through their pages as a browser would."""

import socket
from pathlib import Path
from typing import Any

import httpx

from edge.config import load
from tests.brokers import Broker, free_port, until
from tests.keys.cast import TOWN, keys_folder
from tests.services.delivering import Process
from tests.web.console.stand import PASSWORD, officers_folder


class Page:
    """One browser at a console: its cookie, its proof, its questions."""

    def __init__(self, port: int) -> None:
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30.0)
        self._client.get("/").raise_for_status()
        self.desk()

    def desk(self) -> dict[str, Any]:
        """Return everything that the page would show."""
        told: dict[str, Any] = self._client.get("/api/desk").raise_for_status().json()
        self._client.headers["x-csrf-token"] = told["csrf"]
        return told

    def cards(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.desk()["cards"]
        return found

    def log_in(self, name: str) -> None:
        self.post("/api/log-in", name=name, password=PASSWORD)
        self.desk()

    def post(self, path: str, **fields: Any) -> dict[str, Any]:
        """Do an act; an answer that refuses it fails."""
        answer = self._client.post(path, json=fields, headers={"origin": self._origin()})
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json() if answer.content else {}
        return told

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path)

    def answer(self, card: dict[str, Any], answer: str) -> dict[str, Any]:
        """Answer the blind question of a card."""
        question = card["question"]
        return self.post(
            f"/api/card/{card['number']}/answer",
            answer=answer,
            kind=question["kind"],
            position=question["position"],
            choices=question["choices"],
        )

    def close(self) -> None:
        self._client.close()

    def _origin(self) -> str:
        return str(self._client.base_url).rstrip("/")


class Console:
    """One console's settings, folders and process; the same port after a restart."""

    def __init__(self, folder: Path, name: str, broker: Broker, **delivery: Any) -> None:
        self.folder = folder / name
        self.folder.mkdir()
        self.name = name
        self.port = free_port()
        keys = keys_folder(self.folder / "keys", name)
        officers_folder(self.folder / "console" / "officers")
        self.config = self.folder / "site.toml"
        self.config.write_text(
            f'[unit]\ntown = "{TOWN}"\nname = "{name}"\n'
            '[clock]\ntrust = "always"\n'
            f'[keys]\nfolder = "{keys}"\n'
            f'[console]\nfolder = "{self.folder}/console"\nport = {self.port}\n'
            + broker.site(name, **delivery)
        )
        load([self.config])
        self.process: Process | None = None
        self._pages: list[Page] = []

    def start(self) -> "Console":
        words = ("run", "--config", str(self.config), "console")
        self.process = Process(self.folder / "process", *words)
        until(self._serves, 90, what=f"the page of {self.name}")
        return self

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process = None

    def stop(self) -> None:
        """End it as systemd does; it says goodbye and ends well."""
        assert self.process is not None
        assert self.process.stop() == 0, self.said()
        self.process = None

    def page(self) -> Page:
        made = Page(self.port)
        self._pages.append(made)
        return made

    def said(self) -> str:
        return (self.folder / "process" / "err").read_text()

    def close(self) -> None:
        for page in self._pages:
            page.close()
        if self.process is not None:
            self.stop()

    def _serves(self) -> bool:
        assert self.process is not None
        assert self.process.child.poll() is None, self.said()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
