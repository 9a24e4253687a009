# Short names for what the scripts and dotnet do. `make` or `make help` lists them.
CONFIGURATION ?= Release
OUTPUT ?= artifacts/bin
PREFIX ?= /usr/local

.DEFAULT_GOAL := help
.PHONY: help build publish test test-unit bench install uninstall clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build everything with all analyzers
	dotnet build Cri.sln -c $(CONFIGURATION) --nologo

publish: ## Compile crid and crid-keeper ahead of time into $(OUTPUT)
	dotnet publish src/Crid.Daemon -c Release -o $(OUTPUT) --nologo
	dotnet publish src/Crid.Keeper -c Release -o $(OUTPUT) --nologo

test: ## Run all tests; host tests need root
	./test.sh

test-unit: ## Run the tests that need neither root nor network
	./test.sh --unit

bench: ## Run the micro-benchmarks
	dotnet run -c Release --project bench/Crid.Benchmarks -- --filter '*'

install: ## Build and install into $(PREFIX); needs root
	./install.sh --prefix $(PREFIX)

uninstall: ## Remove everything that was installed or created; needs root
	./install.sh --prefix $(PREFIX) --uninstall

clean: ## Delete what was built
	rm -rf artifacts
	find src tests bench -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
