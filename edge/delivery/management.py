"""Asks a RabbitMQ what it lets whom do, and who is connected, over its management's own https."""

import base64
import json
import urllib.request
from dataclasses import dataclass
from typing import Any, Final
from urllib.error import HTTPError

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from edge.delivery.tls import TlsFiles, client_context
from edge.delivery.web import AGENT, allow, opener
from edge.errors import DeliveryError

_WAIT_S: Final = 10.0
_LARGEST: Final = 32_000_000


@dataclass(frozen=True, slots=True)
class Management:
    """Where a management is, and who asks it.

    Attributes:
        ca_file: of its certificate; empty for the system's CAs.
    """

    url: str
    user: str
    password: str
    ca_file: str


class Connection(BaseModel):
    """A client that is connected, as the management tells it."""

    model_config = ConfigDict(extra="ignore")

    user: str = ""
    peer_host: str = ""
    variable_map: dict[str, Any] = {}

    @property
    def client_id(self) -> str:
        """The client's own name for itself."""
        return str(self.variable_map.get("client_id", ""))


def ask_management(at: Management) -> tuple[str, tuple[Connection, ...]]:
    """Return the definitions, as ``rabbitmqctl export_definitions`` writes them, and who is there.

    Raises:
        ConfigError: the CA cannot be read.
        DeliveryError: the management cannot be reached, refuses, or answers something else.
    """
    definitions = _get(at, "definitions")
    body = _get(at, "connections")
    try:
        found = TypeAdapter(list[Connection]).validate_json(body)
    except ValidationError as error:
        raise DeliveryError(f"{at.url}: tells no connections: {error}") from error
    return definitions, tuple(found)


def _get(at: Management, what: str) -> str:
    url = f"{at.url.rstrip('/')}/api/{what}"
    allow(url)
    login = base64.b64encode(f"{at.user}:{at.password}".encode()).decode("ascii")
    headers = {"User-Agent": AGENT, "Authorization": f"Basic {login}"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - `allow` has checked it
    context = client_context(TlsFiles("delivery.", at.ca_file, "", ""))
    try:
        with opener(url, context, stay=True).open(request, timeout=_WAIT_S) as answer:
            body = answer.read(_LARGEST + 1)
    except HTTPError as error:
        error.close()
        raise DeliveryError(
            f"{url}: answers {error.code}: the watcher needs the tag administrator to read"
            " definitions there"
        ) from error
    except OSError as error:
        raise DeliveryError(f"{url}: cannot be asked: {error}") from error
    if len(body) > _LARGEST:
        raise DeliveryError(f"{url}: answers more than {_LARGEST} bytes")
    try:
        text: str = body.decode("utf-8")
        json.loads(text)
    except ValueError as error:
        raise DeliveryError(f"{url}: answers no JSON: {error}") from error
    return text
