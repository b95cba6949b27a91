"""Every code is explained, the explanations come from the gallery, and what they call mended is.

`FEECALC_RESET=1 pytest tests/test_codes.py` writes the goldens of the differences and what is shipped anew.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import ROOT, feecalc
from gallery import CODE_AT_END, DIFFERENCES, SHIPPED, asked_about, case_of, entries, explained, golden_of, mended

PACKAGE = ROOT / "feecalc"
LIKE_A_CODE = re.compile(r"[a-z]+(-[a-z0-9]+)+")

# Words of the package that are written like codes and are none.
NO_CODES = {
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"),  # encodings
    *("yyyy-mm-dd", "mm-dd-yy", "d-mmm", "d-mmm-yy", "mmm-yy"),  # formats of cells
    *("cash-fee", "sub-total"),  # an example, a word of totals rows
    *("set-off", "cut-back", "exchange-rate"),  # a rule of matching, a decision, a kind of value
}
# Codes made of parts: what stands for the part, and which parts there are.
SCALARS = (
    *("version", "id", "name", "text", "date", "money", "count", "price", "rate", "percentage", "share", "currency"),
    *("amount", "exchange-rate"),
)
MADE = {
    r"\{.*shape\.name\}-unreadable": [f"{name}-unreadable" for name in SCALARS],
    r"\{key\}-twice": ["invoice-twice", "payment-twice"],
    r"tiers-\{stands\}": ["tiers-gap", "tiers-overlap"],
    r"unknown-\{(key|name)\}": [f"unknown-{key}" for key in ("agreement", "clause", "closing", "investor", "payee")],
    r"not-\{name\.lower\(\)\}": ["not-utf-8", "not-utf-16"],
}
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("case", sorted(path for path in DIFFERENCES.iterdir() if path.is_dir()), ids=lambda p: p.name)
def test_difference(case: Path) -> None:
    ran = feecalc("reconcile", "-q", "--as-of", "2002-12-31", str(case.relative_to(ROOT)))
    expected = case.with_suffix(".txt")
    if os.environ.get("FEECALC_RESET"):
        expected.write_text(ran.stdout + ran.stderr, "utf-8")
    assert ran.status == 1
    assert ran.stdout + ran.stderr == expected.read_text("utf-8")


def test_what_is_shipped_is_what_the_gallery_shows() -> None:
    text = json.dumps(explained(), ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("FEECALC_RESET"):
        SHIPPED.write_text(text, "utf-8")
    assert SHIPPED.read_text("utf-8") == text


MENDED = [(code, entry) for code, _, entry in entries() if "mend" in entry]


@pytest.mark.parametrize(("code", "entry"), MENDED, ids=[code for code, _ in MENDED])
def test_what_is_called_mended_is(code: str, entry: dict[str, Any], tmp_path: Path) -> None:
    golden = golden_of(code, entry)
    assert golden is not None
    case = case_of(golden)
    copy = mended(case, entry["mend"], tmp_path)
    if case.parent == DIFFERENCES:
        ran = feecalc("reconcile", "-q", "--as-of", "2002-12-31", str(copy))
        assert f"{code}:" not in ran.stdout
    else:
        ran = feecalc("check", "-q", "--as-of", "2002-12-31", *asked_about(copy))
        left = CODE_AT_END.findall(ran.stderr)
        assert left == entry.get("leaves", [])
        assert ran.status in (0, bool(left))


def test_no_code_is_unknown_and_none_is_unused() -> None:
    """Whatever the package writes like a code, or adds as one, is explained; and nothing else is."""
    known = {code for code, _, _ in entries()}
    found = set(added_codes())
    for path in MODULES:
        found |= {text for text in constants(path) if LIKE_A_CODE.fullmatch(text)} - NO_CODES
    assert found - known == set()
    made = {code for codes in MADE.values() for code in codes}
    text = "".join(path.read_text("utf-8") for path in MODULES)
    unused = {code for code in known - found - made if not re.search(rf"[\" ]{code}[\"\\]", text)}
    assert unused == set()


def constants(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def added_codes() -> list[str]:
    """What is given as a code where a problem, a note, an exception or a difference is made; of one word, too."""
    found = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and (code := code_given(node, path)) is not None:
                found += of_expression(code)
            elif isinstance(node, ast.Tuple) and len(node.elts) == 3 and isinstance(node.elts[0], ast.Constant):
                first = node.elts[0].value
                found += [first] if isinstance(first, str) and LIKE_A_CODE.fullmatch(first) else []
    return [code for code in found if code not in NO_CODES]


def code_given(call: ast.Call, path: Path) -> ast.expr | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    place = {"LedgerException": 0, "Difference": 0, "_due": 0, "_document": 0, "_Rule": 2}.get(name, 1)
    codes = ("add", "note", "Problem", "LedgerException", "Difference", "_due", "_document", "_Rule")
    kind_of_change = name == "Difference" and path.parent.name == "verify"  # which is not shown
    return call.args[place] if name in codes and len(call.args) >= 3 and not kind_of_change else None


def of_expression(code: ast.expr) -> list[str]:
    """The codes that an expression can be: itself, or those of its parts; a name is traced by the other test."""
    if isinstance(code, ast.Constant) and isinstance(code.value, str):
        return [code.value]
    if isinstance(code, ast.JoinedStr):
        text = ast.unparse(code)[2:-1]
        made = next((codes for pattern, codes in MADE.items() if re.fullmatch(pattern, text)), None)
        assert made is not None, f"which codes {text} makes is not told in MADE"
        return made
    return []


def test_explanations_are_short_and_speak_of_one_thing() -> None:
    codes = [code for code, _, _ in entries()]
    assert len(codes) == len(set(codes))
    for code, _, entry in entries():
        assert len(entry["is"]) <= 50 and not entry["is"].endswith("."), code
        assert entry["why"].endswith("."), code


def test_errors_explains_codes_and_lists_them() -> None:
    ran = feecalc("errors", "rate-unreadable", "billed-twice")
    assert ran.status == 0 and not ran.stderr
    assert ran.stdout.startswith("rate-unreadable: a rate that cannot be read exactly\n")
    assert "\n        rate: 0.06\n" in ran.stdout and "\n        rate: 6%\n" in ran.stdout
    listed = feecalc("errors").stdout.splitlines()
    assert max(map(len, listed)) <= 80
    for code, _, entry in entries():
        assert f"{code:30}{entry['is']}" in listed
    assert feecalc("errors", "-q").stdout in feecalc("errors").stdout


def test_an_unknown_code_is_refused_with_what_was_meant() -> None:
    ran = feecalc("errors", "rate-unreadible")
    assert ran.status == 2 and not ran.stdout and 'Did you mean "rate-unreadable"?' in ran.stderr
    assert "`feecalc errors` lists all codes." in feecalc("errors", "zzz").stderr


def test_a_shell_completes_codes() -> None:
    from feecalc.cli.errors import errors

    (argument,) = (each for each in errors.params if each.name == "codes")
    found = [item.value for item in argument.shell_complete(errors.make_context("errors", []), "rate-un")]
    assert sorted(found) == ["rate-unclear", "rate-unreadable", "rate-unusual"]


def test_explaining_is_quick() -> None:
    """Of what takes time to load nothing is loaded."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "feecalc", "errors", "ring"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert not re.search(r"\| +(numpy|pandas|yaml|openpyxl)$", done.stderr, re.MULTILINE)
