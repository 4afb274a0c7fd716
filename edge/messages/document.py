"""The AsyncAPI document, made from the models; ``python -m edge.messages`` writes it.

``asyncapi.yaml`` beside this file is what others read; a test holds it against the code.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from edge.keys.roles import Role
from edge.messages.access import readers, writers
from edge.messages.channels import CHANNELS, Channel, Form, table
from edge.messages.envelope import MINOR, VERSION, Envelope
from edge.messages.topics import Topic

FILE: Final = Path(__file__).with_name("asyncapi.yaml")
README: Final = Path(__file__).with_name("README.md")
SCHEMAS: Final = Path(__file__).with_name("schemas")
_REFERENCE: Final = "#/components/schemas/"
_PLAIN: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_MODELS: Final = {one.model: one for one in CHANNELS if one.model}
_INFO: Final = {
    "title": "edge-plates",
    "version": f"{VERSION}.{MINOR}.0",
    "description": (
        "Alerts of a roadside or in-car plate reader. Bodies are canonical JSON (UTF-8, keys "
        "sorted, no spaces, no NaN). A reader drops fields that it does not know from a newer "
        "minor version and refuses them otherwise. Topics carry no plate and no category. "
        "x-form says what stands around the JSON. Signed: EDGESIG and a 1, the length of a head "
        "(32 bits, big-endian), the head with kind, signer and Ed25519 signature, the JSON. "
        "Letter: EDGELTR and a 1, the length of the sealed words, the sealed words, the sealed "
        "picture to the end; the words are a signed document, sealed with a fresh AES-256-GCM key "
        "that is wrapped for each recipient by X25519; the picture may be left out. A receipt "
        "names the SHA-256 of the sealed words. x-writers and x-readers are the roles with a right "
        "to the topic; (own) is under their own name alone."
    ),
    "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
}
_PARAMETERS: Final = {
    "town": {"description": "Owner of the unit: a-z, 0-9 and dashes, at most 32."},
    "unit": {
        "description": "The sender, of receipts, commands, lists and inward the addressee; unique "
        "in the town: a-z, 0-9 and dashes, at most 32."
    },
}


def document() -> dict[str, Any]:
    """Return the whole document, ready for JSON or YAML."""
    schemas: dict[str, Any] = {}
    for model in _MODELS:
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
        "channels": {one.kind.value: _channel(one) for one in CHANNELS},
        "operations": {f"{_action(one)}_{one.kind}": _operation(one) for one in _MODELS.values()},
        "components": {
            "messages": {model.__name__: _message(model, one) for model, one in _MODELS.items()},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def as_yaml(value: Any) -> str:
    """Return JSON-like *value* as block YAML; strings quoted as in JSON, which YAML reads."""
    return "\n".join(_lines(value, "")) + "\n"


def readme() -> str:
    """Return the README with the table of topics as it is now."""
    text = README.read_text("utf-8")
    head, _, rest = text.partition("| topic |")
    *_, tail = rest.partition("\n\n")
    return f"{head}{table()}\n{tail}"


def schema(model: type[Envelope]) -> dict[str, Any]:
    """Return the JSON Schema of one message, for whoever consumes it elsewhere."""
    made: dict[str, Any] = _untitled(model.model_json_schema())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{model.__name__} {VERSION}.{MINOR}",
        **made,
    }


def schemas() -> dict[str, str]:
    """Return the JSON Schemas of all messages as files, by name."""
    return {
        f"{one.kind}.schema.json": json.dumps(schema(model), indent=2, ensure_ascii=False) + "\n"
        for model, one in _MODELS.items()
    }


def _channel(one: Channel) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": str(Topic("{town}", "{unit}", one.kind)),
        "description": one.text,
        "parameters": _PARAMETERS,
        "messages": {},
        "x-form": one.form.value,
        "x-writers": [role.value for role in writers(one.kind)],
        "x-readers": [role.value for role in readers(one.kind)],
    }
    if one.model:
        name = one.model.__name__
        channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}
    return channel


def _action(one: Channel) -> str:
    """Return what a unit does on the channel."""
    return "send" if Role.UNIT in writers(one.kind) else "receive"


def _operation(one: Channel) -> dict[str, Any]:
    return {
        "action": _action(one),
        "channel": {"$ref": f"#/channels/{one.kind}"},
        "bindings": {"mqtt": {"qos": 1, "retain": one.retained, "bindingVersion": "0.2.0"}},
    }


def _message(model: type[Envelope], one: Channel) -> dict[str, Any]:
    plain = one.form is Form.PLAIN
    return {
        "title": model.__name__,
        "summary": (model.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json" if plain else "application/octet-stream",
        "payload": {"$ref": _REFERENCE + model.__name__},
    }


def _schemas(model: type[Envelope]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template=_REFERENCE + "{model}")
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
