"""The city's central server as this program speaks to it. The only package that knows its addresses."""

from typing import Final

PLACE: Final = "central"
"""Its name among the places that this program asks."""
