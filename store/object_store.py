"""Who one is to an object store: DuckDB's own secret where there is one for the place, or else what AWS's variables say.

Credentials go into DuckDB's memory and nowhere else.
"""

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import duckdb


def prepare(connection: "duckdb.DuckDBPyConnection", place: str) -> None:
    """Make S3 usable for a connection that has `httpfs`; does nothing where a DuckDB secret is there already.

    AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and AWS_ENDPOINT_URL_S3 (or AWS_ENDPOINT_URL) are
    read; without a key, whatever AWS's own tools would find, where the extension `aws` is installed.
    """
    if connection.execute("FROM which_secret($1, 's3')", [place]).fetchone():
        return
    said = {
        "KEY_ID": os.environ.get("AWS_ACCESS_KEY_ID"),
        "SECRET": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "SESSION_TOKEN": os.environ.get("AWS_SESSION_TOKEN"),
    }
    options: dict[str, str | bool | None] = {"REGION": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")}
    if said["KEY_ID"]:
        options |= said
    elif find_spec("duckdb_extension_aws"):
        from store.engine import load

        load(connection, "aws")
        options["PROVIDER"] = "credential_chain"
    else:
        return  # a public bucket
    if endpoint := os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"):
        url = urlsplit(endpoint)
        options |= {"ENDPOINT": url.netloc, "USE_SSL": url.scheme == "https", "URL_STYLE": "path"}
    given = {name: value for name, value in options.items() if value is not None}
    settings = ", ".join(f"{name} {_literal(value)}" for name, value in given.items())
    connection.execute(f"CREATE OR REPLACE SECRET text2sql_store (TYPE s3, {settings})")


def _literal(value: str | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "'" + value.replace("'", "''") + "'"
