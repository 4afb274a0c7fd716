"""The demo's patrol console: its officers, its settings, and what its page knows."""

import http.cookiejar
import json
import secrets
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from edge.keys.identity import Identity
from edge.keys.officers import OfficerFolder
from edge.keys.roles import Role
from scripts.clip import Clip
from scripts.demo_cast import LISTENER, Cast
from scripts.demo_keys import TOWN, Town
from tests.brokers import Broker, free_port

OFFICER, SUPERVISOR = "officer-1", "supervisor-1"
_CONNECT_S = 30.0
_ANSWER_S = 10.0


class Desk:
    """One console with an officer and a supervisor, their passwords in this process's memory only.

    Args:
        folder: of the demo.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "console"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}/"
        self.passwords = {name: secrets.token_urlsafe(9) for name in (OFFICER, SUPERVISOR)}
        self._csrf = ""
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._page = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)

    def officers(self) -> tuple[Identity, ...]:
        """Make the officers' locked keys and return who is to stand on the roster."""
        officers = OfficerFolder(self._folder / "officers")
        roles = {OFFICER: Role.OFFICER, SUPERVISOR: Role.SUPERVISOR}
        return tuple(
            officers.add(name, role, TOWN, self.passwords[name])[0] for name, role in roles.items()
        )

    def site(self, broker: Broker, town: Town) -> Path:
        """Write the console's settings and return the file."""
        text = f"""\
[unit]
town = "{TOWN}"
name = "{LISTENER}"

[keys]
folder = "{town.keys(LISTENER)}"

[clock]
trust = "always"

[runtime]
folder = "{self._folder}/run"

[console]
folder = "{self._folder}"
port = {self.port}

{broker.site(LISTENER)}"""
        file = self._folder / "site.toml"
        file.write_text(text, "utf-8")
        return file

    def await_unit(self, cast: Cast) -> None:
        """Wait until the console is connected and has heard that the unit is."""
        deadline = time.monotonic() + _CONNECT_S
        while time.monotonic() < deadline:
            cast.check()
            state = self._told().get("state", {})
            if state.get("online") and any(one["state"] == "online" for one in state["units"]):
                return
            time.sleep(0.2)
        raise SystemExit(f"demo: no connection within {_CONNECT_S:.0f} s; see console.log")

    def faults(self, clip: Clip) -> list[str]:
        """Log in as the officer, open every card, and return what is wrong with them."""
        self._post("api/log-in", name=OFFICER, password=self.passwords[OFFICER])
        found = self._told()
        plates = [self._plate(card) for card in found["cards"]]
        wrong = [f"{plate} has no card" for plate in clip.listed if plate not in plates]
        wrong += [f"{plate} has a card" for plate in plates if plate not in clip.listed]
        if not wrong and len(plates) != len(clip.listed):
            wrong.append(f"{len(plates)} cards for {len(clip.listed)} cars")
        return wrong

    def _plate(self, card: dict[str, Any]) -> str:
        act = "urgent" if card["stage"] == "blind" else "open"
        told = self._post(f"api/card/{card['number']}/{act}")
        return str(told["details"]["plate"])

    def _told(self) -> dict[str, Any]:
        """Return what the page is told; nothing while it is not served yet."""
        try:
            with self._page.open(self.address + "api/desk", timeout=_ANSWER_S) as answer:
                told: dict[str, Any] = json.load(answer)
        except ConnectionRefusedError:
            return {}
        except urllib.error.URLError as error:
            if isinstance(error.reason, ConnectionRefusedError):
                return {}
            raise
        self._csrf = told["csrf"]
        return told

    def _post(self, path: str, **words: str) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - our own page
            self.address + path,
            json.dumps(words).encode(),
            {
                "content-type": "application/json",
                "x-csrf-token": self._csrf,
                "origin": self.address.rstrip("/"),
            },
        )
        with self._page.open(request, timeout=_ANSWER_S) as answer:
            told: dict[str, Any] = json.load(answer)
        self._csrf = told.get("csrf", self._csrf)
        return told
