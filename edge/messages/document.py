"""The AsyncAPI document, made from the models; ``python -m edge.messages`` writes it.

``asyncapi.yaml`` beside this file is what others read; a test holds it against the code.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from edge.messages.alert_parts import AlertMessage
from edge.messages.envelope import MINOR, VERSION, Envelope
from edge.messages.health import HealthMessage
from edge.messages.listing import AskMessage, ListMessage
from edge.messages.outcome import OutcomeMessage
from edge.messages.receipt import ReceiptMessage
from edge.messages.status import StatusMessage
from edge.messages.topics import Kind, Topic

FILE: Final = Path(__file__).with_name("asyncapi.yaml")
_SCHEMAS: Final = "#/components/schemas/"
_PLAIN: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_MODELS: Final[dict[Kind, type[Envelope]]] = {
    Kind.ALERT: AlertMessage,
    Kind.STATUS: StatusMessage,
    Kind.HEALTH: HealthMessage,
    Kind.RECEIPT: ReceiptMessage,
    Kind.VERDICT: OutcomeMessage,
    Kind.LIST: ListMessage,
    Kind.ASK: AskMessage,
}
# Who sends, retained or not, and what a channel is for; seen from the unit.
_CHANNELS: Final[dict[Kind, tuple[str, bool, str]]] = {
    Kind.ALERT: (
        "send",
        False,
        "Hits. Sent again with the same bytes until a receipt comes; a receiver shows an id once, "
        "and of several revisions the highest.",
    ),
    Kind.STATUS: ("send", True, "Online or offline; also the last will of the connection."),
    Kind.HEALTH: ("send", True, "How the unit does, derived from frames actually seen."),
    Kind.RECEIPT: (
        "receive",
        False,
        "What empties the unit's outbox: a named receiver holds these very bytes. PUBACK does not.",
    ),
    Kind.CHAIN: ("send", False, "Reserved for the audit chain; carries nothing in this version."),
    Kind.COMMAND: (
        "receive",
        False,
        "Orders: signed documents of the town, sealed to the addressee alone (edge/messages/"
        "order.py). Units tell in their health what became of them, consoles by a signed answer "
        "on the sender's topic receipt.",
    ),
    Kind.VERDICT: ("receive", False, "An officer's outcome, sealed like an alert."),
    Kind.LIST: (
        "receive",
        False,
        "The list desk's manifest, asked for or not, and pieces of what it offers. On the wire: "
        "EDGELST and a 1, the length of the JSON (32 bits, big-endian), the JSON, then the bytes.",
    ),
    Kind.ASK: ("send", False, "The unit asks the list desk for the manifest, or for pieces."),
}
_INFO: Final = {
    "title": "edge-plates",
    "version": f"{VERSION}.{MINOR}.0",
    "description": (
        "Alerts of a roadside or in-car plate reader. Bodies are canonical JSON (UTF-8, keys "
        "sorted, no spaces, no NaN); a receipt names their SHA-256. A reader drops fields that "
        "it does not know from a newer minor version and refuses them otherwise. Topics carry no "
        "plate and no category."
    ),
    "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
}
_PARAMETERS: Final = {
    "town": {"description": "Owner of the unit: a-z, 0-9 and dashes, at most 32."},
    "unit": {"description": "The unit, unique in the town: a-z, 0-9 and dashes, at most 32."},
}


def document() -> dict[str, Any]:
    """Return the whole document, ready for JSON or YAML."""
    schemas: dict[str, Any] = {}
    for model in _MODELS.values():
        schemas.update(_schemas(model))
    return {
        "asyncapi": "3.0.0",
        "info": _INFO,
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "broker.town.example:8883",
                "protocol": "secure-mqtt",
                "protocolVersion": "5",
                "description": "The town's MQTT broker; 3.1.1 by the unit's settings.",
            }
        },
        "channels": {kind.value: _channel(kind) for kind in Kind},
        "operations": {f"{_CHANNELS[kind][0]}_{kind.value}": _operation(kind) for kind in _MODELS},
        "components": {
            "messages": {model.__name__: _message(model) for model in _MODELS.values()},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def as_yaml(value: Any) -> str:
    """Return JSON-like *value* as block YAML; strings quoted as in JSON, which YAML reads."""
    return "\n".join(_lines(value, "")) + "\n"


def _channel(kind: Kind) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": str(Topic("{town}", "{unit}", kind)),
        "description": _CHANNELS[kind][2],
        "parameters": _PARAMETERS,
        "messages": {},
    }
    if model := _MODELS.get(kind):
        channel["messages"][model.__name__] = {"$ref": f"#/components/messages/{model.__name__}"}
    return channel


def _operation(kind: Kind) -> dict[str, Any]:
    action, retain, _ = _CHANNELS[kind]
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{kind.value}"},
        "bindings": {"mqtt": {"qos": 1, "retain": retain, "bindingVersion": "0.2.0"}},
    }


def _message(model: type[Envelope]) -> dict[str, Any]:
    return {
        "title": model.__name__,
        "summary": (model.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "payload": {"$ref": _SCHEMAS + model.__name__},
    }


def _schemas(model: type[Envelope]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template=_SCHEMAS + "{model}")
    parts = schema.pop("$defs", {})
    return {name: _untitled(part) for name, part in {**parts, model.__name__: schema}.items()}


def _untitled(value: Any) -> Any:
    """Drop the titles that pydantic makes up from field names."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if k != "title" or not isinstance(v, str)}
        return {key: _untitled(part) for key, part in kept.items()}
    if isinstance(value, list):
        return [_untitled(part) for part in value]
    return value


def _lines(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        items = [(f"{_key(key)}:", part) for key, part in value.items()]
    else:
        items = [("-", part) for part in value]
    for mark, part in items:
        if isinstance(part, dict | list) and part:
            yield indent + mark
            yield from _lines(part, indent + "  ")
        else:
            yield f"{indent}{mark} {json.dumps(part, ensure_ascii=False)}"


def _key(key: str) -> str:
    return key if _PLAIN.fullmatch(key) else json.dumps(key)
