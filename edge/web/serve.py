"""A page's server in a thread of its own: the one door to uvicorn.

No access log is written: who looked at which alert stands in the audit, not in the journal.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from edge.errors import WebError

GRACE_S = 3  # a request that is still running then is cancelled


class Server:
    """Serves one ASGI application; over TLS where a certificate is given.

    Args:
        app: the application.
        host: address to bind; a name or 127.0.0.1, ::1, 0.0.0.0.
        port: 0 takes a free one.
        certificate_file, key_file: PEM, both or neither.
        closing: called first at :meth:`stop`, to end streams that would run for ever.
    """

    def __init__(
        self,
        app: Callable[..., Any],
        host: str = "127.0.0.1",
        port: int = 0,
        certificate_file: Path | None = None,
        key_file: Path | None = None,
        closing: Callable[[], None] | None = None,
    ) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._certificate = certificate_file
        self._key = key_file
        self._closing = closing
        self._server: _Announcing | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> int:
        """Serve, and return the port.

        Raises:
            WebError: the port is taken or the certificate does not fit its key.
        """
        context = self._context()
        listening = self._bind()
        port = int(listening.getsockname()[1])
        server = _Announcing(_config(self._app, context))
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listening]}, name="web", daemon=True
        )
        thread.start()
        while not server.ready.wait(0.05):
            if not thread.is_alive():
                raise WebError(f"the page's server on {self._host}:{port} ended as it started")
        self._server, self._thread = server, thread
        return port

    def stop(self) -> None:
        """End streams, let requests finish for a few seconds, close the port. Twice is no error."""
        if self._server is None or self._thread is None:
            return
        if self._closing is not None:
            self._closing()
        self._server.should_exit = True
        self._thread.join()
        self._server = self._thread = None

    def alive(self) -> bool:
        """Say whether the server is answering; a page that died must be seen by its service."""
        return self._thread is not None and self._thread.is_alive()

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self._host, self._port))
            listening.listen(128)
        except OSError as error:
            listening.close()
            raise WebError(
                f"the page cannot be served on {self._host}:{self._port}: {error}; "
                "is another one running, or is the address not this machine's?"
            ) from None
        return listening

    def _context(self) -> ssl.SSLContext | None:
        if self._certificate is None and self._key is None:
            return None
        if self._certificate is None or self._key is None:
            raise WebError("the page's TLS needs both a certificate file and its key file")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self._certificate, self._key)
        except (OSError, ssl.SSLError) as error:
            raise WebError(
                f"the page's certificate {self._certificate} with key {self._key} "
                f"cannot be used: {error}"
            ) from None
        return context


class _Announcing(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell whoever waits."""
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close; a client that hung up in the middle is no error of ours."""
        with contextlib.suppress(ConnectionError):
            await super().shutdown(sockets)


def _config(app: Callable[..., Any], context: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=200,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_S,
        h11_max_incomplete_event_size=16 * 1024,
        ssl_context_factory=None if context is None else (lambda _config, _default: context),
    )
