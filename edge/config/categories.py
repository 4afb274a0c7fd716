"""What the town wants done with an alert, by the category of its entry."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from edge.config.base import Seconds, Section

Recipient = Literal["console", "officer", "supervisor", "archive", "technician"]
_ON_DUTY = {"console", "officer", "supervisor"}


class CategoryRules(Section):
    """The rules of one category."""

    siren: bool = Field(description="An alarm may sound; false shows it in silence.")
    caution: bool = Field(
        description="Each alert carries the caution sign, whatever the entry itself says."
    )
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1, strict=False)] = Field(
        description="Roles it is sealed to: console, archive, officer, supervisor, technician."
    )
    keep_days: float = Field(
        ge=0.0,
        le=36_600.0,
        description="The unit and whoever receives it erase it after so many days.",
    )
    quiet_same_s: Seconds = Field(
        description="Instead of policy.quiet_same_s for this category; 0 takes that one."
    )
    quiet_similar_s: Seconds = Field(
        description="Instead of policy.quiet_similar_s for this category; 0 takes that one."
    )


class TestRules(CategoryRules):
    """The rules of the category that installers try a unit with: it never wakes a shift."""

    __test__ = False  # pytest: this is no test class

    @model_validator(mode="after")
    def _wakes_nobody(self) -> Self:
        if self.siren:
            raise ValueError("a test has no siren: set siren = false")
        if on_duty := sorted(_ON_DUTY & set(self.recipients)):
            raise ValueError(f"a test goes to no shift: take {', '.join(on_duty)} out")
        return self


class CategoriesSection(Section):
    """One table of rules for each category that a list may have."""

    stolen_vehicle: CategoryRules = Field(description="A vehicle or a plate reported stolen.")
    wanted_person: CategoryRules = Field(description="A person with a warrant is tied to it.")
    missing_person: CategoryRules = Field(description="Somebody who may need help is looked for.")
    other: CategoryRules = Field(description="Anything else that its owner gives a reason for.")
    test: TestRules = Field(description="An installer's own car, to try a unit; never an alarm.")

    def items(self) -> Iterator[tuple[str, CategoryRules]]:
        """Return each category's name with its rules."""
        return ((name, getattr(self, name)) for name in type(self).model_fields)
