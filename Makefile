# One word for each thing you do here. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
SOURCES := $(shell find digisence frontend -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/__pycache__/*')

unexport PYTHONDONTWRITEBYTECODE # thousands of processes would compile the product anew

.PHONY: help run test check bench pictures dev clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/installed ## start the product: panel, worker, scheduler, relay, Redis (UP="--port 9000 --demo" for options)
	@exec $(BIN)/digisence up $(UP)

test: $(VENV)/dev ## every test, on SQLite and PostgreSQL, with a real Redis and a real browser (T="tests/jobs -k kill" for some)
	@$(MAKE) --no-print-directory machine
	$(BIN)/python hatch_build.py test
ifdef T
	$(BIN)/python -m pytest $(T)
else
	$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder --ignore tests/e2e  # they wait more than they reckon
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile -m 'not alone' tests/e2e
	$(BIN)/python -m pytest -m alone tests/e2e  # what promises times has the machine to itself
endif

check: $(VENV)/dev ## ruff, mypy strict, import-linter, tsc, the size rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python hatch_build.py check
	$(BIN)/python -m pytest --quiet tests/test_house.py

bench: $(VENV)/bench ## measure every figure, beside its peers (B="fanout --repeats 1" for some)
	$(BIN)/python -m benchmarks $(B)

pictures: $(VENV)/dev ## take the pictures of the guide anew
	@$(MAKE) --no-print-directory machine
	$(BIN)/python hatch_build.py
	$(BIN)/python -m pytest tests/e2e/test_walks.py --pictures

dev: $(VENV)/dev ## the panel with hot reload, beside a `make run` in another terminal
	$(BIN)/python hatch_build.py dev

clean: ## forget the virtual environment and what was built (never instance/)
	rm -rf $(VENV) frontend/node_modules digisence/panel/dist dist build

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'digisence needs Python 3.11 or newer: make run PYTHON=python3.12' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The wheel as anybody would install it; where the tests' editable install stands, only its panel is renewed.
$(VENV)/installed: $(BIN)/python pyproject.toml constraints.txt hatch_build.py $(SOURCES)
	@if [ -e $(VENV)/dev ]; then $(BIN)/python hatch_build.py; else \
		echo 'installing (the first time takes a minute)'; $(PIP) .; fi
	@touch $@

$(VENV)/dev: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	@touch $@

$(VENV)/bench: $(VENV)/dev
	$(PIP) --editable '.[dev,bench]'
	@touch $@

# The programs that the tests drive and no wheel brings
.PHONY: machine
machine:
	@PATH="$$PATH:/usr/sbin"; missing=; \
	command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null || \
		missing=' chromium'; \
	command -v nginx > /dev/null || missing="$$missing nginx"; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then \
		echo "The tests cannot install what they need here: as root, \`apt-get install$$missing\`, then \`make test\` again." >&2; \
		exit 1; \
	fi; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing > /dev/null
