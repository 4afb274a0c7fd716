"""Under which law the unit stands."""

from pydantic import Field

from edge.config.base import Section


class LawSection(Section):
    """Nothing starts with settings that go beyond the profile named here."""

    profile: str = Field(
        description="A law profile packed with edge (`edge law show`), or the path of the town's "
        "own file.",
        min_length=1,
    )
