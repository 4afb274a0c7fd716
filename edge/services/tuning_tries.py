"""Wrong passwords on the technician's page: waited for here, told to watch for the chain."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from edge.clock import Moment
from edge.errors import GlassError
from edge.log import Log
from edge.services.glass_link import GlassLink, tell_refused
from edge.services.glass_refused import Untold
from edge.store.tries import FIRST_S, FREE, LONGEST_S

_WRONG: Final = "wrong password on the technician's page"
_log: Final = Log("edge.tuning")


class Tries:
    """Wrong passwords since this process began (see :class:`edge.web.console.officers.Wrong`)."""

    def __init__(self, untold: Untold) -> None:
        self._untold = untold
        self._failed: dict[str, tuple[int, Moment]] = {}

    def wait_s(self, name: str, now: Moment) -> float:
        """Return the seconds until the next try for *name* is looked at; 0 for at once."""
        if name not in self._failed or self._failed[name][0] < FREE:
            return 0.0
        count, last = self._failed[name]
        wait = min(FIRST_S * 2.0 ** min(count - FREE, 30), LONGEST_S)
        return max(0.0, wait - now.since(last))

    def failed(self, name: str, now: Moment) -> None:
        """Count a wrong password."""
        count = self._failed.get(name, (0, now))[0] + 1
        self._failed[name] = count, now
        self._untold.add(name, _WRONG, count)
        _log.warning("a wrong password on the technician's page", name=name or "nobody here")

    def clear(self, name: str) -> None:
        """Forget the wrong ones: the right one has come."""
        self._failed.pop(name, None)


class Journal:
    """What the log-ins tell here; their place on the chain is watch's to write."""

    def __init__(self) -> None:
        self.untold = Untold()
        self.tries = Tries(self.untold)

    def record(self, kind: str, payload: Mapping[str, Any]) -> object:
        """Tell the journal; who was refused with the right password, watch as well."""
        if kind == "log-in-refused":
            self.untold.add(str(payload["officer"]), str(payload["why"])[:300])
        _log.info(kind, **{name: str(value) for name, value in payload.items()})
        return None

    def log_in(self, officer: str, payload: Mapping[str, Any]) -> object:
        """Tell the journal, and forget the wrong passwords."""
        self.tries.clear(officer)
        return self.record("log-in", payload)

    def tell(self, runtime: Path, link: GlassLink | None) -> None:
        """Tell watch who was refused; what it cannot take now, it is told again."""
        if not self.untold:
            return
        told = self.untold.take()
        try:
            if link is None:
                tell_refused(runtime, told)
            else:
                link.tell(told)
        except (OSError, GlassError):  # watch does not run: the journal has it already
            self.untold.back(told)
