"""Compare settings in a process apart: slowly, beside the reading, and stopped at a word."""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from edge.errors import ConfigError
from edge.services.tune_child import Ask, packed
from edge.services.tuning_jobs import Progress

_CHILD: Final = (sys.executable, "-P", "-m", "edge.services.tune_child")


def compare_apart(ask: Ask, pictures: Sequence[bytes], progress: Progress) -> dict[str, Any]:
    """Return the comparison as the page shows it.

    Args:
        pictures: of the last minute; none for a clip. They go through a pipe, and to no file.

    Raises:
        ConfigError: a replay failed, in its words; or it was stopped.
    """
    try:
        with subprocess.Popen(_CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            progress.on_stop(child.kill)
            progress.tell("models are loaded")
            try:
                return _asked(child, ask, pictures, progress)
            finally:
                child.kill()
    except BrokenPipeError:
        raise ConfigError("the comparison ended at once: the journal has why") from None


def _asked(
    child: subprocess.Popen[bytes], ask: Ask, pictures: Sequence[bytes], progress: Progress
) -> dict[str, Any]:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(packed(ask))
    for one in pictures:
        child.stdin.write(one)
    child.stdin.flush()
    return _result(child.stdout, progress)


def _result(lines: Iterable[bytes], progress: Progress) -> dict[str, Any]:
    for line in lines:
        said: dict[str, Any] = json.loads(line)
        if "problem" in said:
            raise ConfigError(said["problem"])
        if "result" in said:
            result: dict[str, Any] = said["result"]
            return result
        progress.tell(said["sentence"], said["share"])
    raise ConfigError("the comparison ended without a result: the journal has why")
