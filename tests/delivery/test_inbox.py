"""The receiver's side: kept before it is shown, shown once, answered always."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.clock import Moment
from edge.delivery.events import Received
from edge.delivery.inbox import Heard, Inbox
from edge.errors import KeysError, MessageError, StoreError
from edge.keys.keeper import RosterKeeper
from edge.messages.envelope import digest
from edge.messages.letter import pack, unpack
from edge.messages.receipt import ReceiptMessage, open_receipt
from edge.records import AlertId
from tests.alerts import UNIT, a_jpeg, an_alert, sealed
from tests.fakes import START, FakeClock
from tests.keys.cast import ROSTER, keys_folder, keys_of

EPOCH = "ab" * 16
TOPIC = "edge/v1/windsor/bridge-2/alert"


def alert(sequence: int = 1, revision: int = 0, stored: Moment = START, **changes: object) -> bytes:
    """Return an alert as it comes from the broker; sealed anew each time."""
    number = AlertId(UNIT.name, EPOCH, sequence)
    return pack(sealed(an_alert(**changes), number, revision, stored))


ALERT = alert()


def came(body: bytes, topic: str = TOPIC) -> Received:
    return Received(topic, body, 1, retained=False)


def inbox_in(folder: Path, name: str = "archive") -> Inbox:
    rosters = RosterKeeper(keys_folder(folder / "keys", name), FakeClock())
    rosters.open()
    return Inbox(folder / "state", keys_of(name), rosters, FakeClock())


def said(receipt: bytes) -> ReceiptMessage:
    return open_receipt(receipt, ROSTER, ROSTER.issued)


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with inbox_in(tmp_path) as opened:
        yield opened


def test_alert_is_kept_and_answered(inbox: Inbox):
    """The crop lies under the alert's number; the signed receipt names the sealed words."""
    heard = inbox.take(came(ALERT))
    assert heard.show
    assert heard.crop is not None
    assert heard.crop.name == "bridge-2-abababab-1-0.jpg"
    assert heard.crop.read_bytes() == a_jpeg()
    assert heard.receipt_topic == "edge/v1/windsor/bridge-2/receipt"
    payload = said(heard.receipt).payload
    mark = digest(unpack(ALERT, "it", 10**6).body)
    assert (payload.receiver, payload.sequence, payload.digest) == ("archive", 1, mark)


def test_sent_again_is_answered_and_not_shown(inbox: Inbox, tmp_path: Path):
    """The same alert again, now or after a restart: a receipt, nothing to show."""
    inbox.shown(inbox.take(came(alert())))
    again = inbox.take(came(alert()))
    assert not again.show
    assert said(again.receipt).payload.sequence == 1
    with inbox_in(tmp_path) as later:
        assert list(later.unshown()) == []
        assert not later.take(came(alert())).show


def test_revision_is_shown_and_an_older_one_is_not(inbox: Inbox):
    """A newer revision is news; an older one that comes late is answered only."""
    inbox.shown(inbox.take(came(alert(revision=1))))
    assert not inbox.take(came(alert(revision=0))).show
    assert inbox.take(came(alert(revision=2))).show


def test_crash_before_showing_loses_nothing(inbox: Inbox, tmp_path: Path):
    """What was taken and not shown is shown after a restart, once, with its crop."""
    crop = inbox.take(came(alert())).crop
    assert crop is not None
    crop.unlink()  # the crash may have come before it was written
    with inbox_in(tmp_path) as later:
        shown = list(later.unshown())
        assert [(one.message.sequence, one.recovered) for one in shown] == [(1, True)]
        assert crop.exists()
        later.shown(shown[0])
        assert list(later.unshown()) == []
        assert not later.take(came(alert())).show


def test_a_burst_is_kept_together(inbox: Inbox, tmp_path: Path):
    """Good, forged, foreign, doubled and older ones of one burst are each judged on their own."""
    forged = alert(text="ZZ99999")
    burst = [alert(), alert(2, 1), alert(2), forged, b"{}", alert(), alert(3)]
    heard = inbox.take_all([came(one) for one in burst])
    kept = [one for one in heard if isinstance(one, Heard)]
    assert [(one.message.sequence, one.message.revision, one.show) for one in kept] == [
        (1, 0, True),
        (2, 1, True),
        (2, 0, False),
        (1, 0, False),
        (3, 0, True),
    ]
    assert [type(heard[at]).__name__ for at in (3, 4)] == ["MessageError", "MessageError"]
    inbox.shown(kept[0])
    with inbox_in(tmp_path) as later:
        assert [one.message.sequence for one in later.unshown()] == [2, 3]


