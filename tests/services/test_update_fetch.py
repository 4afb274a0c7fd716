"""Releases by https: a real server with the town's CA, a unit that fetches, and what goes wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.keys import canonical
from edge.keys.roles import Role
from edge.policy.fetching import Fetched
from edge.policy.update_index import read_index
from edge.policy.updating import Phase
from edge.services.update_fetch import Fetcher
from edge.services.update_fetched import number_of
from tests.certificates import Authority
from tests.keys.cast import keys_of
from tests.services.releasing import ARCH, Pole, Web
from tests.services.updating import Unit

# what a kill leaves is tested in test_update_fetch_kill.py
pytestmark = pytest.mark.usefixtures("no_waiting_for_disks")

OTHER = "arm64" if ARCH == "amd64" else "amd64"
BIG = 300_000


@pytest.fixture
def pole(tmp_path: Path) -> Iterator[Pole]:
    made = Pole(tmp_path)
    yield made
    made.web.stop()


def test_a_release_is_fetched_once(pole: Pole) -> None:
    """Over TLS, whole, for everybody to read, and a second run loads nothing."""
    file = pole.publish(3)
    assert pole.fetch() == ""
    assert pole.here() == [file.name]
    there = pole.fetched.folder / file.name
    assert there.read_bytes() == file.read_bytes()
    assert there.stat().st_mode & 0o777 == 0o644
    assert pole.fetch() == ""
    assert pole.web.loads() == ["-"]
    assert pole.parts() == []
    assert "9.0 (number 3) is here" in pole.state.offered


def test_the_updater_takes_it_and_it_is_deleted(pole: Pole) -> None:
    """From the server to kept, by the real updater; then the copy goes."""
    pole.publish(3)
    assert pole.fetch() == ""
    unit = Unit(pole.folder / "unit")
    unit.stick = pole.fetched.folder
    state = unit.updater.run() if ARCH == "amd64" else unit.state
    if ARCH == "amd64":
        assert state.phase is Phase.KEPT
    pole.stands(**state.model_dump())
    assert pole.fetch() == ""
    assert pole.here() == []
    assert pole.web.loads() == ["-"]


def test_the_unit_does_not_say_who_it_is(pole: Pole) -> None:
    """No request names unit or town."""
    pole.publish(3)
    pole.fetch()
    assert len(pole.web.asked) == 2
    for _, headers in pole.web.asked:
        assert headers["User-Agent"].startswith("edge-plates/")
        assert not {"main-street", "windsor"} & set(" ".join(headers.values()).split())


def test_by_default_nobody_is_asked(pole: Pole) -> None:
    """Without an address there is no request, no folder, and what was fetched before goes."""
    pole.changes["fetch_url"] = ""
    assert pole.fetch() == ""
    assert not pole.fetched.folder.exists()
    pole.changes["fetch_url"] = pole.web.url
    pole.publish(3)
    pole.fetch()
    asked = len(pole.web.asked)
    pole.changes["enabled"] = False
    assert pole.fetch() == ""
    assert (pole.here(), len(pole.web.asked)) == ([], asked)


def test_what_does_not_fit_is_not_loaded(pole: Pole) -> None:
    """Another machine's, an older number, an older version, what failed here: only the index."""
    pole.publish(9, arch=OTHER)
    failed = pole.publish(8)
    pole.publish(5, "9.1")
    pole.publish(7, "0.0.1")
    pole.stands(newest=5, failed=[number_of(failed)])
    assert pole.fetch() == ""
    assert pole.web.loads() == []
    assert pole.here() == []
    assert "9.0 (number 8): " in pole.state.offered
    assert "taken back" in pole.state.offered


def test_the_way_back_needs_a_second_key(pole: Pole) -> None:
    """An older number is fetched where two signed it, once the newer one is off the server."""
    newer = pole.publish(7)
    older = pole.publish(5, "8.0", second=keys_of("sue", Role.SUPERVISOR))
    pole.stands(newest=7, current=number_of(newer), digest=number_of(newer))
    assert pole.fetch() == ""
    assert pole.here() == []
    newer.unlink()
    pole.index()
    assert pole.fetch() == ""
    assert pole.here() == [older.name]


def test_a_cut_is_gone_on_with(pole: Pole) -> None:
    """Broken off twice in one run: each goes on where the last one ended."""
    file = pole.publish(3, size=BIG)
    pole.web.cuts[file.name] = [100_000, 50_000]
    assert pole.fetch() == ""
    assert pole.web.loads() == ["-", "bytes=100000-", "bytes=150000-"]
    tags = [head.get("If-Range") for name, head in pole.web.asked if name == file.name]
    assert tags[0] is None
    assert tags[1] == tags[2] != ""
    assert (pole.fetched.folder / file.name).read_bytes() == file.read_bytes()


def test_a_server_that_does_not_go_on_is_left(pole: Pole) -> None:
    """A cut that brings nothing is a failure; what came before it stays for the next time."""
    file = pole.publish(3, size=BIG)
    pole.web.cuts[file.name] = [100_000, 0]
    assert "100000 of" in pole.fetch()
    assert (pole.parts(), pole.here()) == ([100_000], [])
    assert pole.fetch() == ""
    assert pole.web.loads()[-1] == "bytes=100000-"


