"""Parts of the world that a machine may lack: a test that needs one is reported by name when it is not there.

A folder, a database server or a keyring daemon cannot be conjured up by a test. Such a test asks here; without the
part it is not run, and the closing summary names it. Where ``SMARTCITY_REQUIRE`` lists the part, as `.ci/run` does
for what it installed itself, its absence is a failure.
"""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

MARK = "not run, "


def not_run(part: str, why: str) -> NoReturn:
    """End the running test, or fixture, because `part` (``shared``, ``postgresql``, ``keyring``, …) is not there."""
    if part in os.environ.get("SMARTCITY_REQUIRE", "").replace(",", " ").split():
        pytest.fail(f"{part} is required here, but: {why}", pytrace=False)
    pytest.skip(f"{MARK}{part}: {why}")
