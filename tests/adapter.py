"""From the oracle's plain engagements to the product: agreement files as text, records as tables, ledgers as entries.

Random engagements go through the reader, so that the language is tested with the engine.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from feecalc.agreement import Agreement
from feecalc.dates import day_date
from feecalc.engagement import compute
from feecalc.ledger import Ledger
from feecalc.linking import linked
from feecalc.money import plain_money, shown_rate
from feecalc.problems import Problems
from feecalc.read.agreements import agreement_of
from feecalc.read.documents import parse_document
from feecalc.read.records import records_of
from feecalc.read.tables import Column, Table

Record = dict[str, Any]


def table_of(name: str, rows: list[dict[str, str]]) -> Table:
    """A table of text as the readers would give it: row numbers from 2."""
    headers = list(dict.fromkeys(key for row in rows for key in row))
    columns = []
    for header in headers:
        words = [row.get(header, "") for row in rows]
        distinct = list(dict.fromkeys(words))
        columns.append(Column(header, np.array([distinct.index(word) for word in words], dtype=np.int32), distinct))
    return Table(name, f"{name}.csv", f"{name}.csv", "", np.arange(2, len(rows) + 2, dtype=np.int32), tuple(columns))


def agreement_from(text: str, source: str = "agreement.yaml") -> Agreement:
    """The agreement of a text that must be sound."""
    problems = Problems()
    document = parse_document(text, source, problems)
    agreement = agreement_of(document, problems) if document is not None else None
    assert agreement is not None and not len(problems), "\n".join(map(str, problems))
    return agreement


def ledger_from(agreements: list[Agreement], tables: dict[str, list[dict[str, str]]], as_of: date) -> Ledger:
    """The ledger of sound records given as rows of text."""
    problems = Problems()
    records = records_of({name: table_of(name, rows) for name, rows in tables.items() if rows}, problems)
    linked(agreements, records, problems)
    assert not len(problems), "\n".join(map(str, problems))
    return compute(agreements, records, as_of)


def engine(engagement: Record) -> Ledger:
    """The product's ledger of an oracle engagement."""
    agreements = [agreement_from(agreement_text(agreement)) for agreement in engagement["agreements"]]
    return ledger_from(sorted(agreements, key=lambda a: a.id), tables(engagement), engagement["as_of"])


def entries(ledger: Ledger) -> list[Record]:
    """The product's entries in the oracle's words."""
    found = []
    for row in ledger.entries.to_dict("records"):
        found.append(
            {
                "agreement": row["agreement"],
                "clause": row["clause"],
                "closing": row["closing"] or None,
                "accrued_on": day_date(row["accrued_on"]),
                "payee": row["payee"],
                "exercise_price": Fraction(row["exercise_price"]) if row["exercise_price"] else None,
                "base": row["base"] if row["has_base"] else None,
                "accrued": row["accrued"],
                "recouped": row["recouped"],
                "payable": row["payable"],
            }
        )
    return found


def owed(ledger: Ledger) -> dict[int, list[str]]:
    """The agreements owed on each line, by line index."""
    found: dict[int, list[str]] = {}
    lines, agreement, _ = ledger.attribution.answers()
    for line, index in zip(lines.tolist(), agreement.tolist(), strict=True):
        found.setdefault(line, []).extend([ledger.agreements[index].id] if index >= 0 else [])
    return found


def tables(engagement: Record) -> dict[str, list[dict[str, str]]]:
    """The records of an oracle engagement as rows of text."""
    return {
        "closings": [closing_row(line) for line in engagement["lines"]],
        "introductions": [{key: str(value) for key, value in row.items()} for row in engagement["introductions"]],
        "expenses": [
            {**{k: str(v) for k, v in row.items()}, "amount": plain_money(row["amount"])}
            for row in engagement["expenses"]
        ],
        "balances": [balance_row(row, engagement) for row in engagement["balances"]],
    }


def closing_row(line: Record) -> dict[str, str]:
    return {
        "closing": line["closing"],
        "date": line["date"].isoformat(),
        "investor": line["investor"],
        "gross_proceeds": plain_money(line["gross"]),
        "price": decimal(line["price"]) if line["price"] is not None else "",
        "security": line["security"],
        "offering": line["offering"],
        "introduced_by": line["introduced_by"],
        "event": line["event"],
        "reverses": line["reverses"],
    }


