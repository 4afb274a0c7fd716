"""Every act has a model, and no row is written that reports could not read."""

import pytest

from edge.errors import MessageError
from edge.messages.acts import ACTS, act_row, check_act, read_act
from edge.messages.acts_unit import Ended, Started


def test_an_act_is_read_as_it_was_written() -> None:
    """What a store records is the act again when it is read."""
    act = Started(process="watch", software="1.2", settings="ab" * 32, roster=3)
    assert read_act("started", act_row("started", act)) == act


def test_what_is_no_act_is_refused() -> None:
    """A field too many, a kind that nobody knows, and an act under another's kind are refused."""
    with pytest.raises(MessageError, match="plate"):
        check_act("ended", {"process": "watch", "plate": "AB12345"})
    with pytest.raises(MessageError, match="update it"):
        read_act("teleported", {})
    with pytest.raises(MessageError, match="no 'ended'"):
        act_row("ended", Started(process="watch", software="1"))


def test_a_newer_edge_may_say_more() -> None:
    """A field that this edge does not know does not hide the row from its reports."""
    assert read_act("ended", {"process": "watch", "why": "", "mood": "good"}) == Ended(
        process="watch"
    )


def test_no_act_has_a_field_for_a_plate() -> None:
    """No kind of row has a place for a plate, a text or a picture."""
    fields = {name for model in ACTS.values() for name in model.model_fields}
    assert not fields & {"plate", "text", "crop", "picture", "note"}
