/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of the whole document, what is noted, and time on very large ones. */
#include "spec_cases.h"

#define VERSION(version)  "{'ociVersion':'" version "','root':{'path':'rootfs'}}"
#define UTS(member, name) DOCUMENT("'" member "':'" name "',\n'linux':{'namespaces':[{'type':'uts'}]}")
#define LONG_NAME         "0123456789012345678901234567890123456789012345678901234567890123"

static const struct spec_case cases[] = {
    {"no object", "[]", ":1:1: expected an object, found an array"},
    {"no version", "{'root':{'path':'r'}}",
     ":1:1: /ociVersion: required member of the configuration is missing"},
    {"1.0.0", VERSION("1.0.0"), NULL},
    {"1.0.2-dev", VERSION("1.0.2-dev"), NULL},
    {"1.0.0-rc5", VERSION("1.0.0-rc5"), NULL},
    {"1.1.0-rc.2", VERSION("1.1.0-rc.2"), NULL},
    {"1.2.1+dev", VERSION("1.2.1+dev"), NULL},
    {"1.3.0-rc.1+build.5", VERSION("1.3.0-rc.1+build.5"), NULL},
    {"2.0.0", VERSION("2.0.0"),
     ":1:15: /ociVersion: version 2.0.0 of the specification is not supported: only 1.x is"},
    {"0.9.0", VERSION("0.9.0"),
     ":1:15: /ociVersion: version 0.9.0 of the specification is not supported: only 1.x is"},
    {"version with a v", VERSION("v1.0.0"),
     ":1:15: /ociVersion: expected a version such as \"1.3.0\", found \"v1.0.0\""},
    {"version of two parts", VERSION("1.0"),
     ":1:15: /ociVersion: expected a version such as \"1.3.0\", found \"1.0\""},
    {"version of four parts", VERSION("1.0.0.0"),
     ":1:15: /ociVersion: expected a version such as \"1.3.0\", found \"1.0.0.0\""},
    {"version with a leading zero", VERSION("1.00.0"),
     ":1:15: /ociVersion: expected a version such as \"1.3.0\", found \"1.00.0\""},
    {"version with an empty suffix", VERSION("1.0.0-"),
     ":1:15: /ociVersion: expected a version such as \"1.3.0\", found \"1.0.0-\""},
    {"version with an empty identifier", VERSION("1.0.0-a..b"),
     ":1:15: /ociVersion: expected a version such as \"1.3.0\", found \"1.0.0-a..b\""},
    {"version with a blank", VERSION("1.0.0 "),
     ":1:15: /ociVersion: expected a version such as \"1.3.0\", found \"1.0.0 \""},
    {"version empty", VERSION(""), ":1:15: /ociVersion: expected a version such as \"1.3.0\", found \"\""},
    {"version number", "{'ociVersion':1.0,'root':{'path':'r'}}",
     ":1:15: /ociVersion: expected a string, found 1.0"},
    {"no root", "{'ociVersion':'1.0.0'}", ":1:1: /root: required member of the configuration is missing"},
    {"root without a path", "{'ociVersion':'1.0.0','root':{}}",
     ":1:30: /root/path: required member of root is missing"},
    {"root with an empty path", "{'ociVersion':'1.0.0','root':{'path':''}}",
     ":1:38: /root/path: the path of the root filesystem is empty"},
    {"duplicate user",
     "{'ociVersion':'1.0.0','root':{'path':'r'},'process':{'user':{'uid':1000,'gid':0},\n"
     "'user':{'uid':0,'gid':0},'cwd':'/','args':['sh']}}",
     ":2:1: /process/user: duplicate key \"user\": first at line 1, column 54"},
    {"comment", "{ // none\n'ociVersion':'1.0.0'}",
     ":1:3: expected a key in double quotes or '}', found a comment (JSON has none): `// none`"},
    /* names */
    {"hostname", UTS("hostname", "host-1.example"), NULL},
    {"hostname of 64 bytes", UTS("hostname", LONG_NAME), NULL},
    {"hostname of 65 bytes", UTS("hostname", LONG_NAME "4"),
     ":2:12: /hostname: 65 bytes are more than the 64 that Linux takes"},
    {"hostname with NUL", UTS("hostname", "a\\u0000b"),
     ":2:14: /hostname: NUL character (\\u0000) in a string"},
    {"hostname with a newline", UTS("hostname", "a\\nb"),
     ":2:12: /hostname: \"a\\x0ab\" is no hostname: control characters, blanks, ':' and '/' are not allowed"},
    {"hostname with a carriage return", UTS("hostname", "a\\rb"),
     ":2:12: /hostname: \"a\\x0db\" is no hostname: control characters, blanks, ':' and '/' are not allowed"},
    {"hostname with a colon", UTS("hostname", "a:b"),
     ":2:12: /hostname: \"a:b\" is no hostname: control characters, blanks, ':' and '/' are not allowed"},
    {"hostname without a namespace", DOCUMENT("'hostname':'a'"),
     ":2:12: /hostname: setting the hostname needs a namespace of type \"uts\" in /linux/namespaces"},
    {"empty hostname without a namespace", DOCUMENT("'hostname':''"), NULL},
    {"domainname", UTS("domainname", "example.test"), NULL},
    {"domainname of 65 bytes", UTS("domainname", LONG_NAME "4"),
     ":2:14: /domainname: 65 bytes are more than the 64 that Linux takes"},
    {"domainname with a newline", UTS("domainname", "a\\nb"),
     ":2:14: /domainname: \"a\\x0ab\" is no domainname: control characters, blanks, ':' and '/' are not "
     "allowed"},
    {"domainname without a namespace", DOCUMENT("'domainname':'a','linux':{'namespaces':[{'type':'pid'}]}"),
     ":2:14: /domainname: setting the domainname needs a namespace of type \"uts\" in /linux/namespaces"},
    /* annotations */
    {"annotations", DOCUMENT("'annotations':{'org.example.a/b':'','x':'a\\nb'}"), NULL},
    {"annotation without a key", DOCUMENT("'annotations':{'a':'1',\n'':'2'}"),
     ":3:4: /annotations/: an annotation's key is empty"},
    {"annotation that is no string", DOCUMENT("'annotations':{'a':1}"),
     ":2:20: /annotations/a: expected a string, found 1"},
    /* hooks */
    {"hooks",
     DOCUMENT(
         "'hooks':{'createRuntime':[{'path':'/bin/true','args':['true',''],'env':['A=b'],'timeout':1}]}"),
     NULL},
    {"relative hook", DOCUMENT("'hooks':{'prestart':[{'path':'/bin/true'},{'path':'bin/true'}]}"),
     ":2:51: /hooks/prestart/1/path: expected an absolute path, found \"bin/true\""},
    {"hook without a path", DOCUMENT("'hooks':{'poststop':[{'args':['x']}]}"),
     ":2:22: /hooks/poststop/0/path: required member of hook is missing"},
    {"hook with timeout 0", DOCUMENT("'hooks':{'poststart':[{'path':'/x','timeout':0}]}"),
     ":2:46: /hooks/poststart/0/timeout: expected a whole number from 1 to 2147483647, found 0"},
    {"hook with timeout -1", DOCUMENT("'hooks':{'createContainer':[{'path':'/x','timeout':-1}]}"),
     ":2:52: /hooks/createContainer/0/timeout: expected a whole number from 1 to 2147483647, found -1"},
    {"hook with bad env", DOCUMENT("'hooks':{'startContainer':[{'path':'/x','env':['A']}]}"),
     ":2:48: /hooks/startContainer/0/env/0: expected NAME=VALUE with a name, found \"A\""},
};

