"""Whether the packages that feecalc needs are there, asked only when something has failed."""

from __future__ import annotations

import re
import sys
from importlib import metadata

# By what they are imported, where that is not their name.
_IMPORTED_AS = {"attr": "attrs", "yaml": "PyYAML", "xlsxwriter": "XlsxWriter"}
_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?P<bounds>[^;]*)")
_LEAST = re.compile(r">=\s*([0-9.]+)")


def unmet(error: Exception) -> str:
    """What to install, if a package that is missing or too old is behind `error`; empty if none is."""
    wanted = [each for each in _requirements() if not _is_met(*each)]
    if not wanted and isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        wanted = [(_IMPORTED_AS.get(package, package), "")] if package and package != "feecalc" else []
    if not wanted:
        return ""
    words = " and ".join(_told(name, least) for name, least in wanted)
    bounds = " ".join(f'"{name}>={least}"' if least else name for name, least in wanted)
    return f"{words}. Install what is needed: {sys.executable} -m pip install --upgrade {bounds}"


def _requirements() -> list[tuple[str, str]]:
    """The packages that feecalc says it needs, each with its least version; none where it was never installed."""
    try:
        stated = metadata.requires("feecalc") or []
    except metadata.PackageNotFoundError:
        return []
    found = []
    for each in stated:
        match = _REQUIREMENT.match(each)
        if match and "extra" not in each:
            least = _LEAST.search(match["bounds"])
            found.append((match["name"], least[1] if least else ""))
    return found


def _is_met(name: str, least: str) -> bool:
    installed = _installed(name)
    return installed is not None and _numbers(installed) >= _numbers(least)


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _told(name: str, least: str) -> str:
    installed = _installed(name)
    if installed is None:
        return f"the package {name}, which feecalc needs, is not installed"
    return f"feecalc needs {name} {least} or later, and {installed} is installed"
