/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random bundles: what engines write, what they should not, and what only an attacker would. */
#include "policy_generator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "generator_json.h"

enum { TEXT_MAX = 1 << 20 };

static bool often(struct maker *maker)
{
    return random_once_in(maker->seed, 2);
}

/* ---- process ---- */

/* The five sets; what is effective or ambient is permitted, and all of it within the bounding set. */
static void make_capabilities(struct maker *maker)
{
    static const char *const sets[] = {"bounding", "permitted", "effective", "inheritable", "ambient"};
    uint64_t bounding = random_next(maker->seed), permitted = bounding & random_next(maker->seed);
    uint64_t inheritable = permitted & random_next(maker->seed);
    const uint64_t chosen[] = {bounding, permitted, permitted, inheritable, inheritable};

    make_open(maker, "capabilities", '{');
    for (size_t i = 0; i < ARRAY_LENGTH(sets); i++) {
        make_open(maker, sets[i], '[');
        for (size_t k = 0; k < ARRAY_LENGTH(world_capabilities); k++)
            if ((chosen[i] >> k & 1) != 0) {
                char name[40];

                text_print(name, sizeof(name), "CAP_%s", world_capabilities[k]);
                make_string(maker, NULL, name);
            }
        make_close(maker, ']');
    }
    make_close(maker, '}');
}

static void make_rlimits(struct maker *maker)
{
    make_open(maker, "rlimits", '[');
    for (size_t i = 0; i < ARRAY_LENGTH(world_rlimits); i++) {
        int64_t hard = (int64_t)random_below(maker->seed, 8192);
        char type[32];

        if (often(maker))
            continue;
        text_print(type, sizeof(type), "RLIMIT_%s", world_rlimits[i]);
        make_open(maker, NULL, '{');
        make_string(maker, "type", type);
        make_number(maker, "soft", (int64_t)random_below(maker->seed, (uint64_t)hard + 1));
        if (random_once_in(maker->seed, 6))
            make_raw(maker, "hard", "18446744073709551615");
        else
            make_number(maker, "hard", hard);
        make_close(maker, '}');
    }
    make_close(maker, ']');
}

static void make_user(struct maker *maker)
{
    static const char *const ids[] = {"0", "7", "1000", "1500", "65534"};

    make_open(maker, "user", '{');
    make_raw(maker, "uid", ONE_OF(maker->seed, ids));
    make_raw(maker, "gid", ONE_OF(maker->seed, ids));
    if (often(maker))
        make_raw(maker, "additionalGids", often(maker) ? "[0, 1000]" : "[7]");
    make_close(maker, '}');
}

static void make_process(struct maker *maker)
{
    static const char *const variables[] = {"PATH=/usr/bin:/bin", "DB_PASSWORD=x", "AWS_SECRET_KEY=y",
                                            "HOME=/", "EMPTY="};

    make_open(maker, "process", '{');
    make_user(maker);
    make_raw(maker, "args", "[\"/bin/app\", \"--serve\"]");
    make_string(maker, "cwd", "/");
    MAKE_SOME(maker, "env", variables);
    if (!random_once_in(maker->seed, 4))
        make_capabilities(maker);
    if (often(maker))
        make_rlimits(maker);
    if (often(maker))
        make_flag(maker, "noNewPrivileges", often(maker));
    if (random_once_in(maker->seed, 3))
        make_string(maker, "apparmorProfile", often(maker) ? "container-default" : "unconfined");
    if (random_once_in(maker->seed, 3))
        make_string(maker, "selinuxLabel",
                    often(maker) ? "system_u:system_r:container_t:s0:c1,c2" : "system_u:system_r:spc_t:s0");
    if (often(maker))
        make_number(maker, "oomScoreAdj", (int64_t)random_below(maker->seed, 2001) - 1000);
    make_close(maker, '}');
}

/* ---- mounts ---- */

static void make_bind(struct maker *maker, size_t number)
{
    static const char *const options[] = {"[\"rbind\", \"ro\"]", "[\"bind\", \"rw\", \"nosuid\", \"nodev\"]",
                                          "[\"rbind\", \"rshared\"]", "[\"bind\", \"noexec\", \"rprivate\"]"};
    char destination[32];

    text_print(destination, sizeof(destination), "/volume/%zu", number);
    make_open(maker, NULL, '{');
    make_string(maker, "destination", destination);
    if (often(maker))
        make_string(maker, "type", "bind");
    MAKE_ONE(maker, "source", world_paths);
    make_raw(maker, "options", ONE_OF(maker->seed, options));
    make_close(maker, '}');
}

