"""Statements: what one payee is owed, and nothing about anyone else, in no part of the file."""

from __future__ import annotations

import html
import re
import shlex
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from attrs import frozen
from commands import ROOT, feecalc
from recalculated import differences, needs_office, recalculated

from feecalc.dates import parse_date
from feecalc.engagement import compute
from feecalc.ledger import UNITS, Ledger
from feecalc.linking import linked
from feecalc.names import name_key
from feecalc.problems import Problems, Refused
from feecalc.read.agreements import read_agreements
from feecalc.read.records import read_records
from feecalc.statements import documents_at, payees_of, statement
from feecalc.statements.guard import check_file
from feecalc.statements.mentions import Mentions

FOLDERS = sorted(path.parent for path in (ROOT / "examples").glob("*/closings.csv"))
PUBLIC = sorted(path.parent for path in (ROOT / "examples" / "public-cases").glob("*/closings.csv"))
COMMAND = re.compile(r"^feecalc (?:run|reconcile) (.*)$", re.MULTILINE)


@frozen(eq=False)
class Engagement:
    """An example: its agreements, its ledger and their documents."""

    name: str
    ledger: Ledger
    agreements: tuple[Path, ...]


@cache
def engagement(folder: Path) -> Engagement:
    words = shlex.split((COMMAND.findall((folder / "README.md").read_text("utf-8")) or [""])[0])
    own = folder / "agreements"
    paths = [ROOT / words[i + 1] for i, word in enumerate(words) if word == "-a"]
    paths = paths or [own if own.exists() else ROOT / "agreements"]
    as_of = next((words[i + 1] for i, word in enumerate(words) if word == "--as-of"), "2030-01-01")
    return computed(folder, tuple(paths), as_of)


def computed(records: Path, agreements: tuple[Path, ...], as_of: str) -> Engagement:
    problems = Problems()
    found, _ = read_agreements(agreements, problems)
    read = read_records(records, problems)
    linked(found, read, problems)
    assert not len(problems), list(problems)
    return Engagement(records.name, compute(found, read, parse_date(as_of)), agreements)


CASES = [(folder, payee) for folder in (*FOLDERS, *PUBLIC) for payee in payees_of(engagement(folder).ledger)]
IDS = [f"{folder.name}-{payee}" for folder, payee in CASES]


@cache
def written(folder: Path, payee: str) -> bytes:
    case = engagement(folder)
    return statement(case.ledger, documents_at(case.agreements), payee).content


def opened(content: bytes, tmp_path: Path) -> Any:
    path = tmp_path / "statement.xlsx"
    path.write_bytes(content)
    return openpyxl.load_workbook(path, data_only=True)


def texts(content: bytes, tmp_path: Path) -> Iterator[str]:
    """Every part of the file as it stands, and decoded."""
    path = tmp_path / "searched.xlsx"
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8")
            yield from (name, text, html.unescape(text))


def others_in(ledger: Ledger, payee: str) -> set[str]:
    """Names that the statement must not tell: of all other payees and agents, of investors without a line of the
    payee's, of agreements under which it is not paid.
    """
    own = {a.id for a in ledger.agreements if payee_under(a, payee)}
    told = {name_key(payee)}
    for place, agreement in enumerate(ledger.agreements):
        if agreement.id in own:
            told |= {name_key(ledger.table.investor[int(line)]) for line in ledger.attribution.lines_owed(place)}
    names = {name for a in ledger.agreements for name in (a.agent, *a.payees)}
    names |= set(ledger.table.investor.words) | {row.investor for row in ledger.records.introductions}
    names |= {a.id for a in ledger.agreements} - own
    return {name for name in names if name and name_key(name) not in told}


def payee_under(agreement: Any, payee: str) -> bool:
    return any(
        name_key(share.payee) == name_key(payee)
        for terms in agreement.in_force()
        for clause in terms.clauses
        for share in terms.shares(clause)
    )


@pytest.mark.parametrize(("folder", "payee"), CASES, ids=IDS)
def test_nobody_else_is_named(folder: Path, payee: str, tmp_path: Path) -> None:
    wanted = others_in(engagement(folder).ledger, payee)
    for text in texts(written(folder, payee), tmp_path):
        for name in wanted:
            pattern = r"(?<!\w)" + re.escape(name) + r"(?!\w)"
            assert not re.search(pattern, text, re.IGNORECASE), (name, text[:200])


