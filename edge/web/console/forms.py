"""What a browser may send to the console: every field checked, nothing more than is known here."""

from typing import Annotated

from pydantic import Field

from edge.web.console.state import Filters
from edge.web.forms import Form

Word = Annotated[str, Field(max_length=40)]
Words = Annotated[frozenset[Word], Field(max_length=200)]


class AnswerForm(Form):
    """An answer, with the question that stood on the screen: another may be asked by now."""

    answer: Annotated[str, Field(min_length=1, max_length=40)]
    kind: Word
    position: int | None
    choices: Annotated[tuple[Word, ...], Field(max_length=40)]


class OutcomeForm(Form):
    """What came of it."""

    outcome: Word
    note: Annotated[str, Field(max_length=400)] = ""
    text: Annotated[str, Field(max_length=16)] = ""


class FilterForm(Form):
    """What to see in this shift."""

    categories: Words = frozenset()
    units: Words = frozenset()
    grades: Words = frozenset()
    within_m: Annotated[float, Field(gt=0, le=1_000_000)] | None = None

    def filters(self) -> Filters:
        """Return them as the desk takes them."""
        return Filters(self.categories, self.units, self.grades, self.within_m)
