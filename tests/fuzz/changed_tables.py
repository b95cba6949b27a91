"""Changes to tables: cells, rows, columns, and the way in which a file writes them."""

from __future__ import annotations

import codecs
import csv
import io
from random import Random
from typing import Literal

from feecalc.read.headers import normal
from feecalc.records import TABLES

from .awkward import OTHER, REFUSED, WORDS

Means = Literal["nothing", "refused", "told", "another"]
Rows = list[list[str]]
FIGURES = "control_totals"  # its amounts may be money, counts or percentages


def rows_of(content: bytes) -> Rows:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def text_of(rows: Rows, delimiter: str = ",", quote: bool = False, ends: str = "\n") -> str:
    stream = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
    csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator=ends).writerows(rows)
    return stream.getvalue()


def kind_of(table: str, header: str) -> str:
    """What a column holds: money, count, price, date or words."""
    of = {normal(name): column for name, column in TABLES[table].items()}.get(normal(header))
    return "words" if of is None or table == FIGURES or of.shape.name not in REFUSED else of.shape.name


def is_needed(table: str, header: str) -> bool:
    return any(column.needed and normal(name) == normal(header) for name, column in TABLES[table].items())


def written_otherwise(rows: Rows, table: str, random: Random) -> tuple[bytes, str]:
    """The same table in another form, which means nothing."""
    header, body = rows[0], rows[1:]
    match random.randrange(12):
        case 0:
            return text_of([header, *random.sample(body, len(body))]).encode(), "rows in another order"
        case 1:
            order = random.sample(range(len(header)), len(header))
            return text_of([[row[place] for place in order] for row in rows]).encode(), "columns in another order"
        case 2:
            dressed = [_dressed(name, random) for name in header]
            return text_of([dressed, *body]).encode(), f"headers {dressed}"
        case 3:
            place = random.randrange(len(body) + 1)
            blank = [random.choice(("", " ")) for _ in header]
            return text_of([header, *body[:place], blank, *body[place:]]).encode(), f"a blank row after row {place + 1}"
        case 4:
            ends = random.choice(("\r\n", "\r"))
            return text_of(rows, ends=ends).encode(), f"lines end with {ends!r}"
        case 5:
            return codecs.BOM_UTF8 + text_of(rows).encode(), "a byte order mark"
        case 6:
            return text_of(rows).encode("utf-16"), "UTF-16"
        case 7:
            mark = random.choice(";\t|")
            return text_of(rows, delimiter=mark, quote=True).encode(), f"cells parted by {mark!r}, all in quotes"
        case 8:
            return text_of(rows, quote=True).encode(), "all cells in quotes"
        case 9:
            spaced = [[f" {cell}  " if cell else cell for cell in row] for row in rows]
            return text_of(spaced).encode(), "spaces around all cells"
        case 10:
            told = random.choice(("zz", "Remark 7", "\u00e9l\u00e9ment"))
            odd = [random.choice(("", "x", "12", "n/a")) for _ in body]
            more = [[*row, cell] for row, cell in zip(rows, [told, *odd], strict=True)]
            return text_of(more).encode(), f"a column {told!r} of which nothing is known"
    amounts = [[_amount_otherwise(cell, table, name, random) for cell, name in zip(row, header)] for row in body]
    return text_of([header, *amounts]).encode(), "amounts written otherwise"


def _dressed(name: str, random: Random) -> str:
    mark = random.choice((" ", "-", "_", "", "  "))
    return random.choice((str.upper, str.title, str.lower))(name.replace("_", mark))


def _amount_otherwise(cell: str, table: str, header: str, random: Random) -> str:
    """The same amount or count with other marks; the sign of dollars is that of the agreements, USD or CAD."""
    kind = kind_of(table, header)
    plain = cell.replace(",", "")
    if kind not in ("money", "count") or not plain.replace(".", "", 1).isdigit():
        return cell
    whole, _, part = plain.partition(".")
    grouped = f"{int(whole):,}" if random.random() < 0.5 else whole
    part = part.ljust(2, "0") if kind == "money" and random.random() < 0.5 else part
    text = f"{grouped}.{part}" if part else grouped
    return random.choice((text, f"${text}", f"$ {text}", f"{text} $")) if kind == "money" else text


def cell(rows: Rows, table: str, random: Random) -> tuple[bytes, str, Means]:
    """A cell replaced by something awkward."""
    place, column = random.randrange(1, len(rows)), random.randrange(len(rows[0]))
    kind = kind_of(table, rows[0][column])
    refused = kind != "words" and random.random() < 0.6
    items = REFUSED[kind] if refused else OTHER.get(kind, WORDS)
    item = random.choice(items)
    old = rows[place][column]
    changed = [list(row) for row in rows]
    changed[place][column] = item
    told = f"row {place + 1}, {rows[0][column]}: {old!r} replaced by {item[:60]!r}"
    if refused or (not item.strip() and is_needed(table, rows[0][column])):
        return text_of(changed).encode("utf-8", "surrogatepass"), told, "refused"
    return (
        text_of(changed).encode("utf-8", "surrogatepass"),
        told,
        "another" if item.strip() != old.strip() else "nothing",
    )


def row(rows: Rows, table: str, random: Random) -> tuple[bytes, str, Means]:
    """A row deleted, doubled, or with a cell too many or too few."""
    place = random.randrange(1, len(rows))
    mine = rows[place]
    means: Means
    match random.randrange(4):
        case 0:
            return text_of(rows[:place] + rows[place + 1 :]).encode(), f"row {place + 1} deleted", "another"
        case 1:
            means = "told" if table in ("closings", "invoices", "payments", "balances") else "another"
            return text_of([*rows[:place], mine, *rows[place:]]).encode(), f"row {place + 1} doubled", means
        case 2:
            column = random.randrange(len(mine))
            other = [*mine[:column], "x", *mine[column:]]
            means = "refused" if other[-1].strip() else "another"  # else nothing stands beyond the header
            return (
                text_of([*rows[:place], other, *rows[place + 1 :]]).encode(),
                f"row {place + 1}: a cell too many",
                means,
            )
    column = random.randrange(len(mine))
    other = mine[:column] + mine[column + 1 :]
    only_blank = not any(cell.strip() for cell in mine[column:])
    return (
        text_of([*rows[:place], other, *rows[place + 1 :]]).encode(),
        f"row {place + 1}: cell {column + 1} missing",
        "another" if only_blank or len(mine) == 1 else "refused",
    )


def column(rows: Rows, table: str, random: Random) -> tuple[bytes, str, Means]:
    """A column deleted, doubled or renamed."""
    place = random.randrange(len(rows[0]))
    name = rows[0][place]
    needed = is_needed(table, name)
    match random.randrange(3):
        case 0:
            rest = [row[:place] + row[place + 1 :] for row in rows]
            return text_of(rest).encode(), f"column {name} deleted", "refused" if needed else "another"
        case 1:
            twice = [[*row, row[place]] for row in rows]
            return text_of(twice).encode(), f"column {name} doubled", "refused"
    other = random.choice((name[:-1], name + "s", name[::-1], "x", "", "2002-03-13", name.replace("_", "/") + "!"))
    means: Means = "refused" if needed and normal(other) != normal(name) else "another"
    return (
        text_of([[*rows[0][:place], other, *rows[0][place + 1 :]], *rows[1:]]).encode(),
        f"column {name} called {other!r}",
        means,
    )
