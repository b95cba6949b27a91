"""feecalc: payout ledgers for placement agents and finders, from declared agreements and closing records."""

__version__ = "0.1.0"
