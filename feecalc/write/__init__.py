"""The wing that writes: sheets of typed columns become files."""
