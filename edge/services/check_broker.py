"""The broker: reached, believed, let in, and letting us say and hear what a unit must.

A unit has no topic that it may both write and read. So each way is proven by itself: the broker
confirms an empty message on each topic of ours, which every receiver of edge drops, and takes our
subscription to receipts. Where deliver is connected its own word counts: the shipped broker names
sessions after certificates, and a second log-in would push deliver out.
"""

from dataclasses import dataclass, field
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.delivery.denied import DENIES
from edge.delivery.events import FAILURES, NO_SUBSCRIBER, Acknowledged, Connected, Event, Lost
from edge.delivery.mqtt import Link
from edge.keys.roles import Role
from edge.messages import Kind, topic
from edge.messages.access import RIGHTS
from edge.services.check_daemons import CONNECTED, ELSEWHERE, WELL, deliver_says
from edge.services.finding import Finding, bad, good, unseen
from edge.services.machine import Machine

BROKER_MEND: Final = "look at delivery.host, delivery.port, the certificates and the network"
_RULES: Final = (
    "give the broker this unit's access rules, where the town's roster is: `edge broker acl --keys"
    " town`, for a broker's own store `--format dynsec`; and let it load them"
)
_UNHEARD: Final = "start the archive, a console or `edge listen`, and let it hear this unit"
_WAIT_S: Final = 10.0
_SLOW_S: Final = 5.0


@dataclass(slots=True)
class Tried:
    """What became of one log-in.

    Attributes:
        lost: why there is no connection; empty while there is one.
        refused: topics that we may not hear, *unsaid* those on which we may not speak.
        slowest_s: the longest wait for the broker's confirmation.
        unheard: the broker has nobody to give our alerts to.
    """

    lost: str = ""
    refused: tuple[str, ...] = ()
    unsaid: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    unheard: bool = False


def check_broker(settings: Settings, clock: Clock, machine: Machine) -> Finding:
    """Log in as deliver does, or take its word where it is connected.

    Raises:
        EdgeError: a certificate, key or password file is missing or wrong.
    """
    said = deliver_says(machine)
    if said.startswith(CONNECTED):
        return _deliver_says(said.removeprefix(CONNECTED).lstrip(",;: "), settings)
    return judge(_try(settings, clock), settings)


def _deliver_says(problem: str, settings: Settings) -> Finding:
    """Return what a connected deliver's word tells of the broker, and of nothing else."""
    sentence = "edge-deliver is connected, and not tried twice"
    if not settings.delivery.receivers:
        return _no_receiver(sentence)
    if not problem:  # it has hardly begun: no message was answered
        return unseen("broker", f"{sentence}; it has not said yet how it goes", "ask again")
    if problem.startswith(ELSEWHERE) or WELL.endswith(problem):
        return good("broker", f"{sentence}: the broker takes what it says")
    sentence = f"{sentence}: {problem}"
    return bad("broker", sentence, _RULES if problem.startswith(DENIES) else _UNHEARD)


def judge(tried: Tried, settings: Settings) -> Finding:
    """Return what a log-in tells."""
    section = settings.delivery
    where = _where(settings)
    if tried.lost:
        return bad("broker", tried.lost, BROKER_MEND)
    if tried.refused:
        sentence = f"{where} does not let us hear {', '.join(tried.refused)}"
        return bad("broker", sentence, _RULES)
    if tried.unsaid:
        sentence = f"{where} does not let us publish on {', '.join(tried.unsaid)}"
        return bad("broker", sentence, _RULES)
    how = "TLS" if section.tls else "plain"
    sentence = f"{where} lets us in over {how}"
    if section.protocol == "5":
        sentence += f", takes all that we say within {tried.slowest_s * 1000:.0f} ms"
    else:
        sentence += "; MQTT 3.1.1 does not tell whether it takes what we say"
    if not section.receivers:
        return _no_receiver(sentence)
    if tried.slowest_s > _SLOW_S:
        return bad("broker", sentence, "the network is too slow for alerts: look at its signal")
    if tried.unheard:
        sentence += ", but nobody is there to hear our alerts"
        return bad("broker", sentence, _UNHEARD)
    return good("broker", sentence)


def _where(settings: Settings) -> str:
    return f"{settings.delivery.host}:{settings.delivery.port}"


def _no_receiver(sentence: str) -> Finding:
    return bad(
        "broker",
        f"{sentence}, but no receiver is named: no alert can leave the outbox",
        "name in delivery.receivers who confirms alerts: an archive, a console",
    )


def _try(settings: Settings, clock: Clock) -> Tried:
    """Log in under deliver's name, so that nothing of us stays at the broker but its session."""
    unit = settings.unit
    receipts = topic(unit.town, unit.name, Kind.RECEIPT)
    link = Link(settings.delivery, f"{unit.town}-{unit.name}", [receipts], clock)
    link.start()
    try:
        match _next(link, clock, Connected, Lost):
            case Connected(refused=refused):
                return _said(link, settings, clock, Tried(refused=refused))
            case Lost(sentence=sentence):
                return Tried(lost=sentence)
            case _:
                return Tried(lost=f"{_where(settings)} has not answered within {_WAIT_S:.0f} s")
    finally:
        link.stop()


def _said(link: Link, settings: Settings, clock: Clock, tried: Tried) -> Tried:
    """Say nothing, on each topic of ours."""
    unit = settings.unit
    for kind in sorted(RIGHTS[Role.UNIT].write_own):
        where, begun = topic(unit.town, unit.name, kind), clock.now()
        token = link.publish(where, b"", expiry_s=1)
        event = _next(link, clock, Acknowledged, Lost) if token is not None else None
        match event:
            case Acknowledged(reason=reason):
                if reason >= FAILURES:
                    tried.unsaid.append(where)
                tried.unheard |= kind is Kind.ALERT and reason == NO_SUBSCRIBER
                tried.slowest_s = max(tried.slowest_s, clock.now().since(begun))
            case Lost(sentence=sentence):  # a cluster of RabbitMQ answers like this
                tried.lost = f"at a message on {where}: {sentence}"
                return tried
            case _:
                tried.lost = f"a message on {where} was not confirmed within {_WAIT_S:.0f} s"
                return tried
    return tried


def _next(link: Link, clock: Clock, *kinds: type[Event]) -> Event | None:
    """Return the next event of one of *kinds*; what else comes stays the broker's."""
    begun = clock.now()
    while (left := _WAIT_S - clock.now().since(begun)) > 0:
        event = link.take(left)
        if isinstance(event, kinds):
            return event
    return None