def test_without_ranges_it_begins_anew(pole: Pole) -> None:
    """A server that gives the whole file again gives the whole file."""
    file = pole.publish(3, size=BIG)
    pole.web.ranges = False
    pole.web.cuts[file.name] = [100_000]
    assert pole.fetch() == ""
    assert (pole.fetched.folder / file.name).read_bytes() == file.read_bytes()


def test_a_file_that_changed_meanwhile_is_not_mixed(pole: Pole) -> None:
    """Half of one and half of another: If-Range, and the index anew, begin from the start."""
    first = pole.publish(3, size=BIG)
    pole.web.cuts[first.name] = [100_000, 0]
    pole.fetch()
    first.unlink()
    second = pole.publish(3, size=BIG + 64)
    assert pole.fetch() == ""
    assert pole.web.loads()[-1] == "-"
    assert (pole.fetched.folder / second.name).read_bytes() == second.read_bytes()
    assert pole.parts() == []


@pytest.mark.parametrize("code", [416, 206], ids=["416", "206 of something else"])
def test_a_wrong_answer_to_a_range_begins_anew(pole: Pole, code: int) -> None:
    """What cannot be gone on with is dropped, and the next time is whole."""
    file = pole.publish(3, size=BIG)
    pole.web.cuts[file.name] = [100_000]
    pole.web.answers[file.name] = []
    pole.web.given = lambda _: pole.web.answers[file.name].append(
        (code, {"Content_Range": "bytes 5-9/10", "Content_Length": "0"})
    )
    assert str(code) in pole.fetch()
    pole.web.given, pole.web.answers = (lambda _: None), {}
    assert pole.parts() == []
    assert pole.fetch() == ""
    assert pole.here() == [file.name]


def other_bytes(pole: Pole, name: str) -> None:
    """Give as many bytes, but others."""
    pole.web.bodies[name] = bytes(pole.web.folder.joinpath(name).stat().st_size)


def longer(pole: Pole, name: str) -> None:
    """Announce and give more."""
    pole.web.bodies[name] = pole.web.folder.joinpath(name).read_bytes() + b"more"


def endless(pole: Pole, name: str) -> None:
    """Give more without saying how much."""
    pole.web.lengths = False
    longer(pole, name)


def other_release(pole: Pole, name: str) -> None:
    """Name a file by its own digest, and say that another release is in it."""
    place = pole.web.folder / "index.json"
    index = read_index(place.read_bytes(), name)
    [one] = index.releases
    lie = one.model_copy(update={"number": "0" * 64})
    pole.web.bodies["index.json"] = canonical.write(index.model_copy(update={"releases": [lie]}))


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        (other_bytes, "is another file than the index says"),
        (longer, "by its index"),
        (endless, "has more than the"),
        (other_release, "is another release than the index says"),
    ],
    ids=["digest", "length", "no length", "release"],
)
def test_a_lie_about_a_file_leaves_nothing(pole: Pole, lie: object, why: str) -> None:
    """Told, deleted; three times, and it is not loaded again until the index is another."""
    file = pole.publish(3, size=BIG)
    assert callable(lie)
    lie(pole, file.name)
    for _ in range(3):
        assert why in pole.fetch()
        assert (pole.parts(), pole.here()) == ([], [])
    loads = len(pole.web.loads())
    pole.clock.advance(8 * 3600)
    assert "not loaded again until" in pole.later()
    assert len(pole.web.loads()) == loads
    pole.web.bodies.clear()
    assert pole.fetch() == ""
    assert pole.state.problem == ""


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"x" * 2_000_000, "more than the 1000000 bytes"),
        (b"<html>welcome</html>", "is damaged, or no such file"),
        (b'{"made":"2026-01-01T00:00:00Z","releases":[],"v":2}', "index.json: v:"),
        (b'{"made":"2026-01-01T00:00:00Z", "releases":[],"v":1}', "not in canonical form"),
        (b'{"made":"2026-01-01T00:00:00Z","releases":[{"file":"../../x.update"}],"v":1}', "file"),
    ],
    ids=["too large", "a page", "of the future", "changed by hand", "a path"],
)
def test_an_index_that_is_none_changes_nothing(pole: Pole, body: bytes, why: str) -> None:
    """The sentence says what came; what was fetched before stays."""
    file = pole.publish(3)
    pole.fetch()
    pole.web.bodies["index.json"] = body
    assert why in pole.fetch()
    assert pole.here() == [file.name]
    assert pole.state.failures == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((404, {}), "answered 404"),
        ((503, {"Retry_After": "7200"}), "answered 503"),
        ((302, {"Location": "https://elsewhere.example/units/index.json"}), "leads on to"),
        ((302, {"Location": "file:///etc/passwd"}), "is not allowed"),
        ((302, {"Location": "https://[units/"}), "answered nonsense"),
        ((304, {}), "answered 304"),
    ],
    ids=["404", "503", "elsewhere", "file", "nowhere", "304"],
)
def test_a_refusal_is_told(pole: Pole, answer: tuple[int, dict[str, str]], why: str) -> None:
    """Each with its sentence; nobody is asked elsewhere; a longer wait is the server's."""
    pole.publish(3)
    pole.web.answers["index.json"] = [answer]
    assert why in pole.fetch()
    now = pole.clock.now().utc_ns // 10**9
    wait_s = pole.state.due - now
    assert wait_s == 7200 if answer[0] == 503 else 300 <= wait_s <= 600
    assert pole.state.since == now
    assert pole.fetch() == ""


