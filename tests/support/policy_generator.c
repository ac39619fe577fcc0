/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random policies. */
#include "policy_generator.h"

#include <stdio.h>
#include <stdlib.h>
#include "generator_json.h"
#include "policy/read.h"

enum { TEXT_MAX = 1 << 20 };

/* ---- rules ---- */

/* Most rules are as their section has them; some say how they are applied. */
static bool has_modifiers(struct maker *maker)
{
    return random_once_in(maker->seed, 5);
}

static void make_modifiers(struct maker *maker)
{
    static const char *const otherwise[] = {"narrow", "refuse"}, *const modes[] = {"audit", "enforce"},
                             *const unsupported[] = {"note", "refuse"};

    if (random_once_in(maker->seed, 2))
        MAKE_ONE(maker, "otherwise", otherwise);
    if (random_once_in(maker->seed, 4))
        MAKE_ONE(maker, "mode", modes);
    if (random_once_in(maker->seed, 4))
        MAKE_ONE(maker, "ifUnsupported", unsupported);
}

/* The modifiers of a rule that is an object. */
static void maybe_modifiers(struct maker *maker)
{
    if (has_modifiers(maker))
        make_modifiers(maker);
}

/* A rule whose short form is no object: the key under which the value stands. */
static const char *begin_rule(struct maker *maker, const char *key, bool *wrapped)
{
    *wrapped = has_modifiers(maker);
    if (!*wrapped)
        return key;
    make_open(maker, key, '{');
    return "value";
}

static void end_rule(struct maker *maker, bool wrapped)
{
    if (!wrapped)
        return;
    make_modifiers(maker);
    make_close(maker, '}');
}

static void rule_of_some(struct maker *maker, const char *key, const char *const *words, size_t count)
{
    bool wrapped;
    const char *inner = begin_rule(maker, key, &wrapped);

    make_some(maker, inner, words, count);
    end_rule(maker, wrapped);
}
#define RULE_OF_SOME(maker, key, words) rule_of_some(maker, key, words, ARRAY_LENGTH(words))

static void rule_of_one(struct maker *maker, const char *key, const char *json)
{
    bool wrapped;
    const char *inner = begin_rule(maker, key, &wrapped);

    make_raw(maker, inner, json);
    end_rule(maker, wrapped);
}
#define RULE_OF_ONE(maker, key, words) rule_of_one(maker, key, ONE_OF((maker)->seed, words))

static bool often(struct maker *maker)
{
    return random_once_in(maker->seed, 2);
}

/* ---- sections ---- */

/* One of image.signature's requirements; bare: without modifiers, in a list. */
static void make_signature(struct maker *maker, const char *key, bool bare)
{
    static const char *const documents[] = {"policy.json", "/etc/thwart/policy.json"};
    static const char *const keys[] = {"[\"/etc/thwart/keys/a.asc\"]",
                                       "[\"/etc/thwart/keys/a.asc\", \"/etc/thwart/keys/b.gpg\"]"};
    static const char *const fingerprints[] = {
        "[\"0123456789ABCDEF0123456789ABCDEF01234567\"]",
        "[\"0123456789abcdef0123456789abcdef01234567\", \"89ABCDEF0123456789ABCDEF0123456789ABCDEF\"]"};
    static const char *const identities[] = {
        "\"registry.example.com/web/*\"", "{\"type\": \"matchRepository\"}",
        "[\"docker.io/**\", {\"type\": \"exactReference\", \"dockerReference\": "
        "\"registry.example.com/web/app:1\"}]",
        "[{\"type\": \"remapIdentity\", \"prefix\": \"mirror.example.com\", \"signedPrefix\": "
        "\"registry.example.com/web\"}]"};

    make_open(maker, key, '{');
    if (random_once_in(maker->seed, 5)) {
        MAKE_ONE(maker, "trust", documents);
    } else {
        if (often(maker))
            make_number(maker, "require", 1);
        if (often(maker))
            make_raw(maker, "keys", ONE_OF(maker->seed, keys));
        if (often(maker))
            make_raw(maker, "fingerprints", ONE_OF(maker->seed, fingerprints));
        if (often(maker))
            make_raw(maker, "identity", ONE_OF(maker->seed, identities));
        if (random_once_in(maker->seed, 3))
            make_string(maker, "maxAge", "90d");
    }
    if (!bare)
        maybe_modifiers(maker);
    make_close(maker, '}');
}

