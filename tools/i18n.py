"""Catalogues of words: ``python -m tools.i18n compile [NAME ...]`` and ``python -m tools.i18n check``.

`compile` writes each ``.mo`` beside its ``.po``, byte for byte the same wherever it runs. `check` holds the code and
the catalogues together: every key that the code names has a text in every language, no text is without a use, the
languages ask for the same parameters, and every ``.mo`` is what its ``.po`` says.
"""

from __future__ import annotations

import argparse
import ast
import string
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from smartcity_desk import i18n, paths

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "smartcity_desk"
CATALOGUES = paths.resource("i18n")
TEMPLATES = paths.resource("pages")

PLURAL_RULES = {"id": "nplurals=1; plural=0;", "en": "nplurals=2; plural=(n != 1);"}
PLURAL_FORMS = {"id": 1, "en": 2}

# Words of a keyword argument, or of a field in a table, whose value is a key: title_key="triage.accept.title".
_KEY_ARGUMENT = ("_key",)
_MARKERS = {"tr", "trn", "key", "has_text", "bind"}


@dataclass(frozen=True, slots=True)
class Text:
    """One entry of a catalogue: its forms (one unless plural) and what stands in the way of using it."""

    key: str
    forms: tuple[str, ...]
    plural: bool
    fuzzy: bool


@dataclass(slots=True)
class Uses:
    """The keys that the code names: whole ones by place, beginnings of computed ones, and every text constant."""

    singular: dict[str, str] = field(default_factory=dict)
    plural: dict[str, str] = field(default_factory=dict)
    either: dict[str, str] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)
    constants: set[str] = field(default_factory=set)


def read_catalogue(path: Path, language: str) -> list[Text]:
    """Return the entries of a ``.po`` file in the order of their keys. Raises ValueError for a key given twice."""
    content = path.read_text(encoding="utf-8")
    keys = [line[len("msgid ") :] for line in content.splitlines() if line.startswith("msgid ")]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError(f"{path.name}: given twice: {', '.join(twice)}")
    with path.open("rb") as stream:
        catalogue = read_po(stream, locale=language, abort_invalid=True)
    texts = []
    for message in catalogue:
        if not message.id:
            continue
        plural = isinstance(message.id, tuple | list)
        key = message.id[0] if plural else message.id
        given = message.string if isinstance(message.string, tuple | list) else (message.string,)
        forms = [str(form or "") for form in given]
        if plural and not any(forms[PLURAL_FORMS[language] :]):
            del forms[PLURAL_FORMS[language] :]  # the reader pads to the number of forms that it supposes
        texts.append(Text(str(key), tuple(forms), plural, message.fuzzy))
    return sorted(texts, key=lambda text: text.key)


def compiled(texts: Sequence[Text], language: str) -> bytes:
    """Return the bytes of the ``.mo`` for `texts`: GNU's format, keys in order, a header that never changes."""
    header = f"Language: {language}\nContent-Type: text/plain; charset=UTF-8\nPlural-Forms: {PLURAL_RULES[language]}\n"
    entries = [(b"", header.encode())]
    for text in texts:
        if text.fuzzy or not all(text.forms):
            continue  # an unfinished text is no text; `check` names it
        name = f"{text.key}\0{text.key}" if text.plural else text.key
        entries.append((name.encode(), "\0".join(text.forms).encode()))
    entries.sort()
    ids = b"".join(id_bytes + b"\0" for id_bytes, _ in entries)
    words = b"".join(word_bytes + b"\0" for _, word_bytes in entries)
    start = 7 * 4
    ids_at = start + 16 * len(entries)
    words_at = ids_at + len(ids)
    table_of_ids, table_of_words = [], []
    at_id, at_word = ids_at, words_at
    for id_bytes, word_bytes in entries:
        table_of_ids += [len(id_bytes), at_id]
        table_of_words += [len(word_bytes), at_word]
        at_id += len(id_bytes) + 1
        at_word += len(word_bytes) + 1
    count = len(entries)
    head = struct.pack("<7I", 0x950412DE, 0, count, start, start + 8 * count, 0, 0)
    return head + struct.pack(f"<{4 * count}I", *table_of_ids, *table_of_words) + ids + words


def catalogue_files(root: Path, language: str) -> dict[str, Path]:
    """Return the ``.po`` files of a language by catalogue name."""
    return {path.stem: path for path in sorted((root / language / "LC_MESSAGES").glob("*.po"))}


