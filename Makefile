# The daily verbs.
PYTHON ?= python3

.PHONY: setup test lint types bench asan docs ci
setup:
	$(PYTHON) -m pip install -e '.[test]'
test:
	$(PYTHON) -m pytest
lint:
	ruff check . && ruff format --check . && lint-imports
types:
	mypy
bench:
	$(PYTHON) -m pytest benchmarks --benchmark-only
asan:
	bash tests/lpm/run_sanitized.sh
	bash tests/run_sanitized.sh
docs:
	$(PYTHON) -m pip install -e '.[docs]' && $(PYTHON) docs/make_readme.py && $(PYTHON) docs/make_commands.py && $(PYTHON) docs/make_limits.py && $(PYTHON) docs/make_rules.py && $(PYTHON) docs/make_examples.py && mkdocs build --strict
ci:
	bash .ci/run