static void document_rules(void **state)
{
    (void)state;
    spec_cases_run(cases, ARRAY_LENGTH(cases));
}

struct expected_note {
    const char *pointer, *text;
    uint32_t line, column;
};

/* What is ignored is said: unknown members, parts of other platforms, versions to come. */
static void ignored_parts_are_noted(void **state)
{
    static const char source[] =
        "{'ociVersion':'1.9.0','root':{'path':'r'},\n"
        "'Process':{'args':['never']},\n"
        "'process':{'user':{'uid':0,'gid':0,'username':'x'},'cwd':'/','args':['sh'],'commandLine':'x'},\n"
        "'windows':{'a':1},'solaris':{},'vm':{},'zos':{},'freebsd':{},\n"
        "'linux':{'newThing':1,'resources':{'cpu':{'Shares':5}}}}";
    static const struct expected_note expected[] = {
        {"/Process", "unknown member of the configuration (did you mean \"process\"?)", 2, 1},
        {"/linux/newThing", "unknown member of linux", 5, 10},
        {"/linux/resources/cpu/Shares", "unknown member of cpu (did you mean \"shares\"?)", 5, 43},
        {"/ociVersion", "newer than 1.3, the latest version known here: what it added is ignored", 1, 15},
        {"/process/commandLine", "for another platform: ignored", 3, 90},
        {"/process/user/username", "for another platform: ignored", 3, 47},
        {"/windows", "for another platform: ignored", 4, 11},
        {"/solaris", "for another platform: ignored", 4, 29},
        {"/vm", "for another platform: ignored", 4, 37},
        {"/zos", "for another platform: ignored", 4, 46},
        {"/freebsd", "for another platform: ignored", 4, 59},
    };
    cleanup_arena struct arena arena = {0};
    struct json_notes notes = {0};
    char *document = spec_case_document(&arena, source);
    const struct spec *spec;
    struct error error;

    (void)state;
    if (spec_parse(document, strlen(document), "config.json", &arena, &notes, &spec, &error) < 0)
        fail_msg("%s", error.message);
    assert_string_equal(spec->process->args.items[0], "sh");
    for (size_t i = 0; i < notes.count && i < ARRAY_LENGTH(expected); i++) {
        assert_string_equal(notes.items[i].pointer, expected[i].pointer);
        assert_string_equal(notes.items[i].text, expected[i].text);
        assert_int_equal(notes.items[i].line, expected[i].line);
        assert_int_equal(notes.items[i].column, expected[i].column);
    }
    assert_int_equal(notes.count, ARRAY_LENGTH(expected));
}

