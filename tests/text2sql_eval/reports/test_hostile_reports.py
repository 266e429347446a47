"""Every kind of report over a lake in which every text is hostile: questions, databases, SQL, errors, critiques, runs, selectors.

What is written is parsed again: a page has no element, attribute or script but its own, Markdown and LaTeX have no markup but
theirs, a terminal gets no control character; and in a real browser nothing of it runs, asks for anything or complains.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from store.cli import cli
from text2sql_eval.latex import escaped

pytestmark = pytest.mark.slow

OWNED = "document.title='owned'"
SCRIPT = f"</script><script>{OWNED}</script></style><!-- --> \u2028\u202e]]>"
IMAGE = f'<img src=x onerror="{OWNED}"><svg onload={OWNED}> {{{{ 7 * 7 }}}} {{% raw %}} ${{alert(1)}}'
TABLE = f"[*]\\\\ | a | `b` [x](javascript:{OWNED}) ![y](http://192.0.2.1/z.png) *c* _d_ # e <b>f</b>"
LATEX = r"[1cm] \input{/etc/passwd} \end{table} $x^2$ & % # _ { } ~ \\ \write18{id} ^^5cend"
VEGA = f"'][0]; {OWNED} // datum['a'] === \"\\\" + (()=>{OWNED})()"
NAMES = [
    "run " + SCRIPT.replace("\u2028\u202e", "") + IMAGE,
    TABLE,
    LATEX,
    VEGA,
]
DB_IDS = ['<img src=x onerror="alert(1)">', "a|b `c` [x](javascript:alert(1)) & $d_e{f}"]
QUESTIONS = [SCRIPT, IMAGE, TABLE, LATEX, VEGA, "```\n</pre>\n\x1b]0;owned\x07\x1b[2J"]
REPORTS = ("runs", "compare", "collab", "question", "drift", "pairs", "trajectory")


def t2s(lake: Path, *arguments: str) -> str:
    """Run a command; what it printed."""
    done = CliRunner().invoke(cli, ["--lake", str(lake), *arguments])
    assert done.exit_code == 0, (arguments, done.output, done.exception)
    return str(done.output)


def quoted(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def write_benchmark(folder: Path) -> None:
    """Two databases with hostile names and values, and a question of each hostile text about each."""
    questions = []
    for db_id in DB_IDS:
        (folder / "database" / db_id).mkdir(parents=True)
        with closing(sqlite3.connect(folder / "database" / db_id / f"{db_id}.sqlite")) as database:
            database.execute('CREATE TABLE "t<i>" (id INTEGER PRIMARY KEY, "c</td>" TEXT)')
            database.executemany('INSERT INTO "t<i>" ("c</td>") VALUES (?)', [(text,) for text in QUESTIONS])
            database.commit()
        questions += [
            {"question": text, "evidence": text, "db_id": db_id, "SQL": f'SELECT "c</td>" FROM "t<i>" WHERE id = {number}'}
            for number, text in enumerate(QUESTIONS, 1)
        ]
    (folder / "dev.json").write_text(json.dumps(questions), "utf-8")


def write_run(path: Path, number: int) -> None:
    """A run of three samples a question with its critiques: right, wrong, and failing with a hostile message."""
    with path.open("w", encoding="utf-8") as file:
        for position in range(2 * len(QUESTIONS)):
            text = QUESTIONS[position % len(QUESTIONS)]
            right = f'SELECT "c</td>" FROM "t<i>" WHERE id = {position % len(QUESTIONS) + 1} /* {text.replace("*/", "")} */'
            wrong = f"SELECT {quoted(text.replace(chr(0), ''))}, {number}"
            failing = f'SELECT "<img src=x onerror={position}>".a FROM [<script>alert({number})</script>]'
            trajectories = [
                {"planner_sql": sql, "planner_output": text, "fb_select": f"{text}\nConclude: incorrect", "planner_exec_ok": True}
                for sql in ((right, wrong, failing) if (position + number) % 3 else (wrong, right, failing))
            ]
            file.write(json.dumps({"position": position, "trajectories": trajectories, "prompt_planner": text}) + "\n")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hostile lake."""
    folder = tmp_path_factory.mktemp("hostile")
    lake = folder / "lake"
    write_benchmark(folder)
    t2s(lake, "init")
    t2s(lake, "benchmark", "add", str(folder), "--name", SCRIPT[:40])
    for number, name in enumerate(NAMES):
        write_run(folder / f"{number}.jsonl", number)
        t2s(lake, "import", "mats", str(folder / f"{number}.jsonl"), "--benchmark", SCRIPT[:40], "--run", name, "--system", IMAGE)
    t2s(lake, "execute")
    t2s(lake, "label")
    t2s(lake, "select", "run", "majority", *(word for name in NAMES for word in ("--run", name)), "--name", VEGA)
    t2s(lake, "pairs", "mine", *NAMES, "--name", IMAGE)
    return folder


