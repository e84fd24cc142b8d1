"""`python -m ingest`: the khabar command."""

import sys

from ingest.cli import main

sys.exit(main())
