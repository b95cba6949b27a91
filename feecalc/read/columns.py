"""Rows of text become columns of coded words, each header and cell checked.

A column of a million cells is kept as one number for each cell and each distinct word once: what is done to the words
(cleaning, checking, later parsing) is done once for each. Two cells have the same code if and only if they are the same
text, and codes are given in the order of first appearance: codes can stand for the words themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, compress

import numpy as np
from attrs import frozen

from feecalc.read.coding import Coder, coded
from feecalc.read.faults import FORBIDDEN, LISTED, Fault, Findings, forbidden, shown
from feecalc.read.headers import Block, Header, Sheet, find_header, normal
from feecalc.read.numerals import Numerals
from feecalc.read.plain_csv import PlainTable
from feecalc.totals import Codes, Mask

CHARACTERS_LIMIT = 32_767

# Without spaces and hyphens; in some languages of those who send tables.
_TOTALS = frozenset({"total", "totals", "sum", "subtotal", "subtotals", "grandtotal", "grandtotals", "runningtotal"})
_TOTALS |= {"summe", "gesamt", "gesamtsumme", "zwischensumme", "insgesamt", "sommaire", "soustotal", "totalgénéral"}
_TOTALS |= {"suma", "totalgeneral", "totale", "totalegenerale", "subtotale", "totaal", "subtotaal", "totalt", "razem"}
_TOTALS |= {"\u5408\u8ba1", "\u603b\u8ba1", "\u5408\u8a08", "\u7dcf\u8a08"}
_IN_TOTALS = ("tot", "sum", "gesamt", "sommaire", "razem", "\u8ba1", "\u8a08", "balance")
_OF_ALL = ("grand", "all investors", "all payees")
_BALANCES = frozenset(
    {"opening balance", "closing balance", "beginning balance", "ending balance", "starting balance", "final balance"}
    | {"balance brought forward", "balance carried forward", "balance b/f", "balance c/f"}
)
EXCEL_ERRORS = frozenset(
    {"#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!"}
    | {"#CONNECT!", "#UNKNOWN!", "#BUSY!", "#PYTHON!", "#EXTERNAL!", "#GETTING_DATA"}
)

# Words of these characters only, and no space at either end, need no cleaning and are no fault.
_PLAIN = bytes(code for code in range(0x20, 0x7F) if code not in b"#'")
# What a spreadsheet would run as a formula; feecalc puts an apostrophe before it in the CSV files that it writes.
_GUARDED = re.compile("'[=+\\-@\t\r\n]")


@frozen(eq=False)
class Column:
    """Cell i is `words[codes[i]]`; an absent cell is ''. No word occurs twice or is unused; none has space around it.

    `position` is the column's number in the file, from 1.
    """

    header: str
    codes: Codes
    words: Sequence[str]
    position: int = 0


def read_columns(
    blocks: Iterable[Block], sheet: Sheet, findings: Findings, guarded: bool
) -> tuple[Codes, tuple[Column, ...]]:
    """The numbers of a table's rows, and its columns.

    With `guarded`, an apostrophe before what a spreadsheet would run as a formula is taken off.
    Rows that do not fit the header, and totals, are reported and left out, so that no later check trips over them.
    """
    header, blocks = find_header(iter(blocks), sheet, findings)
    coders = [Coder() for _ in header.cells]
    numbers = [np.zeros(0, dtype=np.int32)]
    for starts, rows in blocks:
        if set(map(len, rows)) != {len(coders)}:
            starts, rows = header.fitting(starts, rows)
        numbers.append(_numbers(starts))
        for coder, cells in zip(coders, zip(*rows)):
            coder.add(cells)
    return _checked(header, np.concatenate(numbers), [coder.finish() for coder in coders], guarded)


def plain_columns(plain: PlainTable, sheet: Sheet, findings: Findings) -> tuple[Codes, tuple[Column, ...]]:
    """What `read_columns` gives, of a plain file."""
    header, _ = find_header(iter([([1], [plain.header])]), sheet, findings)
    return _checked(header, np.arange(2, plain.rows + 2, dtype=np.int32), plain.columns, guarded=True)


def _checked(
    header: Header, lines: Codes, coded_columns: Sequence[tuple[Codes, Sequence[str]]], guarded: bool
) -> tuple[Codes, tuple[Column, ...]]:
    """The rows and columns that are left when each word, header and row has been checked."""
    checker = _Checker(header.sheet, lines, header.findings, guarded)
    columns = [
        checker.column(name, position, codes, words)
        for position, (name, (codes, words)) in enumerate(zip(header.cells, coded_columns), 1)
    ]
    columns = _named(columns, header)
    keep = ~(filled(columns, len(lines), 0) | checker.totals(columns))
    if keep.all():
        return lines, tuple(columns)
    return lines[keep], tuple(part(column, keep) for column in columns)


def _numbers(starts: Sequence[int]) -> Codes:
    if isinstance(starts, range):
        return np.arange(starts.start, starts.stop, dtype=np.int32)
    return np.array(starts, dtype=np.int32)


def _named(columns: list[Column], header: Header) -> list[Column]:
    """The columns whose header is theirs alone; the others are reported, if they are not quite empty."""
    named: dict[str, Column] = {}
    for column in columns:
        if column.header:
            first = named.setdefault(normal(column.header), column)
            if first is not column:
                header.report_repeated(column.header, first.position, column.position)
        elif any(column.words):
            header.report_empty(column.position, next(filter(None, column.words)))
    return list(named.values())


def filled(columns: Sequence[Column], rows: int, cells: int) -> Mask:
    """The rows in which so many cells have a value: none, where there are only delimiters or formats."""
    if sum("" not in column.words for column in columns) > cells:  # most tables, told at once
        return np.zeros(rows, dtype=np.bool_)
    number = np.zeros(rows, dtype=np.int16)
    for column in columns:
        number += column.codes != column.words.index("") if "" in column.words else 1
    found: Mask = number == cells
    return found


def part(column: Column, keep: Mask) -> Column:
    """The column without some rows, and without the words that only they held."""
    codes = column.codes[keep]
    used = np.zeros(len(column.words), dtype=np.bool_)
    used[codes] = True
    number = np.cumsum(used, dtype=np.int32) - 1
    return Column(column.header, number[codes].astype(np.int32), list(compress(column.words, used)), column.position)


@frozen
class _Checker:
    """Cleans the words of a table's columns, and reports those that no cell may hold.

    What is reported gives no cause for further complaints: what cannot be seen is taken out, any other cell is absent.
    """

    sheet: Sheet
    lines: Codes
    findings: Findings
    guarded: bool

    def column(self, header: str, position: int, codes: Codes, words: Sequence[str]) -> Column:
        if not isinstance(words, Numerals) and not _is_plain(words):
            faults = {code: fault for code, word in enumerate(words) if (fault := _fault(word))}
            for row in np.flatnonzero(np.isin(codes, list(faults))).tolist():
                place = self.sheet.place(int(self.lines[row]), position, header)
                self.findings.add(place, *faults[int(codes[row])])
            cleaned, words = coded(
                [self._clean(word) if code not in faults else _harmless(word) for code, word in enumerate(words)]
            )
            codes = cleaned[codes]
            self._note_twice_decoded(Column(header, codes, words, position))
        return Column(header, codes, words, position)

    def _note_twice_decoded(self, column: Column) -> None:
        """Note words that were UTF-8 and read as something else before: a name spoiled so is nobody's."""
        spoiled = {code: meant for code, word in enumerate(column.words) if (meant := _as_meant(word))}
        for row in np.flatnonzero(np.isin(column.codes, list(spoiled))).tolist()[:LISTED]:
            code = int(column.codes[row])
            says = f"{shown(column.words[code])} looks spoiled by a wrong encoding, and may stand for "
            place = self.sheet.place(int(self.lines[row]), column.position, column.header)
            self.findings.note(place, "text-spoiled", says + shown(spoiled[code]))

    def _clean(self, word: str) -> str:
        word = word.strip()
        return word[1:].strip() if self.guarded and _GUARDED.match(word) else word

    def totals(self, columns: list[Column]) -> Mask:
        """Rows whose first text is a word for totals and whose cells are at most half filled, or one for a balance of
        an account; they are reported.
        """
        found = np.zeros(len(self.lines), dtype=np.bool_)
        for row in sorted(set(chain.from_iterable(map(_rows_with_totals, columns)))):
            cells = [(column, column.words[column.codes[row]]) for column in columns]
            filled = [(column, word) for column, word in cells if word]
            column, word = next((column, word) for column, word in filled if any(map(str.isalpha, word)))
            is_balance = _is_balance(word)
            if is_balance or (is_total(word) and 2 * len(filled) <= len(cells)):
                found[row] = True
                is_what = "is a balance" if is_balance else "adds up other rows"
                self.findings.add(
                    self.sheet.place(int(self.lines[row]), column.position, column.header),
                    "totals-row",
                    f"the row {shown(word)} {is_what} and would be counted as one more",
                    "Delete the row; totals to be checked go into control_totals.",
                )
        return found


