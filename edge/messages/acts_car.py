"""Acts on a console, or on a page of the town: log-ins, views, outcomes."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from edge.messages.acts_base import Act, Brief, Mark, MaybeName, Told
from edge.messages.acts_unit import Posted
from edge.messages.wire import Count


class LogIn(Act):
    """An officer logged in."""

    officer: MaybeName
    role: Brief
    session: Mark


class LogInRefused(Act):
    """Somebody was not let in; *officer* is what was typed, if such a name is known."""

    officer: Brief
    why: Told = ""
    in_a_row: Count = 0


class LogOut(Act):
    """A session ended."""

    officer: MaybeName
    session: Mark
    why: Told = ""


class Filter(Act):
    """An officer chose what is shown."""

    officer: MaybeName
    session: Mark
    categories: Annotated[tuple[Brief, ...], Field(max_length=16)] = ()
    units: Annotated[tuple[Brief, ...], Field(max_length=1000)] = ()
    grades: Annotated[tuple[Brief, ...], Field(max_length=8)] = ()
    within_m: float | None = None


class View(Act):
    """An officer was shown an alert's details."""

    officer: MaybeName
    session: Mark
    alert: Brief
    revision: Count


class Came(Act):
    """A revision of an alert came."""

    alert: Brief
    revision: Count
    mark: Mark


class Touch(Act):
    """A siren was stopped; empty *officer*: by somebody not logged in."""

    alert: Brief
    officer: MaybeName


class OutcomeAct(Posted):
    """An officer said what became of an alert."""

    alert: Brief
    alert_revision: Count
    act: Brief
    officer: MaybeName
    session: Mark
    outcome: Brief
    agreed: bool | None = None
    urgent: bool | None = None


class Heard(Act):
    """An outcome came that another console sent."""

    outcome: Brief
    alert: Brief
    mark: Mark


class Confirm(Act):
    """A supervisor confirmed a correction."""

    claim: Brief
    officer: MaybeName


class SearchAsked(Act):
    """An officer asked units, with a supervisor's word where it was needed; nothing has gone out.

    What the units made of it stands on their own chains.
    """

    query: Mark
    officer: MaybeName
    session: Mark = Field(default="", description="Empty: at the machine's own prompt.")
    supervisor: MaybeName = ""
    purpose: Brief
    case: Brief
    units: Count


class SearchOpened(Act):
    """An officer was shown what a unit said to a search; once for each log-in and answer."""

    query: Mark
    officer: MaybeName
    session: Mark = ""
    unit: MaybeName


class Erased(Act):
    """What had been kept for its days was erased."""

    alerts: Count
    claims: Count = 0


KINDS: Final[Mapping[str, type[Act]]] = {
    "log-in": LogIn,
    "log-in-refused": LogInRefused,
    "log-out": LogOut,
    "filter": Filter,
    "view": View,
    "came": Came,
    "touch": Touch,
    "outcome": OutcomeAct,
    "heard": Heard,
    "confirm": Confirm,
    "search-asked": SearchAsked,
    "search-opened": SearchOpened,
    "erased": Erased,
}
