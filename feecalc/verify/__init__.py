"""A workbook held against its definitions and records: computed anew, written anew, and compared in every cell.

inputs        what the workbook carries, read back as agreements and records
verification  the conduct: what it is computed from, what came of it
comparison    two workbooks; with sheets (cells), alignment (rows), formulas, file_parts (all else)
account       what is said of it, in words and as JSON
"""
