"""``edge-watch``: a grabber thread and a line thread, camera to store; a third reads new lists.

It never speaks to the broker. It dies of a broken model, a full store or a recording's error, and
systemd starts it again; a lost camera and a bad hotlist it survives and tells in its health.
"""

import threading
from contextlib import ExitStack
from pathlib import Path

from edge import __version__
from edge.clock import Clock, SystemClock
from edge.config import Settings
from edge.errors import EdgeError, PictureError
from edge.hotlist.keeper import HotlistKeeper
from edge.keys.held import leave_no_dump
from edge.keys.roles import Role
from edge.log import Log
from edge.pipeline import Line
from edge.records import Alert, AlertId, Frame
from edge.services.capture import Capture
from edge.services.corrections import CorrectionWatch, listed_by, open_watch
from edge.services.drift import ViewWatch, open_view_watch
from edge.services.grant_acts import open_grant_acts
from edge.services.grants import FOLDER, GrantFolder, GrantKeeper
from edge.services.heads import HeadFile
from edge.services.keeping import unit_takers
from edge.services.keyring import Keyring, open_keyring
from edge.services.law import check_law
from edge.services.led import open_led
from edge.services.line import open_line
from edge.services.lists import ListWatch, open_folders
from edge.services.metering import open_exposer, shutter_us
from edge.services.notify import Notifier, open_notifier
from edge.services.order_inbox import open_order_folder
from edge.services.own_store import open_own_store
from edge.services.pause import PauseKeeper, PauseWatch
from edge.services.pause_folder import FOLDER as PAUSES
from edge.services.pause_folder import PauseFolder
from edge.services.reads import ReadKeeper
from edge.services.recall import last_words
from edge.services.record import Record, begin, open_record
from edge.services.reload import Reload, open_reload
from edge.services.retune import retuner
from edge.services.sealer import Sealer
from edge.services.sight import Sight
from edge.services.trial import Asked
from edge.services.visitors import Visitors, open_visitors
from edge.services.vitals import Vitals
from edge.services.withdrawals import Withdrawals
from edge.sources.gps import Gps
from edge.sources.mailbox import Mailbox
from edge.sources.open import open_mailbox, open_source

_WAIT_S = 0.25  # without a frame: how often health is written and a stop is noticed
_log = Log("edge.watch")