def compile_all(root: Path, only: Sequence[str] = ()) -> list[Path]:
    """Write the ``.mo`` of every catalogue, or of those named; return the files that changed."""
    changed = []
    for language in i18n.LANGUAGES:
        for name, path in catalogue_files(root, language).items():
            if only and name not in only:
                continue
            content = compiled(read_catalogue(path, language), language)
            target = path.with_suffix(".mo")
            if not target.exists() or target.read_bytes() != content:
                target.write_bytes(content)
                changed.append(target)
    return changed


def find_uses(sources: Path) -> Uses:
    """Return every key that the Python files under `sources` name, with the place of its first use."""
    uses = Uses()
    for path in sorted(sources.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        spoken = _markers_of(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                uses.constants.add(node.value)
            elif isinstance(node, ast.Call):
                where = f"{path.relative_to(sources.parent)}:{node.lineno}"
                _uses_of_call(node, spoken, where, uses)
            elif isinstance(node, ast.JoinedStr):
                # A computed key, f"status.{code}", uses every text that begins so.
                _note_prefix(node, uses, f"{path.relative_to(sources.parent)}:{node.lineno}", asked=False)
    return uses


def _uses_of_templates(folder: Path, uses: Uses) -> None:
    """Add the keys that templates of pages name: a plain one, or a beginning that something is joined to."""
    reader = Environment(autoescape=True)
    for path in sorted(folder.rglob("*.html")):
        for call in reader.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            asked = call.node.name if isinstance(call.node, nodes.Name) else ""
            table = {"tr": uses.singular, "trn": uses.plural}.get(asked)
            if table is None or not call.args:
                continue
            where = f"{path.relative_to(folder.parent)}:{call.lineno}"
            key = call.args[0]
            if isinstance(key, nodes.Concat) and isinstance(key.nodes[0], nodes.Const):
                uses.prefixes.setdefault(str(key.nodes[0].value), where)
            elif isinstance(key, nodes.Const):
                table.setdefault(str(key.value), where)


def _markers_of(tree: ast.Module) -> dict[str, str]:
    """Return what this module calls the functions that take a key, by the name that i18n gives them."""
    spoken = {f"i18n.{marker}": marker for marker in _MARKERS}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "smartcity_desk.i18n":
            spoken |= {
                alias.asname or alias.name: alias.name for alias in node.names if alias.name in _MARKERS
            }
    return spoken


def _uses_of_call(node: ast.Call, spoken: dict[str, str], where: str, uses: Uses) -> None:
    marker = spoken.get(ast.unparse(node.func))
    table = {"tr": uses.singular, "trn": uses.plural}.get(marker or "", uses.either)
    if marker and node.args:
        for argument in _branches(node.args[0]):
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                table.setdefault(argument.value, where)
            elif isinstance(argument, ast.JoinedStr):
                _note_prefix(argument, uses, where, asked=True)
    for keyword in node.keywords:
        if keyword.arg is not None and keyword.arg.endswith(_KEY_ARGUMENT):
            for argument in _branches(keyword.value):
                if isinstance(argument, ast.Constant) and _looks_like_key(argument.value):
                    uses.either.setdefault(str(argument.value), where)


def _branches(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from _branches(node.body)
        yield from _branches(node.orelse)
    else:
        yield node


def _note_prefix(node: ast.JoinedStr, uses: Uses, where: str, *, asked: bool) -> None:
    first = node.values[0] if node.values else None
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
        return
    if asked:
        uses.prefixes.setdefault(first.value, where)
    elif "." in first.value and _looks_like_key(first.value.rstrip(".") + ".x"):
        uses.prefixes.setdefault(first.value, "")


def _looks_like_key(value: object) -> bool:
    if not isinstance(value, str) or "." not in value:
        return False
    return all(part.replace("-", "_").isidentifier() for part in value.split("."))


def placeholders(form: str) -> set[str]:
    """Return the names that a text asks for. Raises ValueError for braces that do not pair or a nameless field."""
    names = set()
    for _, name, spec, conversion in string.Formatter().parse(form):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"only plain names may stand in braces: {{{name}}}")
        names.add(name)
    return names


def check(root: Path, sources: Path, templates: Path | None = None) -> list[str]:
    """Return every disagreement between code, catalogues and compiled files, as lines to read; empty means none."""
    uses = find_uses(sources)
    if templates is not None:
        _uses_of_templates(templates, uses)
    problems: list[str] = []
    by_language: dict[str, dict[str, Text]] = {}
    for language in i18n.LANGUAGES:
        by_language[language] = {}
        for name, path in catalogue_files(root, language).items():
            label = f"{language}/{name}"
            try:
                texts = read_catalogue(path, language)
            except ValueError as problem:
                problems.append(f"{label}: {problem}")
                continue
            problems += _check_catalogue(label, name, language, texts)
            target = path.with_suffix(".mo")
            if not target.exists() or target.read_bytes() != compiled(texts, language):
                problems.append(
                    f"{label}: the .mo is not what the .po says; run: python -m tools.i18n compile"
                )
            by_language[language].update((text.key, text) for text in texts)
        orphans = {path.stem for path in (root / language / "LC_MESSAGES").glob("*.mo")}
        problems += [
            f"{language}/{name}: a .mo without its .po"
            for name in sorted(orphans - set(catalogue_files(root, language)))
        ]
    problems += _check_languages(by_language)
    problems += _check_uses(by_language[i18n.DEFAULT_LANGUAGE], uses)
    return problems


def _check_catalogue(label: str, name: str, language: str, texts: Sequence[Text]) -> list[str]:
    problems = []
    for text in texts:
        if text.key.partition(".")[0] != name:
            problems.append(f"{label}: {text.key} belongs to another catalogue")
        if text.fuzzy:
            problems.append(f"{label}: {text.key} is marked fuzzy")
        if not all(form.strip() for form in text.forms):
            problems.append(f"{label}: {text.key} is empty")
        if text.plural and len(text.forms) != PLURAL_FORMS[language]:
            problems.append(
                f"{label}: {text.key} needs {PLURAL_FORMS[language]} form(s), has {len(text.forms)}"
            )
        for form in text.forms:
            try:
                placeholders(form)
            except ValueError as problem:
                problems.append(f"{label}: {text.key}: {problem}")
    return problems


def _check_languages(by_language: dict[str, dict[str, Text]]) -> list[str]:
    problems = []
    everywhere = sorted({key for texts in by_language.values() for key in texts})
    for key in everywhere:
        found = {language: texts[key] for language, texts in by_language.items() if key in texts}
        problems += [f"{language}: no text for {key}" for language in by_language if language not in found]
        if len({text.plural for text in found.values()}) > 1:
            problems.append(f"{key}: counted in one language, not in the other")
        try:
            asked = {
                language: frozenset().union(*(placeholders(form) for form in text.forms))
                for language, text in found.items()
            }
        except ValueError:
            continue  # told already, with its catalogue
        if len(set(asked.values())) > 1:
            told = "; ".join(
                f"{language}: {', '.join(sorted(names)) or 'none'}" for language, names in asked.items()
            )
            problems.append(f"{key}: the languages ask for other parameters ({told})")
    return problems


def _check_uses(texts: dict[str, Text], uses: Uses) -> list[str]:
    problems = []
    for table in (uses.singular, uses.plural, uses.either):
        problems += [f"{where}: no text for {key}" for key, where in table.items() if key not in texts]
    for key, where in uses.singular.items():
        if key in texts and texts[key].plural:
            problems.append(f"{where}: {key} is counted: use trn")
    for key, where in uses.plural.items():
        if key in texts and not texts[key].plural:
            problems.append(f"{where}: {key} has no plural forms: use tr")
    for prefix, where in uses.prefixes.items():
        if where and not any(key.startswith(prefix) for key in texts):
            problems.append(f"{where}: no text begins with {prefix}")
    named = uses.constants | set(uses.singular) | set(uses.plural) | set(uses.either)
    beginnings = tuple(prefix for prefix in uses.prefixes if "." in prefix)
    for key in texts:
        if key not in named and not (beginnings and key.startswith(beginnings)):
            problems.append(f"{key}: no code uses this text")
    return problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 1 when `check` finds something."""
    parser = argparse.ArgumentParser(prog="python -m tools.i18n", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    compiling = commands.add_parser("compile", help="write the .mo files")
    compiling.add_argument("names", nargs="*", help="only these catalogues")
    commands.add_parser("check", help="hold code and catalogues together")
    chosen = parser.parse_args(arguments)
    if chosen.command == "compile":
        for path in compile_all(CATALOGUES, chosen.names):
            print(path.relative_to(ROOT))
        return 0
    problems = check(CATALOGUES, SOURCES, TEMPLATES)
    for problem in problems:
        print(problem)
    print(f"i18n: {len(problems)} problem(s)" if problems else "i18n: code and catalogues agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
