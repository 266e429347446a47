"""Real servers for tests and benchmarks, started where nobody else is and ended with their block: PostgreSQL and S3's API."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

USER, PASSWORD = "lake", "not-a-secret"
"""Of the PostgreSQL server."""
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "not-a-secret", "AWS_REGION": "us-east-1"}
"""What the S3 server wants to see; it takes any."""


class Postgres:
    """A PostgreSQL server on loopback that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._programs = programs()

    def url(self, database: str = "postgres") -> str:
        """The address of a database, without the password."""
        return f"postgres://{USER}@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        """Make the cluster and start it."""
        self.folder.mkdir(parents=True)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        for path in (self.folder, secret):
            if _needs_user():
                os.chown(path, _user().pw_uid, _user().pw_gid)
        options = ("-U", USER, "-A", "scram-sha-256", "--pwfile", str(secret), "--no-sync", "--no-locale", "-E", "UTF8")
        self._run("initdb", "-D", str(self.folder / "data"), *options)
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200"
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", settings, "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it as `pg_ctl` does; `immediate` is like a crash."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def restart(self) -> None:
        """As after a crash of the machine."""
        self.stop()
        self.start()

    def sql(self, text: str, database: str = "postgres") -> str:
        """What psql prints, unaligned."""
        words = [str(self._programs / "psql"), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", text]
        done = subprocess.run(words, env=os.environ | {"PGPASSWORD": PASSWORD}, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def _run(self, program: str, *words: str) -> None:
        """Run one of its programs, as a user that the server does not refuse."""
        user = {"user": _user().pw_uid, "group": _user().pw_gid, "extra_groups": []} if _needs_user() else {}
        with (self.folder / "said").open("w+") as said:  # a file: a server would keep a pipe open
            done = subprocess.run(  # type: ignore[call-overload]  # the user goes by name
                [str(self._programs / program), *words],
                check=False,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                **user,
            )
            if done.returncode:
                said.seek(0)
                raise RuntimeError(f"{program} ended with {done.returncode}: {said.read()}")


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A server in a folder that its user can reach."""
    server = Postgres(folder)
    server.make()
    try:
        yield server
    finally:
        with contextlib.suppress(RuntimeError):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def s3(port: int | None = None) -> Iterator[str]:
    """Moto's server of S3's API; its URL."""
    port = port or free_port()
    with _serving([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port) as url:
        yield url


@contextlib.contextmanager
def s3_over(folder: Path) -> Iterator[str]:
    """Rclone's server of S3's API, which keeps objects as files of a folder; its URL.

    Moto reads all of an object for each range that is asked of it: over large ones, its time is all that is measured.
    """
    port = free_port()
    program = str(Path(sys.executable).parent / "rclone")
    without_digests = ["--etag-hash", ""]  # of whole objects, for each request
    options = ["--addr", f"127.0.0.1:{port}", "--config", os.devnull, *without_digests]
    with _serving([program, "serve", "s3", *options, str(folder)], port) as url:
        yield url


@contextlib.contextmanager
def _serving(command: list[str], port: int) -> Iterator[str]:
    """A process that answers at a port; its URL."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url)
            yield url
        finally:
            process.kill()


def make_bucket(url: str, name: str) -> None:
    """Make a bucket, with no client that would have to be installed."""
    with urllib.request.urlopen(urllib.request.Request(f"{url}/{name}", method="PUT")) as answer:  # noqa: S310 - loopback
        answer.read()


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def programs() -> Path:
    """The folder of PostgreSQL's programs; RuntimeError where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    if versions := sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return versions[-1].parent
    raise RuntimeError("PostgreSQL is needed: apt-get install postgresql")


def _needs_user() -> bool:
    return os.geteuid() == 0  # the server refuses to run as root


def _user() -> pwd.struct_passwd:
    return pwd.getpwnam("postgres")


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - loopback
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")
