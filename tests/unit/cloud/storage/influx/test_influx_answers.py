import json

import pytest

from cloud.storage.influx.answers import LinesRefusedError, ServerBusyError, check_written, tables_read
from vitals.errors import StorageError


def failure(status: int, text: str = "", **headers: str) -> StorageError:
    with pytest.raises(StorageError) as caught:
        check_written("the server", status, text, headers)
    return caught.value


def read(answer: object, status: int = 200):
    text = answer if isinstance(answer, str) else json.dumps(answer)
    tables = tables_read("the server", status, text, {})
    return [(table.tags, row) for table in tables for row in table.rows()]


def result(**fields: object) -> object:
    return {"results": [{"statement_id": 0, **fields}]}


def test_only_204_means_stored() -> None:
    check_written("the server", 204, "", {})
    assert "check that series_url names it" in str(failure(200, "<html>"))


@pytest.mark.parametrize("status", [400, 413, 422])
def test_refused_lines_are_told_from_other_failures(status: int) -> None:
    assert isinstance(failure(status, "partial write"), LinesRefusedError)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            'field type conflict: input field "value" is type integer 187i, already float dropped=1',
            "values of another type",
        ),
        ("unable to parse 'observation,patient=p-wei value=187.25x 17': invalid number", "cannot read it"),
        ("points beyond retention policy dropped=1 (187.25)", "older than that database keeps"),
        ("187.25 is not to my taste " * 100, "see its log"),
    ],
)
def test_why_a_line_is_refused_is_said_without_what_was_measured(said: str, why: str) -> None:
    error = str(failure(400, json.dumps({"message": said})))
    assert why in error
    assert "187" not in error
    assert "p-wei" not in error
    assert len(error) < 120


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "set influx.token"), (403, "the right to"), (404, "create the bucket"), (500, "see the log")],
)
def test_each_failure_says_what_to_do(status: int, advice: str) -> None:
    error = failure(status, '{"error": "no"}')
    assert advice in str(error)
    assert not isinstance(error, LinesRefusedError)


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [("30", 30), ("0", 1), ("", 1), ("86400", 300), ("Wed, 21 Oct 2026 07:28:00 GMT", 1)],
)
def test_a_busy_server_says_how_long_to_wait_within_reason(said: str, wait_s: float) -> None:
    error = failure(503, **{"Retry-After": said})
    assert isinstance(error, ServerBusyError)
    assert error.wait_s == wait_s


def test_a_long_answer_is_quoted_in_part() -> None:
    assert len(str(failure(500, "x" * 10_000))) < 600


def test_rows_come_with_the_tags_they_are_grouped_by() -> None:
    series = [{"name": "observation", "tags": {"kind": "heart_rate"}, "columns": ["time", "value"]}]
    series[0]["values"] = [[1, 60], [2, 61.5]]
    assert read(result(series=series)) == [
        ({"kind": "heart_rate"}, {"time": 1, "value": 60}),
        ({"kind": "heart_rate"}, {"time": 2, "value": 61.5}),
    ]


def test_nothing_found_is_no_rows() -> None:
    assert read(result()) == []


def test_an_error_inside_an_answer_of_200_is_an_error() -> None:
    with pytest.raises(StorageError, match="create the bucket"):
        read(result(error="database not found: ward"))
    with pytest.raises(StorageError, match="this service's own"):
        read(result(error="undefined function nonsense()"))


@pytest.mark.parametrize("where", ["result", "series"])
def test_an_answer_cut_short_by_the_server_is_an_error(where: str) -> None:
    series = {"columns": ["time"], "values": [[1]], "partial": where == "series"}
    with pytest.raises(StorageError, match="max-row-limit"):
        read(result(series=[series], partial=where == "result"))


def test_an_answer_in_several_chunks_is_one_answer() -> None:
    chunks = [
        result(series=[{"columns": ["time"], "values": [[t]], "partial": t < 3}], partial=t < 3)
        for t in (1, 2, 3)
    ]
    assert [row for _, row in read("\n".join(map(json.dumps, chunks)))] == [
        {"time": 1},
        {"time": 2},
        {"time": 3},
    ]
    with pytest.raises(StorageError, match="left rows out"):
        read("\n".join(map(json.dumps, chunks[:2])))


@pytest.mark.parametrize("text", ["", "<html>", "[]", '{"results": []}', '{"results": [{"series": 1}]}'])
def test_what_is_no_result_is_an_error(text: str) -> None:
    with pytest.raises(StorageError, match="check series_url"):
        read(text)


def test_a_query_refused_outright_is_an_error() -> None:
    with pytest.raises(StorageError, match="answered 400"):
        read({"error": "error parsing query"}, status=400)
