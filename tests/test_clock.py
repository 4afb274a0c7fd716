"""Moments, and whether the clock is believed."""

import ctypes
import errno
from types import SimpleNamespace

import pytest

from edge import clock
from edge.clock import Moment, SystemClock


def test_iso_is_utc_with_milliseconds() -> None:
    """A moment prints as RFC 3339, rounded down to the millisecond."""
    assert Moment(1_767_261_600_123_999_999, 0).iso() == "2026-01-01T10:00:00.123Z"


def test_since_survives_a_clock_that_is_set() -> None:
    """Durations come from the monotonic clock even when UTC jumps back."""
    before = Moment(2_000_000_000, 1_000_000_000)
    after = Moment(1_000_000_000, 2_500_000_000)
    assert after.since(before) == pytest.approx(1.5)


def test_later_moves_both_clocks() -> None:
    """A moment's neighbour keeps the distance between the two clocks."""
    assert Moment(5, 7).later(2e-9) == Moment(7, 9)


def test_now_rises() -> None:
    """The system's clock gives rising monotonic times."""
    system = SystemClock()
    first, second = system.now(), system.now()
    assert second.monotonic_ns >= first.monotonic_ns


@pytest.mark.parametrize(("state", "believed"), [(0, True), (5, False)])
def test_kernel_decides_on_trust(
    monkeypatch: pytest.MonkeyPatch, state: int, believed: bool
) -> None:
    """Only a kernel that calls its clock synchronised is believed."""
    libc = SimpleNamespace(adjtimex=lambda _: state)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: libc)
    assert SystemClock("kernel").trusted() is believed


def test_a_c_library_without_adjtimex_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can say, the clock is not trusted."""
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace())
    assert not SystemClock("kernel").trusted()


def test_a_failing_call_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken system call is told, not taken for an answer."""
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(adjtimex=lambda _: -1))
    with pytest.raises(OSError, match="adjtimex"):
        SystemClock("kernel").trusted()


def test_a_sandbox_that_forbids_asking_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container adjtimex(2) is often forbidden: the daemon goes on, its clock untrusted."""

    def forbidden(_: object) -> int:
        ctypes.set_errno(errno.EPERM)
        return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(adjtimex=forbidden))
    assert not SystemClock("kernel").trusted()


def test_an_installer_may_vouch(monkeypatch: pytest.MonkeyPatch) -> None:
    """With trust = always nobody asks the kernel."""
    monkeypatch.setattr(clock, "_kernel_synchronised", lambda: pytest.fail("asked"))
    assert SystemClock("always").trusted()


def test_sleeping_backwards_returns() -> None:
    """A negative wait, from a due time that has passed, is none."""
    SystemClock().sleep(-1.0)
