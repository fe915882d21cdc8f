"""`channel show` and `channel set`: what a field means, what is missing, and what a value may be."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from smartcity_desk.commands.exits import Exit
from smartcity_desk.secrets import SecretStore
from smartcity_desk.sync.registry import CHANNELS, secret_names
from tests.cli.kit import Shell, petabencana, run_process
from tests.fakes.dovecot import PASSWORD
from tests.sync.mailbox.world import mail, pymap_peer


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


def test_only_a_secret_that_is_needed_is_missing(shell: Shell) -> None:
    """An archive's key and the other way to log in are not: a list that cries wolf is not read at night."""
    shell("channel", "set", "petabencana", "--enable")
    shell("channel", "set", "email", "--url", "imaps://surel.example", "--enable")
    shell("channel", "set", "balai_warga", "--option", "mode=open311", "--url", "https://forum.example")

    def missing() -> dict[str, list[str]]:
        return {row["name"]: row["missing_secrets"] for row in shell("channel", "list", "--json").rows}

    found = missing()
    assert (found["petabencana"], found["email"], found["balai_warga"]) == ([], ["password"], [])
    assert (found["waze"], found["facebook"], found["lapor"]) == (["url"], ["token"], [])
    shell("channel", "set", "email", "--option", "login=xoauth2")
    shell("channel", "set", "balai_warga", "--option", "mode=mail", "--url", "imaps://surel.example")
    found = missing()
    assert (found["email"], found["balai_warga"]) == (["token"], ["password"])


@pytest.mark.parametrize("name", sorted(CHANNELS))
def test_a_channels_fields_are_shown_with_their_meaning_and_without_secrets(
    shell: Shell, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMARTCITY_CHANNEL_X_TOKEN", "s3cret-value")
    shell("channel", "set", "x", "--option", "account=kota")
    (told,) = shell("channel", "show", name, "--json").rows
    about = CHANNELS[name].manifest
    assert {one["name"] for one in told["options"]} == {one.name for one in about.options if not one.secret}
    assert {one["name"] for one in told["secrets"]} == set(secret_names(about))
    assert all(one["meaning"] for one in told["options"])
    assert bool(told["where"]) == about.polled
    said = shell("channel", "show", name)
    assert said.code == Exit.OK
    assert "s3cret-value" not in said.out + said.err
    for option in told["options"]:
        assert f"--option {option['name']}=" in said.out
        assert option["value"] in said.out
    if name == "x":
        assert "kota" in said.out
        assert re.search(r"--secret token +kept", said.out)


def test_a_value_that_cannot_be_is_told_with_what_the_field_means(shell: Shell) -> None:
    said = shell("channel", "set", "facebook", "--option", "page=kota")
    assert said.code == Exit.USAGE
    assert "kota" in said.err.splitlines()[0]
    assert "digits only" in said.err.splitlines()[1]
    assert "channel show x" in shell("channel", "set", "x", "--option", "no=1").err


def test_a_round_tells_of_replies_too(tmp_path: Path) -> None:
    """Forty letters read and thirty-five new: the other five are answers, and nobody has to wonder where they are."""
    shell = Shell(tmp_path / "data")
    with pymap_peer() as box:
        box.deliver(mail(1))
        box.deliver(mail(2, "Belum.", headers=["In-Reply-To: <1@surat.example>"]))
        shell("channel", "set", "email", "--url", box.url, "--option", f"user={box.user}")
        said = run_process(
            shell.folder, "sync", "--once", environment={"SMARTCITY_CHANNEL_EMAIL_PASSWORD": PASSWORD}
        )
    assert (
        said.out.splitlines()[0]
        == "email: 2 items read, 1 new, 0 changed, 0 unreadable, 1 reply new or changed"
    )


def test_a_secret_goes_where_the_options_want_it(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not into the first field: a token that is kept as a password is a refused log-in at night."""
    kept: list[str] = []
    monkeypatch.setattr(SecretStore, "set", lambda _self, name, _value: kept.append(name))

    def keeps(name: str, *words: str) -> str:
        shell("channel", "set", name, *words, "--secret-stdin", stdin="rahasia\n")
        return kept.pop()

    assert keeps("email") == "channel/email/password"
    assert keeps("email", "--option", "login=xoauth2") == "channel/email/token"
    assert keeps("waze") == "channel/waze/url"
    assert keeps("petabencana") == "channel/petabencana/api_key", "its only one, needed or not"
    forum = ("balai_warga", "--option", "mode=open311")
    assert keeps(*forum, "--secret", "api_key") == "channel/balai_warga/api_key"
    said = shell("channel", "set", *forum, "--secret-stdin", stdin="x\n")
    assert said.code == Exit.USAGE
    assert "api_key" in said.err
    assert kept == []


def test_what_to_do_without_a_keyring_names_the_very_secret(shell: Shell) -> None:
    words = ("channel", "set", "email", "--option", "login=xoauth2", "--secret-stdin")
    said = shell(*words, stdin="tanda\n")
    assert said.code == Exit.LOCAL
    assert "SMARTCITY_CHANNEL_EMAIL_TOKEN" in said.err
    said = shell("channel", "set", "waze", "--url", "https://feed.example/SECRET-PART")
    assert "SMARTCITY_CHANNEL_WAZE_URL" in said.err
    said = shell("channel", "show", "waze")
    assert "SECRET-PART" not in said.out + said.err
    assert "--url " not in said.out, "the address is a secret, and told as one"
    assert "channel set waze --url" in shell("channel", "test", "waze").err


def test_a_trial_that_is_refused_gives_the_sources_own_words(shell: Shell) -> None:
    said_there = "Time period should be less our equal to 2592000, ask 0812-3456-7890"
    with petabencana() as source:
        source.answers += [(400, json.dumps({"status": 400, "message": said_there}).encode())]
        shell("channel", "set", "petabencana", "--url", source.url)
        said = shell("channel", "test", "petabencana")
    assert said.code == Exit.REFUSED
    assert "The source says: Time period should be less our equal to 2592000" in said.err
    assert "0812" not in said.err
