"""Writes an engagement of any size into a folder: agreements, closings, introductions. The same size, the same bytes.

    python benchmarks/generate.py [LINES [AGREEMENTS [CLOSINGS [INVESTORS]]]]      defaults 1,000,000, 20, 5,000, 30,000

writes it under benchmarks/data/engagement.

Each agreement has a percentage of 5 to 7.5% with a limit, an allowance of 3% of at most 150,000.00, an advance
credited against both, and warrants that vest toward a target; half of them share the fee by halves. Each investor was
introduced by one agent, and each closing is marketed by three of them. Amounts are log-uniform from $100 to
$50,000,000, half of them whole dollars, so that exact half cents are common.
"""

from __future__ import annotations

import random
import sys
from datetime import date, timedelta
from pathlib import Path

DATA = Path(__file__).parent / "data"
RATES = ("6.5%", "5%", "7%", "6.25%", "7.5%")


def agreement(number: int) -> str:
    split = (
        "    split:\n"
        f"      - {{payee: Agent {number:02d}, share: 1/2}}\n"
        f"      - {{payee: Partner {number:02d}, share: 1/2}}\n"
        f"    odd_unit: Agent {number:02d}\n"
    )
    return f"""\
feecalc: 1
id: a{number:02d}
title: Benchmark agreement {number:02d}
source: {{document: invented}}
company: Company
agent: Agent {number:02d}
role: placement agent
payees: [Agent {number:02d}, Partner {number:02d}]
currency: USD
term: {{effective: 2015-01-01, expires: 2025-12-31}}
tail: none
covers: {{investors: introduced, securities: all, offerings: all, events: [sale]}}
clauses:
  - id: cash-fee
    kind: percentage
    section: "1"
    says: A percentage of gross proceeds.
    rate: {RATES[number % len(RATES)]}
    base: gross proceeds
    rounding: {{mode: half up, over: closing}}
    limit: {{amount: {150000 * 2**number}.00, over: agreement}}
    due: at closing
{split if number % 2 else ""}\
  - id: expense-allowance
    kind: percentage
    section: "2"
    says: An allowance.
    rate: 3%
    base: gross proceeds
    rounding: {{mode: half up, over: closing}}
    limit: {{amount: 150000.00, over: agreement}}
    due: at closing
  - id: warrants
    kind: vesting warrants
    section: "3"
    says: Warrants that vest.
    pool: 125,000,000
    target: 15,000,000,000.00
    maximum: 125,000,000
    base: gross proceeds
    rounding: {{mode: down, over: agreement}}
    exercise_price: 2.75
    expires: not stated
    due: at closing
  - id: advance
    kind: advance
    section: "4"
    says: An advance.
    amount: 50,000.00
    due: 2015-01-01
    credited_against: [{"expense-allowance" if number % 2 else "cash-fee, expense-allowance"}]
    unearned: kept
    less_expenses: none
"""


def write(lines: int, agreements: int, closings: int, investors: int, data: Path) -> None:
    rng = random.Random(20240601)
    folder, records = data / "agreements", data / "records"
    folder.mkdir(parents=True, exist_ok=True)
    records.mkdir(exist_ok=True)
    for old in [*folder.iterdir(), *records.iterdir()]:
        old.unlink()
    for number in range(agreements):
        (folder / f"a{number:02d}.yaml").write_text(agreement(number), "utf-8")
    owner = [number % agreements for number in range(investors)]
    with (records / "introductions.csv").open("w", encoding="utf-8", newline="") as file:
        file.write("investor,agreement,introduced_on\n")
        for number in range(investors):
            file.write(f'"Investor, No. {number}",a{owner[number]:02d},2015-01-01\n')
    first = date(2015, 1, 1)
    days = sorted(first + timedelta(rng.randrange(3650)) for _ in range(closings))
    marketed = [rng.sample(range(agreements), min(3, agreements)) for _ in range(closings)]
    with (records / "closings.csv").open("w", encoding="utf-8", newline="") as file:
        file.write("closing,date,investor,security,shares,gross_proceeds\n")
        for _ in range(lines):
            closing = rng.randrange(closings)
            agent = rng.choice(marketed[closing])
            investor = agent + agreements * rng.randrange(max(1, investors // agreements))
            cents = int(100_00 * 500_000 ** rng.random())
            if rng.random() < 0.5:
                cents -= cents % 100
            file.write(
                f'C{closing:05d},{days[closing]},"Investor, No. {investor}",common stock,{rng.randrange(1, 500_000)},'
                f"{cents // 100}.{cents % 100:02d}\n"
            )


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    lines, agreements, closings, investors = given + [1_000_000, 20, 5_000, 30_000][len(given) :]
    write(lines, agreements, closings, investors, DATA / "engagement")
