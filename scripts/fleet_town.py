"""A town for the fleet: an authority, a roster, and for each party keys and a certificate."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.delivery.brokers.access import Access, make_access
from edge.delivery.brokers.mosquitto import write_acl
from edge.delivery.brokers.rabbitmq import write_definitions
from edge.keys.crypto import SigningKey
from edge.keys.identity import Identity, load_identity, make_identity, save_identity
from edge.keys.roles import Role
from edge.keys.roster import Roster, load_roster, sign_roster
from edge.keys.trust import ROOT_FILE, ROSTER_FILE, Root, load_root, save_root
from edge.keys.x509 import (
    SERVER,
    Authority,
    issue,
    make_authority,
    make_tls_key,
    revocation_list,
    tls_public,
)

NAME = "windsor"
_LIFE = timedelta(days=30)


@dataclass(frozen=True)
class FleetTown:
    """All parties by name, and a folder with their keys and what a broker needs to let them in."""

    folder: Path
    units: tuple[str, ...]
    consoles: tuple[str, ...]

    @property
    def authority(self) -> Path:
        return self.folder / "ca.pem"

    def certificate(self, name: str) -> Path:
        return self.folder / "certificates" / f"{name}.pem"

    def key(self, name: str) -> Path:
        return self.folder / "certificates" / f"{name}.key"

    def identity(self, name: str) -> Identity:
        return load_identity(self.folder / "keys", f"{name}.key")

    def roster(self) -> Roster:
        return load_roster(self.folder / ROSTER_FILE, load_root(self.folder / ROOT_FILE).key)


def make_fleet_town(folder: Path, units: int, consoles: int) -> FleetTown:
    """Make the parties and write ``ca.pem broker.pem broker.key revoked.pem`` and access rules."""
    now = datetime.now(UTC).replace(microsecond=0)
    cars = tuple(f"unit-{n}" for n in range(units))
    desks = tuple(f"console-{n}" for n in range(consoles))
    town, authority, root = (
        FleetTown(folder, cars, desks),
        make_authority(NAME, now),
        SigningKey.make(),
    )
    (folder / "certificates").mkdir(parents=True, exist_ok=True)
    town.authority.write_bytes(authority.certificate)
    (folder / "revoked.pem").write_bytes(revocation_list(authority, (), now))
    _server(authority, folder, now)
    made = [_member(town, authority, Role.UNIT, name, now) for name in cars]
    made += [_member(town, authority, Role.CONSOLE, name, now) for name in desks]
    parties = tuple(one.party(now - timedelta(minutes=1), now + _LIFE) for one in made)
    roster = Roster(NAME, 1, now, parties, (), authority.digest)
    save_root(Root(NAME, root.public), folder / ROOT_FILE)
    (folder / ROSTER_FILE).write_bytes(sign_roster(roster, root))
    write_rules(folder, make_access(roster, {}, now))
    return town


def write_rules(folder: Path, access: Access) -> None:
    (folder / "edge.acl").write_text(write_acl(access), "utf-8")
    (folder / "definitions.json").write_text(write_definitions(access), "utf-8")


def _server(authority: Authority, folder: Path, now: datetime) -> None:
    key, hosts = make_tls_key(), ["localhost", "127.0.0.1"]
    made = issue(authority, tls_public(key), "broker", SERVER, hosts, now, now + _LIFE)
    (folder / "broker.pem").write_bytes(made.pem)
    _private(folder / "broker.key", key)


def _member(
    town: FleetTown, authority: Authority, role: Role, name: str, now: datetime
) -> Identity:
    identity, key = make_identity(name, role, NAME), make_tls_key()
    made = issue(authority, tls_public(key), name, str(role), [], now, now + _LIFE)
    town.certificate(name).write_bytes(made.pem)
    _private(town.key(name), key)
    save_identity(identity, town.folder / "keys", f"{name}.key")
    return identity


def _private(file: Path, key: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(key)
