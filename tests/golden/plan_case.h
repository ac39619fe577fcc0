/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From files to a plan, for tests: a configuration, host facts and inputs are read as the runtime reads them.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "plan/host_facts.h"
#include "plan/plan.h"
#include "spec/spec.h"

struct plan_case {
    const struct spec *spec;
    struct host_facts facts;
    struct plan_inputs inputs;
    const struct plan *plan; /* NULL: refused, error says why */
    struct error error;
};

/* Read config and facts (paths), and inputs (path of lines KEY=VALUE; a missing file means defaults), then
 * build. A configuration that spec_parse refuses, or facts that cannot be read, end the program: the case is
 * broken. */
void plan_case_build(struct arena *arena, const char *config, const char *facts, const char *inputs,
                     struct plan_case *built);

/* What a golden file holds: the plan as text, or "KIND: MESSAGE". */
char *plan_case_text(struct arena *arena, const struct plan_case *built);

/* The plan as JSON; NULL for a refused one. */
char *plan_case_json(struct arena *arena, const struct plan_case *built);
