"""Asks the town's broker what it makes possible, in the way that this kind of broker tells it."""

import json
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config.settings import Settings
from edge.config.sharing import SharingSection
from edge.delivery.brokers.mosquitto import party_of, read_acl, read_dynsec
from edge.delivery.brokers.rabbitmq import read_definitions
from edge.delivery.dynsec import ask_dynsec
from edge.delivery.management import Management, ask_management
from edge.delivery.tls import read_secret
from edge.errors import DeliveryError
from edge.policy.who import Live, Possible

_OLD_DYNSEC: Final = (
    "this mosquitto tells how many are connected, and not who: a client that is connected with"
    " another's certificate or password is not seen here"
)
_ACL: Final = (
    "mosquitto's ACL file says what is allowed, and nobody asked the broker whether it has read"
    " it; who is connected, and bridges, are not known"
)
_EXPORT: Final = "exported definitions say what was allowed then; who is connected is not known"
_BRIDGES: Final = (
    "a bridge that another broker keeps comes in as a client with its certificate's name, and"
    " cannot be told from it"
)
_ADMIN: Final = "{} asks the broker, and could also change its rules: mosquitto knows no less right"


def ask_broker(settings: Settings, clock: Clock) -> Possible | None:
    """Return what the broker makes possible; None where the settings say that nobody asks.

    Raises:
        ConfigError: a certificate or a password cannot be read.
        DeliveryError: the broker or its file cannot be read, or does not answer.
    """
    section = settings.sharing
    if section.broker == "dynsec":
        return _dynsec(settings, clock)
    if section.broker == "acl":
        rules = read_acl(_text(section.file), section.file)
        return Possible(rules, frozenset(rules), untold=(_ACL, _BRIDGES))
    if section.broker == "rabbitmq":
        return _management(settings) if section.url else _export(section)
    return None


def _dynsec(settings: Settings, clock: Clock) -> Possible:
    section = settings.sharing
    chosen = settings.delivery.model_copy(
        update={
            "port": section.port or settings.delivery.port,
            "others": (),
            "user": section.user,
            "password_file": section.password_file,
            "certificate_file": "",
            "key_file": "",
        }
    )
    told = ask_dynsec(chosen, section.user, clock)
    live = None
    if told.live is not None:
        live = tuple(
            Live(party_of(user), address=one)
            for user, places in told.live.items()
            for one in places
        )
    said = [f"{told.version or 'the broker'}: {told.connected} connected"] if told.connected else []
    return Possible(
        rules=read_dynsec(told.rules, "the broker's dynamic security"),
        users=frozenset(map(party_of, told.users)),
        live=live,
        bridges=told.bridges,
        untold=(_BRIDGES, *(() if live is not None else (_OLD_DYNSEC,))),
        said=(*said, _ADMIN.format(section.user)),
    )


def _management(settings: Settings) -> Possible:
    section = settings.sharing
    secret = read_secret(Path(section.password_file), "sharing.password_file")
    at = Management(section.url, section.user, secret, settings.delivery.ca_file)
    definitions, connections = ask_management(at)
    return Possible(
        rules=read_definitions(definitions, section.url),
        users=_users(definitions),
        live=tuple(Live(one.user, one.client_id, one.peer_host) for one in connections),
        bridges=_shovels(definitions),
        untold=(_BRIDGES,),
        said=(f"{len(connections)} connected",),
    )


def _export(section: SharingSection) -> Possible:
    text = _text(section.file)
    return Possible(
        rules=read_definitions(text, section.file),
        users=_users(text),
        bridges=_shovels(text),
        untold=(_EXPORT, _BRIDGES),
    )


def _users(definitions: str) -> frozenset[str]:
    """Return the users who have a right on any queue: an import takes nobody off, only rights."""
    rows = json.loads(definitions).get("permissions", [])
    never = {"", "^$"}
    return frozenset(
        str(row["user"]) for row in rows if {row["configure"], row["write"], row["read"]} - never
    )


def _shovels(definitions: str) -> tuple[str, ...]:
    """Return what carries messages to other brokers: shovels and federation."""
    rows = json.loads(definitions).get("parameters", [])
    known = {"shovel", "federation-upstream", "federation-upstream-set"}
    return tuple(sorted(str(row["name"]) for row in rows if row.get("component") in known))


def _text(file: str) -> str:
    try:
        return Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeliveryError(f"{file}: sharing.file cannot be read: {error}") from error