def balance_row(row: Record, engagement: Record) -> dict[str, str]:
    agreement = next(a for a in engagement["agreements"] if a["id"] == row["agreement"])
    clause = next(c for c in agreement["clauses"] if c["id"] == row["clause"])
    amount = str(row["amount"]) if "warrants" in clause["kind"] else plain_money(row["amount"])
    base = "" if row["base"] is None else plain_money(row["base"])
    return {**{key: str(row[key]) for key in ("agreement", "clause", "as_of")}, "amount": amount, "base": base}


def agreement_text(agreement: Record) -> str:
    """An agreement file that states an oracle agreement."""
    payees = list(dict.fromkeys([agreement["agent"], *(name for c in agreement["clauses"] for name, _ in c["payees"])]))
    lines = [
        "feecalc: 1",
        f"id: {agreement['id']}",
        "title: Test agreement",
        "source: {document: none}",
        "company: Company",
        f"agent: {agreement['agent']}",
        "role: agent",
        f"payees: {names(payees)}",
        "currency: USD",
        f"term: {{effective: {agreement['term']['effective']}, expires: {agreement['term']['end'] or 'no end date'}}}",
        f"tail: {tail(agreement)}",
        "covers:",
        f"  investors: {investors(agreement)}",
        f"  excluded: {names(agreement['excluded'])}",
        f"  securities: {all_or_names(agreement['securities'])}",
        f"  offerings: {all_or_names(agreement['offerings'])}",
        "  offering_not_stated: covered",
        f"  events: {names(agreement['events'])}",
    ]
    if agreement["limit"] is not None:
        lines.append(f"  offering_limit: {plain_money(agreement['limit'])}")
    lines.append("clauses:")
    for clause in agreement["clauses"]:
        lines += [("  - " if number == 0 else "    ") + text for number, text in enumerate(clause_text(clause))]
    return "\n".join(lines) + "\n"


def clause_text(clause: Record) -> list[str]:
    """The lines of one clause."""
    kind = clause["kind"]
    lines = [f"id: {clause['id']}", f"kind: {kind}", "section: none", "says: For a test."]
    if kind == "advance":
        return lines + [
            f"amount: {plain_money(clause['amount'])}",
            f"due: {clause['due']}",
            f"credited_against: {names(clause['credited'])}",
            f"unearned: {'returned at the end of the term' if clause['unearned'] == 'returned' else 'kept'}",
            f"less_expenses: {'recorded expenses' if clause['less_expenses'] else 'none'}",
            *split_text(clause),
        ]
    if kind == "reimbursement":
        limit = (
            [f"limit: {{amount: {plain_money(clause['cap'])}, over: agreement}}"] if clause["cap"] is not None else []
        )
        return lines + [*limit, "due: when recorded", *split_text(clause)]
    lines += [
        "base: gross proceeds",
        "due: at closing",
        f"rounding: {{mode: {clause['rounding']}, over: {clause['scope']}}}",
    ]
    if kind == "percentage":
        lines.append(f"rate: {shown_rate(clause['rate'])}")
    else:
        price = clause["exercise_price"]
        lines += [f"exercise_price: {price if price == 'price paid' else decimal(price)}", "expires: not stated"]
    if kind == "warrants per amount":
        lines += [f"warrants: {clause['warrants']}", f"per: {plain_money(clause['per'])}", f"steps: {clause['steps']}"]
    if kind == "vesting warrants":
        lines += [
            f"pool: {clause['pool']}",
            f"target: {plain_money(clause['target'])}",
            f"maximum: {clause['maximum']}",
        ]
    elif clause["cap"] is not None:
        amount = plain_money(clause["cap"]) if kind == "percentage" else clause["cap"]
        earlier = "counts" if clause["balance_counts"] else "does not count"
        lines.append(f"limit: {{amount: {amount}, over: {clause['cap_over']}, earlier: {earlier}}}")
    return lines + split_text(clause)


def split_text(clause: Record) -> list[str]:
    shares = ", ".join(
        f"{{payee: {name}, share: {share.numerator}/{share.denominator}}}" for name, share in clause["payees"]
    )
    return [f"split: [{shares}]", f"odd_unit: {clause['odd_unit']}"]


def tail(agreement: Record) -> str:
    end = agreement["tail_end"]
    return f"{{last_day: {end}}}" if isinstance(end, date) else end


def investors(agreement: Record) -> str:
    covered = agreement["investors"]
    return covered if isinstance(covered, str) else names(covered[1:])


def all_or_names(value: str | list[str]) -> str:
    return value if isinstance(value, str) else names(value)


def names(values: list[str]) -> str:
    return "[" + ", ".join(values) + "]"


def decimal(price: Fraction) -> str:
    whole, rest = divmod(price.numerator * 10**4 // price.denominator, 10**4)
    return f"{whole}.{rest:04d}"
