"""Dates: from what an agency wrote to a point in time, or to nothing, never to a guess."""

from ingest.dates.machine import parse_machine_date

__all__ = ["parse_machine_date"]
