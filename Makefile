# Everything that a person runs here, and that CI runs. `make` alone lists it.

# Tools are pinned in their own module, so that importing authfetch stays light.
TOOL := go tool -modfile=scripts/tools/go.mod
JS := GOOS=js GOARCH=wasm
ADDR ?= localhost:8080
FUZZTIME ?= 10s
SOAK ?= 10m

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
# Containers and services may come without it; Go, npm and Chromium need it.
ifeq ($(HOME),)
export HOME := $(shell getent passwd "$$(id -u)" | cut -d: -f6)
endif
# Git tells nothing about another user's clone, and Go then refuses to build.
ifneq ($(shell git rev-parse HEAD 2>&1 >/dev/null),)
export GOFLAGS += -buildvcs=false
endif
.PHONY: help run lab build wasm test test-go test-wasm test-e2e bench soak size fuzz cover fmt lint vuln check clean

help: ## List the targets
	@echo 'Usage: make TARGET'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

## Building -------------------------------------------------------------------

DIST := static/dist
MODULE := authfetch.wasm wasm_exec.js
PACKED := $(MODULE:=.br) $(MODULE:=.gz)
# What each of the programs is made of: tests and the other one's parts are not.
MODULE_FILES := go.mod go.sum scripts/build-wasm $(shell find wasm server/wire -name '*.go' ! -name '*_test.go' 2>/dev/null)
LAB_FILES := go.mod go.sum $(shell find server static \( -name node_modules -o -path $(DIST) \) -prune -o -type f ! -name '*_test.go' -print)
SERVER_FILES := $(filter-out server/cmd/xsslab/% static/lab/%,$(LAB_FILES))

run: build ## Build, and serve the demo at http://localhost:8080 (data in .data/)
	@bin/authfetchd serve --demo --registration --addr $(ADDR) --data .data

lab: bin/xsslab ## Build and start the XSS lab at http://localhost:8888: what a thief gets, live
	@bin/xsslab

build: bin/authfetchd ## Build the module and bin/authfetchd, which has it inside

wasm: $(addprefix $(DIST)/,$(MODULE) $(PACKED)) ## Build the module into static/dist, compressed copies beside it

# A new Go release changes the module and the wasm_exec.js that belongs to it.
.build/go-version: FORCE
	@scripts/need go && mkdir -p .build
	@go version | cmp -s - $@ || go version > $@

# Pattern rules make all their targets in one go, also in the make 3.81 of a Mac,
# which does not know &: yet.
$(addprefix %/,$(MODULE)): $(MODULE_FILES) .build/go-version
	@echo 'building the module; the first time takes about a minute'
	@scripts/build-wasm $(DIST)

$(addprefix %/,$(PACKED)): $(addprefix %/,$(MODULE))
	@echo 'compressing it for the way to the browser, about 15 seconds'
	@go run ./scripts/pack $(DIST)/authfetch.wasm $(DIST)/wasm_exec.js

bin/authfetchd: $(SERVER_FILES) $(addprefix $(DIST)/,$(MODULE) $(PACKED))
	@echo 'building the server; the first time takes a few minutes'
	@go build -trimpath -o $@ ./server/cmd/authfetchd
	@touch $@

bin/xsslab: $(LAB_FILES) $(addprefix $(DIST)/,$(MODULE))
	@echo 'building the lab; the first time takes a few minutes'
	@go build -trimpath -o $@ ./server/cmd/xsslab
	@touch $@

FORCE:

## Testing --------------------------------------------------------------------

NODE_MODULES := wasm/e2e/node_modules/.package-lock.json
GOTESTSUM = mkdir -p .build && $(TOOL) gotestsum --format-hide-empty-pkg --jsonfile .build/test.json --post-run-command scripts/summary

$(NODE_MODULES): wasm/e2e/package.json wasm/e2e/package-lock.json
	@scripts/need node npm
	@echo 'installing what the tests in the page need (npm ci)'
	@cd wasm/e2e && npm ci --silent
	@touch $@

