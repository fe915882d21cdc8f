"""The `smartcity-desk` command: without a command it opens the desk, with one it works without a window.

Qt is imported only when the desk is opened. Exit codes are those of `commands.exits`.
"""

from __future__ import annotations

import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, Final

from smartcity_desk import config, i18n
from smartcity_desk.commands import arguments, grammar
from smartcity_desk.commands.exits import INTERRUPTED, CommandError, Exit, of_error
from smartcity_desk.commands.terminal import Sentence, Terminal
from smartcity_desk.commands.terminal import of_error as words_of_error
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.paths import DEFAULT_PROFILE, PICTURE_CHILD, TRAINING_PROFILE, Paths

_VALUED: Final = ("--data-dir", "--profile", "--language", "--open")


def main(argv: Sequence[str] | None = None, *, prepare: Callable[[Any], None] = lambda _: None) -> int:
    """Run one command line and return its exit code. `prepare` lets tests put streams and clocks into the context."""
    given = grammar.without_links(sys.argv[1:] if argv is None else argv)
    if given[:1] == [PICTURE_CHILD]:
        from smartcity_desk.photos import worker

        return worker.main(given[1:])
    _open_closed_streams()
    terminal = Terminal(as_json=grammar.wants_json(given))
    terminal.prepare()
    # Commands that keep a log configure it; for the others a warning is no line of output.
    logging.getLogger("smartcity_desk").addHandler(logging.NullHandler())
    try:
        try:
            return _run(given, terminal, prepare)
        except KeyboardInterrupt:
            return INTERRUPTED
        finally:
            terminal.out.flush()
    except BrokenPipeError:
        # The reader has seen enough. Python would complain once more while it closes the stream.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), terminal.out.fileno())
        return Exit.OK


def _open_closed_streams() -> None:
    """A scheduler may start a program with its streams closed; what is said then goes nowhere, and work goes on.

    Taking the free numbers also keeps them from a data file, into which a stray line would be written.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - lives as long as we


def _run(given: list[str], terminal: Terminal, prepare: Callable[[Any], None]) -> int:
    try:
        language, settings = _language(given)
        i18n.set_language(language)
        options = arguments.build().parse_args(given)
        paths = Paths.of(options.data_dir, _profile(options))
        if not options.run:
            return _open_desk(options, paths)
        from smartcity_desk.commands.context import Context

        context = Context(paths, options, terminal)
        prepare(context)
        terminal.as_json = options.json
        if settings is not None:
            context.tell_set_aside(settings)
        module, _, function = options.run.partition(":")
        run: Callable[[Context], int] = getattr(import_module(f"smartcity_desk.commands.{module}"), function)
        return int(run(context))
    except grammar.UsageError as problem:
        following = (
            tr("cli.hint", hint=problem.hint) if problem.hint else tr("cli.see_help", usage=problem.usage)
        )
        terminal.trouble("usage", str(problem), following, {})
        return Exit.USAGE
    except CommandError as problem:
        stem = f"cli.trouble.{problem.code}"
        said = Sentence(tr(f"{stem}.what", **problem.params), tr(f"{stem}.next", **problem.params))
        terminal.trouble(problem.code, said.what, said.next, problem.params)
        return problem.exit_code
    except DeskError as problem:
        said = words_of_error(problem)
        terminal.trouble(problem.code, said.what, said.next, problem.params)
        return of_error(problem)
    except SystemExit as ended:  # --help and --version have said what they had to say
        return int(ended.code or 0)


def _profile(options: Namespace) -> str:
    training = options.training or options.command == "training"
    return str(options.profile or (TRAINING_PROFILE if training else DEFAULT_PROFILE))


def _language(given: Sequence[str]) -> tuple[str, config.Settings | None]:
    """The language asked for, else the profile's own, and the settings if those were read for it."""
    asked: dict[str, str] = {}
    words = iter(given)
    for word in words:
        name, _, value = word.partition("=")
        if name in _VALUED:
            asked[name] = value or next(words, "")
        elif not word.startswith("-"):
            break
    if asked.get("--language") in i18n.LANGUAGES:
        return asked["--language"], None
    with suppress(DeskError):
        training = "--training" in given
        profile = asked.get("--profile") or (TRAINING_PROFILE if training else DEFAULT_PROFILE)
        settings = config.Settings.load(Paths.of(asked.get("--data-dir"), profile).settings)
        return settings.get(config.LANGUAGE), settings
    return i18n.DEFAULT_LANGUAGE, None


def _open_desk(options: Namespace, paths: Paths) -> int:
    """Open the window. Only here does Qt come in."""
    from smartcity_desk import app

    return app.run(
        app.Start(
            data_dir=options.data_dir,
            profile=paths.profile,
            training=options.training,
            language=options.language,
            dossier=options.open,
        )
    )
