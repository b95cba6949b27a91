"""Statements: what one payee is owed, as a workbook that names nobody else and computes itself from its own inputs.

A ledger is cut down to one payee's terms and records (`agreement_slice`, `record_slice`), these are read again and
computed like any others, and the workbook is made of that ledger alone: what is not in the cut inputs cannot be in it.
Its figures for the payee are held against those of the whole ledger. Where terms of others moved a figure, it is put in
as a decision; where that cannot state it, there is no statement. At last the written file is searched for every name
that it must not tell (`guard`).
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from attrs import frozen

from feecalc.agreement import Agreement
from feecalc.dates import day_date
from feecalc.engagement import compute
from feecalc.ledger import UNITS, Ledger
from feecalc.linking import linked
from feecalc.money import shown_count, shown_money
from feecalc.names import name_key
from feecalc.problems import Place, Problems, Refused, suggestion
from feecalc.read.agreements import agreement_files, read_agreements
from feecalc.read.documents import Mapping as Document
from feecalc.read.documents import Node, Text, read_document, text_at
from feecalc.read.documents import Sequence as Items
from feecalc.read.records import read_records
from feecalc.records import InputFile
from feecalc.statements.agreement_slice import Neutral, cut, own_clauses
from feecalc.statements.guard import check_file, check_texts
from feecalc.statements.mentions import confidential
from feecalc.statements.record_slice import Cut, cut_records, lines_of
from feecalc.write.file_names import lawful_file_name
from feecalc.write.sheets import Sheet
from feecalc.write.statement_sheets import statement_workbook
from feecalc.write.text import write_csv
from feecalc.write.yaml_text import Terms, yaml_text

COMPARED = ("accrued", "recouped", "held", "in_securities", "decided", "payable")
STANDING = ("payable", "held")
REASON = "as the whole agreement gives it: it rests on terms that are not this payee's"


@frozen
class Statement:
    """A written statement; `put_in` is how many figures could not be computed from the payee's own terms."""

    payee: str
    content: bytes
    put_in: int

    def file_name(self, as_of: object) -> str:
        return lawful_file_name(f"statement-{self.payee}-{as_of}", ".xlsx")


def documents_at(paths: Sequence[Path]) -> dict[str, Document]:
    """The agreement files as documents, by the agreement's id. They have been read once, so no problem is expected."""
    problems = Problems()
    found = {}
    for file in agreement_files(paths, problems):
        document = read_document(file, str(file), problems)
        if document is not None:
            found[text_at(document, "id")] = document
    problems.refuse_if_any()
    return found


def payees_of(ledger: Ledger) -> list[str]:
    """Everyone who is paid under any clause, each once, in the order of the agreements."""
    found: dict[str, str] = {}
    for agreement in ledger.agreements:
        for terms in agreement.in_force():
            for name in terms.payees:
                if own_clauses(agreement, name):
                    found.setdefault(name_key(name), name)
    return list(found.values())


def payee_named(ledger: Ledger, name: str) -> str:
    """The payee that a name means, without regard to case and spacing. Raises `Refused` for an unknown one."""
    known = payees_of(ledger)
    for payee in known:
        if name_key(payee) == name_key(name):
            return payee
    problems = Problems()
    likely = suggestion(name, known)
    remedy = (f'Did you mean "{likely}"? ' if likely else "") + "The payees are: " + "; ".join(known).rstrip(".") + "."
    problems.add(Place("--payee"), "unknown-payee", f'no agreement pays "{name}"', remedy)
    raise Refused(problems)


def statement(ledger: Ledger, documents: Mapping[str, Document], payee: str) -> Statement:
    """The statement of one of `payees_of`. Raises `Refused` where its figures need terms of others that no decision
    can stand for, or where something in it would tell of others.
    """
    whole = _cut(ledger, documents, payee)
    with tempfile.TemporaryDirectory(prefix="feecalc-") as folder:
        alone, inputs = _computed(whole, (), Path(folder, "1"))
        put_in = list(_put_in(whole, alone))
        if put_in:
            alone, inputs = _computed(whole, put_in, Path(folder, "2"))
            _refuse_differences(whole, alone)
        stream = io.BytesIO()
        statement_workbook(alone, inputs, stream)
    check_file(stream.getvalue(), whole.neutral.confidential.names)
    return Statement(payee, stream.getvalue(), len(put_in))


