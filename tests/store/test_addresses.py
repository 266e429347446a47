"""What is an address of a lake, and what is none."""

import pytest
from click.testing import CliRunner

import store
from store import engine
from store.address import parse
from store.cli import cli


def test_what_is_no_address() -> None:
    """Each is wrong usage, and says what an address is."""
    for text in (
        "ftp://host/lake",
        "postgres://u:sesame@host/db",
        "postgres://host:port/db",
        "postgres://host/db?password=sesame",
        "postgres://host/db?sslpassword=sesame",
        "https://u:sesame@host/lake",
        "https://host/lake?token=sesame",
        "s3://bucket/lake?s3_secret_access_key=sesame",
        "https://[host/lake#sesame",
    ):
        with pytest.raises(store.AddressError) as wrong:
            parse(text)
        assert wrong.value.hint
        assert "sesame" not in str(wrong.value)
    with pytest.raises(store.AddressError) as wrong:
        parse("postgres://host/db", "s3://bucket/x?s3_secret_access_key=sesame")
    assert "sesame" not in str(wrong.value)
    with pytest.raises(store.AddressError):
        parse("lake", "s3://bucket/x")
    with pytest.raises(store.AddressError):
        parse("postgres://host/db", "https://host/x")
    with pytest.raises(store.AddressError, match="not a folder"):
        parse("postgres://host/db").folder  # noqa: B018 - it raises
    result = CliRunner().invoke(cli, ["--lake", "postgres://u:sesame@host/db", "log"])
    assert result.exit_code == 2
    assert "sesame" not in result.output


def test_an_address_is_what_it_was_written_as(monkeypatch: pytest.MonkeyPatch) -> None:
    """`str` gives an address that reads as the same one, whatever is in it."""
    for text in (
        "postgres://lake@db.example.org:5433/research?schema=team",
        "postgres:///research?host=%2Fvar%2Frun",
        "postgres://db/research?sslmode=require&schema=a%20b",
        "https://example.org/lake",
        "s3://bucket/lake",
    ):
        address = parse(text)
        assert parse(str(address)) == address
    with pytest.raises(store.AddressError, match="capital letters"):
        parse("postgres://db/research?schema=Team")
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    said = parse("postgres://lake@[::1]:5433/it%27s?schema=x&sslmode=require")
    assert said.conninfo.startswith(r"host='::1' port='5433' user='lake' dbname='it\'s' keepalives_idle='60' ")
    assert said.conninfo.endswith(" connect_timeout='30' sslmode='require'")
    assert "connect_timeout='5'" in parse("postgres://db/research?connect_timeout=5").conninfo
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "7")
    assert "connect_timeout" not in said.conninfo
    assert engine.not_found(said).hint