def words(kind: str) -> list[str]:
    """The arguments of a report."""
    title = ["--title", f"{SCRIPT}{LATEX}"]
    return {
        "runs": ["runs", "--comparator", "bird", *title],
        "compare": ["compare", *NAMES[:3], *title],
        "collab": ["collab", *NAMES[:2], "--further", NAMES[2], *title],
        "question": ["question", SCRIPT[:40], "5", *title],
        "drift": ["drift", "--from", "bird", "--to", "spider", *title],
        "pairs": ["pairs", IMAGE, *title],
        "trajectory": ["trajectory", *NAMES, *title],
    }[kind]


FORMS = {
    kind: ("html", "json", "markdown", *(["latex"] if kind in {"runs", "compare", "trajectory"} else [])) for kind in REPORTS
}


@pytest.fixture(scope="module")
def written(hostile: Path) -> dict[tuple[str, str], str]:
    """Every report in every form, by kind and form."""
    texts = {}
    for kind in REPORTS:
        files = {form: hostile / f"{kind}.{form}" for form in FORMS[kind]}
        t2s(hostile / "lake", "report", *words(kind), *(word for form in files for word in (f"--{form}", str(files[form]))))
        texts |= {(kind, form): file.read_text("utf-8") for form, file in files.items()}
    return texts


class Page(HTMLParser):
    """The elements of a page with their attributes, and the texts of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.comments: list[str] = []
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        """It is over."""
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        """Keep the text of a script."""
        if self._inside == "script":
            self.scripts[-1] += data

    def handle_comment(self, data: str) -> None:
        """Keep it."""
        self.comments.append(data)


@pytest.mark.parametrize("kind", REPORTS)
def test_a_page_has_nothing_but_its_own(written: dict[tuple[str, str], str], kind: str) -> None:
    """No element, attribute, script, link or comment comes from a text; the charts' data is JSON that ends no script."""
    text = written[kind, "html"]
    page = Page(text)
    tags = [tag for tag, _ in page.elements]
    hashes = re.findall(r"'sha256-[^']+'", text.partition("</head>")[0])
    assert len(page.scripts) == len(hashes) + 1
    assert page.comments == []
    assert {"img", "svg", "b", "i", "link", "iframe", "object", "form", "base", "input"}.isdisjoint(tags)
    assert tags.count("h1") == tags.count("title") == tags.count("style") == 1
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert not attributes.keys() & {"src", "srcset", "action", "formaction", "xlink:href", "srcdoc"}, (tag, attributes)
        assert (attributes.get("href") or "#").startswith("#"), (tag, attributes)
        assert re.fullmatch(r"[\w\s:.%;#()-]*", attributes.get("style") or ""), (tag, attributes)
    data = next(script for script, (_, attributes) in zip(page.scripts, _scripts(page), strict=True) if attributes.get("id"))
    assert isinstance(json.loads(data), dict)
    assert not set("<>&\u2028\u2029") & set(data)
    assert "\x1b" not in text
    assert "{{ 7 * 7 }}" in text or "7 * 7" not in text


def _scripts(page: Page) -> Iterator[tuple[str, dict[str, str | None]]]:
    return (element for element in page.elements if element[0] == "script")


