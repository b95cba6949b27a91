"""Taste as a test: imports run one way, no float and no division in the domain, printing at the door only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from commands import ROOT

PACKAGE = ROOT / "feecalc"

# From the ground up: a room imports only from floors below its own. A folder is one room.
FLOORS = [
    {"problems", "money", "names", "terminal", "requirements"},
    {"dates", "totals", "matching"},
    {"exact"},
    {"shapes"},
    {"clauses", "closing"},
    {"records", "rescission", "line_columns"},
    {"agreement"},
    {"milestones", "dependencies", "openings", "line_prices"},
    {"measures", "clause_contradictions"},
    {"attribution", "rows", "contradictions", "needed_columns"},
    {"earnings", "triggers"},
    {"workings"},
    {"limits"},
    {"accruing"},
    {"accrual"},
    {"settlement"},
    {"ledger"},
    {"applications"},
    {"differences"},
    {"reconcile"},
    {"controls"},
    {"record_exceptions", "checks", "balances", "funds_flow", "explain", "describe", "selection"},
    {"exceptions"},
    {"engagement"},
    {"worked", "readings", "claims", "departures", "quote", "exposure", "history", "workpapers"},
    {"forensics"},
    {"read", "write"},
    {"verify"},
    {"cli", "pytest_plugin"},
    {"door"},
    {"__main__"},
]
WINGS_KNOW = {"yaml", "openpyxl", "xlsxwriter", "click", "csv", "json"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def room(module: str) -> str:
    return (module.split(".") + [""])[1]


def floor(module: str) -> int:
    return next((number for number, rooms in enumerate(FLOORS) if room(module) in rooms), -1)


def imports(path: Path) -> list[tuple[str, int]]:
    """Every module a file imports, with the line, those within functions and for types included."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*name_of(path).split(".")[: -node.level], *([base] if base else [])])
            found += [
                (
                    f"{base}.{alias.name}"
                    if (PACKAGE.parent / base.replace(".", "/") / f"{alias.name}.py").exists()
                    else base,
                    node.lineno,
                )
                for alias in node.names
            ]
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    own = name_of(path)
    assert own == "feecalc" or floor(own) >= 0, f"{own} stands on no floor"
    for module, line in imports(path):
        if module.startswith("feecalc.") and room(module) != room(own):
            assert floor(module) < floor(own), f"{path}:{line} imports {module}"


def test_no_circles() -> None:
    import graphlib

    graph = {
        name_of(path): {m for m, _ in imports(path) if m.startswith("feecalc") and m != name_of(path)}
        for path in MODULES
    }
    list(graphlib.TopologicalSorter(graph).static_order())


def domain() -> list[Path]:
    """The modules between the wings. `problems` and `names` measure how alike two words are, `terminal` is part of
    the door.
    """
    return [
        path
        for path in MODULES
        if 0 <= floor(name_of(path)) < floor("feecalc.read")
        and path.stem not in ("problems", "names", "terminal", "requirements")
    ]


@pytest.mark.parametrize("path", domain(), ids=name_of)
def test_the_domain_knows_no_float_and_no_files(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), (
            f"{path}:{node.lineno} holds a float"
        )
        assert not (isinstance(node, ast.Name) and node.id in ("float", "eval", "exec", "open", "print")), (
            f"{path}:{node.lineno} {node.id}"
        )
        assert not (isinstance(node, ast.Attribute) and node.attr.startswith("float")), (
            f"{path}:{node.lineno} {node.attr}"
        )
    assert not {module.split(".")[0] for module, _ in imports(path)} & WINGS_KNOW


@pytest.mark.parametrize("path", domain(), ids=name_of)
def test_division_lives_in_money_and_totals(path: Path) -> None:
    """Only exact ratios are divided elsewhere: `/` on Ratio, never on money."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Div | ast.FloorDiv)
            and name_of(path) not in ("feecalc.money", "feecalc.totals")
        ):
            text = ast.unparse(node)
            assert text in ALLOWED_DIVISIONS, f"{path}:{node.lineno}: {text}"


ALLOWED_DIVISIONS = {
    "amount // 100",
    "balance.amount // 100",  # a count held as count x 100 in a money column
    "1 / each",  # Ratios: one over a price
    "1 / (100 * price.ratio)",
    "(day.month + 2) // 3",  # the quarter of a month
    "amount / 10000",  # a Ratio of hundredths of a per cent
    "table.rounding_effect / 100",  # a Ratio of cents, shown in units
}


def test_every_module_says_what_it_holds() -> None:
    first = [ast.get_docstring(ast.parse(path.read_text("utf-8"))) for path in MODULES]
    assert all(first) and len(set(first)) == len(first)


def test_only_the_door_prints() -> None:
    for path in MODULES:
        if room(name_of(path)) not in ("cli", "door", "terminal"):
            text = path.read_text("utf-8")
            assert "print(" not in text.replace("_print(", "") and "click" not in [m for m, _ in imports(path)], path


def test_only_the_plugin_knows_pytest_and_only_pytest_knows_the_plugin() -> None:
    for path in MODULES:
        known = {module.split(".")[0] for module, _ in imports(path)}
        assert ("pytest" in known) == (path.stem == "pytest_plugin"), path
        assert "feecalc.pytest_plugin" not in [module for module, _ in imports(path)], path
