"""What all tests share: the folders on the path, and how many examples each law is tried on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

NIGHTLY = int(os.environ.get("FEECALC_EXAMPLES", "5000"))
settings.register_profile("every-run", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "nightly",
    max_examples=NIGHTLY,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("FEECALC_LAWS", "every-run"))
