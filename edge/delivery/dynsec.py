"""Asks a running mosquitto with dynamic security what it lets whom do, over its own topics.

Mosquitto answers to the asker alone. Dynamic security has no right to look that is not the right to
change: whoever holds these credentials can also change the rules, so they are the archive's alone.
"""

import json
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.clock import Clock
from edge.config.delivery import DeliverySection
from edge.delivery.events import Connected, Lost, Received
from edge.delivery.mqtt import Link
from edge.errors import DeliveryError

ASK: Final = "$CONTROL/dynamic-security/v1"
ANSWERS: Final = f"{ASK}/response"
VERSION: Final = "$SYS/broker/version"
CONNECTED: Final = "$SYS/broker/clients/connected"
BRIDGES: Final = "$SYS/broker/connection/+/state"
WATCHES: Final = (ANSWERS, VERSION, CONNECTED, BRIDGES)
"""What the asker subscribes; it writes :data:`ASK` and nothing else."""

_PAGE: Final = 200
_LARGEST: Final = 4_000_000
_LISTS: Final = {"listClients": "clients", "listGroups": "groups", "listRoles": "roles"}
_MOST: Final = 100_000  # rows of one list; a broker that tells of more is not believed


@dataclass(frozen=True, slots=True)
class Told:
    """What the broker said.

    Attributes:
        rules: clients, groups, roles and defaults, in the form of the plug-in's own file.
        users: names of all its clients.
        live: addresses by name of those connected; None where this version does not say.
        version, connected: its own words; empty where it does not say.
        bridges: names of its connections to other brokers.
    """

    rules: str
    users: frozenset[str]
    live: dict[str, tuple[str, ...]] | None
    version: str
    connected: str
    bridges: tuple[str, ...]


def ask_dynsec(section: DeliverySection, client_id: str, clock: Clock, wait_s: float = 10) -> Told:
    """Return what a broker's dynamic security and its own figures tell now.

    Raises:
        ConfigError: a certificate or the password cannot be read.
        DeliveryError: the broker cannot be reached, refuses to tell, or does not answer in time.
    """
    once = section.model_copy(update={"session_expiry_s": 0})
    link = Link(once, client_id, WATCHES, clock, largest=_LARGEST)
    link.start()
    try:
        return _Talk(link, clock, wait_s).run()
    finally:
        link.stop()


@dataclass
class _Talk:
    """One conversation: a page of each list is asked for until all are there."""

    link: Link
    clock: Clock
    wait_s: float
    document: dict[str, Any] = field(
        default_factory=lambda: {"clients": [], "groups": [], "roles": []}
    )
    heard: dict[str, str] = field(default_factory=dict)
    due: set[str] = field(default_factory=lambda: {"getDefaultACLAccess", "getAnonymousGroup"})

    def run(self) -> Told:
        begun, asked = self.clock.now(), False
        self.due |= _LISTS.keys()
        while self.due:
            if self.clock.now().since(begun) > self.wait_s:
                raise DeliveryError(
                    f"the broker told nothing of its rules within {self.wait_s:.0f} s: has it the"
                    f" plug-in dynamic security, and may this user write {ASK}?"
                )
            event = self.link.take(0.2)
            if isinstance(event, Lost):
                raise DeliveryError(event.sentence)
            if isinstance(event, Connected) and not asked:
                self._may(event.refused)
                self._ask(*({"command": one} for one in sorted(self.due - _LISTS.keys())))
                self._ask(*(_page(one, 0) for one in _LISTS))
                asked = True
            if isinstance(event, Received):
                self._hear(event)
        return self._told()

    def _may(self, refused: tuple[str, ...]) -> None:
        if ANSWERS in refused:
            raise DeliveryError(
                f"the broker refuses this user {ANSWERS}: give it the rights of a watcher: name"
                " it in sharing.user, then 'edge broker acl --format dynsec'"
            )

    def _ask(self, *commands: dict[str, Any]) -> None:
        self.link.publish(ASK, json.dumps({"commands": commands}).encode("utf-8"))

    def _hear(self, event: Received) -> None:
        if event.topic != ANSWERS:
            self.heard[event.topic] = event.payload.decode("utf-8", "replace")[:200]
            self.link.done(event)
            return
        try:
            answers = _Answers.model_validate_json(event.payload)
        except ValidationError as error:
            raise DeliveryError(f"the broker's answer cannot be read: {error}") from error
        self.link.done(event)
        for answer in answers.responses:
            self._take(answer)

    def _take(self, answer: "_Answer") -> None:
        if answer.error:
            raise DeliveryError(f"the broker refuses {answer.command}: {answer.error}")
        if answer.command in _LISTS:
            self._rows(answer.command, answer.data)
            return
        if answer.command == "getDefaultACLAccess":
            acls = {str(one.get("acltype")): bool(one.get("allow")) for one in answer.data.acls}
            self.document["defaultACLAccess"] = acls
        elif answer.command == "getAnonymousGroup" and answer.data.group is not None:
            self.document["anonymousGroup"] = str(answer.data.group.get("groupname", ""))
        self.due.discard(answer.command)

    def _rows(self, command: str, data: "_Data") -> None:
        rows = self.document[_LISTS[command]]
        rows += getattr(data, _LISTS[command])
        if len(rows) >= data.totalCount:
            self.due.discard(command)
        elif len(rows) > _MOST or not getattr(data, _LISTS[command]):
            raise DeliveryError(f"the broker's {command} has no end after {len(rows)} rows")
        else:
            self._ask(_page(command, len(rows)))

    def _told(self) -> Told:
        clients = self.document["clients"]
        says = any("connections" in one for one in clients)
        head, tail = BRIDGES.split("+")
        bridges = (
            topic.removeprefix(head).removesuffix(tail)
            for topic in self.heard
            if topic.startswith(head) and topic.endswith(tail)
        )
        return Told(
            rules=json.dumps(self.document),
            users=frozenset(str(one.get("username", "")) for one in clients),
            live=_live(clients) if says else None,
            version=self.heard.get(VERSION, ""),
            connected=self.heard.get(CONNECTED, ""),
            bridges=tuple(sorted(bridges)),
        )


def _page(command: str, offset: int) -> dict[str, Any]:
    return {"command": command, "verbose": True, "count": _PAGE, "offset": offset}


def _live(clients: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    return {
        str(one.get("username", "")): tuple(
            str(each.get("address", "")) for each in one["connections"] if isinstance(each, dict)
        )
        for one in clients
        if one.get("connections")
    }


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


_Rows = Annotated[list[dict[str, Any]], Field(default_factory=list)]


class _Data(_Loose):
    totalCount: int = 0  # noqa: N815 - mosquitto's word
    acls: _Rows
    clients: _Rows
    groups: _Rows
    roles: _Rows
    group: dict[str, Any] | None = None


class _Answer(_Loose):
    command: str
    error: str = ""
    data: Annotated[_Data, Field(default_factory=lambda: _Data.model_validate({}))]


class _Answers(_Loose):
    responses: list[_Answer]
