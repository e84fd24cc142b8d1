"""`python -m ingest.sources` prints the table that docs/agencies.md shows."""

import sys

from ingest.sources import agency_table

sys.stdout.write(agency_table())
