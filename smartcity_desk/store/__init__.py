"""The desk's local file. The only package of the desk that imports SQLAlchemy and Alembic."""

from __future__ import annotations

from smartcity_desk.store.engine import Cancelled
from smartcity_desk.store.facade import Store
from smartcity_desk.store.outbox import WAIT_LADDER, next_try, with_base
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
    OpState,
    Quarantined,
    QuarantineRow,
    RecoveryReport,
    ReportDetail,
    ReportLine,
    Revision,
    RowData,
    Summary,
)

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
