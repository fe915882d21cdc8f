"""Modules of this package that are loaded when something in them is first asked for.

A window shows its first rows without what writes, folds or decodes, and so need not wait for it.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any


class Later(ModuleType):
    """Stands for a module of this package until, and after, it is loaded. Asking it costs about a microsecond."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{__package__}.{name}")

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)
