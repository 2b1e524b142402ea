# What this project can do by itself. `make` alone lists it.

DATA ?= dyna-data
NODES ?= 3
PORT ?= 7401
FILTER ?=

DYNACTL := .build/release/dynactl

.DEFAULT_GOAL := help
.PHONY: help up down build build-debug test lint format clean

help: ## List the targets and the variables
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' \
		$(MAKEFILE_LIST)
	@echo
	@echo "Variables: DATA=$(DATA) NODES=$(NODES) PORT=$(PORT), for test also FILTER=REGEX"

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

lint: ## Check the house rules and the format, and the checker itself
	@Scripts/lint-selftest
	@Scripts/lint

format: ## Format all Swift files in place
	swift format --in-place -r $(wildcard Sources Tests Simulations Package.swift)

clean: ## Delete what was built; DATA stays
	swift package clean
