"""What orders do to letters that a unit or a console keeps: held, purged, erased for a person."""

from collections.abc import Callable
from pathlib import Path

from edge.clock import Clock
from edge.keys.identity import Identity
from edge.records import AlertId
from edge.services.holds import HoldTaker
from edge.services.orders import Taker
from edge.services.purge import PurgeTaker
from edge.services.subject import SubjectTaker
from edge.services.subject_stores import ConsoleKeeper, UnitKeeper
from edge.store import Store
from edge.store.console import ConsoleStore


def unit_takers(
    store: Store, own: Identity, corrections: Path | None, clock: Clock
) -> tuple[Taker, ...]:
    """Return what takes such orders on a unit: about its own alerts alone."""

    def given(alert_id: AlertId) -> bool:
        here = (alert_id.unit, alert_id.epoch) == (own.name, store.epoch)
        return here and alert_id.sequence <= store.last_sequence()

    def there(alert_id: AlertId) -> bool:
        return store.outbox.newest_of(alert_id.sequence) is not None

    return (
        HoldTaker(store.holds, clock, there, given),
        PurgeTaker(store.purges, clock, concerns=given),
        SubjectTaker(UnitKeeper(store, own, corrections), clock),
    )


def console_takers(
    store: ConsoleStore,
    name: str,
    clock: Clock,
    contested: Callable[[AlertId], bool],
    after: Callable[[], None],
) -> tuple[Taker, ...]:
    """Return what takes such orders on a console.

    Args:
        after: called when something was erased.
    """
    return (
        HoldTaker(store.holds, clock, lambda alert_id: bool(store.alerts.of(alert_id))),
        PurgeTaker(store.purges, clock, contested=contested, after=after),
        SubjectTaker(ConsoleKeeper(store, name), clock, after),
    )
