# make demo   set up, plan the real Guangxi case, say where the results are
# make drill  the drill 'power outage paralyses finance' on Guangxi; make drill-metro the other one
# make test   set up, run the one check: format, lint, types, import direction, tests
# make lint   the same check without the tests
# make bench  list the benchmarks; make bench BENCH=name runs one
# make serve  the HTTP service on this machine only; PORT=8000
# make lock   write requirements.lock anew; UPGRADE=1 moves every pin to the newest
# make clean  remove the environment, caches and results
#
# PYTHON=/path/to/python3.12 chooses the interpreter for the environment.

SHELL := /bin/bash
VENV ?= .venv
BIN := $(VENV)/bin
OUT := out
PORT ?= 8000
export VENV
export PYTHON

.PHONY: help demo drill drill-metro test lint bench serve lock clean setup-demo setup-test

help:
	@sed -n 's/^# \{0,1\}//; 1,/^$$/p' Makefile

setup-demo:
	@bash scripts/setup.sh demo

setup-test:
	@bash scripts/setup.sh test

demo: setup-demo
	@mkdir -p $(OUT)
	@echo 'demo: planning Guangxi: where to keep the reserves, then 48 hours of dispatch for each scenario'
	@$(BIN)/allocator plan guangxi -o $(OUT)/guangxi_plan.xlsx
	@echo
	@echo 'demo: done. Open these:'
	@for file in $(OUT)/guangxi_plan.html $(OUT)/guangxi_plan.xlsx; do echo "  $(CURDIR)/$$file"; done

drill: DRILL := power_finance
drill-metro: DRILL := metro_suspension
drill drill-metro: setup-demo
	@mkdir -p $(OUT)
	@$(BIN)/allocator drill guangxi --drill $(DRILL) -o $(OUT)/$(DRILL).xlsx

test: setup-test
	@bash scripts/check.sh

lint: setup-test
	@bash scripts/check.sh lint

bench: setup-demo
ifdef BENCH
	@$(BIN)/python -m benchmarks.$(BENCH)
else
	@echo 'bench: choose one with make bench BENCH=name'
	@$(BIN)/python -c 'import pkgutil; [print(" ", m.name) for m in pkgutil.iter_modules(["benchmarks"]) if not m.ispkg]'
endif

serve: setup-demo
	@$(BIN)/allocator serve --port $(PORT)

lock: setup-demo
	@bash scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean:
	rm -rf .venv $(OUT) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
