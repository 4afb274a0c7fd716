"""What the figures were made with, and what they were before."""

from edge.evaluate.compare import Change, Comparison, Turned
from edge.evaluate.report.page import (
    Child,
    Markup,
    element,
    folded,
    join,
    paragraph,
    section,
    table,
)
from edge.evaluate.report.shelf import interval
from edge.evaluate.report.tiles import grid
from edge.evaluate.results import Details, Evaluation
from edge.evaluate.sheet import Tile

_SHEETS = {"detector": "missed-plates", "reader": "wrong-reads", "pictures": "wrong-pictures"}


def conditions(details: Details) -> Markup:
    """Return machine, models, settings and times."""
    machine = details.machine
    rows: list[list[Child]] = [
        ["made", details.made],
        ["data", details.data],
        ["processor", f"{machine.cpu}, {machine.cores} cores for this process"],
        ["system", machine.system],
        ["versions", ", ".join(f"{name} {number}" for name, number in machine.versions.items())],
    ]
    return section(
        "machine",
        "Machine, models, settings",
        table("What it ran on.", ["what", ""], rows),
        _stages(details),
        *(_model(model) for model in details.models),
        _settings(details),
    )


def _stages(details: Details) -> Markup:
    rows: list[list[Child]] = [
        [stage, *(f"{number:.2f}" for number in numbers.values())]
        for stage, numbers in details.stage_ms.items()
    ]
    threads = details.settings["detector"]["threads"], details.settings["reader"]["threads"]
    if not rows:
        return join([])
    return join(
        [
            table("Milliseconds a whole picture.", ["stage", "median", "95 %"], rows),
            paragraph(
                f"With {threads[0]} threads for the detector and {threads[1]} for the reader; what "
                "else ran on the machine is in these numbers."
            ),
        ]
    )


def _model(model: dict[str, object]) -> Markup:
    made = model["made"]
    rows: list[list[Child]] = [
        [name, element("code", str(model[name]))]
        for name in ("version", "file", "sha256", "macs", "parameters")
    ]
    if isinstance(made, dict):
        for name, value in made.items():
            told = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            rows.append([name, element("code", told)])
    return table(f"Model card of the {model['name']}.", ["field", "value"], rows)


def _settings(details: Details) -> Markup:
    rows: list[list[Child]] = [
        [f"{section_name}.{key}", str(value)]
        for section_name, values in details.settings.items()
        for key, value in values.items()
    ]
    return table("Settings in force.", ["setting", "value"], rows)


def method(details: Details) -> Markup:
    """Return how the figures were made."""
    counted, how = details.counted, details.resampling
    said = (
        f"{counted.crops} crops, {counted.scenes} scenes and {counted.pictures} whole pictures of "
        f"split dev; false plates counted on {counted.bare} pictures checked to have none but "
        "labelled ones.",
        f"Intervals by plate: {how.resamples} resamples of plates with all their pictures (of "
        f"scenes: of pictures), seed {how.seed}, percentiles 2.5 and 97.5. Where everything is "
        "right, or nothing, resampling says nothing: there it is Wilson's interval over plates. "
        "Scenes that are frames of one ride count as strangers, for nothing tells them.",
        "Wilson's interval takes each picture as a plate of its own; where plates come many times "
        "it is too narrow.",
        "Halves: models and thresholds are chosen on one half of the plates and reported on the "
        "other; a plate lies in one of them by the digest of its text, a scene by its file.",
        "Labels checked: where a label was found wrong by eye, a read counts as right if it is "
        "what stands on the plate; plates that nobody can read are left out. "
        f"{counted.unused} lines of these lists are about pictures that are not among these.",
    )
    items = [element("li", sentence) for sentence in said]
    return section("method", "How the figures were made", element("ul", *items))


def before(evaluation: Evaluation) -> Markup:
    """Return gains and losses against an earlier evaluation; empty without one."""
    told = evaluation.details.comparison
    if told is None:
        return join([])
    tiles = [
        tile
        for turned in told.turned
        for tile in evaluation.sheets[_SHEETS[turned.part]]
        if tile.file in turned.lost
    ]
    main = [one for one in told.changes if one.now.by in {"", "half", "place"}]
    rest = [one for one in told.changes if one not in main]
    return section(
        "before",
        "Before and after",
        paragraph(f"Before: {told.file}, made {told.made}; {', '.join(told.models)}."),
        _settings_changed(told),
        _turned(told),
        _changes("All, by half and by place.", main),
        folded(
            "By source, width, angle and light",
            _changes("By source, width, angle and light.", rest),
        )
        if rest
        else join([]),
        paragraph(f"{told.absent} figures of now are not in the earlier file."),
        _lost(tiles),
    )


def _settings_changed(told: Comparison) -> Markup:
    if not told.settings:
        return join([])
    items = [element("li", sentence) for sentence in told.settings]
    return join([paragraph("Settings that changed:"), element("ul", *items)])


def _turned(told: Comparison) -> Markup:
    if not told.turned:
        return paragraph("The earlier file does not say which pictures went well.")
    head = ["part", "pictures in both", "wrong before, right now", "right before, wrong now"]
    rows = [_turned_row(one) for one in told.turned]
    caption = (
        "Picture by picture, labels as stored; chance: of so uneven a count if nothing changed "
        "(McNemar, exact)."
    )
    return table(caption, [*head, "chance"], rows)


def _turned_row(one: Turned) -> list[Child]:
    chance = f"{one.chance:.3g}" if one.chance else "< 0.00001"
    return [one.part, str(one.both), str(len(one.gained)), str(len(one.lost)), chance]


def _changes(caption: str, changes: list[Change]) -> Markup:
    head = ["figure", "group", "labels", "before", "now", "95 % now", "gain"]
    return table(caption, head, [_change(one) for one in changes])


def _change(one: Change) -> list[Child]:
    now = one.now
    points, unit = (100 * one.gain, " points") if now.low is not None else (one.gain, "")
    gain: Child = f"{points:+.2f}{unit}" if abs(points) >= 0.005 else "0"
    if now.better and gain != "0":
        gain = element("span", gain, class_="good" if points > 0 else "bad")
    told = f"{now.part}: {now.name}"
    return [told, now.group, now.labels, f"{one.before:g}", f"{now.value:g}", interval(now), gain]


def _lost(tiles: list[Tile]) -> Markup:
    if not tiles:
        return join([])
    return join([element("h3", "Right before, wrong now"), grid(tiles)])
