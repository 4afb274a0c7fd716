"""The end of an alert's way: the console's own process, and its page in a real browser.

A script of ours runs in the page before the page's own. It notes when the server's event comes, and
when the page has drawn what it made of the state that it then asked for.
"""

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from tests.brokers import Broker, free_port, until
from tests.keys.cast import keys_folder
from tests.web.browser import CAR, find, launched

NAME = "car-12"
_NOTE = """
window.bench = {told: [], drawn: {}};
const known = new Set(), fresh = [];
window.EventSource = class extends EventSource {
  constructor(...words) {
    super(...words);
    this.addEventListener("change", () => bench.told.push(Date.now()));
  }
};
const ask = window.fetch;
window.fetch = async (...words) => {
  const answer = await ask(...words);
  if (String(words[0]) !== "/api/desk") return answer;
  const text = await answer.text();
  for (const card of JSON.parse(text).cards ?? []) {
    if (!known.has(card.number)) fresh.push(card.number);
    known.add(card.number);
  }
  return new Response(text, {status: answer.status, headers: answer.headers});
};
new MutationObserver(() => {
  const numbers = fresh.splice(0);
  if (numbers.length === 0) return;
  requestAnimationFrame(() => setTimeout(() => {
    for (const number of numbers) bench.drawn[number] = Date.now();
  }));
}).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
"""
Start = Callable[[str, list[str]], subprocess.Popen[bytes]]


class Screen:
    """A console and the tablet's browser, which looks at it all the time; nobody is logged in."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self._folder = folder
        self._broker = broker
        self._port = free_port()
        self._page: Page | None = None

    def start(self, stage: ExitStack, start: Start) -> None:
        """Start both; *start* starts an ``edge`` command by name and words.

        Raises:
            SystemExit: there is no browser.
        """
        path = find()
        if path is None:
            raise SystemExit("bench: no browser: apt install chromium, or set EDGE_BROWSER")
        file = self._folder / "console.toml"
        file.write_text(f"""\
unit = {{ town = "windsor", name = "{NAME}" }}
clock = {{ trust = "always" }}
keys = {{ folder = "{keys_folder(self._folder / "console.keys", NAME)}" }}
console = {{ folder = "{self._folder}/console", port = {self._port} }}
{self._broker.site(NAME)}
receivers = ["archive"]
""")
        process = start("console", ["run", "console", "--config", str(file)])
        address = f"http://127.0.0.1:{self._port}/"
        browser = stage.enter_context(launched(path))
        until(lambda: process.poll() is not None or self._answers(browser, address), 60, "the page")
        self._page = browser.new_page(viewport=CAR)  # type: ignore[arg-type] - its own TypedDict
        self._page.add_init_script(_NOTE)
        self._page.goto(address)
        self._page.wait_for_selector("#status .dot")

    def wait(self, seconds: float) -> None:
        """Wait, and let the browser's words come in."""
        assert self._page is not None
        self._page.wait_for_timeout(1000 * seconds)

    def marks(self) -> dict[int, dict[str, float]]:
        """Return when each alert's first word was kept, told and drawn, by its sequence."""
        assert self._page is not None
        noted = self._page.evaluate("window.bench")
        kept = self._kept()
        found: dict[int, dict[str, float]] = {}
        for number, drawn_ms in noted["drawn"].items():
            sequence = int(number.rsplit("/", 1)[1])
            if sequence in kept:
                told = next(
                    (one for one in noted["told"] if one / 1000 >= kept[sequence]), drawn_ms
                )
                found[sequence] = {
                    "kept by the console": kept[sequence],
                    "told to the page": told / 1000,
                    "on the screen": drawn_ms / 1000,
                }
        return found

    def _kept(self) -> dict[int, float]:
        query = "SELECT sequence, min(received_ns) FROM revisions GROUP BY sequence"
        file = next((self._folder / "console").glob("*.db"))
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as base:
            return {sequence: at / 1e9 for sequence, at in base.execute(query)}

    def _answers(self, browser: Any, address: str) -> bool:
        page = browser.new_page()
        try:
            return bool(page.request.get(address).ok)
        except PlaywrightError:  # nobody listens yet
            return False
        finally:
            page.close()
