"""`python -m workers`."""

import sys

from workers.daemon import main

sys.exit(main())