def _cut(ledger: Ledger, documents: Mapping[str, Document], payee: str) -> Cut:
    """What is left of the terms for a payee."""
    places = [place for place, agreement in enumerate(ledger.agreements) if own_clauses(agreement, payee)]
    lines = lines_of(ledger, places).tolist()
    investors = list(dict.fromkeys(ledger.table.investor[line] for line in lines))
    neutral = Neutral(confidential(ledger, payee, places, investors))
    visible = frozenset(map(name_key, investors))
    own: list[Agreement] = [ledger.agreements[place] for place in places]
    slices = {a.id: cut(documents[a.id], a, payee, neutral, visible) for a in own}
    return Cut(ledger, payee, own[0].company, slices, neutral)


def _computed(whole: Cut, put_in: Sequence[Mapping[str, Any]], folder: Path) -> tuple[Ledger, list[InputFile]]:
    """The ledger of the cut inputs, which are written to a folder and read like any others."""
    agreements, records = folder / "agreements", folder / "records"
    for path in (agreements, records):
        path.mkdir(parents=True)
    texts = {
        agreements / f"{each.agreement_id}.yaml": yaml_text(_plain(each.document)) for each in whole.slices.values()
    }
    texts |= {records / f"{table.name}.csv": _csv(table) for table in cut_records(whole, put_in)}
    check_texts(texts.values(), whole.neutral.confidential.names)
    for path, text in texts.items():
        path.write_bytes(text.encode("utf-8"))
    problems = Problems()
    found, agreement_inputs = read_agreements([agreements], problems)
    read = read_records(records, problems)
    if not len(problems):
        linked(found, read, problems)
    if len(problems):
        raise AssertionError(f"the inputs of a statement cannot be read: {next(iter(problems))}")
    return compute(found, read, whole.ledger.as_of), [*agreement_inputs, *read.inputs]


def _plain(node: Node) -> Any:
    match node:
        case Text(value=value):
            return value
        case Items(items=items):
            return [_plain(item) for item in items]
        case Document(entries=entries):
            plain: dict[str, Terms] = {key: _plain(value) for key, value in entries.items()}
            return plain


def _csv(table: Sheet) -> str:
    stream = io.StringIO(newline="")
    write_csv(table, stream)
    return stream.getvalue()


# ---- held against the whole ledger -----------------------------------------------------------------------------------

Key = tuple[str, str, str, str, int]  # agreement, clause, closing and unit, as the slices have them, and the day


def _of_whole(whole: Cut, columns: Sequence[str]) -> dict[Key, tuple[int, ...]]:
    """The payee's figures in the whole ledger, under the ids of the slices."""
    figures = _figures(whole.ledger, whole.payee, columns)
    return {(*_in_slices(whole, *key[:3]), *key[3:]): sums for key, sums in figures.items()}


def _in_slices(whole: Cut, agreement: str, clause: str, closing: str) -> tuple[str, str, str]:
    """An agreement, a clause and a closing as the slices name them."""
    return whole.agreement(agreement), whole.clause(agreement, clause) or "", whole.neutral.word(closing, "closing")


def _figures(ledger: Ledger, payee: str, columns: Sequence[str]) -> dict[Key, tuple[int, ...]]:
    """A payee's figures by agreement, clause, closing, unit and day; what comes to nothing is left out."""
    mine = ledger.entries[ledger.entries["payee"].map(name_key) == name_key(payee)]
    sums = mine.groupby(["agreement", "clause", "closing", "unit", "accrued_on"], sort=False)[list(columns)].sum()
    rows = zip(sums.index.tolist(), sums.to_numpy().tolist(), strict=True)
    return {(k[0], k[1], k[2], k[3], int(k[4])): tuple(map(int, amounts)) for k, amounts in rows if any(amounts)}


