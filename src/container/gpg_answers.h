/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What thwart-gpg said before, remembered (trust/cache.h): the answer to one message and the bytes of the
 * keyrings, until the earliest second from which gpg may say something else; not when the clock stands
 * before the second of asking. An answer of which that second is not known, or that says "error", is not
 * remembered.
 */
#pragma once

#include "base/message.h"
#include "trust/cache.h"
#include "trust/signature.h"

/* Of keyrings with their bytes, in their order, and the signature. */
struct digest gpg_answer_key(const struct trust_keyring *keyrings, size_t count, const void *signature,
                             size_t length);

/* False: there is none that holds at now_s. *payload: in the arena. */
bool gpg_answer_recall(const struct trust_cache *cache, const struct digest *key, int64_t now_s,
                       struct arena *arena, struct message *answer, const char **payload,
                       size_t *payload_length);

/* An answer as it came, and how gpg_helper.c understood it. */
void gpg_answer_remember(const struct trust_cache *cache, const struct digest *key, int64_t now_s,
                         const struct message *answer, const struct trust_gpg_answer *understood);
