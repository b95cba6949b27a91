"""What terms may look like: shapes that do not belong, values that were refused already, and changes of terms."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import ROOT, feecalc

from feecalc.problems import Problems
from feecalc.read.agreements import agreement_of
from feecalc.read.documents import parse_document

SOUND = (ROOT / "tests" / "problems" / "comment-after-value.yaml").read_text("utf-8")
EXAMPLE = """examples:
  - name: One closing
    closings: {closings}
    expected: [{{clause: cash-fee, accrued: "60.00"}}]
"""
AMENDMENT = (
    "amendments: [{{id: first, effective: 2002-06-01, section: letter, says: Less., rules: closings from that day, "
    "changes: {changes}}}]\n"
)


def told(text: str) -> list[tuple[str, str, str]]:
    """The code, the words and the remedy of each problem."""
    problems = Problems()
    document = parse_document(text, "finder.yaml", problems)
    if document is not None:
        agreement_of(document, problems)
    return [(problem.code, problem.says, problem.remedy) for problem in problems]


def example(closings: str) -> str:
    return SOUND + EXAMPLE.format(closings=closings)


def amended(changes: str) -> str:
    return SOUND + AMENDMENT.format(changes=changes)


def test_the_file_is_sound() -> None:
    assert told(SOUND) == []
    assert told(example('[{closing: A, date: 2002-03-13, investor: X, gross_proceeds: "1,000.00"}]')) == []
    assert told(amended("{clauses: {cash-fee: {rate: 5%}}}")) == []


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (SOUND.replace("tail: none", "tail: [12]"), "wrong-shape", "a list stands here"),
        (SOUND.replace("tail: none", "tail: {month: 12}"), "unknown-key", '"month" is not a term of a tail'),
        (SOUND + "clauses_: x\n", "unknown-key", '"clauses_" is not a term of an agreement'),
        (SOUND[: SOUND.index("clauses:")] + "clauses: [cash-fee]\n", "wrong-shape", '"cash-fee" is a single value'),
        (SOUND.replace("rate: 6%", "rate: {part: 6%}"), "wrong-shape", "a mapping with `part` stands here"),
        (example("all"), "wrong-shape", '"all" is a single value'),
        (example("[A, B]"), "wrong-shape", "a list stands here"),
        (example("[{closing: [A]}]"), "wrong-shape", "a list stands here"),
        (
            example("[]\n    expenses: [{date: 2002-03-13, amout: 5.00}]"),
            "unknown-key",
            '"amout" is not a column of expenses',
        ),
        (
            amended("{new_clauses: [x], clauses: {'': {rate: 5%}}}"),
            "unknown-clause",
            'there is no clause "" to change',
        ),
        (amended("5%"), "wrong-shape", '"5%" is a single value'),
        (amended("{clauses: [cash-fee]}"), "wrong-shape", "the changed clauses are not named"),
        (amended("{clauses: {cash-fee: 5%}}"), "wrong-shape", "no terms of cash-fee stand here"),
        (amended("{new_clauses: none}"), "wrong-shape", "the new clauses are no list"),
        (amended("{clauses: {cashfee: {rate: 5%}}}"), "unknown-clause", 'there is no clause "cashfee" to change'),
        (
            amended("{clauses: {cash-fee: {rate: 5}}}"),
            "rate-unreadable",
            'under the amendment "first": "5" is not a rate: a rate needs its per cent sign',
        ),
    ],
)
def test_what_does_not_belong_is_told(text: str, code: str, says: str) -> None:
    assert (code, says) in [(found, words) for found, words, _ in told(text)]


@pytest.mark.parametrize(
    "text",
    [
        "*x",
        SOUND.replace("kind: percentage", "kind: *x"),
        SOUND.replace("rate: 6%", "rate: *x"),
        example("[{closing: A, date: *x}]"),
        example("*x"),
    ],
)
def test_an_alias_is_told_once_and_nothing_follows_from_it(text: str) -> None:
    assert [code for code, _, _ in told(text)] == ["alias"]


def test_a_term_at_the_wrong_level_is_sent_where_it_belongs() -> None:
    remedies = [remedy for _, _, remedy in told(SOUND + "expires: 2002-12-31\nterm_effective: x\ntail_moths: 12\n")]
    assert "Write it within `term`: `term: {expires: ...}`." in remedies
    assert "Write it within `term`: `term: {effective: ...}`." in remedies
    assert "Write it within `tail`: `tail: {months: ...}`." in remedies


def test_long_values_are_shown_by_their_beginning() -> None:
    nines = "9" * 5000
    values = (f"rate: {nines}", f"rate: {nines}%", f"rate: {nines} bps", f"rate: {'k' * 500}")
    share = SOUND + f"    split: [{{payee: Finder LLC, share: {nines}/{nines}}}]\n"
    for text in (*(SOUND.replace("rate: 6%", value) for value in values), share, SOUND + f"{'k' * 500}: x\n"):
        assert told(text)
        assert all(len(words) < 200 and len(remedy) < 500 for _, words, remedy in told(text))


def test_ids_are_short() -> None:
    (found,) = told(SOUND.replace("id: cash-fee", f"id: {'x' * 101}"))
    assert found[0] == "id-unreadable" and "longer than 100" in found[1]
    assert told(SOUND.replace("id: cash-fee", f"id: {'x' * 100}")) == []


def test_a_folder_without_agreements_is_named(tmp_path: Path) -> None:
    ran = feecalc("check", "-a", str(tmp_path))
    assert ran.status == 2 and "no-agreements" in ran.stderr and "feecalc init" in ran.stderr


def test_a_file_of_nothing_but_faults_is_given_up() -> None:
    """Each fault is looked at for what may be meant, which takes time."""
    text = SOUND[: SOUND.index("clauses:")] + "clauses:\n" + "  - x\n" * 20_000
    found = [code for code, _, _ in told(text)]
    assert found.count("wrong-shape") == 200 and found.count("too-many-problems") == 1 and len(found) == 201


def test_payees_that_nobody_declared_are_counted() -> None:
    shares = "".join(f"      - {{payee: Payee {n}, share: 1/3000}}\n" for n in range(3000))
    found = [(code, says) for code, says, _ in told(SOUND + f"    split:\n{shares}")]
    assert [code for code, _ in found].count("payee-not-declared") == 21
    assert any(says.startswith("and 2,980 more") for _, says in found)
