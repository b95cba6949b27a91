"""The door: `python -m feecalc` and the `feecalc` command.

Until the commands are loaded, Ctrl-C and TERM simply stop: there is nothing yet to clean up.
"""

from __future__ import annotations

import os
import signal


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(130))
    from feecalc import door

    door.main()


if __name__ == "__main__":
    main()
