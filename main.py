"""Start the desk from a checkout: ``python main.py``."""

import sys

from smartcity_desk.cli import main

if __name__ == "__main__":
    sys.exit(main())