test: $(DIST)/authfetch.wasm $(NODE_MODULES) ## Run all tests; installs what they need where it may
	@scripts/install-tools
	@race=$$(scripts/race-flag) && echo 'building the tests and running them: about twenty-five minutes' && $(GOTESTSUM) --format pkgname-and-test-fails --raw-command -- scripts/test-all $$race

test-go: ## Run the tests that need no browser
	@scripts/need go
	@race=$$(scripts/race-flag) && $(GOTESTSUM) --format pkgname-and-test-fails -- $$race -count=1 $$(go list ./... | grep -v /wasm/e2e)

test-wasm: ## Run the core's tests as WebAssembly, in Node
	@scripts/need go node
	@$(JS) go test -count=1 -exec "$$(go env GOROOT)/lib/wasm/go_js_wasm_exec" ./wasm/internal/session/...

# UPDATE=1 writes the README's table of browsers after a run of all.
test-e2e: $(DIST)/authfetch.wasm $(NODE_MODULES) ## Run the tests in the page, in three browsers; one of them: make test-e2e RUN=C13
	@scripts/install-tools
	@$(GOTESTSUM) --format testname -- -count=1 -timeout 20m $(if $(RUN),-run 'Test(Chromium|Firefox|WebKit)//$(RUN)') ./wasm/e2e $(if $(UPDATE),-update)

bench: $(addprefix $(DIST)/,$(MODULE) $(PACKED)) $(NODE_MODULES) ## Measure server and client against what they are made of; about ten minutes
	@scripts/need go
	@scripts/install-postgres
	@scripts/install-browsers
	@go run -C scripts/bench .

soak: ## Kill three nodes and PostgreSQL again and again under load, for SOAK (10m), and say what came of it
	@scripts/need go
	@CI=true scripts/install-postgres
	@CI=true go test -count=1 -v -timeout 0 -run '^TestMixedLoad$$' ./server/cmd/authfetchd -soak $(SOAK)

size: ## Weigh module and loader against a bare safejs program
	@scripts/need go
	@go run ./scripts/size

fuzz: ## Run each fuzz test for FUZZTIME (10s)
	@scripts/need go
	@scripts/fuzz $(FUZZTIME)

cover: $(DIST)/authfetch.wasm $(NODE_MODULES) ## Measure which statements the tests run; details in .build/cover.html
	@go test -count=1 -timeout 20m -coverpkg=./... -coverprofile=.build/cover.out ./... >.build/cover.log || { cat .build/cover.log; exit 1; }
	@go tool cover -html .build/cover.out -o .build/cover.html
	@go tool cover -func .build/cover.out | tail -n 1

## Keeping order --------------------------------------------------------------

fmt: ## Format the Go code
	@$(TOOL) gofumpt -w .

lint: $(NODE_MODULES) ## Check format, go vet and staticcheck on both platforms, and the types of the JavaScript
	@scripts/need go
	@files=$$($(TOOL) gofumpt -l .); [ -z "$$files" ] || { echo "not formatted, run make fmt:"; echo "$$files"; exit 1; }
	go vet ./...
	$(JS) go vet ./wasm/... ./scripts/size/...
	go vet -C scripts/bench ./...
	$(TOOL) staticcheck ./...
	$(JS) "$$($(TOOL) -n staticcheck)" ./wasm/... ./scripts/size/...
	staticcheck=$$($(TOOL) -n staticcheck) && cd scripts/bench && "$$staticcheck" ./...
	wasm/e2e/node_modules/.bin/tsc -p static
	wasm/e2e/node_modules/.bin/tsc -p wasm/e2e

vuln: ## Look for known vulnerabilities in what is imported (needs the network)
	$(TOOL) govulncheck ./...

check: lint ## All that must be right before a change is shared
	@$(MAKE) test

clean: ## Remove what was built; .data/, the demo's database, stays
	@rm -rf bin .build wasm/e2e/node_modules
	@find $(DIST) -type f ! -name .gitignore -delete
