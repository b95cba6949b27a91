"""The modules whose mutants are tried, and the tests that know each: the quick ones first."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

MONEY = "tests/test_money.py"
HAND = "tests/test_by_hand.py"
EXAMPLES = "tests/test_examples.py"
WORDED = "tests/test_provisions_docs.py"
EDGES = "tests/test_provisions_edges.py"
ORACLE = "tests/laws/test_oracle_agrees.py"
PROVISIONS = "tests/laws/test_provisions.py::test_every_entry_is_the_oracle_s"
LAWS = "tests/laws/test_laws.py"
AMENDED = "tests/test_amendments.py"

FEES = (HAND, WORDED, EDGES, AMENDED, EXAMPLES, ORACLE, PROVISIONS)
WHO = (
    "tests/test_attribution.py",
    "tests/test_claims.py",
    AMENDED,
    EXAMPLES,
    "tests/test_text.py",
    "tests/test_provisions_docs.py",
    ORACLE,
)
DOCUMENTS = (
    "tests/test_matching.py",
    "tests/test_matching_edges.py",
    "tests/test_reconciliation_edges.py",
    "tests/test_reconciliation.py",
    "tests/test_set_off.py",
    "tests/test_applications.py",
    "tests/test_credited_rescissions.py",
    "tests/test_record_cases.py",
    "tests/laws/test_reconcile.py",
)

TESTS: dict[str, tuple[str, ...]] = {
    "money": (MONEY, "tests/test_terms.py"),
    "totals": ("tests/test_totals.py", MONEY, HAND, WORDED, EDGES, ORACLE, PROVISIONS),
    "exact": ("tests/test_totals.py", *FEES),
    "clauses": (
        "tests/test_clauses.py",
        WORDED,
        "tests/test_terms.py",
        EDGES,
        "tests/test_text.py",
        "tests/test_docs.py",
        "tests/test_problems.py",
    ),
    "attribution": WHO,
    "matching": DOCUMENTS,
    "reconcile": DOCUMENTS,
    "differences": DOCUMENTS,
    "applications": DOCUMENTS,
    "limits": ("tests/test_limits.py", "tests/test_planning.py", *FEES),
}


def files() -> dict[str, Path]:
    """Every file of these modules, by its name in imports."""
    found = {}
    for room in TESTS:
        below = ROOT / "feecalc" / room
        for path in sorted(below.glob("*.py")) if below.is_dir() else [below.with_suffix(".py")]:
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(part for part in parts if part != "__init__")] = path
    return found


def known_by(module: str) -> tuple[str, ...]:
    return TESTS[module.split(".")[1]]
