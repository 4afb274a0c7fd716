"""A stock image becomes a card: what is on it then, and what is refused; nothing half-written."""

import lzma
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.image.customise import main
from tests.services.cards import HEAD, open_desk, row
from tests.systemd.pi_images import (
    CMDLINE,
    USER_DATA,
    boot_files,
    card_files,
    make_image,
    make_small_bundle,
    needs_image_tools,
)

pytestmark = [needs_image_tools, pytest.mark.machine]  # no root, but tools and half a minute
RUN = "systemd.run=/boot/firmware/firstrun.sh"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder ``boot`` of a site with a secret."""
    folder = tmp_path_factory.mktemp("desk")
    desk = open_desk(folder)
    (folder / "camera.password").write_text("0x5ecre7\n")
    desk.make(f"{row('main-street')},camera.password", head=f"{HEAD},secrets")
    return desk.boot("main-street")


def words(image: Path, site: Path, bundle: Path, *more: str) -> list[str]:
    return [str(image), str(site / "edge-site.toml"), "--bundle", str(bundle), *more]


@pytest.mark.parametrize("release", [12, 13])
def test_a_stock_image_becomes_a_card(
    release: int, site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bundle, site and secrets are on it, and its first start runs us; again: the same files."""
    image, bundle = make_image(tmp_path, release), make_small_bundle(tmp_path)
    stock, out = image.read_bytes(), tmp_path / "card.img"
    assert main(words(image, site, bundle, "--out", str(out))) == 0, capsys.readouterr().err
    assert image.read_bytes() == stock, "the original was touched"
    files = card_files(out, tmp_path / "card")
    for one in (*site.glob("*.toml"), *site.glob("edge-site/*")):
        assert files[str(one.relative_to(site))] == one.read_bytes()
    assert files[f"edge-card/{bundle.name}"] == bundle.read_bytes()
    assert files["edge-card/roles"] == b"unit\n"
    assert files["edge-card/start.sh"].startswith(b"#!/usr/bin/env bash\n")
    for name in set(boot_files(release)) - {"cmdline.txt", "user-data"}:
        assert files[name] == boot_files(release)[name].encode(), name
    line = files["cmdline.txt"].decode()
    assert line.startswith(CMDLINE), "what the kernel was told stays"
    assert line.count("\n") == 1
    if release == 12:
        assert RUN in line.split()
        assert "systemd.run_failure_action=reboot" in line.split(), "a unit that powers off is lost"
        assert b'start.sh" arm' in files["firstrun.sh"]
    else:
        assert line == f"{CMDLINE} resize\n"
        assert "firstrun.sh" not in files
        text = files["user-data"].decode()
        assert text.startswith(USER_DATA)
        assert "runcmd:\n- [bash, /boot/firmware/edge-card/start.sh, arm, --now]\n" in text
    assert (
        f"main-street of windsor, card 1, by {'firstrun.sh' if release == 12 else 'cloud-init'}"
        in (capsys.readouterr().out)
    )
    assert main(words(out, site, bundle)) == 0
    assert card_files(out, tmp_path / "again") == files
    assert {one.name for one in tmp_path.iterdir() if one.name.startswith(".")} == set()


def test_a_newer_bundle_takes_the_place_of_the_older(site: Path, tmp_path: Path) -> None:
    """One bundle is on a card, and one site: what an earlier run wrote is gone."""
    image = make_image(tmp_path, 13)
    assert main(words(image, site, make_small_bundle(tmp_path))) == 0
    newer = make_small_bundle(tmp_path).rename(tmp_path / "edge-0.2.0-arm64.tar")
    other = tmp_path / "other"
    shutil.copytree(site, other)
    (other / "edge-site.toml").write_text(
        (site / "edge-site.toml").read_text().replace('secrets = ["camera.password"]\n', "")
    )
    assert main(words(image, other, newer, "--role", "unit", "--role", "console")) == 0
    files = card_files(image, tmp_path / "card")
    assert [one for one in files if one.endswith(".tar")] == ["edge-card/edge-0.2.0-arm64.tar"]
    assert "edge-site/camera.password" not in files
    assert files["edge-card/roles"] == b"unit console\n"


def test_an_image_as_it_is_downloaded_may_be_packed(site: Path, tmp_path: Path) -> None:
    """An .xz is unpacked beside itself; a cut one is told and leaves nothing."""
    image, bundle = make_image(tmp_path, 13), make_small_bundle(tmp_path)
    packed = image.with_suffix(".img.xz")
    packed.write_bytes(lzma.compress(image.read_bytes(), preset=0))
    image.unlink()
    cut = tmp_path / "cut.img.xz"
    cut.write_bytes(packed.read_bytes()[:2000])
    assert main(words(packed, site, bundle)) == 0
    assert "edge-site.toml" in card_files(image, tmp_path / "card")
    assert main(words(cut, site, bundle)) == 2
    assert not (tmp_path / "cut.img").exists()


