"""How the broker's socket is used, as callbacks of the MQTT client."""

import socket


def only_queue(_client: object, _userdata: object, _socket: object) -> None:
    """Make paho leave all writing to the broker thread: two writers would mix their packets."""


def at_once(_client: object, _userdata: object, connection: object) -> None:
    """Send the last, short packet of an alert without waiting for the broker's delayed ACK."""
    if isinstance(connection, socket.socket):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
