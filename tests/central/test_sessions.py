"""Log-in, renewal, revocation, and the limits at the door."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from smartcity_desk.central import schema, tokens
from smartcity_desk.central.passwords import Passwords, invent
from smartcity_desk.central.stream import Hub
from smartcity_desk.domain.times import SECOND
from tests.central.world import PASSWORD, Answer, World


def log_in(world: World, user: str, password: str = PASSWORD, **options: Any) -> Answer:
    return world.call(
        "POST", "/v1/token", {"grant": "password", "user": user, "password": password}, **options
    )


def renew(world: World, token: str) -> Answer:
    return world.call("POST", "/v1/token", {"grant": "refresh", "refresh_token": token})


def test_a_log_in_gives_tokens_that_say_who(world: World) -> None:
    body = log_in(world, " Lurah.Tebet ").body
    assert (body["user"], body["role"], body["office"]) == ("lurah.tebet", "official", "31.74.01.1001")
    assert body["expires_in"] == world.settings.access_ttl_s
    me = world.call("GET", "/v1/me", token=body["access_token"]).body
    assert me == {
        "user": "lurah.tebet",
        "name": "Lurah Tebet Timur",
        "role": "official",
        "office": "31.74.01.1001",
        "server_time": world.clock.at,
    }


def test_only_hashes_of_tokens_and_passwords_are_kept(world: World) -> None:
    body = log_in(world, "oki").body

    def everything(connection: Any) -> str:
        tables = (
            schema.account,
            schema.session,
            schema.access_token,
            schema.refresh_token,
            schema.login_attempt,
        )
        return repr([connection.execute(select(table)).all() for table in tables])

    kept = world.db.read_now(everything)
    assert tokens.digest(body["access_token"]) in kept
    assert not any(secret in kept for secret in (body["access_token"], body["refresh_token"], PASSWORD))
    assert "$argon2id$" in kept


def test_a_wrong_password_and_an_unknown_name_look_the_same(world: World) -> None:
    for user in ("oki", "siapa.pun", "nol\0nol", "x" * 200):
        answer = log_in(world, user, "bukan sandinya")
        assert (answer.status, answer.body["code"]) == (401, "bad_credentials")
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.body) == {"type", "title", "status", "code"}


def test_an_unknown_name_costs_a_hash_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[bool] = []
    inner = Passwords.check_now

    def counted(self: Passwords, stored: str | None, password: str) -> bool:
        checked.append(stored is None)
        return inner(self, stored, password)

    monkeypatch.setattr(Passwords, "check_now", counted)
    log_in(world, "siapa.pun", "x")
    log_in(world, "oki", "x")
    assert checked == [True, False]
    assert not world.app.state.services.passwords.check_now(None, "x")


def test_a_token_ages_and_is_renewed(world: World) -> None:
    body = log_in(world, "oki").body
    world.auth_clock.at += world.settings.access_ttl_s * SECOND
    stale = world.call("GET", "/v1/me", token=body["access_token"])
    assert (stale.status, stale.body["code"]) == (401, "token_refused")
    assert stale.headers["www-authenticate"].startswith("Bearer")
    fresh = renew(world, body["refresh_token"]).body
    assert world.call("GET", "/v1/me", token=fresh["access_token"]).status == 200
    assert fresh["refresh_token"] != body["refresh_token"]


def test_a_refresh_token_that_is_used_late_again_ends_the_session(world: World) -> None:
    first = log_in(world, "oki").body
    second = renew(world, first["refresh_token"]).body
    world.auth_clock.at += (world.settings.refresh_grace_s + 1) * SECOND
    assert renew(world, first["refresh_token"]).status == 401
    assert renew(world, second["refresh_token"]).status == 401
    assert world.call("GET", "/v1/me", token=second["access_token"]).status == 401


def test_a_lost_answer_does_not_throw_the_operator_out(world: World) -> None:
    first = log_in(world, "oki").body
    renew(world, first["refresh_token"])  # its answer never arrived
    again = renew(world, first["refresh_token"])
    assert again.status == 200
    third = renew(world, again.body["refresh_token"])
    assert third.status == 200
    assert world.call("GET", "/v1/me", token=third.body["access_token"]).status == 200


def test_two_copies_of_a_token_that_both_live_on_are_found_out(world: World) -> None:
    first = log_in(world, "oki").body
    mine = renew(world, first["refresh_token"]).body
    thief = renew(world, first["refresh_token"]).body
    assert renew(world, mine["refresh_token"]).status == 200
    assert renew(world, thief["refresh_token"]).status == 401
    assert world.call("GET", "/v1/me", token=thief["access_token"]).status == 401


def test_a_refresh_token_after_its_successor_was_used_ends_the_session(world: World) -> None:
    first = log_in(world, "oki").body
    second = renew(world, first["refresh_token"]).body
    third = renew(world, second["refresh_token"]).body
    assert renew(world, first["refresh_token"]).status == 401
    assert renew(world, third["refresh_token"]).status == 401


def test_a_session_is_over_when_it_was_idle_too_long(world: World) -> None:
    first = log_in(world, "oki").body
    world.auth_clock.at += world.settings.refresh_ttl_s * SECOND
    assert renew(world, first["refresh_token"]).status == 401


def test_log_out_ends_this_session_only(world: World) -> None:
    here, there = log_in(world, "oki").body, log_in(world, "oki").body
    assert world.call("DELETE", "/v1/token", token=here["access_token"]).status == 204
    assert world.call("GET", "/v1/me", token=here["access_token"]).status == 401
    assert renew(world, here["refresh_token"]).status == 401
    assert world.call("GET", "/v1/me", token=there["access_token"]).status == 200


def test_an_administrator_ends_all_sessions_of_an_account(world: World) -> None:
    both = [log_in(world, "oki").body for _ in range(2)]
    answer = world.call("DELETE", "/v1/users/oki/sessions", user="admin")
    assert answer.body == {"ended": 2}
    assert [world.call("GET", "/v1/me", token=one["access_token"]).status for one in both] == [401, 401]
    assert world.call("DELETE", "/v1/users/nobody/sessions", user="admin").status == 404


def test_a_stream_that_never_pauses_ends_with_its_session_too(world: World) -> None:
    access = log_in(world, "oki").body["access_token"]
    principal = world.db.read_now(lambda c: tokens.who(c, access, now=world.auth_clock.at))
    assert principal is not None
    hub = Hub(world.db, keep_alive_s=0.05, poll_s=60)

    async def scenario() -> int:
        heard = 0
        async for _ in hub.listen(principal, 0):
            heard += 1
            hub._tell(b"event: seq\n\n")  # there is always one more to tell
            if heard == 3:
                await world.db.write(
                    partial(tokens.revoke, now=world.auth_clock.at, session=principal.session)
                )
        return heard

    assert world.run(asyncio.wait_for(scenario(), 20)) > 3


def test_a_disabled_account_is_out_at_once_and_cannot_come_back(world: World) -> None:
    body = log_in(world, "oki").body
    assert world.call("PATCH", "/v1/users/oki", {"disabled": True}, user="admin").status == 200
    assert world.call("GET", "/v1/me", token=body["access_token"]).status == 401
    assert renew(world, body["refresh_token"]).status == 401
    assert log_in(world, "oki").status == 401
    assert world.call("PATCH", "/v1/users/oki", {"disabled": False}, user="admin").status == 200
    assert log_in(world, "oki").status == 200
    assert renew(world, body["refresh_token"]).status == 401


def test_guessing_at_one_account_is_limited_with_the_time_to_wait(world: World) -> None:
    for number in range(world.settings.login_per_account):
        assert log_in(world, "oki", f"tebakan {number}", address=f"10.0.0.{number}").status == 401
        world.auth_clock.at += SECOND
    limited = log_in(world, "oki", address="10.0.1.1")  # the right one would not be told either
    assert (limited.status, limited.body["code"]) == (429, "too_many_attempts")
    wait = int(limited.headers["retry-after"])
    assert 0 < wait <= world.settings.login_window_s
    assert limited.body["params"] == {"retry_after": wait}
    assert log_in(world, "oni").status == 200
    world.auth_clock.at += (wait - 1) * SECOND
    assert log_in(world, "oki").status == 429
    world.auth_clock.at += SECOND
    assert log_in(world, "oki").status == 200


def test_guessing_from_one_address_is_limited(world: World) -> None:
    for number in range(world.settings.login_per_address):
        assert log_in(world, f"orang.{number}", address="10.9.9.9").status == 401
    assert log_in(world, "oki", address="10.9.9.9").status == 429
    assert log_in(world, "oki", address="10.9.9.8").status == 200


def test_names_that_nobody_has_are_limited_alike(world: World) -> None:
    for _ in range(world.settings.login_per_account):
        log_in(world, "siapa.pun", "x")
    assert log_in(world, "siapa.pun", "x").status == 429


def test_a_right_password_gives_the_attempts_back(world: World) -> None:
    for _ in range(3):
        for _ in range(world.settings.login_per_account - 1):
            assert log_in(world, "oki", "salah").status == 401
        assert log_in(world, "oki").status == 200


def test_many_guesses_at_once_count_before_they_are_judged(world: World) -> None:
    async def crowd() -> list[int]:
        import asyncio

        body = {"grant": "password", "user": "oki", "password": "salah"}
        answers = await asyncio.gather(*(world.acall("POST", "/v1/token", body) for _ in range(30)))
        return sorted(answer.status for answer in answers)

    statuses = world.run(crowd())
    most = world.settings.login_per_account
    assert statuses == [401] * most + [429] * (30 - most)


def test_a_password_of_ones_own_ends_the_other_sessions(world: World) -> None:
    here, there = log_in(world, "oki").body, log_in(world, "oki").body
    new = "sandi lain yang panjang"
    change = {"old": PASSWORD, "new": new}
    short = world.call("POST", "/v1/me/password", {**change, "new": "pendek"}, token=here["access_token"])
    assert (short.status, short.body["code"]) == (400, "password_too_short")
    wrong = world.call("POST", "/v1/me/password", {**change, "old": "salah"}, token=here["access_token"])
    assert wrong.status == 401
    assert world.call("POST", "/v1/me/password", change, token=here["access_token"]).status == 204
    assert world.call("GET", "/v1/me", token=here["access_token"]).status == 200
    assert world.call("GET", "/v1/me", token=there["access_token"]).status == 401
    assert [log_in(world, "oki").status, log_in(world, "oki", new).status] == [401, 200]


def test_an_old_hash_is_made_anew_at_the_next_log_in(world: World) -> None:
    costly = Passwords(world.settings)
    costly._hasher.__init__(time_cost=2, memory_cost=16, parallelism=1)  # type: ignore[misc]
    hashed = costly.hash_now(PASSWORD)
    costly.close()
    table = schema.account
    set_hash = table.update().where(table.c.user == "oki").values(password_hash=hashed)
    world.db.write_now(lambda connection: connection.execute(set_hash))
    assert log_in(world, "oki").status == 200
    query = select(table.c.password_hash).where(table.c.user == "oki")
    stored = world.db.read_now(lambda connection: connection.execute(query).scalar_one())
    assert not world.app.state.services.passwords.outdated(stored)
    assert log_in(world, "oki").status == 200


def test_what_is_no_token_is_refused(world: World) -> None:
    for header in (
        "",
        "Bearer",
        "Bearer ",
        "Basic b2tpOng=",
        "Bearer sda_wrong",
        "Bearer \u00e9",
        "Bearer sdr_x",
    ):
        answer = world.call("GET", "/v1/me", headers={"Authorization": header.encode("latin-1")})
        assert answer.status == 401
        assert answer.body["code"] in {"auth_required", "token_refused"}


def test_an_invented_password_is_long_and_never_the_same() -> None:
    made = {invent() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"(?:[a-z2-9]{5}-){3}[a-z2-9]{5}", one) for one in made)
