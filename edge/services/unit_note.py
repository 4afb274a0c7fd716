"""What a unit writes back onto its card for people: who it is, or why it took nothing.

``edge-unit.txt`` is public: the unit's application to the root, with the fingerprint to compare.
"""

import base64
import binascii
from pathlib import Path
from typing import Final

from edge.errors import KeysError, ProvisionError
from edge.keys import files
from edge.keys.request import Request, read_request
from edge.services.card import CARD
from edge.services.flashes import Fault

NOTE: Final = "edge-unit.txt"
ERROR: Final = "edge-error.txt"
_BEGIN, _END = "-----BEGIN PARTY-----", "-----END PARTY-----"
_MOST: Final = 64_000


def unit_note(blob: bytes, number: int) -> str:
    """Return the text of ``edge-unit.txt``.

    Args:
        blob: the unit's application.
        number: of the settings in force.
    """
    request = read_request(blob, NOTE)
    text = base64.b64encode(blob).decode("ascii")
    lines = [text[start : start + 76] for start in range(0, len(text), 76)]
    return "\n".join(
        [
            "This unit's application to the town's root. Nothing in it is secret.",
            "Bring it to the root: edge provision enrol FOLDER",
            "",
            f"town:        {request.town}",
            f"name:        {request.name}",
            f"role:        {request.role}",
            f"fingerprint: {request.fingerprint}",
            f"settings:    number {number}",
            "",
            *(_BEGIN, *lines, _END),
            "",
        ]
    )


def error_note(error: ProvisionError, *, provisioned: bool) -> str:
    """Return the text of ``edge-error.txt``."""
    now = (
        "The unit goes on with the settings and keys that it had."
        if provisioned
        else "The unit has no settings yet and reads nothing."
    )
    fault = Fault(error.flashes) if error.flashes else Fault.UNIT
    return "\n".join(
        [
            f"{CARD} was not taken. {now}",
            f"The lamp flashes {fault.value} times, a pause, and again: {fault.meaning}.",
            "",
            "What is wrong:",
            *(f"  {line}" for line in str(error).splitlines()),
            "",
            "What to do: mend it on any computer, put the card back, switch on. This file goes",
            "away by itself once the card is taken.",
            "",
        ]
    )


def read_application(file: Path) -> tuple[Request, bytes]:
    """Return the application in an ``edge-unit.txt`` or a ``.party`` file, and its bytes.

    Raises:
        KeysError: it is neither, or the application is not signed with its own key.
    """
    raw = files.read_public(file, _MOST)
    text = raw.decode("ascii", "replace")
    if _BEGIN in text:
        inner = text.split(_BEGIN, 1)[1].split(_END, 1)
        try:
            raw = base64.b64decode("".join(inner[0].split()), validate=True)
        except (binascii.Error, ValueError):
            inner = []
        if len(inner) != 2:
            raise KeysError(f"{file}: is cut short or damaged: copy it from the card again")
    return read_request(raw, str(file)), raw
