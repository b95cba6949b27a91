"""What all tests share: the folders on the path, and how many examples each law is tried on."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings

sys.path.insert(0, str(Path(__file__).parent))

# A run in the background ignores the interruption, and would hand that on to the commands that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Every run tries the same examples, so that a red run can be repeated; the nightly one looks further, each time
# elsewhere.
NIGHTLY = int(os.environ.get("FEECALC_EXAMPLES", "5000"))
SLOW = [HealthCheck.too_slow]
settings.register_profile(
    "every-run", max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=SLOW
)
settings.register_profile("nightly", max_examples=NIGHTLY, deadline=None, suppress_health_check=SLOW)
settings.register_profile(  # where it matters only whether a law fails, not on what
    "unshrunk", settings.get_profile("every-run"), phases=[Phase.explicit, Phase.generate], report_multiple_bugs=False
)
settings.load_profile(os.environ.get("FEECALC_LAWS", "every-run"))

# The gallery holds agreements that are wrong on purpose.
collect_ignore_glob = ["problems/*"]
