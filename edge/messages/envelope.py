"""The envelope around every message, its canonical bytes, and the one way to parse them.

``{"v":1,"minor":0,"kind":"alert","town":...,"unit":...,"made_at":...,"payload":{...}}``; what is
numbered adds ``epoch``, ``sequence`` and ``revision``. Bytes are canonical JSON: UTF-8, keys sorted
without spaces or NaN. Signature and seal stand around them: see :mod:`edge.messages.letter`.

Versions: ``v`` changes when an old reader would misunderstand; ``minor`` grows when fields are
added. A reader drops fields that it does not know from a *newer* minor, and refuses them from its
own or an older one, where they are a mistake or an attack. A newer minor adds no values to
enumerations and takes no field away.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, Literal, NoReturn, TypeVar

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from edge.errors import MessageError
from edge.messages.wire import Name, Time, Wire

VERSION = 1
MINOR = 0


class Envelope(Wire):
    """What stands around the payload of every message; the same for every kind."""

    v: Literal[1] = Field(description="Major version of the contract.")
    minor: int = Field(ge=0, le=9999, description="Minor version: fields are only ever added.")
    kind: str = Field(description="What the payload is; the same as the topic's last level.")
    town: Name = Field(description="Owner of the unit; a level of the topic.")
    unit: Name = Field(description="The unit that it comes from, or for receipts goes to.")
    made_at: Time


Message = TypeVar("Message", bound=Envelope)


def canonical(value: object) -> bytes:
    """Return the canonical JSON bytes of *value*.

    Raises:
        MessageError: it holds NaN, infinity or something that JSON cannot say.
    """
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        return text.encode("utf-8")
    except (ValueError, TypeError) as error:
        raise MessageError(f"cannot be said in JSON: {error}") from error


def digest(body: bytes) -> str:
    """Return the SHA-256 of a message as sent, hex; a receipt names it."""
    return hashlib.sha256(body).hexdigest()


def build(model: type[Wire], fields: dict[str, Any], limit: int) -> bytes:
    """Check *fields* against *model* and return canonical bytes.

    Raises:
        MessageError: we were about to say something that breaks our own contract.
    """
    body = canonical(fields)
    try:
        message = model.model_validate_json(body)
    except ValidationError as error:
        raise MessageError(_sentence(model, error.errors(include_url=False))) from None
    body = canonical(message.model_dump(mode="json"))
    if len(body) > limit:
        raise MessageError(f"{_name(model)} of {len(body)} bytes is over the limit of {limit}")
    return body


def head(kind: str, town: str, unit: str, made_at: str) -> dict[str, Any]:
    """Return the envelope's fields for a message of this version, without payload."""
    return {
        "v": VERSION,
        "minor": MINOR,
        "kind": kind,
        "town": town,
        "unit": unit,
        "made_at": made_at,
    }


def parse(model: type[Message], body: bytes, limit: int) -> Message:
    """Return the message in *body*.

    Raises:
        MessageError: too large, no JSON, another version, or not as the model says.
    """
    fields = loads(body, _name(model), limit)
    _check_version(model, fields)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False)
    unknown = [one["loc"] for one in details if one["type"] == "extra_forbidden"]
    if len(unknown) < len(details) or fields["minor"] <= MINOR:
        raise MessageError(_sentence(model, details))
    _drop(fields, unknown)
    return model.model_validate_json(canonical(fields))


def loads(body: bytes, what: str, limit: int) -> dict[str, Any]:
    """Return the JSON object in *body*; no NaN, no key twice, no more than *limit* bytes.

    Raises:
        MessageError: it is not such an object.
    """
    if len(body) > limit:
        raise MessageError(f"{what} of {len(body)} bytes is over the limit of {limit}")
    try:
        fields = json.loads(body, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"{what} is not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise MessageError(f"{what} is not a JSON object")
    return fields


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return fields


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _check_version(model: type[Envelope], fields: dict[str, Any]) -> None:
    what = _name(model)
    if fields.get("v") != VERSION:
        raise MessageError(
            f"{what} has version {fields.get('v')!r}, this edge reads version {VERSION}: update it"
        )


def _drop(fields: Any, paths: Iterable[tuple[int | str, ...]]) -> None:
    for path in paths:
        place = fields
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]


def _name(model: type[Wire]) -> str:
    return model.__name__.removesuffix("Message").lower() + " message"


def _sentence(model: type[Wire], details: list[ErrorDetails]) -> str:
    first = details[0]
    where = ".".join(str(step) for step in first["loc"]) or "the message"
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return f"{_name(model)}: {where[:120]}: {first['msg'].lower()[:200]}{more}"
