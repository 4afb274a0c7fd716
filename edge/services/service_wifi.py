"""The unit's own Wi-Fi, open for a while: walls first, then the record, then the air.

NetworkManager makes the access point and gives addresses; its profile, the page's certificate and
all other traces lie in memory, so that a reboot ends it. Whatever ends the process, systemd then
runs :meth:`ServiceWifi.close` (``ExecStopPost=``).
"""

import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from edge.clock import Clock
from edge.config import Settings
from edge.errors import ServiceError, StoreError
from edge.log import Log
from edge.messages.acts import act_row
from edge.messages.acts_unit import ServiceAccess
from edge.services.service_key import wifi_name
from edge.services.service_page import write_page
from edge.services.service_walls import TABLE, rules
from edge.store import open_store
from edge.store.store import DATABASE

RUNTIME: Final = Path("/run/edge-service")
PROFILES: Final = Path("/run/NetworkManager/system-connections")
OPEN: Final = "open"  # in the folder while the Wi-Fi is: the lamp tells of it
MARK: Final = "service.open"  # beside the store while it stands open on the record
_NAME: Final = "edge-service"
_WHY: Final = "why"
_PATIENCE_S: Final = 45.0
_log: Final = Log("edge.service")

Do = Callable[[Sequence[str], str], None]


def do(words: Sequence[str], said: str = "") -> None:
    """Run a command of the system, with *said* for its input.

    Raises:
        ServiceError: it is missing, or it failed; the text is its own.
    """
    try:
        done = subprocess.run(
            words, input=said, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
    except FileNotFoundError:
        raise ServiceError(f"{words[0]} is missing: apt install network-manager nftables") from None
    except subprocess.TimeoutExpired:
        raise ServiceError(f"{' '.join(words[:3])}: no answer in {_PATIENCE_S:.0f} s") from None
    if done.returncode != 0:
        told = (done.stderr or done.stdout).strip() or f"status {done.returncode}"
        raise ServiceError(f"{' '.join(words[:3])}: {told}")


class ServiceWifi:
    """Opens and closes it.

    Args:
        folder: in memory, gone with the service.
        profiles: where NetworkManager looks for what is to be forgotten at a reboot.
        run: runs a command of the system.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        folder: Path = RUNTIME,
        profiles: Path = PROFILES,
        run: Do = do,
    ) -> None:
        self._settings = settings
        self._service = settings.service
        self._clock = clock
        self._folder = folder
        self._profile = profiles / f"{_NAME}.nmconnection"
        self._mark = Path(settings.store.folder) / MARK
        self._run = run

    def open(self, key: str) -> None:
        """Open it: nothing is on the air before walls stand and the record tells of it.

        Args:
            key: of the Wi-Fi, as on the unit's label.

        Raises:
            ServiceError: it cannot be opened; close it.
            StoreError: it cannot be recorded.
        """
        service = self._service
        if not service.wifi:
            raise ServiceError("service.wifi is false: this unit has no service access")
        self.settle()
        port = self._settings.tuning.port
        self._run(("nft", "-f", "-"), rules(service.interface, service.address, port))
        print_ = write_page(self._settings, self._folder, self._clock)
        until = self._clock.now().later(service.minutes * 60).iso()
        self._mark.write_text(f"{until}\n", "ascii")
        self._record(ServiceAccess(act="opened", until=until))
        self._write_profile(key)
        self._run(("nmcli", "radio", "wifi", "on"), "")
        self._run(("nmcli", "connection", "load", str(self._profile)), "")
        self._run(("nmcli", "--wait", "30", "connection", "up", _NAME), "")
        (self._folder / OPEN).write_text(until, "ascii")
        page = f"https://{service.address}:{port}/"
        _log.info("the Wi-Fi is open", until=until, page=page, certificate=print_)

    def hold(self, stop: threading.Event, fed: Callable[[], None]) -> None:
        """Return when its time is over, or *stop* is set; call *fed* about twice a second."""
        opened = self._clock.now()
        while self._clock.now().since(opened) < self._service.minutes * 60:
            fed()
            if stop.wait(0.5):
                self._tell_why("it was ended by hand")
                return
        self._tell_why("its time was over")

    def close(self, result: str) -> None:
        """Take everything back, the air first, and record it; may be called at any time.

        Args:
            result: how the service ended, as systemd says, for one that could not tell.

        Raises:
            ServiceError: something of it still stands.
            StoreError: it cannot be recorded; :meth:`settle` does it later.
        """
        failed = [
            *self._try(("nmcli", "connection", "down", _NAME), self._profile.exists()),
        ]
        had = self._profile.exists()
        self._profile.unlink(missing_ok=True)
        failed += self._try(("nmcli", "connection", "reload"), had)
        (self._folder / OPEN).unlink(missing_ok=True)
        if not failed:  # the walls stand for as long as something may still be on the air
            self._run(("nft", "-f", "-"), f"table {TABLE}\ndelete table {TABLE}\n")
        self._settle(self._why(result))
        if failed:
            raise ServiceError("; ".join(failed))

    def settle(self) -> None:
        """Record that it closed, if an opening before was cut off by the power."""
        if not (self._folder / OPEN).exists():
            self._settle("the power was cut, or the machine started anew")

    def _settle(self, why: str) -> None:
        if self._mark.exists():
            self._record(ServiceAccess(act="closed", why=why))
            self._mark.unlink(missing_ok=True)

    def _record(self, act: ServiceAccess) -> None:
        settings = self._settings
        if not (Path(settings.store.folder) / DATABASE).exists():
            raise StoreError(f"{settings.store.folder}: no store is here: start edge-watch once")
        with open_store(settings.store, settings.unit.name, self._clock) as store:
            store.record("service-access", act_row("service-access", act))

    def _write_profile(self, key: str) -> None:
        text = _PROFILE.format(
            name=_NAME,
            interface=self._service.interface,
            ssid=wifi_name(self._settings.unit.name),
            key=key,
            address=self._service.address,
        )
        try:
            self._profile.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._profile.touch(0o600)  # before there is a key in it
            self._profile.write_text(text, "ascii")
        except OSError as error:
            raise ServiceError(f"{self._profile}: {error.strerror}") from error

    def _try(self, words: Sequence[str], wanted: bool) -> list[str]:
        """Run a command if it is *wanted*, and return what went wrong."""
        if not wanted:
            return []
        try:
            self._run(words, "")
        except ServiceError as error:
            if "not an active connection" not in str(error):
                return [str(error)]
        return []

    def _tell_why(self, why: str) -> None:
        (self._folder / _WHY).write_text(why, "ascii")

    def _why(self, result: str) -> str:
        try:
            return (self._folder / _WHY).read_text("ascii")
        except OSError:  # it did not come to tell
            return f"its process ended: {result or 'unknown'}"


_PROFILE: Final = """\
[connection]
id={name}
type=wifi
interface-name={interface}
autoconnect=false

[wifi]
mode=ap
band=bg
ssid={ssid}

[wifi-security]
key-mgmt=wpa-psk
proto=rsn;
pairwise=ccmp;
group=ccmp;
psk={key}

[ipv4]
method=shared
address1={address}/24

[ipv6]
method=disabled
"""
