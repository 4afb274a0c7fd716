"""The chain shows every edit, removal, reordering and cut, and bears erased payloads."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from edge.errors import StoreError
from edge.store import Link, Store, verify
from edge.store.audit import commitment
from tests.alerts import an_alert
from tests.fakes import FakeClock
from tests.store.letters import plain


@pytest.fixture
def links(store: Store) -> list[Link]:
    """Return a chain of 40 rows."""
    for _ in range(40):
        store.commit_alert(an_alert(), plain)
    return store.audit.links()


def test_chain_holds(store: Store, links: list[Link]) -> None:
    """A chain as written verifies, by itself and against its own head."""
    assert len(links) == 40
    assert verify(links, store.epoch) is None
    assert verify(links, store.epoch, links[-1]) is None
    assert verify(links, store.epoch, links[7]) is None
    assert store.audit.verify() is None
    assert store.audit.head() == links[-1]
    assert verify([], store.epoch) is None


def _edit(links: list[Link], chance: random.Random) -> int:
    at = chance.randrange(len(links))
    field = chance.choice(["at", "kind", "commitment", "previous", "hash"])
    value = getattr(links[at], field)
    place = chance.randrange(len(value))
    other = "1" if value[place] == "0" else "0"
    links[at] = replace(links[at], **{field: value[:place] + other + value[place + 1 :]})
    return at


def _remove(links: list[Link], chance: random.Random) -> int:
    at = chance.randrange(len(links) - 1)
    del links[at]
    return at


def _swap(links: list[Link], chance: random.Random) -> int:
    at, other = sorted(chance.sample(range(len(links)), 2))
    links[at], links[other] = links[other], links[at]
    return at


def _renumber(links: list[Link], chance: random.Random) -> int:
    at = chance.randrange(len(links) - 1)
    del links[at]
    links[at:] = [replace(link, number=link.number - 1) for link in links[at:]]
    return at


def _cut(links: list[Link], chance: random.Random) -> int:
    at = chance.randrange(len(links))
    del links[at:]
    return len(links)


@pytest.mark.parametrize("harm", [_edit, _remove, _swap, _renumber, _cut])
def test_every_harm_is_found_and_located(
    store: Store, links: list[Link], harm: Callable[[list[Link], random.Random], int]
) -> None:
    """200 random harms of each sort are found at the row that was harmed."""
    head = links[-1]
    for seed in range(200):
        harmed = list(links)
        at = harm(harmed, random.Random(seed))
        found = verify(harmed, store.epoch, head)
        assert found is not None, f"seed {seed}"
        expected = {head.number} if harm is _cut else {at + 1}
        assert found.number in expected, f"seed {seed}: {found}"


def test_chain_of_another_store_does_not_pass(store: Store, links: list[Link]) -> None:
    """A chain belongs to one epoch."""
    assert store.epoch != "0" * 32
    found = verify(links, "0" * 32)
    assert found is not None
    assert found.number == 1


def test_rewritten_chain_is_found_by_a_known_head(store: Store, links: list[Link]) -> None:
    """Who rewrites all rows after an edit is found by any head kept elsewhere."""
    rewritten = list(links)
    store._db.execute("DELETE FROM audit_payloads")
    store._db.execute("DELETE FROM audit WHERE number > 10")
    while len(store.audit.links()) < 40:
        store.commit_alert(an_alert(), plain)
    forged = store.audit.links()
    assert verify(forged, store.epoch) is None
    found = verify(forged, store.epoch, rewritten[20])
    assert found is not None
    assert found.reason.endswith("another row stands there")


def test_erased_payload_leaves_a_chain_that_verifies(store: Store, links: list[Link]) -> None:
    """The payload is gone, its row stays and still holds."""
    assert store.audit.payload(5) is not None
    with store._db.transaction():
        store.audit.erase_payload(5)
    assert store.audit.payload(5) is None
    assert store.audit.verify() is None
    assert store.audit.links() == links


def test_changed_payload_is_found(store: Store, links: list[Link]) -> None:
    """A payload that is not the one committed to is an error, at its row."""
    assert links
    store._db.execute("UPDATE audit_payloads SET payload = '{}' WHERE number = 5")
    with pytest.raises(StoreError, match="payload of audit row 5 was changed"):
        store.audit.payload(5)
    found = store.audit.verify()
    assert found is not None
    assert found.number == 5
    with pytest.raises(StoreError, match="audit chain is broken"):
        store.check()


def test_equal_payloads_do_not_look_equal(store: Store, clock: FakeClock) -> None:
    """Salts differ, so nobody tells from the rows that two payloads are the same."""
    with store._db.transaction():
        rows = [store.audit.append("test", {"same": 1}, clock.now()) for _ in range(2)]
    assert rows[0].commitment != rows[1].commitment
    assert commitment("00" * 16, "x") != commitment("01" * 16, "x")


def test_act_that_cannot_be_recorded_does_not_happen(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its audit row an alert is not stored either."""

    def fail(*_: object) -> Link:
        raise StoreError("no audit")

    monkeypatch.setattr(store.audit, "append", fail)
    with pytest.raises(StoreError, match="no audit"):
        store.commit_alert(an_alert(), plain)
    assert store.outbox.pending(clock.now(), 1) == []
    assert store.last_sequence() == 0
