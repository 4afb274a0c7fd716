"""A town with real keys and certificates, a party of each role, and brokers with shipped files."""

import re
import signal
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from edge.delivery.brokers.access import Access, Granted, make_access
from edge.delivery.tls import TlsFiles, client_context
from edge.keys import edits
from edge.keys.holder import make_party
from edge.keys.request import read_request
from edge.keys.roles import Role
from edge.keys.town import Town, make_town
from tests.brokers import Broker, free_port, until
from tests.house.tree import ROOT

PHRASE = "five words drawn by dice"
NOW = datetime.now(UTC).replace(microsecond=0)
YEAR = timedelta(days=365)
CONFIGS = ROOT / "configs" / "broker"
PARTIES = {
    "main-street": Role.UNIT,
    "elm-street": Role.UNIT,
    "car-1": Role.CONSOLE,
    "archive": Role.ARCHIVE,
    "lists": Role.LIST_ISSUER,
    "next-town": Role.PARTNER,
    "auditor": Role.AUDITOR,
    "fitter": Role.TECHNICIAN,
    "chief": Role.SUPERVISOR,
}
GRANTED = {"next-town": Granted(NOW + timedelta(days=30), search=True)}


@dataclass(frozen=True)
class Paper:
    """One party's certificate and key."""

    certificate: Path
    key: Path


class PaperTown:
    """A town's root and a folder of keys for each of its parties."""

    def __init__(self, folder: Path, parties: dict[str, Role] | None = None) -> None:
        self.folder = folder
        self.town: Town = make_town(folder / "town", "windsor", PHRASE, NOW, cost=2**10)
        for name, role in (parties or PARTIES).items():
            _, application = make_party(folder / name, role, name, "windsor")
            request = read_request(application.read_bytes(), name)
            self.town.change(edits.added(self.town.draft(), request, NOW, NOW + YEAR), NOW)
            self.town.keep(request, application.read_bytes())
        self.town.sign(PHRASE, NOW)
        for name in parties or PARTIES:
            self.town.certify(name, [], NOW + YEAR, PHRASE, NOW)
        self.town.certify("broker", ["localhost", "127.0.0.1"], NOW + YEAR, PHRASE, NOW)

    def paper(self, name: str) -> Paper:
        return Paper(
            self.town.folder / "certificates" / f"{name}.pem", self.folder / name / "tls.key"
        )

    def context(self, name: str) -> ssl.SSLContext:
        paper, authority = self.paper(name), self.town.folder / "authority.pem"
        files = TlsFiles("", str(authority), str(paper.certificate), str(paper.key))
        return client_context(files)

    def access(self) -> Access:
        return make_access(self.town.roster(), GRANTED, NOW)


class ShippedBroker(Broker):
    """A mosquitto with the shipped file; only port, paths and, as root, the user are put in."""

    town: ClassVar[PaperTown]
    rules: ClassVar[str]  # the line or lines that say who may do what

    def _configure(self) -> None:
        super()._configure()  # "user root" where it is needed
        lines = (self.folder / "broker.conf").read_text().splitlines()
        user = [line for line in lines if line == "user root"]
        text, keys = (CONFIGS / "mosquitto.conf").read_text(), self.town.town.folder
        for key, value in {
            "listener": f"listener {self.port} 127.0.0.1",
            "cafile": f"cafile {keys / 'authority.pem'}",
            "crlfile": f"crlfile {keys / 'revoked.pem'}",
            "certfile": f"certfile {keys / 'certificates' / 'broker.pem'}",
            "keyfile": f"keyfile {keys / 'certificates' / 'broker.key'}",
            "acl_file": self.rules,
        }.items():
            text, count = re.subn(rf"(?m)^{key} .*$", value, text)
            assert count == 1, key
        # as Debian's own file, beside which ours is read: mosquitto refuses a line said twice
        debian = f"persistence true\npersistence_location {self.folder}/store/"
        whole = "\n".join([debian, text, "log_type all", *user, ""])
        (self.folder / "broker.conf").write_text(whole)
        self.tunnel_port = 0

    def open_tunnels(self) -> None:
        """Add the shipped listener for tunnels, on a port of its own; before the start."""
        self.tunnel_port = free_port()
        file = self.folder / "broker.conf"
        text, own = (CONFIGS / "tunnels.conf").read_text(), file.read_text()
        text, count = re.subn(r"(?m)^listener .*$", f"listener {self.tunnel_port} 127.0.0.1", text)
        assert count == 1
        for key in ("cafile", "crlfile", "certfile", "keyfile"):
            line = next(one for one in own.splitlines() if one.startswith(f"{key} "))
            text, count = re.subn(rf"(?m)^{key} .*$", line, text)
            assert count == 1, key
        file.write_text(own + text)

    def reload(self) -> None:
        """Make it read its files anew, as systemctl reload does."""
        assert self.process is not None
        log = self.folder / "broker.log"
        before = log.read_text().count("Reloading config")
        self.process.send_signal(signal.SIGHUP)
        until(lambda: log.read_text().count("Reloading config") > before, what="a reload")


def shipped(town: PaperTown, folder: Path, rules: str) -> ShippedBroker:
    """Return the shipped broker, not started, with *rules* in place of ``acl_file``."""
    ShippedBroker.town, ShippedBroker.rules = town, rules
    return ShippedBroker(folder)
