"""What wears on the machine itself: voltage, heat, a processor that was slowed down."""

from typing import Final

from edge.services.finding import Finding, bad, good, unseen
from edge.services.machine import Machine

_FIRMWARE: Final = "devices/platform/soc/soc:firmware/get_throttled"
_MODEL: Final = "device-tree/model"
_LOW, _SLOWED = 0x1, 0x2 | 0x4 | 0x8
_SINCE: Final = 16  # the same bits, of the time since the start
_HOT_C: Final = 80.0  # a Raspberry Pi slows down from here on
_WARM_C: Final = 70.0
_THINKABLE_C: Final = (-60.0, 150.0)

_POWER: Final = (
    "use the supply of the board's maker, a shorter or thicker cable, and a powered hub for what "
    "hangs on USB"
)
_HEAT: Final = "a heat sink, a fan, shade: or a lower source.fps"


def check_power(machine: Machine) -> Finding:
    """Fail where the supply's voltage was too low since the start: it ends in damaged cards."""
    flags = machine.number(machine.sys / _FIRMWARE, 16)
    if flags is not None:
        if flags & _LOW:
            return bad("power", "the voltage is too low now", _POWER)
        if flags & _LOW << _SINCE:
            return bad("power", "the voltage has been too low since the start", _POWER)
        return good("power", "the voltage was never too low since the start")
    alarm = _alarm(machine)
    if alarm is not None:
        if alarm:
            return bad("power", "the voltage was too low since somebody last asked", _POWER)
        return good("power", "the voltage is not too low")
    return unseen("power", _unknown(machine, "its voltage"))


def check_heat(machine: Machine) -> Finding:
    """Fail where the processor is too hot, or was slowed down for it."""
    flags = machine.number(machine.sys / _FIRMWARE, 16)
    thousandths = machine.number(machine.sys / "class/thermal/thermal_zone0/temp")
    celsius = None if thousandths is None else thousandths / 1000
    if celsius is not None and not _THINKABLE_C[0] <= celsius <= _THINKABLE_C[1]:
        celsius = None
    if celsius is not None and celsius >= _HOT_C:
        return bad(
            "heat", f"the processor has {celsius:.0f} degrees Celsius, and slows down", _HEAT
        )
    if flags is not None and flags & (_SLOWED | _SLOWED << _SINCE):
        when = "is" if flags & _SLOWED else "was, since the start,"
        return bad("heat", f"the processor {when} slowed down, by heat or low voltage", _HEAT)
    if celsius is None:
        return unseen("heat", _unknown(machine, "the processor's temperature"))
    warm = "; little room for a summer's day" if celsius >= _WARM_C else ""
    slowed = "" if flags is None else ", and was never slowed down"
    return good("heat", f"the processor has {celsius:.0f} degrees Celsius{slowed}{warm}")


def _alarm(machine: Machine) -> bool | None:
    """Return the kernel's own alarm of low voltage; None where there is none."""
    for sensor in sorted((machine.sys / "class/hwmon").glob("hwmon*")):
        if machine.word(sensor / "name") == "rpi_volt":
            value = machine.number(sensor / "in0_lcrit_alarm")
            return None if value is None else bool(value)
    return None


def _unknown(machine: Machine, what: str) -> str:
    model = machine.word(machine.proc / _MODEL) or ""
    if "Raspberry Pi" in model:
        return f"{model}: its kernel does not tell {what}"
    return f"not a Raspberry Pi: {what} is not told by this machine's kernel"
