# Two commands are enough: `make serve` and `make test`. Both install what is missing.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup serve dev test test-rust test-e2e bench fmt lint ci clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing
	@scripts/setup ci

serve: ## build and serve the demo on http://127.0.0.1:3000 (ARGS="--listen 127.0.0.1:4000")
	@scripts/serve $(ARGS)

dev: ## serve a debug build and rebuild on every change
	@scripts/setup serve
	@. scripts/env; cargo leptos watch -- serve --demo

test: ## every test, on SQLite and on Postgres
	@scripts/test

test-rust: ## the Rust tests alone (ARGS=name_of_a_test)
	@scripts/test rust $(ARGS)

test-e2e: ## the user stories in a browser alone (ARGS=sign_in)
	@scripts/test e2e $(ARGS)

bench: ## performance as numbers
	@scripts/bench $(ARGS)

fmt: ## format the code
	@. scripts/env; cargo fmt --all

lint: ## what CI says about the code without running it
	@scripts/setup ci
	@scripts/lint

ci: ## all that CI does
	@.ci/run

clean: ## remove what was built, keep the tools and the demo's database
	@. scripts/env; cargo clean
	@rm -rf target node_modules test-results playwright-report
