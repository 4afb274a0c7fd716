"""Whatever a unit's store records is an act that reports can read."""

import pytest

from edge.errors import MessageError
from edge.messages.acts import act_row, check_act
from edge.messages.acts_unit import Started
from edge.store import Store
from tests.alerts import an_alert
from tests.store.letters import plain


def test_a_unit_records_acts_and_alerts_alike(store: Store) -> None:
    """Rows of the store's own making are acts as well, and a row in between continues them."""
    store.commit_alert(an_alert(), plain)
    link = store.record("started", act_row("started", Started(process="watch", software="1.2")))
    assert link == store.audit.head()
    for row in store.audit.links():
        payload = store.audit.payload(row.number)
        assert payload is not None
        check_act(row.kind, payload)
    with pytest.raises(MessageError):
        store.record("started", {"process": "watch"})
    assert store.audit.head() == link
