"""Alerts are numbered once and for ever, and stored with their audit and outbox rows."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from edge.clock import Moment
from edge.errors import MessageError, StoreError
from edge.messages import digest, parse_alert
from edge.messages.letter import Letter
from edge.records import AlertId
from edge.store import Store, open_store
from tests.alerts import UNIT, an_alert, store_section
from tests.fakes import FakeClock
from tests.store.letters import a_receipt, plain


def test_first_alert_is_number_one_of_its_epoch(store: Store) -> None:
    """A new store counts from 1 and names itself by 128 random bits."""
    alert_id = store.commit_alert(an_alert(), plain)
    assert alert_id == AlertId("bridge-2", store.epoch, 1)
    assert len(store.epoch) == 32
    assert store.last_sequence() == 1


def test_alert_outbox_and_audit_go_together(store: Store, clock: FakeClock) -> None:
    """One commit leaves one row in each, about the same bytes, and the chain holds no plate."""
    store.commit_alert(an_alert("XY98765"), plain)
    (row,) = store.outbox.pending(clock.now(), 10)
    assert row.digest == digest(row.body)
    message = parse_alert(row.body)
    assert (message.sequence, message.revision, message.epoch) == (1, 0, store.epoch)
    (link,) = store.audit.links()
    payload = store.audit.payload(link.number)
    assert payload is not None
    assert (link.kind, payload["digest"]) == ("alert", row.digest)
    assert "XY98765" not in json.dumps(payload)


def test_audit_tells_what_a_correction_held_back(store: Store) -> None:
    """Alerts that a correction lowered can be counted from the chain."""
    alert = an_alert()
    held = replace(alert, verdict=replace(alert.verdict, corrected=True))
    for one in (alert, held):
        store.commit_alert(one, plain)
    told = [store.audit.payload(link.number) for link in store.audit.links()]
    assert [one["corrected"] for one in told if one] == [False, True]


def test_revision_keeps_the_number(store: Store, clock: FakeClock) -> None:
    """A revision has the same id, counts up, and says which one it replaces."""
    first = store.commit_alert(an_alert(), plain)
    again = store.commit_alert(an_alert(revises=first, retracts=True), plain)
    third = store.commit_alert(an_alert(revises=first), plain)
    assert first == again == third
    messages = [parse_alert(row.body) for row in store.outbox.pending(clock.now(), 10)]
    assert [one.revision for one in messages] == [0, 1, 2]
    assert [one.payload.revises for one in messages] == [None, 0, 1]
    assert messages[1].payload.retracts


@pytest.mark.parametrize("stranger", ["epoch", "unit", "sequence"])
def test_foreign_revision_is_refused(store: Store, stranger: str) -> None:
    """An alert of another store, unit or number is not revised, and nothing is left of the try."""
    known = store.commit_alert(an_alert(), plain)
    other = {"epoch": "0" * 32, "unit": "elsewhere", "sequence": 7}[stranger]
    wrong = replace(known, **{stranger: other})
    with pytest.raises(StoreError, match="is not of this store"):
        store.commit_alert(an_alert(revises=wrong), plain)
    assert store.outbox.depth() == 1
    assert len(store.audit.links()) == 1


def test_a_builder_that_refuses_uses_up_no_number(store: Store) -> None:
    """When the bytes cannot be made, the number goes to the next alert, and nothing is stored."""

    def refuse(*_: object) -> Letter:
        raise MessageError("refused")

    with pytest.raises(MessageError, match="refused"):
        store.commit_alert(an_alert(), refuse)
    assert store.outbox.depth() == 0
    assert store.commit_alert(an_alert(), plain).sequence == 1


def test_everything_survives_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    """Epoch, numbers, outbox and chain are the same after the store is opened again."""
    section = store_section(tmp_path)
    with open_store(section, UNIT.name, clock) as store:
        epoch = store.epoch
        store.commit_alert(an_alert(), plain)
    with open_store(section, UNIT.name, clock) as store:
        assert store.epoch == epoch
        assert store.outbox.depth() == 1
        assert store.commit_alert(an_alert(), plain).sequence == 2
        store.check()


def test_a_new_store_is_a_new_epoch(tmp_path: Path, clock: FakeClock) -> None:
    """Two stores never share an epoch, so their alerts never share an id."""
    epochs = set()
    for name in "ab":
        with open_store(store_section(tmp_path / name), UNIT.name, clock) as store:
            epochs.add(store.epoch)
    assert len(epochs) == 2


def test_another_units_store_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    """A unit does not send what another unit saw."""
    section = store_section(tmp_path)
    open_store(section, "bridge-1", clock).close()
    with pytest.raises(StoreError, match=r"belongs to 'bridge-1', not 'bridge-2'.*new epoch"):
        open_store(section, "bridge-2", clock)


def test_files_are_not_for_everybody(tmp_path: Path, clock: FakeClock) -> None:
    """No file of the store can be read by users outside its group."""
    with open_store(store_section(tmp_path), UNIT.name, clock) as store:
        store.commit_alert(an_alert(), plain)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert {"edge.db", "edge.db-wal", "edge.db-shm"} <= set(modes)
    assert not any(mode & 0o007 for mode in modes.values()), modes


def test_the_other_side_notices(tmp_path: Path, clock: FakeClock) -> None:
    """The change number moves when another connection commits, and only then."""
    section = store_section(tmp_path)
    with (
        open_store(section, UNIT.name, clock) as watch,
        open_store(section, UNIT.name, clock) as deliver,
    ):
        before = deliver.changes()
        assert deliver.changes() == before
        watch.commit_alert(an_alert(), plain)
        assert deliver.changes() != before
        assert deliver.outbox.depth() == 1


def test_withdrawal_is_a_revision_of_the_stored_words(store: Store, clock: FakeClock) -> None:
    """What is said anew is made from the newest letter; number, audit row and outbox row agree."""
    first = store.commit_alert(an_alert(), plain)
    store.commit_alert(an_alert("XY98765", revises=first), plain)
    clock.advance(60)

    def amend(newest: Letter, revision: int, stored: Moment) -> Letter:
        assert parse_alert(newest.body).payload.read.text == "XY98765"
        assert (revision, stored) == (2, clock.now())
        return Letter(b"gone from the list: " + newest.body, newest.picture)

    assert store.withdraw(first, amend) == first
    newest = store.newest_alerts(1)
    assert [(one[0], one[1]) for one in newest] == [(first, 2)]
    assert newest[0][2].body.startswith(b"gone from the list")
    assert [link.kind for link in store.audit.links()] == ["alert", "alert", "withdrawn"]
    assert [row.revision for row in store.outbox.pending(clock.now(), 5)] == [0, 1, 2]
    store.check()


@pytest.mark.parametrize("stranger", ["unit", "epoch", "sequence"])
def test_only_an_alert_of_this_store_is_withdrawn(store: Store, stranger: str) -> None:
    """Another unit's, another epoch's and an unknown number are refused; nothing is stored."""
    known = store.commit_alert(an_alert(), plain)
    changes = {"unit": "bridge-9", "epoch": "0" * 32, "sequence": 7}
    wrong = replace(known, **{stranger: changes[stranger]})
    with pytest.raises(StoreError, match="not of this store"):
        store.withdraw(wrong, lambda newest, _revision, _stored: newest)
    assert store.outbox.depth() == 1
    store.check()


def test_an_erased_alert_is_not_withdrawn(store: Store, clock: FakeClock) -> None:
    """Without its words there is nothing to make a revision from: a sentence, and no number."""
    gone = store.commit_alert(an_alert(), plain)
    store.outbox.acknowledge(
        [a_receipt(row) for row in store.outbox.pending(clock.now(), 1)], ["archive"], clock.now()
    )
    clock.advance(2 * 86_400)
    store.erase(clock.now())
    with pytest.raises(StoreError, match="has been erased after its time"):
        store.withdraw(gone, lambda newest, _revision, _stored: newest)
    store.commit_alert(an_alert(revises=gone), plain)
    assert [row.revision for row in store.outbox.pending(clock.now(), 5)] == [1]
