"""Both ends of fetching as people meet them: the desk's index, the unit's words, its check."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.cli import main
from edge.clock import SystemClock
from edge.config import load
from edge.errors import EdgeError, UpdateError
from edge.keys import x509
from edge.services.check_releases import check_releases
from edge.services.machine import Machine
from edge.services.recorder import Recorder
from edge.services.update_fetch import Fetcher, run_fetch
from edge.services.update_news import UpdateNews
from edge.store import open_store
from tests.certificates import Pair
from tests.services.releasing import Pole, Web
from tests.services.updating import make_release


@pytest.fixture
def pole(tmp_path: Path) -> Iterator[Pole]:
    made = Pole(tmp_path)
    yield made
    made.web.stop()


def site(pole: Pole, **changes: object) -> Path:
    """Write the unit's settings and return their file."""
    pole.changes |= changes
    lines = [f"{key} = {value!r}" for key, value in pole.changes.items()]
    text = '[unit]\ntown = "windsor"\nname = "main-street"\n[update]\n' + "\n".join(lines)
    file = pole.folder / "site.toml"
    file.write_text(text.replace("True", "true") + "\n", "utf-8")
    return file


def test_the_desk_makes_an_index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every release of a folder, for everybody to read; the same folder gives the same releases."""
    make_release(tmp_path, 3, arch="arm64")
    make_release(tmp_path, 4)
    assert main(["update", "index", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "edge-9.0-arm64-3.update: 9.0 (number 3) for arm64, signed by upton" in told
    assert "2 releases" in told
    assert (tmp_path / "index.json").stat().st_mode & 0o777 == 0o644


def test_a_damaged_release_is_not_offered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The index that was there stays; the file is named. So it is for a folder without any."""
    assert main(["update", "index", str(tmp_path)]) == 2
    assert "holds no release" in capsys.readouterr().err
    file = make_release(tmp_path, 3)
    main(["update", "index", str(tmp_path)])
    before = (tmp_path / "index.json").read_bytes()
    body = file.read_bytes()
    for damaged in (body[:-1] + bytes([body[-1] ^ 1]), body[:-20], body[:30]):
        file.write_bytes(damaged)
        assert main(["update", "index", str(tmp_path)]) == 2
        assert file.name in capsys.readouterr().err
        assert (tmp_path / "index.json").read_bytes() == before


def test_a_unit_fetches_and_status_tells(pole: Pole, capsys: pytest.CaptureFixture[str]) -> None:
    """At its moment, or when told to; what failed, since when and how often, status tells."""
    file = pole.publish(3)
    config = ["--config", str(site(pole))]
    assert main(["update", *config, "status"]) == 0
    assert "the server was not asked yet" in capsys.readouterr().out
    run_fetch(pole.settings, threading.Event())
    assert pole.here() == [], "not at once: each unit has its own moment"
    run_fetch(pole.settings, threading.Event(), at_once=True)
    assert pole.here() == [file.name]
    pole.web.answers["index.json"] = [(503, {})]
    with pytest.raises(UpdateError, match=r"releases are not fetched: .* answered 503"):
        run_fetch(pole.settings, threading.Event(), at_once=True)
    capsys.readouterr()
    assert main(["update", *config, "status"]) == 0
    told = capsys.readouterr().out
    assert f"fetch {pole.web.url}: last asked" in told
    assert "9.0 (number 3) is here, for the updater to take" in told
    assert "1 times" in told
    assert "answered 503" in told
    (pole.fetched.folder / "state.json").write_text("{")
    main(["update", *config, "status"])
    assert "what is remembered of it cannot be read" in capsys.readouterr().out
    run_fetch(pole.settings, threading.Event(), at_once=True)
    assert pole.state.failures == 0, "what was lost is asked anew"


def test_an_address_that_is_not_asked_is_refused(
    pole: Pole, capsys: pytest.CaptureFixture[str]
) -> None:
    """Plain http to others, a password, a file instead of a folder: named, with the setting."""
    for url in ("http://town.example/units/", "https://a:b@town.example/", "https://t.example/u"):
        file = site(pole, fetch_url=url)
        assert main(["update", "--config", str(file), "status"]) == 2
        assert "update.fetch_url" in capsys.readouterr().err


