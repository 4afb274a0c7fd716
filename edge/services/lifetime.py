"""Processes beside watch put their start and their end on the unit's chain, as watch does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.errors import EdgeError, StoreError
from edge.keys.keeper import RosterKeeper
from edge.log import Log
from edge.services import fingerprint
from edge.services.recorder import Recorder
from edge.store import Store

_log: Final = Log("edge.record")


@contextmanager
def on_record(
    process: str, settings: Settings, store: Store, rosters: RosterKeeper, clock: Clock
) -> Iterator[Recorder]:
    """Record that *process* begins, and that it ends, whatever ends it.

    Changes of settings are watch's to record; a full disk stops neither: the rows wait for room.
    """
    recorder = Recorder(process, store, clock)
    mark = fingerprint.mark(fingerprint.told(settings))
    recorder.started(mark, rosters.roster.sequence, fresh=False)
    try:
        yield recorder
    except BaseException as error:
        _end(recorder, _why(error))
        raise
    _end(recorder, "")


def _why(error: BaseException) -> str:
    """Return what the chain may say: an unexpected error's own words may hold a plate."""
    return str(error) if isinstance(error, EdgeError) else f"an unexpected {type(error).__name__}"


def _end(recorder: Recorder, why: str) -> None:
    try:
        recorder.ended(why)
    except StoreError as error:  # the process ends either way, and with its own error
        _log.warning("the end of the process is not on the record", why=error)