def test_only_the_towns_server_is_believed(pole: Pole) -> None:
    """Another CA's certificate, and one for another host: refused before anything is asked."""
    pole.publish(3)
    other = Authority(pole.folder / "other", "Another CA")
    pole.changes["fetch_ca_file"] = str(other.file)
    assert "certificate verify failed" in pole.fetch()
    elsewhere = Web(pole.web.folder, Authority(pole.folder / "third"), hosts=("elsewhere",)).start()
    pole.changes["fetch_url"] = elsewhere.url
    pole.changes["fetch_ca_file"] = str(elsewhere.authority.file)
    assert "certificate verify failed" in pole.fetch()
    elsewhere.stop()
    pole.changes["fetch_ca_file"] = str(pole.folder / "no.pem")
    assert "update.fetch_ca_file is not there" in pole.fetch()
    assert pole.web.asked == elsewhere.asked == []


def test_nobody_there_is_told(pole: Pole) -> None:
    """A server that is away is a failure with its name, and no file is lost by it."""
    file = pole.publish(3)
    pole.fetch()
    port = pole.web.url
    pole.web.stop()
    assert "cannot be reached" in pole.fetch()
    assert pole.here() == [file.name]
    assert port in pole.state.problem
    pole.web.start()


def test_sizes_are_limited(pole: Pole) -> None:
    """A release over the limit, or for which the disk has no room, is not begun."""
    file = pole.publish(3, size=BIG)
    pole.changes["fetch_limit_mb"] = 0.1
    assert "update.fetch_limit_mb is 0" in pole.fetch()
    pole.changes |= {"fetch_limit_mb": 1.0, "fetch_leave_mb": 1e9}
    assert "more must be free" in pole.fetch()
    assert pole.web.loads() == []
    pole.changes["fetch_leave_mb"] = 0.0
    assert pole.fetch() == ""
    assert pole.here() == [file.name]


def test_it_comes_no_faster_than_it_may(pole: Pole) -> None:
    """300 kB at 100 kbit/s take 24 s of the unit's clock; without a limit none."""
    file = pole.publish(3, size=BIG)
    pole.changes["fetch_kbit_s"] = 100.0
    before = pole.clock.now()
    assert pole.fetch() == ""
    assert pole.clock.now().since(before) == pytest.approx(file.stat().st_size / 12_500, rel=0.01)


def test_a_newer_one_takes_the_older_ones_place(pole: Pole) -> None:
    """What waits stays until the newer is whole; what the desk withdraws goes."""
    first = pole.publish(3)
    pole.fetch()
    second = pole.publish(4, "9.1", size=BIG)
    pole.web.cuts[second.name] = [100_000, 0]
    pole.fetch()
    assert pole.here() == [first.name]
    assert pole.fetch() == ""
    assert pole.here() == [second.name]
    second.unlink()
    first.unlink()
    pole.publish(5, arch=OTHER)
    assert pole.fetch() == ""
    assert pole.here() == []


def test_it_asks_in_its_hours_alone(pole: Pole, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of them it waits, and plans nothing; in them it comes at its own moment."""
    pole.publish(3)
    hours = {"open": False}
    monkeypatch.setattr(Fetcher, "_open_hours", lambda _: hours["open"])
    for _ in range(20):
        pole.clock.advance(3600)
        assert pole.fetch(at_once=False) == ""
    before = pole.state
    pole.clock.advance(3600)
    assert pole.fetch(at_once=False) == ""
    assert pole.state == before, "else all of a town would come when the hours begin"
    assert pole.web.asked == []
    hours["open"] = True
    assert pole.fetch(at_once=False) == ""
    assert pole.web.asked == []
    assert pole.later() == ""
    assert len(pole.here()) == 1


def test_hours_that_end_cut_the_loading(pole: Pole, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has come by then stays; the next night it goes on."""
    file = pole.publish(3, size=BIG)
    pole.changes |= {"fetch_kbit_s": 100.0}
    closes = pole.clock.now().later(3600 + 10)
    monkeypatch.setattr(Fetcher, "_open_hours", lambda self: self._clock.now().since(closes) < 0)
    pole.clock.advance(3600)
    pole.fetched.folder.mkdir()
    pole.fetched.write(Fetched(asked=1, due=1, spread=True))
    assert "the hours of update.fetch_window are over" in pole.fetch(at_once=False)
    [had] = pole.parts()
    assert 0 < had < BIG
    monkeypatch.undo()
    assert pole.fetch() == ""
    assert pole.here() == [file.name]
    assert pole.web.loads()[-1] == f"bytes={had}-"
