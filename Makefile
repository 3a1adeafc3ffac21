# The same words on the host and inside ds-environment: make help.
# On the host start, stop and push mean the containers of docker-compose.yml; without Docker there is npm start.

inside := $(WAYMARK_CONTAINER)
# What ds-environment writes into this folder is to belong to whoever starts it.
ifeq ($(shell grep -s '^WAYMARK_USER=' .env),)
export WAYMARK_USER ?= $(shell id -u):$(shell id -g)
endif

.DEFAULT_GOAL := help
.PHONY: help init start stop lint tests push

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

init: ## install what is missing
	node tools/ensure-install.mjs

lint: init ## format and lint, types, unused code
	npm run --silent lint
	npm run --silent types
	npm run --silent unused

tests: ## all tests
	npm test

ifeq ($(inside),)

start: ## host: start the containers; inside: reproduce the pipeline on the servers that run already
	docker compose up --build --detach --wait

stop: ## host: stop the containers, the data stays; inside: that is said on the host
	docker compose down

push: ## host: build the images and push them to WAYMARK_IMAGE_PREFIX; inside: that is said on the host
	@test -n "$(WAYMARK_IMAGE_PREFIX)" || grep -qs '^WAYMARK_IMAGE_PREFIX=.' .env || { echo 'Cannot push the images: WAYMARK_IMAGE_PREFIX does not say where to. Set it in .env, or run make push WAYMARK_IMAGE_PREFIX=registry.example.org/team' >&2; exit 1; }
	docker compose build
	docker compose push postgres object-store tracking-server ds-environment prediction-app

else

start:
	npm run repro

stop push:
	@echo 'Cannot $@ from inside $(inside): the containers belong to the host. Run make $@ there' >&2; exit 1

endif
