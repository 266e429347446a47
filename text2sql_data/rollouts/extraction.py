"""Takes the SQL out of a model's completion: a slice of its own text, by declared rules, never a rendering of it.

It reads text only: whether the SQL is any good is found by executing it. A statement that is no query (INSERT, DROP ...) is taken
out as well, so that the sandbox can refuse it. Any text has an answer, and a long one costs no more than a fraction of a second.
"""

import re
from typing import NamedTuple

from sqlglot import exp
from sqlglot.errors import SqlglotError

from text2sql_data.sql_ast.syntax import statements

_PARSED_AT_MOST = 20_000  # characters; a longer statement is taken as it is cut, for parsing it would take too long
_BUDGET = 60_000  # characters that are parsed in one completion; nothing parses after that
_STARTS = 24  # places of one text at which a statement is looked for
_LINES = 8  # ends that are tried for one statement

# An apostrophe within a word, or at its end, opens no literal.
_LITERAL = r"(?<!\w)'[^'\n]*(?:''[^'\n]*)*'" + r'|"[^"\n]*"'
# Literals come first in the alternation, so that a mark inside one is passed over with it.
_MARKS = re.compile(
    rf"{_LITERAL}"
    r"|(?P<think><(?P<tag>think|thinking|thought|reasoning)>)"
    r"|(?P<thought></(?:think|thinking|thought|reasoning)>)"
    r"|(?P<end><\|[^|<>\s]{1,40}\|>|<\uff5c[^\uff5c<>]{1,40}\uff5c>|</s>|<eos>|<end_of_turn>|\[/INST\]|</answer>|</sql>)",
    re.IGNORECASE,
)
_OPENING = re.compile(r"(?:\s|<\|[^|<>\s]{1,40}\|>|\b(?:assistant|user)\b|<s>|<answer>|<sql>)*", re.IGNORECASE)
_ANSWER = re.compile(
    rf"{_LITERAL}|(?P<mark>\b(?:final|fixed|corrected)[ \t]+sql(?:[ \t]+(?:query|statement))?[ \t*_`]*(?::[ \t]*[*_]*|$))",
    re.IGNORECASE | re.MULTILINE,
)
_FENCE = re.compile(rf"{_LITERAL}|(?P<fence>`{{3,}}|~{{3,}})")
_LANGUAGE = re.compile(
    r"[ \t]*(?:(?!(?:select|with|values)\b)[\w+#.-]+[ \t]*(?=\r?\n)|(?:sql|sqlite3?|mysql|postgres(?:ql)?)\b)?", re.IGNORECASE
)

_NAME = r'(?:\w+|"[^"\n]+"|`[^`\n]+`|\[[^\]\n]+\])'
_QUERY = (
    r"select\b(?!\s*[,;:!?)\]}]|\s*\.(?!\d)|\s*\Z|`)"
    rf"|with\s+(?:recursive\s+)?{_NAME}\s*(?:\([^()]{{0,2000}}\)\s*)?as\s+(?:not\s+)?(?:materialized\s*)?\("
    rf"|with\s+(?:recursive\s+)?{_NAME}\s*(?:\([^()]{{0,2000}}\)\s*)?as\("
    r"|values\s*\((?=[^)])"
)
_OTHER = (
    r"insert\s+(?:or\s+\w+\s+)?into\b|replace\s+into\b|delete\s+from\b|update\s+\S+\s+set\b|drop\s+(?:table|view|index|trigger)\b"
    r"|create\s+(?:unique\s+|temp\s+|temporary\s+)?(?:table|view|index|trigger)\b|alter\s+table\b|pragma\s+\w|attach\s+(?:database\b|')"
)
_LEAD = r"^[ \t>]{0,80}(?:(?:sql|sqlite|query|answer)(?:[ \t]{1,4}query)?[ \t]{0,4}:)?[`(* \t]{0,40}"
_START = re.compile(
    r"(?P<comment>^[ \t]{0,80}(?:--[^\n]*|/\*(?s:.*?)(?:\*/|\Z)))"
    rf"|(?P<lead>{_LEAD})(?P<line>{_QUERY}|{_OTHER})"
    rf"|\b(?P<middle>{_QUERY})",
    re.IGNORECASE | re.MULTILINE,
)
# What a sentence says after "select" and a query never does, but for `SELECT the FROM t`.
_PROSE = re.compile(r"select\s+(?:the|an?|this|these|those|our|your|only|it|each|every)\s+(?!from\b|as\b)\w", re.IGNORECASE)
_PIECE = re.compile(
    r"'[^']*(?:''[^']*)*'"
    r'|"[^"]*(?:""[^"]*)*"'
    r"|`(?!``)[^`]*`"
    r"|\[[^\[\]\n]{0,200}\]"
    r"|--[^\n]*"
    r"|/\*.*?(?:\*/|\Z)"
    r"|(?P<stop>;|`{3,}|~{3,})"
    r"|(?P<open>\()|(?P<close>\))"
    r"|(?P<blank>\n[ \t\r]*\n\s*)"
    r"|(?P<newline>\n[ \t\r]*)"
    r"|(?P<point>\.(?= +[A-Z]))"
    r"|[^'\"`\[\-/;()~\n.]+|.",
    re.DOTALL,
)
_GOES_ON = re.compile(
    r"[^A-Za-z]|(?:from|where|group|having|order|limit|offset|union|intersect|except|join|inner|left|right|full|outer|cross"
    r"|natural|on|using|and|or|not|in|is|like|between|as|case|when|then|else|end|over|window|asc|desc)\b",
    re.IGNORECASE,
)
_WAITING = re.compile(
    r"(?:[,=<>+/|(.-]|\b(?:select|distinct|from|join|on|where|by|and|or|as|union|all|except|intersect))\s*\Z", re.IGNORECASE
)
_INSIDE = re.compile(r"(?:[(,]|\b(?:union|all|except|intersect|as))\s*\Z", re.IGNORECASE)
_NEXT = re.compile(r"^[ \t#*]{0,8}question\b[^\n:]{0,8}:", re.IGNORECASE | re.MULTILINE)
_SENTENCE = re.compile(r"[A-Z][a-z']*(?:,? +[\w'`\"-]+){2}")


