# Ocelli. `make help` lists what can be made; bodies of more than three lines live in scripts/.

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
WITH_SWIFT = scripts/find-swift --
export PREFIX SYSCONFDIR DESTDIR

.PHONY: help deps build demo test test-training check lint format sanitize fuzz install uninstall clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install what is missing (apt; Swift from swift.org, after asking or with YES=1)
	@scripts/deps

build: deps ## build the program for release
	$(WITH_SWIFT) swift build -c release --product ocelli

demo: deps ## analyse Debian's pedestrian clip; results in ./demo
	@scripts/demo

test: deps ## build and run all tests
	@scripts/test

test-training: ## try the training recipe on made-up pictures (Python, training/requirements.txt)
	@scripts/test-training

check: deps lint ## format, layers, house rules, warnings as errors, tests
	CI=1 scripts/test

lint: ## check format, imports and words against the house's rules
	@$(WITH_SWIFT) swift format lint --strict --recursive --parallel Package.swift Sources Tests
	@scripts/check-layers
	@scripts/check-house

format: ## rewrite sources in the house's format
	$(WITH_SWIFT) swift format --in-place --recursive --parallel Package.swift Sources Tests

sanitize: deps ## tests under AddressSanitizer and ThreadSanitizer
	@scripts/sanitize

fuzz: deps ## a short fuzz of the ONNX importer (FUZZ_SECONDS=30)
	@scripts/fuzz

install: ## install program, unit, configuration (PREFIX, SYSCONFDIR, DESTDIR)
	@scripts/install

uninstall: ## remove what install placed; the configuration stays
	@scripts/install --remove

clean: ## remove what builds, tests and the demo made
	rm -rf .build .build-* demo
