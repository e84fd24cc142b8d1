"""The steps in order: what carries a value from one room to the next.

work ── claims hosts ──▶ visit ─┬─ poll      feed ▶ entries
                                └─ collect   page ▶ article
writer ── batches outcomes ──▶ commit        one transaction: entries, pages, articles, changes
follow (sources and feeds to follow), upkeep (what time asks for), check (a dry run)
"""
