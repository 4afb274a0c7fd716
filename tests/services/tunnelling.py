"""A pole with a page and its door to technicians, and a laptop, over real brokers."""

import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import httpx
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from edge.clock import Clock, SystemClock
from edge.config import Settings, load
from edge.errors import EdgeError
from edge.keys.keeper import RosterKeeper
from edge.keys.roles import Role
from edge.keys.roster import Roster
from edge.keys.tunnel import MAGIC
from edge.messages.acts import Act
from edge.messages.acts_unit import Remote
from edge.messages.topics import Kind, topic
from edge.services.keyring import Keyring
from edge.services.tunnel import run_tunnel
from edge.services.tunnel_gate import TunnelGate
from edge.services.tunnel_laptop import RemotePage, Wish
from edge.web.serve import Server
from tests.brokers import Broker, until
from tests.keys.cast import ROSTER, TOWN, keys_of

UNIT = "main-street"
CLOCK = SystemClock("always")
WAIT_S = 60.0


def page() -> Starlette:
    """Return an application with what a page does: short answers, large ones, streams, forms."""

    async def large(request: Request) -> Response:
        return Response(pattern(int(request.query_params["size"])))

    async def stream(_request: Request) -> Response:
        async def ticks() -> AsyncIterator[bytes]:
            for number in range(3):
                yield b"data: %d\n\n" % number

        return StreamingResponse(ticks(), media_type="text/event-stream")

    async def form(request: Request) -> Response:
        body = await request.body()
        return JSONResponse({"size": len(body), "host": request.headers["host"]})

    return Starlette(
        routes=[
            Route("/large", large),
            Route("/stream", stream),
            Route("/form", form, methods=["POST"]),
        ]
    )


def pattern(size: int) -> bytes:
    """Return bytes in which a piece that is missing, doubled or moved shows."""
    return b"".join(b"%07d\n" % number for number in range(size // 8 + 1))[:size]


class Pole:
    """A unit's door: watch's gate with the line's thread played, the tunnel's process, a page."""

    def __init__(self, folder: Path, broker: Broker, clock: Clock = CLOCK, **tuning: Any) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.clock = clock
        self.acts: list[Remote] = []
        self._server = Server(page())
        port = self._server.start()
        self.settings = settings_of(folder, broker, UNIT, remote=True, port=port, **tuning)
        self.rosters = keeper(clock)
        self._gate: TunnelGate | None = None
        self._stop = threading.Event()
        self.ready = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> "Pole":
        """Open the door, and wait until a technician may ask."""
        self.start_gate()
        self._begin(self._record)
        self._begin(lambda: run_tunnel(self.settings, self._stop, self.clock, self.ready.set))
        assert self.ready.wait(WAIT_S), "the broker does not let the unit hear requests"
        return self

    def start_gate(self) -> None:
        """Play a watch that starts."""
        self._gate = TunnelGate(
            self.settings, self.folder, self.rosters, keys_of(UNIT), self.clock, self._tell
        )
        self._gate.start()

    def stop_gate(self) -> None:
        """Play a watch that ends."""
        assert self._gate is not None
        self._gate.stop()
        self._gate.step()

    def stop(self) -> None:
        self.stop_gate()
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._server.stop()

    def stop_page(self) -> None:
        """Play a page that nobody has started."""
        self._server.stop()

    def did(self, act: str) -> list[Remote]:
        """Return what the chain holds of *act*."""
        return [one for one in list(self.acts) if one.act == act]

    def _tell(self, _kind: str, act: Act) -> None:
        self.acts.append(cast(Remote, act))

    def _record(self) -> None:
        while not self._stop.wait(0.01):
            assert self._gate is not None
            self._gate.step()

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work)
        thread.start()
        self._threads.append(thread)


class Laptop:
    """A technician's end, in a thread of its own.

    Attributes:
        told: sentences that the technician was shown; *urls* each opening's address.
        error: what ended it.
    """

    def __init__(
        self,
        folder: Path,
        broker: Broker,
        name: str = "tess",
        unit: str = UNIT,
        role: Role = Role.TECHNICIAN,
        clock: Clock = CLOCK,
        over: bool = False,
    ) -> None:
        folder.mkdir(exist_ok=True)
        settings = settings_of(folder, broker, name)
        keyring = Keyring(keys_of(name, role), keeper(clock))
        self.told: list[str] = []
        self.urls: list[str] = []
        self.error = ""
        wish = Wish(unit, settings.delivery, keyring, over=over)
        self.remote = RemotePage(wish, clock, self.told.append, self.urls.append)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> "Laptop":
        """Ask, and return at once."""
        self.remote.start()
        self._thread.start()
        return self

    def open(self) -> "Laptop":
        """Ask, and wait until the way is open."""
        self.start()
        until(lambda: self.urls or self.error, WAIT_S, "the way to the page")
        assert self.error == ""
        return self

    def ended(self) -> str:
        """Wait for an end that is no stop, and return its sentence."""
        until(lambda: self.error, WAIT_S, "an end")
        return self.error

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Return the page's answer, by a connection of its own."""
        return httpx.get(self.address + path, timeout=WAIT_S, **more)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.remote.port}"

    def vanish(self) -> None:
        """Leave without a word, as a laptop does whose lid is closed."""
        self._stop.set()
        self._thread.join()
        if self.remote.carrier is not None:
            self.remote.carrier.close()
            self.remote.carrier = None
        self.remote.stop()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self.remote.stop()

    def _run(self) -> None:
        try:
            self.remote.run(self._stop)
        except EdgeError as error:
            self.error = str(error)


