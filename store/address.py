"""Where a lake is: a folder, a PostgreSQL database with its data elsewhere, or a frozen lake behind a path or a URL.

An address never holds a password: it is printed, logged and recorded with every snapshot.
"""

import os
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from store.errors import AddressError

FROZEN = "catalog.duckdb"
"""The catalog of a frozen lake: a DuckDB file, which can be read over HTTP and which nobody writes."""

_PATIENCE = {"keepalives_idle": "60", "keepalives_interval": "10", "keepalives_count": "6", "tcp_user_timeout": "120000"}
"""How long libpq waits for a machine that is gone without a word: two minutes, where it would be for hours, or for ever."""
_POSTGRES = ("postgres", "postgresql")
_REMOTE = ("http", "https", "s3")
_PASSWORDS = {"password", "sslpassword"}
_SECRETS = "Say it in PGPASSWORD, in ~/.pgpass, or in a DuckDB secret (CREATE PERSISTENT SECRET (TYPE postgres, ...))."


class Address(NamedTuple):
    """Where a lake is; `str` gives it as `store.open` and `--lake` take it.

    Attributes:
        kind: What holds its catalog: a SQLite file in a `folder`, a `postgres` database, or a `frozen` DuckDB file.
        place: The absolute path of the folder, or the URL.
        data: Where its Parquet files are; None for a PostgreSQL catalog that knows it already.
        schema: Schema of a PostgreSQL catalog: one database may have many lakes.
    """

    kind: Literal["folder", "postgres", "frozen"]
    place: str
    data: str | None = None
    schema: str = "public"

    def __str__(self) -> str:
        if self.schema == "public":
            return self.place
        return f"{self.place}{'&' if '?' in self.place else '?'}schema={quote(self.schema)}"

    @property
    def shown(self) -> str:
        """As `str`, and as a relative path for a folder below the working directory."""
        here = Path.cwd()
        return (
            str(Path(self.place).relative_to(here))
            if self.kind != "postgres" and Path(self.place).is_relative_to(here)
            else str(self)
        )

    @property
    def folder(self) -> Path:
        """The folder of a lake that is in one.

        Raises:
            AddressError: It is in none.
        """
        if self.kind == "postgres" or is_remote(self.place):
            raise AddressError(f"{self} is not a folder on this machine.", "Copy the lake into one: t2s lake copy SOURCE FOLDER")
        return Path(self.place)

    @property
    def catalog(self) -> str:
        """What DuckLake attaches, after `ducklake:`."""
        if self.kind == "folder":
            return f"sqlite:{self.place}/catalog.sqlite"
        return f"postgres:{self.conninfo}" if self.kind == "postgres" else f"{self.place}/{FROZEN}"

    @property
    def conninfo(self) -> str:
        """How libpq names the PostgreSQL database. What it leaves out, secrets and PGPASSWORD and the like may say."""
        url = urlsplit(self.place)
        said = {
            "host": url.hostname and unquote(url.hostname),
            "port": url.port,
            "user": url.username and unquote(url.username),
            "dbname": unquote(url.path.strip("/")),
            **_PATIENCE,
            **({} if "PGCONNECT_TIMEOUT" in os.environ else {"connect_timeout": "30"}),
            **dict(parse_qsl(url.query)),
        }
        return " ".join(f"{name}={_value(str(value))}" for name, value in said.items() if value)


def parse(place: "str | Path | Address", data: str | Path | None = None) -> Address:
    """Read an address.

    Args:
        place: A folder; `postgres://user@host:port/database?schema=name`; or the folder, `https://` or `s3://` URL of a frozen
            lake (see `t2s pin publish`).
        data: Where the Parquet files of a lake in PostgreSQL are to be: `s3://bucket/prefix` or a folder that all its users
            see. It is needed when the lake is made, and known to its catalog afterwards.

    Raises:
        AddressError: It is none of these, or has a password or options of an object store in it.
    """
    if isinstance(place, Address):
        return place
    text = os.fspath(place)
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if scheme in _POSTGRES:
        return _postgres(text, None if data is None else _data(os.fspath(data)))
    if data is not None:
        raise AddressError(
            f"The lake in {text} keeps its data beside its catalog.", "Leave data out, or give a postgres:// address."
        )
    if scheme in _REMOTE:
        _require_plain(text)
        return Address("frozen", text.rstrip("/"), f"{text.rstrip('/')}/data")
    if scheme:
        raise AddressError(
            f"{scheme}:// is no address of a lake.",
            "Give a folder, postgres://..., or the https:// or s3:// URL of a frozen lake.",
        )
    folder = Path(text).absolute()
    kind: Literal["folder", "frozen"] = "frozen" if (folder / FROZEN).is_file() else "folder"
    return Address(kind, str(folder), str(folder / "data"))


def frozen(folder: str | Path) -> Address:
    """Where a frozen lake is to be made."""
    place = Path(folder).absolute()
    return Address("frozen", str(place), str(place / "data"))


def is_remote(place: str) -> bool:
    """Whether it is a URL, not a path."""
    return place.partition("://")[0].lower() in _REMOTE


def _postgres(text: str, data: str | None) -> Address:
    try:
        url = urlsplit(text)
        options = dict(parse_qsl(url.query, strict_parsing=bool(url.query)))
        port = url.port
    except ValueError:  # its message might have the password
        raise AddressError(
            "This postgres:// address cannot be read.", "Write it as postgres://user@host:port/database?schema=name."
        ) from None
    if url.password is not None or options.keys() & _PASSWORDS:
        raise AddressError("An address with a password in it would be recorded with every snapshot.", _SECRETS)
    schema = options.pop("schema", "public")
    if schema != schema.lower():  # DuckDB takes Team and team for one, PostgreSQL and its tools for two
        raise AddressError(f"The schema {schema} has capital letters.", f"Give ?schema={schema.lower()}")
    user = f"{url.username}@" if url.username else ""
    host = url.hostname or ""
    where = f"postgres://{user}{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}{url.path}"
    return Address("postgres", f"{where}?{urlencode(options)}" if options else where, data, schema)


def _require_plain(text: str) -> None:
    """Refuse a URL with more than a place in it: user and password, or options, which may be keys."""
    try:
        url = urlsplit(text)
        plain = not (url.username or url.password or url.query or url.fragment)
    except ValueError:
        plain = False
    if not plain:  # the text may have the secret
        raise AddressError(
            f"This {text.partition('://')[0]}:// address has more than a place in it, and would be recorded.",
            "Give https://host/path or s3://bucket/prefix; who you are says a DuckDB secret, or the environment (AWS_...).",
        )


def _data(data: str) -> str:
    if is_remote(data):
        _require_plain(data)
        if not data.startswith("s3://"):
            raise AddressError(f"Data cannot be written to {data}.", "Give s3://bucket/prefix, or a folder that all users see.")
        return data.rstrip("/")
    if "://" in data:
        raise AddressError(f"Data cannot be kept in {data}.", "Give s3://bucket/prefix, or a folder that all users see.")
    return str(Path(data).absolute())


def _value(text: str) -> str:
    """A value in libpq's notation."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
