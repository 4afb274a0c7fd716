"""Which settings are in force, fit for the record: a digest, and what differs from before."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from edge.config.redact import redact
from edge.config.settings import Settings
from edge.messages.acts_unit import SettingsAct
from edge.messages.envelope import canonical, digest

_SECRET: Final = ("password", "secret", "token", "passphrase")
_MOST: Final = 200

Told = Mapping[str, str]
"""``section.key`` to its value in JSON, without secrets."""


def told(settings: Settings) -> Told:
    """Return all settings in force; passwords stay in their files, and out of addresses."""
    return dict(_flat("", settings.model_dump(mode="json")))


def mark(found: Told) -> str:
    """Return the digest of settings as :func:`told` returns them."""
    return digest(canonical(dict(found)))


def change(before: Told, now: Told, known: str) -> SettingsAct:
    """Return the act: which settings differ.

    Args:
        known: the digest that the record has; empty before the first.
    """
    names = sorted(one for one in {*before, *now} if before.get(one) != now.get(one))
    changed = tuple((name[:120], now.get(name, "(no such setting any more)")) for name in names)
    if len(changed) > _MOST:
        rest = (f"and {len(changed) - _MOST} more", "")
        changed = (*changed[:_MOST], rest)
    return SettingsAct(digest=mark(now), before=known, changed=changed)


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _flat(f"{prefix}.{key}" if prefix else key, part)
        return
    if isinstance(value, str):
        value = "***" if _is_secret(prefix, value) else redact(value) if "@" in value else value
    yield prefix, json.dumps(value, ensure_ascii=False, sort_keys=True)


def _is_secret(name: str, value: str) -> bool:
    last = name.rsplit(".", 1)[-1]
    return bool(value) and any(one in last for one in _SECRET) and not last.endswith("_file")
