"""`login` and `logout` at the central server. The password never stands on the command line."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from smartcity_desk import config
from smartcity_desk.commands.context import Context
from smartcity_desk.commands.exits import CommandError, Exit
from smartcity_desk.i18n import tr

if TYPE_CHECKING:
    from smartcity_desk.sync.central.answers import Me
    from smartcity_desk.sync.central.client import CentralClient


def login(context: Context) -> int:
    """Log in and remember who acts. Without a keyring nothing can be kept, and that is said."""
    options, settings, terminal = context.options, context.settings, context.terminal
    if options.server is not None:
        settings.set(config.CENTRAL_URL, options.server.strip().rstrip("/"))
    if not settings.get(config.CENTRAL_URL):
        raise CommandError(Exit.USAGE, "no_server")
    if not settings.get(config.DEVICE_ID):
        settings.set(config.DEVICE_ID, uuid.uuid4().hex)
    password = context.read_secret(tr("cli.prompt.password"), from_stdin=options.password_stdin)
    me, kept = asyncio.run(_login(context, password))
    settings.set(config.CENTRAL_USER, me.user)
    settings.set(config.CENTRAL_NAME, me.name or me.user)
    settings.set(config.CENTRAL_ROLE, me.role.value)
    context.save_settings()
    if terminal.as_json:
        terminal.record(
            {"user": me.user, "name": me.name, "role": me.role.value, "office": me.office, "kept": kept}
        )
    else:
        terminal.line(
            tr("cli.login.done", name=me.name or me.user, role=tr(f"errors.name.role.{me.role.value}"))
        )
    if not kept:
        raise CommandError(Exit.LOGIN, "login_not_kept", user=me.user)
    return Exit.OK


async def _login(context: Context, password: str) -> tuple[Me, bool]:
    async with Door(context) as central:
        me = await central.session.login(
            context.options.user, password, context.settings.get(config.DEVICE_ID)
        )
        kept = context.secrets.persistent
        if not kept:
            await (
                central.session.logout()
            )  # a session that nobody can use again need not stay open at the server
        return me, kept


def logout(context: Context) -> int:
    """Forget the session here, and at the server if it can be reached. Reports and the outbox stay."""
    if context.settings.get(config.CENTRAL_URL):
        asyncio.run(_logout(context))
    if context.terminal.as_json:
        context.terminal.record({"logged_out": True})
    else:
        context.terminal.line(tr("cli.logout.done"))
    return Exit.OK


async def _logout(context: Context) -> None:
    async with Door(context) as central:
        await central.session.logout()


class Door:
    """A client of the central server for one command."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __aenter__(self) -> CentralClient:
        from smartcity_desk.sync.central.client import CentralClient
        from smartcity_desk.sync.central.session import Session
        from smartcity_desk.sync.transport import Transport

        context = self._context
        self._transport = Transport(clock=context.clock)
        url = context.settings.get(config.CENTRAL_URL)
        if not url:
            raise CommandError(Exit.USAGE, "no_server")
        return CentralClient(Session(url, context.secrets, self._transport, clock=context.clock))

    async def __aexit__(self, *_: object) -> None:
        await self._transport.close()
