"""Bugs planted in a copy of the code, each of which the tests must find: the proof that they bite."""
