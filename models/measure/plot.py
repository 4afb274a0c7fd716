"""The reliability plot as SVG, drawn with nothing but text."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from models.measure.statistics import Bin

_SIDE: Final = 360
_LEFT: Final = 56
_TOP: Final = 34
_COLOURS: Final = ("#1f5fa8", "#c2571a", "#3b7d3b", "#7a4a9c")


def reliability_plot(file: Path, curves: Mapping[str, Sequence[Bin]], title: str) -> None:
    """Write a plot of what is right over what was promised, with 95 % intervals."""
    width, height = _LEFT + _SIDE + 20, _TOP + _SIDE + 60 + 16 * len(curves)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="20" font-size="14">{title}</text>',
        *_frame(),
    ]
    for number, (name, bins) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        shift = 3.0 * (number - (len(curves) - 1) / 2)
        parts += [_mark(one, colour, shift) for one in bins]
        y = _TOP + _SIDE + 54 + 16 * number
        parts.append(f'<circle cx="{_LEFT + 6}" cy="{y - 4}" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{_LEFT + 16}" y="{y}">{name}</text>')
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([*parts, "</svg>", ""]), "utf-8")


def _frame() -> list[str]:
    parts = []
    for step in range(6):
        value = step / 5
        x, y = _x(value), _y(value)
        parts.append(f'<path d="M{x} {_y(0)}V{_y(1)}M{_x(0)} {y}H{_x(1)}" stroke="#dddddd"/>')
        parts.append(f'<text x="{x}" y="{_y(0) + 16}" text-anchor="middle">{value:.1f}</text>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{value:.1f}</text>')
    parts.append(
        f'<path d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}" stroke="#888888" stroke-dasharray="4 4"/>'
    )
    middle = _LEFT + _SIDE / 2
    parts.append(f'<text x="{middle}" y="{_y(0) + 34}" text-anchor="middle">confidence</text>')
    at = _TOP + _SIDE / 2
    parts.append(
        f'<text x="14" y="{at}" text-anchor="middle" transform="rotate(-90 14 {at})">'
        "share of whole plates right</text>"
    )
    return parts


def _mark(one: Bin, colour: str, shift: float) -> str:
    low, high = one.share.interval
    x = _x(one.mean) + shift
    return (
        f'<path d="M{x:.1f} {_y(low):.1f}V{_y(high):.1f}" stroke="{colour}" stroke-width="2"/>'
        f'<circle cx="{x:.1f}" cy="{_y(one.share.value):.1f}" r="4" fill="{colour}">'
        f"<title>{one.share.hits} of {one.share.total}</title></circle>"
    )


def _x(value: float) -> float:
    return _LEFT + value * _SIDE


def _y(value: float) -> float:
    return _TOP + (1 - value) * _SIDE
