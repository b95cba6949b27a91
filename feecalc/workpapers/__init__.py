"""The workpapers: the ledger computed a second time, in formulas that a spreadsheet recomputes.

Each clause has a paper whose rows are the agreement's rows and whose columns lead from the base to what accrues; each
agreement has a paper on which advances are credited and payees' parts are cut. Every column is one formula over columns
to its left, over other papers and over the terms, which stand in cells of their own. The formulas are trees
(`formulas`): here they are evaluated exactly, with the results stored beside them; the wing that writes workbooks puts
them into a spreadsheet's words. Nothing is taken over from the ledger: the two are tied to each other.
"""
