"""A real browser, and the console's pages on a port for it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from edge.web.console.app import ConsolePages
from edge.web.serve import Server
from tests.web.fake_desk import FakeDesk

CAR = {"width": 1024, "height": 600}
PHONE = {"width": 390, "height": 844}
WALL = {"width": 1920, "height": 1080}
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --mute-audio"
).split()


def find() -> str | None:
    """Return the path of a browser: EDGE_BROWSER, or Chromium by name; None when there is none."""
    named = os.environ.get("EDGE_BROWSER")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """Run the browser at *path*."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Served:
    """The pages of a desk that a test fills; can be killed, and started at the same port."""

    def __init__(self, desk: Any = None, officers: Any = None, **settings: Any) -> None:
        self.desk = desk or FakeDesk()
        self._officers = officers or self.desk.officers
        self._settings = settings
        self.port = 0
        self.start()

    def start(self) -> None:
        self._pages = ConsolePages(
            self.desk, self._officers, ("127.0.0.1",), secure=False, **self._settings
        )
        self._pages.start()
        self._server = Server(self._pages.app, port=self.port, closing=self._pages.stop)
        self.port = self._server.start()

    def stop(self) -> None:
        self._server.stop()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Watched:
    """A page, with everything that it fetched, complained of or was refused."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.page: Page = context.new_page()
        self._answers: list[Any] = []
        self._bodies: list[str] = []
        self.trouble: list[str] = []
        self.page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("response", self._keep)
        self.page.add_init_script(
            "window.refused = [];"
            "addEventListener('securitypolicyviolation',"
            " (e) => window.refused.push(`${e.violatedDirective} ${e.blockedURI}`));"
        )

    def open(self, path: str = "/") -> Page:
        """Go to the page and wait until it has heard from the console."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector("#status .dot")
        return self.page

    def log_in(self, name: str = "A. Moreau") -> None:
        """Log in by the form that stands on the page."""
        self.page.select_option("#log-in-name", name)
        self.page.fill("#log-in-password", f"{name} secret")
        self.page.click("#log-in-send")
        self.page.wait_for_selector("#tool-lock:visible")

    def violations(self) -> list[str]:
        """Return what the content security policy has refused, and every script error."""
        return [*self.page.evaluate("window.refused"), *self.trouble]

    def texts(self) -> str:
        """Return all that the page was sent, and what it has made of it."""
        while self._answers:
            self._bodies.append(self._answers.pop(0).text())
        return "\n".join([self.page.content(), *self._bodies])

    def _dialog(self, dialog: Any) -> None:
        self.trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _keep(self, response: Any) -> None:
        if "/api/changes" in response.url or response.request.resource_type == "image":
            return
        self._answers.append(response)
