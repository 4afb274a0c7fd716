"""The board's own loader: what it starts, and who may change it."""

import re
from typing import Final

from edge.services.finding import Finding
from edge.services.security.host import Host
from edge.services.security.judge import Judge

_MODEL: Final = "device-tree/model"
_SIGNED: Final = "device-tree/chosen/bootloader/signed"
_EEPROM: Final = re.compile(r"Raspberry Pi (?:4|5|400|500|Compute Module [45])")
_FOREIGN: Final = {"2": "the network", "4": "a USB stick", "5": "a USB stick", "7": "a web server"}
_PROTECT: Final = (
    "the loader's chip can be write-protected: eeprom_write_protect=1 in the config.txt of a "
    "recovery card, with the test point EEPROM_nWP held low (TP14 on a Pi 5)"
)


def check_firmware(host: Host) -> list[Finding]:
    """Judge a Pi's boot loader, as far as the board tells."""
    judge = Judge("firmware")
    machine = host.machine
    model = machine.word(machine.proc / _MODEL) or ""
    if not _EEPROM.search(model):
        judge.unseen(f"{model or 'this machine'} has no boot loader that can be asked")
        return judge.findings("")
    order = re.search(
        r"BOOT_ORDER=0x([0-9a-fA-F]+)", machine.ask(["vcgencmd", "bootloader_config"])
    )
    if order is None:
        judge.unseen("vcgencmd does not tell what it starts from", "sudo apt install raspi-utils")
    else:
        foreign = {_FOREIGN[one] for one in order[1] if one in _FOREIGN}
        if foreign:
            judge.warn(
                f"{model}: without its card it starts from {' or '.join(sorted(foreign))}",
                "rpi-eeprom-config --edit: BOOT_ORDER=0xf1 (the card, and again the card)",
            )
    signed = _signed(host)
    if not signed:
        judge.warn(
            f"{model} starts whatever card is put in: its loader asks for no signature",
            f"signed boot is one-way (usbboot, secure-boot-recovery); short of it: {_PROTECT}",
        )
    return judge.findings(f"{model} starts from its own disk what is signed; {_PROTECT}")


def _signed(host: Host) -> bool:
    """Say whether the loader told the kernel that it checks signatures."""
    try:
        return any((host.machine.proc / _SIGNED).read_bytes())
    except OSError:  # an older loader tells nothing, and checks nothing
        return False
