"""Owners and rights of keys, settings, stores, programs, and what the card still holds."""

from typing import Final

from edge.config import Settings
from edge.services.finding import Finding
from edge.services.security.host import Entry, Host
from edge.services.security.judge import Judge
from edge.services.security.people import DEFAULTS

_ETC: Final = "/etc/edge"
_HOMES: Final = (  # of each daemon: folder, user, and what others may not do there
    ("/var/lib/edge", "edge-watch", 0o007),
    ("/var/lib/edge-console", "edge-console", 0o077),
    ("/var/lib/edge-archive", "edge-archive", 0o077),
    ("/var/lib/edge-webhook", "edge-webhook", 0o077),
    ("/var/lib/edge-tuning", "", 0o077),
    ("/var/lib/edge-update", "", 0o022),
    ("/var/lib/edge-update/fetched", "edge-fetch", 0o022),
)
_SECRET: Final = (".key", ".secret", ".password", ".psk")
_UNITS: Final = "/etc/systemd/system"
_PROGRAM: Final = "/opt/edge"
_LEAST: Final = 12  # characters of a secret
_VARIED: Final = 6  # different ones in it
_CARD: Final = ("userconf.txt", "userconf", "custom.toml", "wpa_supplicant.conf", "edge-site.toml")
_CARD_WORDS: Final = ("passwd:", "hashed_passwd:", "plain_text_passwd:", "chpasswd:", "password:")


def check_files(host: Host, settings: Settings) -> list[Finding]:
    """Judge who may read secrets, and who may change what runs."""
    judge = Judge("files")
    shadow = host.entry("/etc/shadow")
    if shadow is not None and shadow.mode & 0o007:
        judge.fail(_open(shadow, 0o007), "chmod 0640 /etc/shadow; passwd for each user")
    _judge_homes(judge, host)
    _judge_keys(judge, host, settings.keys.folder)
    _judge_settings(judge, host, settings)
    _judge_programs(judge, host)
    return judge.findings("keys, settings and stores are their owners', programs are root's")


def check_secrets(host: Host, settings: Settings) -> list[Finding]:
    """Look for secrets that everybody can guess, and for some that the card still shows."""
    judge = Judge("secrets")
    for name, file in _named(settings).items():
        secret = host.text(file).strip() if "password" in name or "secret" in name else ""
        if secret and _weak(secret):
            judge.fail(
                f"{file} ({name}) is a default or easily guessed",
                f"another one, there and where it is asked: openssl rand -base64 24 > {file}",
            )
    if settings.delivery.host.endswith((".example", ".example.org")):
        judge.warn(
            f"delivery.host is {settings.delivery.host}: the example's settings are in force",
            "write this town's own into /etc/edge/site.toml",
        )
    _judge_card(judge, host)
    return judge.findings("none is a default, and none lies on the boot partition")


def _judge_homes(judge: Judge, host: Host) -> None:
    numbers = {one.name: one.uid for one in host.accounts()}
    for folder, user, forbidden in _HOMES:
        found = host.entry(folder)
        if found is None:
            continue
        if found.mode & forbidden:
            judge.fail(_open(found, forbidden), f"chmod {found.mode & ~forbidden:04o} {folder}")
        if user in numbers and found.uid != numbers[user]:
            judge.fail(f"{folder} is not {user}'s", f"chown {user} {folder}")


def _judge_keys(judge: Judge, host: Host, folder: str) -> None:
    home = host.entry(folder)
    for file in host.names(folder, "*.key"):
        found = host.entry(file)
        if found is None or home is None:
            continue
        if found.mode & 0o077:
            judge.fail(_open(found, 0o077), f"chmod 0600 {file}; new keys if others were here")
        if found.uid != home.uid:
            judge.fail(f"{file} is not its folder's owner's", f"chown --reference={folder} {file}")


def _judge_settings(judge: Judge, host: Host, settings: Settings) -> None:
    if not host.has(_ETC):
        return
    secret = set(_named(settings).values())
    for found in (host.entry(_ETC), *host.below(_ETC)):
        if found is None:
            continue
        hidden = found.path in secret or found.path.endswith(_SECRET)
        forbidden = 0o007 if hidden else 0o002
        if found.mode & forbidden:
            mend = f"chmod {found.mode & ~forbidden:04o} {found.path}"
            judge.fail(_open(found, forbidden), mend + ("; another secret" if hidden else ""))


def _judge_programs(judge: Judge, host: Host) -> None:
    """Whoever may write a program is whoever runs it."""
    root = host.entry("/")
    owner = root.uid if root is not None else 0  # of a folder with a system in it: its maker
    units = [host.entry(one) for one in host.names(_UNITS, "edge-*.service")]
    inside = host.below(_PROGRAM) if host.has(_PROGRAM) else ()
    for found in (*units, *inside):
        if found is not None and (found.uid != owner or found.mode & 0o002):
            judge.fail(
                f"{found.path} can be changed by others than root (mode {found.mode:04o}, "
                f"owner {found.uid})",
                "run scripts/install again, and ask who changed it",
            )
            return  # one says it; a folder given away would say it a thousand times


def _judge_card(judge: Judge, host: Host) -> None:
    mend = "shred -u {0}: whoever takes out the card reads it"
    for name in _CARD:
        if host.has(host.boot(name)):
            file = host.boot(name)
            judge.fail(f"{file} is left on the boot partition", mend.format(file))
    for pattern in _SECRET:
        for file in host.names(host.boot("edge-site"), f"*{pattern}"):
            judge.fail(f"{file} is left on the boot partition", mend.format(file))
    for name in ("user-data", "network-config"):
        file = host.boot(name)
        words = [one for one in host.lines(file) if one.lstrip("- ").startswith(_CARD_WORDS)]
        if words:
            judge.fail(f"{file} still holds a password", mend.format(file))


def _named(settings: Settings) -> dict[str, str]:
    """Return the files of secrets that the settings name."""
    named = {
        "delivery.key_file": settings.delivery.key_file,
        "delivery.password_file": settings.delivery.password_file,
        "hotlist.manifest_key_file": settings.hotlist.manifest_key_file,
        "webhook.secret_file": settings.webhook.secret_file,
        "archive.password_file": settings.archive.password_file,
        "tuning.key_file": settings.tuning.key_file,
        "console.key_file": settings.console.key_file,
        "archive.key_file": settings.archive.key_file,
    }
    return {name: file for name, file in named.items() if file}


def _weak(secret: str) -> bool:
    return secret.lower() in DEFAULTS or len(secret) < _LEAST or len(set(secret)) < _VARIED


def _open(found: Entry, forbidden: int) -> str:
    who = "others" if found.mode & forbidden & 0o007 else "its group"
    return f"{found.path}: {who} may use it (mode {found.mode:04o})"
