"""Images with the layout of Raspberry Pi OS: a partition table, a FAT boot, an ext4 root."""

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

_TOOLS = {
    "mcopy": "mtools",
    "mkfs.vfat": "dosfstools",
    "mke2fs": "e2fsprogs",
    "sfdisk": "fdisk",
}
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_missing = [package for tool, package in _TOOLS.items() if shutil.which(tool, path=_PATH) is None]
needs_image_tools = pytest.mark.skipif(
    bool(_missing) and not os.environ.get("EDGE_REQUIRE_IMAGE"),
    reason=f"apt install {' '.join(_missing)}",
)

_MIB = 1 << 20
_BOOT_AT, _ROOT_MIB = 4 * _MIB, 4
CMDLINE = "console=serial0,115200 console=tty1 root=PARTUUID=8a2c1f3e-02 rootfstype=ext4 rootwait"
USER_DATA = (
    "#cloud-config\n\n# This is the user-data configuration file for cloud-init.\n#packages:\n"
)


def boot_files(release: int) -> dict[str, str]:
    """Return what lies on the boot partition of release 12, or of 13 with its cloud-init."""
    files = {
        "config.txt": "arm_64bit=1\n",
        "issue.txt": "Raspberry Pi reference 2025-10-01\nGenerated using pi-gen\n",
        "kernel8.img": "kernel\n",
        "cmdline.txt": f"{CMDLINE} quiet init=/usr/lib/raspberrypi-sys-mods/firstboot\n",
    }
    if release >= 13:
        files["cmdline.txt"] = f"{CMDLINE} resize\n"
        files["user-data"] = USER_DATA
        files["meta-data"] = "dsmode: local\ninstance_id: rpios-image\n"
        files["network-config"] = "# none\n"
    return files


def make_image(
    folder: Path,
    release: int = 12,
    *,
    library: str = "aarch64-linux-gnu",
    changed: dict[str, str] | None = None,
    lacks: str = "",
    boot_mib: int = 36,
) -> Path:
    """Return an image; *changed* are other files on its boot partition, *lacks* is left out."""
    image, boot, root = folder / f"pi-{release}.img", folder / "boot.fat", folder / "root.ext4"
    tree = folder / "root"
    (tree / "usr/lib" / library).mkdir(parents=True, exist_ok=True)
    (tree / "usr/lib/os-release").write_text(f'ID=debian\nVERSION_ID="{release}"\n')
    boot.unlink(missing_ok=True)
    root.unlink(missing_ok=True)
    _run("mkfs.vfat", "-C", "-F", "32", "-n", "bootfs", str(boot), str(boot_mib * 1024))
    _run("mke2fs", "-q", "-t", "ext4", "-d", str(tree), str(root), f"{_ROOT_MIB}M")
    files = {**boot_files(release), **(changed or {})}
    files.pop(lacks, None)
    first = folder / "boot"
    shutil.rmtree(first, ignore_errors=True)
    first.mkdir()
    for name, text in files.items():
        (first / name).write_text(text)
    _run("mcopy", "-i", str(boot), *(str(first / name) for name in files), "::/")
    with image.open("wb") as file:
        file.truncate(_BOOT_AT + (boot_mib + _ROOT_MIB) * _MIB)
        for at, part in ((_BOOT_AT, boot), (_BOOT_AT + boot_mib * _MIB, root)):
            file.seek(at)
            with part.open("rb") as source:
                shutil.copyfileobj(source, file)
    table = (
        f"label: dos\nstart=4MiB, size={boot_mib}MiB, type=c\nstart={boot_mib + 4}MiB, type=83\n"
    )
    _run("sfdisk", "--quiet", str(image), said=table)
    return image


def make_small_bundle(folder: Path, arch: str = "arm64", size: int = 1000) -> Path:
    """Return a file that looks like a bundle, of *size* bytes of wheels."""
    file = folder / f"edge-0.1.0-{arch}.tar"
    with tarfile.open(file, "w") as tar:
        for name, body in (("ABOUT", f"edge 0.1.0 for {arch}\n".encode()), ("wheel", b"w" * size)):
            row = tarfile.TarInfo(f"edge-0.1.0-{arch}/{name}")
            row.size = len(body)
            tar.addfile(row, io.BytesIO(body))
    return file


def card_files(image: Path, target: Path) -> dict[str, bytes]:
    """Copy the boot partition into *target* by mtools, and return its files."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    _run("mcopy", "-s", "-n", "-Q", "-i", f"{image}@@{_BOOT_AT}", "::/*", str(target))
    return {
        str(one.relative_to(target)): one.read_bytes()
        for one in sorted(target.rglob("*"))
        if one.is_file()
    }


def _run(*words: str, said: str = "") -> None:
    done = subprocess.run(
        words,
        input=said,
        env={"PATH": _PATH, "MTOOLS_SKIP_CHECK": "1"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}: {done.stderr}"
