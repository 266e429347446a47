"""Pointwise, pairwise, listwise and reward model on the demo benchmark, with judges that follow a rule."""

# ruff: noqa: ANN401 - helpers come from a module that a fixture loads

import json
import math
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import store
from store.cli import cli
from text2sql_data.rollouts.clients.model import CallError, Reply, Request, ServerGoneError
from text2sql_data.selection.language.bradley_terry import strengths
from text2sql_data.selection.methods.listwise import named

N = 72
"""Questions."""

ANSWERS = (
    "SELECT candidate::VARCHAR AS candidate, position, sample, sql, sql_id, set_digest, status FROM answers"
    " WHERE gate = 'exec_ok' AND run = 'small' ORDER BY position, sample"
)


def answers(lake: store.Lake) -> dict[int, list[dict[str, Any]]]:
    """The final answers of the run by question."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in lake.sql(ANSWERS).pl().iter_rows(named=True):
        found.setdefault(row["position"], []).append(row)
    return found


def shown_for(listed: list[dict[str, Any]], key: str = "set_digest") -> dict[str, dict[str, Any]]:
    """The answers that stand for each result, or SQL, of a question: those of the lowest sample."""
    found: dict[str, dict[str, Any]] = {}
    for answer in listed:
        if answer["status"] == "ok":
            found.setdefault(answer[key], answer)
    return found


def require_chosen(lake: store.Lake, name: str, better: Callable[[str], float]) -> None:
    """The chosen candidate of every question has the result for which the SQL that stands for it is the best."""
    by_question = answers(lake)
    chosen = rows(lake, f"SELECT position, candidate::VARCHAR FROM current_selections WHERE name = '{name}'")
    assert len(chosen) == N
    for position, candidate in chosen:
        if shown := shown_for(by_question[position]):
            best = max(shown.values(), key=lambda answer: better(answer["sql"]))
            (one,) = [answer for answer in by_question[position] if answer["candidate"] == candidate]
            assert one["set_digest"] == best["set_digest"]


def rows(lake: store.Lake, text: str) -> list[Any]:
    """The rows of a query."""
    return lake.sql(text).fetchall()


def test_pointwise_is_the_probability_of_yes(demo: store.Lake, judging: Any) -> None:
    """Scores are P(YES) against NO from log-probabilities; though NO is always the likelier, hardly any two candidates tie."""
    server = judging.judge(judging.of_one)
    done, judge = judging.choose(demo, "pointwise", judging.at(server))
    found = judging.scores(demo, "pointwise")
    prompts = dict(rows(demo, "SELECT j.prompt::VARCHAR, p.text FROM judgements AS j JOIN prompts AS p USING (prompt)"))
    details = dict(rows(demo, "SELECT candidate::VARCHAR, detail::VARCHAR FROM scores WHERE score IS NOT NULL"))
    executed = [answer for listed in answers(demo).values() for answer in listed if answer["status"] == "ok"]
    assert {answer["candidate"] for answer in executed} == details.keys()
    for answer in executed:
        prompt = prompts[json.loads(details[answer["candidate"]])["prompt"]]
        assert answer["sql"] in prompt
        assert found[answer["candidate"]] == pytest.approx(judging.expected(*judging.of_one(prompt)), abs=1e-9)
        assert found[answer["candidate"]] < 0.5
    assert len({round(found[answer["candidate"]], 9) for answer in executed}) == len(prompts)
    assert judge.asked == len(prompts) == server.asked.total()
    assert set(server.asked) == set(prompts.values())
    assert done.reasons == {}
    by_question = answers(demo)
    for position, candidate in rows(demo, "SELECT position, candidate::VARCHAR FROM current_selections"):
        assert found[candidate] == max(found[answer["candidate"]] or -1 for answer in by_question[position])


@pytest.mark.slow
def test_failed_sql_is_asked_about_where_it_should(demo: store.Lake, judging: Any) -> None:
    """With `failed: ask` every candidate with SQL has a score; otherwise what did not execute has none."""
    server = judging.judge(judging.of_one)
    judging.choose(demo, "pointwise", judging.at(server, failed="ask"), name="asked")
    judging.choose(demo, "pointwise", judging.at(server), name="skipped")
    both = {name: judging.scores(demo, name) for name in ("asked", "skipped")}
    listed = [answer for of_one in answers(demo).values() for answer in of_one]
    assert any(answer["status"] != "ok" for answer in listed)
    for answer in listed:
        assert (both["asked"][answer["candidate"]] is None) == (answer["sql"] is None)
        assert (both["skipped"][answer["candidate"]] is None) == (answer["status"] != "ok")


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["mean", "sum"])
def test_equal_results_share_what_they_have(demo: store.Lake, judging: Any, pool: str) -> None:
    """Mean and sum of the probabilities of the candidates with the same result."""
    server = judging.judge(judging.of_one)
    judging.choose(demo, "pointwise", judging.at(server), name="own")
    judging.choose(demo, "pointwise", judging.at(server, pool=pool), name="pooled")
    own, pooled = judging.scores(demo, "own"), judging.scores(demo, "pooled")
    for listed in answers(demo).values():
        for answer in listed:
            if answer["status"] == "ok":
                group = [own[other["candidate"]] for other in listed if other["set_digest"] == answer["set_digest"]]
                due = sum(group) / (len(group) if pool == "mean" else 1)
                assert pooled[answer["candidate"]] == pytest.approx(due)


def of_two(judging: Any, bias: float, weight: float) -> Any:
    """A judge of pairs who likes some SQL better, and the first place too."""

    def rule(prompt: str) -> list[float]:
        first, second = judging.shown(prompt)
        return [bias + weight * judging.quality(first) - 3, weight * judging.quality(second) - 3]

    return rule


@pytest.mark.parametrize("plan", ["round_robin", pytest.param("knock_out", marks=pytest.mark.slow)])
def test_a_liking_for_a_place_cancels_out(demo: store.Lake, judging: Any, plan: str) -> None:
    """A judge who only looks at the place finds all equal: every outcome is even, and strengths are 0."""
    server = judging.judge(of_two(judging, 2.5, 0))
    judging.choose(demo, "pairwise", judging.at(server, plan=plan))
    found = [score for score in judging.scores(demo, "pairwise").values() if score is not None]
    firsts = {round(one[0], 6) for (one,) in rows(demo, "SELECT probabilities FROM judgements")}
    assert firsts == {round(judging.expected(2.5, 0), 6)}
    if plan == "round_robin":
        assert found == pytest.approx([0.0] * len(found), abs=1e-6)
    else:  # the earlier one goes on where both are even
        ok = "SELECT min(sample) FROM answers WHERE gate = 'exec_ok' AND run = 'small' AND status = 'ok' GROUP BY position"
        chosen = "SELECT a.sample FROM current_selections AS s JOIN answers AS a USING (candidate) WHERE a.gate = 'exec_ok'"
        executed = f"{chosen} AND a.status = 'ok'"
        assert sorted(rows(demo, executed)) == sorted(rows(demo, ok))


@pytest.mark.parametrize("compare", ["results", pytest.param("all", marks=pytest.mark.slow)])
def test_round_robin_is_the_fit_of_both_orders(demo: store.Lake, judging: Any, compare: str) -> None:
    """Every pair of different results (or SQL) is asked about in both orders once; scores are strengths fitted to the means."""
    rule = of_two(judging, 1.0, 1.0)
    server = judging.judge(rule)
    judging.choose(demo, "pairwise", judging.at(server, compare=compare))
    found = judging.scores(demo, "pairwise")
    pairs: set[tuple[int, str, str]] = set()
    for position, listed in answers(demo).items():
        key = "set_digest" if compare == "results" else "sql_id"
        shown = {same: answer["sql"] for same, answer in shown_for(listed, key).items()}
        groups = list(shown)
        told = []
        for one, other in combinations(range(len(groups)), 2):
            gap = judging.quality(shown[groups[one]]) - judging.quality(shown[groups[other]])
            told.append((one, other, (judging.expected(1 + gap, 0) + judging.expected(gap, 1)) / 2))
            pairs |= {(position, shown[groups[a]], shown[groups[b]]) for a, b in ((one, other), (other, one))}
        due = dict(zip(groups, strengths(told, len(groups)), strict=True))
        for answer in listed:
            score = found[answer["candidate"]]
            assert score == (pytest.approx(due[answer[key]], abs=1e-6) if answer["status"] == "ok" else None)
    asked = Counter(tuple(judging.shown(prompt)) for prompt in server.asked.elements())
    assert asked == Counter((first, second) for _, first, second in pairs)


@pytest.mark.slow
def test_the_winner_of_a_knock_out_is_who_wins_each_pair(demo: store.Lake, judging: Any) -> None:
    """With a judge who is of one mind, the best SQL is chosen, with fewer calls than round robin."""
    server = judging.judge(of_two(judging, 0.3, 4.0))
    judging.choose(demo, "pairwise", judging.at(server, plan="knock_out"))
    knock_out = server.asked.total()
    judging.choose(demo, "pairwise", judging.at(server), name="all")
    require_chosen(demo, "pairwise", judging.quality)
    assert knock_out < server.asked.total() - knock_out


def test_listwise_leaves_the_one_that_is_named(demo: store.Lake, judging: Any) -> None:
    """Who is named in each chunk goes on, three at a time; the one that is left is chosen."""

    def best(prompt: str) -> str:
        shown = judging.shown(prompt)
        assert 2 <= len(shown) <= 3
        return f" {1 + max(range(len(shown)), key=lambda at: judging.quality(shown[at]))}\n"

    server = judging.judge(judging.of_one, best)
    done, _ = judging.choose(demo, "listwise", judging.at(server))
    require_chosen(demo, "listwise", judging.quality)
    assert set(done.reasons) <= {"fallback"}


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("2", 2),
        (" 3\n\nCandidate 4:", 3),
        ("Candidate 1.", 1),
        ("<answer>2</answer>", 2),
        ("I think 1, so <answer> 3 </answer>", 3),
        ("2 (that is: 2)", 2),
        ("0", None),
        ("-1", None),
        ("4", None),
        ("1 or 2", None),
        ("none", None),
        ("", None),
    ],
)
def test_an_answer_names_one_number(said: str, number: int | None) -> None:
    """The one number of the first line, or of the tags; whatever is not one of 1 to 3 names nobody."""
    assert named(said, 3) == number


def test_a_list_without_a_name_is_dropped(demo: store.Lake, judging: Any) -> None:
    """When nothing is left the first candidate of all is chosen, and the reason is the fall-back; or the majority where asked."""
    server = judging.judge(judging.of_one, lambda _: "-1")
    done, _ = judging.choose(demo, "listwise", judging.at(server), name="dropped")
    kept, _ = judging.choose(demo, "listwise", judging.at(server, rejected="majority"), name="majority")
    fallen = rows(
        demo,
        "SELECT s.position, a.sample FROM current_selections AS s JOIN answers AS a USING (candidate)"
        " WHERE s.name = 'dropped' AND s.reason = 'fallback' AND a.gate = 'exec_ok'",
    )
    several = {
        position
        for position, listed in answers(demo).items()
        if len({answer["set_digest"] for answer in listed if answer["status"] == "ok"}) in {2, 3}
    }
    assert several <= {position for position, _ in fallen}
    assert {sample for _, sample in fallen} == {0}
    assert done.reasons == {"fallback": len(fallen)}
    assert len(fallen) > kept.reasons.get("fallback", 0)
    executed = "SELECT position FROM answers WHERE gate = 'exec_ok' AND run = 'small' AND status = 'ok'"
    assert kept.reasons.get("fallback", 0) == N - len({position for (position,) in rows(demo, executed)})


@pytest.mark.slow
def test_a_shuffled_list_is_drawn_by_the_seed(demo: store.Lake, judging: Any) -> None:
    """The same seed gives the same prompts, another one others, and without shuffling they are in the order of the samples."""
    prompts = []
    for seed in (1, 1, 2):
        server = judging.judge(judging.of_one)
        judging.choose(demo, "listwise", judging.at(server, shuffle=True, seed=seed), name=f"s{len(prompts)}")
        prompts.append(set(server.asked))
    assert prompts[0] == prompts[1] != prompts[2]


def test_the_reward_is_the_score(demo: store.Lake, judging: Any) -> None:
    """Of the SQL behind the prompt of the question; the text that was judged is in the lake."""

    def reward(request: Request) -> Reply:
        assert request.answers is not None
        return Reply([], reward=judging.quality(request.prompt + request.answers.texts[0]))

    client = judging.RuleClient(reward)
    judging.choose(demo, "reward_model", judging.at(client))
    found = judging.scores(demo, "reward_model")
    texts = rows(
        demo, "SELECT p.text, j.candidates[1]::VARCHAR, j.probabilities FROM judgements AS j JOIN prompts AS p USING (prompt)"
    )
    for text, candidate, numbers in texts:
        assert numbers == [pytest.approx(judging.quality(text))]
        assert found[candidate] == pytest.approx(numbers[0])
        assert text.startswith("Write one SQLite query")
    assert len(texts) == len(client.requests)


def test_nothing_is_asked_twice(demo: store.Lake, judging: Any) -> None:
    """Draws for curves, a second start, and a second run of the same system need no call that was made before."""
    server = judging.judge(of_two(judging, 0.5, 1))
    judging.choose(demo, "pairwise", judging.at(server), name="plain")
    plain = server.asked.total()
    judging.choose(demo, "pairwise", judging.at(server), draws=2)
    assert server.asked.total() == 2 * plain
    assert set(server.asked.values()) == {2}
    _, again = judging.choose(demo, "pairwise", judging.at(server), draws=2)
    assert (again.asked, server.asked.total()) == (0, 2 * plain)
    draws = rows(demo, "SELECT count(*) FROM selections JOIN selectors USING (selector) WHERE name = 'pairwise' AND draw > 0")
    assert draws[0][0] > N * 2
    assert rows(demo, "SELECT count(*) = count(DISTINCT (selector, prompt)) FROM judgements") == [(True,)]


def test_calls_that_failed_are_made_again(demo: store.Lake, judging: Any) -> None:
    """Their questions are chosen for without them, marked, and asked about again; what was judged is not."""
    failing = 7

    def rule(request: Request) -> Reply:
        if len(client.requests) <= failing:
            raise CallError("no", kind="bad_request")
        return judging.likely(*judging.of_one(request.prompt))

    client = judging.RuleClient(rule)
    first, judge = judging.choose(demo, "pointwise", judging.at(client))
    assert judge.failures == {"bad_request": failing}
    assert 0 < first.reasons["call_failed"] <= failing
    failed, asked = {request.prompt for request in client.requests[:failing]}, len(client.requests)
    second, judge = judging.choose(demo, "pointwise", judging.at(client))
    assert {request.prompt for request in client.requests[asked:]} == failed
    assert (judge.asked, second.added, second.reasons) == (failing, first.reasons["call_failed"], {})
    third, judge = judging.choose(demo, "pointwise", judging.at(client))
    assert (judge.asked, third.added) == (0, 0)
    left = [score for score in judging.scores(demo, "pointwise").values() if score is None]
    assert len(left) == sum(answer["status"] != "ok" for listed in answers(demo).values() for answer in listed)
    assert rows(demo, "SELECT count(*) FROM current_selections WHERE reason IS NOT NULL") == [(0,)]


def test_a_server_that_is_gone_costs_nothing(demo: store.Lake, judging: Any) -> None:
    """What it judged before is kept, though no question of its commit was done; the next start asks for the rest alone."""

    def until(most: int) -> Any:
        def rule(request: Request) -> Reply:
            if len(client.requests) > most:
                raise ServerGoneError("gone")
            return judging.likely(*judging.of_one(request.prompt))

        return rule

    client = judging.RuleClient(until(30))
    parameters = judging.at(client)
    with pytest.raises(ServerGoneError):
        judging.choose(demo, "pointwise", parameters)
    kept = rows(demo, "SELECT count(*) FROM judgements")[0][0]
    assert kept == 30
    assert rows(demo, "SELECT count(*) FROM selections") == [(0,)]
    before = {request.prompt for request in client.requests[:30]}
    asked, client.rule = len(client.requests), until(100_000)
    _, judge = judging.choose(demo, "pointwise", judging.at(client))
    assert (judge.found, judge.asked) == (kept, len(client.requests) - asked)
    assert not before & {request.prompt for request in client.requests[asked:]}


def test_nothing_but_failures_stops(demo: store.Lake, judging: Any) -> None:
    """After fifty failures in a row the selector stops, and says what is wrong."""

    def rule(_: Request) -> Reply:
        raise CallError("no log-probabilities here", "Set scoring.", kind="bad_request")

    client = judging.RuleClient(rule)
    with pytest.raises(store.StoreError, match="failed in a row: no log-probabilities here"):
        judging.choose(demo, "pointwise", judging.at(client))
    assert 50 <= len(client.requests) < 60


@pytest.mark.slow
def test_answers_that_are_not_listed_have_no_score(demo: store.Lake, judging: Any) -> None:
    """There is a judgement without a number, which is not asked for again; majority decides, and the reason says so."""
    client = judging.RuleClient(lambda _: judging.likely(None, None))
    done, _ = judging.choose(demo, "pointwise", judging.at(client))
    pairs, _ = judging.choose(demo, "pairwise", judging.at(client))
    assert done.reasons["answer_not_listed"] > 60
    assert pairs.reasons["answer_not_listed"] > 30
    assert set(judging.scores(demo, "pointwise").values()) == {None}
    _, judge = judging.choose(demo, "pointwise", judging.at(client))
    assert judge.asked == 0


@pytest.mark.slow
@pytest.mark.parametrize(("method", "more"), [("pointwise", {}), ("pairwise", {}), ("pairwise", {"plan": "knock_out"})])
def test_a_dry_run_counts_what_is_asked(demo: store.Lake, judging: Any, method: str, more: dict[str, Any]) -> None:
    """Before, as many prompts as are asked then; in the middle, those that are left; in the end, none. It writes nothing."""
    server = judging.judge(judging.of_one if method == "pointwise" else of_two(judging, 0.1, 0))
    parameters = judging.at(server, **more)
    version = demo.version
    before, estimate = judging.choose(demo, method, parameters, estimate=True, draws=2)
    assert (demo.version, server.asked.total(), before.added) == (version, 0, N)
    judging.choose(demo, method, parameters, draws=2)
    said = estimate.summary()
    # A knock-out of draws meets others than a dry run, which lets the first one win, may think.
    assert said["prompts"] >= server.asked.total() if more else said["prompts"] == server.asked.total()
    after, estimate = judging.choose(demo, method, parameters, estimate=True, draws=2)
    assert (after.added, estimate.summary()["prompts"]) == (0, 0)


@pytest.mark.slow
def test_a_recording_judges_too(demo: store.Lake, judging: Any, tmp_path: Path) -> None:
    """A replay file has the answers of a place: position, method, and the samples that a prompt shows."""
    lines = [
        {
            "position": position,
            "stage": "pointwise",
            "sample": 0,
            "subject": str(answer["sample"]),
            "answers": {"YES": -judging.quality(answer["sql"]) - 4, "NO": -1.0},
        }
        for position, listed in answers(demo).items()
        for answer in listed
        if answer["status"] == "ok"
    ]
    file = judging.json_lines(tmp_path / "recorded.jsonl", lines)
    judging.choose(demo, "pointwise", {"client": {"client": "replay", "file": str(file)}})
    found = judging.scores(demo, "pointwise")
    for listed in answers(demo).values():
        for answer in listed:
            if answer["status"] == "ok":
                due = judging.expected(-judging.quality(answer["sql"]) - 4, -1.0)
                assert found[answer["candidate"]] == pytest.approx(due, abs=1e-9)
    assert not any(math.isnan(score) for score in found.values() if score is not None)


@pytest.mark.slow
def test_what_could_change_a_score_is_the_selector(demo: store.Lake, judging: Any, tmp_path: Path) -> None:
    """Another template, model or limit is another selector; another address or concurrency is not. No address is kept."""
    own = tmp_path / "own.j2"
    own.write_text("{{ question }} {{ sql }} {{ result }} YES or NO?\n", "utf-8")
    with judging.JudgeServer(judging.of_one) as server, judging.JudgeServer(judging.of_one) as other:
        first, _ = judging.choose(demo, "pointwise", judging.at(server))
        moved = judging.at(other)
        moved["client"] |= {"concurrency": 2, "timeout": 5}
        again, judge = judging.choose(demo, "pointwise", moved)
        assert (again.selector, judge.asked) == (first.selector, 0)
        for more in ({"prompt": str(own)}, {"result": {"rows": 1}}, {"schema": {"form": "ddl"}}, {"answers": ["Y", "N"]}):
            changed, _ = judging.choose(demo, "pointwise", judging.at(server, **more))
            assert changed.selector != first.selector
    (parameters,) = rows(demo, "SELECT parameters::VARCHAR FROM selectors ORDER BY added LIMIT 1")[0]
    assert "127.0.0.1" not in parameters
    assert json.loads(parameters)["client"]["served"] == "judge"
    assert json.loads(parameters)["template"]


@pytest.mark.slow
def test_the_command_says_what_it_does(own_folder: Path, judging: Any, tmp_path: Path) -> None:
    """Dry run, run, and run again from a file with a setting; wrong fields are named."""
    config = tmp_path / "selector.yaml"

    def t2s(*words: str) -> Any:
        command = ["--lake", str(own_folder), "select", "run", "pointwise", "--run", "small", "--config", str(config), *words]
        return CliRunner().invoke(cli, command)

    with judging.JudgeServer(judging.of_one) as server:
        config.write_text(f"client: {{client: openai, addresses: ['{server.address}']}}\n", "utf-8")
        told = t2s("--dry-run", "--set", "result.rows=2")
        assert f"{N} to choose for" in told.stdout
        assert "prompts to ask" in told.stdout
        assert server.asked.total() == 0
        made = json.loads(t2s("--json", "--set", "result.rows=2").stdout)
        assert made["added"] == N
        assert made["calls"]["asked"] == server.asked.total()
        assert f"0 chosen, {N} were there" in t2s("--set", "result.rows=2").stdout
        for setting, said in (
            ("result.lines=2", "`result.lines`"),
            ("answers=['YES', 'YES']", "`answers`"),
            ("answers=[YES, NO]", "true and false in YAML"),
            ("pool=median", "`pool`"),
            ("client.client=telepathy", "`client.client`"),
            ("schema.form.x=1", "--set schema.form.x"),
        ):
            words = ["--set", "schema={form: typed}", "--set", setting]
            failed = t2s(*words)
            assert failed.exit_code == 1
            assert said in str(failed.exception), failed.exception
    config.write_text("prompt: selector_pointwise\n", "utf-8")
    assert "`client`" in str(t2s().exception)
