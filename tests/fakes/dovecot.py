"""A real Dovecot on loopback with a configuration of its own: not privileged, not the machine's, gone with its fixture.

Accounts stand in a file of plain passwords; OAuth tokens are looked up in a second one, as an office's own server would
ask its token service. Mail lies in Maildir folders below one temporary folder.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BINARY = Path("/usr/sbin/dovecot")
PASSWORD = "rahasia"
TOKEN = "token-rahasia"
ACCOUNTS = 200
_START_S = 30.0
# Input ends when the test session does, however it does: a killed run must not leave a server behind.
_WATCH = """
exec 3<&0
"$@" </dev/null &
cat <&3 >/dev/null
kill -TERM $! 2>/dev/null
wait $!
"""
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
auth_mechanisms = plain login xoauth2 oauthbearer
disable_plaintext_auth = no
auth_failure_delay = 0
auth_cache_size = 0
login_trusted_networks =
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 100
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
mail_fsync = never
ssl = {ssl}
{certificate}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  user = {user}
}}
service auth-worker {{
  user = {user}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service imap {{
  client_limit = 1
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN {folder}/users
}}
passdb {{
  driver = passwd-file
  mechanisms = xoauth2 oauthbearer
  args = scheme=PLAIN {folder}/tokens
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
"""


@dataclass
class Dovecot:
    """A running server. Mail is put in with `deliver`, as a delivery agent does: a file in the folder."""

    process: subprocess.Popen[bytes]
    folder: Path
    plain_port: int
    tls_port: int
    owner: tuple[int, int]
    delivered: int = 0
    given: int = 0

    def inbox(self, user: str) -> Path:
        """The folder of an account's mailbox."""
        return self.folder / "mail" / user

    def account(self) -> str:
        """The name of an account that nobody has used yet."""
        self.given += 1
        assert self.given <= ACCOUNTS
        return f"kotak{self.given}"

    def deliver(self, user: str, content: bytes, at: float | None = None) -> None:
        """One more letter in the inbox; `at` (s UTC) becomes its INTERNALDATE."""
        new = self.inbox(user) / "new"
        for name in ("new", "cur", "tmp"):
            (self.inbox(user) / name).mkdir(parents=True, exist_ok=True)
        self.delivered += 1
        target = new / f"{1_700_000_000 + self.delivered}.M{self.delivered}P1.loopback"
        fresh = self.inbox(user) / "tmp" / target.name
        fresh.write_bytes(content)
        if at is not None:
            os.utime(fresh, (at, at))
        self._give(fresh, new, *(self.inbox(user) / name for name in ("cur", "tmp")), self.inbox(user))
        fresh.rename(target)

    def renumber(self, user: str) -> None:
        """Give the mailbox another UIDVALIDITY, and its letters other numbers (the list of them is written anew)."""
        numbers = self.inbox(user) / "dovecot-uidlist"
        head, *lines = numbers.read_text().splitlines()
        validity = int(head.split(" V")[1].split()[0])
        names = [line.split(" :", 1)[1] for line in lines]
        numbers.write_text(
            f"3 V{validity + 1000} N{len(names) + 1}\n"
            + "".join(f"{number} :{name}\n" for number, name in enumerate(names, 1))
        )
        for path in self.inbox(user).glob("dovecot.index*"):
            path.unlink()

    def take_out(self, user: str, count: int) -> None:
        """Take the oldest letters out of the mailbox."""
        letters = [path for name in ("cur", "new") for path in (self.inbox(user) / name).iterdir()]
        for path in sorted(letters, key=lambda path: path.name)[:count]:
            path.unlink()

    def lock_up(self, user: str, place: int, *, away: bool = True) -> None:
        """Let the server read a letter of the mailbox (0 = the oldest) no more, or again: a disk that is damaged."""
        letters = [path for name in ("cur", "new") for path in (self.inbox(user) / name).iterdir()]
        sorted(letters, key=lambda path: path.name)[place].chmod(0 if away else 0o600)

    def seen(self, user: str) -> int:
        """How many letters are marked as read."""
        return sum("S" in path.name.partition(":2,")[2] for path in (self.inbox(user) / "cur").iterdir())

    def refused(self) -> int:
        """Log-ins that were refused so far."""
        return (self.folder / "log").read_text(errors="replace").count("auth failed")

    def _give(self, *paths: Path) -> None:
        if os.geteuid() == 0:
            for path in paths:
                os.chown(path, *self.owner)

    def stop(self) -> None:
        """Close the watcher's input: it ends the server that it started, and no other."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def is_here() -> bool:
    """Whether this machine has Dovecot with its IMAP part."""
    return BINARY.exists() and Path("/usr/lib/dovecot/imap").exists()


@contextmanager
def dovecot(certificate: Path | None = None) -> Iterator[Dovecot]:
    """A server for one session of tests. `certificate` (PEM with its key) lets it speak TLS and STARTTLS."""
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    ports = _free_ports(2)
    pem = ""
    if certificate is not None:
        copy = folder / "server.pem"
        shutil.copy(certificate, copy)
        copy.chmod(0o600)
        pem = f"ssl_cert = <{copy}\nssl_key = <{copy}"
    import grp

    config = folder / "dovecot.conf"
    config.write_text(
        _CONFIG.format(
            folder=folder,
            user=owner.pw_name,
            group=grp.getgrgid(owner.pw_gid).gr_name,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            ssl="yes" if certificate else "no",
            certificate=pem,
            plain_port=ports[0],
            tls_port=ports[1] if certificate else 0,
        )
    )
    # All at once, before the start: the server looks for another file once a second at most.
    names = [f"kotak{number}" for number in range(1, ACCOUNTS + 1)]
    (folder / "users").write_text("".join(f"{name}:{PASSWORD}\n" for name in names))
    (folder / "tokens").write_text("".join(f"{name}:{TOKEN}\n" for name in names))
    (folder / "log").touch()
    for name in ("mail", "run", "state"):
        (folder / name).mkdir()
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    with (folder / "stderr").open("wb") as errors:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "sh", str(BINARY), "-F", "-c", str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            user=owner.pw_uid if os.geteuid() == 0 else None,
            group=owner.pw_gid if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
        )
    server = Dovecot(process, folder, ports[0], ports[1], (owner.pw_uid, owner.pw_gid))
    try:
        _await(server)
        yield server
    finally:
        server.stop()


def _await(server: Dovecot) -> None:
    end = time.monotonic() + _START_S
    while True:
        with socket.socket() as probe:
            probe.settimeout(2)
            here = probe.connect_ex(("127.0.0.1", server.plain_port)) == 0
            if here and probe.recv(200).startswith(b"* OK"):
                return
        if server.process.poll() is not None or time.monotonic() > end:
            said = [
                path.read_text(errors="replace") for path in (server.folder / "stderr", server.folder / "log")
            ]
            raise RuntimeError("dovecot did not start: " + " | ".join(said)[-2000:])
        time.sleep(0.02)


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
