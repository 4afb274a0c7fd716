"""RabbitMQ's definitions: users, permissions, topic permissions and policies, as one JSON file.

An import adds and changes, and takes nobody away: whoever has no right any more is therefore
written down with none. A user's own queues are those of its client id, so that nobody can take
another's session over; topics are routing keys, with dots for slashes and ``*`` for ``+``.
"""

import json
import re
from collections.abc import Collection, Iterable
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.delivery.brokers.access import Access, Client, Rules
from edge.delivery.visitor import PREFIX, TUNNEL_PREFIX
from edge.errors import DeliveryError
from edge.keys.parties import to_time
from edge.messages.access import TUNNELLERS

VHOST: Final = "/"
EXCHANGE: Final = "amq.topic"
_NEVER: Final = "^$"
_ONE: Final = "[a-z0-9][a-z0-9-]*"  # any one name, where a "+" is written to
_SESSION: Final = re.compile(
    r"\^\(?mqtt-\(subscription\|will\)-(?:\((?:cmd-|cmd-\|tun-)\)\?)?(?:\([a-z0-9-]+-\)\?)?([a-z0-9-]+)"
    r"\(qos\[01\]\)\?(\|amq\\\.topic\))?\$"
)
_MOST_QUEUED: Final = 20_000  # as configs/broker/mosquitto.conf


def write_definitions(access: Access) -> str:
    """Return the file that a node reads at its start or by ``rabbitmqctl import_definitions``."""
    names = [client.name for client in access.clients]
    none = [name for name, _ in access.none]
    document = {
        "vhosts": [{"name": VHOST, "metadata": {"default_queue_type": "quorum"}}],
        "users": [_user(name) for name in sorted([*names, *none])],
        "permissions": sorted(
            [_permission(access.town, client) for client in access.clients]
            + [_queues(name, _NEVER, _NEVER) for name in none],
            key=lambda row: row["user"],
        ),
        "topic_permissions": sorted(
            [_topics(one.name, _writing(one), _reading(one)) for one in access.clients]
            + [_topics(name, _NEVER, _NEVER) for name in none],
            key=lambda row: row["user"],
        ),
        "policies": [_policy()],
        "global_parameters": [{"name": "edge", "value": _stamp(access)}],
    }
    return json.dumps(document, indent=1) + "\n"


def read_definitions(text: str, what: str) -> Rules:
    """Return what definitions give to whom, our own file's or a broker's export.

    Raises:
        DeliveryError: it is no such file; *what* names it.
    """
    try:
        document = _Definitions.model_validate_json(text)
    except ValidationError as error:
        raise DeliveryError(f"{what}: holds no definitions of RabbitMQ: {error}") from error
    found = {user.name: frozenset[str]() for user in document.users}
    for row in document.topic_permissions:
        rights = [f"write {one}" for one in _read(row.write, _ONE, "+")]
        rights += [f"read {one}" for one in _read(row.read, r"\*", "+")]
        found[row.user] = found.get(row.user, frozenset()) | frozenset(rights)
    limited = {row.user for row in document.topic_permissions if row.exchange == EXCHANGE}
    names = sorted(found)
    for permission in document.permissions:
        wide = any(_matches(one, EXCHANGE) for one in (permission.write, permission.read))
        if wide and permission.user not in limited:  # RabbitMQ then asks for nothing more
            _give(found, permission.user, {"write anything", "read anything"})
        _give(found, permission.user, _of_others(permission, names))
    for user in document.users:
        if user.tags:
            found[user.name] |= {f"act as {tag}" for tag in user.tags}
    return {name: rights for name, rights in found.items() if rights}


def _give(found: Rules, user: str, rights: Collection[str]) -> None:
    found[user] = found.get(user, frozenset()) | frozenset(rights)


