"""Do the daemons run now, and will they after a power cut?"""

from collections.abc import Collection
from typing import Final

from edge.config import Settings
from edge.services.finding import Finding, bad, good, unseen
from edge.services.machine import Machine

DELIVER: Final = "edge-deliver"
CONNECTED: Final = "connected to the broker"  # how its status begins while it is
ELSEWHERE: Final = "elsewhere: "  # how a problem begins there that is not the broker's
WELL: Final = f"{CONNECTED}; all is well"
_MEND: Final = "systemctl enable --now {units}; why one ended: journalctl -u {first}"


def check_daemons(settings: Settings, machine: Machine, still: Collection[str] = ()) -> Finding:
    """Fail where a daemon of this unit is not running, or does not start with the machine.

    Args:
        still: stopped on purpose, by whoever asks: it need not run now.
    """
    if not machine.systemd:
        return unseen("daemons", "systemd does not run here: who starts the daemons is not known")
    units = ["edge-watch", DELIVER]
    if settings.search.enabled and settings.reads.keep_s > 0:
        units.append("edge-search")
    told = {unit: _wrong(unit, machine, still) for unit in units}
    wrong = {unit: sentence for unit, sentence in told.items() if sentence}
    if wrong:
        mend = _MEND.format(units=" ".join(wrong), first=next(iter(wrong)))
        return bad("daemons", "; ".join(wrong.values()), mend)
    stopped = "".join(f"; {unit} was stopped for this test" for unit in units if unit in still)
    running = ", ".join(unit for unit in units if unit not in still)
    return good("daemons", f"{running} run, and all start with the machine{stopped}")


def _wrong(unit: str, machine: Machine, still: Collection[str]) -> str:
    active = machine.ask(["systemctl", "is-active", unit]) or "not known to systemd"
    enabled = machine.ask(["systemctl", "is-enabled", unit]) or "not known to systemd"
    if active != "active" and (unit not in still or active != "inactive"):
        return f"{unit} is {active}"
    if not enabled.startswith("enabled"):
        return f"{unit} does not start with the machine ({enabled})"
    return ""


def deliver_says(machine: Machine) -> str:
    """Return what the sending daemon tells systemd of itself; empty where it does not run."""
    if not machine.systemd or machine.ask(["systemctl", "is-active", DELIVER]) != "active":
        return ""
    return machine.ask(["systemctl", "show", DELIVER, "--property=StatusText", "--value"])
