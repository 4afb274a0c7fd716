"""How a command visits the broker beside the daemon of the same name.

A command that logged in as its daemon does would push it out, and could confirm what was meant for
it. So commands have a client id of their own, and no session that stays. A mosquitto that makes the
certificate's name the client id (``use_username_as_clientid``, as the shipped one does) knows no
such difference: there commands want a party of their own, with a certificate of its own.
"""

from edge.config.delivery import DeliverySection

PREFIX = "cmd-"
"""How client ids of commands begin; no daemon's does."""


def daemon_id(town: str, name: str) -> str:
    """Return the client id of the party *name*'s daemon."""
    return f"{town}-{name}"


def visit(section: DeliverySection, town: str, name: str) -> tuple[DeliverySection, str]:
    """Return the settings and the client id with which a command of the party *name* gets in."""
    ours = section.model_copy(update={"session_expiry_s": 0})
    return ours, PREFIX + daemon_id(town, name)
