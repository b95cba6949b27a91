"""Mutants that no test can notice or needs to, each with its reason, from `survivors.yaml`."""

from __future__ import annotations

from pathlib import Path

import yaml

SURVIVORS: dict[tuple[str, str, str], str] = {
    (each["module"], each["line"], each["change"]): each["why"]
    for each in yaml.safe_load(Path(__file__).with_name("survivors.yaml").read_text("utf-8")) or ()
}
