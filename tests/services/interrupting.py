"""The power goes, or the process is killed, before one change on the disk: which one is counted."""

import os
from collections.abc import Callable, Sequence

import pytest


class Cut(BaseException):
    """The power is gone, or the process was killed: nothing of ours may catch it."""


def cut_at(
    at: int, monkeypatch: pytest.MonkeyPatch, calls: Sequence[str], act: Callable[[], object]
) -> bool:
    """Run *act* and cut it before its change number *at*; say whether it was cut.

    Args:
        calls: the functions of :mod:`os` that count as changes.
    """
    left = [at]

    def cutting(real: Callable[..., object]) -> Callable[..., object]:
        def change(*given: object, **more: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                raise Cut
            return real(*given, **more)

        return change

    with monkeypatch.context() as patched:
        for name in calls:
            patched.setattr(os, name, cutting(getattr(os, name)))
        try:
            act()
        except Cut:
            return True
    return False
