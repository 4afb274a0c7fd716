"""``edge law``: what the law profiles allow, where that stands, and how certain it is."""

import argparse

from edge.config import load
from edge.policy.law import Law, open_law, profiles, read_law, span

NAME = "law"
HELP = "Show a law profile: its statute, its limits, what is certain of them and what is not."


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="one profile, by default the one in force here")
    show.add_argument("name", nargs="?", help="a packed profile, or the path of a file")
    show.set_defaults(do=_show)
    every = actions.add_parser("list", help="the packed profiles, a line each")
    every.set_defaults(do=_list)


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    return int(options.do(options))


def _list(_options: argparse.Namespace) -> int:
    for name in profiles():
        print(f"{name:8} {read_law(name).title}")
    return 0


def _show(options: argparse.Namespace) -> int:
    name = options.name or load(options.config).settings.law.profile
    print("\n".join(_lines(open_law(name), read_law(name))))
    return 0


def _lines(law: Law, told: Law) -> list[str]:
    """Return the profile as a person reads it; *told* is what its file says, confirmed or not."""
    lines = [f"{law.name}: {law.title}", f"statute     {law.citation}"]
    lines += [f"to be read  {law.url}"] if law.url else []
    lines.append(f"confirmed   {_confirmed(law)}")
    lines += [
        _line("reads", _kept(law.reads_max_s), _kept(told.reads_max_s)),
        _line("hits", _days(law.hits_max_days), _days(told.hits_max_days)),
        _line("search", _searched(law), _searched(told)),
        f"purposes    {', '.join(law.search.purposes)}",
        f"clips       {'an installer may record' if law.clips else 'nobody records'}",
        f"technician  sees plates {'masked' if law.masked else 'as they are'}",
    ]
    lines += ["certain:", *(f"  - {one}" for one in law.certain)] if law.certain else []
    lines += ["not certain:", *(f"  - {one}" for one in law.uncertain)] if law.uncertain else []
    return lines


def _confirmed(law: Law) -> str:
    if law.confirmed:
        return f"yes, by {law.counsel}" if law.counsel else "yes, as far as is said below"
    return "NO: until the town's counsel confirms, no reads are kept, nothing is wider than strict"


def _line(what: str, held: str, told: str) -> str:
    beside = "" if held == told else f" (its file says: {told}; not in force)"
    return f"{what:11} {held}{beside}"


def _kept(seconds: float) -> str:
    return f"what hit nothing is kept for {span(seconds)}" if seconds else "what hit nothing: never"


def _days(days: float | None) -> str:
    return "kept as long as the town likes" if days is None else f"kept for {span(days * 86_400.0)}"


def _searched(law: Law) -> str:
    search = law.search
    over = "hits and kept reads" if search.reads else "hits alone"
    return (
        f"{over}, over {span(search.longest_window_s)} and {_share(search.widest_share)} plates in "
        f"use; from {span(search.supervisor_window_s)} or {_share(search.supervisor_share)} on "
        "with a supervisor's key"
    )


def _share(share: float) -> str:
    return f"1 in {1 / share:,.0f}" if share else "none"