class _Cut(NamedTuple):
    """A statement as it is cut out, and whether it parses."""

    text: str
    parses: bool


class _Start(NamedTuple):
    """Where a statement may begin, and how likely it does: 0 for a line, 1 for a sentence that begins so, 2 within a line."""

    place: int
    rank: int


class _Budget:
    """What may still be parsed."""

    def __init__(self) -> None:
        self.left = _BUDGET


def extract(completion: str) -> str | None:
    """The SQL in a completion, or None where there is none.

    The rules, in their order. Marks inside a literal do not count.

    1. What a model thinks, in `<think>` or a tag like it, is passed over, also where only the end of it is there; what follows an
       end mark (`<|im_end|>`, `</s>`, ...) is not its answer.
    2. After the last `Final SQL query:`, `FIXED SQL:` or `Corrected SQL:`. Where nothing follows that mark, only a code fence
       before it counts: a plan is no answer.
    3. Within code fences (of backticks or tildes, also one that is not closed): the last that holds a query.
    4. Otherwise the first statement that begins a line, `SQL:` before it or not, and parses; then one that begins like a
       sentence; then one within a line, in capitals or after a colon or backtick. Where none parses, one that begins a line.
       What follows a further `Question:` is not looked at.
    5. A statement ends at its first `;` outside literals, names and comments, at a fence, at the end of the parentheses around
       it, and before a line with which it does not parse any more. Of several statements it is the first query; one that is no
       query is taken where there is none. The `;` is not part of it; comments inside it are.

    Args:
        completion: What the model wrote.

    >>> extract("First the singers.\\n\\nFinal SQL query:\\n```sql\\nSELECT name FROM singer;\\n```")
    'SELECT name FROM singer'
    """
    budget = _Budget()
    for part in reversed(_answers(completion)):
        found = _within(part, budget)
        if found is not None:
            return found
    return None


def _answers(text: str) -> list[str]:
    """The parts of a completion that are neither thought nor after an end mark."""
    parts: list[str] = []
    start = _OPENING.match(text).end()  # type: ignore[union-attr] # it matches the empty text
    thinking = False
    for mark in _MARKS.finditer(text, start):
        if mark["thought"]:
            if not thinking:
                parts.clear()  # its beginning stood in the prompt
            start, thinking = _OPENING.match(text, mark.end()).end(), False  # type: ignore[union-attr]
        elif mark["think"] and not thinking:
            parts.append(text[start : mark.start()])
            thinking = True
        elif mark["end"] and not thinking and mark.start() >= start:
            parts.append(text[start : mark.start()])
            return parts
    if not thinking:
        parts.append(text[start:])
    return parts


def _within(text: str, budget: _Budget) -> str | None:
    marks = [mark for mark in _ANSWER.finditer(text) if mark["mark"]]
    if not marks:
        return _fenced(text, budget) or _plain(text, budget)
    after = text[marks[-1].end() :]
    return _fenced(after, budget) or _plain(after, budget) or _fenced(text[: marks[-1].start()], budget)


def _fenced(text: str, budget: _Budget) -> str | None:
    """The statement in the last fence that holds one; a query before anything else."""
    other = None
    for content in reversed(_contents(text)):
        cut = _statement(content, budget, fenced=True)
        if cut is not None and _is_query(cut.text):
            return cut.text
        other = other or cut
    return other.text if other else None


def _contents(text: str) -> list[str]:
    """What stands in the code fences of a text, in its order."""
    contents: list[str] = []
    fences = (fence for fence in _FENCE.finditer(text) if fence["fence"])
    for opening in fences:
        start = _LANGUAGE.match(text, opening.end()).end()  # type: ignore[union-attr] # it matches the empty text
        closing = next((fence for fence in fences if fence[0][0] == opening[0][0] and len(fence[0]) >= len(opening[0])), None)
        contents.append(text[start : closing.start() if closing else len(text)])
    return contents


