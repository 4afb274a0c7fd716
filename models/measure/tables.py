"""Tables as Markdown, ready to be pasted."""

from collections.abc import Sequence

from edge.evaluate.metrics import Share, upper_bound


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table; numbers are written as they are, so round before."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines)


def rate(share: Share) -> str:
    """Return a share of errors with its counts and one-sided upper 95 % bound."""
    bound = upper_bound(share.hits, share.total)
    return f"{share.hits} of {share.total} = {share.value:.2%} (< {bound:.2%})"


def within(share: Share) -> str:
    """Return a share with its two-sided 95 % interval."""
    low, high = share.interval
    return f"{share.value:.3f} ({low:.3f}-{high:.3f})"
