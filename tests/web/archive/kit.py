"""The archive's pages on a port, and a browser that looks at them."""

from typing import Any

from playwright.sync_api import Page

from edge.web.archive.app import ArchivePages
from edge.web.serve import Server
from tests.web.archive.fake_fleet import FakeDoor, FakeFleet
from tests.web.browser import Watched


class ServedArchive:
    """The pages over a fleet that a test fills."""

    def __init__(self, desk: Any = None, door: Any = None) -> None:
        self.desk = desk or FakeFleet()
        self.door = door or FakeDoor()
        self._pages = ArchivePages(self.desk, self.door, ("127.0.0.1",), secure=False)
        self._server = Server(self._pages.app, closing=self._pages.stop)

    def start(self) -> "ServedArchive":
        self._pages.start()
        self.port = self._server.start()
        return self

    def stop(self) -> None:
        self._server.stop()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Looked(Watched):
    """A browser on the archive's pages."""

    def open(self, path: str = "/") -> Page:
        self.page.goto(self.address + path)
        self.page.wait_for_selector("main h1")
        return self.page

    def log_in(self, name: str = "ada") -> None:
        self.page.select_option("#name", name)
        self.page.fill("#password", f"{name} secret")
        self.page.click("button.go")
        self.page.wait_for_selector(".out button")
