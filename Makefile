# make run     the whole service on this machine, with a sample agency, offline too
# make run-wire  the same, with a stand-in of a subscriber's wire alone, Anadolu's HAS
# make test    everything that CI runs: linters, types, import contracts, tests
# make check   linters, types, import contracts alone
# make coverage  the tests once more, with branch coverage, of 95 % at least: TESTS="tests/unit tests/integration"
# make bench   what things cost, as ratios against named rivals
# make fuzz    100,000 mutated feeds, 20,000 mutated replies, a million addresses: FUZZ="--seed 2"
# make chaos   the whole service while parts of it are killed, for some minutes: CHAOS="--rounds 200"
# make chaos-consumers   writers and consumers, killed at random for two minutes
# make soak    the whole service for hours of the agencies' time, a minute each: HOURS=48
# make chaos-wire  10,000 documents of a wire while its workers are killed: CHAOS="--documents 500"
# make chaos-backfill  20,000 pages of an archive, killed five times: CHAOS="--pages 1000"
# make clean   remove what the targets above made

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.run-ready
TOOLS  := $(VENV)/.test-ready
JOBS   ?= 2
HOURS  ?= 48

.PHONY: run run-wire test check coverage bench fuzz chaos chaos-consumers chaos-wire chaos-backfill soak clean

run: $(READY)
	@exec $(BIN)/khabar up --sample

run-wire: $(READY)
	@KHABAR_HOME=$${KHABAR_HOME:-.khabar-wire} exec $(BIN)/khabar up --sample-wire --no-declared --articles

$(READY): requirements/run.txt requirements/build.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "khabar needs Python 3.11 or newer: make PYTHON=python3.11 run"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/run.txt -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS): $(READY) requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

check: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check coverage

# Branch coverage of all that the tests run, in whatever process; what is killed tells nothing.
coverage: export COVERAGE_FILE := $(CURDIR)/.coverage
coverage: $(TOOLS)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(JOBS) --dist loadgroup $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --format=total

bench: $(TOOLS)
	$(BIN)/python -m benchmarks

fuzz: $(TOOLS)
	$(BIN)/python -m tests.fuzz --jobs $(JOBS) $(FUZZ)

chaos: $(TOOLS)
	$(BIN)/python -m tests.acceptance.chaos $(CHAOS)

chaos-consumers: $(TOOLS)
	$(BIN)/python -m tests.acceptance.consumers $(CHAOS)

soak: $(TOOLS)
	$(BIN)/python -m tests.acceptance.soak --hours $(HOURS) $(SOAK)

chaos-wire: $(TOOLS)
	$(BIN)/python -m tests.acceptance.wire_chaos $(CHAOS)

chaos-backfill: $(TOOLS)
	$(BIN)/python -m tests.acceptance.backfill_chaos $(CHAOS)

clean:
	rm -rf $(VENV) .khabar .khabar-wire .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.* dist build
