/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of mounts. */
#include "spec_cases.h"

static const struct spec_case cases[] = {
    {"plain", MOUNT("'destination':'/proc','type':'proc','source':'proc'"), NULL},
    {"no destination", MOUNT("'type':'proc'"),
     ":3:1: /mounts/0/destination: required member of mount is missing"},
    {"empty destination", MOUNT("'destination':'','type':'proc'"),
     ":3:16: /mounts/0/destination: the destination is empty"},
    {"NUL in the destination", MOUNT("'destination':'/a\\u0000b','type':'proc'"),
     ":3:19: /mounts/0/destination: NUL character (\\u0000) in a string"},
    {"newline in the destination", MOUNT("'destination':'/a\\nb','type':'proc'"),
     ":3:16: /mounts/0/destination: the path must not contain control characters: \"/a\\x0ab\""},
    {"destination climbs", MOUNT("'destination':'/a/../../etc','type':'tmpfs'"),
     ":3:16: /mounts/0/destination: the path must not contain \"..\": \"/a/../../etc\""},
    {"destination ends climbing", MOUNT("'destination':'/a/..','type':'tmpfs'"),
     ":3:16: /mounts/0/destination: the path must not contain \"..\": \"/a/..\""},
    {"dots that do not climb", MOUNT("'destination':'/a..b/...','type':'tmpfs'"), NULL},
    {"on the root", MOUNT("'destination':'/','type':'tmpfs'"),
     ":3:16: /mounts/0/destination: mounting over the container's root is not supported: put it into "
     "/root/path"},
    {"on the root in disguise", MOUNT("'destination':'//.//','type':'tmpfs'"),
     ":3:16: /mounts/0/destination: mounting over the container's root is not supported: put it into "
     "/root/path"},
    {"relative destination", MOUNT("'destination':'proc','type':'proc'"), NULL},
    {"no type", MOUNT("'destination':'/x'"),
     ":3:1: /mounts/0/type: a mount that is no bind mount needs a type"},
    {"empty type", MOUNT("'destination':'/x','type':'','source':'/x'"),
     ":3:28: /mounts/0/type: a mount that is no bind mount needs a type"},
    {"bind without a type", MOUNT("'destination':'/x','source':'/x','options':['rbind','ro']"), NULL},
    {"bind without a source", MOUNT("'destination':'/x','options':['bind']"),
     ":3:1: /mounts/0/source: a bind mount needs a source"},
    {"bind by type without a source", MOUNT("'destination':'/x','type':'bind'"),
     ":3:1: /mounts/0/source: a bind mount needs a source"},
    {"change of propagation", MOUNT("'destination':'/x','options':['rslave']"), NULL},
    {"remount", MOUNT("'destination':'/x','options':['remount','ro']"), NULL},
    /* What buildah makes of a volume without options. */
    {"empty option", MOUNT("'destination':'/x','type':'tmpfs','options':['ro','']"), NULL},
    {"option no string", MOUNT("'destination':'/x','type':'tmpfs','options':[1]"),
     ":3:47: /mounts/0/options/0: expected a string, found 1"},
    {"options null", MOUNT("'destination':'/x','type':'tmpfs','options':null"), NULL},
    {"mapped",
     MOUNT("'destination':'/x','source':'/x','options':['bind','idmap'],"
           "'uidMappings':[{'containerID':0,'hostID':1000,'size':1}],"
           "'gidMappings':[{'containerID':0,'hostID':1000,'size':1}]"),
     NULL},
    {"uids without gids",
     MOUNT("'destination':'/x','source':'/x','options':['bind'],"
           "'uidMappings':[{'containerID':0,'hostID':1000,'size':1}]"),
     ":3:68: /mounts/0/uidMappings: uidMappings need gidMappings beside them"},
    {"gids without uids",
     MOUNT("'destination':'/x','source':'/x','options':['bind'],"
           "'gidMappings':[{'containerID':0,'hostID':1000,'size':1}]"),
     ":3:68: /mounts/0/gidMappings: gidMappings need uidMappings beside them"},
    {"mapping of nothing",
     MOUNT("'destination':'/x','source':'/x','options':['bind'],"
           "'uidMappings':[{'containerID':0,'hostID':1000,'size':0}],"
           "'gidMappings':[{'containerID':0,'hostID':1000,'size':1}]"),
     ":3:107: /mounts/0/uidMappings/0/size: a mapping of no ids: size must be at least 1"},
    {"idmap from nowhere", MOUNT("'destination':'/x','source':'/x','options':['bind','ridmap']"),
     ":3:45: /mounts/0/options: idmap without uidMappings and gidMappings needs a namespace of type \"user\" "
     "in /linux/namespaces"},
    {"idmap from the user namespace",
     DOCUMENT("'mounts':[{'destination':'/x','source':'/"
              "x','options':['bind','idmap']}],'linux':{'namespaces':[{'type':'user'}],"
              "'uidMappings':[{'containerID':0,'hostID':1,'size':1}],'gidMappings':[{'containerID':0,'hostID'"
              ":1,'size':1}]}"),
     NULL},
};

static void mount_rules(void **state)
{
    (void)state;
    spec_cases_run(cases, ARRAY_LENGTH(cases));
}

static void relative_destinations_are_noted(void **state)
{
    cleanup_arena struct arena arena = {0};
    struct json_notes notes = {0};
    char *document = spec_case_document(&arena, MOUNT("'destination':'proc','type':'proc'"));
    const struct spec *spec;
    struct error error;

    (void)state;
    assert_int_equal(spec_parse(document, strlen(document), "config.json", &arena, &notes, &spec, &error), 0);
    assert_int_equal(notes.count, 1);
    assert_string_equal(notes.items[0].pointer, "/mounts/0/destination");
    assert_string_equal(notes.items[0].text, "relative destinations are deprecated: taken from \"/\"");
    assert_int_equal(notes.items[0].line, 3);
    assert_int_equal(SPEC_ITEMS(spec->mounts, struct spec_mount)[0].origin.line, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mount_rules),
        cmocka_unit_test(relative_destinations_are_noted),
    };

    return cmocka_run_group_tests_name("spec_mounts", tests, NULL, NULL);
}