def _of_others(permission: "_Permission", users: Iterable[str]) -> frozenset[str]:
    """Return whose sessions a user may read beside its own: their queues hold what they hear."""
    for pattern in (permission.configure, permission.write, permission.read):
        own = _SESSION.fullmatch(pattern)
        if own is not None and own[1] == permission.user:
            continue
        if _matches(pattern, "mqtt-subscription-of-anybodyqos1"):
            return frozenset({"read anything"})
        theirs = [
            one
            for one in users
            if one != permission.user and _matches(pattern, f"mqtt-subscription-{one}qos1")
        ]
        if not theirs and "mqtt" in pattern:
            theirs = [f"whoever matches {pattern}"]  # a unit's session has its town's name in it
        if theirs:
            return frozenset(f"read the queue of {one}" for one in theirs)
    return frozenset()


def _matches(pattern: str, name: str) -> bool:
    """Say whether RabbitMQ lets a permission's *pattern* have the thing *name*."""
    if pattern in {_NEVER, ""}:
        return False
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return True  # Erlang's expressions are not all ours: what cannot be read is not harmless


def _user(name: str) -> dict[str, Any]:
    """Return a user who has no password, and so gets in by certificate alone."""
    return {
        "name": name,
        "password_hash": "",
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [],
    }


def _permission(town: str, client: Client) -> dict[str, str]:
    # named by the client id: of the party's daemon, and of commands and tunnels beside it
    beside = f"({PREFIX}|{TUNNEL_PREFIX})?" if client.role in TUNNELLERS else f"({PREFIX})?"
    queues = f"mqtt-(subscription|will)-{beside}({town}-)?{client.name}(qos[01])?"
    return _queues(client.name, f"^{queues}$", rf"^({queues}|amq\.topic)$")


def _queues(name: str, configure: str, use: str) -> dict[str, str]:
    return {"user": name, "vhost": VHOST, "configure": configure, "write": use, "read": use}


def _topics(name: str, write: str, read: str) -> dict[str, str]:
    return {"user": name, "vhost": VHOST, "exchange": EXCHANGE, "write": write, "read": read}


def _writing(client: Client) -> str:
    return _pattern([_key(one).replace("+", _ONE) for one in client.topics.write])


def _reading(client: Client) -> str:
    """Return the filters as they are, and for a ``+`` any one name as well."""
    return _pattern([_key(one).replace("+", r"\*") for one in client.topics.read])


def _key(topic: str) -> str:
    """Return a topic as the pattern of its routing key; ``+`` stays."""
    return topic.replace("/", r"\.")


def _pattern(keys: list[str]) -> str:
    return f"^({'|'.join(keys)})$" if keys else _NEVER


def _read(pattern: str, wild: str, plus: str) -> list[str]:
    """Return the topics of a pattern that :func:`_pattern` made; any other one as it is."""
    if pattern in {_NEVER, ""}:
        return []
    made = re.fullmatch(r"\^\((.*)\)\$", pattern)
    topics = made[1].replace(wild, plus).replace(r"\.", "/").split("|") if made else []
    if not topics or any(not re.fullmatch(r"[a-z0-9+/-]+", one) for one in topics):
        return [f"what matches {pattern}"]
    return topics


def _policy() -> dict[str, Any]:
    """Return how sessions' queues behave.

    A quorum queue of RabbitMQ 4 drops a message that came back twenty times, which a client with
    a bad radio link does to its newest alerts; and a full queue must not keep others from theirs.
    """
    return {
        "vhost": VHOST,
        "name": "edge-sessions",
        "pattern": "^mqtt-subscription-",
        "apply-to": "queues",
        "priority": 0,
        "definition": {
            "delivery-limit": -1,
            "max-length": _MOST_QUEUED,
            "overflow": "drop-head",
        },
    }


def _stamp(access: Access) -> dict[str, Any]:
    return {
        "town": access.town,
        "roster": access.sequence,
        "issued": to_time(access.issued),
        "says": list(access.header),
    }


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _User(_Loose):
    name: str
    tags: list[str] = []


class _Permission(_Loose):
    user: str
    configure: str = ""
    write: str
    read: str


class _TopicPermission(_Permission):
    exchange: str


class _Definitions(_Loose):
    users: list[_User]
    permissions: list[_Permission]
    topic_permissions: list[_TopicPermission] = []