def _as_meant(word: str) -> str:
    """What a word was before its UTF-8 was taken for Windows-1252, as old spreadsheets do; '' where it was not."""
    if word.isascii():
        return ""
    with suppress(UnicodeError):
        return word.encode("cp1252").decode("utf-8")
    return ""


def _rows_with_totals(column: Column) -> list[int]:
    if isinstance(column.words, Numerals) or not may_hold(column.words, _IN_TOTALS):
        return []
    codes = [code for code, word in enumerate(column.words) if is_total(word) or _is_balance(word)]
    return np.flatnonzero(np.isin(column.codes, codes)).tolist()


def is_total(word: str) -> bool:
    """Whether a cell holds a word for totals and nothing else: `Sub-total:`."""
    return re.sub(r"[\s\-]", "", word).strip(":.=*").casefold() in _TOTALS


def has_total(words: Sequence[str]) -> list[bool]:
    """Of each word, whether its first or last words are those of a total: `Total March 2002`, `March sub-total`."""
    if not may_hold(words, _IN_TOTALS):
        return [False] * len(words)
    return [any(map(is_total, _ends(word.split()))) for word in words]


def name_totals(words: Sequence[str]) -> list[bool]:
    """Of each word, whether it names all investors or payees together: `Total`, `Grand:`, `All investors`."""
    if not may_hold(words, (*_IN_TOTALS, *_OF_ALL)):
        return [False] * len(words)
    return [is_total(word) or word.casefold().strip(" :.") in _OF_ALL for word in words]


