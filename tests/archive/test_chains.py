"""Chains as an archive takes them, on both databases."""

from dataclasses import replace

import pytest

from edge.archive.database import update
from edge.archive.rounds import Rounds
from edge.archive.store import ArchiveStore
from edge.archive.tables import PAYLOADS, ROWS
from edge.errors import MessageError
from edge.keys.canonical import from_text
from edge.messages.chain import ChainMessage
from edge.messages.head import own_head
from edge.messages.links import verify
from tests.alerts import UNIT
from tests.archive.batches import EPOCH, a_chain, give, head_of, rewritten
from tests.fakes import START

CHAIN = a_chain(60)
LINKS = CHAIN[0]


def held(store: ArchiveStore) -> list[int]:
    links = list(store.rows(UNIT.name, EPOCH))
    assert verify(links, EPOCH) is None
    return [link.number for link in links]


def test_rows_are_kept_with_what_they_commit_to(archive: ArchiveStore) -> None:
    """Rows in two batches are one chain, proven by the heads, and their acts can be read."""
    give(archive, CHAIN, 1, 20)
    standing = give(archive, CHAIN, 21, 60)
    assert (standing.number, standing.hash, standing.proven) == (60, LINKS[59].hash, 60)
    assert (standing.gap, standing.broken) == (None, None)
    assert held(archive) == list(range(1, 61))
    hours = list(archive.acts(["hour"]))
    assert [row.number for row in hours] == list(range(1, 61))
    assert all(row.payload and row.payload["passes"] == 100 + row.number for row in hours)


def test_a_batch_that_comes_twice_changes_nothing(archive: ArchiveStore) -> None:
    """The broker may repeat itself: the standing is the same, and says that nothing changed."""
    first = give(archive, CHAIN, 1, 20)
    again = give(archive, CHAIN, 1, 20)
    assert first.changed
    assert again == replace(first, changed=False)
    assert held(archive) == list(range(1, 21))


def test_rows_count_only_when_a_head_proves_them(archive: ArchiveStore) -> None:
    """Of a backlog, rows before the signed head are held and not yet counted."""
    standing = give(archive, CHAIN, 1, 20, signed=LINKS)
    assert (standing.number, standing.proven, standing.gap) == (20, 0, (21, 60))
    assert list(archive.acts()) == []
    give(archive, CHAIN, 21, 40, signed=LINKS)
    standing = give(archive, CHAIN, 41, 60, signed=LINKS)
    assert (standing.number, standing.proven) == (60, 60)


def test_a_gap_is_asked_for(archive: ArchiveStore) -> None:
    """Rows behind a gap are not kept; the standing names where to begin again."""
    give(archive, CHAIN, 1, 20)
    standing = give(archive, CHAIN, 31, 40)
    assert (standing.number, standing.hash, standing.gap) == (20, LINKS[19].hash, (21, 40))
    assert give(archive, CHAIN, 21, 40).gap is None


def test_an_empty_archive_asks_for_all(archive: ArchiveStore) -> None:
    """After the loss of its disk an archive has number 0, and a gap from row 1 on."""
    head, text = head_of(LINKS)
    standing = archive.take_head(head, text, START)
    assert (standing.number, standing.hash, standing.gap) == (0, "", (1, 60))
    assert give(archive, CHAIN, 1, 60).gap is None


def test_rows_beyond_the_head_are_refused(archive: ArchiveStore) -> None:
    """Nobody can fill the disk with rows that no head has signed."""
    with pytest.raises(MessageError, match="beyond what it has signed"):
        give(archive, CHAIN, 1, 20, signed=LINKS[:10])
    assert archive.chains() == ()


def test_rows_under_anothers_head_are_refused(archive: ArchiveStore) -> None:
    """A unit cannot write into another's chain: the head's signer names the chain."""
    head, text = head_of(LINKS, "main-street")
    message = ChainMessage(UNIT.name, EPOCH, tuple(LINKS[:5]), text, b"")
    with pytest.raises(MessageError, match="under a head of main-street"):
        archive.take_chain(message, head, (), START)