def settings_of(folder: Path, broker: Broker, name: str, **tuning: Any) -> Settings:
    """Return the settings of *name* in *folder*."""
    file = folder / "site.toml"
    lines = [f"{key} = {str(value).lower()}" for key, value in tuning.items()]
    file.write_text(
        f'[unit]\ntown = "{TOWN}"\nname = "{name}"\n[runtime]\nfolder = "{folder}"\n'
        + broker.site(name)
        + "\n".join(["[tuning]", *lines, ""])
    )
    return load([file]).settings


def keeper(clock: Clock, roster: Roster = ROSTER) -> RosterKeeper:
    """Return a keeper of *roster*, which a test may exchange."""
    rosters = RosterKeeper(Path("/nowhere"), clock)
    rosters.roster = roster
    return rosters


class Between:
    """What stands between a unit's broker and a laptop's, and does as it likes with messages.

    Attributes:
        rule: told the way and the message, returns what is passed on instead.
        passed: every message as it came, with its way.
    """

    def __init__(self, units: Broker, laptops: Broker) -> None:
        self.passed: list[tuple[Kind, bytes]] = []
        self.rule: Callable[[Kind, bytes], list[bytes]] = lambda _way, body: [body]
        self._ends = {Kind.INWARD: _client(units), Kind.OUTWARD: _client(laptops)}
        self._listens(self._ends[Kind.OUTWARD], Kind.INWARD)
        self._listens(self._ends[Kind.INWARD], Kind.OUTWARD)

    def say(self, way: Kind, body: bytes) -> None:
        """Say something to an end."""
        self._ends[way].publish(topic(TOWN, UNIT, way), body, 0)

    def records(self, way: Kind) -> list[bytes]:
        """Return the records that came one way."""
        return [one for where, one in list(self.passed) if where is way and one[:7] == MAGIC[:7]]

    def close(self) -> None:
        for client in self._ends.values():
            client.on_message = client.on_subscribe = None
            client.disconnect()
            client.loop_stop()
        del client
        self._ends.clear()

    def _listens(self, client: paho.Client, way: Kind) -> None:
        heard = threading.Event()
        client.on_subscribe = lambda *_: heard.set()
        client.on_message = lambda _c, _u, message: self._came(way, bytes(message.payload))
        client.subscribe(topic(TOWN, UNIT, way), 0)
        assert heard.wait(WAIT_S)

    def _came(self, way: Kind, body: bytes) -> None:
        self.passed.append((way, body))
        for one in self.rule(way, body):
            self.say(way, one)


def _client(broker: Broker) -> paho.Client:
    client = paho.Client(
        CallbackAPIVersion.VERSION2, "between", protocol=MQTTProtocolVersion.MQTTv5
    )
    client.connect("localhost", broker.port, 30)
    client.loop_start()
    return client
