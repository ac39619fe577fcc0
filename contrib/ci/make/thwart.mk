# SPDX-License-Identifier: GPL-2.0-or-later
# include thwart.mk: "make thwart-check", and with it whatever else is to depend on it; see contrib/ci/README.md.
THWART ?= thwart
# Bundles, configurations, images, policies, or folders that are searched for them.
THWART_TARGETS ?= .
# Policies that apply in place of the default one, by name or path.
THWART_POLICY ?=
# A thwart.json, whose policies and waivers apply.
THWART_CONFIGURATION ?=
# A report of --format json (make thwart-baseline writes it): findings that are in it do not count. Where there is none, all do.
THWART_BASELINE ?= thwart-baseline.json
# note, warning or error
THWART_FAIL_ON ?= error

thwart_options = $(addprefix --policy ,$(THWART_POLICY)) $(if $(THWART_CONFIGURATION),--configuration $(THWART_CONFIGURATION))

.PHONY: thwart-check thwart-baseline
thwart-check:
	$(THWART) check --fail-on $(THWART_FAIL_ON) $(thwart_options) $(addprefix --baseline ,$(wildcard $(THWART_BASELINE))) $(THWART_TARGETS)

# What is wrong today is known from now on. Status 1 says that there is something.
thwart-baseline:
	$(THWART) check --format json $(thwart_options) $(THWART_TARGETS) >$(THWART_BASELINE).new || [ $$? = 1 ]
	mv $(THWART_BASELINE).new $(THWART_BASELINE)
