import json

from hook_calls import call


def lines(log):
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_one_line_for_each_request(client, log):
    client.post("/cds-services/cart-trial-match", json=call())
    client.get("/trials/NCT00000001")
    first, second = lines(log)
    assert first["route"] == "/cds-services/cart-trial-match"
    assert (first["status"], first["cards"], first["level"]) == (200, 1, "info")
    assert first["bytes_in"] > 100
    assert second["route"] == "/trials/<id>"


def test_a_path_that_is_no_route_is_not_written(client, log):
    client.get("/Patient/123")
    assert lines(log)[0]["route"] == "(none)"
    assert "123" not in log.getvalue().replace(lines(log)[0]["request_id"], "").split("timestamp")[0]


def test_the_answer_names_its_line(client, log):
    answer = client.get("/livez")
    assert answer.headers["X-Request-Id"] == lines(log)[0]["request_id"]
