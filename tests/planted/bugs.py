"""The list of bugs to plant, from `bugs.yaml`."""

from __future__ import annotations

from pathlib import Path

import yaml
from attrs import frozen


@frozen
class Bug:
    """A bug: what it is, the file (below feecalc/), what stands there and what is put there, and who must find it."""

    name: str
    what: str
    file: str
    old: str
    new: str
    found_by: tuple[str, ...]


def _listed() -> tuple[Bug, ...]:
    stated = yaml.safe_load(Path(__file__).with_name("bugs.yaml").read_text("utf-8"))
    tests = stated["tests"]
    return tuple(Bug(**{**bug, "found_by": tuple(tests[name] for name in bug["found_by"])}) for bug in stated["bugs"])


BUGS = _listed()
