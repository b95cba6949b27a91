"""Awkward cells and values: what people and programs write where something else should stand.

Cells are listed by what their column holds. Those under REFUSED can never be such a value; those under OTHER may be
read, each as exactly one value.
"""

from __future__ import annotations

# Can be no number of any kind.
NO_NUMBER = (
    "NaN nan inf -Infinity None null N/A #REF! #N/A #DIV/0! #VALUE! ##### TRUE ten 1e5 1.05E+06 1_000 0x10 ½ "
    "١٢٣ １２３ 1.050.000,00 1,05,0000 --5 +-5 5+ 5% 1'050'000.00 2002-03-13 12:30 =1+1 =SUM(A1:A9) @x {} [] ? - () "
    "$ USD 1,2,3 . , ,5 1.2.3 €5 5€ EUR5 1.000,5 1,0000 (5 5) 5)) ((5)) 1m 1k 10^6 1/3 0b1"
).split()
TEXTS = ["\u202e100", "1\u200b00", "1 0 0 0", "100 USD x", "9" * 41, "1" * 5000, "x" * 32_768, "\ufeff5\ufeff5", "'"]

REFUSED = {
    "money": [*NO_NUMBER, *TEXTS, "99999999999999999999", "10000000000000", "1050000.125", "0.005"],
    "count": [*NO_NUMBER, *TEXTS, "1.5", "0.1", "99999999999999999999"],
    "price": [*NO_NUMBER, *TEXTS, "-1", "(2.00)", "1000000000", "0.00000000001"],
    "date": (
        "03/04/2002 2002/03/04 13.03.2002 2002-02-30 2002-13-01 2002-3-4 20020304 37328 soon 0 -1 5 29-Feb-24 "
        "Monday 12:30 2002-03-13T10:00-05:00 0024-01-01 2224-01-01 #REF! NaN 2002-03-13x "
        "２００２-03-13 2002\u201303\u201313 =TODAY()"
    ).split(),
}
OTHER = {
    "money": [
        "",
        "0",
        "0.00",
        "0.01",
        "-0.01",
        "(500.00)",
        "500.00-",
        "\u2212500",
        "$5",
        "1.0000000001",
        "5 USD",
        "9999999999999.99",
        "-1",
    ],
    "count": ["", "0", "1", "-1", "(5)", "5.00", "999,999,999", "999999999999999"],
    "price": ["", "0", "0.0000000001", "2", "999999999.99", "$2.00"],
    "date": ["", "1990-01-01", "2100-12-31", "2000-02-29", " 2002-03-13 "],
}
WORDS = [
    "", " ", "-", "NA", "None", "null", "nan", "TRUE", "0", "007", "1e5", "total", "Total", "sum", "=1+1",
    "=cmd|'/c calc'!A0", "+1", "-1", "@SUM(1)", "'=1", "#REF!", "\u202eevil", "a\x07b", "a\u200bb", "A" * 300,
    "x" * 32_768, "Soci\u00e9t\u00e9", "Soci\u00c3\u00a9t\u00c3\u00a9", "e\u0301", "\U0001f600", "line\nbreak",
    "tab\there", "a,b", 'quo"te', "back\\slash", "../../evil", "CON", "<b>", "&amp;", "%s", "{}", "{r}", "_x0041_",
    "http://example.org", "sale", "rescission", "brighton", "C", "A", "\u00a0", "\ufeff",
]  # fmt: skip

# What may stand anywhere in an agreement file, well or badly.
VALUES = [
    "", "~", "null", "none", "0", "-1", "1", "7", "1e9", "0.065", "6.5", "6.5%", "6,5%", "101%", "0%", "100%",
    "1/0", "3/2", "1/2", "2024-02-30", "02/03/2002", "2002-03-11", "2100-12-31", "NaN", ".inf", "[]", "{}",
    "[a, b]", "{a: b}", "*x", "&a b", "!!int 5", "!!python/object/apply:os.system [ls]", "yes", "true", "'", '"',
    "''", '""', "|", ">", "- -", "? a", ": b", "a: b: c", "@x", "%x", "`x`", "#", " # x", "1_000", "9" * 400,
    "9999999999999999", "9999999999999.99", "0.01", "=1+1", "x" * 70_000, "\u202ex", "\x07", "\uff11\uff10",
    "\u00bd", "agreement", "closing", "line", "investor", "half up", "down", "all", "introduced", "unlimited",
    "no end date", "gross proceeds", "cash proceeds", "USD", "EUR", "at closing", "when it accrues", "price paid",
    "2.75", "10,000", "[" * 60, "{" * 60, "<<", "null: null", "\t", "\u00a0", "\u2013", "\u201cx\u201d", "---",
    "...", "%YAML 1.2",
]  # fmt: skip