def may_hold(words: Sequence[str], parts: Iterable[str]) -> bool:
    """Whether any of some parts of words could be in a column: of most, none is, and that is told quickly."""
    text = "".join("".join(words).casefold().split()).replace("-", "")
    return any(part.replace(" ", "") in text for part in parts)


def _ends(parts: list[str]) -> Iterator[str]:
    for number in (1, 2):
        yield " ".join(parts[:number])
        yield " ".join(parts[-number:])


def _is_balance(word: str) -> bool:
    return word.rstrip(": ").casefold() in _BALANCES


def _is_plain(words: Sequence[str]) -> bool:
    """Whether no word needs a closer look; so for columns of numbers, dates and ids, in little time."""
    text = "".join(words)
    if text.encode("utf-8", "surrogatepass").translate(None, _PLAIN):
        return False
    if " " in text and any(word != word.strip(" ") for word in words):
        return False
    return len(text) <= CHARACTERS_LIMIT or max(map(len, words)) <= CHARACTERS_LIMIT


def _harmless(word: str) -> str:
    """What is left of a word that was reported."""
    return FORBIDDEN.sub("", word).strip() if len(word) <= CHARACTERS_LIMIT and FORBIDDEN.search(word) else ""


def _fault(word: str) -> Fault | None:
    """Code, words and remedy of what is wrong with a word."""
    if len(word) > CHARACTERS_LIMIT:
        return (
            "cell-too-long",
            f"the cell holds {len(word):,} characters, a sheet at most {CHARACTERS_LIMIT:,}: {shown(word)}",
            "Shorten it.",
        )
    for _, code, name in forbidden(word):
        return code, f"{shown(word)} holds {name}, which cannot be seen", "Type the cell anew."
    if word.strip().upper() in EXCEL_ERRORS:
        return (
            "excel-error",
            f"the cell holds the Excel error {word.strip()}, so there is no value to use",
            "Repair the formula and save, or type the value.",
        )
    if re.fullmatch("##+", word.strip()):
        return (
            "column-too-narrow",
            f"the cell holds {word.strip()}: the column was too narrow when it was exported",
            "Widen the column in Excel and export again.",
        )
    return None
