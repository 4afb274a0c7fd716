"""The server of pages: real sockets, real TLS, an end that does not wait for streams."""

import asyncio
import socket
import ssl
import threading

import httpx
import pytest

from edge.errors import WebError
from edge.web.headers import BODY_LIMIT, HEADERS, Guard
from edge.web.serve import Server
from tests.certificates import Authority


async def _hello(_scope, receive, send):
    """Answer with the length of what was sent."""
    message = await receive()
    body = str(len(message.get("body", b""))).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def address():
    server = Server(Guard(_hello, ("127.0.0.1",), secure=False))
    yield f"http://127.0.0.1:{server.start()}"
    server.stop()


def test_a_page_is_served_over_tls_by_the_towns_ca(tmp_path):
    """TLS 1.2 and up answers; what speaks an older protocol is turned away."""
    authority = Authority(tmp_path)
    pair = authority.issue("localhost", hosts=("localhost",))
    server = Server(
        Guard(_hello, ("localhost",), secure=True),
        certificate_file=pair.certificate,
        key_file=pair.key,
    )
    port = server.start()
    try:
        context = ssl.create_default_context(cafile=str(authority.file))
        answer = httpx.get(f"https://localhost:{port}/", verify=context)
        assert answer.status_code == 200
        assert "max-age" in answer.headers["strict-transport-security"]
        assert "server" not in answer.headers
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.load_verify_locations(authority.file)
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with (
            socket.create_connection(("127.0.0.1", port)) as raw,
            pytest.raises((ssl.SSLError, ConnectionError)),
        ):
            old.wrap_socket(raw, server_hostname="localhost")
    finally:
        server.stop()


def test_an_end_does_not_wait_for_a_stream_that_never_ends():
    """stop() wakes open streams by *closing*, and then the port is free."""
    closing, opened = threading.Event(), threading.Event()

    async def stream(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        opened.set()
        while not closing.is_set():
            await send({"type": "http.response.body", "body": b": beat\n\n", "more_body": True})
            await asyncio.sleep(0.02)
        await send({"type": "http.response.body", "body": b""})

    server = Server(Guard(stream, ("127.0.0.1",), secure=False), closing=closing.set)
    port = server.start()
    with httpx.stream("GET", f"http://127.0.0.1:{port}/") as answer:
        assert answer.status_code == 200
        assert opened.wait(5)
        server.stop()
        server.stop()
        assert not server.alive()
        assert b"".join(answer.iter_raw()).endswith(b": beat\n\n")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/")


def test_a_taken_port_and_a_wrong_certificate_are_said_in_a_sentence(tmp_path):
    """What an installer must mend is told at the start, with the file or port in it."""
    first = Server(_hello)
    port = first.start()
    try:
        with pytest.raises(WebError, match=f"127.0.0.1:{port}.*another one"):
            Server(_hello, port=port).start()
    finally:
        first.stop()
    absent = tmp_path / "absent.pem"
    with pytest.raises(WebError, match=r"absent\.pem"):
        Server(_hello, certificate_file=absent, key_file=absent).start()
    with pytest.raises(WebError, match="both"):
        Server(_hello, certificate_file=absent).start()


def test_every_answer_and_every_refusal_carries_the_strict_headers(address):
    """Good answers, 403, 405, 413 and 421 alike."""
    answers = [
        httpx.get(address),
        httpx.get(address, headers={"host": "evil.example"}),
        httpx.put(address),
        httpx.post(address, content=b"x"),
        httpx.post(address, content=b"x" * (BODY_LIMIT + 1), headers={"origin": address}),
    ]
    assert [answer.status_code for answer in answers] == [200, 421, 405, 403, 413]
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "{own}"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "{own}", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://127.0.0.1:1"}, 403),
        ({}, 403),
    ],
)
def test_only_our_own_page_may_change_anything(address, headers, status):
    """A POST passes by our Origin, or by the browser's word where it sends no Origin."""
    sent = {name: value.format(own=address) for name, value in headers.items()}
    assert httpx.post(address, content=b"abc", headers=sent).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, 403),
    ],
)
def test_another_site_may_link_to_the_page_but_load_nothing_of_it(address, headers, status):
    """A crop or a card is never fetched by a stranger's page; a link may be followed."""
    assert httpx.get(address, headers=headers).status_code == status


def test_a_body_comes_whole_to_the_page(address):
    """What the guard has read to measure it is handed on."""
    body = b"y" * BODY_LIMIT
    assert httpx.post(address, content=body, headers={"origin": address}).text == str(BODY_LIMIT)
