"""Topics are built and read in one way, and no name can widen them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import MessageError
from edge.messages import Kind, Topic, every_unit, parse_topic, topic

NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True)


@given(town=NAMES, unit=NAMES, kind=st.sampled_from(Kind))
def test_topics_come_back(town: str, unit: str, kind: Kind) -> None:
    """What is built is parsed to the same parts."""
    assert parse_topic(topic(town, unit, kind)) == Topic(town, unit, kind)


def test_topic_as_documented() -> None:
    """The very strings that access rules are written for."""
    assert topic("windsor", "bridge-2", Kind.ALERT) == "edge/v1/windsor/bridge-2/alert"
    assert every_unit("windsor", Kind.ALERT) == "edge/v1/windsor/+/alert"


@pytest.mark.parametrize(
    "name", ["", "+", "#", "a/b", "A", "-a", "a" * 33, "a\n", "a b", "ä", "\0"]
)
def test_names_that_are_none(name: str) -> None:
    """A name with a wildcard, a level or anything unusual is refused everywhere."""
    for build in (
        lambda: topic(name, "unit", Kind.ALERT),
        lambda: topic("town", name, Kind.ALERT),
        lambda: every_unit(name, Kind.ALERT),
        lambda: parse_topic(f"edge/v1/{name}/unit/alert"),
    ):
        with pytest.raises(MessageError):
            build()


@pytest.mark.parametrize(
    "text", ["", "edge/v1/t/u", "edge/v2/t/u/alert", "other/v1/t/u/alert", "edge/v1/t/u/plates"]
)
def test_topics_that_are_not_ours(text: str) -> None:
    """Anything else is refused with the reason."""
    with pytest.raises(MessageError, match="topic"):
        parse_topic(text)