static void make_signatures(struct maker *maker)
{
    bool wrapped;
    const char *inner;

    if (random_once_in(maker->seed, 2)) {
        make_signature(maker, "signature", false);
        return;
    }
    inner = begin_rule(maker, "signature", &wrapped);
    make_open(maker, inner, '[');
    for (uint64_t i = 1 + random_below(maker->seed, 3); i > 0; i--)
        make_signature(maker, NULL, true);
    make_close(maker, ']');
    end_rule(maker, wrapped);
}

static void make_image(struct maker *maker)
{
    static const char *const digests[] = {
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
    static const char *const levels[] = {"none",       "manifest",     "manifest-only",
                                         "bound-walk", "bound-layers", "bound-verity"};
    static const char *const rhythms[] = {"always", "once-per-boot"};
    static const char *const integrity[] = {"\"none\"", "\"manifest\"", "\"bound-layers\""};

    if (often(maker))
        make_signatures(maker);
    if (often(maker))
        RULE_OF_SOME(maker, "digests", digests);
    if (random_once_in(maker->seed, 2)) {
        make_open(maker, "integrity", '{');
        MAKE_ONE(maker, "value", levels);
        if (often(maker))
            MAKE_ONE(maker, "reread", rhythms);
        maybe_modifiers(maker);
        make_close(maker, '}');
    } else if (often(maker)) {
        RULE_OF_ONE(maker, "integrity", integrity);
    }
}

static void make_user(struct maker *maker)
{
    static const char *const ranges[] = {"[]", "[0]", "[\"1000-65535\"]", "[0, \"7\", \"1000-1999\"]",
                                         "[\"0-4294967294\"]"};
    static const char *const root[] = {"deny", "allow"};

    make_open(maker, "user", '{');
    if (often(maker))
        MAKE_ONE(maker, "root", root);
    if (often(maker))
        make_raw(maker, "uids", ONE_OF(maker->seed, ranges));
    if (random_once_in(maker->seed, 3))
        make_raw(maker, "gids", ONE_OF(maker->seed, ranges));
    maybe_modifiers(maker);
    make_close(maker, '}');
}

static void make_capabilities(struct maker *maker)
{
    const char *key = random_once_in(maker->seed, 3) ? "deny" : "allow";

    make_open(maker, "capabilities", '{');
    if (random_once_in(maker->seed, 10))
        make_raw(maker, key, "[\"ALL\"]");
    else
        MAKE_SOME(maker, key, world_capabilities);
    maybe_modifiers(maker);
    make_close(maker, '}');
}

static void make_rlimits(struct maker *maker)
{
    make_open(maker, "rlimits", '{');
    for (size_t i = 0; i < ARRAY_LENGTH(world_rlimits); i++)
        if (random_once_in(maker->seed, 6))
            make_string(maker, world_rlimits[i], "unlimited");
        else if (often(maker))
            make_number(maker, world_rlimits[i], (int64_t)random_below(maker->seed, 4096));
    maybe_modifiers(maker);
    make_close(maker, '}');
}

static void make_confinement(struct maker *maker, const char *key, const char *const *allowed, size_t count)
{
    make_open(maker, key, '{');
    if (often(maker))
        make_string(maker, "require", "confined");
    if (often(maker))
        make_some(maker, "allow", allowed, count);
    maybe_modifiers(maker);
    make_close(maker, '}');
}

static void make_process(struct maker *maker)
{
    static const char *const flags[] = {"true", "true", "false"}, *const privileged[] = {"\"deny\"",
                                                                                         "\"allow\""};
    static const char *const variables[] = {"*_PASSWORD", "AWS_SECRET_*", "HOME", "*"};
    static const char *const profiles[] = {"container-*", "web", "runtime/default"};
    static const char *const types[] = {"container_t", "container_*_t", "svirt_*"};

    if (random_once_in(maker->seed, 3))
        make_user(maker);
    if (often(maker))
        RULE_OF_ONE(maker, "noNewPrivileges", flags);
    if (often(maker))
        make_capabilities(maker);
    if (often(maker))
        make_rlimits(maker);
    if (random_once_in(maker->seed, 3)) {
        make_open(maker, "environment", '{');
        make_some(maker, "deny", variables,
                  ARRAY_LENGTH(variables) - (random_once_in(maker->seed, 4) ? 0 : 1));
        maybe_modifiers(maker);
        make_close(maker, '}');
    }
    if (random_once_in(maker->seed, 4))
        make_confinement(maker, "apparmor", profiles, ARRAY_LENGTH(profiles));
    if (random_once_in(maker->seed, 4))
        make_confinement(maker, "selinux", types, ARRAY_LENGTH(types));
    if (random_once_in(maker->seed, 3)) {
        make_open(maker, "oomScoreAdj", '{');
        make_number(maker, "min", (int64_t)random_below(maker->seed, 2001) - 1000);
        maybe_modifiers(maker);
        make_close(maker, '}');
    }
    if (random_once_in(maker->seed, 4))
        RULE_OF_ONE(maker, "privileged", privileged);
}

static void make_namespaces(struct maker *maker)
{
    static const char *const paths[] = {"/proc/*/ns/*", "/run/netns/**", "/var/run/netns/*"};

    if (often(maker))
        RULE_OF_SOME(maker, "private", world_namespaces);
    if (often(maker)) {
        make_open(maker, "join", '{');
        MAKE_SOME(maker, "allow", paths);
        maybe_modifiers(maker);
        make_close(maker, '}');
    }
}

static void make_mounts(struct maker *maker)
{
    static const char *const types[] = {"bind",   "tmpfs",  "proc",   "sysfs",
                                        "devpts", "mqueue", "cgroup", "overlay"};
    static const char *const denied[] = {"/run/engine/**", "**/*.sock", "/etc", "/proc"};
    static const char *const patterns[] = {"/srv/data", "/srv/**", "/srv/data/*", "/var/lib/*", "/**", "/"};
    static const char *const access[] = {"ro", "rw"};

    make_open(maker, "mounts", '{');
    if (often(maker))
        MAKE_SOME(maker, "types", types);
    if (often(maker)) {
        make_open(maker, "sources", '[');
        for (size_t i = 0; i < ARRAY_LENGTH(patterns); i++)
            if (often(maker)) {
                make_open(maker, NULL, '{');
                make_string(maker, "path", patterns[i]);
                if (!random_once_in(maker->seed, 3))
                    MAKE_ONE(maker, "access", access);
                make_close(maker, '}');
            }
        make_close(maker, ']');
    }
    if (random_once_in(maker->seed, 3))
        MAKE_SOME(maker, "deny", denied);
    maybe_modifiers(maker);
    make_close(maker, '}');
}

static void make_paths(struct maker *maker, const char *key)
{
    static const char *const paths[] = {"/proc/kcore", "/sys/firmware", "/proc/sys", "/data"};

    if (often(maker))
        rule_of_one(maker, key, "\"default\"");
    else
        RULE_OF_SOME(maker, key, paths);
}

static void make_filesystem(struct maker *maker)
{
    static const char *const flags[] = {"true", "true", "false"};
    static const char *const options[] = {"nosuid", "nodev", "noexec", "nosymfollow"};
    static const char *const propagations[] = {"private", "slave", "shared", "unbindable"};

    if (often(maker))
        RULE_OF_ONE(maker, "rootReadonly", flags);
    if (random_once_in(maker->seed, 3))
        make_mounts(maker);
    if (often(maker))
        RULE_OF_SOME(maker, "options", options);
    if (often(maker))
        make_paths(maker, "maskedPaths");
    if (often(maker))
        make_paths(maker, "readonlyPaths");
    if (random_once_in(maker->seed, 4))
        RULE_OF_SOME(maker, "propagation", propagations);
}

static void make_devices(struct maker *maker)
{
    static const char *const devices[] = {
        "\"null\"",
        "\"zero\"",
        "\"urandom\"",
        "\"/dev/fuse\"",
        "{\"name\": \"tty\", \"access\": \"r\"}",
        "{\"type\": \"c\", \"major\": 1, \"minor\": \"*\"}",
        "{\"type\": \"c\", \"major\": 10, \"minor\": 229, \"access\": \"rw\"}",
        "{\"type\": \"b\", \"major\": 8, \"minor\": 0, \"access\": \"r\"}",
        "{\"type\": \"a\", \"major\": \"*\", \"minor\": \"*\", \"access\": \"m\"}",
    };
    bool wrapped;
    const char *inner = begin_rule(maker, "allow", &wrapped);

    make_open(maker, inner, '[');
    for (size_t i = 0; i < ARRAY_LENGTH(devices); i++)
        if (often(maker))
            make_raw(maker, NULL, devices[i]);
    make_close(maker, ']');
    end_rule(maker, wrapped);
    if (!wrapped)
        maybe_modifiers(maker);
}

static void make_resources(struct maker *maker)
{
    static const char *const sizes[] = {"\"64M\"", "\"1G\"", "536870912", "\"unlimited\"", "1000001"};
    static const char *const counts[] = {"1", "100", "4096", "\"unlimited\""};
    static const char *const cpus[] = {"0.25", "1", "1.5", "2.125", "\"unlimited\""};
    static const char *const io[] = {
        "[]", "[{\"device\": \"8:0\", \"readBps\": \"10M\", \"writeIops\": 500}]",
        "[{\"device\": \"8:0\", \"writeBps\": 1000000}, {\"device\": \"8:16\", \"readIops\": 9}]"};
    static const char *const pages[] = {"\"2MB\": \"64M\"", "\"1GB\": 0", "\"64KB\": \"unlimited\""};

    if (often(maker))
        RULE_OF_ONE(maker, "memory", sizes);
    if (random_once_in(maker->seed, 3))
        RULE_OF_ONE(maker, "swap", sizes);
    if (often(maker))
        RULE_OF_ONE(maker, "pids", counts);
    if (often(maker))
        RULE_OF_ONE(maker, "cpu", cpus);
    if (random_once_in(maker->seed, 4))
        RULE_OF_ONE(maker, "io", io);
    if (random_once_in(maker->seed, 4)) {
        make_open(maker, "hugepages", '{');
        for (size_t i = 0; i < ARRAY_LENGTH(pages); i++)
            if (often(maker))
                make_raw(maker, NULL, pages[i]);
        maybe_modifiers(maker);
        make_close(maker, '}');
    }
}

static void make_entries(struct maker *maker, const char *key, bool denied)
{
    static const char *const common[] = {
        "\"read\"",
        "\"write\"",
        "\"clone3\"",
        "\"@network-io\"",
        "\"@keyring\"",
        "\"mount\"",
        "{\"name\": \"personality\", \"unless\": [{\"arg\": 0, \"eq\": 0}], \"comment\": \"no other\"}",
        "{\"name\": \"clone\", \"when\": [{\"arg\": 0, \"mask\": \"0x7e020000\", \"eq\": 0}]}",
        "{\"name\": \"socket\", \"when\": [{\"arg\": 0, \"ne\": 40}, {\"arg\": 1, \"le\": 5}]}",
    };
    static const char *const answered[] = {"{\"name\": \"bpf\", \"action\": \"errno:EPERM\"}",
                                           "{\"name\": \"ptrace\", \"action\": \"kill\"}"};

    make_open(maker, key, '[');
    if (!denied)
        make_raw(maker, NULL, "\"@default\", \"@essential\"");
    for (size_t i = 0; i < ARRAY_LENGTH(common); i++)
        if (random_once_in(maker->seed, denied ? 4 : 2))
            make_raw(maker, NULL, common[i]);
    for (size_t i = 0; denied && i < ARRAY_LENGTH(answered); i++)
        if (often(maker))
            make_raw(maker, NULL, answered[i]);
    make_close(maker, ']');
}

static void make_syscalls(struct maker *maker)
{
    static const char *const actions[] = {"errno:ENOSYS", "errno:EPERM", "kill", "trap", "log"};
    static const char *const filters[] = {"\"any\"", "\"engine\"", "\"required\""};

    if (often(maker))
        MAKE_ONE(maker, "default", actions);
    if (often(maker))
        make_entries(maker, "allow", false);
    if (often(maker))
        make_entries(maker, "deny", true);
    if (random_once_in(maker->seed, 5))
        make_raw(maker, "architectures", "[\"native\"]");
    if (random_once_in(maker->seed, 4))
        make_string(maker, "knows", "6.1");
    if (random_once_in(maker->seed, 8))
        make_raw(maker, "profile",
                 "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": "
                 "[{\"names\": [\"read\", \"write\", \"exit_group\"], \"action\": \"SCMP_ACT_ALLOW\"}]}");
    if (random_once_in(maker->seed, 3))
        RULE_OF_ONE(maker, "filter", filters);
    maybe_modifiers(maker);
}

static void make_hooks(struct maker *maker)
{
    static const char *const hooks[] = {
        "{\"path\": \"/usr/bin/*\"}",
        "{\"path\": \"/usr/libexec/oci/hook\", \"args\": [\"hook\", \"*\", \"**\"]}",
        "{\"path\": \"/usr/libexec/oci/hook\", \"env\": [\"PATH=/opt/*\", \"DEBUG=?\"]}",
        ("{\"path\": \"/opt/**\", \"sha256\": "
         "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"}")};

    make_open(maker, "allow", '[');
    for (size_t i = 0; i < ARRAY_LENGTH(hooks); i++)
        if (often(maker))
            make_raw(maker, NULL, hooks[i]);
    make_close(maker, ']');
    maybe_modifiers(maker);
}

static void make_annotations(struct maker *maker)
{
    static const char *const keys[] = {"run.oci.*", "org.systemd.property.*", "io.thwart.policy"};

    make_open(maker, "acting", '{');
    MAKE_SOME(maker, "allow", keys);
    maybe_modifiers(maker);
    make_close(maker, '}');
}

static void make_landlock(struct maker *maker)
{
    static const char *const paths[] = {"/", "/usr", "/etc", "/tmp", "/srv/data"};
    static const char *const ports[] = {"[]", "[443]", "[80, \"8000-8080\"]"};

    make_number(maker, "abi", 1 + (int64_t)random_below(maker->seed, 6));
    if (often(maker))
        MAKE_SOME(maker, "read", paths);
    if (often(maker))
        MAKE_SOME(maker, "write", paths);
    if (often(maker))
        MAKE_SOME(maker, "execute", paths);
    if (often(maker))
        make_raw(maker, "connect", ONE_OF(maker->seed, ports));
    if (often(maker))
        make_raw(maker, "bind", ONE_OF(maker->seed, ports));
    maybe_modifiers(maker);
}

static void make_lifecycle(struct maker *maker)
{
    static const char *const verdicts[] = {"\"allow\"", "\"deny\""}, *const lives[] = {"\"7d\"", "\"90m\"",
                                                                                       "\"45s\""};

    if (random_once_in(maker->seed, 3))
        make_raw(maker, "exec", "{\"commands\": [\"/bin/health *\", \"/usr/bin/**\"]}");
    else if (often(maker))
        RULE_OF_ONE(maker, "exec", verdicts);
    if (often(maker))
        RULE_OF_ONE(maker, "update", verdicts);
    if (often(maker))
        RULE_OF_ONE(maker, "checkpoint", verdicts);
    if (random_once_in(maker->seed, 8))
        RULE_OF_ONE(maker, "maxLifetime", lives);
}

/* What is refused at creation: seldom, or nothing else would ever be seen. */
static void make_watched(struct maker *maker)
{
    if (random_once_in(maker->seed, 40))
        make_raw(
            maker, "network",
            "{\"none\": false, \"families\": [\"unix\", \"inet\"], \"egress\": [{\"to\": [\"10.0.0.0/8\"], "
            "\"except\": [\"10.9.0.0/16\"], \"ports\": [443, \"8000-8080\"], \"protocol\": \"tcp\"}], "
            "\"ingress\": [{\"from\": [\"fd00::/8\"]}], \"bind\": [\"tcp/8080\"]}");
    if (random_once_in(maker->seed, 40))
        make_raw(maker, "drift",
                 "{\"executables\": \"image\", \"except\": [\"/tmp/**\"], \"mode\": \"audit\"}");
    if (random_once_in(maker->seed, 40))
        rule_of_one(maker, "onViolation", "[\"log\", \"deny\"]");
}

/* ---- the whole ---- */

static void make_when(struct maker *maker)
{
    static const char *const images[] = {"registry.example.com/web/*", "docker.io/**"};

    make_open(maker, "when", '{');
    if (often(maker))
        MAKE_SOME(maker, "image", images);
    if (often(maker))
        make_raw(maker, "annotations", "{\"app\": \"web-*\", \"tier\": \"front\"}");
    if (random_once_in(maker->seed, 3))
        make_string(maker, "trust", "unverified");
    make_close(maker, '}');
}

static void make_head(struct maker *maker)
{
    static const char *const tags[] = {"pss-restricted", "cis-docker-5.12", "nist-800-190-3.4.3"};
    static const char *const extended[] = {"base", "wide"};
    char name[32];

    text_print(name, sizeof(name), "p%llu", (unsigned long long)random_below(maker->seed, 1000000));
    make_number(maker, "thwart", 1);
    make_string(maker, "name", name);
    if (often(maker))
        make_string(maker, "description", "made at random: \"quoted\", \xc3\xa4, a\ttab");
    if (random_once_in(maker->seed, 4))
        make_number(maker, "revision", 1 + (int64_t)random_below(maker->seed, 100));
    if (random_once_in(maker->seed, 8))
        make_string(maker, "mode", "audit");
    if (random_once_in(maker->seed, 12))
        make_string(maker, "audit", "required");
    if (random_once_in(maker->seed, 12))
        MAKE_SOME(maker, "extends", extended);
    if (random_once_in(maker->seed, 4))
        MAKE_SOME(maker, "tags", tags);
    if (random_once_in(maker->seed, 6))
        make_when(maker);
}

void policy_generate_text(uint64_t *seed, struct text *text)
{
    static const struct {
        const char *key;
        void (*make)(struct maker *maker);
        unsigned int once_in;
    } sections[] = {{"process", make_process, 2},       {"namespaces", make_namespaces, 4},
                    {"filesystem", make_filesystem, 2}, {"devices", make_devices, 4},
                    {"resources", make_resources, 2},   {"syscalls", make_syscalls, 4},
                    {"hooks", make_hooks, 5},           {"annotations", make_annotations, 5},
                    {"landlock", make_landlock, 5},     {"lifecycle", make_lifecycle, 4},
                    {"image", make_image, 6}};
    static const char *const verdicts[] = {"\"note\"", "\"refuse\""}, *const sysctls[] = {"net.ipv4.*",
                                                                                          "kernel.shm*",
                                                                                          "net.**"};
    struct maker maker = {.seed = seed, .text = text, .first = true};

    if (random_once_in(seed, 3))
        text_append(text, "// made at random\n");
    make_open(&maker, NULL, '{');
    make_head(&maker);
    for (size_t i = 0; i < ARRAY_LENGTH(sections); i++)
        if (random_once_in(seed, sections[i].once_in)) {
            make_open(&maker, sections[i].key, '{');
            sections[i].make(&maker);
            make_close(&maker, '}');
        }
    if (random_once_in(seed, 4)) {
        make_open(&maker, "sysctls", '{');
        RULE_OF_SOME(&maker, "allow", sysctls);
        make_close(&maker, '}');
    }
    if (random_once_in(seed, 6))
        RULE_OF_ONE(&maker, "unknownFields", verdicts);
    make_watched(&maker);
    make_close(&maker, '}');
    text_append(text, random_once_in(seed, 3) ? " /* the end */\n" : "\n");
}

const struct policy *policy_generate(uint64_t *seed, struct arena *arena)
{
    cleanup_text struct text text = text_growing(TEXT_MAX);
    const struct policy *policy;
    struct error error = {0};

    policy_generate_text(seed, &text);
    if (policy_read(text.bytes, text.length, "generated.json", NULL, arena, NULL, &policy, &error) != 0) {
        fprintf(stderr, "%s\n%s\n", error.message, text.bytes);
        abort();
    }
    return policy;
}
