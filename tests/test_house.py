"""Taste as a test: imports run one way, no float and no division in the domain, printing at the door only."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from commands import ROOT

PACKAGE = ROOT / "feecalc"

# From the ground up: a room imports only from floors below its own. A folder is one room.
FLOORS = [
    {"problems", "money", "names", "terminal", "requirements"},
    {"dates", "totals", "matching"},
    {"exact", "columns"},
    {"shapes"},
    {"clauses", "closing"},
    {"records", "rescission", "line_columns"},
    {"agreement"},
    {"milestones", "dependencies", "openings", "line_prices"},
    {"resuming"},
    {"measures", "clause_contradictions"},
    {"attribution", "rows", "contradictions", "agreement_notes", "needed_columns"},
    {"earnings", "triggers"},
    {"workings"},
    {"limits"},
    {"accruing"},
    {"accrual"},
    {"settlement"},
    {"ledger"},
    {"entries"},
    {"applications"},
    {"differences"},
    {"reconcile"},
    {"base_parts", "controls", "computations", "currencies"},
    {"checks", "balances", "funds_flow", "explain", "describe", "selection"},
    {"exceptions", "linking"},
    {"engagement"},
    {"worked", "readings", "claims", "departures", "quote", "exposure", "history", "workpapers"},
    {"forensics"},
    {"read", "write"},
    {"statements"},
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


# What makes, changes or removes a file, by its name alone: as a function, or of a module or a path.
WRITES = {"mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryDirectory", "TemporaryFile", "SpooledTemporaryFile"}
WRITES |= {"write_text", "write_bytes", "replace", "rename", "unlink", "remove", "rmdir", "mkdir", "makedirs", "touch"}
WRITES |= {"link", "symlink", "symlink_to", "hardlink_to", "copy", "copy2", "copyfile", "move", "rmtree", "truncate"}
WRITES |= {"to_csv", "to_excel", "to_json", "to_pickle", "save", "tofile"}
OF_FILES = {"os", "shutil", "tempfile", "path", "file", "folder", "target", "output", "pathlib"}
ELSEWHERE = {
    "feecalc.door": {"NamedTemporaryFile", "open"},  # the traceback of a defect; a stream that was closed
    "feecalc.statements": {"TemporaryDirectory", "mkdir", "write_bytes"},  # inputs that are read again at once
    "feecalc.terminal": {"open"},  # the same
    "feecalc.verify.inputs": {"TemporaryDirectory", "mkdir", "write_bytes"},  # what a workbook carries, to be read anew
    "feecalc.write.workbook": {"TemporaryDirectory"},  # where XlsxWriter keeps parts until it has all
}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_one_module_writes_files(path: Path) -> None:
    """What is written is replaced whole or not at all, because `write.files` alone does it."""
    if name_of(path) == "feecalc.write.files":
        return
    found = {name for name, line in writing(ast.parse(path.read_text("utf-8")))}
    assert found <= ELSEWHERE.get(name_of(path), set()), f"{path}: {found}"


def writing(tree: ast.AST) -> list[tuple[str, int]]:
    """Calls that open a file for writing, or make, change or remove one, each with its line."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        owner = function.value if isinstance(function, ast.Attribute) else None
        owner_name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        modes = node.args if owner is not None and owner_name not in ("os", "io") else node.args[1:]
        modes = [*modes, *(keyword.value for keyword in node.keywords if keyword.arg == "mode")]
        if name in ("open", "fdopen", "FileIO"):
            words = [ast.unparse(mode) for mode in modes]
            if any(re.fullmatch(r"'[rbt]*[wax+][rbt+]*'|.*O_(WRONLY|RDWR|CREAT).*", word) for word in words):
                found.append((name, node.lineno))
        elif name in WRITES and (name not in dir(str) or owner_name in OF_FILES):
            if name not in ("remove", "copy", "link") or owner_name in OF_FILES:  # lists and rows have these too
                found.append((name, node.lineno))
    return found


def test_what_writes_is_found() -> None:
    for text in (
        "open('x', 'w')",
        "path.open('ab')",
        "open('x', mode='r+')",
        "os.open('x', os.O_RDWR)",
        "Path('x').write_text('')",
        "os.replace(a, b)",
        "shutil.move(a, b)",
        "path.unlink()",
        "frame.to_csv('x')",
        "tempfile.mkstemp()",
    ):
        assert writing(ast.parse(text)), text
    for text in ("open('x')", "path.open('rb')", "text.replace('a', 'b')", "items.remove(1)", "rows.copy()"):
        assert not writing(ast.parse(text)), text


# Input must never be run, nor anything else be started or asked over a network.
DANGEROUS = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "system",
    "popen",
    "query",
    "unsafe_load",
    "full_load",
    "read_pickle",
}
NEVER_IMPORTED = {"pickle", "shelve", "marshal", "dill", "subprocess", "multiprocessing", "socket", "ssl", "urllib"}
NEVER_IMPORTED |= {"http", "ftplib", "smtplib", "requests", "httpx", "asyncio", "webbrowser", "ctypes", "code", "runpy"}
COMPILES = {"re"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_read_is_ever_run_and_nobody_is_called(path: Path) -> None:
    assert not {module.partition(".")[0] for module, _ in imports(path)} & NEVER_IMPORTED
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            owner = getattr(getattr(function, "value", None), "id", "")
            assert name not in DANGEROUS or (name == "compile" and owner in COMPILES), f"{path}:{node.lineno} {name}"
            assert not (owner == "yaml" and name in ("load", "load_all")), f"{path}:{node.lineno} yaml.{name}"
            assert not any(keyword.arg == "shell" for keyword in node.keywords), f"{path}:{node.lineno} shell"
