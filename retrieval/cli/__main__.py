"""``python -m retrieval.cli``."""

import sys

from . import main

sys.exit(main())