class Watch:
    """The loop of the line thread.

    Args:
        mailbox: where the grabber leaves frames; empty and not closed while the camera is.
        lists: the thread that keeps the hotlist fresh, asked between frames whether it lives.
        sealer: whose roster and grants are kept fresh between frames.
        withdrawals: looked at between frames.
        corrections: kept fresh between frames; None where there is no folder for them.
        pause: opens and closes the camera; None where it is open from the start.
        record: writes counts and acts between frames; None where nothing is recorded.
        view: shown each frame, to tell whether the camera has moved; None for a car's.
        reload: takes other settings between frames, or asks for an end to begin anew with them.
        visitors: who comes in to look; recorded between frames.
    """

    def __init__(
        self,
        *,
        line: Line,
        mailbox: Mailbox | Capture,
        lists: ListWatch,
        vitals: Vitals,
        notifier: Notifier,
        sealer: Sealer,
        withdrawals: Withdrawals | None = None,
        corrections: CorrectionWatch | None = None,
        pause: PauseWatch | None = None,
        record: Record | None = None,
        view: ViewWatch | None = None,
        reload: Reload | None = None,
        visitors: Visitors | None = None,
    ) -> None:
        self._line = line
        self._mailbox = mailbox
        self._lists = lists
        self._vitals = vitals
        self._notifier = notifier
        self._sealer = sealer
        self._withdrawals = withdrawals
        self._corrections = corrections
        self._pause = pause
        self._record = record
        self._view = view
        self._reload = reload
        self._visitors = visitors
        self._ready = False
        self._stepped = False

    def run(self, stop: threading.Event) -> None:
        """Step until *stop* is set or the recording ends; then end all passes.

        Raises:
            EdgeError: whatever the source, a model or the store failed with; health has told it.
        """
        try:
            self._loop(stop)
            self._notifier.stopping()
            self._line.finish()
        except Exception as error:
            self._close_record(_told(error))
            self._vitals.end(_told(error))
            raise
        self._close_record("")
        self._vitals.end()

    def _close_record(self, why: str) -> None:
        if self._visitors is not None:
            self._visitors.stop()
            self._visitors.step()
        if self._record is not None:
            self._record.end(why)

    def _loop(self, stop: threading.Event) -> None:
        while not stop.is_set() and not self._begins_anew():
            if self._pause is not None and self._pause.step():
                self._rest(stop)
            elif not self._look():
                break
            self._lists.check()
            self._sealer.refresh()
            if self._withdrawals is not None:
                self._withdrawals.refresh()
            if self._corrections is not None:
                self._corrections.refresh()
            if self._visitors is not None:
                self._visitors.step()
            if self._record is not None:
                self._record.step()
            self._vitals.write()
            self._notifier.status(self._vitals.sentence)

    def _begins_anew(self) -> bool:
        if self._reload is None:
            return False
        self._reload.step()
        return self._reload.restart

    def _look(self) -> bool:
        """Take a frame, if one comes; False when none will come any more."""
        frame = self._mailbox.take(_WAIT_S)
        if frame is None and self._mailbox.closed:
            return False
        if frame is not None:
            self._step(frame)
            if self._view is not None:
                self._view.see(frame)
        return True

    def _rest(self, stop: threading.Event) -> None:
        """Read nothing: what has been looked at is the pause, and that feeds the watchdog."""
        self._tell_ready()
        self._notifier.watchdog()
        stop.wait(_WAIT_S)

    def _tell_ready(self) -> None:
        if not self._ready:
            self._ready = True
            self._notifier.ready()

    def _step(self, frame: Frame) -> None:
        """Only a finished step feeds the watchdog: a stuck camera must look stuck."""
        try:
            self._line.step(frame)
        except PictureError as error:
            _log.warning("a frame was left out", number=frame.number, why=error)
            return
        if not self._stepped:
            self._stepped = True
            self._tell_ready()
            _log.info("the first frame has gone down the line")
        self._notifier.watchdog()


def _told(error: Exception) -> str:
    """Return what health may say of *error*: an unexpected one's own words may hold a plate."""
    if isinstance(error, EdgeError):
        return str(error)
    return f"an unexpected {type(error).__name__}: see `journalctl -u edge-watch`"


def _open_hotlist(settings: Settings, clock: Clock) -> HotlistKeeper:
    """Return the list in force, if there is one; without, all the rest goes on."""
    hotlist = HotlistKeeper(settings.hotlist, clock)
    hotlist.refresh()
    if hotlist.problem:
        _log.warning("no hotlist is in force, nothing can alert", why=hotlist.problem)
    return hotlist


def _open_keys(settings: Settings, clock: Clock) -> tuple[Keyring, Sealer]:
    """Return this unit's keys, and what seals its alerts.

    Raises:
        ConfigError: there are none; the text says which commands make them.
    """
    unit, folder = settings.unit, Path(settings.keys.folder)
    keyring = open_keyring(folder, clock, {Role.UNIT}, unit.name, unit.town)
    sealer = Sealer(
        unit=unit,
        categories=settings.categories,
        software=__version__,
        keyring=keyring,
        grants=GrantKeeper(GrantFolder(folder / FOLDER), keyring.rosters, clock),
        clock=clock,
    )
    sealer.refresh()
    if sealer.problem:
        _log.warning("alerts do not reach others", why=sealer.problem)
    return keyring, sealer


def _open_reads(settings: Settings, keyring: Keyring, clock: Clock) -> ReadKeeper | None:
    """Return what seals passes that caused no alert; None where none is kept, as by default."""
    if settings.reads.keep_s <= 0:
        return None
    return ReadKeeper(
        settings.reads,
        settings.store.reserve_mb,
        Path(settings.runtime.folder),
        keyring.identity,
        clock,
    )


