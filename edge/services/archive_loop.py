"""The archive's one thread: what came in one transaction, then receipts, then PUBACKs.

A full disk stops the loop at the messages that it could not keep: the broker hands out no more,
units keep theirs, and the same messages are tried again until there is room.
"""

from collections.abc import Sequence
from typing import Final

from edge.archive.asking import Asking
from edge.archive.retention import Retention
from edge.archive.rounds import Rounds
from edge.archive.store import ArchiveStore
from edge.clock import Clock, Moment
from edge.delivery.events import Connected, Event, Lost, Received
from edge.delivery.mqtt import Link
from edge.errors import KeysError, MessageError, StoreFull
from edge.keys.roles import Role
from edge.log import Log
from edge.messages.acts import act_row
from edge.messages.acts_archive import Gap, Silent
from edge.messages.acts_unit import Chain
from edge.messages.topics import Kind, parse_topic
from edge.services.archive_guests import Guest
from edge.services.archive_intake import Intake, Reply
from edge.services.keyring import Keyring

_POLL_S: Final = 0.2
_BURST: Final = 200
_TICK_S: Final = 1.0
_ERASE_S: Final = 60.0
_LOG: Final = Log("archive")


class ArchiveLoop:
    """Events from the broker in; receipts, questions and alarms out.

    Attributes:
        problems: what is wrong, as sentences, the gravest first; another thread may read it.
        version: grows with each change that a page would show.
        sentence: how it goes, for ``systemctl status``.
    """

    def __init__(
        self,
        *,
        keyring: Keyring,
        store: ArchiveStore,
        link: Link,
        intake: Intake,
        asking: Asking,
        retention: Retention,
        silent_after_s: float,
        guests: Sequence[Guest],
        clock: Clock,
    ) -> None:
        self._keyring = keyring
        self._store = store
        self._link = link
        self._intake = intake
        self._asking = asking
        self._retention = retention
        self._rounds = Rounds(store)
        self._silent_after_s = silent_after_s
        self._guests = tuple(guests)
        self._clock = clock
        self._begun = clock.now()
        self._heard: dict[str, Moment] = {}
        self._silent: set[str] = set()
        self._waiting: list[Received] = []
        self._ticked: Moment | None = None
        self._erased: Moment | None = None
        self._broker = "connecting to the broker"
        self._disk = ""
        self.problems: tuple[str, ...] = ()
        self.version = 1

    @property
    def sentence(self) -> str:
        """How it goes."""
        told = self.problems[0] if self.problems else f"{self._intake.taken} letters kept"
        more = f" (and {len(self.problems) - 1} more problems)" if len(self.problems) > 1 else ""
        return f"{self._broker or 'connected to the broker'}; {told}{more}"

    def step(self) -> None:
        """Wait a moment for the broker, then do what has become due.

        Raises:
            StoreError: the store failed; what was not confirmed comes again after a restart.
        """
        if not self._waiting:
            self._collect()
        now = self._clock.now()
        due = self._ticked is None or now.since(self._ticked) >= _TICK_S
        if self._waiting and (not self._disk or due):
            self._keep()
        if due:
            self._ticked = now
            self._tick(now)
        if self._disk:
            self._clock.sleep(_POLL_S)  # nothing is taken off the broker meanwhile

    def stop(self) -> None:
        """End the guests."""
        for one in self._guests:
            one.stop()

    def _collect(self) -> None:
        event: Event | None = self._link.take(_POLL_S)
        for _ in range(_BURST):
            if event is None:
                return
            match event:
                case Received():
                    self._waiting.append(event)
                case Connected():
                    self._connected(event)
                case Lost():
                    self._lost(event)
            event = self._link.take(0)

    def _connected(self, event: Connected) -> None:
        self._broker = ""
        if event.refused:
            self._broker = f"the broker does not let us hear {' and '.join(event.refused)}"
        _LOG.info("connected to the broker", resumed=event.resumed, refused=event.refused)
        self.version += 1

    def _lost(self, event: Lost) -> None:
        if event.sentence != self._broker:
            _LOG.warning(event.sentence, next_try_s=round(event.wait_s, 1))
            self.version += 1
        self._broker = event.sentence

    def _keep(self) -> None:
        """Keep all that waits in one transaction; only then tell senders and the broker."""
        replies: list[Reply] = []
        try:
            with self._store.transaction():
                for event in self._waiting:
                    replies += self._sort(event)
        except StoreFull as error:
            if not self._disk:
                _LOG.error(str(error), waiting=len(self._waiting))
            self._disk = str(error)
            return
        if self._disk:
            _LOG.info("there is room again", waiting=len(self._waiting))
        self._disk = ""
        self._say(replies)
        for event in self._waiting:
            self._link.done(event)
        self._waiting.clear()
        self.version += 1

    def _sort(self, event: Received) -> Sequence[Reply]:
        """Take one message; what is not to be believed leaves nothing behind."""
        try:
            where = parse_topic(event.topic)
            with self._store.attempt():
                guest = self._guest(event.topic)
                replies = guest.take(event) if guest else self._intake.take(where, event)
        except (KeysError, MessageError) as error:
            self._intake.refuse(str(error))
            return ()
        if not event.retained and where.kind is not Kind.SEARCH:  # that is for it, not from it
            self._heard[where.unit] = self._clock.now()
        return replies

    def _guest(self, topic: str) -> Guest | None:
        levels = topic.split("/")

        def hears(wanted: str) -> bool:
            asked = wanted.split("/")
            return len(asked) == len(levels) and all(
                one in {"+", other} for one, other in zip(asked, levels, strict=True)
            )

        return next((one for one in self._guests if any(map(hears, one.topics))), None)

    def _say(self, replies: Sequence[Reply]) -> None:
        for where, blob in replies:
            # without a connection none is sent: the sender sends again, and gets it then
            self._link.publish(where, blob)

    def _tick(self, now: Moment) -> None:
        self._keyring.rosters.refresh()
        try:
            self._due(now)
            self._disk = self._disk if self._waiting else ""
        except StoreFull as error:
            self._disk = self._disk or str(error)
        found = self._found()
        if found != self.problems:
            for one in found:
                if one not in self.problems:
                    _LOG.warning(one)
            self.problems = found
            self.version += 1

    def _due(self, now: Moment) -> None:
        for standing, vain in self._asking.due(now):
            told = standing
            if vain and standing.number > standing.proven:
                told = self._store.books.retreat(standing.name, standing.epoch, now)
                self._asking.note(told, now)
            self._say([self._intake.receipt(told, now)])
        for one in self._asking.changes(now):
            gap = Gap(
                act="open" if one.act == "open" else "closed",
                name=one.name,
                epoch=one.epoch,
                first=one.first,
                last=one.last,
            )
            self._store.record("gap", act_row("gap", gap))
        self._listen(now)
        self._round()
        for guest in self._guests:
            self._say(guest.step(now))
        if self._erased is None or now.since(self._erased) >= _ERASE_S:
            self._erased = now
            gone = self._retention.run(now)
            if gone:
                _LOG.info("erased after their days", letters=gone)

    def _round(self) -> None:
        """Read a little of what is held; who changed it in the database is found."""
        found = self._rounds.step()
        if found is None:
            return
        broken = self._rounds.found[found]
        act = Chain(name=found[0], epoch=found[1], number=broken.number, sentence=broken.reason)
        self._store.record("chain", act_row("chain", act))

    def _listen(self, now: Moment) -> None:
        """Find the units that are silent, and those that are heard again."""
        at = self._keyring.rosters.at()
        units = {one.name for one in self._keyring.rosters.roster.recipients(Role.UNIT, at)}
        silent = {
            name
            for name in units
            if now.since(self._heard.get(name, self._begun)) > self._silent_after_s
        }
        for name in sorted(silent - self._silent):
            self._note_silence(name, silent=True)
        for name in sorted((self._silent & units) - silent):
            self._note_silence(name, silent=False)
        self._silent = silent

    def _note_silence(self, name: str, *, silent: bool) -> None:
        since = self._heard.get(name, self._begun)
        act = Silent(act="silent" if silent else "heard", name=name, since=since.iso())
        self._store.record("silent", act_row("silent", act))
        _LOG.info("a unit is silent" if silent else "a unit is heard again", unit=name)

    def _found(self) -> tuple[str, ...]:
        """Return what is wrong, the gravest first."""
        found = [self._disk, self._keyring.problem, *self._intake.broken]
        found += [
            f"the chain of {name} was changed in the archive's own database: {broken.reason}"
            for (name, _), broken in self._rounds.found.items()
        ]
        if self._intake.contradicted:
            found.append(
                f"{self._intake.contradicted} letters came under the number of another one:"
                " somebody may be forging"
            )
        found.append(self._broker)
        found += self._asking.gaps
        found += [f"{name} is silent since {self._last(name)}" for name in sorted(self._silent)]
        if not self._clock.trusted():
            found.append("the clock has not been set by anything trustworthy: nothing is erased")
        for guest in self._guests:
            found += guest.problems
        return tuple(one for one in found if one)

    def _last(self, name: str) -> str:
        heard = self._heard.get(name)
        return heard.iso() if heard else "before this archive was started"
