"""The training city as it stands in its folder and in memory: made once from a seed, opened at once ever after.

The folder holds the central server's database, what the city remembers of its reports, and the training accounts. A
city that was made more than a day ago, or from another seed or size, is made anew, so that its past ends today.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from smartcity_desk.central import admin
from smartcity_desk.central.history import load_files, load_history
from smartcity_desk.central.passwords import invent
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.directory import load_policy
from smartcity_desk.domain.events import Role
from smartcity_desk.domain.office import Directory
from smartcity_desk.domain.times import DAY
from smartcity_desk.training.arrivals import Spring
from smartcity_desk.training.behaviour import Case
from smartcity_desk.training.channels import CHANNELS, as_report
from smartcity_desk.training.draw import seeded
from smartcity_desk.training.faults import Faults
from smartcity_desk.training.history import DAYS, generate
from smartcity_desk.training.holders import training_directory
from smartcity_desk.training.network import Network
from smartcity_desk.training.objecting import Marked
from smartcity_desk.training.record import Citizen
from smartcity_desk.training.steps import Open
from smartcity_desk.training.traits import Traits, city_traits

FORMAT: Final = 3
"""Of the files in the folder. Raise it when what the city remembers changes; older cities are made anew."""
DEFAULT_SEED: Final = 1527
FRESH_FOR: Final = DAY
SYSTEM_USER: Final = "jaringan-kota"
STAFF: Final = (
    ("sari", Role.OPERATOR, "Operator Sari"),
    ("budi", Role.OPERATOR, "Operator Budi"),
    ("ratna", Role.SUPERVISOR, "Penyelia Ratna"),
    ("rani", Role.SUPERVISOR, "Penyelia Rani"),
    ("dewi", Role.REVIEWER, "Peninjau Dewi"),
    ("dian", Role.REVIEWER, "Peninjau Dian"),
    ("tamu", Role.VIEWER, "Tamu"),
    ("admin", Role.ADMIN, "Admin Latihan"),
)
T = TypeVar("T")
Progress = Callable[[str, float], None]


class Facts(msgspec.Struct):
    """What a city is. Instants in ms UTC; the passwords are this city's own and open nothing else."""

    format: int
    city: str
    seed: int
    scale: float
    days: int
    made_at: int
    last_seq: int
    passwords: dict[str, str]
    official_password: str
    system_password: str
    secrets: dict[str, dict[str, str]]


class City:
    """A city that can be reached, lived in and broken. Its folder belongs to one process at a time."""

    def __init__(
        self,
        folder: Path,
        facts: Facts,
        cases: list[Case],
        pending: list[Open],
        marks: dict[str, Marked],
        clock: Callable[[], int],
    ) -> None:
        self.folder: Final = folder
        self.facts: Final = facts
        self.clock: Final = clock
        self.directory: Final[Directory] = training_directory(facts.seed, facts.made_at)
        self.traits: Final[Traits] = city_traits(facts.seed, self.directory)
        self.pending: Final = pending
        self.marks: Final = marks
        self.cases: Final[dict[str, Case]] = {case.id: case for case in cases}
        self.sources: Final[dict[str, list[Citizen]]] = {name: [] for name in CHANNELS}
        """What each channel has to tell, oldest first."""
        self.arrivals: Final[list[Citizen]] = []
        """Everything that citizens sent, in the order in which the city learnt of it."""
        self.network: Final = Network()
        self.faults: Final = Faults()
        self.arrived = 0
        self._spring = Spring(facts.seed, self.directory, self.traits)
        self._journal = folder / "arrivals.jsonl"
        for case in cases:
            self._take(case.record)
        for record in _read_journal(self._journal):
            self._enter(record)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        seed: int = DEFAULT_SEED,
        scale: float = 1.0,
        days: int = DAYS,
        clock: Callable[[], int],
        progress: Progress = lambda _stage, _share: None,
    ) -> City:
        """The city in `folder`, made first where there is none that fits. `progress` hears stages and 0..1.

        Raises StoreProblem or OSError when the folder cannot be written.
        """
        now = clock()
        facts = _read_facts(folder)
        if facts is None or not _fits(facts, seed, scale, days, now):
            _make(folder, seed, scale, days, now, progress)
            facts = _read_facts(folder)
        assert facts is not None
        cases = msgspec.msgpack.decode((folder / "cases.msgpack").read_bytes(), type=list[Case])
        pending = msgspec.msgpack.decode((folder / "pending.msgpack").read_bytes(), type=list[Open])
        marks = msgspec.msgpack.decode((folder / "marks.msgpack").read_bytes(), type=dict[str, Marked])
        return cls(folder, facts, cases, pending, marks, clock)

    @property
    def settings(self) -> CentralSettings:
        """How the city's central server is started."""
        return central_settings(self.folder)

    @property
    def rate_per_day(self) -> float:
        """Reports that citizens send in a day."""
        return self._spring.rate_per_day(self.facts.scale)

    def arrive(self, count: int = 1) -> list[Citizen]:
        """Citizens send `count` reports now."""
        found = []
        for _ in range(count):
            last = max((source[-1].at for source in self.sources.values() if source), default=0)
            rng = seeded(self.facts.seed, "now", self._spring.number)
            record = self._spring.one(rng, max(self.clock(), last))
            self._enter(record)
            found.append(record)
        with self._journal.open("ab") as stream:
            stream.write(b"".join(msgspec.json.encode(record) + b"\n" for record in found))
        return found

    def case(self, report: str, office: str | None) -> Case:
        """What the city knows about a report. One that it never sent is the work of whoever got it first."""
        found = self.cases.get(report)
        if found is None:
            place = office or ""
            record = Citizen(-1, "", "", 0, "", 0, "lainnya", place, place, place, -1)
            found = self.cases[report] = Case(record, report)
        return found

    def _enter(self, record: Citizen) -> None:
        self.arrived += 1
        self._take(record)
        case = Case.of(record, as_report(record, self.directory))
        self.cases[case.id] = case

    def _take(self, record: Citizen) -> None:
        self.sources[record.channel].append(record)
        self.arrivals.append(record)
        self._spring.remember(record)


