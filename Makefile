# Two commands do everything: `make run` and `make test`.
# They need Python 3.11 or 3.12 (with its headers and venv module), gcc and make; `make help` lists the rest.

PYTHON ?= $(shell for p in python3.12 python3.11 python3; do \
	$$p -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null \
	&& echo $$p && break; done)
BIN := .venv/bin
HOST ?= 127.0.0.1
PORT ?= 8080
PATIENT ?= fhir_fixtures/patients/sle-woman-possible-match/bundle.json
STATE := .cart-cds
HAPI_PORT ?= 8090
URL := http://$(HOST):$(PORT)

.DEFAULT_GOAL := help
.PHONY: help run stop test lint check fixtures words coverage conformance hapi hapi-stop test-hapi test-peers fuzz fuzz-api fuzz-charts lock audit-deps sbom mutation clean

help:  ## show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: .venv/run stop  ## set up, start the service on 127.0.0.1:8080, match a bundled patient, leave it running
	@mkdir -p $(STATE)
	@CART_CDS_HOST=$(HOST) CART_CDS_PORT=$(PORT) nohup $(BIN)/cart-cds serve >$(STATE)/serve.log 2>&1 & echo $$! >$(STATE)/serve.pid
	@$(BIN)/cart-cds wait $(URL) || { cat $(STATE)/serve.log; exit 1; }
	@$(BIN)/cart-cds call $(URL) $(PATIENT)
	@echo
	@echo "The service is running on $(URL) (log: $(STATE)/serve.log). Stop it with: make stop"
	@echo "Try: curl -d @$(PATIENT) $(URL)/match"

stop:  ## stop the service that `make run` started
	@if [ -f $(STATE)/serve.pid ] && kill "$$(cat $(STATE)/serve.pid)" 2>/dev/null; then \
		for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$$(cat $(STATE)/serve.pid)" 2>/dev/null || break; sleep 0.5; done; fi; \
		rm -f $(STATE)/serve.pid

test: .venv/test lint  ## set up and run every test
	$(BIN)/python -m pytest

lint: .venv/test  ## style, types, one-way imports, and the rule files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry cds_service
	$(BIN)/cart-cds check

check: .venv/run  ## check the rule files only
	$(BIN)/cart-cds check

fixtures: .venv/test  ## write fhir_fixtures/ anew from its generator
	$(BIN)/python fhir_fixtures/generate.py

words: .venv/test  ## write tests/words/ and tests/features/readings/ anew: what a clinician reads
	CART_CDS_WRITE_WORDS=1 $(BIN)/python -m pytest -q tests/test_words.py tests/features

coverage: .venv/run  ## write docs/coverage.md anew: which criterion carries which sentence of each source
	$(BIN)/python -c "from cds_service.rules import rules_directory as d; from cds_service.trials.check import coverage_page as p; print(p(d()), end='')" >docs/coverage.md

conformance: .venv/test  ## write docs/cds-hooks-conformance.md anew: which test holds which requirement of CDS Hooks
	$(BIN)/python tests/conformance/cds_hooks_page.py

bench: .venv/test  ## measure: calls against orjson.loads, the engine, many trials, start (docs/performance.md)
	$(BIN)/python benchmarks/all.py

hapi:  ## fetch and start a real HAPI FHIR server on 127.0.0.1:8090 (Java 17 JDK, Maven)
	@HAPI_PORT=$(HAPI_PORT) tests/hapi/server.sh start

hapi-stop:  ## stop the server that `make hapi` started
	@tests/hapi/server.sh stop

test-hapi: .venv/test hapi  ## the tests against HAPI; it is stopped afterwards
	@CART_CDS_TEST_HAPI=http://127.0.0.1:$(HAPI_PORT)/fhir $(BIN)/python -m pytest tests/hapi; \
		passed=$$?; tests/hapi/server.sh stop; exit $$passed

test-peers: .venv/test .venv-peers/made  ## the tests with another FHIR server and another CDS client
	CART_CDS_TEST_PEERS=.venv-peers $(BIN)/python -m pytest tests/peers

.venv-peers/made: tests/peers/requirements.txt
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/pip install --quiet --disable-pip-version-check -r tests/peers/requirements.txt
	@touch $@

fuzz-api: .venv/test .venv-fuzz/made  ## calls made from openapi.yaml, valid and not, to the running service
	@tests/fuzz/api.sh $(CASES) $(SEED)

fuzz: .venv-fuzz/made  ## coverage-guided fuzzing of the readers and of the engine's facts, ten minutes each
	@tests/fuzz/readers.sh $(FUZZ_SECONDS)

fuzz-charts: .venv/test  ## damaged charts, all the way to cards, 50,000 of them
	@$(BIN)/python tests/fuzz/mutated_charts.py $(CASES)

.venv-fuzz/made: tests/fuzz/requirements.txt pyproject.toml
	@$(PYTHON) -m venv .venv-fuzz
	@.venv-fuzz/bin/pip install --quiet --disable-pip-version-check -e . -r tests/fuzz/requirements.txt
	@touch $@

mutation: .venv-mutation/made  ## how many small faults in the clinical logic the tests notice (MODULE=cds_service/features/took.py)
	.venv-mutation/bin/python benchmarks/mutation.py $(MODULE)

.venv-mutation/made: pyproject.toml
	@test -d .venv-mutation || $(PYTHON) -m venv .venv-mutation
	@.venv-mutation/bin/pip install --quiet --disable-pip-version-check -e '.[test,mutation]'
	@touch $@

lock: .venv-supply/made  ## write requirements.lock anew: every dependency with its version and hashes
	@.venv-supply/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --extra postgres \
		--no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		--output-file requirements.lock pyproject.toml >/dev/null

audit-deps: .venv-supply/made  ## look every dependency of requirements.lock up in the advisories; fails where it cannot
	@.venv-supply/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements.lock

sbom: .venv-locked/made  ## write dist/sbom.cdx.json: what the service is made of, as CycloneDX
	@mkdir -p dist
	@.venv-supply/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file dist/sbom.cdx.json .venv-locked/bin/python

.venv-locked/made: requirements.lock .venv-supply/made
	@rm -rf .venv-locked && $(PYTHON) -m venv --without-pip .venv-locked
	@.venv-supply/bin/pip --python .venv-locked/bin/python install --quiet --disable-pip-version-check \
		--require-hashes -r requirements.lock
	@touch $@

.venv-supply/made: tests/supply_chain/requirements.txt
	@$(PYTHON) -m venv .venv-supply
	@.venv-supply/bin/pip install --quiet --disable-pip-version-check -r tests/supply_chain/requirements.txt
	@touch $@

clean: stop hapi-stop  ## remove the environment and everything that was generated
	rm -rf .venv .venv-fuzz .venv-locked .venv-mutation .venv-peers .venv-supply mutants $(STATE) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or 3.12 is needed (durable_rules does not import on 3.13). On Debian 12: apt install python3 python3-venv python3-dev gcc make"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "The venv module is missing. On Debian: apt install python3-venv"; rm -rf .venv; exit 1; }

.venv/run: .venv/bin/python pyproject.toml
	@$(BIN)/pip install --quiet --disable-pip-version-check -e . || { echo "Setting up failed. durable_rules is compiled here: gcc and the Python headers are needed (Debian: apt install gcc python3-dev)"; exit 1; }
	@touch $@

.venv/test: .venv/bin/python pyproject.toml
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]' || { echo "Setting up failed. durable_rules is compiled here: gcc and the Python headers are needed (Debian: apt install gcc python3-dev)"; exit 1; }
	@touch $@ .venv/run
