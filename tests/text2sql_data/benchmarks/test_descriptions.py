"""BIRD's column descriptions in the states in which they are published."""

from pathlib import Path

import pytest

from text2sql_data.benchmarks.descriptions import read_descriptions
from text2sql_data.schema.introspect import Described

HEADER = "original_column_name,column_name,column_description,data_format,value_description\n"


def write(tmp_path: Path, content: bytes, name: str = "Hero.csv") -> Path:
    """Writes a description file; gives the folder of the database."""
    (tmp_path / "database_description").mkdir(exist_ok=True)
    (tmp_path / "database_description" / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without a mark and Windows' encoding are all read right."""
    folder = write(tmp_path, (HEADER + "Name,,the hero\u2019s name \u2013 café,text,\n").encode(encoding))
    assert read_descriptions([folder]).descriptions == {("hero", "name"): Described("the hero\u2019s name \u2013 café", None)}


def test_any_bytes_are_read(tmp_path: Path) -> None:
    """Bytes that Windows' encoding does not know either are no reason to fail."""
    folder = write(tmp_path, HEADER.encode() + b"name,,caf\xe9 \x81,,\n")
    assert read_descriptions([folder]).descriptions["hero", "name"] == Described("café \x81", None)


def test_odd_headers_and_rows(tmp_path: Path) -> None:
    """Spaces and capitals in the header, an extra column, a short row and an empty one do no harm."""
    content = (
        " Original column name ,COLUMN_NAME,column_description,data_format,value_description,\n"
        'id,,"the id,\nof a hero",integer,"a\nb",\nname ,long name\n\n,nameless,,,,\n'
    )
    read = read_descriptions([write(tmp_path, content.encode())])
    assert read.descriptions == {
        ("hero", "id"): Described("the id,\nof a hero", "a\nb"),
        ("hero", "name"): Described("long name", None),
    }
    assert read.problems == []


def test_files_without_sense_are_reported(tmp_path: Path) -> None:
    """An empty file, one with another header and one that is no CSV are left out, each with its reason."""
    write(tmp_path, b"", "a.csv")
    write(tmp_path, b"x,y\n1,2\n", "b.csv")
    write(tmp_path, HEADER.encode() + b'"' + b"x" * 200_000, "c.csv")
    write(tmp_path, (HEADER + "id,,the id,,\n").encode(), "d.CSV")
    read = read_descriptions([tmp_path / "absent", tmp_path])
    assert read.descriptions == {("d", "id"): Described("the id", None)}
    assert [file.name for file in read.files] == ["d.CSV"]
    assert ["a.csv" in read.problems[0], "b.csv" in read.problems[1], "c.csv" in read.problems[2]] == [True] * 3


def test_published_descriptions(real_data: Path) -> None:
    """All 75 description files of BIRD's dev databases are read, those in Windows' encoding too."""
    found = [read_descriptions([folder]) for folder in sorted((real_data / "bird/dev_databases").iterdir())]
    n_files = len(list((real_data / "bird/dev_databases").glob("*/database_description/*.csv")))
    assert sum(len(read.files) for read in found) == n_files == 75
    assert [problem for read in found for problem in read.problems] == []
    everything = [text for read in found for entry in read.descriptions.values() for text in entry if text]
    assert len(everything) > 900
    assert any("\u2022 Slow: 1-33" in text for text in everything)  # the bullet is byte 0x95 in the file
    assert any("Grand Prix \u2013 a race" in text for text in everything)
