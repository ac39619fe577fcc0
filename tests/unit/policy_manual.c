/* SPDX-License-Identifier: GPL-2.0-or-later */
/* docs/thwart-rules.7.md says what the table of rules says, of each rule once and in its order. Usage:
 * policy_manual FILE. */
#include "unit.h"

#include <errno.h>
#include "base/memory.h"
#include "base/text.h"
#include "policy/rules.h"

enum { FILE_MAX = 1 << 20 };

static const char *manual_name;
static char manual[FILE_MAX]; /* all blanks are one, all on one line */

static void read_manual(void)
{
    FILE *file = fopen(manual_name, "re");
    size_t length = 0;
    bool blank = false;
    int character;

    if (file == NULL)
        fail_msg("%s: %s", manual_name, strerror(errno));
    while ((character = fgetc(file)) != EOF && length + 2 < sizeof(manual)) {
        if (character == ' ' || character == '\n') {
            blank = true;
            continue;
        }
        if (blank && length > 0)
            manual[length++] = ' ';
        blank = false;
        manual[length++] = (char)character;
    }
    manual[length] = '\0';
    assert_int_equal(fclose(file), 0);
}

static void expect_in(const char *section, const char *end, const char *id, const char *label,
                      const char *words, const char *next)
{
    char wanted[1024];
    const char *found;

    if (text_print(wanted, sizeof(wanted), "- %s: %s%s", label, words, next) != 0)
        fail_msg("%s: too long", id);
    found = strstr(section, wanted);
    if (found == NULL || found >= end)
        fail_msg("%s: \"%s\" is not in its section", id, wanted);
}

static const char *effect_of(const struct policy_rule_words *rule)
{
    /* What only informs: policy/decide.c, policy/decider.c. */
    if (strcmp(rule->id, "TW0001") == 0 || strcmp(rule->id, "TW0004") == 0)
        return "is said";
    if (rule->by_default == POLICY_OTHERWISE_NARROW)
        return "narrows";
    return rule->can_narrow ? "refuses, or narrows with `\"otherwise\": \"narrow\"`" : "refuses";
}

static void every_rule_is_described(void **state)
{
    size_t count, headings = 0;
    const struct policy_rule_words *rules = policy_rules_all(&count);
    const char *at = manual;

    (void)state;
    read_manual();
    for (size_t i = 0; i < count; i++) {
        const struct policy_rule_words *rule = &rules[i];
        char heading[128], key[128];
        const char *section, *end;

        assert_int_equal(text_print(heading, sizeof(heading), "### %s %s - ", rule->id, rule->name), 0);
        section = strstr(at, heading);
        if (section == NULL)
            fail_msg("%s %s is missing, or not in its place", rule->id, rule->name);
        end = strstr(section + 1, " ## ");
        at = strstr(section + 1, " ### ");
        if (end == NULL || (at != NULL && at < end))
            end = at;
        if (end == NULL)
            end = section + strlen(section);
        at = section + 1;
        if (rule->key[0] != '\0') {
            assert_int_equal(text_print(key, sizeof(key), "`%s`", rule->key), 0);
            expect_in(section, end, rule->id, "Key", key, " -");
        }
        expect_in(section, end, rule->id, "What", rule->what, " -");
        expect_in(section, end, rule->id, "Why", rule->why, " -");
        expect_in(section, end, rule->id, "Effect", effect_of(rule), " -");
        expect_in(section, end, rule->id, "To allow it", rule->allow, "");
        if (rule->tags[0] != '\0')
            expect_in(section, end, rule->id, "Asked for by", rule->tags, "");
    }
    for (at = strstr(manual, "### TW"); at != NULL; at = strstr(at + 1, "### TW"))
        headings++;
    assert_int_equal(headings, count);
}

int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_rule_is_described)};

    if (argument_count != 2)
        return 2;
    manual_name = arguments[1];
    return cmocka_run_group_tests_name("policy_manual", tests, NULL, NULL);
}
