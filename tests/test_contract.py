"""The contract: commands, exit statuses, the JSON ledger, the same bytes twice."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from commands import ROOT, feecalc, feecalc_process
from freezegun import freeze_time
from openpyxl import Workbook, load_workbook

NEO = ROOT / "examples" / "neotherapeutics-2002"
TWICE = ROOT / "examples" / "claimed-twice"

ENTRY = {
    "agreement",
    "clause",
    "section",
    "closing",
    "accrued_on",
    "payable_on",
    "payee",
    "unit",
    "base",
    "base_before",
    "accrued",
    "recouped",
    "payable",
    "exercise_price",
    "expires",
    "lines",
    "why",
}
TOTAL = {"agreement", "payee", "unit", "accrued", "recouped", "payable", "invoiced", "paid", "outstanding"}
ADDED = {"held", "in_securities", "decided"}  # by the provisions of later agreements


def ledger(tmp_path: Path, records: Path = NEO, *more: str, status: int = 0) -> dict:
    out = tmp_path / "ledger.json"
    ran = feecalc("run", str(records), "-o", str(out), *more)
    assert ran.status == status, ran.stderr
    return json.loads(out.read_text("utf-8"))


def rows(**tables: str) -> dict[str, str]:
    return {name: "\n".join(line.strip() for line in text.strip().splitlines()) + "\n" for name, text in tables.items()}


def records(folder: Path, **tables: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in rows(**tables).items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


def test_the_json_ledger_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    found = ledger(tmp_path, NEO, "--as-of", "2002-03-31")
    assert {"feecalc", "as_of", "entries", "totals", "attribution", "exceptions", "checks"} <= set(found)
    assert found["as_of"] == "2002-03-31"
    assert all(set(entry) == ENTRY | ADDED for entry in found["entries"])
    assert all(set(total) == TOTAL | ADDED | {"deducted"} for total in found["totals"])
    assert {"line", "investor", "gross_proceeds", "agreement", "basis"} <= set(found["attribution"][0])
    assert {"name", "holds", "detail"} == set(found["checks"][0])
    cash = next(entry for entry in found["entries"] if entry["clause"] == "cash-fee")
    assert isinstance(cash["accrued"], str) and cash["lines"] == ["closings.csv:4"] and cash["exercise_price"] is None
    warrants = next(entry for entry in found["entries"] if entry["unit"] == "warrants")
    assert isinstance(warrants["accrued"], int) and warrants["exercise_price"] == "2.75"
    advance = next(entry for entry in found["entries"] if entry["clause"] == "advance")
    assert (advance["closing"], advance["base"], advance["payable"]) == (None, None, "50000.00")


@pytest.mark.parametrize(
    ("agreement", "introduced", "expected"),
    [
        ("jefferies", "5150000", [("cash-fee", "334750.00"), ("warrants", 42916)]),
        ("brighton", "1050000", [("cash-fee", "31500.00"), ("cash-fee", "31500.00"), ("warrants", 10500)]),
        ("ladenburg", "5150000", [("cash-fee", "207500.00"), ("expense-allowance", "150000.00")]),
    ],
)
def test_worked_figures(tmp_path: Path, agreement: str, introduced: str, expected: list[tuple[str, object]]) -> None:
    folder = records(
        tmp_path / "r",
        closings=f"closing,date,investor,gross_proceeds,price,introduced_by\nA,2002-03-13,X,{introduced},2.00,{agreement}",
    )
    found = ledger(tmp_path, folder, "--as-of", "2002-03-31")
    assert [(e["clause"], e["payable"]) for e in found["entries"] if e["closing"]] == expected


def test_exit_0_when_nothing_needs_attention() -> None:
    assert feecalc("run", str(NEO)).status == 0
    assert feecalc("check", str(NEO)).status == 0


def test_exit_1_with_output_when_something_needs_a_person(tmp_path: Path) -> None:
    found = ledger(tmp_path, TWICE, "--as-of", "2002-03-31", status=1)
    exception = found["exceptions"][0]
    assert (exception["code"], exception["severity"]) == ("claimed-twice", "error")
    assert "63,000.00" in exception["message"] and "68,250.00" in exception["message"]
    contested = found["attribution"][0]
    assert contested["agreement"] is None and contested["basis"].startswith("claimed twice")
    assert feecalc("check", str(TWICE)).status == 1


def test_exit_1_when_a_control_total_is_missed(tmp_path: Path) -> None:
    folder = shutil.copytree(NEO, tmp_path / "r")
    (folder / "control_totals.csv").write_text("measure,as_of,amount\ngross_proceeds,2002-03-13,5150000.01\n", "utf-8")
    found = ledger(tmp_path, folder, status=1)
    failed = [check for check in found["checks"] if not check["holds"]]
    assert len(failed) == 1 and "5,150,000.01" in failed[0]["detail"] and "5,150,000.00" in failed[0]["detail"]


def test_exit_2_and_nothing_written_for_bad_input(tmp_path: Path) -> None:
    folder = records(
        tmp_path / "r", closings="closing,date,investor,gross_proceeds\nA,03/04/2002,X,1e5\n,2002-03-13,,12.345"
    )
    out = tmp_path / "ledger.json"
    out.write_text("old", "utf-8")
    ran = feecalc("run", str(folder), "-o", str(out))
    assert ran.status == 2 and out.read_text("utf-8") == "old"
    for words in (
        "closings.csv:2",
        "03/04/2002",
        "1e5",
        "closings.csv:3",
        "12.345",
        "investor is empty",
        "closing is empty",
        "5 problems",
    ):
        assert words in ran.stderr
    assert "Traceback" not in ran.stderr


def test_check_exits_1_for_problems(tmp_path: Path) -> None:
    folder = records(tmp_path / "r", closings="closing,date,investor,gross_proceeds\nA,2002-03-13,X,abc")
    assert feecalc("check", str(folder)).status == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "no-such-folder"],
        ["check", "no-such-folder"],
        ["check", "-a", "no-such-folder"],
        ["walk"],
        ["run", str(NEO), "-o", "ledger.pdf"],
        ["run", str(NEO), "--as-of", "13.3.2002"],
        ["run", str(NEO), "-a", "no-such-folder"],
        ["run", str(NEO), "-o", str(NEO / "closings.csv")],
        ["run", str(NEO), "-o", "examples"],
        ["describe", "jeffries"],
        ["explain", str(NEO), "--payee", "Nobody"],
    ],
    ids=lambda arguments: " ".join(Path(a).name for a in arguments),
)
def test_exit_2_for_bad_usage(arguments: list[str]) -> None:
    ran = feecalc(*arguments)
    assert ran.status == 2 and ran.stderr and "Traceback" not in ran.stderr


def test_exit_2_where_there_are_no_agreements(tmp_path: Path) -> None:
    for arguments in (["check"], ["run", str(NEO)], ["describe"]):
        ran = feecalc(*arguments, cwd=tmp_path)
        assert ran.status == 2 and "agreements" in ran.stderr, ran


def test_a_misspelling_is_answered_with_a_suggestion() -> None:
    assert 'Did you mean "jefferies"?' in feecalc("describe", "jeffries").stderr
    assert "describe" in feecalc("descibe").stderr


def test_exit_3_when_the_machine_refuses(tmp_path: Path) -> None:
    ran = feecalc("run", str(NEO), "-o", str(tmp_path / "nowhere" / "ledger.csv"))
    assert ran.status == 3 and "folder" in ran.stderr


def test_exit_70_names_the_file_with_the_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("feecalc.engagement.compute", lambda *_: 1 // 0)
    ran = feecalc("run", str(NEO))
    kept = next(tmp_path.glob("feecalc-defect-*"))
    assert ran.status == 70 and str(kept) in ran.stderr and "ZeroDivisionError" in kept.read_text("utf-8")
    assert len(ran.stderr.strip().splitlines()) == 1


def test_exit_130_when_interrupted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("feecalc.engagement.compute", interrupted)
    ran = feecalc("run", str(NEO), "-o", str(tmp_path / "ledger.csv"))
    assert ran.status == 130 and not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", ["xlsx", "json", "csv"])
def test_the_same_bytes_twice(tmp_path: Path, ending: str) -> None:
    settings = [
        {"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C"},
        {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8"},
    ]
    for number, environment in enumerate(settings):
        ran = feecalc_process(
            "run", str(NEO), "--as-of", "2002-03-31", "-o", str(tmp_path / f"{number}.{ending}"), **environment
        )
        assert ran.status == 0, ran.stderr
    assert (tmp_path / f"0.{ending}").read_bytes() == (tmp_path / f"1.{ending}").read_bytes()


def test_as_of_defaults_to_today(tmp_path: Path) -> None:
    with freeze_time("2002-03-14"):
        found = ledger(tmp_path, NEO)
    assert found["as_of"] == "2002-03-14"
    late = [row for row in found["attribution"] if row["closing"] == "M15"]
    assert late and all(row["agreement"] is None and row["basis"].startswith("after as-of") for row in late)


def test_an_output_that_is_an_input_is_refused(tmp_path: Path) -> None:
    """Also through a link, and where it would be read as a table next time."""
    agreements = shutil.copytree(ROOT / "agreements", tmp_path / "agreements")
    folder = shutil.copytree(NEO, tmp_path / "records")
    (tmp_path / "out.json").symlink_to(agreements / "brighton.yaml")
    before = (agreements / "brighton.yaml").read_bytes()
    for output in (tmp_path / "out.json", folder / "invoices.csv"):
        for choice in (["-a", str(agreements)], []):
            ran = feecalc("run", str(folder), *choice, "-o", str(output), cwd=tmp_path)
            assert ran.status == 2, ran
    assert (agreements / "brighton.yaml").read_bytes() == before


def test_a_closed_or_full_stdout_is_not_a_defect() -> None:
    import subprocess
    import sys

    for script, status in (
        ("%s -m feecalc describe | head -1 >/dev/null; exit ${PIPESTATUS[0]}", 0),
        ("%s -m feecalc describe >&-", 0),
        ("%s -m feecalc describe 2>&-", 0),
        ("%s -m feecalc describe > /dev/full", 3),
    ):
        done = subprocess.run(["bash", "-c", script % sys.executable], cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, "Traceback" in done.stderr) == (status, False), (script, done)


def test_permuted_rows_give_the_same_entries(tmp_path: Path) -> None:
    folder = shutil.copytree(NEO, tmp_path / "r")
    header, *lines = (folder / "closings.csv").read_text("utf-8").splitlines()
    (folder / "closings.csv").write_text("\n".join([header, *reversed(lines)]) + "\n", "utf-8")
    first, second = ledger(tmp_path, NEO), ledger(tmp_path, folder)
    for entry in first["entries"] + second["entries"]:
        entry.pop("lines")
    assert first["entries"] == second["entries"] and first["totals"] == second["totals"]


def test_one_workbook_in_place_of_a_folder(tmp_path: Path) -> None:
    from datetime import date

    book = Workbook()
    book.remove(book.active)
    for path in sorted(NEO.glob("*.csv")):
        sheet = book.create_sheet(path.stem.replace("_", " ").title())
        for number, row in enumerate(csv.reader(path.open(encoding="utf-8"))):
            cells = [
                float(c.replace(",", "")) if number and c.replace(",", "").replace(".", "").isdigit() else c
                for c in row
            ]
            sheet.append(
                [date.fromisoformat(c) if isinstance(c, str) and c[:3] == "200" and c[4] == "-" else c for c in cells]
            )
    book.save(tmp_path / "records.xlsx")
    first, second = ledger(tmp_path, NEO), ledger(tmp_path, tmp_path / "records.xlsx")
    assert second["entries"][1]["lines"] == ["records.xlsx:closings:4"]
    for entry in first["entries"] + second["entries"]:
        entry.pop("lines")
    assert first["entries"] == second["entries"] and first["totals"] == second["totals"]


def test_the_csv_ledger_holds_the_entries(tmp_path: Path) -> None:
    out = tmp_path / "ledger.csv"
    assert feecalc("run", str(NEO), "--as-of", "2002-03-31", "-o", str(out)).status == 0
    found = list(csv.DictReader(out.open(encoding="utf-8", newline="")))
    entries = ledger(tmp_path, NEO, "--as-of", "2002-03-31")["entries"]
    assert [(row["clause"], row["payee"], row["accrued"], row["lines"]) for row in found] == [
        (entry["clause"], entry["payee"], str(entry["accrued"]), str(len(entry["lines"]))) for entry in entries
    ]


def test_the_workbook_lets_a_reader_follow_a_payee(tmp_path: Path) -> None:
    out = tmp_path / "ledger.xlsx"
    assert feecalc("run", str(NEO), "--as-of", "2002-03-31", "-o", str(out)).status == 0
    book = load_workbook(out, data_only=True)
    assert book.sheetnames == [
        "About",
        "Summary",
        "Funds flow",
        "Wires",
        "Fees over time",
        "Limits filling",
        "Cost of the raise",
        "Payout ledger",
        "Warrants",
        "Caps and advances",
        "Closings",
        "Terms",
        "brighton lines",
        "brighton cash-fee",
        "brighton warrants",
        "brighton payouts",
        "jefferies lines",
        "jefferies cash-fee",
        "jefferies warrants",
        "jefferies expenses",
        "jefferies payouts",
        "ladenburg lines",
        "ladenburg cash-fee",
        "ladenburg expense-allowance",
        "ladenburg payouts",
        "Agreements",
        "Exceptions",
        "Checks",
        "Balances",
        "Inputs",
    ]

    def table(name: str) -> list[dict[str, object]]:
        found = [list(row) for row in book[name].iter_rows(values_only=True)]
        start = next(i for i, row in enumerate(found) if sum(cell is not None for cell in row) > 1)
        return [dict(zip(found[start], row, strict=True)) for row in found[start + 1 :]]

    atwood = next(row for row in table("Summary") if row["Payee"] == "Atwood Capital Ltd.")
    entries = [row for row in table("Payout ledger") if row["Payee"] == "Atwood Capital Ltd."]
    assert atwood["Payable"] == sum(row["Payable"] for row in entries) == 55500
    assert entries[0]["Source rows"] == "closings.csv:4" and "one half" in entries[0]["Why"]
    source = next(row for row in table("Closings") if row["Source row"] == "closings.csv:4")
    assert (source["Agreement owed"], source["Gross proceeds"], source["investor_warrants"]) == (
        "brighton",
        1200000,
        "150,000",
    )
    clause = next(
        row for row in table("Agreements") if (row["Agreement"], row["Term or clause"]) == ("brighton", "cash-fee")
    )
    assert "6%" in clause["As read"] and "S-12" in clause["Section"]
    assert any(str(row["Item"]) == "Input: closings.csv" and "SHA-256" in row["Description"] for row in table("About"))


def test_explain_accounts_for_an_amount_in_sentences() -> None:
    ran = feecalc(
        "explain",
        str(ROOT / "examples" / "cap-in-mid-closing"),
        "-a",
        "agreements/ladenburg.yaml",
        "--as-of",
        "2002-03-31",
        "--clause",
        "expense-allowance",
        "--closing",
        "B",
    )
    for words in (
        "60,000.00 USD",
        "3% of 4,150,000.00",
        "124,500.00",
        "90,000.00 of the limit of 150,000.00",
        "half up",
        "closings.csv:3",
        "closings.csv:4",
        "Investor Two",
        "The clause",
        "running base",
    ):
        assert words in " ".join(ran.stdout.split()), words
    assert all(len(line) <= 80 for line in ran.stdout.splitlines())


def test_explain_says_why_a_line_is_owed_to_nobody() -> None:
    ran = feecalc("explain", str(NEO), "--as-of", "2002-03-31", "--investor", "investor d (INVENTED)")
    assert ran.status == 0 and "owed to nobody, not introduced" in " ".join(ran.stdout.split())


def test_describe_reads_like_a_term_sheet() -> None:
    ran = feecalc("describe", "brighton")
    for words in (
        "Pays 6% of cash proceeds",
        "one half to Atwood Capital Ltd.",
        "10,000 warrants for every 1,000,000.00",
        "2.75",
        "Question:",
    ):
        assert words in " ".join(ran.stdout.split()), words
    assert all(len(line) <= 80 for line in ran.stdout.splitlines())


def test_schema_accepts_the_agreements_and_refuses_a_misspelling() -> None:
    import yaml
    from jsonschema import Draft202012Validator

    schema = json.loads(feecalc("schema").stdout)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    folders = ("agreements", "docs/provisions", "examples/public-cases/*/agreements")
    for path in sorted(path for folder in folders for path in ROOT.glob(f"{folder}/*.yaml")):
        document = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
        assert list(validator.iter_errors(document)) == []
        document["titel"] = document.pop("title")
        assert list(validator.iter_errors(document))


def test_init_makes_an_engagement_that_works_at_once(tmp_path: Path) -> None:
    assert feecalc("init", "deal", cwd=tmp_path).status == 0
    deal = tmp_path / "deal"
    assert feecalc("check", "records", cwd=deal).status == 0
    assert feecalc("run", "records", "-o", "ledger.xlsx", cwd=deal).status == 0
    assert (deal / "ledger.xlsx").exists()
    again = feecalc("init", "deal", cwd=tmp_path)
    assert again.status == 2 and "already" in again.stderr


def test_init_s_tables_have_the_columns_of_the_contract() -> None:
    from feecalc.read.records import CORE
    from feecalc.records import TABLES

    folder = ROOT / "feecalc" / "write" / "engagement" / "records"
    assert {path.stem for path in folder.iterdir()} == set(TABLES)
    for name, columns in TABLES.items():
        headers = list(columns)[:CORE] if name == "closings" else list(columns)  # the others on demand
        assert (folder / f"{name}.csv").read_text("utf-8").splitlines()[0].split(",") == headers


def test_help_and_version_are_quiet_and_quick_to_import() -> None:
    import subprocess
    import sys

    assert feecalc("--version").stdout.startswith("feecalc, version")
    loaded = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "feecalc", "--help"], capture_output=True, text=True, cwd=ROOT
    )
    assert not any(
        f"| {name}" in loaded.stderr.replace("|   ", "| ")
        for name in ("pandas", "numpy", "openpyxl", "yaml", "xlsxwriter")
    )
    for command in ("init", "check", "describe", "run", "explain", "schema"):
        shown = feecalc(command, "--help").stdout
        assert "feecalc " + command in shown and max(map(len, shown.splitlines())) <= 80


def test_payments_and_invoices_are_in_the_totals(tmp_path: Path) -> None:
    folder = shutil.copytree(NEO, tmp_path / "r")
    (folder / "payments.csv").write_text(
        "payment,date,payee,amount\nW1,2002-03-20,Atwood Capital Ltd.,36000.00\nW2,2002-04-20,Atwood Capital "
        "Ltd.,1.00\n",
        "utf-8",
    )
    (folder / "invoices.csv").write_text(
        "invoice,date,payee,amount\nI1,2002-03-20,Atwood Capital Ltd.,40000.00\n", "utf-8"
    )
    found = ledger(tmp_path, folder, "--as-of", "2002-03-31", status=1)  # the invoice differs from what is owed
    row = next(total for total in found["totals"] if total["payee"] == "Atwood Capital Ltd.")
    assert (row["invoiced"], row["paid"], row["outstanding"]) == ("40000.00", "36000.00", "19500.00")
