"""Batches of the chain for archives, and the heads and receipts that prove it."""

from dataclasses import replace

from edge.messages.chain_receipt import ChainReceipt, sign_chain_receipt
from edge.messages.links import verify
from edge.store import Store
from edge.store.proofs import Standing
from tests.fakes import START
from tests.keys.cast import keys_of
from tests.messages.chains import a_head, fill


def test_batches_together_are_the_chain(store: Store) -> None:
    """One batch after the other gives every row and payload once, whatever their size."""
    fill(store, 450)
    store.record("ended", {"process": "watch", "why": "x" * 400})
    rows, payloads, after = [], [], 0
    while batch := store.proofs.batch(after, 451).rows:
        assert len(batch) <= 200
        payloads += store.proofs.batch(after, 451).payloads
        rows += batch
        after = batch[-1].number
    assert rows == store.audit.links() == list(store.audit.walk())
    assert verify(rows, store.epoch) is None
    assert [one.number for one in payloads] == list(range(1, 452))


def test_a_batch_ends_at_a_signed_head(store: Store) -> None:
    """Rows that reach a head prove themselves; none goes beyond the newest head."""
    fill(store, 300)
    links = store.audit.links()
    for number in (50, 120, 290):
        head = a_head(links[:number], keys_of("bridge-2"), store.epoch)
        store.proofs.keep_head(number, head)
    ends = [store.proofs.batch(after, 290).rows[-1].number for after in (0, 60, 119, 120, 289)]
    assert ends == [120, 120, 290, 290, 290]
    assert store.proofs.batch(290, 290).rows == ()
    assert (store.proofs.newest_head()[0], len(store.proofs.heads())) == (290, 3)


def test_what_was_erased_or_changed_is_not_sent_as_content(store: Store) -> None:
    """The row goes, its payload does not: an archive would refuse one that is not the row's."""
    fill(store, 5)
    with store._db.transaction():
        store.audit.erase_payload(2)
        store._db.execute("UPDATE audit_payloads SET payload = '{}' WHERE number = 3")
        store._db.execute("UPDATE audit_payloads SET salt = 'zz' WHERE number = 4")
    batch = store.proofs.batch(0, 5)
    assert [one.number for one in batch.rows] == [1, 2, 3, 4, 5]
    assert [one.number for one in batch.payloads] == [1, 5]
    broken = store.audit.verify()
    assert broken is not None
    assert broken.number == 3


def test_a_receipt_is_remembered(store: Store) -> None:
    """The newest receipt of each archive stays, as it was signed."""
    receipt = ChainReceipt("archive", "bridge-2", store.epoch, 3, "ab" * 32, START.iso())
    blob = sign_chain_receipt(receipt, keys_of("archive"))
    store.proofs.note(receipt, blob)
    store.proofs.note(replace(receipt, number=7), blob)
    assert store.proofs.standings() == {"archive": Standing(7, START.iso())}
    assert store.proofs.receipts() == [blob]
