"""Where everything lies: one profile's files on this machine, and the resources that ship with the program.

A profile is a working place of its own (its database, settings, logs and lock); the training city has one too, so it
never touches the files of real work. This module creates folders when told to and decides nothing else.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from smartcity_desk.domain.errors import ConfigProblem, StoreProblem

APP_NAME: Final = "smartcity-desk"
DEFAULT_PROFILE: Final = "default"
TRAINING_PROFILE: Final = "training"
PICTURE_CHILD: Final = "picture-child"
"""The argument, not for people, that makes the program be the process in which pictures are decoded."""

_PROFILE_SHAPE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# Windows gives these names to devices, whatever folder they stand in.
_DEVICE_NAMES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))}
)
_PACKAGE: Final = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Return the path of a file or folder under ``resources/``; it need not exist.

    An installed wheel and a frozen build carry the folder inside the package, a checkout beside it.
    """
    inside = _PACKAGE / "resources"
    root = inside if inside.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)


def frozen() -> bool:
    """Tell whether this is a frozen build, where ``sys.executable`` is the application and not an interpreter."""
    return bool(getattr(sys, "frozen", False))


def command_line(*arguments: str) -> list[str]:
    """Return the command that starts this program again with `arguments`, as the sync child is started."""
    if frozen():
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "smartcity_desk", *arguments]


def check_profile_name(name: str) -> str:
    """Return `name` if it can be a profile's: a-z, 0-9, ``-`` and ``_``, at most 40. Raises ConfigProblem."""
    if not _PROFILE_SHAPE.fullmatch(name) or name in _DEVICE_NAMES:
        raise ConfigProblem(name="profile", reason="bad_profile_name", value=name[:60])
    return name


@dataclass(frozen=True, slots=True)
class Paths:
    """Every file of one profile. Nothing exists before :meth:`prepare`."""

    data_dir: Path
    profile: str
    profile_dir: Path
    database: Path
    settings: Path
    logs: Path
    attachments: Path
    documents: Path
    backups: Path
    cache: Path
    lock: Path
    is_default_data_dir: bool

    @classmethod
    def of(cls, data_dir: Path | str | None = None, profile: str = DEFAULT_PROFILE) -> Self:
        """Lay out `profile` under `data_dir`, or under the user's own data folder. Raises ConfigProblem."""
        check_profile_name(profile)
        chosen = Path(data_dir).expanduser().absolute() if data_dir is not None else None
        root = chosen if chosen is not None else default_data_dir()
        home = root / "profiles" / profile
        return cls(
            data_dir=root,
            profile=profile,
            profile_dir=home,
            database=home / "desk.sqlite3",
            settings=home / "settings.json",
            logs=home / "logs",
            attachments=home / "attachments",
            documents=home / "documents",
            backups=home / "backups",
            cache=home / "cache",
            lock=home / "desk.lock",
            is_default_data_dir=chosen is None or chosen == default_data_dir(),
        )

    @property
    def scope(self) -> str:
        """Name this profile in places shared by all, as the system keyring is.

        A profile under a folder of one's own choosing never meets the credentials of the usual one.
        """
        if self.is_default_data_dir:
            return self.profile
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:12]
        return f"{self.profile}@{digest}"

    @property
    def media(self) -> Path:
        """The folder of pictures and papers that reports name, under their hashes; apart from evidence."""
        return self.profile_dir / "media"

    @property
    def place(self) -> Path:
        """The folder of boundaries and what belongs to them, by edition."""
        return self.profile_dir / "place"

    @property
    def layers(self) -> Path:
        """The folder of the city's layers, by name and edition."""
        return self.place / "layers"

    def prepare(self) -> Self:
        """Create the profile's folders, for this user's eyes only, and prove that they can be written.

        Raises StoreProblem: ``read_only`` when the folder refuses, ``disk_full`` when there is no room.
        """
        try:
            for folder in (
                self.profile_dir,
                self.logs,
                self.attachments,
                self.documents,
                self.backups,
                self.cache,
            ):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.profile_dir) as probe:
                probe.write(b"\0" * 4096)
        except OSError as problem:
            raise as_store_problem(problem, self.profile_dir) from problem
        return self


def as_store_problem(problem: OSError, where: Path) -> StoreProblem:
    """Name what a refusal of the file system means for the operator: ``disk_full`` or ``read_only``."""
    import errno

    full = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
    return StoreProblem("disk_full" if problem.errno in full else "read_only", path=str(where))


def default_data_dir() -> Path:
    """Return the user's own data folder for this program, as the system lays it out."""
    import platformdirs

    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))