@pytest.mark.parametrize("kind", REPORTS)
def test_markdown_has_nothing_but_its_own(written: dict[tuple[str, str], str], kind: str) -> None:
    """Outside of its code blocks no text is a tag, a link, a picture, a heading, code or the end of a cell."""
    text = written[kind, "markdown"]
    outside = re.sub(r"^(`{3,})[a-z]*\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    bare = re.sub(r"\\[\\`*_\[\]<>|#~&]", "", outside)
    assert not set("<>`[]") & set(bare), sorted(set("<>`[]") & set(bare))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028]", bare)
    for block in re.findall(r"(?:^\|.*\n)+", bare, re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1, block


@pytest.mark.parametrize("kind", [kind for kind in REPORTS if "latex" in FORMS[kind]])
def test_latex_has_nothing_but_its_own(written: dict[tuple[str, str], str], kind: str) -> None:
    """Every command is one of the table's, braces are even, every row has as many cells, and none begins with what `\\` takes."""
    text = written[kind, "latex"]
    own = {
        "begin",
        "end",
        "centering",
        "toprule",
        "midrule",
        "bottomrule",
        "caption",
        "scriptsize",
        "medskip",
        "dagger",
        "ddagger",
    }
    own |= {"textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater"}
    bare = re.sub(r"\\[&%$#_{}\\]", "", text.replace("\\\\", ""))
    assert set(re.findall(r"\\([a-zA-Z]+)", bare)) <= own
    assert not set("%#~") & set(bare)
    assert bare.count("{") == bare.count("}")
    assert text.count("\\begin{tabular}") == text.count("\\end{tabular}")
    for body in re.findall(r"\\begin\{tabular\}\{(.*?)\}\n(.*?)\\end\{tabular\}", text, re.DOTALL):
        columns, rows = body
        for row in re.findall(r"^(.*) \\\\$", rows, re.MULTILINE):
            assert len(re.findall(r"(?<!\\)&", row)) == len(columns) - 1, row
            assert row[0] not in "[*", row


@pytest.mark.parametrize("kind", REPORTS)
def test_a_terminal_gets_no_control_character(hostile: Path, kind: str) -> None:
    """Printed as tables, hostile texts cannot move the cursor, change the title or turn the direction of writing."""
    printed = t2s(hostile / "lake", "report", *words(kind))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", printed)


@pytest.mark.parametrize("kind", REPORTS)
def test_json_is_json(written: dict[tuple[str, str], str], kind: str) -> None:
    """The same figures as JSON can be read, and say the texts as they are."""
    assert json.loads(written[kind, "json"])


@pytest.mark.parametrize("kind", REPORTS)
def test_nothing_runs_in_a_browser(
    browser: Any,  # noqa: ANN401
    hostile: Path,
    written: dict[tuple[str, str], str],
    kind: str,
) -> None:
    """The page opens, draws its charts and unfolds everything: no script of a text runs, nothing is asked for, no complaint."""
    assert written[kind, "html"]
    file, wrong = hostile / f"{kind}.html", []
    context = browser.new_context()
    opened = context.new_page()
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("dialog", lambda dialog: wrong.append(dialog.message))
    opened.on("request", lambda request: None if request.url == file.as_uri() else wrong.append(request.url))
    opened.goto(file.as_uri())
    opened.wait_for_selector("html[data-charts]", timeout=120_000)
    opened.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for mark in opened.query_selector_all(".chart svg :is(.mark-rect, .mark-symbol) path")[:5]:
        mark.dispatch_event("pointermove")
        mark.dispatch_event("click")
    assert wrong == []
    assert opened.title() != "owned"
    assert opened.evaluate("document.images.length") == 0
    assert opened.get_attribute("html", "data-charts") == "drawn"
    context.close()


def test_escaped_latex() -> None:
    """Every character that LaTeX takes for its own is written out, and what cannot be printed is a space."""
    assert escaped("a_b\\[*]\n\x1b") == r"a\_b\textbackslash{}{[}{*}{]}" + "  "
