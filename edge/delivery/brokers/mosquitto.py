"""Mosquitto's two forms of access rules: its ACL file, and the file of dynamic security."""

import base64
import hashlib
import json
import re
import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.delivery.brokers.access import Access, Client, Rules
from edge.errors import DeliveryError
from edge.keys.roles import Role
from edge.messages.access import TUNNELLERS, Topics, tunnel_topics

EVERYBODY: Final = "everybody"  # who a line means that stands before the first user, or a pattern
_ROSTER: Final = "edge-roster"  # a role without rights, which bears the header
_ROUNDS: Final = 10_000  # of PBKDF2-HMAC-SHA-512; mosquitto reads the number from the file
_SALT: Final = 12  # bytes; mosquitto 2.0 takes no other length
_CONTROL: Final = "$CONTROL/dynamic-security/v1"
_SYSTEM: Final = ("$SYS/broker/version", "$SYS/broker/clients/connected")
_BRIDGES: Final = "$SYS/broker/connection/+/state"
_SUBJECT: Final = re.compile(r"CN=([a-z0-9-]+),OU=[a-z0-9-]+,O=[a-z0-9-]+")
_DENY: Final = {
    "publishClientSend": False,
    "publishClientReceive": False,
    "subscribe": False,
    "unsubscribe": True,
}


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who asks dynamic security for its rules; the password is told to nobody else."""

    name: str
    password: str = field(repr=False)


def subject(name: str, role: Role, town: str) -> str:
    """Return the user of a tunnel's own connection: the whole subject of the certificate.

    So ``use_subject_as_username`` of the listener for tunnels makes it; as a client id it is
    another than the daemon's, and nobody else's.
    """
    return f"CN={name},OU={role},O={town}"


def write_acl(access: Access) -> str:
    """Return the file for ``acl_file``; whoever is not in it may do nothing."""
    lines = [f"# {line}" for line in access.header]
    lines += [f"# no right: {name}: {why}" for name, why in access.none]
    for client in access.clients:
        lines += ["", f"# {client.role}", f"user {client.name}"]
        lines += _acl_lines(client.topics)
    for client in access.clients:
        if client.role in TUNNELLERS:
            lines += ["", f"user {subject(client.name, client.role, access.town)}"]
            lines += _acl_lines(tunnel_topics(client.topics))
    return "\n".join(lines) + "\n"


def _acl_lines(topics: Topics) -> list[str]:
    return [
        *(f"topic write {topic}" for topic in topics.write),
        *(f"topic read {topic}" for topic in topics.read),
    ]


def read_acl(text: str, what: str) -> Rules:
    """Return what an ACL file gives to whom.

    Raises:
        DeliveryError: a line is not one of mosquitto's; *what* names the file.
    """
    found: dict[str, set[str]] = defaultdict(set)
    user = EVERYBODY
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "user" and len(words) > 1:
            user = party_of(" ".join(words[1:]))
            continue
        if words[0] not in {"topic", "pattern"} or len(words) < 2:
            raise DeliveryError(f"{what}, line {number}: is no line of a mosquitto ACL: {line!r}")
        whose = EVERYBODY if words[0] == "pattern" else user
        found[whose] |= _acl_rights(words[1:])
    return {name: frozenset(rights) for name, rights in found.items()}


def write_dynsec(access: Access, watcher: Watcher | None = None) -> str:
    """Return the file for ``plugin_opt_config_file`` of mosquitto's dynamic security.

    A group for each role bears what all of that role may do; a role of its own for each client
    what it may do under its own name.

    Args:
        watcher: who asks the plug-in for its rules (``edge who-can-see``); reads no message.

    Raises:
        DeliveryError: the watcher has the name of a party.
    """
    document = _document(access)
    if watcher is not None:
        if any(watcher.name == name for name in (*access.rules(), *dict(access.none))):
            raise DeliveryError(f"{watcher.name} is a party: give the watcher a name of its own")
        document["clients"].append(_watching(watcher))
        document["roles"].append({"rolename": watcher.name, "acls": _WATCHES})
    return json.dumps(document, indent=1) + "\n"


def _document(access: Access) -> dict[str, Any]:
    present = sorted({client.role for client in access.clients})
    tunnels = [client for client in access.clients if client.role in TUNNELLERS]
    return {
        "defaultACLAccess": _DENY,
        "clients": [
            {"username": client.name, "roles": [{"rolename": f"client-{client.name}"}]}
            for client in access.clients
        ]
        + [
            {
                "username": subject(one.name, one.role, access.town),
                "roles": [{"rolename": f"tunnel-{one.name}"}],
            }
            for one in tunnels
        ],
        "groups": [
            {
                "groupname": str(role),
                "roles": [{"rolename": str(role)}],
                "clients": [{"username": one.name} for one in access.clients if one.role is role],
            }
            for role in present
        ],
        "roles": [
            {"rolename": _ROSTER, "textdescription": "; ".join(access.header), "acls": []},
            *({"rolename": str(role), "acls": _shared(access, role)} for role in present),
            *(
                {"rolename": f"client-{client.name}", "acls": _acls(_narrow(access, client))}
                for client in access.clients
            ),
            *(
                {"rolename": f"tunnel-{one.name}", "acls": _acls(tunnel_topics(one.topics))}
                for one in tunnels
            ),
        ],
    }


def _watching(watcher: Watcher) -> dict[str, Any]:
    salt = secrets.token_bytes(_SALT)
    key = hashlib.pbkdf2_hmac("sha512", watcher.password.encode("utf-8"), salt, _ROUNDS, 64)
    return {
        "username": watcher.name,
        "password": base64.b64encode(key).decode("ascii"),
        "salt": base64.b64encode(salt).decode("ascii"),
        "iterations": _ROUNDS,
        "roles": [{"rolename": watcher.name}],
    }


def read_dynsec(text: str, what: str) -> Rules:
    """Return what a file of dynamic security gives to whom.

    Raises:
        DeliveryError: it is no such file; *what* names it.
    """
    try:
        document = _Dynsec.model_validate_json(text)
    except ValidationError as error:
        raise DeliveryError(f"{what}: is no file of dynamic security: {error}") from error
    roles = {role.rolename: _dynsec_rights(role) for role in document.roles}
    locked = {client.username for client in document.clients if client.disabled}
    given: dict[str, set[str]] = defaultdict(set)
    for client in document.clients:
        if client.username not in locked:
            party = given[party_of(client.username)]
            party.update(*(roles.get(one.rolename, ()) for one in client.roles))
    for group in document.groups:
        for member in group.clients:
            if member.username not in locked:
                party = given[party_of(member.username)]
                party.update(*(roles.get(one.rolename, ()) for one in group.roles))
    found = {name: frozenset(rights) for name, rights in given.items() if rights}
    defaults = document.defaultACLAccess
    wide = {
        word
        for word in ("publishClientSend", "publishClientReceive", "subscribe")
        if defaults.get(word, word == "publishClientReceive")
    }
    everybody = {f"{word} by default" for word in wide} | _anonymous(document, roles)
    if everybody:
        found[EVERYBODY] = frozenset(everybody)
    return found


def _anonymous(document: "_Dynsec", roles: dict[str, frozenset[str]]) -> set[str]:
    """Return what clients without a name may do, by the group that is theirs."""
    given: set[str] = set()
    for group in document.groups:
        if document.anonymousGroup and group.groupname == document.anonymousGroup:
            given.update(*(roles.get(one.rolename, ()) for one in group.roles))
    return given


def party_of(user: str) -> str:
    """Return the party behind a user: its name, also where that is a certificate's subject."""
    found = _SUBJECT.fullmatch(user)
    return found[1] if found else user


