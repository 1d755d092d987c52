"""A test client that holds every answer to ``openapi.yaml``."""

from __future__ import annotations

from pathlib import Path

import yaml
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

CONTRACT = yaml.safe_load((Path(__file__).parents[1] / "openapi.yaml").read_text(encoding="utf-8"))
REGISTRY = Registry().with_resource("contract", Resource(CONTRACT, DRAFT202012))


def check_schema(pointer, value):
    """Raises where ``value`` is not what the schema at ``pointer`` ("/components/schemas/Card") says."""
    schema = {"$ref": f"contract#{pointer}"}
    Draft202012Validator(
        schema, registry=REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER
    ).validate(value)


def check_answer(rule, method, answer):
    """Raises where the contract has no such answer for this route, or another shape for it."""
    kind = answer.mimetype
    if rule is None or answer.status_code == 405:
        assert answer.status_code in (404, 405)
        assert kind == "application/fhir+json"
        check_schema("/components/schemas/OperationOutcome", answer.get_json(force=True))
        return
    path = rule.replace("<", "{").replace(">", "}")
    operation = CONTRACT["paths"][path][method.lower()]
    said = operation["responses"][str(answer.status_code)]
    place = path.replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
    pointer = f"/paths/{place}/{method.lower()}/responses/{answer.status_code}"
    if "$ref" in said:
        pointer = said["$ref"][1:]
        said = CONTRACT["components"]["responses"][pointer.rpartition("/")[2]]
    assert kind in said["content"], f"{kind} is not in the contract"
    if kind.endswith("json"):
        check_schema(f"{pointer}/content/{kind.replace('/', '~1')}/schema", answer.get_json(force=True))


class ContractClient(FlaskClient):
    def open(self, *args, **kwargs):
        answer = super().open(*args, **kwargs)
        request = answer.request
        adapter = self.application.url_map.bind("localhost")
        rule = next(
            (
                r.rule
                for r in self.application.url_map.iter_rules()
                if _leads_to(adapter, request.path, request.method, r)
            ),
            None,
        )
        if request.method not in ("HEAD", "OPTIONS"):
            check_answer(rule, request.method, answer)
        return answer


def _leads_to(adapter, path, method, rule):
    from werkzeug.exceptions import HTTPException

    try:
        endpoint, _ = adapter.match(path, method)
    except HTTPException:
        return False
    return endpoint == rule.endpoint
