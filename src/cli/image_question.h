/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the policies ask of an image, found out and decided by the code of create: demand, evidence, which
 * policies apply, and what their rules of images say (all other rules left out). Who is asked are the host's
 * policies, or one that the command line spells out (--key …), and then no other.
 */
#pragma once

#include "cli/image_command.h"
#include "container/policies.h"
#include "policy/demand.h"
#include "trust/evidence.h"

/* The policy that options spell out, in the words of `image.signature`. */
struct image_asking {
    struct json_strings keys, fingerprints, identities;
    uint32_t needed;       /* 0: as the language has it */
    const char *level;     /* NULL: none */
    const char *max_age;   /* NULL: any */
    bool signatures_alone; /* rules about files are left out: nothing is there yet */
};

struct image_question {
    const struct invocation *invocation;
    struct policies_request request; /* whose policies */
    const struct image_asking *asking;
    const struct spec *spec; /* for selectors by annotation; mounts and id maps of the bundle */
    /* What is looked at: a root, or an offer (trust/evidence.h). */
    const char *bundle, *root;
    const struct trust_offer *offer;
    const char *image; /* --image; NULL */
};

struct image_answer {
    bool nothing_asked; /* no policy wants a proof: nothing else is set but what was loaded */
    struct policies loaded;
    struct trust_demand demand;
    struct trust trust;
    struct policy_set set; /* that apply, with their rules of images alone */
    struct policy_decision decision;
};

int image_ask(const struct image_question *question, struct image_answer *answer, struct error *error);
