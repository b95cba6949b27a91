"""Fuzz: engagements with one thing in them changed, and what must be so of whatever comes of that."""
