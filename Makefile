# make run, make test …: the same as scripts/run, scripts/test …
.PHONY: run test check bench build demo
run test check bench build:
	@scripts/$@
demo: build
	@.venv/bin/guanxi demo
