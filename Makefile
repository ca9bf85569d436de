# The only way to do things. Two commands for a user: `make run` and `make test`.
.PHONY: run test check format bench fuzz pictures lock clean
.DEFAULT_GOAL := run

PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(if $(shell command -v $(name) >/dev/null 2>&1 && $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo yes),$(name))))
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

run: .venv/.run
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/tutor; \
	else echo 'No terminal here: running tutor --lab lab-lora-cli-help headless instead.'; \
	$(BIN)/tutor --lab lab-lora-cli-help; fi

test: .venv/.test check
	$(BIN)/python -m pytest

# The linters first: they are quick, and fail for cheap reasons.
check: .venv/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.test
	$(BIN)/python -m bench.app
	$(BIN)/python -m bench.ssh
	$(BIN)/python -m bench.lessons
	$(BIN)/python -m bench.chat
	$(BIN)/python -m bench.train --beside "$(BIN)/python -m bench.livescreen"
	$(BIN)/python -m bench.qlora
	$(BIN)/python -m bench.dpo
	$(BIN)/python -m bench.corpus

# Random keys for two minutes; the suite has a short form of it.
fuzz: .venv/.test
	TUTOR_FUZZ_SECONDS=120 $(BIN)/python -m pytest --numprocesses=0 --capture=no tests/app/test_fuzz.py

# The pictures of the README, taken from the real app with the embedded model.
pictures: .venv/.test
	$(BIN)/python -m bench.pictures

# Pins what is installed now; run it after the suite has passed with newer versions.
lock: .venv/.test
	$(BIN)/python -m pip freeze --exclude-editable | sed 's,+cpu,,' | sort --ignore-case > constraints.txt

clean:
	rm -rf .venv

.venv/.run: pyproject.toml constraints.txt | .venv/.checked
	@echo 'Installing (about 6 minutes the first time: llama.cpp is compiled on this machine) ...'
	@$(INSTALL) --editable '.[labs]'
	@touch $@

.venv/.test: pyproject.toml constraints.txt | .venv/.checked
	@echo 'Installing what the tests need ...'
	@$(INSTALL) --editable '.[labs,serve,dev]'
	@touch $@ .venv/.run

# Everything that would fail late is looked at first, before anything is downloaded.
.venv/.checked:
	@if [ -z '$(PYTHON)' ]; then echo 'tutor needs Python 3.11 or newer; found $(shell python3 --version 2>&1). Install one, or name it: make run PYTHON=/path/to/python3.12' >&2; exit 3; fi
	@if ! command -v $${CC:-cc} >/dev/null 2>&1 || ! command -v $${CXX:-c++} >/dev/null 2>&1; then \
	echo 'tutor needs a C and C++ compiler to build llama.cpp; found none. On Debian or Ubuntu: apt install build-essential' >&2; exit 3; fi
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo 'This Python cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv' >&2; exit 3; }
	@$(PYTHON) -m venv .venv
	@touch $@
