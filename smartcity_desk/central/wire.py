"""The bodies of the API as pydantic models: what OpenAPI publishes and what small requests are checked with.

Models of domain values are made from the dataclasses themselves, so the two cannot drift apart. Items of the big
batches (reports, actions) are published here but read by `codec`, one by one: a desk with one bad item must not lose
the rest.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Final, Literal, Union, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from smartcity_desk.central.directories import OFFICE_SHAPE
from smartcity_desk.central.users import NAME_SHAPE, PASSWORD_MAX
from smartcity_desk.domain.events import PAYLOADS, EventKind, Role
from smartcity_desk.domain.office import Category, Office, Official, Tenure
from smartcity_desk.domain.policy import Policy
from smartcity_desk.domain.receipt import Outlet, Receipt
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.report import Report
from smartcity_desk.domain.routing import Routing
from smartcity_desk.domain.state import ReportState

BIGGEST: Final = 2**53 - 1
ACTIONS_MOST: Final = 500
REPORTS_MOST: Final = 1000
EVENTS_MOST: Final = 2000
PAGE_MOST: Final = 1000
UUID_SHAPE: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
SHA_SHAPE: Final = r"^[0-9a-f]{64}$"
DAY_SHAPE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

Name = Annotated[str, Field(min_length=1, max_length=64)]
PlainText = Annotated[str, Field(max_length=200, pattern=r"^[^\u0000]*$")]
Instant = Annotated[int, Field(description="milliseconds since 1970-01-01T00:00Z")]


class Body(BaseModel):
    """Base of what this server sends and reads."""

    model_config = ConfigDict(extra="ignore")


class Asked(BaseModel):
    """Base of small requests: an unknown name is a mistake, and text is not taken for a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ProblemBody(Body):
    """RFC 9457. `code` is stable; `params` are for a sentence in the reader's own language."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    params: dict[str, Any] = {}


# ---------------------------------------------------------------- sessions


class PasswordGrant(Asked):
    """A log-in."""

    grant: Literal["password"]
    user: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=PASSWORD_MAX)]
    device: PlainText = ""


class RefreshGrant(Asked):
    """A new pair of tokens for a refresh token, which works once."""

    grant: Literal["refresh"]
    refresh_token: Annotated[str, Field(min_length=1, max_length=200)]


TokenAsked = Annotated[PasswordGrant | RefreshGrant, Field(discriminator="grant")]


class TokenAnswer(Body):
    """Tokens of one session. `expires_in` in seconds."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str
    user: str
    name: str
    role: Role
    office: str | None


class Me(Body):
    """The account behind the token."""

    user: str
    name: str
    role: Role
    office: str | None
    server_time: Instant


class PasswordChange(Asked):
    """A new password of one's own."""

    old: Annotated[str, Field(min_length=1, max_length=PASSWORD_MAX)]
    new: Annotated[str, Field(min_length=1, max_length=PASSWORD_MAX)]


class Health(Body):
    """The server is there and its database answers."""

    ok: bool
    version: str
    server_time: Instant


# ---------------------------------------------------------------- domain values, from their dataclasses


def _of_dataclass(name: str, source: type, *, without: frozenset[str] = frozenset()) -> type[BaseModel]:
    hints = get_type_hints(source)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(source):
        if field.name in without:
            continue
        missing = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        fields[field.name] = (hints[field.name], ... if missing else field.default)
    return create_model(name, __base__=Body, __doc__=source.__doc__, **fields)


ReportBody = _of_dataclass("Report", Report, without=frozenset({"unmasked", "raw"}))
ReplyBody = _of_dataclass("Reply", Reply, without=frozenset({"unmasked", "raw"}))
ReceiptBody = _of_dataclass("Receipt", Receipt)
OutletBody = _of_dataclass("Outlet", Outlet)
StateBody = _of_dataclass("ReportState", ReportState)


def _event(kind: EventKind) -> type[BaseModel]:
    only: Any = Literal[kind.value]
    name = "".join(part.title() for part in kind.value.replace(".", "_").split("_")) + "Event"
    return create_model(
        name,
        __base__=Body,
        __doc__=f"An event of kind `{kind.value}`.",
        id=(str, ...),
        subject=(str, ...),
        kind=(only, ...),
        at=(Instant, ...),
        user=(str, ...),
        role=(Role, ...),
        payload=(PAYLOADS[kind], ...),
        office=(str | None, None),
        seq=(int | None, None),
        action=(str | None, None),
    )


EventBody: Any = Annotated[
    Union[tuple(_event(kind) for kind in EventKind)],  # noqa: UP007 - made from a list
    Field(discriminator="kind"),
]


class DirectoryBody(Body):
    """The city's directory as of one edition."""

    edition: str = ""
    offices: list[Office] = []
    officials: list[Official] = []
    tenures: list[Tenure] = []
    categories: list[Category] = []
    policies: list[Policy] = []
    routing: list[Routing] = []


class DirectoryLoaded(Body):
    """The edition that is now in force."""

    version: int
    etag: str


# ---------------------------------------------------------------- the log


class EventsPage(Body):
    """Events in `seq` order. Go on with `after=last_seq`."""

    events: list[EventBody]
    last_seq: int
    more: bool


_AnyItem = {"type": "object", "additionalProperties": True}
_ACTION_ITEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["id", "report", "kind", "at", "payload"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 64, "description": "idempotency key for life"},
        "report": {"type": "string"},
        "kind": {
            "type": "string",
            "description": "a kind of event: " + ", ".join(kind.value for kind in EventKind),
        },
        "at": {"type": "integer", "description": "ms UTC by the desk's corrected clock"},
        "payload": {"type": "object", "description": "that of the event of the same kind"},
    },
}


