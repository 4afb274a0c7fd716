"""Ways in for developers: serial console, JTAG, boot words, other people's memory, core files."""

import re
from typing import Final

from edge.services.finding import Finding
from edge.services.security.host import Host
from edge.services.security.judge import Judge
from edge.services.security.kernel import value_of

_SERIAL: Final = re.compile(r"console=((?:serial|ttyAMA|ttyS|ttyUSB|ttyGS)\d*)\b")
_SHELLS: Final = re.compile(
    r"(?:^|\s)(init=\S*sh|rd\.break\S*|break=?\S*|single|1|emergency|rescue"
    r"|systemd\.(?:debug[-_]shell\S*|unit=(?:rescue|emergency)\S*))(?=\s|$)"
)
_GADGET: Final = re.compile(r"\b(g_ether|g_serial|g_multi|g_cdc|g_mass_storage)\b")
_UNSAFE: Final = re.compile(r"\bmitigations=off\b")
_GETTY: Final = re.compile(r"serial-getty@(.+)\.service")


def check_serial(host: Host) -> list[Finding]:
    """Judge whether a cable to the board's pins gives a log-in."""
    judge = Judge("serial")
    where, words = _words(host, _SERIAL)
    for found in _SERIAL.finditer(words):
        judge.fail(
            f"a log-in waits at the serial port: {where} says console={found[1]}",
            f"take console={found[1]} out of {host.boot('cmdline.txt')} (raspi-config)",
        )
    for unit in sorted(host.enabled()):
        if getty := _GETTY.fullmatch(unit):
            sentence = f"a log-in waits at {getty[1]}: {unit} is enabled"
            judge.fail(sentence, f"systemctl disable --now {unit}")
    if _config(host, "uart_2ndstage") == "1":
        judge.warn(
            "the boot loader tells of itself at the serial port (uart_2ndstage=1)",
            f"take uart_2ndstage=1 out of {host.boot('config.txt')}",
        )
    return judge.findings("no log-in at the board's pins")


def check_jtag(host: Host) -> list[Finding]:
    """Judge whether a debugger at the pins, or a cable to the USB port, gets in."""
    judge = Judge("jtag")
    config = host.boot("config.txt")
    if _config(host, "enable_jtag_gpio") == "1":
        judge.fail(
            "a debugger at the pins reads all memory (enable_jtag_gpio=1)",
            f"take enable_jtag_gpio=1 out of {config}",
        )
    gadget = _GADGET.search(f"{_words(host, _GADGET)[1]} {host.text('/etc/modules')}")
    if gadget:
        judge.fail(
            f"the USB port plays a network card or a terminal ({gadget[1]})",
            f"take {gadget[1]} out of {host.boot('cmdline.txt')} and /etc/modules",
        )
    return judge.findings("no debugger at the pins, no gadget at the USB port")


def check_boot(host: Host) -> list[Finding]:
    """Judge whether this machine starts into a shell without a log-in."""
    judge = Judge("boot line")
    where, words = _words(host, _SHELLS)
    for found in _SHELLS.finditer(words):
        judge.fail(
            f"it starts into a shell that asks nobody: {where} says {found[1]}",
            f"take {found[1]} out of {host.boot('cmdline.txt')}",
        )
    if "debug-shell.service" in host.enabled():
        judge.fail(
            "a shell of root waits at the ninth terminal (debug-shell.service)",
            "systemctl disable --now debug-shell.service",
        )
    for file in host.names("/etc/systemd/system", "*getty@*.service.d/*.conf"):
        if "--autologin" in host.text(file):
            judge.fail(f"{file} logs somebody in without asking", f"rm {file}")
    if _UNSAFE.search(_words(host, _UNSAFE)[1]):
        judge.warn(
            "one process can read another's memory: mitigations=off",
            f"take mitigations=off out of {host.boot('cmdline.txt')}",
        )
    return judge.findings("it starts into a log-in, and nothing else")


def check_ptrace(host: Host) -> list[Finding]:
    """Judge whether a process may look into another of its user."""
    judge = Judge("ptrace")
    scope = value_of(host, "kernel.yama.ptrace_scope")
    if scope is None and host.runs:
        judge.warn(
            "this kernel knows no kernel.yama.ptrace_scope: a user's processes may look into "
            "each other; edge's own forbid it",
            "a kernel with CONFIG_SECURITY_YAMA",
        )
    elif scope in (None, "0"):
        judge.fail(
            "a user's processes may look into each other (kernel.yama.ptrace_scope)",
            "install systemd/edge.sysctl.conf: scripts/install",
        )
    return judge.findings(f"kernel.yama.ptrace_scope is {scope}")


def check_cores(host: Host) -> list[Finding]:
    """Judge whether a process that crashes leaves its memory on the disk."""
    judge = Judge("core files")
    pattern = value_of(host, "kernel.core_pattern") or "core"
    stored = "|" not in pattern or "systemd-coredump" in pattern
    if "systemd-coredump" in pattern:
        lines = host.lines("/etc/systemd/coredump.conf")
        for file in host.names("/etc/systemd/coredump.conf.d"):
            lines += host.lines(file)
        stored = "Storage=none" not in lines
    if stored:
        judge.fail(
            f"a crash writes memory to the disk (kernel.core_pattern is {pattern})",
            "install systemd/edge.sysctl.conf: scripts/install",
        )
    if value_of(host, "fs.suid_dumpable") not in (None, "0"):
        judge.fail(
            "programs with rights of their own leave core files (fs.suid_dumpable)",
            "install systemd/edge.sysctl.conf: scripts/install",
        )
    return judge.findings(f"none are written ({pattern})")


def _words(host: Host, sought: re.Pattern[str]) -> tuple[str, str]:
    """Return what the kernel will be started with, and where that stands.

    Where nothing in it is *sought*, as after a change, what it was started with.
    """
    file = host.boot("cmdline.txt")
    words = host.text(file).replace("\n", " ")
    if sought.search(words):
        return file, words
    return "/proc/cmdline", host.machine.word(host.machine.proc / "cmdline") or ""


def _config(host: Host, key: str) -> str:
    """Return what ``config.txt`` says last of *key*; empty where it says nothing."""
    said = ""
    for line in host.lines(host.boot("config.txt")):
        name, _, value = line.partition("=")
        if name.strip() == key:
            said = value.strip()
    return said
