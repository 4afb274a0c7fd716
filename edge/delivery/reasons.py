"""Turn what MQTT, TLS and the network say into sentences that a person can act on."""

import socket
import ssl

from edge.config.delivery import DeliverySection

_EXPIRED, _NOT_YET_VALID = 10, 9
_WRONG_NAME = (62, 64)

_ALERTS = {  # what a broker answers when it does not like our certificate (RFC 8446, 6.2)
    "CERTIFICATE_EXPIRED": "says that our certificate ({certificate}) has expired; issue a new one",
    "CERTIFICATE_REVOKED": "says that our certificate ({certificate}) is revoked",
    "CERTIFICATE_REQUIRED": "wants a client certificate; set delivery.certificate_file",
    "UNKNOWN_CA": "does not know the CA that signed our certificate ({certificate})",
    "BAD_CERTIFICATE": "refuses our certificate ({certificate})",
    "HANDSHAKE_FAILURE": "wants other TLS settings, or a client certificate",
    "WRONG_VERSION_NUMBER": "does not speak TLS on this port; is delivery.port right?",
}

_CODES = {  # CONNACK and DISCONNECT reason codes of MQTT v5, and return codes of 3.1.1 as paho maps
    0x80: "could not do what we asked and does not say why; its log may",
    0x83: "could not do what we asked; its log says why",
    0x84: "does not speak MQTT {protocol}; set delivery.protocol to the other version",
    0x85: "does not accept our client id",
    0x86: "does not know our user name or password; check delivery.user and password_file",
    0x87: "does not let us in; check delivery.user and password_file, or its access rules",
    0x88: "is not available at present",
    0x89: "is busy",
    0x8A: "has banned us",
    0x8B: "is shutting down",
    0x8D: "had no sign of life from us within the keep-alive",
    0x8E: "has another client under our name; each unit and receiver needs its own",
    0x93: "was sent more messages at a time than it takes",
    0x95: "was sent a message larger than it takes",
    0x97: "has no quota left for us",
    0x98: "ended the connection by hand of its operator",
    0x9C: "has moved to another server",
    0x9F: "wants fewer connections at a time",
}

# why a subscription failed for now, and not by a rule: a cluster that is busy, or lacks a node
PASSING = frozenset({0x80, 0x83, 0x91, 0x97})


def refusal(section: DeliverySection, code: int, name: str) -> str:
    """Say why the broker answered CONNECT or ended the connection with *code*."""
    text = _CODES.get(code, f"refuses us: {name} (reason code 0x{code:02x})")
    return f"{_broker(section)} {text.format(protocol=section.protocol)}"


def broken(section: DeliverySection, detail: str, *, greeted: bool) -> str:
    """Say why an open connection ended, from paho's log line *detail*; may be empty.

    With TLS 1.3 a broker judges our certificate only after our side of the handshake is done, so
    its refusal comes as the end of a connection that seemed to stand.

    Args:
        greeted: the broker had accepted us before.
    """
    for mark, text in _ALERTS.items():
        if mark in detail.upper():
            return _alert(section, text)
    if greeted:
        return f"{_broker(section)} is gone"
    ended = f"{_broker(section)} ended the connection before it answered"
    if not section.tls:
        return ended
    if section.certificate_file:  # a reset may overtake the alert that would have told
        return f"{ended}; does it accept our certificate ({section.certificate_file})?"
    return f"{ended}; does it want a client certificate?"


def unreachable(section: DeliverySection, error: OSError) -> str:
    """Say why no connection came about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _distrust(section, error)
    if isinstance(error, ssl.SSLError):
        reason = str(error.reason or error).upper()
        for mark, text in _ALERTS.items():
            if mark in reason:
                return _alert(section, text)
        return f"{_broker(section)}: TLS failed: {error.reason or error}"
    if isinstance(error, socket.gaierror):
        return f"the name {section.host!r} of the broker is not known: {error.strerror}"
    if isinstance(error, TimeoutError):
        return f"{_broker(section)} does not answer"
    if isinstance(error, ConnectionRefusedError):
        return f"{_broker(section)}: nobody listens there"
    return f"{_broker(section)} cannot be reached: {error.strerror or error}"


def _distrust(section: DeliverySection, error: ssl.SSLCertVerificationError) -> str:
    whose = f"the certificate of {_broker(section)}"
    if error.verify_code == _EXPIRED:
        return f"{whose} has expired (by this machine's clock; is it right?)"
    if error.verify_code == _NOT_YET_VALID:
        return f"{whose} is not valid yet (by this machine's clock; is it right?)"
    if error.verify_code in _WRONG_NAME:
        return f"{whose} is made out to another name: {error.verify_message}"
    ca = section.ca_file or "this system's store"
    return f"{whose} is not signed by the CA in {ca}: {error.verify_message}"


def _alert(section: DeliverySection, text: str) -> str:
    certificate = section.certificate_file or "none is set"
    return f"{_broker(section)} {text.format(certificate=certificate)}"


def _broker(section: DeliverySection) -> str:
    return f"the broker {section.host}:{section.port}"