/* Long strings come through whole, or are refused with the member's name; nothing is cut at 64 KiB. */
static void long_strings_arrive_whole(void **state)
{
    static const size_t lengths[] = {65534, 65535, 65536, 65537, 1 << 20};

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(lengths); i++) {
        cleanup_arena struct arena arena = {0};
        struct json_notes notes = {0};
        const struct spec *spec;
        struct error error;
        char *document = arena_format(
            &arena,
            "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},\"annotations\":{\"a.b/c\":\"%0*d\"},"
            "\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"args\":[\"x\",\"%0*d\"]}}",
            (int)lengths[i], 1, (int)lengths[i], 1);

        assert_int_equal(spec_parse(document, strlen(document), "config.json", &arena, &notes, &spec, &error),
                         0);
        assert_int_equal(strlen(spec->annotations.items[0].value), lengths[i]);
        assert_int_equal(strlen(spec->process->args.items[1]), lengths[i]);
    }
}

/* 10^5 of everything: the time must not grow with the square; a test that hangs has failed. */
static void very_many_items(void **state)
{
    static const struct {
        const char *head, *piece, *tail;
    } shapes[] = {
        {"\"mounts\":[", "{\"destination\":\"/m%u\",\"type\":\"tmpfs\"}", "]"},
        {"\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"args\":[\"sh\"],\"env\":[", "\"V%u=x\"",
         "]}"},
        {"\"hooks\":{\"prestart\":[", "{\"path\":\"/h%u\"}", "]}"},
        {"\"linux\":{\"devices\":[", "{\"path\":\"/dev/d%u\",\"type\":\"c\",\"major\":1,\"minor\":3}", "]}"},
        {"\"linux\":{\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[",
         "{\"names\":[\"s%u\"],\"action\":\"SCMP_ACT_ALLOW\"}", "]}}"},
        {"\"annotations\":{", "\"key%u\":\"v\"", "}"},
        {"\"linux\":{\"namespaces\":[{\"type\":\"network\"}],\"sysctl\":{", "\"net.x%u\":\"1\"", "}}"},
        {"\"unknown\":{", "\"u%u\":{}", "}"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(shapes); i++) {
        cleanup_arena struct arena arena = {0};
        cleanup_text struct text text = text_growing((size_t)16 << 20);
        struct json_notes notes = {0};
        const struct spec *spec;
        struct error error;

        text_append_format(&text, "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"},%s", shapes[i].head);
        for (unsigned int item = 0; item < 100000; item++) {
            const char *number = strstr(shapes[i].piece, "%u");

            text_append(&text, item == 0 ? "" : ",");
            text_append_bytes(&text, shapes[i].piece, (size_t)(number - shapes[i].piece));
            text_append_unsigned(&text, item);
            text_append(&text, number + 2);
        }
        text_append_format(&text, "%s}", shapes[i].tail);
        if (spec_parse(text.bytes, text.length, "config.json", &arena, &notes, &spec, &error) < 0)
            fail_msg("%s: %s", shapes[i].head, error.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_rules),
        cmocka_unit_test(ignored_parts_are_noted),
        cmocka_unit_test(long_strings_arrive_whole),
        cmocka_unit_test(very_many_items),
    };

    return cmocka_run_group_tests_name("spec_documents", tests, NULL, NULL);
}
