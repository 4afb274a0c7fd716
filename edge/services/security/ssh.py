"""The way in over the network: how people log in, and with which keys."""

from typing import Final

from edge.services.finding import Finding, good
from edge.services.security.host import Host
from edge.services.security.judge import Judge
from edge.services.security.people import may_log_in
from edge.services.security.ssh_keys import Unreadable, parse

_CONFIG: Final = "/etc/ssh/sshd_config"
_DROP_IN: Final = "/etc/ssh/sshd_config.d/10-edge.conf"
_MEND: Final = "printf '{0} {1}\\n' >>" + _DROP_IN + "; systemctl reload ssh"
_DEFAULTS: Final = {
    "passwordauthentication": "yes",
    "kbdinteractiveauthentication": "yes",
    "permitemptypasswords": "no",
    "permitrootlogin": "prohibit-password",
    "x11forwarding": "no",
    "authorizedkeysfile": ".ssh/authorized_keys .ssh/authorized_keys2",
    "hostbasedauthentication": "no",
}
_LEAST_RSA: Final = 2048


def check_ssh(host: Host) -> list[Finding]:
    """Judge how people may log in over the network."""
    judge = Judge("ssh")
    if not host.has("/usr/sbin/sshd"):
        return judge.findings("there is no ssh server")
    said, matched = _read(host)
    for key, spelled in (
        ("passwordauthentication", "PasswordAuthentication"),
        ("kbdinteractiveauthentication", "KbdInteractiveAuthentication"),
        ("permitemptypasswords", "PermitEmptyPasswords"),
        ("hostbasedauthentication", "HostbasedAuthentication"),
    ):
        if said[key] != "no" or (key, "yes") in matched:
            judge.fail(
                f"ssh lets people in by a password or less ({spelled} {said[key]})",
                _MEND.format(spelled, "no") + "; first see that your key opens it",
            )
    root = said["permitrootlogin"]
    if root == "yes" or ("permitrootlogin", "yes") in matched:
        judge.fail("root may log in over ssh", _MEND.format("PermitRootLogin", "no"))
    elif root != "no":
        judge.warn(f"root may log in by key ({root})", _MEND.format("PermitRootLogin", "no"))
    if said["x11forwarding"] != "no":
        judge.warn("ssh carries windows (X11Forwarding)", _MEND.format("X11Forwarding", "no"))
    _judge_host_keys(judge, host)
    on = "on" if _starts(host) else "not started with the machine"
    return judge.findings(f"keys alone, root not at all; the server is {on}")


def check_ssh_keys(host: Host) -> list[Finding]:
    """List whose keys open this machine, by their fingerprints."""
    judge = Judge("ssh keys")
    listed = []
    named = _read(host)[0]["authorizedkeysfile"]
    if named != _DEFAULTS["authorizedkeysfile"] and named != ".ssh/authorized_keys":
        judge.unseen(f"keys are kept elsewhere: AuthorizedKeysFile {named}")
    for account in host.accounts():
        if not may_log_in(account):
            continue
        for name in ("authorized_keys", "authorized_keys2"):
            file = f"{account.home}/.ssh/{name}"
            found = host.entry(file)
            if found is None:
                continue
            if found.mode & 0o022:
                judge.fail(
                    f"{file}: others may add a key (mode {found.mode:04o})", f"chmod 0600 {file}"
                )
            lines = host.lines(file)
            listed += [_judge_key(judge, file, line, account.name) for line in lines]
            if account.uid == 0 and lines:
                judge.warn(
                    f"{file}: root has keys of its own", f"rm {file}: people use their own users"
                )
    told = [one for one in listed if one]
    sentence = "; ".join(told) if told else "no key opens it"
    findings = judge.findings(sentence)
    return findings if findings[0].sentence == sentence else [*findings, good("ssh keys", sentence)]


def _judge_key(judge: Judge, file: str, line: str, user: str) -> str:
    try:
        key = parse(line)
    except Unreadable:
        judge.warn(f"{file}: a line that is no key: {line[:40]}", f"delete it from {file}")
        return ""
    if key.kind == "ssh-dss" or (key.kind == "ssh-rsa" and key.bits < _LEAST_RSA):
        judge.fail(
            f"{file}: {key.fingerprint} is a weak key ({key.kind}, {key.bits} bits)",
            f"delete it from {file}; its owner makes one: ssh-keygen -t ed25519",
        )
    return f"{user}: {key.fingerprint} {key.comment}".rstrip()


def _judge_host_keys(judge: Judge, host: Host) -> None:
    for file in host.names("/etc/ssh", "ssh_host_*_key"):
        found = host.entry(file)
        if found is not None and found.mode & 0o077:
            judge.fail(
                f"{file} is open to others (mode {found.mode:04o})", f"rm {file}*; ssh-keygen -A"
            )


def _starts(host: Host) -> bool:
    return bool(host.enabled() & {"ssh.service", "sshd.service", "ssh.socket"}) or host.has(
        host.boot("ssh")
    )


def _read(host: Host) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """Return what sshd takes, the first word on each key, and what some Match block says."""
    said: dict[str, str] = {}
    matched: set[tuple[str, str]] = set()
    inside = False
    for line in _lines(host, _CONFIG):
        key, _, value = line.replace("=", " ", 1).partition(" ")
        name, value = key.lower(), value.strip().strip('"')
        if name == "match":
            inside = value.lower() != "all"
        elif inside:
            matched.add((name, value.lower()))
        else:
            if name == "challengeresponseauthentication":
                name = "kbdinteractiveauthentication"
            said.setdefault(name, value if name == "authorizedkeysfile" else value.lower())
    return _DEFAULTS | said, matched


def _lines(host: Host, file: str, depth: int = 0) -> list[str]:
    lines: list[str] = []
    for line in host.lines(file):
        word, _, pattern = line.partition(" ")
        if word.lower() != "include" or depth > 8:
            lines.append(line)
            continue
        for one in pattern.split():
            whole = one if one.startswith("/") else f"/etc/ssh/{one}"
            folder, _, name = whole.rpartition("/")
            for inside in host.names(folder, name):
                lines += _lines(host, inside, depth + 1)
                lines.append("Match all")  # a Match block ends with its file
    return lines
