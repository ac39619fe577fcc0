/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all questions about keyrings begin with. */
#pragma once

#include "gpg/home.h"
#include "gpg/job.h"
#include "gpg/keyring.h"

/* The keyrings that a question names, at the descriptors from `first` on. */
int request_keys(const struct job *job, size_t first, struct keys *keys, struct error *error);

/* A home in the question's directory; the keys in it when they are ready. */
int request_home(const struct job *job, const struct keys *keys, struct home *home, struct error *error);
