"""Users: who may log in, by what password, and who is root without asking."""

import re
from typing import Final

from edge.errors import HostUnreadable
from edge.services.finding import Finding
from edge.services.security.crypt import fits
from edge.services.security.host import Account, Host
from edge.services.security.judge import Judge

DEFAULTS: Final = (
    "raspberry", "pi", "admin", "password", "changeme", "toor", "root", "edge", "debian",
    "12345678", "123456", "letmein", "secret",
)  # fmt: skip
_NO_SHELLS: Final = ("nologin", "false", "sync")
_PEOPLE: Final = 1000  # the first number of a person's account
_NOBODY: Final = 65534
_WEAK: Final = {"$1$": "MD5", "$3$": "NT"}
_ALL: Final = re.compile(r"NOPASSWD\s*:\s*ALL\b")


def check_users(host: Host) -> list[Finding]:
    """Judge who there is, and what each may do."""
    judge = Judge("users")
    accounts = host.accounts()
    if not accounts:
        judge.unseen("/etc/passwd names nobody")
    for one in accounts:
        _judge_user(judge, one)
    for file in ("/etc/sudoers", *host.names("/etc/sudoers.d")):
        for line in host.lines(file):
            if _ALL.search(line):
                judge.warn(
                    f"{file}: {line.split()[0]} is root without a password",
                    f"delete that line (visudo -f {file}): a stolen session is not root then",
                )
    people = [one.name for one in accounts if _PEOPLE <= one.uid < _NOBODY]
    return judge.findings(f"only root is root; people: {', '.join(people) or 'none'}")


def check_passwords(host: Host) -> list[Finding]:
    """Try default passwords, and look for none and for weak hashes."""
    judge = Judge("passwords")
    lines = [line.split(":") for line in host.lines("/etc/shadow")]
    if not lines:
        judge.unseen("there is no /etc/shadow")
    locked = 0
    for name, held, *_ in lines:
        if held == "":
            judge.fail(f"{name} logs in without a password", f"passwd {name}, or passwd -l {name}")
        elif held[0] in "!*":
            locked += 1
        else:
            _judge_password(judge, name, held)
    return judge.findings(
        f"{locked} accounts have none and cannot use one; no default opens the other "
        f"{len(lines) - locked}"
    )


def may_log_in(account: Account) -> bool:
    """Say whether its shell is one."""
    return account.shell.rpartition("/")[2] not in _NO_SHELLS


def _judge_user(judge: Judge, one: Account) -> None:
    if one.uid == 0 and one.name != "root":
        judge.fail(f"{one.name} is root by another name", f"userdel {one.name}; ask who made it")
    if one.name == "pi":
        judge.warn(
            "the user pi exists, whose name everybody knows",
            "make one with another name, then: userdel -r pi",
        )
    mend = f"usermod -s /usr/sbin/nologin {one.name}"
    if not may_log_in(one):
        return
    if one.name.startswith("edge-"):
        judge.fail(f"the daemon's user {one.name} has a shell, {one.shell}", mend)
    elif 0 < one.uid < _PEOPLE:
        judge.warn(f"the system's user {one.name} has a shell, {one.shell}", mend)


def _judge_password(judge: Judge, name: str, held: str) -> None:
    scheme = next((word for sign, word in _WEAK.items() if held.startswith(sign)), "")
    if scheme or not held.startswith(("$", "_")):
        sentence = f"the password of {name} is kept as {scheme or 'DES'}, soon guessed"
        judge.fail(sentence, f"passwd {name}")
        return
    try:
        guessed = next((one for one in (name, *DEFAULTS) if fits(one, held)), None)
    except HostUnreadable as error:
        judge.unseen(f"default passwords of {name} were not tried: {error}")
        return
    if guessed is not None:
        judge.fail(f"{name} logs in with a default password", f"passwd {name}, or passwd -l {name}")
    elif name == "root":
        judge.warn("root has a password", "passwd -l root: people log in as themselves")
