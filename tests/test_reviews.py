"""Reviews: what a person has looked at asks for nobody, stays to be seen, and only as it stood."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from commands import feecalc

CLOSINGS = """closing,date,investor,gross_proceeds,introduced_by
A,2002-03-13,Adler Fund,"500,000.00",brighton
A,2002-03-13,Adler Fund,"500,000.00",brighton
"""
TWICE = "the line is the same as closings.csv:2 in every column; both count. If it stands twice by mistake, delete one."
HEADER = "code,at,message,reviewed by,date,reason,evidence"


def review(
    code: str = "possible-duplicate", at: str = "closings.csv:3", message: str = TWICE, reason: str = "2"
) -> str:
    return f'{code},"{at}","{message}",J. Doe,2003-01-05,{reason},wire advice'


def engagement(folder: Path, *reviews: str, closings: str = CLOSINGS) -> Path:
    (folder / "closings.csv").write_text(closings, "utf-8")
    (folder / "reviews.csv").write_text("\n".join([HEADER, *reviews]) + "\n", "utf-8")
    return folder


def run(records: Path, out: str, as_of: str = "2002-12-31"):  # type: ignore[no-untyped-def]  # what a command gave
    return feecalc("run", str(records), "-a", "agreements", "--as-of", as_of, "-q", "-o", str(records / out))


def test_what_is_reviewed_asks_for_nobody_and_is_seen(tmp_path: Path) -> None:
    """Both lines count with a review as without; nothing but the review differs."""
    bare, records = tmp_path / "bare", engagement(tmp_path, review())
    bare.mkdir()
    before, after = run(engagement(bare), "ledger.json"), run(records, "ledger.json")
    assert (before.status, after.status) == (1, 0)
    assert "    Reviewed by J. Doe on 2003-01-05: 2 (wire advice)\n" in after.stderr
    open_, reviewed = (json.loads((folder / "ledger.json").read_text("utf-8")) for folder in (bare, records))
    assert open_["exceptions"][0]["reviews"] == []
    assert reviewed["exceptions"][0].pop("reviews") == [
        {"reviewed_by": "J. Doe", "date": "2003-01-05", "reason": "2", "evidence": "wire advice"}
    ]
    assert open_["exceptions"][0].pop("reviews") == []
    for of_either in (open_, reviewed):
        of_either["exceptions"][0].pop("place")
    same = ("entries", "totals", "attribution", "exceptions", "checks")
    assert [reviewed[key] for key in same] == [open_[key] for key in same]


def test_the_workbook_shows_who_reviewed_and_is_rebuilt_with_it(tmp_path: Path) -> None:
    assert run(engagement(tmp_path, review(), review(reason="3")), "ledger.xlsx").status == 0
    book = openpyxl.load_workbook(tmp_path / "ledger.xlsx")
    sheet = book["Exceptions"]
    texts = {cell.value for row in sheet.iter_rows() for cell in row}
    assert "Nothing was found that needs a decision" in texts
    assert "J. Doe on 2003-01-05: 2 (wire advice); J. Doe on 2003-01-05: 3 (wire advice)" in texts
    said = {str(cell.value) for row in book["Summary"].iter_rows() for cell in row}
    assert any("1 exception (0 of severity error, 1 reviewed)." in text for text in said)
    assert feecalc("verify", str(tmp_path / "ledger.xlsx")).status == 0


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (review(at="closings.csv:2"), "is not found at closings.csv:2 but at closings.csv:3."),
        (review(message=TWICE.replace("csv:2", "csv:4")), f'closings.csv:3 now says: "{TWICE}"'),
        (review(code="similar-name"), "similar-name is not found at closings.csv:3"),
    ],
)
def test_a_review_is_of_one_exception_as_it_stood(tmp_path: Path, row: str, says: str) -> None:
    ran = run(engagement(tmp_path, row), "ledger.json")
    assert ran.status == 1 and "reviews.csv:2: note: review-of-nothing" in ran.stderr
    assert says in ran.stderr


@pytest.mark.parametrize(
    "at", ["closings.csv:3", "CLOSINGS.csv:3", "/elsewhere/records/closings.csv:3", "x\\closings.csv:3"]
)
def test_the_folder_does_not_matter(tmp_path: Path, at: str) -> None:
    assert run(engagement(tmp_path, review(at=at)), "ledger.json").status == 0


def test_a_place_of_which_another_is_the_end_is_not_it(tmp_path: Path) -> None:
    assert run(engagement(tmp_path, review(at="my closings.csv:3")), "ledger.json").status == 1


def test_another_exception_of_the_same_words_stays_open(tmp_path: Path) -> None:
    """A third line alike is the same as line 3, which nobody has looked at."""
    more = CLOSINGS + 'A,2002-03-13,Adler Fund,"500,000.00",brighton\n'
    ran = run(engagement(tmp_path, review(), closings=more), "ledger.json")
    found = json.loads((tmp_path / "ledger.json").read_text("utf-8"))["exceptions"]
    assert ran.status == 1
    assert [(each["place"].rpartition("/")[2], len(each["reviews"])) for each in found] == [
        ("closings.csv:3", 1),
        ("closings.csv:4", 0),
    ]


def test_a_failed_check_asks_for_a_person_all_the_same(tmp_path: Path) -> None:
    records = engagement(tmp_path, review())
    (records / "control_totals.csv").write_text('measure,as_of,amount\ngross_proceeds,2002-12-31,"1.00"\n', "utf-8")
    ran = run(records, "ledger.json")
    assert ran.status == 1 and "check fails" in ran.stderr


def test_an_error_is_not_reviewed_away(tmp_path: Path) -> None:
    records = "tests/problems/review-of-an-error"
    ran = feecalc("check", records, "-q", "--as-of", "2002-12-31")
    assert ran.status == 1 and "note: review-of-an-error" in ran.stderr and "Reviewed by" not in ran.stderr
