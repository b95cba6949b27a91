"""Changes to a file that know nothing of what it says: characters, bytes, lines."""

from __future__ import annotations

from random import Random

ODD_CHARACTERS = (
    "\0\a\t\r\n \u00a0\u200b\u202e\ufeff\u2212\u00bd\uff11\u0661\u00e9\u201c',;:\"'#&*![]{}|>-?%@`()$€0159.eE+=/\\~_"
)


def characters(text: str, random: Random) -> tuple[str, str]:
    """One character deleted, doubled, swapped with the next, replaced or put in."""
    place = random.randrange(max(1, len(text) - 1))
    here, after = text[place : place + 1], text[place + 1 : place + 2]
    odd = random.choice(ODD_CHARACTERS)
    how, new = random.choice(
        (
            ("deleted", ""),
            ("doubled", here + here),
            ("swapped with the next", after + here),
            (f"replaced by {odd!r}", odd),
            (f"followed by {odd!r}", here + odd),
        )
    )
    end = place + (2 if how.startswith("swapped") else 1)
    line = text.count("\n", 0, place) + 1
    return text[:place] + new + text[end:], f"character {place} ({here!r}, line {line}) {how}"


def octets(content: bytes, random: Random) -> tuple[bytes, str]:
    """Bytes flipped, cut off, put in or taken out."""
    place = random.randrange(max(1, len(content)))
    match random.randrange(5):
        case 0:
            bit = 1 << random.randrange(8)
            return content[:place] + bytes([content[place] ^ bit]) + content[
                place + 1 :
            ], f"byte {place}: bit {bit} flipped"
        case 1:
            return content[:place], f"cut off at byte {place}"
        case 2:
            more = random.randbytes(random.choice((1, 2, 16)))
            return content[:place] + more + content[place:], f"bytes {more!r} put in at {place}"
        case 3:
            count = random.choice((1, 2, 64))
            return content[:place] + content[place + count :], f"{count} bytes taken out at {place}"
    other = random.randrange(max(1, len(content)))
    low, high = sorted((place, other))
    return content[:low] + content[high:] + content[low:high], f"bytes {low} to {high} moved to the end"


def lines(text: str, random: Random) -> tuple[str, str]:
    """A line deleted, doubled, moved or indented otherwise."""
    rows = text.splitlines(keepends=True)
    place = random.randrange(len(rows))
    row = rows[place]
    match random.randrange(5):
        case 0:
            return "".join(rows[:place] + rows[place + 1 :]), f"line {place + 1} deleted"
        case 1:
            return "".join([*rows[:place], row, *rows[place:]]), f"line {place + 1} doubled"
        case 2:
            other = random.randrange(len(rows))
            rows[place], rows[other] = rows[other], row
            return "".join(rows), f"lines {place + 1} and {other + 1} swapped"
        case 3:
            rows[place] = " " * random.choice((1, 2, 4)) + row
            return "".join(rows), f"line {place + 1} indented"
    rows[place] = row.removeprefix(" " * random.choice((1, 2, 4)))
    return "".join(rows), f"line {place + 1} indented less"
