"""Lists over the broker, on the unit: asks the list desk, and collects what it answers.

Part of the delivering loop, which has one connection for all. Nothing here raises: what fails is a
sentence in health, and alerts go on. What has come of a file stays through any cut, and the next
ask goes on there.
"""

import random
from typing import Final

from edge.clock import Clock, Moment
from edge.config.settings import Settings
from edge.delivery.events import Received
from edge.delivery.list_link import Collecting
from edge.delivery.sender import Publisher
from edge.errors import EdgeError, HotlistError, MessageError
from edge.hotlist.manifest import Manifest
from edge.log import Log
from edge.messages.listing import PiecesPart, build_ask, parse_list
from edge.messages.topics import Kind, topic
from edge.services.list_inbox import ListInbox, Patience

_PART: Final = ".pieces"
_FIRST_S: Final = 5.0  # a street of units gets its power back in the same second
_ANSWER_S: Final = 10.0  # then the pieces are asked for again, from where they ended
_MANIFEST_S: Final = 0.5  # between two manifests that are looked at: a flood must not stop alerts
_SILENT: Final = 4.0  # so many polls without an answer are told
_ASK_EXPIRY_S: Final = 30  # an ask that nobody fetched is asked anew

_log = Log("deliver.lists")


class ListTake:
    """Asks for the manifest, takes one that is sent unasked, and loads what it leads to.

    Attributes:
        topics: to be subscribed; what comes on them goes to :meth:`take`.
        problem: why the newest list cannot be had; empty while all is well.
        loaded: files that came whole, since the start.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        chance: random.Random | None = None,
    ) -> None:
        unit = settings.unit
        self._unit = unit
        self._list = settings.hotlist.list
        self._poll_s = settings.hotlist.poll_s
        self._inbox = ListInbox(settings, clock)
        self._clock = clock
        self._publisher: Publisher | None = None
        self._chance = chance or random.Random()
        self._wrong = Patience(settings.hotlist.poll_s, self._chance)
        self._ask_topic = topic(unit.town, unit.name, Kind.ASK)
        self._manifest: Manifest | None = None
        self._file: Collecting | None = None
        self._online: Moment | None = None
        self._answered: Moment | None = None
        self._ask_at: Moment | None = None
        self._again_at: Moment | None = None
        self._looked: Moment | None = None
        self._refused = ""
        self._unloaded = ""
        self._silent = ""
        self.topics: tuple[str, ...] = (topic(unit.town, unit.name, Kind.LIST),)
        self.loaded = 0

    @property
    def problem(self) -> str:
        """Why the newest list cannot be had, in one line."""
        found = (self._silent, self._refused, self._unloaded, self._inbox.withheld)
        return "; ".join(one for one in found if one)

    def connected(self, publisher: Publisher) -> None:
        """Begin to ask, within seconds."""
        self._publisher = publisher
        self._online = now = self._clock.now()
        self._answered = None
        self._ask_at = now.later(self._chance.uniform(0, min(_FIRST_S, self._poll_s)))
        self._again_at = now if self._file is not None else None

    def lost(self) -> None:
        """Wait for the next connection."""
        self._online = self._ask_at = self._again_at = None
        self._silent = ""

    def stop(self) -> None:
        """Let go of a file that is under way; it goes on after the next start."""
        self._drop()

    def take(self, event: Received) -> bool:
        """Take a message that came on :attr:`topics`; what is lost of it is asked for again."""
        now = self._clock.now()
        try:
            message, content = parse_list(event.payload)
            said = message.payload
            if (message.town, message.unit, said.list) != (
                self._unit.town,
                self._unit.name,
                self._list,
            ):
                raise MessageError(
                    f"list message: is for {message.unit} of {message.town}, list {said.list!r}"
                )
            self._answered, self._silent = now, ""
            if said.digest is None:
                self._take_manifest(content, now)
            elif self._file is not None and said.digest == self._file.offer.digest:
                self._take_piece(self._file, said.offset, content, now)
        except EdgeError as error:
            self._refuse(f"a list over the broker is refused: {error}")
        except OSError as error:
            self._fail(f"{error.filename or self._inbox.folder}: {error.strerror or error}", now)
        return True

    def step(self, now: Moment) -> None:
        """Ask for what is due."""
        if self._online is None:
            return
        if _due(self._ask_at, now) and self._ask(None):
            self._ask_at = now.later(self._poll_s * self._chance.uniform(0.5, 1.0))
            self._listen(now)
            self._look(now)
        if self._file is not None and _due(self._again_at, now) and self._ask(self._file.want()):
            self._again_at = now.later(_ANSWER_S * self._chance.uniform(1.0, 1.5))

    def _take_manifest(self, content: bytes, now: Moment) -> None:
        if not content:  # there is none newer
            self._refused = ""
            return
        if self._looked is not None and now.since(self._looked) < _MANIFEST_S:
            self._ask_at = now.later(2 * _MANIFEST_S)  # the one left out may be the newest
            return
        self._looked = now
        manifest = self._inbox.believed(content, "the manifest of the list desk")
        self._refused = ""
        if manifest != self._manifest:
            self._manifest = manifest
            self._wrong.forget()
        self._look(now)

    def _take_piece(self, file: Collecting, offset: int, content: bytes, now: Moment) -> None:
        try:
            if not file.add(offset, content):
                return
            if file.whole:
                self._finish(file)
                self._look(now)
                return
        except HotlistError as error:
            self._drop()
            file.part.unlink(missing_ok=True)
            self._fail(f"a list was not loaded: {error}", now)
            return
        self._again_at = now if file.served else now.later(_ANSWER_S)

    def _finish(self, file: Collecting) -> None:
        file.check()
        self._file = self._again_at = None
        if self._manifest is not None:
            self._inbox.finish(self._manifest, file.offer, file.part)
            self.loaded += 1

    def _look(self, now: Moment) -> None:
        """Begin with the file that comes next, if it is not under way already."""
        if self._manifest is None:
            return
        if why := self._wrong.why(now):
            self._unloaded = why
            return
        try:
            wanted = self._inbox.wanted(self._manifest)
            self._unloaded = wanted.problem
            following = wanted.offers[0] if wanted.offers else None
            if self._file is not None and self._file.offer == following:
                return
            self._drop()
            self._inbox.tidy(wanted, _PART)
            if following is not None:
                self._begin(Collecting(following, self._inbox.part(following, _PART)), now)
        except HotlistError as error:
            self._fail(f"a list was not loaded: {error}", now)
        except OSError as error:
            self._fail(f"{error.filename or self._inbox.folder}: {error.strerror or error}", now)

    def _begin(self, file: Collecting, now: Moment) -> None:
        self._file, self._again_at = file.open(), now
        if file.whole:  # all of it had come before the cut
            self._finish(file)

    def _ask(self, want: PiecesPart | None) -> bool:
        if self._publisher is None:
            return False
        have = self._manifest.sequence if self._manifest else 0
        now = self._clock.now()
        body = build_ask(self._unit.town, self._unit.name, self._list, have, want, now)
        return self._publisher.publish(self._ask_topic, body, expiry_s=_ASK_EXPIRY_S) is not None

    def _listen(self, now: Moment) -> None:
        """Tell of a desk that says nothing."""
        since = self._answered or self._online
        if since is not None and now.since(since) > _SILENT * self._poll_s:
            self._silent = (
                f"the list desk has not answered for {now.since(since):.0f} s: does "
                "`edge hotlist serve` run, and may it write to this unit's topic 'list'?"
            )

    def _refuse(self, sentence: str) -> None:
        if sentence != self._refused:
            _log.warning(sentence)
        self._refused = sentence

    def _fail(self, sentence: str, now: Moment) -> None:
        self._drop()
        if sentence != self._unloaded:
            _log.warning(sentence)
        self._unloaded = sentence
        self._wrong.wrong(sentence, now)

    def _drop(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self._again_at = None


def _due(at: Moment | None, now: Moment) -> bool:
    return at is not None and now.since(at) >= 0
