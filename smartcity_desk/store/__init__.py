"""The desk's local file. The only package of the desk that imports SQLAlchemy and Alembic."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from smartcity_desk.store.engine import Cancelled
    from smartcity_desk.store.facade import Store
    from smartcity_desk.store.judging import with_base
    from smartcity_desk.store.outbox import WAIT_LADDER, next_try
    from smartcity_desk.store.recovery import open_or_recover
    from smartcity_desk.store.rows import (
        UNKNOWN_REPORT,
        ActResult,
        Applied,
        CentralCursor,
        ChannelCheckpoint,
        ChannelState,
        CheckRow,
        ConflictRow,
        IngestResult,
        OpResult,
        OpRow,
        Quarantined,
        QuarantineRow,
        RecoveryReport,
        ReportDetail,
        ReportLine,
        Revision,
    )
    from smartcity_desk.store.shown import OpState, RowData, Summary

__all__ = [
    "UNKNOWN_REPORT",
    "WAIT_LADDER",
    "ActResult",
    "Applied",
    "Cancelled",
    "CentralCursor",
    "ChannelCheckpoint",
    "ChannelState",
    "CheckRow",
    "ConflictRow",
    "IngestResult",
    "OpResult",
    "OpRow",
    "OpState",
    "QuarantineRow",
    "Quarantined",
    "RecoveryReport",
    "ReportDetail",
    "ReportLine",
    "Revision",
    "RowData",
    "Store",
    "Summary",
    "next_try",
    "open_or_recover",
    "with_base",
]

_HOMES: Final = {
    "Cancelled": "engine",
    "OpState": "shown",
    "RowData": "shown",
    "Store": "facade",
    "Summary": "shown",
    "WAIT_LADDER": "outbox",
    "next_try": "outbox",
    "open_or_recover": "recovery",
    "with_base": "judging",
}
"""Where a name lives that is not one of `rows`."""


def __getattr__(name: str) -> Any:
    """Load what is asked for, and only that: a window opens without the parts that write."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'rows')}"), name)
