"""The server of releases, asked as the unit asks, and how asking has gone so far."""

from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.policy import fetching
from edge.policy.update_index import INDEX, read_index
from edge.services.finding import Finding, bad, good
from edge.services.machine import Machine
from edge.services.update_fetch import server_of
from edge.services.update_fetched import FetchedFolder

RELEASES_MEND: Final = (
    'look at update.fetch_url, its CA and the server (journalctl -u edge-update-fetch); or ""'
)
_TIMER: Final = "edge-update-fetch.timer"


def check_releases(settings: Settings, clock: Clock, machine: Machine) -> Finding:
    """Ask the server of releases for its index; fail where fetching has failed, or does not begin.

    Raises:
        EdgeError: the index cannot be had, or is none.
    """
    section = settings.update
    server = server_of(settings, clock, lambda: "")
    index = read_index(server.index(), section.fetch_url + INDEX)
    state = FetchedFolder(Path(section.folder)).read()
    if state is None:
        why = f"{section.folder}: what is known of fetching cannot be read"
        return bad("releases", why, "sudo edge check; or delete fetched/state.json in it")
    wrong = fetching.trouble(state, clock.now().utc_ns // 1_000_000_000, section.fetch_every_s)
    if wrong:
        return bad("releases", wrong, RELEASES_MEND)
    if machine.systemd:
        enabled = machine.ask(["systemctl", "is-enabled", _TIMER]) or "not known to systemd"
        if not enabled.startswith("enabled"):
            mend = f"systemctl enable --now {_TIMER}"
            return bad("releases", f"{_TIMER} does not start with the machine ({enabled})", mend)
    offers = f"{section.fetch_url} offers {len(index.releases)} releases, as of {index.made}"
    return good("releases", f"{offers}; {state.offered or 'it was not asked by itself yet'}")
