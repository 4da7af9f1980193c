"""A process that is killed when it asks something of the disk: what it had done by then stands."""

import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

_ASKED = frozenset({"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "sqlite3.connect"})
_FAILED = 3


def done_before(event: int, folder: Path, action: Callable[[], object]) -> bool:
    """Run `action` in a process that SIGKILL ends at its n-th question about a file below `folder`.

    Tell whether it was done before it could ask so often.
    """
    pid = os.fork()
    if pid == 0:
        _be_killed(event, str(folder))
        try:
            action()
        except BaseException:  # noqa: BLE001 - the parent is told
            os._exit(_FAILED)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "it failed before it was killed"
    return True


def _be_killed(event: int, folder: str) -> None:
    asked = itertools.count(1)

    def hook(name: str, arguments: tuple[object, ...]) -> None:
        about = name in _ASKED and any(folder in str(one) for one in arguments if isinstance(one, str | Path))
        if about and next(asked) == event:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
