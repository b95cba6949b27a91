"""Documents that cannot go stale: references are made from the code, and what they tell to run is run.

`FEECALC_RESET=1 pytest tests/test_docs.py` writes the references anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import adapter
import pytest
import reference
import yaml
from commands import ROOT

from feecalc.worked import run_examples

MARK = re.compile(r"(<!-- reference: .*? -->\n).*", re.DOTALL)


@pytest.mark.parametrize(
    ("page", "made"),
    [("agreement-language.md", reference.language), ("records.md", reference.records), ("errors.md", reference.errors)],
)
def test_reference_is_what_the_code_says(page: str, made: object) -> None:
    path = ROOT / "docs" / page
    text = path.read_text("utf-8")
    expected = MARK.sub(lambda match: match[1] + "\n" + made(), text)  # type: ignore[operator]
    if os.environ.get("FEECALC_RESET"):
        path.write_text(expected, "utf-8")
    assert path.read_text("utf-8") == expected


def test_the_agreement_in_the_manual_is_sound_after_each_step() -> None:
    text = (ROOT / "docs" / "agreements.md").read_text("utf-8")
    whole: dict[str, Any] = {}
    steps = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert len(steps) > 10
    for step in steps:
        whole = added(whole, yaml.load(step, yaml.BaseLoader))
        count, failed = run_examples(adapter.agreement_from(yaml.safe_dump(whole, sort_keys=False)))
        assert count > 0 and not failed, "\n".join(map(str, failed))


def added(whole: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
    """An agreement with what a step of the tour adds or changes: clauses by their ids, examples by their names."""
    result = dict(whole)
    for key, value in step.items():
        if key in ("clauses", "examples", "limits"):
            listed = {item.get("id") or item["name"]: item for item in result.get(key, [])}
            for item in value:
                name = item.get("id") or item["name"]
                listed[name] = {**listed.get(name, {}), **item}
            result[key] = list(listed.values())
        else:
            result[key] = value
    return result


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page}: {link}"


def test_the_readme_has_exactly_the_two_commands_that_ci_runs() -> None:
    commands = [
        line for line in Path(ROOT / "README.md").read_text("utf-8").splitlines() if line.startswith("python3 -m venv")
    ]
    assert len(commands) == 2 and "feecalc run examples/neotherapeutics-2002" in commands[0] and "pytest" in commands[1]
