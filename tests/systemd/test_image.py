"""The test image's parts that need no machine: its firmware's choice, its list of contents."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.image.compare_events import rows
from scripts.image.player import Card, ImageError, chosen
from scripts.image.sbom import debian, document, wheels
from tests.house.tree import ROOT

_LAYOUT = """\
label: gpt
size=2MiB, name="edge-boot", type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7
size=1MiB, name="edge-boot-a", type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7
size=1MiB, name="edge-boot-b", type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7
"""


_NAMES = ["edge-boot", "edge-boot-a", "edge-boot-b", "edge-root-a", "edge-root-b", "edge-data"]


def test_the_side_is_that_of_autoboot_and_the_other_in_a_try() -> None:
    """What the image ships: A by default, B when a try was asked for."""
    text = (ROOT / "scripts/image/autoboot.txt").read_text("utf-8")
    assert chosen(text, _NAMES, tried=False) == "edge-boot-a"
    assert chosen(text, _NAMES, tried=True) == "edge-boot-b"


def test_sides_that_were_switched_are_followed() -> None:
    """An update that is kept writes the numbers the other way round."""
    swapped = "[all]\ntryboot_a_b=1\nboot_partition=3\n[tryboot]\nboot_partition=2\n"
    assert chosen(swapped, _NAMES, tried=False) == "edge-boot-b"


@pytest.mark.parametrize(
    "text", ["", "[all]\n", "[all]\nboot_partition=9\n"], ids=["empty", "no number", "no such"]
)
def test_a_card_that_names_no_side_is_refused(text: str) -> None:
    """The firmware's stand-in guesses nothing."""
    with pytest.raises(ImageError, match="names no partition"):
        chosen(text, _NAMES, tried=False)


def test_every_locked_wheel_is_in_the_list_with_its_hashes() -> None:
    """As many packages as the lock has pins, each with hashes and a purl."""
    lock = (ROOT / "lock-debian13.txt").read_text("utf-8")
    listed = list(wheels(lock))
    assert len(listed) == lock.count("==") > 20
    for one in listed:
        assert "SHA-256" in one["comment"]
        assert one["externalRefs"][0]["referenceLocator"].startswith("pkg:pypi/")


def test_a_pin_without_a_hash_is_refused() -> None:
    """The control: what no hash holds may not pass for known."""
    with pytest.raises(SystemExit, match="numpy has no hash"):
        list(wheels("numpy==2.0.0\n"))


def test_the_list_of_contents_is_spdx() -> None:
    """Every package has its own id, and stands in the image."""
    packages = [
        *debian(["libc6:arm64\t2.41-12\tarm64\tglibc"]),
        *wheels("a==1 --hash=sha256:" + "0" * 64),
    ]
    told = json.loads(json.dumps(document("edge-test-arm64", "0" * 64, packages, 0)))
    ids = [one["SPDXID"] for one in told["packages"]]
    assert told["spdxVersion"] == "SPDX-2.3"
    assert told["creationInfo"]["created"] == "1970-01-01T00:00:00Z"
    assert len(set(ids)) == len(ids) == 3
    held = {one["relatedSpdxElement"] for one in told["relationships"]}
    assert held == set(ids)
    reference = told["packages"][1]["externalRefs"][0]["referenceLocator"]
    assert reference == "pkg:deb/debian/libc6@2.41-12?arch=arm64&distro=trixie"


def test_another_text_on_the_other_machine_is_found() -> None:
    """The control: one character, one grade or one event more, and the comparison fails."""
    one = {"event": "alert", "text": "AB1234", "grade": "alarm", "probability": 0.98, "reads": 2}
    [same] = rows([one], [one | {"probability": 0.97}])
    assert same.same
    assert same.apart == pytest.approx(0.01)
    for other in ({"text": "AB1Z34"}, {"grade": "verify"}, {"event": "pass"}):
        [row] = rows([one], [one | other])
        assert not row.same
    assert [row.same for row in rows([one], [one, one])] == [True, False]


@pytest.mark.machine
def test_files_go_onto_a_card_and_come_off_it(tmp_path: Path) -> None:
    """With the real tools: partitions by name, a file in, out, gone; a missing one is not there."""
    image = tmp_path / "edge-test-amd64.img"
    with image.open("wb") as disk:
        disk.truncate(8 << 20)
    subprocess.run(["sfdisk", "--quiet", str(image)], input=_LAYOUT, text=True, check=True)
    card = Card(image)
    start, size = card.partitions()["edge-boot"]
    assert size == 2 << 20
    mkfs = shutil.which("mkfs.vfat", path="/usr/sbin:/sbin:/usr/bin:/bin")
    assert mkfs is not None
    part = tmp_path / "boot.vfat"
    part.write_bytes(b"\0" * size)
    subprocess.run([mkfs, str(part)], check=True, capture_output=True)
    with image.open("r+b") as disk:
        disk.seek(start)
        disk.write(part.read_bytes())
    (tmp_path / "tryboot").write_text("once\n")
    card.insert(tmp_path / "tryboot")
    assert card.read("tryboot") == b"once\n"
    card.remove("tryboot")
    assert card.read("tryboot") is None
