"""``python -m smartcity_desk``: the same as the ``smartcity-desk`` command."""

import sys

from smartcity_desk.cli import main

if __name__ == "__main__":
    sys.exit(main())
