"""The door: `python -m feecalc` and the `feecalc` command.

Until the commands are loaded, Ctrl-C and TERM simply stop: there is nothing yet to clean up.
"""

from __future__ import annotations

import gc
import os
import signal
import sys

NOT_DONE, INTERRUPTED = 2, 130


def main() -> None:
    gc.disable()  # a command makes hardly any cycles and is over soon; looking for them takes a third of its time
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        from feecalc import door
    except ImportError as error:
        from feecalc.requirements import unmet

        needs = unmet(error)
        if not needs:
            raise
        sys.exit(_told(needs))
    door.main()


def _stop(*_: object) -> None:
    try:
        os.write(2, b"feecalc: stopped; nothing was written\n")
    finally:
        os._exit(INTERRUPTED)


def _told(needs: str) -> int:
    if sys.stderr is not None:
        sys.stderr.write(f"feecalc: {needs}\n")
    return NOT_DONE


if __name__ == "__main__":
    main()
