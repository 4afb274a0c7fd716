"""Searches at this unit: is there a process that answers them, and does it hold its keys?"""

from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.services.finding import Finding, bad, good, unseen
from edge.services.reads_slots import FOLDER, holder_lives
from edge.services.search_folder import read_word

_RUNS: Final = "the process runs: mend what it says; more: journalctl -u edge-search"
_CLOCK: Final = "the process runs: set the clock, as the check of the clock says"
_MEND: Final = "systemctl enable --now edge-search; why it ended: journalctl -u edge-search"


def check_search(settings: Settings, clock: Clock) -> Finding:
    """Fail where reads are kept and nobody holds their keys, or the process has a problem."""
    runtime, keeps = Path(settings.runtime.folder), settings.reads.keep_s > 0
    word = read_word(runtime, clock.now())
    if word is not None and word.problem:
        return bad("search", word.problem, _RUNS if clock.trusted() else _CLOCK)
    if keeps and not holder_lives(runtime / FOLDER):
        sentence = "reads.keep_s asks for kept reads, and no process holds their keys: none is kept"
        return bad("search", sentence, _MEND)
    if word is None:
        return unseen("search", "the searching process does not report: searches wait", _MEND)
    keys = ", and holds the keys of kept reads" if keeps else ""
    return good("search", f"answers searches{keys}")