def central_settings(folder: Path) -> CentralSettings:
    """A central server for training: cheap passwords, no wait for the disk, and no limit on log-ins from here."""
    return CentralSettings(
        database=f"sqlite:///{folder / 'central.sqlite3'}",
        attachments=folder / "attachments",
        durable=False,
        password_time_cost=1,
        password_memory_kib=64,
        login_per_address=100_000,
        login_per_account=1_000,
    )


def _fits(facts: Facts, seed: int, scale: float, days: int, now: int) -> bool:
    same = (facts.format, facts.seed, facts.scale, facts.days) == (FORMAT, seed, scale, days)
    return same and 0 <= now - facts.made_at < FRESH_FOR


def _read_facts(folder: Path) -> Facts | None:
    try:
        return msgspec.json.decode((folder / "city.json").read_bytes(), type=Facts)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _read_journal(path: Path) -> list[Citizen]:
    """Reports that arrived since the city was made. A last line that was cut by a killed process is left out."""
    found = []
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError), path.open("rb") as stream:
        for line in stream:
            found.append(msgspec.json.decode(line, type=Citizen))
    return found


def _make(folder: Path, seed: int, scale: float, days: int, now: int, progress: Progress) -> None:
    """Make a city beside the folder and put it in its place in one step."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    progress("directory", 0.0)
    directory = training_directory(seed, now)
    traits = city_traits(seed, directory)
    progress("history", 0.02)
    history = generate(
        seed,
        now,
        directory,
        traits,
        days=days,
        scale=scale,
        progress=lambda share: progress("history", 0.02 + 0.4 * share),
    )
    progress("events", 0.42)
    facts = Facts(
        format=FORMAT,
        city=str(uuid.uuid4()),
        seed=seed,
        scale=scale,
        days=days,
        made_at=now,
        last_seq=len(history.events),
        passwords={user: invent() for user, _, _ in STAFF},
        official_password=invent(),
        system_password=invent(),
        secrets={
            name: {secret: secrets.token_urlsafe(24) for secret in channel.secrets}
            for name, channel in CHANNELS.items()
        },
    )
    settings = central_settings(fresh)
    _accounts(settings, facts, directory)
    admin.load_directory(settings, directory, [load_policy()], by="latihan")
    with admin.opened(settings) as database:
        reports = [as_report(case.record, directory) for case in history.cases]
        progress("events", 0.55)
        told = _told(history.events, lambda share: progress("events", 0.55 + 0.4 * share))
        load_history(database, reports, told, by="latihan")
        load_files(database, settings, history.files)
    (fresh / "cases.msgpack").write_bytes(msgspec.msgpack.encode(history.cases))
    (fresh / "pending.msgpack").write_bytes(msgspec.msgpack.encode(history.pending))
    (fresh / "marks.msgpack").write_bytes(msgspec.msgpack.encode(history.marks))
    (fresh / "truth.json").write_bytes(msgspec.json.encode(history.truth))
    handle = os.open(fresh / "city.json", os.O_WRONLY | os.O_CREAT, 0o600)
    with open(handle, "wb") as stream:  # noqa: PTH123 - a descriptor, not a path
        stream.write(msgspec.json.encode(facts))
    shutil.rmtree(folder, ignore_errors=True)
    fresh.replace(folder)


def _told(items: Sequence[T], tell: Callable[[float], None]) -> Iterator[T]:
    """The items, saying now and then how far they have been read."""
    for index, item in enumerate(items):
        if index % 5_000 == 0:
            tell(index / len(items))
        yield item


def _accounts(settings: CentralSettings, facts: Facts, directory: Directory) -> None:
    """The unit's staff, the city's own network, and every office-holder of today."""
    admin.init(settings, user="admin", password=facts.passwords["admin"], name="Admin Latihan")
    made = [
        admin.NewAccount(user, role, None, name, facts.passwords[user])
        for user, role, name in STAFF
        if user != "admin"
    ]
    made.append(admin.NewAccount(SYSTEM_USER, Role.SYSTEM, None, "Jaringan kota", facts.system_password))
    today = [tenure for tenure in directory.tenures if tenure.valid_to is None]
    made += [
        admin.NewAccount(
            tenure.official,
            Role.OFFICIAL,
            tenure.office,
            directory.officials[tenure.official].name,
            facts.official_password,
        )
        for tenure in today
    ]
    admin.add_users(settings, made)