def test_what_can_no_longer_be_opened_is_let_go(inbox: Inbox, tmp_path: Path):
    """A letter kept before this receiver got other keys is told of once, and not for ever."""
    inbox.take(came(alert()))
    rosters = RosterKeeper(tmp_path / "keys", FakeClock())
    rosters.open()
    with Inbox(tmp_path / "state", keys_of("dispatch"), rosters, FakeClock()) as later:
        assert list(later.unshown()) == []
        assert later._seen.unshown() == []


def test_forgery_of_a_known_number_is_refused(inbox: Inbox, tmp_path: Path):
    """Other bytes under a known number: an error, no receipt, the true crop stays."""
    heard = inbox.take(came(alert()))
    inbox.shown(heard)
    assert heard.crop is not None
    before = heard.crop.read_bytes()
    with pytest.raises(MessageError, match="forging"):
        inbox.take(came(alert(text="ZZ99999", crop_jpeg=a_jpeg(seed=7))))
    assert heard.crop.read_bytes() == before
    with inbox_in(tmp_path) as later:
        assert list(later.unshown()) == []


@pytest.mark.parametrize(
    "topic",
    [
        "edge/v1/windsor/bridge-3/alert",
        "edge/v1/hartford/bridge-2/alert",
        "edge/v1/windsor/../alert",
        "other",
        "",
    ],
)
def test_unit_speaks_only_for_itself(inbox: Inbox, topic: str):
    """An alert on another unit's or town's topic is refused and leaves nothing."""
    with pytest.raises(MessageError):
        inbox.take(came(alert(), topic))
    assert list(inbox.unshown()) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"\x00" * 100, b"{" * 9999, ALERT[:100]],
    ids=["empty", "null", "zeros", "braces", "cut"],  # a sealed one is another in each process
)
def test_garbage_is_refused(inbox: Inbox, body: bytes):
    """Bytes that are no letter are an error with a sentence."""
    with pytest.raises(MessageError, match="letter"):
        inbox.take(came(body))


def test_a_broken_picture_is_refused_and_a_lost_one_is_not(inbox: Inbox):
    """Words without their picture are shown; beside a picture that was changed they are not."""
    with pytest.raises(KeysError, match="not its own"):
        inbox.take(came(ALERT[:-1]))
    letter = unpack(ALERT, "it", 10**6)
    heard = inbox.take(came(ALERT[: -len(letter.picture)]))
    assert heard.show
    assert heard.crop is None


def test_the_same_words_sealed_again_are_not_shown_again(inbox: Inbox):
    """Who may open an alert can seal it anew; it stays the same alert, and nobody's forgery."""
    inbox.shown(inbox.take(came(ALERT)))
    assert alert() != ALERT
    assert not inbox.take(came(alert())).show


def test_what_is_not_for_us_stays_shut(tmp_path: Path):
    """A receiver that the alert is not sealed to keeps nothing and answers nothing."""
    with inbox_in(tmp_path, "bristol-pd") as stranger:
        with pytest.raises(KeysError, match="not sealed to bristol-pd"):
            stranger.take(came(ALERT))
        assert list(stranger.unshown()) == []


def test_alert_without_picture_is_shown(inbox: Inbox):
    """A unit without room for pictures still alerts."""
    heard: Heard = inbox.take(came(alert(crop_jpeg=b"")))
    assert heard.show
    assert heard.crop is None


def test_folder_that_cannot_be_made_is_told(tmp_path: Path):
    """A file where the folder should be ends the start with its name."""
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(StoreError, match="state"):
        inbox_in(tmp_path).__enter__()


def test_folder_is_private(inbox: Inbox, tmp_path: Path):
    """Crops are for this user only."""
    assert inbox is not None
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0
