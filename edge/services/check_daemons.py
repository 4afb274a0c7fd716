"""Do the daemons run now, and will they after a power cut?"""

from typing import Final

from edge.config import Settings
from edge.services.finding import Finding, bad, good, unseen
from edge.services.machine import Machine

DELIVER: Final = "edge-deliver"
CONNECTED: Final = "connected to the broker"  # how its status begins while it is
_MEND: Final = "systemctl enable --now {units}; why one ended: journalctl -u {first}"


def check_daemons(settings: Settings, machine: Machine) -> Finding:
    """Fail where a daemon of this unit is not running, or does not start with the machine."""
    if not machine.systemd:
        return unseen("daemons", "systemd does not run here: who starts the daemons is not known")
    units = ["edge-watch", DELIVER]
    if settings.search.enabled and settings.reads.keep_s > 0:
        units.append("edge-search")
    wrong: dict[str, str] = {}
    for unit in units:
        active = machine.ask(["systemctl", "is-active", unit]) or "not known to systemd"
        enabled = machine.ask(["systemctl", "is-enabled", unit]) or "not known to systemd"
        if active != "active":
            wrong[unit] = f"{unit} is {active}"
        elif not enabled.startswith("enabled"):
            wrong[unit] = f"{unit} runs, and does not start with the machine ({enabled})"
    if wrong:
        mend = _MEND.format(units=" ".join(wrong), first=next(iter(wrong)))
        return bad("daemons", "; ".join(wrong.values()), mend)
    return good("daemons", f"{', '.join(units)} run, and start with the machine")


def deliver_says(machine: Machine) -> str:
    """Return what the sending daemon tells systemd of itself; empty where it does not run."""
    if not machine.systemd or machine.ask(["systemctl", "is-active", DELIVER]) != "active":
        return ""
    return machine.ask(["systemctl", "show", DELIVER, "--property=StatusText", "--value"])
