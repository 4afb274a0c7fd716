"""How a command visits the broker beside the daemon of the same name.

A command that logged in as its daemon does would push it out, and could confirm what was meant for
it. So commands have a client id of their own, and no session that stays. A mosquitto that makes the
certificate's name the client id (``use_username_as_clientid``, as the shipped one does) knows no
such difference: there commands want a party of their own, with a certificate of its own. A tunnel
has a listener of its own there (configs/broker/tunnels.conf).
"""

from edge.config.delivery import DeliverySection

PREFIX = "cmd-"
"""How client ids of commands begin; no daemon's does."""
TUNNEL_PREFIX = "tun-"
"""How client ids of tunnels begin; they stand beside the same party's daemon and commands."""


def daemon_id(town: str, name: str) -> str:
    """Return the client id of the party *name*'s daemon."""
    return f"{town}-{name}"


def visit(section: DeliverySection, town: str, name: str) -> tuple[DeliverySection, str]:
    """Return the settings and the client id with which a command of the party *name* gets in."""
    ours = section.model_copy(update={"session_expiry_s": 0})
    return ours, PREFIX + daemon_id(town, name)


def tunnel(
    section: DeliverySection, town: str, name: str, port: int
) -> tuple[DeliverySection, str]:
    """Return the settings and the client id of the party *name*'s tunnel, beside its daemon.

    Args:
        port: of the broker's listener for tunnels, on every node; 0 where one serves for all.
    """
    ours = section.model_copy(update={"session_expiry_s": 0})
    if port:
        others = tuple(f"{one.rsplit(':', 1)[0]}:{port}" for one in section.others)
        ours = ours.model_copy(update={"port": port, "others": others})
    return ours, TUNNEL_PREFIX + daemon_id(town, name)
