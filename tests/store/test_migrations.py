"""A file of any age becomes a file of today, with a copy kept; one from the future is refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.schema import CreateIndex, CreateTable

from smartcity_desk.domain.errors import StoreProblem
from smartcity_desk.domain.query import Filter
from smartcity_desk.store import OpState, Store, migrations, projection, schema
from tests.domain.builders import DIRECTORY, POLICY, T0
from tests.store.helpers import made, put, raw_of

UPGRADE = Path(__file__).resolve().parents[1] / "upgrade"
OLD_FILES = sorted(UPGRADE.glob("*.sqlite3"))


def _plain(sql: str) -> str:
    return re.sub(r"\s+", " ", sql.replace('"', "")).replace("( ", "(").replace(" )", ")").strip()


def _schema_of(path: Path) -> set[str]:
    with raw_of(path) as raw:
        rows = raw.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%_fts_%' "
            "AND name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite_%'"
        )
        return {_plain(sql) for (sql,) in rows}


def _wanted() -> set[str]:
    dialect = create_engine("sqlite://").dialect
    tables = schema.metadata.sorted_tables
    wanted = {_plain(str(CreateTable(table).compile(dialect=dialect))) for table in tables}
    wanted |= {
        _plain(str(CreateIndex(index).compile(dialect=dialect)))
        for table in tables
        for index in table.indexes
    }
    return wanted | {_plain(extra) for extra in schema.EXTRAS}


def test_a_new_file_has_the_schema_that_the_code_describes(store: Store) -> None:
    assert _schema_of(store.path) == _wanted()


def test_the_list_of_revisions_is_the_scripts(tmp_path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    config.set_main_option("path_separator", "os")
    scripts = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(scripts)) == migrations.REVISIONS
    assert scripts[0] == migrations.HEAD


def test_there_is_an_old_file_of_every_revision() -> None:
    assert {path.stem for path in OLD_FILES} == set(migrations.REVISIONS)


@pytest.mark.parametrize("old", OLD_FILES, ids=lambda path: path.stem)
def test_an_old_file_opens_with_all_that_is_in_it(old: Path, path: Path) -> None:
    shutil.copyfile(old, path)
    store = Store.open(path, now=T0, policy=POLICY)
    assert _schema_of(path) == _wanted()
    assert [row.ok for row in store.self_check()] == [True] * 8
    summary = store.summary()
    assert (summary.reports, summary.ops[OpState.QUEUED], summary.conflicts, summary.quarantined) == (
        5,
        1,
        1,
        1,
    )
    assert store.count(Filter(text="banjir"), now=T0) == 4
    assert store.directory().offices == DIRECTORY.offices
    assert store.channel_state("petabencana").cursor == {"until": 5}
    assert store.central.cursor().event_seq == 2
    store.close()


def test_a_file_from_the_future_is_refused_and_left_alone(path: Path) -> None:
    Store.open(path, now=T0, policy=POLICY).close()
    with raw_of(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreProblem) as refused:
        Store.open(path, now=T0, policy=POLICY)
    assert refused.value.kind == "too_new"
    assert refused.value.params == {"kind": "too_new", "found": "9999", "known": migrations.HEAD}
    assert [item.name for item in path.parent.iterdir() if item.suffix == ".sqlite3"] == [path.name]


def test_somebody_elses_database_is_not_ours_to_change(path: Path) -> None:
    with raw_of(path) as raw:
        raw.execute("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(StoreProblem) as refused:
        Store.open(path, now=T0, policy=POLICY)
    assert refused.value.params["reason"] == "not_ours"


def _add_revision(monkeypatch: pytest.MonkeyPatch, folder: Path, body: str) -> None:
    """Let the program be one revision ahead of the file."""
    shutil.copytree(migrations.FOLDER, folder)
    (folder / "versions" / "next.py").write_text(
        f"from alembic import op\nrevision = 'next'\ndown_revision = '{migrations.HEAD}'\n"
        f"def upgrade():\n    op.execute('ALTER TABLE meta ADD COLUMN extra TEXT')\n    {body}\n"
    )
    monkeypatch.setattr(migrations, "FOLDER", folder)
    monkeypatch.setattr(migrations, "REVISIONS", (*migrations.REVISIONS, "next"))
    monkeypatch.setattr(migrations, "HEAD", "next")


def test_before_a_migration_the_file_is_copied(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(path, now=T0, policy=POLICY)
    put(store, made(1))
    store.close()
    before = migrations.HEAD
    _add_revision(monkeypatch, path.parent / "scripts", "pass")
    with pytest.raises(StoreProblem, match="owner_has_not_migrated"):
        Store.open(path, now=T0, policy=POLICY, migrate=False)
    store = Store.open(path, now=T0, policy=POLICY)
    assert store.summary().reports == 1
    store.close()
    with raw_of(path) as raw:
        assert migrations.revision_of(raw) == "next"
    with raw_of(path.with_name(f"{path.name}.sebelum-{before}")) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (before,)
        assert copy.execute("SELECT count(*) FROM report").fetchone() == (1,)


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open(path, now=T0, policy=POLICY).close()
    before = _schema_of(path)
    with monkeypatch.context() as patched:
        _add_revision(patched, path.parent / "scripts", "op.execute('SELECT broken')")
        with pytest.raises(StoreProblem) as failed:
            Store.open(path, now=T0, policy=POLICY)
        assert failed.value.kind == "migration_failed"
    assert _schema_of(path) == before
    Store.open(path, now=T0, policy=POLICY).close()


def test_what_a_migration_leaves_to_fold_is_folded_even_if_the_program_is_killed_before(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    folded: list[object] = []
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(UPGRADE / "0004.sqlite3", path)
    monkeypatch.setattr(projection, "refold_spoken_for", killed)
    with pytest.raises(Killed):
        Store.open(path, now=T0, policy=POLICY)
    monkeypatch.setattr(projection, "refold_spoken_for", lambda *_: folded.append(1))
    for _ in range(2):
        Store.open(path, now=T0, policy=POLICY).close()
    assert folded == [1], "the next start does what was left, and no other"


def test_the_scripts_lie_beside_the_package_as_files() -> None:
    assert (migrations.FOLDER / "env.py").is_file()
    assert list((migrations.FOLDER / "versions").glob("*.py"))
