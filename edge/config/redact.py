"""Camera addresses fit to be shown: passwords stay in the file."""

import re

_SECRET = re.compile(r"((?:pass\w*|pwd|token|secret|key|auth)=)[^&/]*", re.IGNORECASE)


def redact(address: str) -> str:
    """Return *address* fit for journals: without user and password, tokens blanked.

    Everything before the last ``@`` goes, because passwords with ``/`` or ``@`` in them exist.
    """
    scheme, mark, rest = address.partition("://")
    if not mark:
        scheme, rest = "", address
    _, at, place = rest.rpartition("@")
    shown = _SECRET.sub(r"\1***", place)
    return f"{scheme}{mark}***@{shown}" if at else f"{scheme}{mark}{shown}"
