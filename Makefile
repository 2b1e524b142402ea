# What this project can do by itself. `make` alone lists it.

DATA ?= dyna-data
NODES ?= 3
PORT ?= 7401
FILTER ?=

DYNACTL := .build/release/dynactl

.DEFAULT_GOAL := help
SIMULATE := .build/release/simulate
SEEDS ?= 100
SCRATCH ?=

.PHONY: help up down build build-debug test lint format clean
.PHONY: simulator simulate simulate-ci coverage regressions compare-builds mutants

help: ## List the targets and the variables
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' \
		$(MAKEFILE_LIST)
	@echo
	@echo "Variables: DATA=$(DATA) NODES=$(NODES) PORT=$(PORT), for test also FILTER=REGEX, for simulate SEEDS=$(SEEDS)"

up: build ## Start a ring of NODES nodes from PORT on, then put and get a first value
	@Scripts/up '$(DYNACTL)' '$(DATA)' '$(NODES)' '$(PORT)'

down: ## Stop that ring; what it stores stays in DATA
	@if [ -x '$(DYNACTL)' ]; then '$(DYNACTL)' down --data '$(DATA)'; \
		else echo "$(DYNACTL) is not built: nothing to stop"; fi

build: ## Build dynactl for use, as .build/release/dynactl
	@Scripts/install-dependencies
	swift build -c release --product dynactl

build-debug: ## Build everything with its tests, for debugging
	@Scripts/install-dependencies
	swift build --build-tests

test: ## Build and run all tests, or those that match FILTER
	@Scripts/install-dependencies --test
	swift build --build-tests
	swift test --skip-build $(if $(FILTER),--filter '$(FILTER)')

simulator: ## Build the simulator alone, as .build/release/simulate
	@Scripts/install-dependencies
	swift build -c release --product simulate

simulate: simulator ## Run SEEDS seeds, new ones for every commit, through simulated faults
	$(SIMULATE) sweep --seeds $(SEEDS) --jobs 2 --quiet \
		--from "$$(git rev-parse HEAD 2>/dev/null || echo 1)"

coverage: simulator ## Run all scenarios and SEEDS seeds; fail where a moment was never seen
	$(SIMULATE) sweep --scenarios --seeds $(SEEDS) --jobs 2 --quiet --coverage

regressions: simulator ## Run all scenarios and all regressions
	@Scripts/regressions '$(SIMULATE)'

simulate-ci: regressions ## What CI runs: regressions, seeds that must pass, determinism
	$(SIMULATE) sweep --seeds 200 --jobs 2 --quiet
	$(SIMULATE) check --seeds 10
	$(SIMULATE) sweep --seeds 40 --jobs 2 --quiet --profile lite
	$(SIMULATE) sweep --seeds 20 --jobs 2 --quiet --profile calm
	$(SIMULATE) sweep --seeds 20 --jobs 2 --quiet --profile over-budget

compare-builds: build-debug simulator ## See that a seed is the same run in a debug build
	@Scripts/compare-builds .build/debug/simulate '$(SIMULATE)'

mutants: ## Put deliberate bugs into a copy and see the simulator find each of them
	@Scripts/mutants-selftest
	@Scripts/mutants $(if $(SCRATCH),--scratch '$(SCRATCH)')

lint: ## Check the house rules and the format, and the checker itself
	@Scripts/lint-selftest
	@Scripts/lint
	@Scripts/mutants --check

format: ## Format all Swift files in place
	swift format --in-place -r $(wildcard Sources Tests Simulations Package.swift)

clean: ## Delete what was built; DATA stays
	swift package clean
