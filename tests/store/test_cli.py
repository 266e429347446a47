"""The command line: light to start, help everywhere, data on stdout, one error line and one hint, and honest exit codes."""

import csv
import errno
import importlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import store
from store import cli
from store.ids import content_id

COMMANDS = sorted(entry.name for entry in entry_points(group=cli.GROUP))
HEAVY = ("duckdb", "polars", "pyarrow", "apsw", "sqlglot", "rich", "msgspec", "ijson", "numpy", "pandas", "scipy", "torch")
T2S = [sys.executable, "-c", "from store.cli import main; main()"]
MANY = "FROM range(3000000)"
ENDLESS = "SELECT count(*) FROM range(1000000000) AS a, range(1000) AS b"


def t2s(*words: object, cwd: Path, stdin: str | None = None, lake: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run `t2s` as a process of its own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TEXT2SQL_")}
    if lake is not None:
        environment["TEXT2SQL_LAKE"] = str(lake)
    return subprocess.run(
        [*T2S, *map(str, words)], cwd=cwd, input=stdin, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def run(folder: Path, *words: object) -> str:
    """Run a command in this process; what it printed on stdout."""
    result = CliRunner().invoke(cli.cli, ["--lake", str(folder), *map(str, words)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def loaded(code: str) -> set[str]:
    """Which heavy packages a new interpreter has imported after some code."""
    program = f"{code}\nimport sys\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {module.partition(".")[0] for module in done.stderr.split()} & set(HEAVY)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a lake with three prompts."""
    folder = tmp_path_factory.mktemp("filled") / "lake"
    with store.open(folder) as lake, lake.commit("three prompts") as commit:
        commit.append("prompts", [{"prompt": content_id(n), "text": f"number {n}"} for n in range(3)])
    return folder


def test_help_lists_every_command_with_what_it_does() -> None:
    """Each command stands in `t2s --help` with a summary; listing them imports nothing heavy."""
    text = CliRunner().invoke(cli.cli, ["--help"], terminal_width=120).stdout
    listed = dict(line.strip().split(maxsplit=1) for line in text.partition("Commands:\n")[2].splitlines())
    assert sorted(listed) == COMMANDS
    assert all(len(summary) > 10 for summary in listed.values())
    assert loaded("import sys, store.cli\nsys.argv = ['t2s', '--help']\ntry: store.cli.main()\nexcept SystemExit: pass") == set()


def test_importing_the_commands_is_light() -> None:
    """Every command's module waits with its heavy imports until it runs."""
    modules = sorted({entry.module for entry in entry_points(group=cli.GROUP)})
    heavy = {module: loaded(f"import {module}") for module in modules}
    assert {module: found for module, found in heavy.items() if found} == {}


def subcommands(name: str) -> list[tuple[str, ...]]:
    """A command and all commands below it, as words."""
    group, _, attribute = next(entry.value for entry in entry_points(group=cli.GROUP) if entry.name == name).partition(":")
    command = getattr(importlib.import_module(group), attribute)
    below = command.commands if isinstance(command, click.Group) else {}
    return [(name,), *((name, other) for other in below)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    """The commands of a group have theirs; every option says what it is for."""
    for words in subcommands(name):
        result = CliRunner().invoke(cli.cli, [*words, "--help"])
        assert result.exit_code == 0, result.output
        command: click.Command | None = cli.cli
        for word in words:
            assert isinstance(command, click.Group)
            command = command.get_command(click.Context(command), word)
        assert command is not None
        if not isinstance(command, click.Group):
            example = result.stdout.partition("Example:\n")[2]
            assert re.search(rf"^ *t2s (--lake \S+ )?{' '.join(words)}\b", example, re.MULTILINE), words
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, (words, option.name)


def test_the_lake_is_the_option_the_variable_or_the_default(filled: Path, tmp_path: Path) -> None:
    """`--lake` goes before TEXT2SQL_LAKE, which goes before ./lake."""
    text = "SELECT count(*) AS n FROM prompts"
    assert t2s("init", cwd=tmp_path).returncode == 0
    assert t2s("sql", text, "--csv", cwd=tmp_path).stdout == "n\n0\n"
    assert t2s("sql", text, "--csv", cwd=tmp_path, lake=filled).stdout == "n\n3\n"
    assert t2s("--lake", "lake", "sql", text, "--csv", cwd=tmp_path, lake=filled).stdout == "n\n0\n"


VALUES = """
SELECT
    NULL AS nothing, '00000000-0000-0000-0000-000000000001'::UUID AS id, TIMESTAMP '2020-01-02 03:04:05.678901' AS at,
    ['a', NULL, 'é'] AS list, {'x': [1]} AS struct, '{"j": 1}'::JSON AS json, 'naïve "quoted", 😀' AS text, 'nan'::DOUBLE AS nan,
    9007199254740993 AS big, 170141183460469231731687303715884105727 AS huge, true AS yes, '\\x41'::BLOB AS bytes,
    0.1::DOUBLE AS x
"""


def test_json_lines_keep_values(filled: Path) -> None:
    """One strict JSON object a row: NULL is null, numbers are exact, lists are lists, times have their microseconds."""
    (line,) = run(filled, "sql", VALUES, "--json").splitlines()

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    assert json.loads(line, parse_constant=refuse) == {
        "nothing": None,
        "id": "00000000-0000-0000-0000-000000000001",
        "at": "2020-01-02 03:04:05.678901",
        "list": ["a", None, "é"],
        "struct": {"x": [1]},
        "json": '{"j": 1}',
        "text": 'naïve "quoted", 😀',
        "nan": "nan",
        "big": 2**53 + 1,
        "huge": 2**127 - 1,
        "yes": True,
        "bytes": "41",
        "x": 0.1,
    }


def test_csv_keeps_values(filled: Path) -> None:
    """A header, NULL as an empty field, lists as JSON; a result without rows still has its header."""
    header, row = csv.reader(io.StringIO(run(filled, "sql", VALUES, "--csv")))
    found = dict(zip(header, row, strict=True))
    assert (found["nothing"], found["text"], found["big"]) == ("", 'naïve "quoted", 😀', str(2**53 + 1))
    assert (json.loads(found["list"]), json.loads(found["struct"])) == (["a", None, "é"], {"x": [1]})
    assert run(filled, "sql", "SELECT text FROM prompts WHERE false", "--csv") == "text\n"
    assert run(filled, "sql", "SELECT text FROM prompts WHERE false", "--json") == ""


def test_a_table_shows_values_and_says_when_it_is_cut(filled: Path) -> None:
    """NULL is NULL, a cut table says so on stderr."""
    shown = run(filled, "sql", "SELECT NULL AS n, ['é', NULL] AS l, 7 AS seven")
    assert all(word in shown for word in ("NULL", '["é", null]', "seven"))
    cut = t2s("sql", "FROM prompts", "--limit", 2, cwd=filled.parent)
    assert cut.stdout.count("number") == 2
    assert "first 2 rows" in cut.stderr


def test_a_result_is_written_as_parquet_or_not_at_all(filled: Path, tmp_path: Path) -> None:
    """The file has all rows and types; a query that fails leaves neither a new file nor a changed old one."""
    target = tmp_path / "odd [1] 'name'.parquet"
    done = t2s("--lake", filled, "sql", "FROM prompts ORDER BY text", "-o", target, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "3 rows" in done.stderr
    content = target.read_bytes()
    assert pq.read_table(target)["text"].to_pylist() == ["number 0", "number 1", "number 2"]
    failed = t2s("--lake", filled, "sql", "SELECT text::INTEGER AS i FROM prompts", "-o", target, cwd=tmp_path)
    assert failed.returncode == 1
    assert target.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


def test_a_query_may_come_from_stdin_and_ask_for_the_past(filled: Path) -> None:
    """`-` reads the text; `--at` is the version of the lake."""
    assert t2s("sql", "-", "--csv", cwd=filled.parent, stdin="SELECT 'é' AS e\n").stdout == "e\né\n"
    assert run(filled, "sql", "SELECT count(*) AS n FROM prompts", "--csv", "--at", 1) == "n\n0\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sql", "FROM nowhere"], "nowhere"),
        (["sql", "SELECT text::INTEGER FROM prompts"], "Could not convert"),
        (["sql", "DROP TABLE prompts"], "Only one query"),
        (["sql", "SELECT 1", "--at", "99"], "version 99"),
        (["sql", "SELECT 1", "-o", "nowhere/x.parquet"], "nowhere"),
        (["diff", "0", "99"], "version 99"),
        (["--lake", "nowhere", "log"], "no lake"),
    ],
)
def test_an_error_is_one_message_and_one_hint(filled: Path, words: list[str], expected: str) -> None:
    """Exit code 1, nothing on stdout, no traceback; with --debug there is one."""
    done = t2s(*words, cwd=filled.parent)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert "defect" not in done.stderr


def test_an_error_of_the_store_has_a_hint_and_debug_shows_where(filled: Path) -> None:
    """The hint stands on a line of its own; --debug adds the traceback."""
    done = t2s("sql", "FROM nowhere", cwd=filled.parent)
    assert done.stderr.splitlines()[-1].startswith("hint: ")
    assert "Traceback" in t2s("--debug", "sql", "FROM nowhere", cwd=filled.parent).stderr


@pytest.mark.parametrize(
    "words", [["nonsense"], ["sql"], ["sql", "SELECT 1", "--nonsense"], ["diff", "x"], ["schema", "nowhere"]]
)
def test_wrong_usage_is_exit_code_2(filled: Path, words: list[str]) -> None:
    """And the message says how it is used."""
    done = t2s(*words, cwd=filled.parent)
    assert done.returncode == 2
    assert "Usage" in done.stderr or "Invalid value" in done.stderr


def test_check_says_no_with_exit_code_3(lake: store.Lake, folder: Path) -> None:
    """A sound lake is 0; one with a dangling label is 3, and says which."""
    assert t2s("check", cwd=folder.parent).returncode == 0
    with lake.commit("a label of nothing") as commit:
        commit.append(
            "labels",
            "SELECT uuid() AS candidate, 'original' AS gold_revision, 'bird' AS comparator, 1 AS version, 's' AS settings, "
            "'wrong' AS verdict",
        )
    done = t2s("check", "--json", cwd=folder.parent)
    assert done.returncode == 3
    assert json.loads(done.stdout)["table"] == "labels"


def test_log_diff_and_schema_print_what_the_lake_says(filled: Path) -> None:
    """As JSON lines and as tables."""
    first, *_ = [json.loads(line) for line in run(filled, "log", "--json").splitlines()]
    assert (first["message"], first["arguments"]) == ("three prompts", [])
    assert "duckdb" in first["versions"]
    assert "three prompts" in run(filled, "log", "-n", 1)
    assert {"table": "prompts", "added": 3, "rows": 3} in [json.loads(x) for x in run(filled, "diff", 1, "--json").splitlines()]
    assert "prompts" in run(filled, "diff", 1)
    assert "as the model saw it" in run(filled, "schema", "prompts")
    assert run(filled, "schema", "--markdown").startswith("## `benchmarks` (table)")
    assert {json.loads(line)["name"] for line in run(filled, "schema", "--json").splitlines()} >= {"prompts", "verdicts"}
    assert "one row is" in run(filled, "schema")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="/proc tells when the query has begun")
def test_ctrl_c_is_exit_code_130(filled: Path) -> None:
    """Also in the middle of a query; there is no traceback."""
    process = subprocess.Popen(
        [*T2S, "--lake", str(filled), "sql", ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 30
    while "duckdb" not in Path(f"/proc/{process.pid}/maps").read_text() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout) == (130, "")
    assert "interrupted" in stderr
    assert "Traceback" not in stderr


@pytest.mark.parametrize("style", ["--csv", "--json"])
def test_a_closed_pipe_is_no_error(filled: Path, style: str) -> None:
    """When the reader has had enough, the command ends quietly."""
    process = subprocess.Popen(
        [*T2S, "--lake", str(filled), "sql", MANY, style], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=30) in {0, 1}


def test_only_parquet_files_are_overwritten(filled: Path, tmp_path: Path) -> None:
    """A file of another kind is never replaced by a result."""
    target = tmp_path / "questions.json"
    target.write_text("[]")
    done = t2s("--lake", filled, "sql", "FROM prompts", "-o", target, cwd=tmp_path)
    assert done.returncode == 2
    assert "is not overwritten" in done.stderr
    assert target.read_text() == "[]"


def test_json_keeps_columns_with_one_name(filled: Path, tmp_path: Path) -> None:
    """A join that gives two columns the same name loses neither."""
    done = t2s("--lake", filled, "sql", "SELECT 1 AS a, 2 AS a, 3 AS a", "--json", cwd=tmp_path)
    assert json.loads(done.stdout) == {"a": 1, "a_1": 2, "a_2": 3}


def test_control_characters_do_not_reach_the_terminal(filled: Path, tmp_path: Path) -> None:
    """What a model wrote cannot clear the screen, set its title or turn the direction of writing."""
    query = "SELECT chr(27) || '[2J' || chr(7) || chr(8238) || chr(155) || 'x' AS \"h\x1b[1m\""
    done = t2s("--lake", filled, "sql", query, cwd=tmp_path)
    assert r"\x1b[2J\x07\u202e\x9bx" in done.stdout
    assert not set("\x1b\x07\u202e\x9b") & set(done.stdout)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "TEXT2SQL_MEMORY"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "TEXT2SQL_MEMORY"),
        (OSError(errno.ENOSPC, "No space left on device"), "Free some space"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "mine.parquet"), ""),
    ],
)
def test_what_the_system_refuses_has_its_remedy(error: Exception, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Memory and disk name what to do; a file of the user that is not there is not taken for one of the lake."""
    assert cli._report(error) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert told in said
    assert ("hint:" in said) is bool(told)