WRONG = {
    "no-table": ("has no partition table", {}),
    "cut": ("is cut short", {}),
    "other-partitions": ("partitions are 0x0c, 0x82", {}),
    "no-kernel": ("lacks kernel8.img", {"lacks": "kernel8.img"}),
    "other-system": ("another issue.txt", {"changed": {"issue.txt": "Somebody's OS\n"}}),
    "old": ("holds Debian 11", {"release": 11}),
    "32-bits": ("is no 64-bit system", {"library": "arm-linux-gnueabihf"}),
    "other-arch": ("is for arm64, and the image for amd64", {"library": "x86_64-linux-gnu"}),
    "own-firstrun": ("a firstrun.sh of its own", {"changed": {"firstrun.sh": "#!/bin/sh\n"}}),
    "own-run": ("runs something of its own", {"changed": {"cmdline.txt": "systemd.run=/x\n"}}),
    "own-commands": (
        "has commands (runcmd) of its own",
        {"release": 13, "changed": {"user-data": "#cloud-config\nruncmd:\n- [true]\n"}},
    ),
    "own-script": (
        "does not begin with #cloud-config",
        {"release": 13, "changed": {"user-data": "#!/bin/sh\n"}},
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_such_image_is_refused_whole(
    what: str, site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence, status 2, the image as it was, and nothing beside it."""
    sentence, how = WRONG[what]
    image, bundle = make_image(tmp_path, **how), make_small_bundle(tmp_path)  # type: ignore[arg-type]
    raw = bytearray(image.read_bytes())
    if what == "no-table":
        raw[510] = 0
    elif what == "cut":
        del raw[20_000_000:]
    elif what == "other-partitions":
        raw[446 + 16 + 4] = 0x82
    image.write_bytes(raw)
    before = {one.name for one in tmp_path.iterdir()}
    assert main(words(image, site, bundle)) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert ".new" not in said, "a file that nobody has seen is named"
    assert image.read_bytes() == raw
    assert {one.name for one in tmp_path.iterdir()} == before


def test_wrong_bundles_and_sites_are_refused(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Too large, no bundle, a site without its files, another role: each says what to do."""
    image = make_image(tmp_path, 13)
    stock = image.read_bytes()
    large = make_small_bundle(tmp_path, size=30_000_000)
    assert main(words(image, site, large)) == 2
    assert "free, and 38 are needed" in capsys.readouterr().err
    large.write_bytes(b"no tar at all")
    assert main(words(image, site, large)) == 2
    assert "scripts/bundle arm64 makes one" in capsys.readouterr().err
    bundle = make_small_bundle(tmp_path)
    assert main(words(image, tmp_path, bundle)) == 2
    assert "'edge provision batch' writes one" in capsys.readouterr().err
    other = tmp_path / "other"
    shutil.copytree(site, other)
    (other / "edge-site/town.json").unlink()
    assert main(words(image, other, bundle)) == 2
    assert "lacks town.json, which edge-site.toml names" in capsys.readouterr().err
    assert main(words(image, site, bundle, "--role", "console")) == 2
    assert "is for a unit: --role unit too" in capsys.readouterr().err
    assert image.read_bytes() == stock


def test_a_full_disk_leaves_no_half_of_a_card(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What mtools cannot write is told, and no file stands where the card would have been."""
    image, bundle, out = make_image(tmp_path, 12), make_small_bundle(tmp_path), tmp_path / "out.img"
    tools = tmp_path / "tools"
    tools.mkdir()
    real = shutil.which("mcopy")
    (tools / "mcopy").write_text(
        f'#!/bin/sh\ncase "$*" in *firstrun*) echo "Disk full" >&2; exit 1;; esac\n'
        f'exec {real} "$@"\n'
    )
    (tools / "mcopy").chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setenv("PATH", f"{tools}:{os.environ['PATH']}")
        assert main(words(image, site, bundle, "--out", str(out))) == 2
    assert "Disk full" in capsys.readouterr().err
    assert not out.exists()
    assert main(words(image, site, bundle, "--out", str(out))) == 0, "the control: else it is made"


def test_firstrun_makes_the_service_and_no_second_run(site: Path, tmp_path: Path) -> None:
    """Whatever comes of it, the kernel's words for it are gone: no machine starts for ever."""
    image, bundle = make_image(tmp_path, 12), make_small_bundle(tmp_path)
    assert main(words(image, site, bundle)) == 0
    card_files(image, tmp_path / "boot")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "bash").write_text('#!/bin/sh\necho "$@" >>"$LOG"\nexit 1\n')
    (tools / "bash").chmod(0o755)
    log = tmp_path / "log"
    path = f"{tools}:{os.environ['PATH']}"
    first = tmp_path / "boot/firstrun.sh"
    subprocess.run(["/bin/bash", str(first)], check=True, env={"PATH": path, "LOG": str(log)})
    assert log.read_text() == f"{tmp_path}/boot/edge-card/start.sh arm\n"
    line = (tmp_path / "boot/cmdline.txt").read_text()
    assert line == boot_files(12)["cmdline.txt"]
    assert not first.exists()


def test_user_data_for_the_imager_carries_the_site(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All files of the card, readable by nobody's eye but whole; then the same first command."""
    assert main(["--user-data", str(site / "edge-site.toml")]) == 0
    text = capsys.readouterr().out
    assert text.startswith("#cloud-config\n")
    for name in ("edge-site.toml", "edge-site/camera.password", "edge-card/start.sh"):
        assert f'- path: "/boot/firmware/{name}"\n' in text
    assert "- [bash, /boot/firmware/edge-card/start.sh, arm, --now]\n" in text
