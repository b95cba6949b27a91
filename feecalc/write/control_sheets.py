"""The pages by which a ledger is controlled: terms as read, claims, exceptions, checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from feecalc.agreement import Agreement
from feecalc.claims import Claim, claims, rate_words
from feecalc.clauses import Reading
from feecalc.describe import (
    amended_terms,
    amendment_days,
    operation,
    party_terms,
    section_words,
    total_limit_words,
)
from feecalc.ledger import UNITS, Ledger
from feecalc.records import Review
from feecalc.write.sheets import Sheet, SheetColumn


def agreement_terms(ledger: Ledger) -> Sheet:
    """The terms of each agreement as read, clause by clause, with their section."""
    rows: list[tuple[str, str, str, str, str]] = []
    styles: list[str] = []
    for agreement in ledger.agreements:
        rows.append((agreement.id, "", "Agreement", agreement.title, ""))
        styles.append("heading")
        for label, words in party_terms(agreement):
            rows.append((agreement.id, "", label, words, ""))
            styles.append("")
        for label, section, words, says in _clause_rows(agreement):
            rows.append((agreement.id, section, label, words, says))
            styles.append("")
    agreement_ids, sections, labels, words_, says_ = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return Sheet(
        "Agreements",
        "The terms as feecalc reads them, clause by clause, with the section of the source",
        (
            SheetColumn("Agreement", "text", agreement_ids),
            SheetColumn("Term or clause", "text", labels, width=22, wrap=True),
            SheetColumn("As read", "text", words_, width=60, wrap=True),
            SheetColumn("The source, in our words; other readings", "text", says_, width=50, wrap=True),
            SheetColumn("Section", "text", sections, width=28, wrap=True),
        ),
        freeze=2,
        row_styles=styles,
    )


def _clause_rows(agreement: Agreement) -> Iterator[tuple[str, str, str, str]]:
    for clause in agreement.clauses:
        yield clause.id, clause.section, operation(agreement, clause), clause.says
        for reading in clause.readings:
            yield f"{clause.id}: reading", "", *_reading(reading)
    for each in agreement.lists:
        yield f"List {each.name}", "", "; ".join(each.investors), ""
    for limit in agreement.limits:
        yield limit.id, limit.section, total_limit_words(limit), limit.says
    for amendment in agreement.amendments:
        yield f"Amendment {amendment.id}", amendment.section, f"{amendment_days(amendment)}.", amendment.says
        for label, section, words, says in amended_terms(agreement, amendment):
            yield f"{label}, as amended", section, words, says
    for section_ in agreement.sections:
        yield "Section of the source", section_.section, section_words(section_), ""
    for reading in agreement.readings:
        yield "reading", "", *_reading(reading)


def _reading(reading: Reading) -> tuple[str, str]:
    return f"{reading.question} {reading.chosen}", " ".join(f"Not read as: {other.says}" for other in reading.others)


def exceptions(ledger: Ledger) -> Sheet:
    """What needs a person's decision, and below it what should be known of the records."""
    found: list[tuple[str, str, str, str, tuple[Review, ...]]] = [
        (each.severity, each.code, each.message, each.place.within, each.reviews) for each in ledger.exceptions
    ]
    found += [("note", each.code, each.says, each.place.within, ()) for each in ledger.records.notes]
    severity, code, message, place, reviews = zip(*found, strict=True) if found else ((), (), (), (), ())
    return Sheet(
        "Exceptions",
        "What was found in the records that needs a person's decision"
        if ledger.open_exceptions
        else "Nothing was found that needs a decision",
        (
            SheetColumn("Severity", "text", severity),
            SheetColumn("Code", "text", code),
            SheetColumn("What was found", "text", message, width=60 if any(reviews) else 90, wrap=True),
            SheetColumn("Place", "text", place, width=30, wrap=True),
            *_review_columns(reviews),
        ),
        row_styles=[
            {"error": "bad", "warning": "warn"}.get(each, "") if not of else ""
            for each, of in zip(severity, reviews, strict=True)
        ],
    )


def _review_columns(reviews: Sequence[tuple[Review, ...]]) -> Iterator[SheetColumn]:
    """Who lets an exception stand, and why, where there are reviews."""
    if any(reviews):
        words = ["; ".join(each.words for each in of) for of in reviews]
        yield SheetColumn("Reviewed", "text", [text or None for text in words], width=30, wrap=True)


def claims_sheets(ledger: Ledger) -> list[Sheet]:
    """Lines that several agreements claim, a row a claim; no sheet where there is none."""
    rows = [(line, claim) for line in claims(ledger) for claim in line.claims]
    if not rows:
        return []
    blocked = len({line.line for line, _ in rows if line.status == "blocked"})
    sheet = Sheet(
        "Claims",
        f"Nothing is payable on {blocked} lines until a person decides" if blocked else "Every such line is settled",
        (
            SheetColumn("Line", "text", [line.source for line, _ in rows]),
            SheetColumn("Closing", "text", [line.closing for line, _ in rows]),
            SheetColumn("Investor", "text", [line.investor for line, _ in rows], width=30),
            SheetColumn("Gross proceeds", "money", [line.gross for line, _ in rows]),
            SheetColumn("Agreement", "text", [claim.agreement for _, claim in rows]),
            SheetColumn("Claims by", "text", [claim.basis for _, claim in rows], width=24),
            SheetColumn("Stands", "text", [claim.stands for _, claim in rows]),
            SheetColumn("Cash", "money", [_of_claim(claim, counted=False) for _, claim in rows]),
            SheetColumn("Securities", "count", [_of_claim(claim, counted=True) for _, claim in rows]),
            SheetColumn("Claimed in all", "money", [line.cash for line, _ in rows]),
            SheetColumn("Combined rate", "text", [rate_words(line.rate) for line, _ in rows]),
            SheetColumn("Settled", "text", [line.settled for line, _ in rows], width=60, wrap=True),
        ),
        row_styles=["bad" if line.status == "blocked" else "" for line, _ in rows],
    )
    return [sheet]


def _of_claim(claim: Claim, counted: bool) -> int | None:
    """What a claim is worth in cash, or in securities; None where it was not worked out."""
    if claim.amounts is None:
        return None
    return sum(amount for unit, amount in claim.amounts.items() if (unit in UNITS) == counted)
