"""`edge check --security`: each seeded fault is found and named by its check, and none else."""

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.cli import main
from edge.services.finding import Finding
from edge.services.security.crypt import fits, hashed
from edge.services.security.kernel import WANTED
from edge.services.security.ssh_keys import parse
from tests.house.tree import ROOT
from tests.services.hardened import KEY, Tree, entries
from tests.services.security_faults import FAULTS, Fault

log = logging.getLogger("edge.figures")  # shown by -o log_cli=true -o log_cli_level=INFO

CHECKS = {
    *("ports", "users", "passwords", "files", "secrets", "serial", "jtag", "boot line", "ptrace"),
    *("core files", "ssh", "ssh keys", "wi-fi", "usb storage", "kernel", "root", "swap"),
    *("telemetry", "services", "firmware"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("unit"))


@pytest.fixture
def tree(made: Tree) -> Iterator[Tree]:
    """Return a unit with nothing left open; what is done to it is undone."""
    yield made
    made.restore()


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.name, one.word, one.sentence) for one in findings if one.word != "pass"]


def test_a_unit_with_nothing_left_open(tree: Tree) -> None:
    """The control: every check passes, with a sentence."""
    found = tree.judge()
    assert told(found) == []
    assert {one.name for one in found} == CHECKS
    assert all(one.sentence for one in found)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.name)
def test_seeded_faults(tree: Tree, fault: Fault) -> None:
    """Each is found by its check, named in words, has a mend, and no other check complains."""
    fault.seed(tree)
    found = tree.judge()
    log.info("%s -> %s", fault.name, told(found))
    named = [one for one in found if fault.says in one.sentence]
    assert [(one.name, one.word) for one in named] == [(fault.check, fault.word)], told(found)
    assert named[0].mend
    assert {name for name, _, _ in told(found)} == {fault.check}


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "etc/edge/site.toml").write_text("x"),
        lambda root: (root / "etc/shadow").chmod(0o644),
        lambda root: (root / "var/lib/edge").chmod(0o777),
        lambda root: (root / "usr/sbin/sshd").unlink(),
        lambda root: shutil.rmtree(root / "etc"),
        lambda root: (root / "opt/edge").unlink(),
        lambda root: _led_astray(root / "opt/edge"),
        lambda root: (root / "new/deep").mkdir(parents=True),
        lambda root: _led_astray(root / "etc/ssh/sshd_config"),
    ],
    ids=["text", "mode", "folder's mode", "gone", "all gone", "link", "led", "new", "a link now"],
)
def test_whatever_is_done_to_the_unit_is_undone(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    """The next fault is seeded into the same files: byte for byte, right for right."""
    tree = Tree(tmp_path)
    before = entries(tree.root)
    change(tree.root)
    tree.loader = ""
    assert entries(tree.root) != before, "the control"
    tree.restore()
    assert entries(tree.root) == before
    assert tree.loader


def _led_astray(link: Path) -> None:
    link.unlink()
    link.symlink_to("/elsewhere")


def test_enough_is_seeded() -> None:
    """Every check has a fault of its own."""
    assert {one.check for one in FAULTS} == CHECKS
    assert len(FAULTS) >= 25


def test_wanted_ports_are_let(tree: Tree) -> None:
    """A port that the installer names is no fault."""
    tree.listening("tcp", "00000000", 8443)
    assert told(tree.judge([8443])) == []


def test_keys_are_listed_by_fingerprint(tree: Tree) -> None:
    """The list names each key as ssh-keygen does, also beside a fault."""
    (tree.root / "root/.ssh").mkdir(parents=True)
    (tree.root / "root/.ssh/authorized_keys").write_text(KEY)
    listed = [one.sentence for one in tree.judge() if one.name == "ssh keys"][-1]
    fingerprint = "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA"
    assert listed.count(fingerprint) == 2
    assert parse(KEY).bits == 256
    assert parse(f'command="/bin/true,x" {KEY}').fingerprint == fingerprint


def test_what_may_not_be_read_is_not_checked(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that this user may not read is told, never taken for a pass."""
    settings = tree.settings()

    def refuse(*_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    found = {one.name: one for one in tree.judge(settings=settings)}
    assert found["passwords"].word == "not checked"
    assert "as root" in found["passwords"].mend


def test_a_folder_that_does_not_run(tree: Tree) -> None:
    """Without a kernel the settings are judged by what the files lay down, ports not at all."""
    tree.still()
    words = {(name, word) for name, word, _ in told(tree.judge())}
    assert words == {("ports", "not checked"), ("swap", "not checked"), ("firmware", "not checked")}
    tree.change("etc/sysctl.d/90-edge.conf", "-kernel.sysrq = 0", "-kernel.sysrq = 1")
    assert ("kernel", "warn") in {(name, word) for name, word, _ in told(tree.judge())}


def test_passwords_are_tried_by_the_systems_library() -> None:
    """A password fits its own hash and no other, in two schemes."""
    for setting in ("$6$salt$", "$5$salt$"):
        kept = hashed("raspberry", setting)
        assert fits("raspberry", kept)
        assert not fits("Raspberry", kept)


def test_the_kernels_settings_are_shipped() -> None:
    """What is judged is what scripts/install lays down, each with its reason before it."""
    lines = (ROOT / "systemd/edge.sysctl.conf").read_text("utf-8").splitlines()[2:]
    pairs = [(f"# {one.reason}", f"-{one.name} = {one.value}") for one in WANTED]
    assert lines == [line for pair in pairs for line in pair]


def test_the_verb_judges_a_folder(
    tree: Tree, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Text, JSON and page from a folder with a system in it; status 1 for a fault."""
    tree.enable("avahi-daemon.service")
    page = tmp_path / "record.html"
    words = ["check", "--security", "--root", str(tree.root), "--html", str(page)]
    assert main(words) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(one.startswith("FAIL        services      avahi-daemon starts") for one in lines)
    assert "1 failed: services" in lines[-1]
    assert "edge check --security of" in page.read_text("utf-8")
    assert main([*words, "--json"]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["name"] for one in found if one["passed"] is False] == ["services"]


def test_a_folder_is_for_security_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The other checks need a running unit; the sentence says so."""
    assert main(["check", "--root", str(tmp_path)]) == 2
    assert "--root goes with --security" in capsys.readouterr().err
