import pytest
from contract import CONTRACT, check_answer
from flask import Response
from jsonschema import ValidationError
from openapi_spec_validator import validate


def test_the_contract_is_openapi_3_1():
    assert CONTRACT["openapi"].startswith("3.1")
    validate(CONTRACT)


def test_every_route_is_in_the_contract_and_every_path_of_the_contract_is_a_route(app):
    routes = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    promised = {(path, method) for path, item in CONTRACT["paths"].items() for method in item}
    assert routes == promised


def test_the_contract_is_served_as_it_is(client):
    answer = client.get("/openapi.yaml")
    assert answer.data.startswith(b"openapi: 3.1.0")


def test_the_checker_refuses_an_answer_of_another_shape():
    with pytest.raises(ValidationError):
        check_answer("/livez", "GET", Response('{"status": "dead"}', content_type="application/json"))
    with pytest.raises(KeyError):
        check_answer("/livez", "GET", Response("{}", status=418, content_type="application/json"))
    with pytest.raises(AssertionError):
        check_answer("/livez", "GET", Response("{}", content_type="text/plain"))
