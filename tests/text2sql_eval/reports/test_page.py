"""The page, its Markdown and the command: one set of figures, the same bytes every time, and texts that stay texts."""

import json
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import store
from store.cli import cli
from text2sql_eval.reports import page
from text2sql_eval.reports.blocks import Chart
from text2sql_eval.reports.layout import sections
from text2sql_eval.reports.markdown import markdown
from text2sql_eval.reports.pairs import pair_report

pytestmark = pytest.mark.slow

HOSTILE = (
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "</style></details></article><h1>{{ 7 * 7 }}</h1>\u2028\u202e'--",
    "```\n| # <b>bold</b> [x](javascript:alert(1)) |",
)


@pytest.fixture
def hostile(lake: store.Lake, write_pairs: Callable[..., None], make_world: Callable[..., dict[str, Any]]) -> store.Lake:
    """A lake whose questions, SQL, results, types and prompts all try to be something else than text."""
    sqls = [f"SELECT '{text}'" for text in HOSTILE]
    outcomes = dict(zip(sqls, HOSTILE, strict=True))
    pairs = [
        {
            "type": HOSTILE[place % 2],
            "origin": "natural",
            "benchmark": "made_up",
            "revision": "1",
            "db_id": text,
            "position": place,
            "prompt": text,
            "chosen": sqls[place],
            "rejected": sqls[place - 1],
            "chosen_reward": 1.0,
            "rejected_reward": 0.2,
        }
        for place, text in enumerate(HOSTILE)
    ]
    write_pairs(lake, HOSTILE[1], pairs, **make_world([(text, text) for text in HOSTILE], outcomes))
    write_pairs(lake, "two", pairs[:2])
    return lake


class Elements(HTMLParser):
    """The elements of a page, by their names, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.found.append((tag, dict(attrs)))


def test_hostile_texts_stay_texts(hostile: store.Lake) -> None:
    """Whatever questions, SQL and results say: no element, attribute or script but the page's own is in it."""
    text = page.html(pair_report(hostile, [HOSTILE[1], "two"]))
    elements = Elements(text).found
    assert sum(tag == "script" for tag, _ in elements) == 3
    assert {tag for tag, _ in elements}.isdisjoint({"img", "b", "link", "iframe", "object", "form", "base"})
    assert [name for _, attributes in elements for name in attributes if name.startswith("on")] == []
    assert not any(attributes.get("src") or str(attributes.get("href", "#"))[0] != "#" for _, attributes in elements)
    assert sum(tag == "h1" for tag, _ in elements) == 1
    assert "{{ 7 * 7 }}" in text
    specs = re.search(r'<script type="application/json" id="charts">(.*?)</script>', text, re.DOTALL)
    assert specs is not None
    assert not set("<>&\u2028") & set(specs[1])
    assert set(json.loads(specs[1])) == {
        block.name
        for section in sections(pair_report(hostile, [HOSTILE[1], "two"]))
        for block in section.blocks
        if isinstance(block, Chart)
    }


def test_hostile_texts_stay_texts_in_markdown(hostile: store.Lake) -> None:
    """No markup of a text is markup of the document, and a fence in a SQL does not end its block."""
    text = markdown(pair_report(hostile, [HOSTILE[1], "two"]))
    outside = re.sub(r"^(`{3,})(diff)?\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert "<" not in outside.replace("\\<", "")
    assert "](" not in outside.replace("\\](", "")
    assert "\u202e" not in outside


def test_the_same_lake_gives_the_same_bytes(hostile: store.Lake) -> None:
    """Made twice, all three are equal; another seed shows other pairs only where there are more."""
    one, two = (pair_report(hostile, ["two", HOSTILE[1]]) for _ in range(2))
    assert json.dumps(one) == json.dumps(two)
    assert page.html(one) == page.html(json.loads(json.dumps(two)))
    assert markdown(one) == markdown(two)


def run(lake: store.Lake, *arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["--lake", str(lake.folder), "report", "pairs", *arguments])


def test_the_command_writes_all_three(hostile: store.Lake, tmp_path: Path) -> None:
    """The page, the JSON and the Markdown come from one set of figures; the JSON is what `pair_report` gives."""
    done = run(hostile, "two", *(f"--{kind}={tmp_path / kind}" for kind in ("html", "json", "markdown")))
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "json").read_text("utf-8"))
    assert found == json.loads(json.dumps(pair_report(hostile, ["two"])))
    assert (tmp_path / "markdown").read_text("utf-8") == markdown(found)
    assert (tmp_path / "html").read_text("utf-8") == page.html(found)


def test_without_a_file_the_command_prints_tables(hostile: store.Lake) -> None:
    """The key figures are on standard output; what they do not count is said beside it."""
    done = run(hostile, "two")
    assert done.exit_code == 0
    assert re.search(r"Pairs +2\n", done.stdout)
    assert "\u202e" not in done.stdout
    assert "was" not in done.stderr or "not known" in done.stderr


def test_the_command_refuses_what_cannot_be(hostile: store.Lake, tmp_path: Path) -> None:
    """A limit in tokens without a tokenizer is wrong usage; a missing folder is found before the work."""
    assert run(hostile, "two", "--max-length", "100").exit_code == 2
    done = run(hostile, "two", "--json", str(tmp_path / "nowhere/out.json"))
    assert done.exit_code == 1
    assert "no folder" in str(done.exception)


def test_without_the_libraries_of_charts_the_rest_works(
    hostile: store.Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON and Markdown need no chart; the page says what to install."""
    monkeypatch.setitem(sys.modules, "altair", None)
    assert run(hostile, "two", "--json", str(tmp_path / "j"), "--markdown", str(tmp_path / "m")).exit_code == 0
    done = run(hostile, "two", "--html", str(tmp_path / "h"))
    assert done.exit_code == 1
    assert "text2sql-store[report]" in getattr(done.exception, "hint", "")
    assert not (tmp_path / "h").exists()