def _acl_rights(words: list[str]) -> set[str]:
    kinds = {"read": ("read",), "write": ("write",), "deny": ()}
    given = kinds.get(words[0])
    if given is None:  # "readwrite", or no word at all, which means the same
        topic = " ".join(words[1:] if words[0] == "readwrite" else words)
        return {f"read {topic}", f"write {topic}"}
    return {f"{kind} {' '.join(words[1:])}" for kind in given}


def _shared(access: Access, role: Role) -> list[dict[str, Any]]:
    """Return what every client of *role* may do: its filters, which name no one party."""
    return _acls(_common(access, role))


def _common(access: Access, role: Role) -> Topics:
    """Return the filters that all of *role* have; of partners each has what its grants give."""
    members = [client.topics for client in access.clients if client.role is role]
    return Topics(
        tuple(one for one in members[0].write if all(one in of.write for of in members)),
        tuple(one for one in members[0].read if all(one in of.read for of in members)),
    )


def _narrow(access: Access, client: Client) -> Topics:
    shared = _common(access, client.role)
    return Topics(
        tuple(one for one in client.topics.write if one not in shared.write),
        tuple(one for one in client.topics.read if one not in shared.read),
    )


def _acls(topics: Topics) -> list[dict[str, Any]]:
    rows = [("publishClientSend", one) for one in topics.write]
    for one in topics.read:
        rows.append(("publishClientReceive", one))
        rows.append(("subscribeLiteral", one))
        if "+" in one:
            rows.append(("subscribePattern", one))  # and any one topic under it
    return [{"acltype": kind, "topic": topic, "allow": True} for kind, topic in rows]


_WATCHES: Final = [
    {"acltype": kind, "topic": topic, "allow": True}
    for kind, topic in (
        ("publishClientSend", _CONTROL),
        *(
            (kind, topic)
            for topic in (f"{_CONTROL}/response", *_SYSTEM, _BRIDGES)
            for kind in ("publishClientReceive", "subscribeLiteral")
        ),
    )
]


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Acl(_Loose):
    acltype: Literal[
        "publishClientSend",
        "publishClientReceive",
        "subscribeLiteral",
        "subscribePattern",
        "unsubscribeLiteral",
        "unsubscribePattern",
    ]
    topic: str
    allow: bool = False


class _RoleName(_Loose):
    rolename: str


class _Role(_RoleName):
    acls: list[_Acl] = []


class _Client(_Loose):
    username: str
    disabled: bool = False
    roles: list[_RoleName] = []


class _Group(_Loose):
    groupname: str
    roles: list[_RoleName] = []
    clients: list[_Client] = []


class _Dynsec(_Loose):
    defaultACLAccess: Annotated[dict[str, bool], Field(default_factory=dict)]  # noqa: N815
    anonymousGroup: str = ""  # noqa: N815
    clients: list[_Client] = []
    groups: list[_Group] = []
    roles: list[_Role] = []


def _dynsec_rights(role: _Role) -> frozenset[str]:
    words = {"publishClientSend": "write", "publishClientReceive": "read"}
    words |= {"subscribeLiteral": "read", "subscribePattern": "read"}
    return frozenset(
        f"{words[acl.acltype]} {acl.topic}"
        for acl in role.acls
        if acl.allow and acl.acltype in words
    )