def _put_in(whole: Cut, alone: Ledger) -> Iterator[dict[str, Any]]:
    """Decisions in place of the figures that the cut inputs do not give."""
    expected, found = _of_whole(whole, COMPARED), _figures(alone, whole.payee, COMPARED)
    differing = {key for key in {*expected, *found} if expected.get(key) != found.get(key)}
    stands = {key: sum(amounts) for key, amounts in _of_whole(whole, STANDING).items()}
    for clause in sorted({key[:2] for key in differing}):
        own = {key: stands.get(key, 0) for key in {*expected, *found} if key[:2] == clause}
        closings = [key[2] for key in own]
        wanted = [(key[2], key[4], own[key]) for key in sorted(own, key=lambda key: key[4]) if key in differing]
        if len(set(closings)) < len(closings) or any(not closing or amount < 0 for closing, _, amount in wanted):
            wanted = list(_by_days(own))
        counted = any(key[3] in UNITS for key in own)
        for closing, day, amount in wanted:
            if amount < 0:
                _refuse(whole, *clause, amount, counted)
            yield _override(whole, clause, closing, day, amount * 100 if counted else amount)


def _by_days(own: Mapping[Key, int]) -> Iterator[tuple[str, int, int]]:
    """What shall stand of a clause in all by each of its days, where closings alone cannot tell."""
    total = 0
    for day in sorted({key[4] for key in own}):
        total += sum(amount for key, amount in own.items() if key[4] == day)
        yield "", day, total


def _override(whole: Cut, clause: tuple[str, ...], closing: str, day: int, amount: int) -> dict[str, Any]:
    """A row of decisions: what shall stand of a clause, in cents or as count x 100."""
    return {
        "date": day_date(day),
        "decision": "override",
        "agreement": clause[0],
        "clause": clause[1],
        "decided_by": whole.company,
        "reason": REASON,
        "closing": closing or None,
        "payee": whole.payee,
        "amount": amount,
    }


def _refuse_differences(whole: Cut, alone: Ledger) -> None:
    """With the figures that were put in, all that is payable and held stands on each day as in the whole ledger."""
    expected = _by_clause(_of_whole(whole, STANDING))
    found = _by_clause(_figures(alone, whole.payee, STANDING))
    for key in sorted({*expected, *found}):
        if expected.get(key) != found.get(key):
            _refuse(whole, key[0], key[1], sum(expected.get(key, (0,))), key[2] in UNITS)


def _by_clause(figures: Mapping[Key, tuple[int, ...]]) -> dict[tuple[str, str, str, int], tuple[int, ...]]:
    """Figures by agreement, clause, unit and day."""
    sums: dict[tuple[str, str, str, int], tuple[int, ...]] = {}
    for (agreement, clause, _, unit, day), amounts in figures.items():
        before = sums.get((agreement, clause, unit, day), (0,) * len(amounts))
        sums[(agreement, clause, unit, day)] = tuple(map(sum, zip(before, amounts, strict=True)))
    return {key: amounts for key, amounts in sums.items() if any(amounts)}


def _refuse(whole: Cut, agreement: str, clause: str, amount: int, counted: bool) -> NoReturn:
    problems = Problems()
    shown = shown_count(amount) if counted else shown_money(amount)
    own_id, each = next((name, each) for name, each in whole.slices.items() if each.agreement_id == agreement)
    its = next((name for name, neutral in each.ids.items() if neutral == clause), clause)
    terms = next(a for a in whole.ledger.agreements if a.id == own_id)
    place = next((c.place() for c in terms.clauses if c.id == its), terms.place())
    problems.add(
        place,
        "statement-needs-others",
        f"the {shown} of {whole.payee} under {its} rest on terms or parts of others, and no figure can stand "
        "for them in a statement",
        "Send this payee an account written by hand; `feecalc explain --payee` has the figures.",
    )
    raise Refused(problems)
