"""Which lists a unit's card may carry: those that are sealed to that very unit.

A list is sealed to the units of the roster that lay beside its issuer. A unit that was not on it
refuses the list, and would stand on its pole without one.
"""

from collections.abc import Mapping

from edge.errors import KeysError
from edge.hotlist.bundle import SEALED
from edge.keys.request import Request
from edge.keys.sealed import sealed_to


def lists_for(
    request: Request | None, lists: Mapping[str, bytes]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the lists that a unit opens, and the names of those that it does not.

    Args:
        request: the unit's application; None while it has made no keys: it opens nothing.
        lists: signed and sealed, by name of file.
    """
    opened = {name: blob for name, blob in lists.items() if _opens(request, blob)}
    return opened, tuple(name for name in lists if name not in opened)


def _opens(request: Request | None, blob: bytes) -> bool:
    if request is None or request.sealing_key is None:
        return False
    try:
        return request.sealing_key.id in sealed_to(SEALED, blob)
    except KeysError:  # whoever it was sealed to, it is no list any more
        return False