static void make_mounts(struct maker *maker)
{
    static const char *const mounts[] = {
        "{\"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\"}",
        "{\"destination\": \"/dev\", \"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [\"nosuid\", "
        "\"strictatime\", \"mode=755\", \"size=65536k\"]}",
        "{\"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\", \"options\": "
        "[\"nosuid\", "
        "\"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\"]}",
        "{\"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\", \"options\": [\"nosuid\", "
        "\"noexec\", \"nodev\", \"ro\"]}",
        "{\"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\", \"options\": "
        "[\"ro\"]}",
        "{\"destination\": \"/tmp\", \"type\": \"tmpfs\", \"source\": \"tmpfs\"}",
        "{\"destination\": \"/merged\", \"type\": \"overlay\", \"source\": \"overlay\", \"options\": "
        "[\"lowerdir=/a:/b\"]}"};

    make_open(maker, "mounts", '[');
    for (size_t i = 0; i < ARRAY_LENGTH(mounts); i++)
        if (often(maker))
            make_raw(maker, NULL, mounts[i]);
    for (size_t i = 0, count = (size_t)random_below(maker->seed, 4); i < count; i++)
        make_bind(maker, i);
    make_close(maker, ']');
}

/* ---- hooks, annotations ---- */

static void make_hooks(struct maker *maker)
{
    static const char *const stages[] = {"createRuntime", "createContainer", "startContainer", "poststop"};
    static const char *const hooks[] = {
        "{\"path\": \"/usr/bin/hook\"}",
        ("{\"path\": \"/usr/libexec/oci/hook\", \"args\": [\"hook\", \"add\", "
         "\"-v\"], \"timeout\": 5}"),
        "{\"path\": \"/opt/evil/x\", \"env\": [\"A=b\"]}"};

    make_open(maker, "hooks", '{');
    for (size_t i = 0; i < ARRAY_LENGTH(stages); i++)
        if (random_once_in(maker->seed, 3)) {
            make_open(maker, stages[i], '[');
            make_raw(maker, NULL, ONE_OF(maker->seed, hooks));
            make_close(maker, ']');
        }
    make_close(maker, '}');
}

static void make_annotations(struct maker *maker)
{
    make_open(maker, "annotations", '{');
    if (often(maker))
        make_string(maker, "app", often(maker) ? "web-1" : "db");
    if (often(maker))
        make_string(maker, "tier", "front");
    if (random_once_in(maker->seed, 4))
        make_string(maker, "run.oci.keep_original_groups", "1");
    if (random_once_in(maker->seed, 4))
        make_string(maker, "org.systemd.property.TimeoutStopUSec", "uint64 123456789");
    make_close(maker, '}');
}

/* ---- linux ---- */

/* Bits of world_namespaces that the bundle lists: the rest is the host's. */
static uint64_t make_namespaces(struct maker *maker)
{
    static const char *const paths[] = {"/proc/1/ns/%s", "/run/netns/%s-pod", "/proc/4242/ns/%s"};
    uint64_t listed = random_next(maker->seed) | random_next(maker->seed) | 4; /* a mount namespace always */

    listed &= ~(UINT64_C(1) << 5 | UINT64_C(1) << 7); /* user and time have needs of their own */
    make_open(maker, "namespaces", '[');
    for (size_t i = 0; i < ARRAY_LENGTH(world_namespaces); i++) {
        const char *pattern = ONE_OF(maker->seed, paths);
        char path[64];

        if ((listed >> i & 1) == 0)
            continue;
        make_open(maker, NULL, '{');
        make_string(maker, "type", world_namespaces[i]);
        if (i != 2 && random_once_in(maker->seed, 5)) {
            size_t length = (size_t)(strchr(pattern, '%') - pattern);

            text_print(path, sizeof(path), "%.*s%s%s", (int)length, pattern, world_namespaces[i],
                       pattern + length + 2);
            make_string(maker, "path", path);
        }
        make_close(maker, '}');
    }
    make_close(maker, ']');
    return listed & ((UINT64_C(1) << ARRAY_LENGTH(world_namespaces)) - 1);
}

static void make_sysctls(struct maker *maker, uint64_t namespaces)
{
    make_open(maker, "sysctl", '{');
    for (size_t i = 0; i < ARRAY_LENGTH(world_sysctls); i++) {
        bool of_network = strncmp(world_sysctls[i], "net.", 4) == 0;

        /* Those of the host's namespaces the parser refuses by itself. */
        if ((namespaces >> (of_network ? 1 : 3) & 1) != 0 && random_once_in(maker->seed, 3))
            make_string(maker, world_sysctls[i], "1");
    }
    make_close(maker, '}');
}

static void make_devices(struct maker *maker)
{
    static const char *const devices[] = {
        "{\"path\": \"/dev/fuse\", \"type\": \"c\", \"major\": 10, \"minor\": 229, \"fileMode\": 438}",
        "{\"path\": \"/dev/sda\", \"type\": \"b\", \"major\": 8, \"minor\": 0, \"fileMode\": 432}",
        "{\"path\": \"/dev/null0\", \"type\": \"c\", \"major\": 1, \"minor\": 3, \"uid\": 0, \"gid\": 0}"};

    make_open(maker, "devices", '[');
    for (size_t i = 0; i < ARRAY_LENGTH(devices); i++)
        if (random_once_in(maker->seed, 3))
            make_raw(maker, NULL, devices[i]);
    make_close(maker, ']');
}

