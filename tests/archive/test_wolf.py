"""Whatever the broker does with a true chain, nobody cries wolf; in the end it is held whole."""

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.archive.store import ArchiveStore
from edge.errors import MessageError
from edge.messages.links import verify
from tests.alerts import UNIT
from tests.archive.batches import EPOCH, a_chain, give, head_of, rewritten
from tests.archive.places import Place
from tests.fakes import START

LENGTH = 40
TRUE = a_chain(LENGTH)
FORGED = [rewritten(TRUE, number) for number in (1, 13, 27, 40)]
NUMBER = st.integers(1, LENGTH)
ACTS = st.tuples(
    st.sampled_from(["true", "head", "forged"]), NUMBER, NUMBER, NUMBER, st.integers(0, 3)
)


def play(store: ArchiveStore, acts: list[tuple[str, int, int, int, int]]) -> None:
    for hour, (act, one, other, signed, which) in enumerate(acts):
        first, last = sorted((one, other))
        at = START.later(3700.0 * hour)
        with suppress(MessageError):
            if act == "head":
                store.take_head(*head_of(TRUE[0][:signed]), at)
                continue
            chain = TRUE if act == "true" else FORGED[which]
            give(store, chain, first, last, TRUE[0][: max(last, signed)], at)


@settings(max_examples=20)
@given(st.lists(ACTS, max_size=20))
def test_a_true_chain_survives_any_broker(acts: list[tuple[str, int, int, int, int]]) -> None:
    """Lost, repeated, mixed, forged batches under true heads: no break stays, no row is wrong."""
    with tempfile.TemporaryDirectory() as folder, Place(Path(folder) / "a").store() as store:
        play(store, acts)
        proven = list(store.rows(UNIT.name, EPOCH))
        assert proven == TRUE[0][: len(proven)], "what counts is true at any time"
        late = START.later(1e6)
        standing = store.take_head(*head_of(TRUE[0]), late)
        for _ in range(LENGTH):
            if standing.proven == LENGTH:
                break
            first = standing.number + 1 if standing.number < LENGTH else 1
            standing = give(store, TRUE, first, min(first + 14, LENGTH), TRUE[0], late)
        assert (standing.number, standing.proven) == (LENGTH, LENGTH)
        assert (standing.gap, standing.broken) == (None, None)
        assert verify(store.rows(UNIT.name, EPOCH), EPOCH) is None
        assert [one.branch for one in store.histories()] == [0]
