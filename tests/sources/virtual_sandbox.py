"""The watch daemon in the tree with a virtual camera, booted, behind all walls of its own unit.

The container's systemd may load programs that guard devices, so the unit's DeviceAllow= lines are
in force. This kernel has no cameras: the tree is told of their numbers as a Pi's kernel tells of
them, and a device that is let through then answers "no driver" where a refused one says "no".
"""

import re
import shutil
import subprocess
import sys
from typing import Final

from tests.house.tree import ROOT
from tests.keys.cast import keys_folder
from tests.sources.virtual_tree import VirtualTree
from tests.systemd.trees import Tree
from tests.vision import graphs

LINES: Final = (
    r"^(?:Device|Protect|Private|Restrict|SystemCall|Memory|Capab|NoNew|Lock|User|Group).*"
)
DEVICES: Final = {  # path to number, and whether watch may have it
    "/dev/video9": ("81 9", True),
    "/dev/media9": ("239 0", True),
    "/dev/dma_heap/linux,cma": ("248 0", True),
    "/dev/fuse9": ("10 229", False),
    "/dev/uinput9": ("10 223", False),
}
_KERNEL = """\
Character devices:
  1 mem
  5 /dev/tty
 10 misc
 81 video4linux
239 media
248 dma_heap

Block devices:
  8 sd
"""
_TRY = """\
import errno, os, sys
for path in sys.argv[1:]:
    try:
        os.close(os.open(path, os.O_RDWR))
        print("device", path, "opened", flush=True)
    except OSError as error:
        print("device", path, errno.errorcode[error.errno], flush=True)
"""
_PROBE = """\
mount --bind /srv/devices /proc/devices
mkdir -p /dev/dma_heap
{nodes}
for one in walls free; do
    systemctl start try-$one; journalctl -o cat --no-pager -u try-$one | sed -n "s/^device/$one/p"
done
systemctl start edge-watch; echo "start watch: $?"
for _ in $(seq 100); do
    grep -q '"frames_seen":[1-9]' /run/edge/watch.json && break; sleep 0.3
done
cat /run/edge/watch.json; echo
journalctl -b --no-pager -o cat -u edge-watch
journalctl -b --no-pager -o cat | grep -i "ACL" || echo "no word about device rules"
"""
_DROP_IN = """\
[Service]
Environment=LD_PRELOAD=/srv/memfds.so PYTHONPATH=/srv/stubs:/srv/virtual
TimeoutStartSec=240
"""


def sandboxed(tree: VirtualTree) -> str:
    """Boot *tree* with edge-watch on its camera, and return what was seen."""
    folder = tree.folder
    _install(tree)
    (folder / "srv/devices").write_text(_KERNEL)
    (folder / "srv/try.py").write_text(_TRY)
    nodes = [f"mknod -m 0666 '{path}' c {number}" for path, (number, _) in DEVICES.items()]
    words = "--system-call-filter=adjtimex clock_adjtime bpf", "--capability=all"
    return Tree(folder).boot(_PROBE.format(nodes="\n".join(nodes)), 400, *words)


def _install(tree: VirtualTree) -> None:
    """Lay down the wheel, the unit and the unit's folders; the stand-ins come by a drop-in."""
    folder, units = tree.folder, tree.folder / "etc/systemd/system"
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "srv")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    shutil.copytree(ROOT / "tests/sources/virtual", folder / "srv/virtual")
    for kind in ("sysusers", "tmpfiles"):
        shutil.copy(ROOT / f"systemd/edge.{kind}.conf", folder / f"usr/lib/{kind}.d/edge.conf")
    unit = (ROOT / "systemd/edge-watch.service").read_text("utf-8")
    (units / "edge-watch.service").write_text(unit)
    (units / "edge-watch.service.d").mkdir()
    (units / "edge-watch.service.d/virtual.conf").write_text(_DROP_IN)
    trial = f"[Service]\nType=oneshot\nExecStart=/usr/bin/python3 /srv/try.py {_paths()}\n"
    walls = re.findall(LINES, unit, re.MULTILINE)
    (units / "try-walls.service").write_text(trial + "\n".join(walls) + "\n")
    (units / "try-free.service").write_text(trial)
    keys_folder(folder / "var/lib/edge/keys", "main-street")
    models = folder / "etc/edge/models"
    models.mkdir(parents=True)
    graphs.write(models, "detector", graphs.bright_detector())
    graphs.write(models, "reader", graphs.fixed_reader("AB12345"))
    (folder / "etc/edge/site.toml").write_text(
        'unit = { town = "windsor", name = "main-street" }\n'
        'source = { kind = "picamera", address = "0", fps = 10.0 }\n'
        'detector = { card = "/etc/edge/models/detector.toml" }\n'
        'reader = { card = "/etc/edge/models/reader.toml" }\n'
    )
    tree.run(
        "bash",
        "-ec",
        "/opt/camera/bin/pip install -qq --no-deps --no-index /srv/*.whl; ln -s camera /opt/edge;"
        "systemd-sysusers; chown -R edge-watch:edge /var/lib/edge; chmod 0750 /var/lib/edge/keys",
    )


def _paths() -> str:
    return " ".join(DEVICES)


def told(said: str, which: str) -> dict[str, str]:
    """Return what became of each device in one of the two trials."""
    return dict(re.findall(rf"^{which} (/dev/\S+) (\S+)$", said, re.MULTILINE))
