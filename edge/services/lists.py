"""The threads that install and take newer lists and orders, beside the line.

Half a million entries take seconds to read.
"""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from edge.clock import Clock
from edge.config import Settings
from edge.hotlist.keeper import HotlistKeeper
from edge.keys.trust import open_trust
from edge.log import Log
from edge.services.install import Installer
from edge.services.install_folders import Folders
from edge.services.order_inbox import OrderFolder

_LOOK_S = 0.25  # the keeper itself looks at the file only every reload_s
_PATIENCE_S = 1.0  # a large list takes longer to read than systemd waits for an end

_log = Log("edge.lists")


class ListWatch:
    """Refreshes a keeper beside the line, which goes on with the list in force.

    Args:
        folders: where signed lists arrive; None takes none.
        orders: where the town's orders arrive; None takes none.

    An error in a thread is deadly: :meth:`check` raises it in the line's thread.
    """

    def __init__(
        self,
        keeper: HotlistKeeper,
        folders: Folders | None = None,
        orders: OrderFolder | None = None,
    ) -> None:
        self._keeper = keeper
        self._folders = folders
        self._orders = orders
        self._stop = threading.Event()
        # an order to stop reading waits for no list
        looks = {"lists": self._look, "orders": self._take} if orders else {"lists": self._look}
        self._threads = [
            threading.Thread(target=self._run, args=(look,), name=name, daemon=True)
            for name, look in looks.items()
        ]
        self._error: BaseException | None = None

    def start(self) -> None:
        """Begin; to be called once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; a list that is being read is abandoned, which costs nothing but its reading."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE_S)

    def check(self) -> None:
        """Raise what ended the thread, if anything did."""
        if self._error is not None:
            raise self._error

    def _run(self, look: Callable[[], None]) -> None:
        try:
            while not self._stop.wait(_LOOK_S):
                look()
        except Exception as error:  # noqa: BLE001 - nothing is swallowed: check() raises it
            self._error = error

    def _take(self) -> None:
        if self._orders is not None:
            self._orders.look()

    def _look(self) -> None:
        """Refresh, and tell the journal what changed: once, not at each look."""
        before = self._keeper.problem
        if self._folders is not None:
            self._folders.look()
            self._keeper.refused = self._folders.problem
            self._keeper.doubt(self._folders.doubt)
        if self._keeper.refresh() and self._keeper.current is not None:
            version = self._keeper.current.version
            _log.info("another hotlist is in force", list=version.version, entries=version.entries)
        problem = self._keeper.problem
        if problem and problem != before:
            _log.warning("the hotlist is refused, the last good one holds", why=problem)


def open_folders(settings: Settings, clock: Clock) -> Folders | None:
    """Return what installs the signed lists that arrive at this unit; None where none are taken."""
    section = settings.hotlist
    if not section.folder:
        return None
    keys = Path(settings.keys.folder)
    installer = Installer(section, settings.unit.town, partial(open_trust, keys), clock)
    inbox = Path(section.inbox) if section.inbox else None
    return Folders(installer, inbox, [Path(one) for one in section.sticks], clock, section.reload_s)
