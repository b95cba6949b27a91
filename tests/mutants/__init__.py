"""Mutants: the code with one small thing in it changed by a rule, to see whether any test notices."""
