"""From the plain engagements of the oracle of provisions to the product, and back: agreement files as text, records as
tables, the ledger as entries.

An agreement's dict is its file already, but for how its numbers are written; JSON is YAML, so that is all that is done.
"""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from typing import Any

from adapter import agreement_from, ledger_from
from provisions_settlement import KEYS, MEASURES, summed
from provisions_values import Money, Price, Rate, Record, Share

from feecalc.dates import NEVER, day_date
from feecalc.ledger import Ledger

HEAD: Record = {"feecalc": 1, "title": "Test agreement", "source": {"document": "none"}, "company": "Company"}
CLAUSE_HEAD: Record = {"section": "none", "says": "For a test."}
TABLES = ("closings", "introductions", "expenses", "balances", "events", "decisions")


def written(value: Any) -> Any:
    """A value as an agreement file or a table writes it: text, in lists and mappings as they are."""
    if isinstance(value, dict):
        return {key: written(each) for key, each in value.items()}
    if isinstance(value, list):
        return [written(each) for each in value]
    if value is None:
        return ""
    if isinstance(value, Money):
        sign, cents = "-" * (value < 0), abs(int(value))
        return f"{sign}{cents // 100}.{cents % 100:02d}"
    if isinstance(value, Rate):
        return decimal(value * 100) + "%"
    if isinstance(value, Share):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, Price):
        return decimal(value)
    assert not isinstance(value, Fraction | float | bool), f"how is {value!r} written?"
    return value.isoformat() if isinstance(value, date) else str(value)


def decimal(value: Fraction) -> str:
    """A ratio that is a finite decimal, with at least two places."""
    places = 2
    while (value * 10**places).denominator != 1:
        places += 1
        assert places < 20, f"{value} is no decimal"
    digits = f"{abs((value * 10**places).numerator):0{places + 1}d}"
    return f"{'-' * (value < 0)}{digits[:-places]}.{digits[-places:]}"


def agreement_text(agreement: Record) -> str:
    """An agreement file that states an oracle agreement; what every file must say besides is put in."""
    stated = {**HEAD, "role": "agent", **agreement}
    names = [share["payee"] for clause in agreement["clauses"] for share in clause.get("split", [])]
    stated.setdefault("payees", list(dict.fromkeys([agreement["agent"], *names])))
    stated["clauses"] = [{**CLAUSE_HEAD, **credited(clause), **clause} for clause in agreement["clauses"]]
    for name in ("limits", "amendments"):
        if name in agreement:
            stated[name] = [{**CLAUSE_HEAD, **each} for each in agreement[name]]
    for amendment in stated.get("amendments", []):
        if "new_clauses" in amendment:
            amendment["new_clauses"] = [
                {**CLAUSE_HEAD, **credited(clause), **clause} for clause in amendment["new_clauses"]
            ]
    return json.dumps(written(stated), indent=1) + "\n"


def credited(clause: Record) -> Record:
    """What a clause in instalments must say of credits: the oracle lowers all of them."""
    return {"credit_reduces": "all instalments"} if isinstance(clause.get("due"), list) else {}


def tables(engagement: Record) -> dict[str, list[dict[str, str]]]:
    """The records of an oracle engagement as rows of text; a count of nothing is an empty cell, but of
    what a rescission takes back."""
    found = {name: [written(row) for row in engagement.get(name, [])] for name in TABLES}
    for row, line in zip(found["closings"], engagement["closings"], strict=True):
        nothing = [column for column, value in line.items() if value == 0 and type(value) is int]
        states_all = line["event"] == "rescission"
        row.update({column: "" for column in nothing if column == "shares" or not states_all})
    return found


def engine(engagement: Record) -> Ledger:
    """The product's ledger of an oracle engagement."""
    agreements = [agreement_from(agreement_text(agreement)) for agreement in engagement["agreements"]]
    return ledger_from(sorted(agreements, key=lambda each: each.id), tables(engagement), engagement["as_of"])


def entries(ledger: Ledger) -> list[Record]:
    """The product's entries in the oracle's words."""
    found = []
    for row in ledger.entries.to_dict("records"):
        known_day = row["payable_on"] != NEVER
        found.append(
            {
                "agreement": row["agreement"],
                "clause": row["clause"],
                "closing": row["closing"] or None,
                "accrued_on": day_date(row["accrued_on"]),
                "payable_on": day_date(row["payable_on"]) if known_day else None,
                "payee": row["payee"],
                "unit": row["unit"],
                "exercise_price": Fraction(row["exercise_price"]) if row["exercise_price"] else None,
                "expires": date.fromisoformat(row["expires"]) if row["expires"] else None,
                **{measure: int(row[measure]) for measure in MEASURES},
            }
        )
    return found


def comparable(rows: list[Record]) -> list[str]:
    """Entries alike in all that names them added up, as sorted lines of text: easy to compare, easy to read."""
    return sorted(
        ", ".join(f"{key}={value}" for key, value in zip(KEYS, names, strict=True))
        + ": "
        + ", ".join(f"{measure}={value}" for measure, value in amounts.items() if value)
        for names, amounts in summed(rows).items()
    )
