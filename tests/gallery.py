"""The gallery of problems, and every code explained by it and by what `tests/problems/codes.yaml` says of it.

What is made here is shipped (`feecalc/write/codes.json`), so that `feecalc errors`, docs/errors.md and the gallery
cannot differ.
"""

from __future__ import annotations

import difflib
import re
import shutil
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from commands import ROOT

GALLERY = ROOT / "tests" / "problems"
DIFFERENCES = ROOT / "tests" / "differences"
SHIPPED = ROOT / "feecalc" / "write" / "codes.json"
CODE_AT_END = re.compile(r"^\S.*: ([a-z]+(?:-[a-z0-9]+)*)$", re.MULTILINE)


def asked_about(case: Path) -> list[str]:
    """What `feecalc check` is given to read a case."""
    place = str(case.relative_to(ROOT) if case.is_relative_to(ROOT) else case)
    if (case / "agreements").is_dir():
        return ["-a", f"{place}/agreements", f"{place}/records"]
    of_agreements = case.is_file() or any(path.suffix.lower() in (".yaml", ".yml") for path in case.iterdir())
    return ["-a", place] if of_agreements else [place]


@cache
def sources() -> list[dict[str, Any]]:
    """The groups of `codes.yaml`."""
    return yaml.load((GALLERY / "codes.yaml").read_text("utf-8"), yaml.BaseLoader)  # type: ignore[no-any-return]


def entries() -> list[tuple[str, str, dict[str, Any]]]:
    """Each code with the kind of its group and what is said of it."""
    return [(code, group["kind"], entry) for group in sources() for code, entry in group["codes"].items()]


def explained() -> list[dict[str, Any]]:
    """What is shipped: the groups, each code with its explanation, bad example, message and good example."""
    return [
        {
            "title": group["title"],
            "kind": group["kind"],
            "codes": [_explained(code, entry) for code, entry in group["codes"].items()],
        }
        for group in sources()
    ]


def _explained(code: str, entry: dict[str, Any]) -> dict[str, str]:
    case = case_of(code, entry)
    message = message_in(case, code) if case is not None else entry["message"]
    if "mend" in entry:
        assert case is not None, code
        bad, good = _examples(case, entry["mend"])
    else:
        bad, good = entry["bad"], entry["good"]
    return {"code": code, "is": entry["is"], "why": entry["why"], "bad": bad, "message": message, "good": good}


def case_of(code: str, entry: dict[str, Any]) -> Path | None:
    """The case that shows a code: the one that is named, or named so, or the shortest that says least besides."""
    name = entry.get("case", code)
    for folder in (DIFFERENCES, GALLERY):
        for path in (folder / name, folder / f"{name}.yaml"):
            if path.exists() and code in _codes(path.parent / f"{name}.txt"):
                return path
    assert "case" not in entry, f"{code}: the case {name} does not show it"
    showing = [path for path in sorted(GALLERY.glob("*.txt")) if code in _codes(path)]
    if not showing or "message" in entry and "mend" in entry:
        return None
    found = min(showing, key=lambda path: (len(_codes(path)), len(path.stem)))
    return next((path for path in GALLERY.glob(f"{found.stem}*") if path.stem == found.stem and path != found), None)


def _codes(golden: Path) -> list[str]:
    text = golden.read_text("utf-8") if golden.exists() else ""
    return [*CODE_AT_END.findall(text), *re.findall(r"^([a-z-]+): [\d,.()]+", text, re.MULTILINE)]


def message_in(case: Path, code: str) -> str:
    """The first message of this code that a case gives, its place without the folder of the gallery."""
    lines = case.with_suffix(".txt").read_text("utf-8").splitlines()
    first = next(n for n, line in enumerate(lines) if line.endswith(f": {code}") or line.startswith(f"{code}: "))
    rest = next((n for n, line in enumerate(lines[first + 1 :], first + 1) if not line.startswith(" ")), len(lines))
    text = "\n".join(lines[first:rest])
    return text.replace("tests/problems/", "").replace("tests/differences/", "")


def mended(case: Path, mend: list[list[str]], target: Path) -> Path:
    """A copy of a case, with each text put in place of the other, in the only file that holds it."""
    copy = target / case.name
    shutil.copytree(case, copy) if case.is_dir() else shutil.copy(case, copy)
    for before, after in mend:
        holding = [path for path in _files(copy) if before in _text(path)]
        assert len(holding) == 1, f"{case}: {before!r} stands in {[path.name for path in holding]}"
        text = _text(holding[0])
        assert text.count(before) == 1, f"{case}: {before!r} stands there {text.count(before)} times"
        holding[0].write_text(text.replace(before, after), "utf-8", newline="")
    return copy


def _examples(case: Path, mend: list[list[str]]) -> tuple[str, str]:
    """The lines that are mended, as they are and as they should be; of tables all lines."""
    import tempfile

    bad, good = [], []
    with tempfile.TemporaryDirectory() as folder:
        copy = mended(case, mend, Path(folder))
        for path, new in zip(_files(case), _files(copy), strict=True):
            before, after = _text(path).splitlines(), _text(new).splitlines()
            if before != after:
                changed = (before, after) if path.suffix == ".csv" else _changed(before, after)
                name = f"{path.name}\n" if path.suffix == ".csv" else ""
                bad.append(name + textwrap.indent("\n".join(changed[0]), "  " if name else ""))
                good.append(name + textwrap.indent("\n".join(changed[1]), "  " if name else ""))
    return "\n".join(bad), "\n".join(good)


def _changed(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """The lines that differ; where lines are put in or taken out, the line before them as well."""
    bad: list[str] = []
    good: list[str] = []
    for kind, i, k, m, n in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            context = 1 if kind != "replace" and i else 0
            bad += before[i - context : k]
            good += after[m - context : n]
    return textwrap.dedent("\n".join(bad)).splitlines(), textwrap.dedent("\n".join(good)).splitlines()


def _files(case: Path) -> list[Path]:
    return sorted(path for path in case.rglob("*") if path.is_file()) if case.is_dir() else [case]


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return file.read()
