"""A first look at a sheet: what its rows are known by, and how the rows and columns of two sheets answer each other."""

from __future__ import annotations

from attrs import define

from feecalc.read.workbook_cells import Cell, Oddities
from feecalc.read.workbook_parts import PlainWorkbook, SheetOf
from feecalc.verify.alignment import PLAIN, Alignment, Run, aligned, within
from feecalc.verify.differences import canonical

Row = dict[int, Cell]
_HEAD = 60  # rows among which the headers stand


@define
class Outline:
    """What a first look at a sheet tells: what each row is known by, the first rows themselves, and what is no cell."""

    marks: list[tuple[int, object]]
    head: dict[int, Row]
    oddities: Oddities
    cells: int = 0
    formulas: int = 0


def outlined(
    workbook: PlainWorkbook, sheet: SheetOf, columns: Alignment = PLAIN, without: tuple[Run, ...] = ()
) -> Outline:
    """Look through a sheet once; where columns were inserted or deleted, as if they were not there."""
    outline = Outline([], {}, Oddities())
    for number, row in workbook.rows(sheet, outline.oddities):
        outline.cells += len(row)
        outline.formulas += sum(cell.formula is not None for cell in row.values())
        if number <= _HEAD:
            outline.head[number] = row
        mark = hash(
            tuple(
                (columns.written(column), *(_mark(cell)))
                for column, cell in row.items()
                if not columns.is_inserted(column) and within(without, column) is None
            )
        )
        outline.marks.append((number, mark))
    return outline


def _mark(cell: Cell) -> tuple[str, str]:
    if cell.formula is not None:
        return "formula", ""
    return cell.kind, canonical(cell.value) if cell.kind == "number" else cell.value


def aligned_columns(written: Outline, now: Outline) -> Alignment:
    """How the columns answer each other, by their headers: only whole columns that came in or went are told."""
    header = written.head.get(written.oddities.header, {})
    marks = [(column, cell.value) for column, cell in header.items()]
    words = {word for _, word in marks}
    likely = max(now.head.values(), key=lambda row: len({cell.value for cell in row.values()} & words), default={})
    found = [(column, cell.value) for column, cell in likely.items()]
    common = {word for _, word in found} & words
    in_order = [word for _, word in found if word in common] == [word for _, word in marks if word in common]
    return aligned(marks, found) if in_order and len(common) in (len(marks), len(found)) else PLAIN
