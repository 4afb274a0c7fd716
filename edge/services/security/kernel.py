"""Settings of the kernel: what ``systemd/edge.sysctl.conf`` lays down, and why."""

from dataclasses import dataclass
from typing import Final

from edge.services.finding import Finding
from edge.services.security.host import Host
from edge.services.security.judge import Judge

FOLDERS: Final = ("/usr/lib/sysctl.d", "/run/sysctl.d", "/etc/sysctl.d")  # later ones win


@dataclass(frozen=True, slots=True)
class Wanted:
    """One setting.

    Attributes:
        value: what the file lays down.
        also: what is as good.
    """

    name: str
    value: str
    reason: str
    also: tuple[str, ...] = ()


WANTED: Final = (
    Wanted("kernel.dmesg_restrict", "1", "the kernel's log is for root alone"),
    Wanted("kernel.kptr_restrict", "2", "nobody is told where the kernel lies in memory", ("1",)),
    Wanted("kernel.yama.ptrace_scope", "2", "only root looks into a process", ("1", "3")),
    Wanted("kernel.core_pattern", "|/bin/false", "a crash writes no memory to the disk"),
    Wanted("fs.suid_dumpable", "0", "a privileged program's crash writes none"),
    Wanted("kernel.unprivileged_bpf_disabled", "1", "no user runs code in the kernel", ("2",)),
    Wanted("net.core.bpf_jit_harden", "2", "nobody hides code in what the kernel compiles"),
    Wanted("kernel.perf_event_paranoid", "3", "no user measures others", ("2", "4")),
    Wanted("kernel.kexec_load_disabled", "1", "no other kernel is started from this one"),
    Wanted("kernel.sysrq", "0", "a keyboard at the USB port commands nothing"),
    Wanted("kernel.randomize_va_space", "2", "memory lies elsewhere in each process"),
    Wanted("dev.tty.ldisc_autoload", "0", "old drivers of terminals are not loaded by users"),
    Wanted("fs.protected_hardlinks", "1", "no link to a file of others"),
    Wanted("fs.protected_symlinks", "1", "no trap by a link where all may write"),
    Wanted("fs.protected_fifos", "2", "no trap by a pipe where all may write", ("1",)),
    Wanted("fs.protected_regular", "2", "no trap by a file where all may write", ("1",)),
    Wanted("net.ipv4.conf.all.accept_redirects", "0", "no neighbour turns traffic to himself"),
    Wanted("net.ipv4.conf.default.accept_redirects", "0", "no redirects on a later network"),
    Wanted("net.ipv6.conf.all.accept_redirects", "0", "no neighbour turns IPv6 traffic"),
    Wanted("net.ipv6.conf.default.accept_redirects", "0", "no redirects on a later network"),
    Wanted("net.ipv4.conf.all.send_redirects", "0", "a unit is no router"),
    Wanted("net.ipv4.conf.all.accept_source_route", "0", "packets do not choose their own way"),
    Wanted("net.ipv6.conf.all.accept_source_route", "0", "IPv6 packets do not either"),
    Wanted("net.ipv4.conf.all.rp_filter", "1", "false senders are dropped", ("2",)),
    Wanted("net.ipv4.tcp_syncookies", "1", "half-open connections do not fill the memory"),
    Wanted("net.ipv4.icmp_echo_ignore_broadcasts", "1", "no answer to a call to all"),
    Wanted("kernel.panic", "10", "a dead kernel starts again by itself"),
    Wanted("kernel.panic_on_oops", "1", "one that is half dead counts as dead"),
)  # fmt: skip
_WEAKER: Final = frozenset({"kernel.panic", "kernel.panic_on_oops", "kernel.sysrq"})
_OWN_CHECK: Final = frozenset(
    {"kernel.yama.ptrace_scope", "kernel.core_pattern", "fs.suid_dumpable"}
)
_MEND: Final = "scripts/install lays down systemd/edge.sysctl.conf; then: sysctl --system"


def check_kernel(host: Host) -> list[Finding]:
    """Judge each setting by what is in force; in a folder that does not run, by its files."""
    judge = Judge("kernel")
    absent = []
    for one in WANTED:
        if one.name in _OWN_CHECK:
            continue
        value = value_of(host, one.name)
        if value is None and host.runs:
            absent.append(one.name)
        elif value not in (one.value, *one.also):
            sentence = f"{one.name} is {value or 'not set'}, not {one.value} ({one.reason})"
            (judge.warn if one.name in _WEAKER else judge.fail)(sentence, _MEND)
    also = f"; this kernel has no {', '.join(absent)}" if absent else ""
    return judge.findings(f"{len(WANTED) - len(absent)} settings are as they should be{also}")


def value_of(host: Host, name: str) -> str | None:
    """Return the value of a setting: in force, or that the files lay down; None without one."""
    if host.runs:
        return host.machine.word(host.machine.proc / "sys" / name.replace(".", "/"))
    return _laid_down(host).get(name)


def _laid_down(host: Host) -> dict[str, str]:
    """Return what sysctl.d(5) makes of the files: by name, and of like names the last folder's."""
    files: dict[str, str] = {}
    for folder in FOLDERS:
        files |= {one.rpartition("/")[2]: one for one in host.names(folder, "*.conf")}
    said: dict[str, str] = {}
    for _, file in sorted(files.items()):
        for line in host.lines(file):
            name, sign, value = line.lstrip("-").partition("=")
            if sign and not line.startswith(";"):
                said[name.strip().replace("/", ".")] = value.strip()
    return said
