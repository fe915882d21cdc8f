"""`channel show`: a channel's fields, what stands in them, and where the unit gets it. No secret is ever shown."""

from __future__ import annotations

from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import Exit
from smartcity_desk.i18n import has_text, tr, trn
from smartcity_desk.secrets import channel_secret, environment_name


def show(context: Context) -> int:
    """Print one channel's fields with their meaning, as the settings page does."""
    from smartcity_desk.sync import registry

    terminal, settings = context.terminal, context.settings
    about = registry.manifest(context.options.name)
    name, setting = about.name, settings.channel(about.name)
    options = registry.options_of(about, settings)
    kept = {
        field: bool(context.secrets.get(secret)) for field, secret in registry.secret_names(about).items()
    }
    needed = about.needed_secrets(options)
    exportable, days = registry.exportable(name, settings), registry.retention_days(name, settings)
    where = f"channel.{name}.where"
    if terminal.as_json:
        terminal.record(
            {
                "name": name,
                "title": tr(about.title_key),
                "enabled": setting.enabled or not about.polled,
                "url": setting.url or about.default_url,
                "where": tr(where) if has_text(where) else "",
                "options": [
                    {
                        "name": spec.name,
                        "value": options[spec.name],
                        "default": spec.default,
                        "choices": list(spec.choices),
                        "meaning": tr(spec.help_key),
                    }
                    for spec in about.options
                    if not spec.secret
                ],
                "secrets": [
                    {
                        "name": field,
                        "kept": there,
                        "needed": field in needed,
                        "variable": environment_name(channel_secret(name, field)),
                    }
                    for field, there in kept.items()
                ],
                "exportable": exportable,
                "retention_days": days,
                "terms": tr(about.terms_key),
            }
        )
        return Exit.OK
    on = setting.enabled or not about.polled
    terminal.line(
        tr("cli.channel.show.title", title=tr(about.title_key), name=name, state=_on(on).casefold())
    )
    if has_text(where):
        terminal.line(tr(where))
    rows = []
    if about.polled and (setting.url or not about.url_is_secret):
        rows.append(("--url", setting.url or about.default_url or "—", tr("cli.channel.show.url")))
    for spec in about.options:
        if not spec.secret:
            rows.append((f"--option {spec.name}=", options[spec.name] or "—", tr(spec.help_key)))
    meanings = {spec.name: tr(spec.help_key) for spec in about.options if spec.secret}
    for field, there in kept.items():
        state = "kept" if there else "missing" if field in needed else "not_needed"
        rows.append(
            (
                f"--secret {field}",
                tr(f"cli.channel.show.secret.{state}"),
                meanings.get(field) or tr("cli.channel.show.url"),
            )
        )
    rows.append(("--export", _on(exportable), tr(about.terms_key)))
    rows.append(
        (
            "--retention",
            trn("cli.channel.show.days", days) if days else tr("cli.channel.show.no_limit"),
            tr("cli.option.retention"),
        )
    )
    terminal.table([tr(f"cli.column.{column}") for column in ("field", "value", "meaning")], rows)
    return Exit.OK


def _on(on: bool) -> str:
    return tr("cli.channel.on" if on else "cli.channel.off")