def test_forged_rows_are_never_proven(archive: ArchiveStore) -> None:
    """Rows that do not lead to the head are forgotten and asked for again; true ones then hold."""
    forged = rewritten(CHAIN, 5)
    standing = give(archive, forged, 1, 60, signed=LINKS)
    assert (standing.number, standing.proven, standing.gap) == (0, 0, (1, 60))
    standing = give(archive, CHAIN, 1, 60)
    assert (standing.proven, standing.broken) == (60, None)
    assert held(archive) == list(range(1, 61))


def test_rows_that_never_lead_to_the_head_are_told(archive: ArchiveStore) -> None:
    """Three times is no accident: the chain is told as broken, and nothing of it counts."""
    forged = rewritten(CHAIN, 5)
    standings = [give(archive, forged, 1, 60, signed=LINKS) for _ in range(3)]
    assert [one.broken is None for one in standings] == [True, True, False]
    assert standings[-1].broken is not None
    assert "do not lead to row 60" in standings[-1].broken.reason
    standing = give(archive, CHAIN, 1, 60)
    assert (standing.proven, standing.broken) == (60, None), "true rows settle it"


def test_garbage_over_proven_rows_is_refused(archive: ArchiveStore) -> None:
    """A replayed head vouches for nothing: other rows under it are refused, without an alarm."""
    give(archive, CHAIN, 1, 60)
    with pytest.raises(MessageError, match="nothing signed vouches"):
        give(archive, rewritten(CHAIN, 30), 20, 40, signed=LINKS)
    assert archive.chains()[0].broken is None
    assert held(archive) == list(range(1, 61))


@pytest.mark.parametrize("changed", [1, 30, 60])
def test_a_rewritten_chain_is_told_and_located(archive: ArchiveStore, changed: int) -> None:
    """A head that contradicts a proven row breaks the chain; what is sent anew names the row."""
    give(archive, CHAIN, 1, 60)
    longer = rewritten(a_chain(70), changed)
    standing = give(archive, longer, 60, 70)
    assert standing.number == 0, "everything is asked for again"
    for first in range(1, 61, 30):
        standing = give(archive, longer, first, first + 29, signed=longer[0])
    standing = give(archive, longer, 61, 70)
    assert standing.broken is not None
    assert standing.broken.number == changed
    assert "was changed after it had been received" in standing.broken.reason
    assert (standing.number, standing.proven, standing.gap) == (70, 70, None)
    assert [one.branch for one in archive.chains()] == [1]


def test_a_head_that_contradicts_is_an_alarm_at_once(archive: ArchiveStore) -> None:
    """A signed head of another row is enough to say that the chain is broken, before any row."""
    give(archive, CHAIN, 1, 60)
    head, text = head_of(rewritten(CHAIN, 40)[0][:50])
    standing = archive.take_head(head, text, START)
    assert standing.broken is not None
    assert standing.broken.number == 50
    assert standing.number == 0
    assert held(archive) == list(range(1, 61)), "what was received stands"


def test_an_older_head_is_no_alarm(archive: ArchiveStore) -> None:
    """What the broker had in store from before contradicts nothing."""
    give(archive, CHAIN, 1, 60)
    head, text = head_of(LINKS[:50])
    standing = archive.take_head(head, text, START)
    assert (standing.number, standing.gap, standing.broken) == (60, None, None)


def test_a_chain_that_was_cut_is_told_when_it_goes_on(archive: ArchiveStore) -> None:
    """Rows cut off at their sender show with the first new one, which contradicts the old."""
    give(archive, CHAIN, 1, 60)
    shorter = rewritten(a_chain(55), 51)
    standing = give(archive, shorter, 51, 55)
    assert standing.broken is not None
    assert standing.number == 0
    standing = give(archive, shorter, 1, 55)
    assert standing.broken is not None
    assert standing.broken.number == 51


