"""One signed POST: an alert to a web address, taken only when the server says 2xx.

The signature is HMAC-SHA-256 over ``TIMESTAMP.NUMBER.BODY`` with the shared secret, so that a
server can tell a forged, a changed and a replayed post; the number is the same each time that an
alert is posted, so that it can be taken once.
"""

import hashlib
import hmac
import http.client
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from edge.clock import Clock
from edge.config.webhook import WebhookSection
from edge.delivery.tls import TlsFiles, client_context, read_secret
from edge.delivery.web import AGENT, allow
from edge.errors import ConfigError

_SHORTEST: Final = 32  # characters of a secret
_MOST_READ: Final = 4096  # bytes of an answer; nobody looks at more


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a post.

    Attributes:
        taken: the server has it.
        again: when not taken: whether others may fare better now; False when nobody answers, or the
            server is ill or refuses all.
        sentence: why it was not taken.
    """

    taken: bool
    again: bool = False
    sentence: str = ""


_OF_ALL: Final = frozenset({401, 403, 404, 405, 407, 408, 429})  # refusals of us, not of an alert


class Webhook:
    """The server that alerts are posted to."""

    def __init__(self, section: WebhookSection, clock: Clock) -> None:
        self._section = section
        self._clock = clock

    def check(self) -> None:
        """Return if address, secret and CA are there.

        Raises:
            ConfigError: one of them is missing, too short, or open to others.
            DeliveryError: nothing is posted to such an address.
        """
        if not self._section.url:
            raise ConfigError("webhook.url is empty: name the address that alerts are posted to")
        allow(self._section.url)
        self._secret()
        self._context()

    def post(self, number: str, body: bytes) -> Answer:
        """Post *body* once and return what came of it.

        Args:
            number: the alert's, as the server is to know it again by.

        Raises:
            ConfigError: the secret or the CA are no longer there.
        """
        place = urlsplit(self._section.url)
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        connection = self._connection()
        try:
            connection.request("POST", path, body, self._headers(number, body))
            answer = connection.getresponse()
            answer.read(_MOST_READ)
        except (OSError, http.client.HTTPException) as error:
            return Answer(taken=False, sentence=f"{place.netloc} does not answer: {_why(error)}")
        finally:
            connection.close()
        if 200 <= answer.status < 300:
            return Answer(taken=True)
        own = 400 <= answer.status < 500 and answer.status not in _OF_ALL
        sentence = f"{place.netloc} does not take an alert: {answer.status} {answer.reason}"
        return Answer(taken=False, again=own, sentence=sentence)

    def _headers(self, number: str, body: bytes) -> dict[str, str]:
        stamp = str(self._clock.now().utc_ns // 1_000_000_000)
        return {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "Idempotency-Key": number,
            "Edge-Timestamp": stamp,
            "Edge-Signature": "sha256=" + sign(self._secret(), stamp, number, body),
        }

    def _secret(self) -> bytes:
        if not self._section.secret_file:
            raise ConfigError("webhook.secret_file is empty: name the file with the shared secret")
        file = Path(self._section.secret_file)
        secret = read_secret(file, "webhook.secret_file")
        if len(secret) < _SHORTEST:
            raise ConfigError(f"{file}: the secret is shorter than {_SHORTEST} characters")
        return secret.encode()

    def _context(self) -> ssl.SSLContext:
        return client_context(TlsFiles("webhook.", self._section.ca_file, "", ""))

    def _connection(self) -> http.client.HTTPConnection:
        place, seconds = urlsplit(self._section.url), self._section.timeout_s
        host = place.hostname or ""
        if place.scheme == "http":
            return http.client.HTTPConnection(host, place.port, timeout=seconds)
        return http.client.HTTPSConnection(
            host, place.port, timeout=seconds, context=self._context()
        )


def sign(secret: bytes, stamp: str, number: str, body: bytes) -> str:
    """Return what the server compares, hex."""
    return hmac.new(secret, f"{stamp}.{number}.".encode() + body, hashlib.sha256).hexdigest()


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not believed ({error.verify_message}); see webhook.ca_file"
    return str(error) or type(error).__name__