@pytest.mark.parametrize(("folder", "payee"), CASES, ids=IDS)
def test_figures_are_those_of_the_ledger(folder: Path, payee: str, tmp_path: Path) -> None:
    ledger = engagement(folder).ledger
    totals = ledger.totals[ledger.totals["payee"].map(name_key) == name_key(payee)]
    cash = totals[~totals["unit"].isin(UNITS)]
    book = opened(written(folder, payee), tmp_path)
    rows = table(book["Statement"])
    for header, name in (("Payable", "payable"), ("Invoiced", "invoiced"), ("Paid", "paid")):
        assert sum(round((row[header] or 0) * 100) for row in rows) == int(cash[name].sum()), header
    assert sum(round((row["Outstanding"] or 0) * 100) for row in rows) == int(cash["outstanding"].sum())
    counted = totals[totals["unit"].isin(UNITS)]
    assert sum(row.get("Securities") or 0 for row in rows) == int(counted["payable"].sum())
    assert str(book["About"]["A2"].value).startswith("All "), book["About"]["A2"].value


def table(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a sheet by header; the row of totals is left out."""
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    at = next(n for n, row in enumerate(rows) if "Agreement" in row and "Clause" in row)
    found = [dict(zip(rows[at], row, strict=True)) for row in rows[at + 1 :]]
    return [row for row in found if row["Agreement"] not in (None, "Total")]


# ---- an engagement in which everything hangs on others ---------------------------------------------------------------

SHARED = """
feecalc: 1
id: oak-and-elm
title: Agreement with Oak Street Partners LLC, Elm & Sons and Yew Advisers
source: {document: Letter to Oak Street Partners LLC}
company: Issuer, Inc.
agent: Oak Street Partners LLC
role: placement agent
payees: [Oak Street Partners LLC, Elm & Sons, Yew Advisers]
currency: USD
term: {effective: 2002-01-01, expires: no end date}
tail: unlimited
covers: {investors: introduced, securities: all, offerings: all, events: [sale], excluded: [Banned Family Office]}
clauses:
  - id: fee
    kind: percentage
    section: "1"
    says: A fee of 7%, which Oak shares with Elm and Yew.
    rate: 7%
    base: gross proceeds
    lines: {investors: [Ash Fund, Birch Fund, Never Bought Trust]}
    rounding: {mode: half up, over: agreement}
    due: at closing
    split:
      - {payee: Oak Street Partners LLC, share: 1/3}
      - {payee: Elm & Sons, share: 2/7}
      - {payee: Yew Advisers, share: 8/21}
    odd_unit: Oak Street Partners LLC
  - id: yew-fee
    kind: percentage
    section: "2"
    says: Yew has 1.37% alone.
    rate: 1.37%
    base: gross proceeds
    rounding: {mode: half up, over: closing}
    due: at closing
    split: [{payee: Yew Advisers, share: 1/1}]
    odd_unit: Yew Advisers
  - id: override
    kind: percentage
    section: "3"
    says: Elm has a tenth of what Yew earns.
    rate: 10%
    base: {accrued_under: [yew-fee]}
    rounding: {mode: half up, over: closing}
    due: at closing
    split: [{payee: Elm & Sons, share: 1/1}]
    odd_unit: Elm & Sons
limits:
  - id: both
    section: "4"
    says: Fee and Yew's fee are at most 9,000.00.
    clauses: [fee, yew-fee]
    amount: 9,000.00
    over: agreement
    gives_way: [fee]
"""
OTHER = """
feecalc: 1
id: pine
title: Pine's agreement
source: {document: Letter to Pine Tree Securities}
company: Issuer, Inc.
agent: Pine Tree Securities
role: finder
payees: [Pine Tree Securities]
currency: USD
term: {effective: 2002-01-01, expires: no end date}
tail: unlimited
covers: {investors: introduced, securities: all, offerings: all, events: [sale]}
clauses:
  - id: fee
    kind: percentage
    section: "1"
    says: A fee of 4.25%.
    rate: 4.25%
    base: gross proceeds
    rounding: {mode: half up, over: closing}
    due: at closing
"""
RECORDS = {
    "closings": """closing,date,investor,gross_proceeds,introduced_by,offering,sub_agent
1,2002-02-01,Ash Fund,"50,000.01",oak-and-elm,Elm & Sons desk,Pine Tree Securities
1,2002-02-01,Cedar Fund,"77,777.77",pine,,
2,2002-03-01,Birch Fund,"70,000.04",oak-and-elm,,
3,2002-04-01,Ash Fund,"30,000.00",oak-and-elm,,
4,2002-05-01,=HYPERLINK(1),"1,000.00",pine,,
""",
    "introductions": """investor,agreement,introduced_on,evidence
Ash Fund,oak-and-elm,2002-01-02,seen by Pine Tree Securities
Cedar Fund,pine,2002-01-03,
Dogwood Fund,oak-and-elm,2002-01-04,
""",
    "invoices": """invoice,date,payee,amount,agreement,memo
E-1,2002-02-02,elm & sons,"1,000.00",oak-and-elm,as Oak does
P-1,2002-02-02,Pine Tree Securities,"3,305.56",pine,
""",
    "payments": """payment,date,payee,amount,agreement,invoice,memo
W-1,2002-02-20,Elm & Sons,400.00,oak-and-elm,E-1,with that of Yew Advisers
W-2,2002-02-20,Oak Street Partners LLC,500.00,oak-and-elm,,
""",
}


@pytest.fixture
def tangled(tmp_path: Path) -> Engagement:
    records, agreements = tmp_path / "records", tmp_path / "agreements"
    records.mkdir()
    agreements.mkdir()
    for name, text in RECORDS.items():
        (records / f"{name}.csv").write_text(text, "utf-8")
    (agreements / "shared.yaml").write_text(SHARED, "utf-8")
    (agreements / "other.yaml").write_text(OTHER, "utf-8")
    return computed(records, (agreements,), "2002-12-31")


NOBODYS = "Dogwood Never Banned 4.25".split()  # in nobody's statement but Pine's, whose rate the last one is
TELLING = {  # words and figures of others
    "Oak Street Partners LLC": "Elm Yew Pine Cedar HYPERLINK 1.37 0.0137 E-1 W-1 P-1 2/7 8/21".split() + NOBODYS,
    "Elm & Sons": "Oak Yew Pine Cedar HYPERLINK 1.37 0.0137 W-2 P-1 8/21 1/3".split() + NOBODYS,
    "Yew Advisers": "Oak Elm Pine Cedar HYPERLINK E-1 W-1 W-2 P-1 2/7 1/3".split() + NOBODYS,
    "Pine Tree Securities": "Oak Elm Yew Ash Birch 1.37 0.07 7% E-1 W-1 W-2 2/7 8/21 1/3".split() + NOBODYS[:-1],
}


@pytest.mark.parametrize("payee", TELLING)
def test_terms_of_others_are_put_in_or_left_out(tangled: Engagement, payee: str, tmp_path: Path) -> None:
    found = statement(tangled.ledger, documents_at(tangled.agreements), payee)
    for text in texts(found.content, tmp_path):
        for word in TELLING[payee]:
            assert not re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", text), (word, text[:100])
    totals = tangled.ledger.totals
    mine = totals[totals["payee"] == payee]
    rows = table(opened(found.content, tmp_path)["Statement"])
    assert sum(round((row["Payable"] or 0) * 100) for row in rows) == int(mine["payable"].sum())
    assert sum(round((row["Outstanding"] or 0) * 100) for row in rows) == int(mine["outstanding"].sum())
    assert bool(found.put_in) == (payee in ("Oak Street Partners LLC", "Elm & Sons")), found.put_in
    path = tmp_path / "sent.xlsx"
    path.write_bytes(found.content)
    assert feecalc("verify", str(path)).status == 0


def test_the_same_bytes_each_time(tangled: Engagement) -> None:
    made = [statement(tangled.ledger, documents_at(tangled.agreements), "Elm & Sons").content for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "name", ["=1+1", "../../evil", "CON", "-rf", "a/b\\c", "Müller & Söhne <GmbH>", "x" * 300, "+SUM(A1)", "'quoted'"]
)
def test_hostile_names(name: str, tmp_path: Path) -> None:
    text = OTHER.replace("agent: Pine Tree Securities", f"agent: {quoted(name)}")
    text = text.replace("[Pine Tree Securities]", f"[{quoted(name)}]")
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    (tmp_path / "closings.csv").write_text(
        'closing,date,investor,gross_proceeds,introduced_by\n1,2002-02-01,"=2+2","1,000.00",pine\n', "utf-8"
    )
    out = tmp_path / "out"
    out.mkdir()
    ran = feecalc(
        "statement", str(tmp_path / "closings.csv").removesuffix("/closings.csv"), "-a", str(tmp_path / "a.yaml"),
        "--as-of", "2002-12-31", "--all", "-o", str(out),
    )  # fmt: skip
    assert ran.status == 0, ran.stderr
    (path,) = out.iterdir()
    assert re.fullmatch(r"statement-[A-Za-z0-9._-]*2002-12-31\.xlsx|statement-x+\.xlsx", path.name), path.name
    assert len(path.name) < 200
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(n).decode() for n in archive.namelist() if "worksheets/" in n]
    formulas = [html.unescape(f) for sheet in sheets for f in re.findall(r"<f>(.*?)</f>", sheet)]
    assert formulas and not any(name in formula or "2+2" in formula for formula in formulas if len(name) > 3)
    assert feecalc("verify", str(path)).status == 0


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# ---- the last look ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("xl/worksheets/sheet1.xml", "<t>see  PINE tree&#x20;securities, too</t>"),
        ("xl/worksheets/sheet1.xml", "<f>Closings!A1&amp;&quot;Pine Tree Securities&quot;</f>"),
        ("xl/workbook.xml", '<sheet name="Pine-Tree (Securities) lines"/>'),
        ("docProps/core.xml", "<dc:title>Pine_x0020_Tree_x0020_Securities</dc:title>"),
        ("xl/charts/chart1.xml", "<a:t>Pine Tree Securities</a:t>"),
        ("xl/Pine Tree Securities.xml", "<x/>"),
    ],
)
def test_a_name_is_found_in_every_part(part: str, text: str, tmp_path: Path) -> None:
    mentions = Mentions()
    mentions.forbid(["Pine Tree Securities"])
    mentions.allow(["Old Pine Tree Securities Fund"])
    path = tmp_path / "told.xlsx"
    for told in (text, "<t>Old Pine Tree Securities Fund, Pine Tree and Securities</t>"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(part if told == text else "xl/a.xml", told)
        if told == text:
            with pytest.raises(Refused) as refused:
                check_file(path.read_bytes(), mentions)
            assert "pine tree securities" in str(next(iter(refused.value.problems)))
        else:
            check_file(path.read_bytes(), mentions)


# ---- the command -----------------------------------------------------------------------------------------------------


def run(*more: str, cwd: Path = ROOT) -> Any:
    return feecalc(
        "statement", str(ROOT / "examples/odd-cent-split"), "-a", str(ROOT / "agreements"), "--as-of", "2002-04-30",
        *more, cwd=cwd,
    )  # fmt: skip


def test_a_file_in_the_current_folder_by_default(tmp_path: Path) -> None:
    ran = run("--payee", "  ATWOOD capital   ltd. ", cwd=tmp_path)
    assert ran.status == 0, ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["statement-Atwood-Capital-Ltd.-2002-04-30.xlsx"]


def test_an_unknown_payee_is_told_who_is_known(tmp_path: Path) -> None:
    ran = run("--payee", "Atwod Capital Ltd.", cwd=tmp_path)
    assert ran.status == 2 and not list(tmp_path.iterdir())
    assert 'Did you mean "Atwood Capital Ltd."?' in ran.stderr and "Brighton Capital Ltd.;" in ran.stderr


def test_one_for_each_payee(tmp_path: Path) -> None:
    ran = run("--all", "-o", str(tmp_path))
    assert ran.status == 0 and len(list(tmp_path.iterdir())) == 4, ran.stderr


@pytest.mark.parametrize(
    "more", [(), ("--payee", "x", "--all"), ("--all",), ("--payee", "Atwood Capital Ltd.", "-o", "x.csv")]
)
def test_wrong_use(more: tuple[str, ...], tmp_path: Path) -> None:
    assert run(*more, cwd=tmp_path).status == 2 and not list(tmp_path.iterdir())


# ---- recomputed elsewhere --------------------------------------------------------------------------------------------


@needs_office
def test_libreoffice_recomputes_the_same(tangled: Engagement, tmp_path: Path) -> None:
    written_to = []
    made = {payee: statement(tangled.ledger, documents_at(tangled.agreements), payee).content for payee in TELLING}
    made |= {f"{folder.name} {payee}": written(folder, payee) for folder, payee in CASES[::4]}
    for number, content in enumerate(made.values()):
        written_to.append(tmp_path / f"{number}.xlsx")
        written_to[-1].write_bytes(content)
    again = recalculated(written_to, tmp_path)
    for name, path, other in zip(made, written_to, again, strict=True):
        assert list(differences(path, other)) == [], name


def test_what_stands_untouched_verifies(tmp_path: Path) -> None:
    for number, (folder, payee) in enumerate(CASES[::5]):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(written(folder, payee))
        ran = feecalc("verify", str(path))
        assert ran.status == 0, (folder, payee, ran.stdout, ran.stderr)


# ---- every provision -------------------------------------------------------------------------------------------------

PROVISIONS = sorted((ROOT / "docs" / "provisions").rglob("*.yaml"))


@pytest.mark.parametrize("path", PROVISIONS, ids=[path.stem for path in PROVISIONS])
def test_every_provision_can_be_stated(path: Path, tmp_path: Path) -> None:
    """The worked examples of all provisions of the guide: the same figures for each payee, and every check passes."""
    (agreement,), _ = read_agreements([path], Problems())
    for example in agreement.examples:
        assert example.records is not None
        ledger = compute([agreement], example.records, example.as_of or parse_date("2099-01-01"))
        for payee in payees_of(ledger):
            book = opened(statement(ledger, documents_at([path]), payee).content, tmp_path)
            cash = ledger.totals[(ledger.totals["payee"] == payee) & ~ledger.totals["unit"].isin(UNITS)]
            rows = table(book["Statement"])
            assert sum(round((row["Payable"] or 0) * 100) for row in rows) == int(cash["payable"].sum()), example.name
            assert str(book["About"]["A2"].value).startswith("All "), example.name
