"""Typed sheets: what every output is made from, before anyone has chosen a file format.

A `Sheet` answers one question in a table of `SheetColumn`s; the kind of a column says what its values are. The
writers (`workbook`, `text`) decide how each kind looks. Money is whole cents, and a price is exact decimal text: no
value passes through a float.

Rows may be grouped: a row styled `subtotal` closes the rows since the `heading` or `subtotal` before it, and in a
column with a total it must hold their sum. The total of a column leaves out its subtotals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

if TYPE_CHECKING:  # numpy takes long to import, and only callers with arrays need it
    import numpy.typing as npt

Kind = Literal["text", "money", "count", "price", "rate", "date"]
Mark = Literal["", "input", "link"]

ROW_STYLES = ("", "good", "bad", "warn", "input", "link", "heading", "subtotal")


@frozen
class Live:
    """A text that the workbook computes: the formula without its equals sign, and its result as stored."""

    formula: str
    stored: str


@frozen(eq=False)
class SheetColumn:
    """One column: its header, what its values are, and how wide it may grow.

    | kind  | values                                                    |
    |-------|-----------------------------------------------------------|
    | text  | `str` or None                                             |
    | money | whole cents as `int` or None, or a numpy int64 array      |
    | count | `int` or None, or a numpy int64 array                     |
    | price | exact decimal text such as '2.75', or None                |
    | rate  | exact decimal text such as '0.065' for 6.5%, or None       |
    | date  | `datetime.date` or None                                   |

    `width` is in characters; 0 takes it from the content. `wrap` breaks long text within the cell.

    A column that the workbook computes has a `formula`, and `values` are its results as stored. One text is the formula
    of every row: `{r}` stands for the row's number and `{p}` for the number of the row above. A sequence gives each row
    its own, or None. It is written without the equals sign, and never holds text from outside.

    `mark` tells what its cells are: an `input` that a reader may change, or a `link` to another sheet.
    """

    header: str
    kind: Kind
    values: Sequence[Any] | npt.NDArray[Any]
    total: bool = False
    width: int = 0
    wrap: bool = False
    formula: str | Sequence[str | None] | None = None
    mark: Mark = ""

    def __attrs_post_init__(self) -> None:
        if self.total and self.kind not in ("money", "count"):
            raise ValueError(f"column {self.header}: a {self.kind} column has no total")

    def part(self, start: int = 0, stop: int | None = None) -> list[Any]:
        """The values from `start` to `stop` as plain Python objects, which format faster than numpy's."""
        values = self.values[start:stop]
        tolist = getattr(values, "tolist", None)
        return tolist() if tolist else list(values)


@frozen
class Chart:
    """A picture of a sheet's rows, above them. Columns are named by their places in the sheet.

    `columns` stand on one another at each row; `bars` lie in one line and fill it; `line` is drawn over them.
    """

    kind: Literal["columns", "bars"]
    categories: int
    series: tuple[int, ...]
    unit: str
    line: int | None = None
    labels: bool = False  # the figures beside what they are figures of


@frozen(eq=False)
class Sheet:
    """One table: `title` says in a sentence what it answers, `paragraphs` explain it.

    `freeze` is how many columns stay in view at the left. `row_styles` gives each row one of `ROW_STYLES`.
    `header_row` is the least number of the header's row: sheets whose rows answer one another begin at the same.
    """

    name: str
    title: str
    columns: tuple[SheetColumn, ...]
    freeze: int = 0
    paragraphs: tuple[str, ...] = ()
    row_styles: Sequence[str] | None = None
    header_row: int = 0
    chart: Chart | None = None

    def __attrs_post_init__(self) -> None:
        lengths = {column.header: len(column.values) for column in self.columns}
        if self.row_styles is not None:
            lengths["row_styles"] = len(self.row_styles)
            unknown = set(self.row_styles).difference(ROW_STYLES)
            if unknown:
                raise ValueError(f"sheet {self.name}: unknown row styles {sorted(unknown)}")
        if len(set(lengths.values())) > 1:
            raise ValueError(f"sheet {self.name}: columns differ in length: {lengths}")

    @property
    def row_count(self) -> int:
        return len(self.columns[0].values) if self.columns else 0

    @property
    def has_totals(self) -> bool:
        return self.row_count > 0 and any(column.total for column in self.columns)


def total_of(column: SheetColumn, row_styles: Sequence[str] | None = None) -> int:
    """The exact sum of a column, leaving out its subtotals. Python ints, since a sum of int64 may wrap silently."""
    values = column.part()
    if row_styles is not None:
        values = [value for value, style in zip(values, row_styles) if style != "subtotal"]
    return sum(filter(None, values))


def groups(row_styles: Sequence[str] | None) -> dict[int, int]:
    """For the place of each subtotal row, the place of the first row that it sums."""
    first = 0
    found = {}
    for place, style in enumerate(row_styles or ()):
        if style == "subtotal":
            found[place] = first
        if style in ("heading", "subtotal"):
            first = place + 1
    return found
