"""The channels of this program, as an explicit list, and how a profile reaches each of them."""

from __future__ import annotations

import hashlib
import secrets as entropy
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol
from urllib.parse import urlsplit

from smartcity_desk.config import ChannelSettings, Settings, check_url
from smartcity_desk.domain.errors import AuthExpired, ConfigProblem
from smartcity_desk.domain.privacy import pseudonym
from smartcity_desk.secrets import channel_secret
from smartcity_desk.sync.channel import ChannelType, Manifest, Setup
from smartcity_desk.sync.channels import (
    balai_warga,
    crm,
    email,
    facebook,
    lapor,
    manual,
    open311,
    petabencana,
    qlue,
    waze,
    x,
)

CHANNELS: Final[dict[str, ChannelType]] = {
    entry.manifest.name: entry
    for entry in (
        petabencana.CHANNEL,
        waze.CHANNEL,
        x.CHANNEL,
        facebook.CHANNEL,
        email.CHANNEL,
        open311.CHANNEL,
        lapor.CHANNEL,
        crm.CHANNEL,
        qlue.CHANNEL,
        balai_warga.CHANNEL,
        manual.CHANNEL,
    )
}
"""By name, in the order in which they are shown."""

FORGETTING: Final = frozenset(name for name, entry in CHANNELS.items() if entry.manifest.forgets)
"""The channels of which nothing may be kept that is gone or changed at the source."""

PSEUDONYM_KEY: Final = "privacy/pseudonym_key"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class Secrets(Protocol):
    """What is needed of the profile's secret store."""

    @property
    def persistent(self) -> bool:
        """Tell whether secrets outlive this process."""

    def get(self, name: str) -> str | None:
        """Return a secret, or None."""

    def set(self, name: str, value: str) -> None:
        """Keep a secret."""

    def delete(self, name: str) -> None:
        """Forget a secret."""


def manifest(name: str) -> Manifest:
    """What a channel is. Raises `ConfigProblem` for a name that no channel has."""
    entry = CHANNELS.get(name)
    if entry is None:
        raise ConfigProblem(name="channel", reason="unknown_channel", value=name[:60])
    return entry.manifest


def secret_names(about: Manifest) -> dict[str, str]:
    """The secrets of a channel: field -> name in the secret store."""
    fields = [spec.name for spec in about.options if spec.secret]
    if about.url_is_secret:
        fields.append("url")
    return {field: channel_secret(about.name, field) for field in fields}


def options_of(about: Manifest, settings: Settings) -> dict[str, str]:
    """The options of a channel as this profile has set them, unchecked; secrets are none of them."""
    chosen = settings.channel(about.name).options
    return {spec.name: str(chosen.get(spec.name, spec.default)) for spec in about.options if not spec.secret}


def missing_secrets(about: Manifest, settings: Settings, secrets: Secrets) -> list[str]:
    """The fields of a channel's secrets without which it cannot be asked as it is set up, and that are not there.

    Blocks: the keyring is asked.
    """
    url = settings.channel(about.name).url
    at_home = urlsplit(url).hostname in _LOOPBACK
    optional = {spec.name for spec in about.options if spec.required} if at_home else set[str]()
    return [
        field
        for field in about.needed_secrets(options_of(about, settings))
        if field not in optional
        and not (field == "url" and url)
        and not secrets.get(channel_secret(about.name, field))
    ]


def place_url(name: str, url: str, settings: Settings, secrets: Secrets) -> None:
    """Keep a channel's address where it belongs, and turn the channel on. The caller saves the settings.

    An address that is itself the credential goes to the secret store; one of this machine (training, a test server)
    opens no door and stands in the settings, where it also lasts without a keyring. Raises `ConfigProblem`.
    """
    about = manifest(name)
    check_url(url, about.schemes)
    current = settings.channel(name)
    secret = about.url_is_secret and urlsplit(url).hostname not in _LOOPBACK
    if secret:
        secrets.set(channel_secret(name, "url"), url)
    settings.set_channel(name, replace(current, enabled=True, url="" if secret else url))


