"""``edge hotlist build|sign``: the issuer's desk makes a list into what units take."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.cli.hotlist_publish import write_label
from edge.clock import SystemClock
from edge.config import Settings, load
from edge.errors import BundleRefused, ConfigError, HotlistError, KeysError
from edge.hotlist import fields
from edge.hotlist.bundle import SEALED, SUFFIX, Bundle, instant, opened, pack, unpack
from edge.hotlist.bundle_build import (
    About,
    build_delta,
    build_full,
    build_recovered,
    build_urgent,
    missing,
    sealed,
    signed,
)
from edge.hotlist.bundle_rows import COLUMNS, rows_of
from edge.hotlist.csvfile import load_csv
from edge.hotlist.index import Hotlist
from edge.keys import files
from edge.keys.roles import Role
from edge.keys.signed import Signed
from edge.keys.trust import Trust, open_trust


def declare(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both actions."""
    _declare_build(actions)
    sign = actions.add_parser(
        "sign",
        help="sign a bundle with the issuer's key and seal it to the units of the roster",
        description="Sign a bundle and, once all have signed, seal it to the units on the roster. "
        "An urgent entry is signed by two: until the second has, the file lies open, mode 600.",
    )
    sign.add_argument("file", type=Path, help="from build, or from the first of two signers")
    sign.add_argument(
        "--keys", type=Path, help="the signer's folder (default: keys.folder of the settings)"
    )
    sign.add_argument("--out", type=Path, help="where it goes (default: in the place of FILE)")
    sign.set_defaults(act=_sign)


