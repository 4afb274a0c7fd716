"""Send the chain to the town's archives: after the alerts, little at a time, until they hold it.

An archive answers each batch with the number up to which it holds the chain. What lies beyond is
sent again after a doubling wait; a lower number than before asks to go back. Nothing here may
delay an alert: one batch at a time, none while an alert waits, and none twice a second.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from edge.clock import Moment
from edge.delivery.sender import Publisher
from edge.errors import KeysError, MessageError, StoreError, StoreFull
from edge.keys.keeper import RosterKeeper
from edge.keys.roles import Role
from edge.log import Log
from edge.messages.chain import build_chain
from edge.messages.chain_receipt import ChainReceipt, open_chain_receipt
from edge.messages.head import own_head
from edge.messages.topics import Kind, topic
from edge.store.proofs import Proofs, Standing

FIRST_WAIT_S: Final = 15.0
LONGEST_WAIT_S: Final = 3600.0
PAUSE_S: Final = 0.5  # between two batches
LULL_S: Final = 5.0  # so long fresh rows are gathered before they go
_MANY: Final = 50  # rows that go at once
_HELD_S: Final = 60.0  # while alerts wait for so long, one batch goes nevertheless
_LATE_S: Final = 3600.0  # an archive that lags for so long is told in health
_EXPIRY_S: Final = 3600
_LOG: Final = Log("chain")


@dataclass(slots=True)
class _Archive:
    """What is known of one archive."""

    standing: Standing
    wait_s: float = FIRST_WAIT_S
    due: Moment | None = None
    lags: Moment | None = None
    differs: str = ""


@dataclass(slots=True)
class ChainSender:
    """One party's chain on its way.

    Attributes:
        town, name, epoch: whose.
        head: returns the newest signed head; empty where there is none yet.
        busy: says whether something more urgent waits.
        refused: receipts refused since the start.
        published: batches sent since the start.
    """

    town: str
    name: str
    epoch: str
    proofs: Proofs
    head: Callable[[], bytes]
    rosters: RosterKeeper
    publisher: Publisher
    busy: Callable[[], bool]
    refused: int = field(default=0, init=False)
    published: int = field(default=0, init=False)
    _online: bool = field(default=False, init=False)
    _sent: Moment | None = field(default=None, init=False)
    _held: Moment | None = field(default=None, init=False)
    _archives: dict[str, _Archive] = field(default_factory=dict, init=False)
    _stuck: str = field(default="", init=False)

    @property
    def problem(self) -> str:
        """What keeps the record from an archive; empty when nothing does."""
        differs = next((one.differs for one in self._archives.values() if one.differs), "")
        return self._stuck or differs or self._late()

    @property
    def confirmed(self) -> int | None:
        """Return the newest row that every archive holds; None where there is no archive."""
        return min((one.standing.number for one in self._archives.values()), default=None)

    def connected(self) -> None:
        """Begin: whatever an archive lacks is due now."""
        self._online = True
        for one in self._archives.values():
            one.due, one.wait_s = None, FIRST_WAIT_S

    def lost(self) -> None:
        """Wait for the next connection."""
        self._online = False

    def step(self, now: Moment) -> None:
        """Send one batch if one is due and nothing more urgent waits."""
        if not self._online or (self._sent is not None and now.since(self._sent) < PAUSE_S):
            return
        self._sent = now
        self._know()
        if not self._archives or self._waits(now):
            return
        try:
            blob = self.head()
            self._send(blob, now)
        except (KeysError, MessageError, StoreError, OSError) as error:
            if not self._stuck:
                _LOG.warning("the record is not sent", why=error)
            self._stuck = f"the record is not sent to the archive: {error}"
        else:
            self._stuck = ""

    def receipt(self, blob: bytes) -> None:
        """Take what came on the receipt topic and calls itself a receipt for rows.

        Only that of an archive on the town's roster counts, and only for this very chain.
        """
        try:
            found = open_chain_receipt(blob, self.rosters.roster, self.rosters.at())
        except (KeysError, MessageError) as error:
            self._refuse(str(error))
            return
        if (found.name, found.epoch) != (self.name, self.epoch):
            self._refuse(f"it is for {found.name}/{found.epoch}")
            return
        self._know()
        known = self._archives.get(found.archive)
        if known is not None:
            self._take(found, blob, known)

    def _take(self, found: ChainReceipt, blob: bytes, known: _Archive) -> None:
        before = known.standing
        if found.number <= before.number and found.at <= before.at:
            return  # an old one, played back
        own = self.proofs.row(found.number)
        if found.number and (own is None or own.hash != found.hash):
            self._differ(found, known)
            return
        known.differs = ""
        progress = found.number > before.number
        known.standing = Standing(found.number, found.at)
        known.due = None
        if progress:
            known.wait_s, known.lags = FIRST_WAIT_S, None
        try:
            self.proofs.note(found, blob)
        except StoreFull as error:
            _LOG.warning("no space to note an archive's receipt", why=error)
        if found.number < before.number:
            _LOG.info("an archive asks for rows again", archive=found.archive, after=found.number)

    def _waits(self, now: Moment) -> bool:
        """Say whether alerts go before; but an endless backlog of them must not hide the record."""
        if not self.busy():
            self._held = None
            return False
        self._held = self._held or now
        if now.since(self._held) < _HELD_S:
            return True
        self._held = None
        return False

    def _send(self, blob: bytes, now: Moment) -> None:
        head = own_head(blob) if blob else None
        if head is None or head.epoch != self.epoch:
            return
        chosen = self._choose(head.audit_number, now)
        if chosen is None:
            return
        batch = self.proofs.batch(chosen.standing.number, head.audit_number)
        if not batch.rows:
            return
        roster, at = self.rosters.roster, self.rosters.at()
        recipients = [*roster.recipients(Role.ARCHIVE, at), *roster.recipients(Role.AUDITOR, at)]
        body = build_chain(
            self.town, self.name, self.epoch, batch.rows, batch.payloads, blob, recipients, now
        )
        where = topic(self.town, self.name, Kind.CHAIN)
        if self.publisher.publish(where, body, expiry_s=_EXPIRY_S) is None:
            return
        self.published += 1
        for one in self._archives.values():
            if one.standing.number == chosen.standing.number:
                one.due = now.later(one.wait_s)
                one.wait_s = min(2.0 * one.wait_s, LONGEST_WAIT_S)

    def _choose(self, head: int, now: Moment) -> _Archive | None:
        """Return the archive to send to next: one that lags, and the one that waits longest."""
        due = []
        for one in self._archives.values():
            lag = head - one.standing.number
            if lag <= 0:
                one.lags = None
                continue
            one.lags = one.lags or now
            if one.due is None and lag < _MANY:
                one.due = now.later(LULL_S)  # a few fresh rows: more may come along
            if one.due is None or now.since(one.due) >= 0:
                due.append(one)
        return min(due, key=lambda one: one.due.monotonic_ns if one.due else 0, default=None)

    def _know(self) -> None:
        """Learn who is an archive of the town now."""
        roster, at = self.rosters.roster, self.rosters.at()
        names = {party.name for party in roster.recipients(Role.ARCHIVE, at)}
        if names == set(self._archives):
            return
        standings = self.proofs.standings()
        fresh = Standing(0, "")
        self._archives = {
            name: self._archives.get(name) or _Archive(standings.get(name, fresh))
            for name in sorted(names)
        }

    def _differ(self, found: ChainReceipt, known: _Archive) -> None:
        sentence = (
            f"{found.archive} holds another row {found.number} of this record than this disk: one"
            " of them was changed or cut; keep both, and compare them with `edge audit verify`"
        )
        if not known.differs:
            _LOG.error(sentence)
        known.differs = sentence

    def _late(self) -> str:
        newest = self._sent
        for name, one in self._archives.items():
            if newest and one.lags and newest.since(one.lags) > _LATE_S:
                return (
                    f"{name} has held the record up to row {one.standing.number} for more than an"
                    " hour: is the archive running?"
                )
        return ""

    def _refuse(self, reason: str) -> None:
        self.refused += 1
        if self.refused & (self.refused - 1) == 0:  # a flood must not fill the journal
            _LOG.warning("a receipt for rows is refused", why=reason, refused=self.refused)
