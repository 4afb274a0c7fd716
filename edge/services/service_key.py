"""The key of a unit's own Wi-Fi, made at the desk, and what a phone's camera makes of its label."""

import re
import secrets
from pathlib import Path
from typing import Final

from edge.errors import ServiceError

FILE: Final = "service.wifi"
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none is mistaken for another on a sticker
_GROUPS, _LENGTH = 4, 5
_FORM: Final = re.compile(r"[a-z2-9]{5}(-[a-z2-9]{5}){3}")


def make_key() -> str:
    """Return a new key: twenty letters in four groups, 99 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def read_key(file: Path) -> str:
    """Return the key in *file*.

    Raises:
        ServiceError: it cannot be read, or is no such key.
    """
    try:
        text = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceError(
            f"{file}: the Wi-Fi's key cannot be read ({error}): its card brings it"
        ) from None
    if not _FORM.fullmatch(text):
        raise ServiceError(f"{file}: is no key of a unit's Wi-Fi: put its card in again")
    return text


def wifi_name(unit: str) -> str:
    """Return the name of a unit's Wi-Fi; at most 32 letters go on the air."""
    return f"edge-{unit}"[:32]


def wifi_code(unit: str, key: str) -> str:
    """Return what a QR code says so that a phone joins; neither part has a letter to be escaped."""
    return f"WIFI:T:WPA;S:{wifi_name(unit)};P:{key};;"
