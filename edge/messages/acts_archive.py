"""Acts of the town's archive: what it took and signed for, what it misses, what left it."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from edge.messages.acts_base import Act, Brief, Mark, Told, When
from edge.messages.wire import Count, Name


class Took(Act):
    """A letter was kept, and signed for."""

    kind: Literal["alert", "verdict", "answer"]
    letter: Brief = Field(description="Sender, epoch, sequence.")
    revision: Count
    digest: Mark


class Contradicted(Act):
    """A letter came under the number of another one that is held: somebody may be forging."""

    letter: Brief
    revision: Count
    digest: Mark


class Gap(Act):
    """Rows of a chain are missing that its sender has signed for, or have come."""

    act: Literal["open", "closed"]
    name: Name
    epoch: Mark
    first: Count
    last: Count


class Silent(Act):
    """A party was not heard for a while, or is heard again."""

    act: Literal["silent", "heard"]
    name: Name
    since: When


class Export(Act):
    """What is held was copied into a folder, in open formats."""

    rows: Count
    letters: Count
    since: When = ""
    until: When = ""
    chains: Annotated[tuple[Brief, ...], Field(max_length=1000)] = ()
    why: Told = ""


KINDS: Final[Mapping[str, type[Act]]] = {
    "took": Took,
    "contradicted": Contradicted,
    "gap": Gap,
    "silent": Silent,
    "export": Export,
}