def test_a_doubt_without_reason_passes(archive: ArchiveStore) -> None:
    """Garbage after the last row makes us ask once an hour; the true rows settle it."""
    forged, longer = rewritten(CHAIN, 45), a_chain(70)
    give(archive, CHAIN, 1, 50)
    standing = give(archive, forged, 51, 55, signed=LINKS)
    assert (standing.number, standing.broken) == (0, None)
    standing = give(archive, CHAIN, 1, 60)
    assert (standing.number, standing.proven, standing.broken) == (60, 60, None)
    more = rewritten(longer, 45)
    with pytest.raises(MessageError, match="contradict"):
        give(archive, more, 61, 65, signed=longer[0])
    assert give(archive, more, 61, 65, signed=longer[0], at=START.later(3601)).number == 0


def test_a_chain_that_was_changed_in_the_database_is_found(archive: ArchiveStore) -> None:
    """Who edits a row in the archive's own database is found by the next look."""
    give(archive, CHAIN, 1, 60)
    assert archive.books.verify(UNIT.name, EPOCH) is None
    with archive.transaction():
        archive.db.execute(update(ROWS).where(ROWS.c.number == 17).values(kind="ended"))
    broken = archive.books.verify(UNIT.name, EPOCH)
    assert broken is not None
    assert broken.number == 17


@pytest.mark.parametrize(
    "changed",
    [{"payload": "{}"}, {"salt": "00" * 16}, {"salt": "no hex"}, {"salt": ""}],
    ids=["words", "salt", "no-salt", "half-erased"],
)
def test_words_that_were_changed_in_the_database_are_found(
    archive: ArchiveStore, changed: dict[str, str]
) -> None:
    """Who edits what a row says, and not the row, is found by a look and by the rounds."""
    give(archive, CHAIN, 1, 60)
    rounds = Rounds(archive)
    while not rounds.whole:
        assert rounds.step() is None
    with archive.transaction():
        archive.db.execute(update(PAYLOADS).where(PAYLOADS.c.number == 17).values(**changed))
    broken = archive.books.verify(UNIT.name, EPOCH)
    assert broken is not None
    assert (broken.number, "commits to other words" in broken.reason) == (17, True)
    while rounds.whole < 2 and not rounds.found:
        rounds.step()
    assert rounds.found == {(UNIT.name, EPOCH): broken}


def test_payloads_can_be_erased_and_stay_erased(archive: ArchiveStore) -> None:
    """An erased payload does not come back with the same batch, and the chain still verifies."""
    give(archive, CHAIN, 1, 20)
    with archive.transaction():
        assert archive.erase_payload(UNIT.name, EPOCH, 7)
        assert not archive.erase_payload(UNIT.name, EPOCH, 999)
    give(archive, CHAIN, 1, 20)
    assert [row.number for row in archive.acts() if row.payload is None] == [7]
    assert held(archive) == list(range(1, 21))


def test_payloads_that_come_later_are_added(archive: ArchiveStore) -> None:
    """Rows that came without payloads get them when they are sent again."""
    give(archive, (LINKS, []), 1, 20)
    assert all(row.payload is None for row in archive.acts())
    give(archive, CHAIN, 1, 20)
    assert all(row.payload for row in archive.acts())


def test_heads_are_kept_but_not_all(archive: ArchiveStore) -> None:
    """Of the heads that agree one of each hundred rows stays; those that contradict all do."""
    chain = a_chain(250)
    for last in range(10, 251, 10):
        give(archive, chain, last - 9, last)
    kept = [open_head_of(text) for text in archive.heads(UNIT.name, EPOCH)]
    assert kept == [90, 190, 250]
    replayed = head_of(chain[0][:40])
    assert archive.take_head(*replayed, START).broken is None
    contradicts = head_of(rewritten(chain, 5)[0][:40])
    assert archive.take_head(*contradicts, START).broken is not None
    kept = [open_head_of(text) for text in archive.heads(UNIT.name, EPOCH)]
    assert kept == [40, 90, 190, 250]


def open_head_of(text: str) -> int:
    return own_head(from_text(text, "a head")).audit_number
