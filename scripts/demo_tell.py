"""What the demo says: each alert as it arrives, and the summary."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.clip import Clip

_COLOURS = {"alarm": "bold red", "verify": "bold yellow"}


class Tale:
    """Keeps what was heard and tells it."""

    def __init__(self, console: Console, clip: Clip, folder: Path) -> None:
        self._console = console
        self._clip = clip
        self._folder = folder
        self._alerts: dict[str, list[dict[str, Any]]] = {}

    def alert(self, event: dict[str, Any]) -> None:
        """Print one alert or revision the moment it arrives."""
        message = event["alert"]
        payload = message["payload"]
        key = f"{message['unit']}/{message['epoch']}/{message['sequence']}"
        self._alerts.setdefault(key, []).append(event)
        grade = payload["grade"]
        word = "retracted" if payload["retracts"] else grade
        if message["revision"]:
            word += f" (revision {message['revision']})"
        read, match, entry = payload["read"], payload["match"], payload["entry"]
        self._console.print(
            f"[{_COLOURS.get(grade, 'dim')}]{word.upper():8}[/] [bold]{entry['plate']}[/] "
            f"{entry['category'].replace('_', ' ')}: {entry['reason']}; "
            f"[bold]{event['latency_s'] * 1000:.0f} ms[/] from the frame to the listener"
        )
        gates = ", ".join(f"{gate['name']} {gate['result']}" for gate in payload["gates"])
        self._console.print(
            f"         read {read['text']} in {read['reads']} frames, probability "
            f"{match['probability']:.3f}, {payload['direction']}; gates: {gates}"
        )
        if event["crop"]:
            self._console.print(f"         crop {_shorter(event['crop'])}")

    def end(self, seconds: float) -> int:
        """Print the summary; return 0 only if exactly the listed cars alerted, once each."""
        self._console.print()
        self._console.print(self._table())
        faults = self._faults()
        for fault in faults:
            self._console.print(f"[bold red]WRONG[/] {fault}")
        others = len(self._clip.plates) - len(self._clip.listed)
        if not faults:
            self._console.print(
                f"[bold green]RIGHT[/] both listed cars alerted, none of the {others} others did"
            )
        self._console.print(
            f"crops: {_shorter(self._folder / 'listen')}; settings, logs and store: "
            f"{_shorter(self._folder)}; {seconds:.0f} s in all"
        )
        return 1 if faults else 0

    def _faults(self) -> list[str]:
        last = [events[-1]["alert"]["payload"] for events in self._alerts.values()]
        told = [payload["entry"]["plate"] for payload in last]
        listed = self._clip.listed
        return [
            *(f"{text} passed and did not alert" for text in listed if text not in told),
            *(f"{text} did not pass, yet it alerted" for text in told if text not in listed),
            *(
                f"{text} alerted under {told.count(text)} numbers"
                for text in listed
                if told.count(text) > 1
            ),
            *(f"{one['entry']['plate']} was retracted" for one in last if one["retracts"]),
        ]

    def _table(self) -> Table:
        table = Table("number", "listed plate", "grade", "revisions", "first heard after")
        for events in self._alerts.values():
            first, last = events[0], events[-1]
            payload = last["alert"]["payload"]
            table.add_row(
                str(last["alert"]["sequence"]),
                payload["entry"]["plate"],
                payload["grade"] + (" (retracted)" if payload["retracts"] else ""),
                str(len(events) - 1),
                f"{first['latency_s'] * 1000:.0f} ms",
            )
        return table


def _shorter(path: Path | str) -> str:
    """Return *path* relative to the present folder where it lies in it."""
    here = Path.cwd()
    full = Path(path)
    return str(full.relative_to(here)) if full.is_relative_to(here) else str(full)
