"""The parts of an update: the signed file, the self-test, and what watch tells of it all."""

import os
from pathlib import Path

import pytest

from edge.cli import main
from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import KeysError, UpdateError
from edge.keys import canonical
from edge.keys.roles import Role
from edge.keys.trust import ROOT_FILE
from edge.policy import updating
from edge.policy.updating import Phase, State
from edge.services import selftest
from edge.services.recorder import Recorder
from edge.services.replay import replay
from edge.services.update_file import bundle_facts, check_bundle, copy_bundle, read_update
from edge.services.update_news import UpdateNews
from edge.services.update_sign import verified
from edge.store import open_store
from tests.fakes import FakeClock
from tests.keys.cast import ISSUED, keys_folder, keys_of
from tests.services.updating import make_release, make_tar, updater_keys, updating_roster

# what a disk loses is tested in tests/store
pytestmark = pytest.mark.usefixtures("no_waiting_for_disks")

AT = "2026-01-01T10:00:00.000Z"


def settings_of(folder: Path, **changes: object) -> Settings:
    plain = load([]).settings
    store = plain.store.model_copy(update={"folder": str(folder / "store"), "reserve_mb": 1})
    return plain.model_copy(update={"store": store, **changes})


def test_a_file_is_what_was_signed(tmp_path: Path) -> None:
    """Version, architecture, Pythons and every file's digest stand in what the updater signed."""
    tar = make_tar(tmp_path, "9.0")
    file = make_release(tmp_path, 3, second=keys_of("sue", Role.SUPERVISOR))
    found, vouched = verified(file, updating_roster(), ISSUED)
    release = vouched.release
    assert (release.version, release.sequence, release.arch) == ("9.0", 3, "amd64")
    assert release.pythons == ["3.11", "3.13"]
    assert vouched.signers == ("upton", "sue")
    check_bundle(found, release)
    copy_bundle(found, release, tmp_path / "copy.tar")
    version, arch, files, digest, _ = bundle_facts(tmp_path / "copy.tar")
    assert (version, arch, files, digest) == ("9.0", "amd64", release.files, release.digest)
    assert not tar.exists()


@pytest.mark.parametrize("at", range(0, 2400, 97))
def test_no_byte_may_be_another(tmp_path: Path, at: int) -> None:
    """Whatever bit is flipped, in the words or in the bundle: refused before anything is used."""
    file = make_release(tmp_path, 1)
    body = bytearray(file.read_bytes())
    body[at % len(body)] ^= 4
    file.write_bytes(body)
    with pytest.raises((UpdateError, KeysError)):
        take(file, tmp_path / "copy.tar")
    assert not (tmp_path / "copy.tar").exists()


def take(file: Path, place: Path) -> None:
    found, vouched = verified(file, updating_roster(), ISSUED)
    copy_bundle(found, vouched.release, place)


def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    """Whoever may put files there cannot stop root's updater."""
    file = tmp_path / "edge.update"
    os.mkfifo(file)
    with pytest.raises(UpdateError, match="no plain file"):
        read_update(file)


def test_a_bundle_that_is_damaged_is_not_signed(tmp_path: Path) -> None:
    """The desk holds a bundle against its own manifest before a key is used."""
    tar = make_tar(tmp_path, "9.0")
    body = tar.read_bytes()
    tar.write_bytes(body.replace(b"wheel", b"whEEl", 2))
    with pytest.raises(UpdateError):
        bundle_facts(tar)


def test_the_desk_signs_approves_and_verifies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a bundle to a file that says who signed, by the verbs alone."""
    roster = updating_roster()
    desk = keys_folder(tmp_path / "upton", "upton", roster=roster)
    other = keys_folder(tmp_path / "sue", "sue", roster=roster)
    tar = make_tar(tmp_path, "9.0")
    words = ["update", "sign", str(tar), "--number", "2", "--least", "0.1.0", "--keys", str(desk)]
    assert main(words) == 0
    file = str(tmp_path / "edge-9.0-amd64-2.update")
    assert main(["update", "approve", file, "--keys", str(other)]) == 0
    root = str(desk / ROOT_FILE)
    given = ["--root", root, "--roster", str(desk / "roster")]
    assert main(["update", "verify", file, *given]) == 0
    said = capsys.readouterr().out
    assert "edge 9.0 for amd64, release 2 of windsor" in said
    assert "signed by upton and sue" in said
    assert main(["update", "sign", str(tar), "--number", "2", "--least", "1", "--keys", str(other)])


def test_every_version_reads_its_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The packed models read both plates, by the very line; another truth, and it fails."""
    kept = []
    monkeypatch.setattr(selftest, "replay", lambda *given: kept.append(replay(*given)) or kept[-1])
    plates = selftest.read_clip(settings_of(tmp_path), SystemClock())
    assert len(plates) == 2
    monkeypatch.setattr(selftest, "replay", lambda *_: kept[-1])
    misread(tmp_path, monkeypatch)
    with pytest.raises(UpdateError, match="where BT48272, KRW5914 pass"):
        selftest.read_clip(settings_of(tmp_path), SystemClock())


