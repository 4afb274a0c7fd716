"""Start a test image in qemu and show its console; at a reboot it chooses its side anew."""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from scripts.image.player import Card, ImageError, Machine, machine_of


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/image/boot", description=__doc__)
    parser.add_argument("image", type=Path, help="is written to: keep a copy")
    parser.add_argument("arch", nargs="?", choices=("arm64", "amd64"), help="default: by its name")
    parser.add_argument("--word", action="append", default=[], help="of the kernel's command line")
    options = parser.parse_args()
    log = Path(tempfile.mkdtemp(prefix="edge-boot.")) / "console.log"
    machine = Machine(
        Card(options.image),
        options.arch or machine_of(options.image),
        log,
        words=("systemd.journald.forward_to_console=1", *options.word),
    )
    try:
        while True:
            machine.start()
            print(f"== power on: {machine.side}", flush=True)
            _show(machine, log)
            if not machine.reboots():
                return 0
    except ImageError as error:
        print(f"edge image: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        machine.kill()
        return 130
    finally:
        shutil.rmtree(log.parent, ignore_errors=True)


def _show(machine: Machine, log: Path) -> None:
    shown = log.stat().st_size if not machine.seconds() else 0
    with log.open("rb") as lines:
        lines.seek(shown)
        while True:
            ended = not machine.running()
            sys.stdout.buffer.write(lines.read())
            sys.stdout.flush()
            if ended:
                return
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
