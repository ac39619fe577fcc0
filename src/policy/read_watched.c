/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections "network", "drift" and "onViolation": what needs a process beside the container. They are checked
 * as strictly as the others and kept as they stand; creation refuses them (TW0003) until they are enforced.
 */
#include "policy/reader.h"

#include <arpa/inet.h>
#include <string.h>
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

enum { SHOWN = 60, PORT_MAX = 65535 };

/* Values are judged and forgotten: targets of all keys. */
struct judged {
    struct policy_words words;
    const char *word;
    bool flag;
};

/* ---- network ---- */

/* "10.0.0.0/8", "fd00::/8", "192.0.2.1". */
static bool check_network(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    const char *slash = strchr(word, '/');
    size_t length = slash != NULL ? (size_t)(slash - word) : strlen(word);
    char address[INET6_ADDRSTRLEN + 1];
    unsigned char bytes[16];
    uint64_t prefix = 0;

    if (length < sizeof(address)) {
        bool is_four, is_six;

        memcpy(address, word, length);
        address[length] = '\0';
        is_four = inet_pton(AF_INET, address, bytes) == 1;
        is_six = !is_four && inet_pton(AF_INET6, address, bytes) == 1;
        if ((is_four || is_six) && (slash == NULL || number_unsigned(slash + 1, is_four ? 32 : 128, &prefix)))
            return true;
    }
    reader_mistake(reader, spot,
                   "\"%.*s\" is no network: expected one such as \"10.0.0.0/8\" or \"fd00::/8\"", SHOWN,
                   word);
    return false;
}

/* "tcp/8080", "udp/5000-5100". */
static bool check_bind(struct reader *reader, const struct reader_spot *spot, const char *word)
{
    const char *slash = strchr(word, '/');
    bool known = slash != NULL && (strncmp(word, "tcp/", 4) == 0 || strncmp(word, "udp/", 4) == 0);
    const char *at = known ? slash + 1 : "";
    uint64_t first, last;

    if (known && number_scan_unsigned(&at, &first) && first <= PORT_MAX &&
        (*at == '\0' || (*at++ == '-' && number_scan_unsigned(&at, &last) && *at == '\0' &&
                         last <= PORT_MAX && first <= last)))
        return true;
    reader_mistake(reader, spot,
                   "\"%.*s\" is no socket: expected one such as \"tcp/8080\" or \"udp/5000-5100\"", SHOWN,
                   word);
    return false;
}

static const struct reader_word_kind network_kind = {.what = "a network", .check = check_network},
                                     bind_kind = {.what = "a socket such as \"tcp/8080\"",
                                                  .check = check_bind},
                                     family_kind = {.what = "an address family",
                                                    .list = &policy_family_words},
                                     protocol_kind = {.what = "a protocol", .list = &policy_protocol_words};

static void read_ports(struct reader *reader, const struct reader_spot *spot, void *target,
                       const void *detail)
{
    struct reader_ranges ranges = {0};

    (void)target;
    (void)detail;
    reader_read_ranges(reader, spot, 1, PORT_MAX, "a port", &ranges);
}

#define COMMON_FLOW_KEYS                                                                                     \
    READER_KEY(struct judged, words, "except", reader_words, &network_kind),                                 \
        {.key = "ports", .read = read_ports, .rule = READER_NO_RULE},                                        \
        READER_KEY(struct judged, word, "protocol", reader_word, &protocol_kind)

static const struct reader_key egress_keys[] = {
    READER_KEY(struct judged, words, "to", reader_words, &network_kind, .required = true),
    COMMON_FLOW_KEYS,
};
static const struct reader_key ingress_keys[] = {
    READER_KEY(struct judged, words, "from", reader_words, &network_kind, .required = true),
    COMMON_FLOW_KEYS,
};
READER_TABLE(egress_table, "a rule of network.egress", egress_keys);
READER_TABLE(ingress_table, "a rule of network.ingress", ingress_keys);

static void read_flow(struct reader *reader, const struct reader_spot *spot, void *target, size_t index,
                      const void *detail)
{
    (void)index;
    reader_object(reader, spot, detail, NULL, target);
}

static void read_flows(struct reader *reader, const struct reader_spot *spot, void *target,
                       const void *detail)
{
    reader_list(reader, spot, "a list of rules", read_flow, target, detail);
}

static const struct reader_key network_keys[] = {
    READER_KEY(struct judged, flag, "none", reader_boolean, NULL),
    READER_KEY(struct judged, words, "families", reader_words, &family_kind),
    {.key = "egress", .read = read_flows, .detail = &egress_table, .rule = READER_NO_RULE},
    {.key = "ingress", .read = read_flows, .detail = &ingress_table, .rule = READER_NO_RULE},
    READER_KEY(struct judged, words, "bind", reader_words, &bind_kind),
};
const struct reader_table reader_network_section = {"network", network_keys, ARRAY_LENGTH(network_keys)};

/* ---- drift ---- */

static const struct reader_word_kind drift_kind = {.what = "a measure", .list = &policy_drift_words};
static const struct reader_key drift_keys[] = {
    READER_KEY(struct judged, word, "executables", reader_word, &drift_kind, .required = true),
    READER_KEY(struct judged, words, "except", reader_words, &reader_path_pattern),
};
const struct reader_table reader_drift_section = {"drift", drift_keys, ARRAY_LENGTH(drift_keys)};

/* ---- how they are kept ---- */

/* The value without the modifiers, which are in the rule: so that both forms of a rule are equal. */
static const struct json_value *without_modifiers(struct reader *reader, const struct json_value *value)
{
    struct json_value *copy;

    if (value->type != JSON_OBJECT)
        return value;
    copy = arena_allocate(reader->arena, sizeof(*copy));
    *copy = *value;
    copy->object.members = arena_array(reader->arena, value->object.count, sizeof(*copy->object.members));
    copy->object.count = 0;
    for (size_t i = 0; i < value->object.count; i++)
        if (!reader_is_modifier(value->object.members[i].key))
            copy->object.members[copy->object.count++] = value->object.members[i];
    return copy;
}

void reader_watched(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_watched *watched = target;
    struct judged judged = {0};

    reader_object(reader, spot, detail, &watched->rule, &judged);
    watched->value = without_modifiers(reader, spot->value);
    /* An empty section bounds nothing, like an absent one. */
    if (watched->value->type == JSON_OBJECT && watched->value->object.count == 0)
        watched->rule.present = false;
}

static const struct reader_word_kind violation_kind = {.what = "a response", .list = &policy_violation_words};

void reader_violation(struct reader *reader, const struct reader_spot *spot, void *target, const void *detail)
{
    struct policy_watched *watched = target;
    struct policy_words words = {0};

    (void)detail;
    reader_words(reader, spot, &words, &violation_kind);
    watched->value = spot->value;
}
