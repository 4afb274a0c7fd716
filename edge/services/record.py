"""Watch's record: all that it puts on the chain by itself, stepped between frames."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from edge.clock import Clock
from edge.config import Settings, load
from edge.errors import StoreError, StoreFull
from edge.hotlist.keeper import HotlistKeeper
from edge.keys.keeper import RosterKeeper
from edge.log import Log
from edge.pipeline import Line
from edge.records import Alert
from edge.services import fingerprint
from edge.services.clips import ClipEnd
from edge.services.counts import Counts
from edge.services.heads import HeadFile
from edge.services.news import ClockNews, ListNews, OrderNews, RosterNews
from edge.services.order_inbox import OrderFolder
from edge.services.past import Past
from edge.services.recorder import Recorder
from edge.services.update_news import UpdateNews
from edge.store import Store

PROCESS: Final = "watch"
_log: Final = Log("edge.record")


class News(Protocol):
    """Something that may change."""

    def step(self) -> None:
        """Record what did."""


class Record:
    """One process's record; only the line's thread calls it.

    Args:
        heads: signs how far the chain has come.

    Attributes:
        updates: what root's updater did, which health tells as well; one of *news*.
    """

    def __init__(
        self,
        recorder: Recorder,
        counts: Counts,
        past: Past,
        news: Sequence[News],
        heads: HeadFile,
        clock: Clock,
        lost: str = "",
        updates: UpdateNews | None = None,
    ) -> None:
        self.updates = updates
        self._recorder = recorder
        self._counts = counts
        self._past = past
        self._news = tuple(news)
        self._heads = heads
        self._clock = clock
        self._lost = lost

    @property
    def problem(self) -> str:
        """What is wrong with the record, for health; empty when nothing is."""
        return "; ".join(
            one for one in (self._lost, self._past.problem, self._recorder.problem) if one
        )

    def step(self) -> None:
        """Write what is due, and look at a few rows of the past."""
        self._counts.step()
        for one in self._news:
            one.step()
        self._past.step()
        self._recorder.settle()

    def count(self, alert: Alert) -> None:
        """Count an alert that is safe."""
        self._counts.count(alert)

    def close(self) -> None:
        """Write the counts before a pause.

        Raises:
            StoreFull: they wait for room; call again.
        """
        self._counts.pause()
        self._recorder.settle()
        if self._recorder.waits:
            raise StoreFull(self._recorder.problem)

    def reopen(self) -> None:
        """Write the row of a pause, in which nothing was counted; counting begins anew."""
        self._counts.resume()

    def end(self, why: str = "") -> None:
        """Write the last counts and the end, and sign them."""
        try:
            self._counts.end()
            self._recorder.ended(why)
            self._heads.seal(self._clock.now())
        except (StoreError, OSError) as error:
            _log.warning("the end of the process is not on the record", why=error)


def open_record(
    settings: Settings,
    store: Store,
    rosters: RosterKeeper,
    clock: Clock,
    *,
    line: Line,
    hotlist: HotlistKeeper,
    orders: OrderFolder | None,
    heads: HeadFile,
    recorder: Recorder,
    before: str,
    lost: str,
) -> Record:
    """Return watch's record, with the start on it.

    Args:
        before: when the newest row of an earlier process was written; empty for a new store.
        lost: what became of an earlier store whose keys are lost; empty where there is none.
    """
    folder = Path(settings.hotlist.folder) if settings.hotlist.folder else None
    updates = UpdateNews(Path(settings.update.folder), recorder, clock)
    news: list[News] = [
        ClockNews(recorder, clock, before),
        RosterNews(rosters, recorder),
        ListNews(hotlist, folder, recorder, clock),
        ClipEnd(store, recorder, clock),
        updates,
    ]
    if orders is not None:
        news.append(OrderNews(lambda: orders.told, recorder, lambda one: orders.kinds.get(one, ())))
    counts = Counts(line.tally, clock, lambda row: recorder.tell("hour", row))
    past = Past(store.audit, store.proofs, store.epoch, recorder)
    return Record(recorder, counts, past, news, heads, clock, lost, updates)


def begin(
    settings: Settings, store: Store, rosters: RosterKeeper, clock: Clock, why_new: str
) -> tuple[Recorder, str]:
    """Record the settings and the start; return the recorder, and when the last row was written.

    Raises:
        StoreFull: the settings changed, and that cannot be recorded: the process must not begin.
    """
    head = store.audit.head()
    recorder = Recorder(PROCESS, store, clock)
    mark = recorder.settings(fingerprint.told(settings), fingerprint.told(load([]).settings))
    recorder.started(mark, rosters.roster.sequence, why_new, fresh=head is None)
    return recorder, head.at if head else ""