def test_the_check_asks_the_server(pole: Pole) -> None:
    """It passes; it fails where asking failed, is off, or cannot be; and says so where unasked."""
    pole.publish(3)
    clock, calls = SystemClock("always"), {"is-enabled": "enabled"}
    (pole.folder / "root/run/systemd/system").mkdir(parents=True)
    machine = Machine(pole.folder / "root", lambda words: calls[words[1]])
    found = check_releases(pole.settings, clock, machine)
    assert (found.passed, "offers 1 releases" in found.sentence) == (True, True)
    assert "not asked by itself yet" in found.sentence
    calls["is-enabled"] = "disabled"
    found = check_releases(pole.settings, clock, machine)
    assert (found.passed, found.mend) == (False, "systemctl enable --now edge-update-fetch.timer")
    pole.web.answers["index.json"] = [(404, {})]
    pole.fetch()
    found = check_releases(pole.settings, clock, machine)
    assert (found.passed, "answered 404" in found.sentence) == (False, True)
    pole.changes["fetch_ca_file"] = ""
    with pytest.raises(EdgeError, match="certificate verify failed"):
        check_releases(pole.settings, clock, machine)
    (pole.fetched.folder / "state.json").write_text("{")
    pole.changes["fetch_ca_file"] = str(pole.authority.file)
    assert not check_releases(pole.settings, clock, machine).passed


@dataclass
class TownCa:
    """The town's own CA, as `edge keys certificate` has it give certificates."""

    folder: Path
    unit: str

    def issue(self, name: str, *, hosts: tuple[str, ...]) -> Pair:
        self.folder.mkdir()
        now, key = datetime.now(UTC), x509.make_tls_key()
        own = x509.make_authority("windsor", now)
        served = hosts if self.unit == x509.SERVER else ()
        until = now + timedelta(days=1)
        made = x509.issue(own, x509.tls_public(key), name, self.unit, served, now, until)
        (self.folder / "ca.pem").write_bytes(own.certificate)
        pair = Pair(self.folder / "server.pem", self.folder / "server.key")
        pair.certificate.write_bytes(made.pem)
        pair.key.write_bytes(key)
        return pair


@pytest.mark.parametrize(("unit", "believed"), [(x509.SERVER, True), ("unit", False)])
def test_the_towns_ca_vouches_for_its_server(pole: Pole, unit: str, believed: bool) -> None:
    """A server's certificate of the town's CA is believed; a pole's, from the same CA, is not."""
    file = pole.publish(3)
    ca = TownCa(pole.folder / "town", unit)
    web = Web(pole.web.folder, ca).start()
    pole.changes |= {"fetch_url": web.url, "fetch_ca_file": str(ca.folder / "ca.pem")}
    why = pole.fetch()
    web.stop()
    assert (why == "", pole.here() == [file.name]) == (believed, believed)
    assert believed or "certificate verify failed" in why


def test_health_tells_of_a_long_silence(pole: Pole) -> None:
    """A day without an answer is nobody's news; four are, with the reason; off, it is forgotten."""
    store = load([]).settings.store.model_copy(
        update={"folder": str(pole.folder / "store"), "reserve_mb": 1}
    )
    pole.web.answers["index.json"] = [(404, {})] * 3
    with open_store(store, "main-street", pole.clock) as opened:
        news = UpdateNews(pole.update, Recorder("watch", opened, pole.clock), pole.clock)
        for day in range(5):
            news.step()
            assert ("answered 404" in news.problem) == (day == 4)
            pole.fetch()
            pole.clock.advance(86_400)
            if day == 2:
                pole.web.answers["index.json"] += [(404, {})] * 3
        pole.changes["fetch_url"] = ""
        pole.fetch()
        news.step()
        assert news.problem == ""


@pytest.mark.parametrize("what", ["a pipe", "a link", "a giant", "a folder"])
def test_what_is_remembered_is_read_with_care(pole: Pole, what: str) -> None:
    """Whoever takes over the fetching process cannot stop the reading daemon, or root, by it."""
    pole.publish(3)
    pole.fetch()
    place = pole.fetched.folder / "state.json"
    place.unlink()
    match what:
        case "a pipe":
            os.mkfifo(place)
        case "a link":
            place.symlink_to("/dev/zero")
        case "a giant":
            place.write_bytes(b" " * 10_000_000)
        case _:
            place.mkdir()
    assert pole.fetched.read() is None


def test_it_is_off_unless_somebody_names_a_server() -> None:
    """The default asks nobody."""
    assert load([]).settings.update.fetch_url == ""
    assert Fetcher(load([]).settings, SystemClock(), print).run(at_once=True) == ""