def _declare_build(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    build = actions.add_parser(
        "build",
        help="make a list, what changed in it, one urgent entry or a removal into a bundle",
        description="Make an unsigned bundle. LIST.csv alone: the whole list. With --base: what "
        "changed since. With --urgent: the one entry in LIST.csv, added to --base. With "
        "--recovered: entries taken off --base. The list afterwards lies beside it as .csv where "
        "it is not LIST.csv: it is the next base.",
    )
    build.add_argument("path", nargs="?", type=Path, metavar="LIST.csv")
    build.add_argument("--out", type=Path, required=True, help=f"the bundle, NAME{SUFFIX}")
    build.add_argument("--base", type=Path, metavar="OLD.csv", help="the list that units have")
    build.add_argument("--urgent", action="store_true", help="LIST.csv is one entry; two keys")
    build.add_argument(
        "--recovered", action="append", default=[], metavar="ENTRY", help="its number; repeat"
    )
    build.add_argument("--sequence", type=int, help="default: seconds since 1970, which only rise")
    build.add_argument(
        "--rejects",
        type=int,
        help="rows that the import left out (default: by its file of rejects)",
    )
    build.add_argument("--valid-from", type=_date, metavar="DATE", help="default: now")
    build.add_argument("--hours", type=float, default=48.0, help="until it expires (default: 48)")
    build.add_argument("--town", help="default: unit.town of the settings")
    build.add_argument("--list", help="default: hotlist.list of the settings")
    build.set_defaults(act=_build)


def _build(options: argparse.Namespace) -> int:
    """Write the bundle, and the list afterwards where no file has it yet."""
    settings = load(options.config).settings
    bundle, after = _made(options, settings)
    if after is not None:
        listed = options.out.with_suffix(".csv")
        issued = f"# issued: {bundle.header.complete:%Y-%m-%dT%H:%M:%SZ}\n"
        files.write(listed, (issued + "\n".join([COLUMNS, *after]) + "\n").encode(), private=True)
        print(f"{listed}: the list afterwards, base of what comes next")
    files.write(options.out, pack(bundle), private=True)
    header = bundle.header
    base = f" on {header.base[:12]}" if header.base else ""
    print(f"{options.out}: {header.name}, {header.kind}{base}, {header.entries} entries")
    print(f"whole as of {instant(header.complete)}, expires {instant(header.expires)}")
    print(f"not signed: edge hotlist sign {options.out}")
    return 0


def _made(options: argparse.Namespace, settings: Settings) -> tuple[Bundle, list[str] | None]:
    most = settings.hotlist.max_entries
    base = load_csv(options.base, most) if options.base else None
    fresh = load_csv(options.path, most) if options.path else None
    if options.urgent or options.recovered:
        if base is None or (fresh is None) != bool(options.recovered) or _both(options):
            raise ConfigError(
                "--urgent takes LIST.csv with one entry, --recovered takes numbers and no "
                "LIST.csv, and both take --base with the list that units have"
            )
        about = _about(options, settings, base)
        if fresh is None:
            return build_recovered(rows_of(base), options.recovered, about)
        return build_urgent(rows_of(base), _only(options.path, fresh), about)
    if fresh is None:
        raise ConfigError("which list? Name a CSV file, or entries with --recovered")
    about = _about(options, settings, fresh)
    if base is None:
        return build_full(rows_of(fresh), about), None
    return build_delta(rows_of(base), rows_of(fresh), about), None


def _both(options: argparse.Namespace) -> bool:
    return bool(options.urgent and options.recovered)


def _only(path: Path, entry: Hotlist) -> str:
    rows = rows_of(entry)
    if len(rows) != 1:
        raise HotlistError(f"{path}: has {len(rows)} entries; an urgent bundle adds exactly one")
    return rows[0]


def _about(options: argparse.Namespace, settings: Settings, whole: Hotlist) -> About:
    """Return what the header says; the age of the list is that of the file with all of it."""
    now = _now()
    return About(
        town=options.town or settings.unit.town,
        list=options.list or settings.hotlist.list,
        sequence=options.sequence or int(now.timestamp()),
        issued=now,
        complete=min(now, whole.version.issued),
        valid_from=options.valid_from or now,
        expires=(options.valid_from or now) + timedelta(hours=options.hours),
        rejects=_rejects(options.path) if options.rejects is None else options.rejects,
    )


def _rejects(listed: Path | None) -> int:
    """Return how many rows the file of rejects beside a list has; 0 where there is none."""
    file = listed.with_suffix(".rejects.csv") if listed else None
    if file is None or not file.exists():
        return 0
    return max(0, len(files.read_public(file, 100_000_000).splitlines()) - 1)


def _sign(options: argparse.Namespace) -> int:
    """Add a signature; seal when it was the last."""
    settings = load(options.config).settings
    out = options.out or options.file
    trust = open_trust(options.keys or Path(settings.keys.folder))
    bundle = _to_sign(options.file)
    bundle = signed(bundle, trust.identity)
    _held(bundle, trust)
    names = " and ".join(signer for signer, _ in bundle.signatures)
    if missing(bundle):
        files.write(out, pack(bundle), private=True)
        print(f"{out}: signed by {names}; not sealed: one more must sign, bring it by hand")
        return 0
    now = _now()
    units = len(trust.roster.recipients(Role.UNIT, now))
    blob = sealed(bundle, trust.roster, now)
    files.write(out, blob)
    write_label(out, bundle.header, blob)
    print(f"{out}: {bundle.header.name}, signed by {names}, sealed to {units} units")
    return 0


def _to_sign(file: Path) -> Bundle:
    blob = files.read_public(file, 1_000_000_000)
    if not opened(blob):
        raise HotlistError(f"{file}: is sealed already, or no bundle; sign what build wrote")
    try:
        return unpack(blob)
    except BundleRefused as error:
        raise HotlistError(f"{file}: {error}") from error


def _held(bundle: Bundle, trust: Trust) -> None:
    """Raise KeysError where a unit would not believe a signature: better here than on the pole."""
    roles = {Role.LIST_ISSUER, Role.SUPERVISOR}
    for signer, signature in bundle.signatures:
        trust.roster.check(Signed(SEALED, bundle.payload, signer, signature), roles, _now())
    if bundle.header.town != trust.roster.town:
        raise KeysError(f"the list is of {bundle.header.town}, the roster of {trust.roster.town}")


def _now() -> datetime:
    return datetime.fromtimestamp(SystemClock().now().utc_ns // 1_000_000_000, UTC)


def _date(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(fields.seconds(text), UTC)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