def _plain(text: str, budget: _Budget) -> str | None:
    cut = _statement(text, budget, fenced=False)
    return cut.text if cut else None


def _statement(text: str, budget: _Budget, *, fenced: bool) -> _Cut | None:
    """The statement of a text, by rules 4 and 5."""
    broken = other = None
    for start in sorted(_starts(text, fenced=fenced), key=lambda start: start.rank):
        cut = _cut(text, start, budget, fenced=fenced)
        if not _is_query(cut.text):
            other = other or (cut if cut.parses else None)
        elif cut.parses:
            return cut
        elif broken is None and start.rank == 0:
            broken = cut
    return broken or other


def _starts(text: str, *, fenced: bool) -> list[_Start]:
    """Where a statement may begin; a part of one that began before is no beginning, even where that one does not parse."""
    starts: list[_Start] = []
    covered, entirely = 0, False
    for found in _START.finditer(text):
        place = found.start("line") if found["line"] else found.start("middle")
        before = text[max(place - 40, 0) : place]
        if found["comment"] or (place < covered and (entirely or not found["line"] or _INSIDE.search(before))):
            continue
        if starts and starts[0].rank == 0 and _NEXT.search(text, starts[0].place, place):
            break  # the model goes on with a question of its own
        word = text[place : place + 6]
        if not found["line"]:
            if word.isupper() or before.rstrip(" \t\r\n*_(")[-1:] in {":", "`"}:
                starts.append(_Start(place, 2))
        elif fenced or word.isupper() or not _PROSE.match(text, place):
            starts.append(_Start(place, int(not fenced and word.istitle())))
            if starts[-1].rank == 0 and place >= covered:
                end, _, blanks = _lexed(text, place)
                covered, entirely = min([end, *blanks]), not word.lower().startswith(("select", "values"))
        if len(starts) >= _STARTS:
            break
    return starts


def _cut(text: str, start: _Start, budget: _Budget, *, fenced: bool) -> _Cut:
    """Find the end of a statement."""
    before = text[max(start.place - 40, 0) : start.place]
    inner = len(before.rstrip("( \t"))
    beginnings = [start.place]
    if "(" in before[inner:]:  # (SELECT ...) UNION (SELECT ...) belongs together
        beginnings.insert(0, start.place - len(before[inner:].lstrip(" \t")))
    for place in beginnings:
        end, breaks, blanks = _lexed(text, place)
        ends = [end] if fenced else [*blanks, end, *reversed(breaks)]
        if before.endswith("`") and not fenced:  # `SELECT a FROM t` in a sentence
            ends = [*(found.start() for found in re.finditer("`", text[:end]) if found.start() > place), *ends]
        for one in ends[: 2 * _LINES]:
            cut = text[place:one].strip()
            for shorter in dict.fromkeys((cut, cut.rstrip(" .`*_").strip())):
                if _parses(shorter, budget):
                    return _Cut(shorter, parses=True)
    sentences = [one for one in breaks if _SENTENCE.match(text[one:].lstrip())]
    longest = text[start.place : end if fenced else min([*blanks, *sentences, end])].strip()
    return _Cut(longest, parses=False)


def _lexed(text: str, start: int) -> tuple[int, list[int], list[int]]:
    """Where a statement ends by its marks alone, and the ends of the lines (and of paragraphs) after which it may be over."""
    breaks: list[int] = []
    blanks: list[int] = []
    depth = 0
    for piece in _PIECE.finditer(text, start):
        if piece["stop"]:
            return piece.start(), breaks, blanks
        if piece["open"]:
            depth += 1
        elif piece["close"]:
            if depth == 0 and "(" in text[text.rfind("\n", 0, start) + 1 : start]:
                return piece.start(), breaks, blanks
            depth -= 1
        elif piece["point"]:
            breaks.append(piece.start())
        elif (piece["blank"] or piece["newline"]) and _may_end(text, piece.start(), piece.end()):
            (blanks if piece["blank"] else breaks).append(piece.start())
    return len(text), breaks[:_LINES], blanks[:_LINES]


def _may_end(text: str, line_end: int, next_line: int) -> bool:
    """Whether a statement may be over at the end of a line: it waits for nothing, and the next line does not go on with it."""
    return not _GOES_ON.match(text, next_line) and not _WAITING.search(text[max(line_end - 40, 0) : line_end])


def _parses(text: str, budget: _Budget) -> bool:
    """Whether a text is one statement; what is too long to find out is taken for one, until too much has been parsed."""
    if len(text) > _PARSED_AT_MOST:
        return True
    if len(text) > budget.left:
        return False
    budget.left -= max(len(text), 1)
    try:
        trees = statements(text)
    except SqlglotError:
        return False
    except RecursionError:
        return True
    return len(trees) == 1 and not isinstance(trees[0], exp.Command | exp.Alias)


def _is_query(text: str) -> bool:
    return re.match(r"[\s(]*(?:select|with|values)\b", text, re.IGNORECASE) is not None