class ActionItem(BaseModel):
    """The part of an action that must be there to answer it; the rest is judged action by action."""

    model_config = ConfigDict(extra="allow", strict=True, json_schema_extra=_ACTION_ITEM)

    id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\u0000]*$")]


class ActionsAsked(Asked):
    """A batch, decided in its order."""

    actions: Annotated[list[ActionItem], Field(max_length=ACTIONS_MOST)]


class ActionResult(Body):
    """The answer to one action.

    `duplicate`: it was accepted before, here are its events. `conflict`: `field` is no longer `base`. `rejected`:
    `code` and `params` say why. `unknown_report`, `unreadable_action` and `id_reused` are not remembered; every other
    answer is.
    """

    id: str
    outcome: Literal["accepted", "duplicate", "conflict", "rejected"]
    events: list[EventBody] = []
    seq: int | None = None
    code: str | None = None
    params: dict[str, Any] = {}
    field: str | None = None
    base: str | None = None
    mine: str | None = None
    theirs: str | None = None


class ActionsAnswer(Body):
    """One result an action, in the same order."""

    results: list[ActionResult]
    server_time: Instant


STREAM_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"enum": ["seq", "reports", "claim", "presence"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "id": {"type": "string", "description": "the log's number, to come back with"},
    },
}

# ---------------------------------------------------------------- reports


class ReportsAsked(Asked):
    """A batch of reports that a desk pulled. Never with unmasked text."""

    reports: Annotated[
        list[
            Annotated[
                dict[str, Any], WithJsonSchema({**_AnyItem, "title": "Report", "description": "see Report"})
            ]
        ],
        Field(max_length=REPORTS_MOST),
    ]


class ReportRefused(Body):
    """A report that was not taken in."""

    id: str
    code: str
    detail: str


class ReportsTaken(Body):
    """What became of a batch: new, already there, newer revisions, refused."""

    accepted: int
    known: int
    changed: int
    rejected: list[ReportRefused]


class ReportsPage(Body):
    """Reports in the order of their last change. `next` is None at the end; `cursor` is where to go on later."""

    reports: list[ReportBody]  # type: ignore[valid-type]
    next: str | None
    cursor: str


class RepliesAsked(Asked):
    """A batch of replies that a desk pulled. Never with unmasked text."""

    replies: Annotated[
        list[
            Annotated[
                dict[str, Any], WithJsonSchema({**_AnyItem, "title": "Reply", "description": "see Reply"})
            ]
        ],
        Field(max_length=REPORTS_MOST),
    ]


class RepliesPage(Body):
    """Replies in the order of their last change. Go on with `after=last`."""

    replies: list[ReplyBody]  # type: ignore[valid-type]
    last: int
    more: bool


class ReceiptsPage(Body):
    """What became of what leaves, in the order of the last changes. Go on with `after=last`.

    `outlets` are all targets by which reporters are answered, as they are set now.
    """

    receipts: list[ReceiptBody]  # type: ignore[valid-type]
    outlets: list[OutletBody]  # type: ignore[valid-type]
    last: int
    more: bool


class InboxItem(Body):
    """A report that an office holds, and how it stands."""

    report: ReportBody  # type: ignore[valid-type]
    state: StateBody  # type: ignore[valid-type]


class Inbox(Body):
    """Open reports that an office holds, by id."""

    office: str
    items: list[InboxItem]
    next: str | None


# ---------------------------------------------------------------- claims, files, reconciliation


class ClaimAsked(Asked):
    """A lease on a report. `takeover` needs a supervisor and a reason."""

    report: Annotated[str, Field(pattern=UUID_SHAPE)]
    minutes: Annotated[int, Field(ge=1, le=10)] = 10
    takeover: bool = False
    reason: Annotated[str, Field(max_length=2000)] = ""


class Claim(Body):
    """Who works on a report, until when."""

    report: str
    user: str
    until: Instant


class AttachmentStored(Body):
    """A file that the server has."""

    sha256: str
    size: int
    media_type: str


class Counts(Body):
    """What the server has of one day in Jakarta: reports by `reported_at`, events and their actions by `at`."""

    day: str
    reports: dict[str, int]
    events: int
    actions: int


class Anchor(Body):
    """The log's end when a day in Jakarta ended (or now): number and hash of the last event recorded by then."""

    day: str
    last_seq: int
    hash: str


# ---------------------------------------------------------------- accounts


class UserAsked(Asked):
    """A new account."""

    user: Annotated[str, Field(pattern=NAME_SHAPE)]
    name: PlainText = ""
    role: Annotated[Role, Field(strict=False)]
    office: Annotated[str, Field(pattern=OFFICE_SHAPE)] | None = None
    password: Annotated[str, Field(min_length=1, max_length=PASSWORD_MAX)]


class UserChange(Asked):
    """What is to change; absent means as it is."""

    name: PlainText | None = None
    role: Annotated[Role, Field(strict=False)] | None = None
    office: Annotated[str, Field(pattern=OFFICE_SHAPE)] | None = None
    disabled: bool | None = None
    password: Annotated[str, Field(min_length=1, max_length=PASSWORD_MAX)] | None = None


class User(Body):
    """An account."""

    user: str
    name: str
    role: Role
    office: str | None
    created_at: Instant
    disabled_at: Instant | None


class Users(Body):
    """All accounts by name."""

    users: list[User]


class SessionsEnded(Body):
    """How many sessions ended."""

    ended: int