static void make_resources(struct maker *maker)
{
    static const char *const rules[] = {
        "{\"allow\": false, \"access\": \"rwm\"}",
        "{\"allow\": true, \"type\": \"c\", \"major\": 1, \"minor\": 3, \"access\": \"rwm\"}",
        "{\"allow\": true, \"type\": \"c\", \"major\": 10, \"minor\": 229, \"access\": \"rwm\"}",
        "{\"allow\": true, \"type\": \"b\", \"major\": 8, \"minor\": 0, \"access\": \"r\"}"};
    static const char *const memory[] = {"{\"limit\": 67108864}",
                                         "{\"limit\": 1073741824, \"swap\": 2147483648}", "{\"limit\": -1}",
                                         "{\"reservation\": 1048576}"};
    static const char *const cpu[] = {"{\"quota\": 50000, \"period\": 100000}", "{\"shares\": 1024}",
                                      "{\"quota\": 300000, \"period\": 100000, \"cpus\": \"0\"}",
                                      "{\"quota\": -1}"};

    make_open(maker, "resources", '{');
    if (!random_once_in(maker->seed, 3)) {
        make_open(maker, "devices", '[');
        for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
            if (i == 0 ? !random_once_in(maker->seed, 6) : often(maker))
                make_raw(maker, NULL, rules[i]);
        make_close(maker, ']');
    }
    if (often(maker))
        make_raw(maker, "memory", ONE_OF(maker->seed, memory));
    if (often(maker))
        make_raw(maker, "cpu", ONE_OF(maker->seed, cpu));
    if (often(maker)) {
        make_open(maker, "pids", '{');
        make_number(maker, "limit",
                    random_once_in(maker->seed, 5) ? -1 : 1 + (int64_t)random_below(maker->seed, 8192));
        make_close(maker, '}');
    }
    if (random_once_in(maker->seed, 4))
        make_raw(maker, "blockIO",
                 "{\"throttleReadBpsDevice\": [{\"major\": 8, \"minor\": 0, \"rate\": 20971520}], "
                 "\"throttleWriteIOPSDevice\": [{\"major\": 8, \"minor\": 0, \"rate\": 100}]}");
    if (random_once_in(maker->seed, 4))
        make_raw(maker, "hugepageLimits", "[{\"pageSize\": \"2MB\", \"limit\": 134217728}]");
    make_close(maker, '}');
}

static void make_linux(struct maker *maker)
{
    static const char *const masked[] = {"/proc/kcore", "/proc/keys", "/sys/firmware", "/proc/acpi"};
    static const char *const readonly[] = {"/proc/sys", "/proc/bus", "/proc/irq"};
    static const char *const propagations[] = {"rprivate", "private", "rslave", "rshared"};
    uint64_t namespaces;

    make_open(maker, "linux", '{');
    namespaces = make_namespaces(maker);
    if (often(maker))
        make_sysctls(maker, namespaces);
    if (often(maker))
        make_devices(maker);
    if (!random_once_in(maker->seed, 4))
        make_resources(maker);
    if (!random_once_in(maker->seed, 3))
        MAKE_SOME(maker, "maskedPaths", masked);
    if (!random_once_in(maker->seed, 3))
        MAKE_SOME(maker, "readonlyPaths", readonly);
    if (random_once_in(maker->seed, 3))
        MAKE_ONE(maker, "rootfsPropagation", propagations);
    if (often(maker))
        make_raw(maker, "seccomp",
                 "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38, \"architectures\": "
                 "[\"SCMP_ARCH_X86_64\"], \"syscalls\": [{\"names\": [\"read\", \"write\", \"execve\", "
                 "\"exit_group\"], \"action\": \"SCMP_ACT_ALLOW\"}]}");
    make_close(maker, '}');
}

void spec_generate_text(uint64_t *seed, struct text *text)
{
    struct maker maker = {.seed = seed, .text = text, .first = true};

    make_open(&maker, NULL, '{');
    make_string(&maker, "ociVersion", "1.2.0");
    make_process(&maker);
    make_open(&maker, "root", '{');
    make_string(&maker, "path", "rootfs");
    if (random_once_in(seed, 2))
        make_flag(&maker, "readonly", random_once_in(seed, 2));
    make_close(&maker, '}');
    make_mounts(&maker);
    if (random_once_in(seed, 3))
        make_hooks(&maker);
    if (random_once_in(seed, 2))
        make_annotations(&maker);
    make_linux(&maker);
    make_close(&maker, '}');
}

const struct spec *spec_generate(uint64_t *seed, struct arena *arena)
{
    cleanup_text struct text text = text_growing(TEXT_MAX);
    struct json_notes notes = {0};
    struct error error = {0};
    const struct spec *spec;

    spec_generate_text(seed, &text);
    if (spec_parse(text.bytes, text.length, "generated.json", arena, &notes, &spec, &error) != 0) {
        fprintf(stderr, "%s\n%s\n", error.message, text.bytes);
        abort();
    }
    return spec;
}
