"""The clock: who sets it, and what it says after a night without power."""

from typing import Final

from edge.clock import Clock
from edge.services.finding import Finding, bad, good
from edge.services.machine import Machine

_GIVE: Final = (
    "give it a network, a GPS or a battery-backed clock; until then every alert is 'verify'"
)
_THERE: Final = ("systemctl", "show", "chrony.service", "--property=LoadState", "--value")
_RTC_OFF_S: Final = 60.0
_NS: Final = 1_000_000_000


def check_clock(clock: Clock, machine: Machine) -> Finding:
    """Fail while nothing has set the clock, or where the battery-backed one is far off."""
    now = clock.now()
    if not clock.trusted():
        sentence = f"nothing has set it since the start; it says {now.iso()}"
        return bad("clock", sentence, _mend(machine))
    folder = machine.sys / "class/rtc/rtc0"
    seconds = machine.number(folder / "since_epoch")
    if seconds is None:
        return good(
            "clock",
            f"set, {now.iso()}; no battery-backed clock: after a power cut alerts are 'verify' "
            "until the network sets it",
        )
    off = seconds - now.utc_ns / _NS
    if abs(off) > _RTC_OFF_S:
        sentence = f"set, {now.iso()}, but the battery-backed clock is {_span(off)}"
        mend = "write it: hwclock --systohc; if it is off again tomorrow, put in a new battery"
        return bad("clock", sentence, mend)
    return good("clock", f"set, {now.iso()}; the battery-backed clock is within {_RTC_OFF_S:.0f} s")


def _mend(machine: Machine) -> str:
    if machine.systemd and machine.ask(_THERE) == "loaded":
        return f"chrony is there and has not set it ('systemctl status chrony' says why): {_GIVE}"
    return f"install chrony and {_GIVE}"


def _span(off_s: float) -> str:
    way = "ahead" if off_s > 0 else "behind"
    size = abs(off_s)
    return f"{size / 86_400:.0f} days {way}" if size > 172_800 else f"{size:.0f} s {way}"
