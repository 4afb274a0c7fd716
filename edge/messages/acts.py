"""What may stand on a chain: one frozen model for each kind of act, all of them in ``ACTS``.

No payload holds a plate, a key, a password or a list's text: letters that do hold a plate stand
apart and are named here by their digest. ``who``, ``officer`` and the like are names of parties.
Reports, pages and checks count from :class:`ActRow` and from nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from edge.errors import MessageError
from edge.messages import acts_archive, acts_car, acts_town, acts_unit
from edge.messages.acts_base import Act
from edge.messages.envelope import canonical

__all__ = ["ACTS", "Act", "ActRow", "act_row", "check_act", "read_act"]


@dataclass(frozen=True, slots=True)
class ActRow:
    """One row of somebody's chain, opened.

    Attributes:
        name, epoch: whose chain.
        number: of the row.
        at: RFC 3339, by the clock of whoever wrote it.
        payload: None where it was erased, or is not ours to open.
    """

    name: str
    epoch: str
    number: int
    at: str
    kind: str
    payload: dict[str, Any] | None


ACTS: Final[Mapping[str, type[Act]]] = MappingProxyType(
    {**acts_unit.KINDS, **acts_town.KINDS, **acts_car.KINDS, **acts_archive.KINDS}
)
"""Every kind of row, with the model of its payload."""


def act_row(kind: str, act: Act) -> dict[str, Any]:
    """Return the payload of *act*, as a store records it.

    Raises:
        MessageError: *kind* is not the kind of such an act.
    """
    if ACTS.get(kind) is not type(act):
        raise MessageError(f"the chain knows no {kind!r} that is a {type(act).__name__}")
    payload: dict[str, Any] = act.model_dump(mode="json")
    return payload


def check_act(kind: str, payload: Mapping[str, Any]) -> None:
    """Raise MessageError unless *payload* is one of *kind*, without a field more."""
    _parse(kind, dict(payload))


def read_act(kind: str, payload: Mapping[str, Any]) -> Act:
    """Return the act that a row's payload tells; fields of a newer edge are left out.

    Raises:
        MessageError: a kind that this edge does not know, or no such payload.
    """
    known = _model(kind).model_fields
    return _parse(kind, {name: value for name, value in payload.items() if name in known})


def _model(kind: str) -> type[Act]:
    if kind not in ACTS:
        raise MessageError(f"a row of kind {kind!r}: this edge knows no such act; update it")
    return ACTS[kind]


def _parse(kind: str, payload: dict[str, Any]) -> Act:
    try:
        return _model(kind).model_validate_json(canonical(payload))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    where = ".".join(str(step) for step in first["loc"]) or "the payload"
    raise MessageError(f"a row of kind {kind}: {where[:80]}: {first['msg'].lower()[:200]}")
