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
TAKEN = ROOT / "tests" / "taken"
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
    golden = golden_of(code, entry)
    if "mend" in entry:
        assert golden is not None, code
        bad, good = _examples(case_of(golden), entry["mend"])
    else:
        bad, good = entry["bad"], entry["good"]
    message = entry["message"] if golden is None else message_in(golden, code)
    return {"code": code, "is": entry["is"], "why": entry["why"], "bad": bad, "message": message, "good": good}


def golden_of(code: str, entry: dict[str, Any]) -> Path | None:
    """What was said of the case that shows a code: the one that is named, or named so, or that says least besides."""
    name = entry.get("case", code)
    named = [folder / f"{name}.txt" for folder in (DIFFERENCES, GALLERY, TAKEN)]
    showing = [path for path in named if path.exists() and code in codes_in(path)]
    assert showing or "case" not in entry, f"{code}: the case {name} does not show it"
    if not showing:
        every = [path for folder in (GALLERY, TAKEN) for path in sorted(folder.glob("*.txt"))]
        showing = sorted(
            (path for path in every if code in codes_in(path)), key=lambda path: (len(codes_in(path)), len(path.stem))
        )
    return showing[0] if showing else None


def case_of(golden: Path) -> Path:
    """The file or the folder of which something was said."""
    found = [golden.with_suffix(suffix) for suffix in ("", ".yaml")]
    return next(path for path in found if path.exists())


def codes_in(golden: Path) -> list[str]:
    """The codes of all that was said of a case."""
    text = golden.read_text("utf-8")
    return [*CODE_AT_END.findall(text), *re.findall(r"^([a-z-]+): [\d,.()]+", text, re.MULTILINE)]


def message_in(golden: Path, code: str) -> str:
    """The first message of this code, its place without the folder of the gallery."""
    lines = golden.read_text("utf-8").splitlines()
    first = next(n for n, line in enumerate(lines) if line.endswith(f": {code}") or line.startswith(f"{code}: "))
    rest = next((n for n, line in enumerate(lines[first + 1 :], first + 1) if not line.startswith(" ")), len(lines))
    text = "\n".join(lines[first:rest])
    return re.sub("tests/(problems|differences|taken)/", "", text)


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