def run_watch(settings: Settings, stop: threading.Event, asked: Asked | None = None) -> None:
    """Run the reading daemon until *stop* is set or a recording has been read to its end.

    Args:
        asked: where other settings come from while it runs; None for nowhere.

    Raises:
        EdgeError: a sentence on what could not be opened, or on what broke.
    """
    law = check_law(settings)
    leave_no_dump()  # a core file would hold frames, and plates of cars that are on no list
    clock = SystemClock(settings.clock.trust)
    hotlist = _open_hotlist(settings, clock)
    keyring, sealer = _open_keys(settings, clock)
    runtime = Path(settings.runtime.folder)
    with open_own_store(settings.store, settings.unit.name, keyring.identity, clock) as own:
        store = own.store
        recorder, before = begin(settings, store, keyring.rosters, clock, own.why)
        sealer.record_grants(open_grant_acts(store))

        def commit(alert: Alert) -> AlertId:
            days = alert.verdict.handling.keep_days
            alert_id = store.commit_alert(alert, sealer.build, days)
            withdrawals.note(alert, alert_id)
            record.count(alert)
            return alert_id

        gps = Gps(settings.gps, clock) if settings.gps.enabled else None
        reads = _open_reads(settings, keyring, clock)
        source = open_source(settings.source, clock)
        exposer = open_exposer(settings, source, clock)
        glass, gate, visitors = open_visitors(
            settings,
            keyring,
            clock,
            recorder.tell,
            store.record,
            masked=law.masked,
            shutter=lambda now: shutter_us(now, exposer),
        )
        line = open_line(
            settings,
            clock,
            hotlist,
            commit,
            gps,
            keep=reads.keep if reads else None,
            meter=exposer.see if exposer else None,
            show=glass,
        )
        line.recall(last_words(store, clock, keyring.identity))
        withdrawals = Withdrawals(
            hours=settings.policy.withdraw_hours,
            store=store,
            hotlist=hotlist,
            sealer=sealer,
            own=keyring.identity,
            told=line,
            clock=clock,
        )
        withdrawals.recall()
        capture = Capture(source, lambda: open_mailbox(settings.source, source))
        pauses = PauseFolder(Path(settings.keys.folder) / PAUSES, lasting=True)
        pause = PauseKeeper(
            unit=settings.unit.name,
            folder=pauses,
            store=store,
            rosters=keyring.rosters,
            clock=clock,
        )
        pause.open()
        corrections = settings.policy.corrections
        orders = open_order_folder(
            settings,
            clock,
            listed_by(lambda: hotlist.current),
            pauses,
            unit_takers(store, keyring.identity, Path(corrections) if corrections else None, clock),
        )
        heads = HeadFile(runtime, settings.unit, keyring.identity, store)
        record = open_record(
            settings,
            store,
            keyring.rosters,
            clock,
            line=line,
            hotlist=hotlist,
            orders=orders,
            heads=heads,
            recorder=recorder,
            before=before,
            lost=own.lost,
        )
        reload = open_reload(
            asked, settings, retuner(line, source, exposer, glass), recorder, clock
        )
        view = open_view_watch(settings, clock, recorder.tell)
        vitals = Vitals(
            folder=runtime,
            clock=clock,
            source=source,
            mailbox=capture,
            line=line,
            hotlist=hotlist,
            store=store,
            gps=gps,
            sealer=sealer,
            heads=heads,
            orders=orders,
            record=record,
            pause=pause,
            reads=reads,
            led=open_led(settings.led),
            view=view,
            sight=Sight(line.tally, line.quality, store.audit, clock),
            reload=reload,
            gate=gate,
        )
        vitals.start()
        lists = ListWatch(hotlist, open_folders(settings, clock), orders)
        watch = Watch(
            line=line,
            mailbox=capture,
            lists=lists,
            vitals=vitals,
            notifier=open_notifier(clock),
            sealer=sealer,
            withdrawals=withdrawals,
            corrections=open_watch(settings, line.correct, clock, lambda: hotlist.current),
            reload=reload,
            pause=PauseWatch(
                pause, capture, forget=line.forget, close=record.close, reopen=record.reopen
            ),
            record=record,
            visitors=visitors,
            view=view,
        )
        _log.info("watching", unit=settings.unit.name, source=settings.source.kind)
        with ExitStack() as threads:
            for helper in (gps, reads, visitors):
                if helper is not None:
                    helper.start()
                    threads.callback(helper.stop)
            threads.callback(capture.stop)  # opened by the line, once no pause forbids it
            threads.callback(reload.stop)
            lists.start()
            threads.callback(lists.stop)
            watch.run(stop)
    _log.info("ended", frames=line.tally.frames, alerts=line.tally.alerts)