def misread(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a truth in the place of the clip's that differs in one character."""
    real = selftest.packed("selftest")
    (folder / "clip.mp4").symlink_to(real / "clip.mp4")
    truth = (real / "truth.json").read_text("utf-8").replace("BT48271", "BT48272")
    (folder / "truth.json").write_text(truth, "utf-8")
    monkeypatch.setattr(selftest, "packed", lambda _: folder)


def test_other_tables_are_refused_before_they_are_made(tmp_path: Path, clock: FakeClock) -> None:
    """A version that would write the store anew as the one kept cannot read it is not taken."""
    settings = settings_of(tmp_path)
    store = Path(settings.store.folder)
    known = selftest.known_tables()["unit"]
    (tmp_path / "tables.json").write_bytes(canonical.encode({"unit": known - 1}))
    selftest.check_tables(tmp_path, store)  # there is no store as yet: nothing to lose
    open_store(settings.store, "main-street", clock).close()
    with pytest.raises(UpdateError, match="no way back without"):
        selftest.check_tables(tmp_path, store)
    (tmp_path / "tables.json").write_bytes(canonical.encode({"unit": known}))
    selftest.check_tables(tmp_path, store)
    (tmp_path / "tables.json").unlink()
    with pytest.raises(UpdateError, match="nobody knows what is safe"):
        selftest.check_tables(tmp_path, store)


def test_acts_go_on_the_chain_once(tmp_path: Path, clock: FakeClock) -> None:
    """Watch records what root's updater wrote down, whichever version runs, and once."""
    folder = tmp_path / "update"
    folder.mkdir()
    state = State(phase=Phase.BACK, version="9.0", version_before="1.0", sequence=4, why="dark")
    state = state.model_copy(update={"digest": "a" * 64, "signers": ["upton"]})
    for act in ("staged", "switched", "back"):
        state = updating.acted(state, act, AT, "dark" if act == "back" else "")  # type: ignore[arg-type]
    (folder / "state.json").write_bytes(canonical.write(state))
    settings = settings_of(tmp_path)
    with open_store(settings.store, "main-street", clock) as store:
        for _ in range(2):
            recorder = Recorder("watch", store, clock)
            news = UpdateNews(folder, recorder, clock)
            news.step()
            rows = list(recorder.recent("update"))
            assert [one["act"] for one in rows] == ["back", "switched", "staged"]
    newest = rows[0]
    assert (newest["version"], newest["before"], newest["signers"]) == ("9.0", "1.0", ["upton"])
    assert newest["why"] == "dark"
    assert news.health is not None
    assert news.health.phase == "back"
    assert news.problem == "9.0 (number 4) was taken back, 1.0 runs on: dark"


def test_a_damaged_state_is_told(tmp_path: Path, clock: FakeClock) -> None:
    """Health says that nobody knows, and not that all is well."""
    (tmp_path / "state.json").write_bytes(b"{")
    settings = settings_of(tmp_path)
    with open_store(settings.store, "main-street", clock) as store:
        news = UpdateNews(tmp_path, Recorder("watch", store, clock), clock)
        news.step()
    assert news.problem == "where an update stood is not known any more"


def test_a_unit_without_updates_says_nothing(tmp_path: Path, clock: FakeClock) -> None:
    """No folder, no word in health."""
    settings = settings_of(tmp_path)
    with open_store(settings.store, "main-street", clock) as store:
        news = UpdateNews(tmp_path / "nowhere", Recorder("watch", store, clock), clock)
        news.step()
    assert (news.health, news.problem) == (None, "")


def test_the_updaters_own_keys_sign_nothing_else() -> None:
    """An updater has no opening key: nothing is ever sealed to one."""
    assert updater_keys().opening is None
