"""Does a password open an account? By the system's own library, which knows every scheme."""

import ctypes
from typing import Final

from edge.errors import HostUnreadable

_NAMES: Final = ("libcrypt.so.1", "libcrypt.so.2")


def hashed(password: str, setting: str) -> str:
    """Return what *password* becomes under *setting*, a scheme with its salt, or a whole hash.

    Raises:
        HostUnreadable: the library is not here, or does not know the scheme.
    """
    answer = _library().crypt(password.encode(), setting.encode())
    if not answer or answer.startswith(b"*"):
        raise HostUnreadable("the scheme of its hash is not known here")
    return str(answer.decode("ascii"))


def fits(password: str, held: str) -> bool:
    """Say whether *password* is the one that *held* was made from.

    Raises:
        HostUnreadable: as :func:`hashed`.
    """
    return hashed(password, held) == held


def _library() -> ctypes.CDLL:
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.crypt.restype = ctypes.c_char_p
        library.crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
        return library
    raise HostUnreadable("libcrypt is missing")
