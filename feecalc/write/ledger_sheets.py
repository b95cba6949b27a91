"""A ledger as sheets: the pages of the workbook, in the order in which a controller reads them.

About the workbook, summary by payee, the flow of funds, charts, the payout ledger, warrants, caps and advances,
closings with their attribution, the papers that compute all of it again, the agreements as read, exceptions, checks,
balances. One payee can be followed from Summary over the ledger's entries to the source rows under Closings, and from
each entry to the clause under Agreements.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from feecalc.explain import whys
from feecalc.ledger import UNITS, Ledger
from feecalc.records import InputFile
from feecalc.workpapers.drawing import draw_up, too_many
from feecalc.write.about_sheet import about
from feecalc.write.balance_sheets import balances_sheet, caps_sheet
from feecalc.write.beside import Beside, too_long, within
from feecalc.write.chart_sheets import chart_sheets
from feecalc.write.check_sheets import checks_sheet
from feecalc.write.closings_sheet import closings_sheet
from feecalc.write.control_sheets import agreement_terms, claims_sheets, exceptions
from feecalc.write.entry_sheets import entries_sheet, payout_sheet, warrants_sheet
from feecalc.write.funds_flow_sheets import funds_flow_sheets
from feecalc.write.input_sheet import inputs_sheet
from feecalc.write.live_sheets import live
from feecalc.write.sheets import Live, Sheet
from feecalc.write.summary_sheet import summary

WHAT = (
    "A payout ledger: what placement agents and finders have earned under their agreements, what of it is payable, "
    "and why, computed from closing records."
)
START = (
    "Summary names each payee. Filter Payout ledger and Warrants by payee for the entries behind it; each entry names "
    "its clause and its source rows. Exceptions lists what a person must decide."
)
ENTRIES = ("Payout ledger", "Warrants")  # the sheets that have the entries
# What a person must see stays in the workbook however long it is.
ALWAYS = ("Summary", "Caps and advances", "Agreements", "Claims", "Exceptions", "Checks", "Balances", "Inputs")


def ledger_sheets(
    ledger: Ledger, inputs: Sequence[InputFile], stem: str = "ledger"
) -> tuple[list[Sheet], Live, tuple[Beside, ...]]:
    """All sheets of the workbook, what its checks say, and the files beside it that have what is too long for it;
    `stem` is the workbook's name without its ending.
    """
    long = too_long(max(len(ledger.columns), len(ledger.table)))
    papers = None if long or too_many(ledger) else draw_up(ledger)
    why = np.array(whys(ledger), dtype=object)
    cash = ~ledger.columns.one_of("unit", UNITS)
    sheets = [
        summary(ledger),
        *funds_flow_sheets(ledger),
        *chart_sheets(ledger),
        payout_sheet(ledger, cash, why),
        warrants_sheet(ledger, ~cash, why),
        caps_sheet(ledger),
        closings_sheet(ledger, papers),
        *(_reconciliation(ledger) if ledger.has_documents else ()),
        agreement_terms(ledger),
        *claims_sheets(ledger),
        exceptions(ledger),
        checks_sheet(ledger, ()),
        balances_sheet(ledger),
        inputs_sheet(inputs),
    ]
    sheets, status = live(ledger, papers, sheets)
    entries = ("entries", lambda: entries_sheet(ledger))
    sheets, beside = within(sheets, stem, dict.fromkeys(ENTRIES, entries), always=ALWAYS)
    return [about(ledger, inputs, WHAT, START, sheets, beside), *sheets], status, beside


def _reconciliation(ledger: Ledger) -> list[Sheet]:
    from feecalc.reconcile import reconcile
    from feecalc.write.reconcile_sheets import reconciliation_sheets

    return reconciliation_sheets(reconcile(ledger))
