"""Exit statuses: 0 done; 1 done, and something needs a person; 2 bad usage or bad input, nothing written; 3 the machine
refused; 70 a defect in feecalc; 130 interrupted.
"""

from __future__ import annotations

DONE, NEEDS_A_PERSON, NOT_DONE, MACHINE, DEFECT, INTERRUPTED = 0, 1, 2, 3, 70, 130
