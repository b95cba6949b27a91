"""The wing that reads: files become text with places, then agreements and records."""
