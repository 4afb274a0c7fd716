"""Run ``edge`` so that the kernel kills it if it, or any library in it, opens an internet socket.

Started as a program: ``python silence.py WORDS``. Audit hooks see only Python's sockets; this
filter (seccomp, no root needed) sees those of native libraries too.
"""

import ctypes
import platform
import socket
import struct
import sys

_SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]  # number of the call socket(2)
_KILL, _ALLOW = 0x8000_0000, 0x7FFF_0000
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # of prctl(2)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def forbid_internet() -> None:
    """Have the kernel kill this process when it opens an IPv4 or IPv6 socket."""
    steps = (
        (0x20, 0, 0, 0),  # load the call's number
        (0x15, 0, 4, _SOCKET),  # not socket(2): allow
        (0x20, 0, 0, 16),  # load its first argument, the family
        (0x15, 1, 0, socket.AF_INET),
        (0x15, 0, 1, socket.AF_INET6),
        (0x06, 0, 0, _KILL),
        (0x06, 0, 0, _ALLOW),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = _Program(len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    done = done and libc.prctl(_SECCOMP, _FILTER, ctypes.byref(program)) == 0
    if not done:
        raise OSError(ctypes.get_errno(), "this kernel has no seccomp filter")


if __name__ == "__main__":
    forbid_internet()
    if sys.argv[1:] == ["talk"]:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    from edge.cli import main

    sys.exit(main(sys.argv[1:]))