def setup(name: str, settings: Settings, secrets: Secrets) -> Setup:
    """How this profile reaches a channel now. Raises `ConfigProblem`; `AuthExpired` without a needed secret.

    A server on this machine (training, a test server) is asked without a secret too: it says itself what it wants.
    """
    about = manifest(name)
    entry = settings.channel(name)
    kept = {field: secrets.get(secret) or "" for field, secret in secret_names(about).items()}
    url = entry.url or kept.pop("url", "") or about.default_url
    if not url and about.polled:
        raise ConfigProblem(name="url", reason="no_url", channel=name)
    options = {
        spec.name: spec.check(str(entry.options.get(spec.name, spec.default)))
        for spec in about.options
        if not spec.secret
    }
    about.check_leave(options)
    at_home = urlsplit(url).hostname in _LOOPBACK
    for spec in about.options:
        if spec.secret and at_home:
            continue
        if spec.required and not (kept if spec.secret else options).get(spec.name):
            if spec.secret:
                raise AuthExpired(place=name, reason="no_secret")
            raise ConfigProblem(name=spec.name, reason="missing", channel=name)
    if name == email.MANIFEST.name:
        options["not_from"] = _left_to_others(options, url, settings)
    key = pseudonym_key(secrets)
    return Setup(url, options, kept, lambda source_id: pseudonym(key, name, source_id) if source_id else None)


def _left_to_others(options: Mapping[str, str], url: str, settings: Settings) -> str:
    """Whose mails the channel of the mailbox leaves alone: the forum's, when that is read from the same mailbox."""
    forum = settings.channel(balai_warga.MANIFEST.name)
    chosen = {
        spec.name: str(forum.options.get(spec.name, spec.default)) for spec in balai_warga.MANIFEST.options
    }
    same = all(chosen[name] == options[name] for name in ("user", "folder"))
    if not (forum.enabled and forum.url == url and same and chosen["mode"] == balai_warga.MAIL):
        return options["not_from"]
    return f"{options['not_from']} {chosen['sender']}".strip()


def fingerprint(found: Setup) -> str:
    """A short name of the source behind a setup: another address or other options are another source."""
    parts = [found.url, *(f"{name}={value}" for name, value in sorted(found.options.items()))]
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()


def pseudonym_key(secrets: Secrets) -> bytes:
    """The profile's random key for pseudonyms, made at first use."""
    found = secrets.get(PSEUDONYM_KEY)
    if found is None or not _is_key(found):
        found = entropy.token_hex(32)
        secrets.set(PSEUDONYM_KEY, found)
    return bytes.fromhex(found)


def _is_key(text: str) -> bool:
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)


def enabled(settings: Settings) -> list[str]:
    """The names of the channels that this profile has turned on and asks, in the registry's order."""
    found: Mapping[str, ChannelSettings] = settings.channels()
    return [name for name in polled() if name in found and found[name].enabled]


def polled() -> list[str]:
    """The names of the channels that can be asked, in the registry's order."""
    return [name for name, entry in CHANNELS.items() if entry.manifest.polled]


def exportable(name: str, settings: Settings) -> bool:
    """Whether rows of a channel may leave the unit in exports: as this profile says, else as the manifest does.

    An unknown name (a channel of another version) may not.
    """
    chosen = settings.channel(name).export
    if chosen is not None:
        return chosen
    return name in CHANNELS and CHANNELS[name].manifest.exportable


def retention_days(name: str, settings: Settings) -> int:
    """Days that reports of a channel are kept: as this profile says, else as its manifest; 0 = no limit of its own."""
    chosen = settings.channel(name).retention_days
    if chosen is not None:
        return chosen
    return CHANNELS[name].manifest.retention_days if name in CHANNELS else 0
