/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Device rules to eBPF, and to the kernel; see device_program.h. */
#include "linux/device_program.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/memory.h"

enum {
    RULE_INSTRUCTIONS_MAX = 8,
    FIXED_INSTRUCTIONS = 8,
    ALL_ACCESS = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE,
    PROGRAMS_MAX = 64, /* the kernel's limit of programs on one cgroup */
};

/* What the registers hold: the context first, then its parts; left is the access that no rule has decided
 * yet. */
enum {
    RESULT = BPF_REG_0,
    CONTEXT = BPF_REG_1,
    TYPE = BPF_REG_2,
    LEFT = BPF_REG_3,
    MAJOR = BPF_REG_4,
    MINOR = BPF_REG_5
};

struct program {
    struct bpf_insn *instructions;
    size_t count;
};

static void put(struct program *program, uint8_t code, uint8_t destination, uint8_t source, int16_t offset,
                int32_t value)
{
    program->instructions[program->count++] = (struct bpf_insn){
        .code = code, .dst_reg = destination & 15U, .src_reg = source & 15U, .off = offset, .imm = value};
}

static void put_exit(struct program *program, int32_t result)
{
    put(program, BPF_ALU64 | BPF_MOV | BPF_K, RESULT, 0, 0, result);
    put(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void put_context(struct program *program, uint8_t destination, size_t offset)
{
    put(program, BPF_LDX | BPF_MEM | BPF_W, destination, CONTEXT, (int16_t)offset, 0);
}

/* access_type holds the type in its low half, the access in its high one. */
static void put_prologue(struct program *program)
{
    put_context(program, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
    put(program, BPF_ALU | BPF_MOV | BPF_X, LEFT, TYPE, 0, 0);
    put(program, BPF_ALU | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
    put(program, BPF_ALU | BPF_RSH | BPF_K, LEFT, 0, 0, 16);
    put_context(program, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
    put_context(program, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
}

/* "If register differs from value, this rule does not match": the jump's length is filled in at the rule's
 * end. */
static void put_test(struct program *program, uint8_t destination, uint32_t value)
{
    /* A 64-bit comparison sign-extends its constant; device numbers have 20 bits at most, the rest cannot
     * match. */
    put(program, BPF_JMP | BPF_JNE | BPF_K, destination, 0, 0, (int32_t)value);
}

static bool decides_all(const struct plan_device_rule *rule)
{
    return rule->type == 'a' && rule->major < 0 && rule->minor < 0 &&
           (rule->access & ALL_ACCESS) == ALL_ACCESS;
}

/* A number that no device has: the rule is met by nothing. Compared as 32 bits it could be met by another. */
static bool can_match(const struct plan_device_rule *rule)
{
    return rule->major <= INT32_MAX && rule->minor <= INT32_MAX && (rule->access & ALL_ACCESS) != 0;
}

static void put_rule(struct program *program, const struct plan_device_rule *rule)
{
    size_t start = program->count, tests;

    if (rule->type != 'a')
        put_test(program, TYPE, rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
    if (rule->major >= 0)
        put_test(program, MAJOR, (uint32_t)rule->major);
    if (rule->minor >= 0)
        put_test(program, MINOR, (uint32_t)rule->minor);
    tests = program->count;
    if (rule->allow) {
        put(program, BPF_ALU | BPF_AND | BPF_K, LEFT, 0, 0, (int32_t)(ALL_ACCESS & ~rule->access));
        put(program, BPF_JMP | BPF_JNE | BPF_K, LEFT, 0, 2, 0);
        put_exit(program, 1);
    } else {
        put(program, BPF_JMP | BPF_JSET | BPF_K, LEFT, 0, 1, (int32_t)(rule->access & ALL_ACCESS));
        put(program, BPF_JMP | BPF_JA, 0, 0, 2, 0);
        put_exit(program, 0);
    }
    for (size_t i = start; i < tests; i++)
        program->instructions[i].off = (int16_t)(program->count - i - 1);
}

void device_program_make(const struct plan_device_rule *rules, size_t count, struct arena *arena,
                         struct bpf_insn **instructions, size_t *instruction_count)
{
    struct program program = {0};
    bool decided = false;

    program.instructions =
        arena_array(arena, count * RULE_INSTRUCTIONS_MAX + FIXED_INSTRUCTIONS, sizeof(*program.instructions));
    put_prologue(&program);
    for (size_t i = count; i-- > 0 && !decided;) {
        decided = decides_all(&rules[i]);
        if (decided)
            put_exit(&program, rules[i].allow);
        else if (can_match(&rules[i]))
            put_rule(&program, &rules[i]);
    }
    if (!decided)
        put_exit(&program, 0);
    *instructions = program.instructions;
    *instruction_count = program.count;
}

/* ---- the kernel ---- */

static int bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
    return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int load(const struct bpf_insn *instructions, size_t count)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.expected_attach_type = BPF_CGROUP_DEVICE;
    attributes.insns = (uint64_t)(uintptr_t)instructions;
    attributes.insn_cnt = (uint32_t)count;
    attributes.license = (uint64_t)(uintptr_t) "GPL";
    memcpy(attributes.prog_name, "thwart_devices", sizeof("thwart_devices"));
    return bpf(BPF_PROG_LOAD, &attributes);
}

/* EPERM may mean too little locked memory before 5.11. Raised for one attempt; a refusal to raise it changes
 * nothing. */
static int load_with_memory(const struct bpf_insn *instructions, size_t count)
{
    const struct rlimit unlimited = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    struct rlimit previous;
    int program = load(instructions, count), failure;

    if (program >= 0 || errno != EPERM || getrlimit(RLIMIT_MEMLOCK, &previous) != 0)
        return program;
    if (setrlimit(RLIMIT_MEMLOCK, &unlimited) != 0) {
        errno = EPERM;
        return -1;
    }
    program = load(instructions, count);
    failure = errno;
    /* Lowering is always allowed; the container must not inherit ours. */
    if (setrlimit(RLIMIT_MEMLOCK, &previous) != 0) {
        descriptor_close(&program);
        return -1;
    }
    errno = failure;
    return program;
}

static int attach(int cgroup, int program)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.target_fd = (uint32_t)cgroup;
    attributes.attach_bpf_fd = (uint32_t)program;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    return bpf(BPF_PROG_ATTACH, &attributes);
}

/* The ids of the programs attached to this cgroup itself. */
static int query(int cgroup, uint32_t ids[PROGRAMS_MAX], uint32_t *count)
{
    union bpf_attr attributes;

    memset(&attributes, 0, sizeof(attributes));
    attributes.query.target_fd = (uint32_t)cgroup;
    attributes.query.attach_type = BPF_CGROUP_DEVICE;
    attributes.query.prog_ids = (uint64_t)(uintptr_t)ids;
    attributes.query.prog_cnt = PROGRAMS_MAX;
    if (bpf(BPF_PROG_QUERY, &attributes) != 0)
        return -1;
    *count = attributes.query.prog_cnt;
    return 0;
}

static int detach(int cgroup, uint32_t id)
{
    union bpf_attr attributes;
    cleanup_fd int program = -1;

    memset(&attributes, 0, sizeof(attributes));
    attributes.prog_id = id;
    program = bpf(BPF_PROG_GET_FD_BY_ID, &attributes);
    if (program < 0)
        return errno == ENOENT ? 0 : -1;
    memset(&attributes, 0, sizeof(attributes));
    attributes.target_fd = (uint32_t)cgroup;
    attributes.attach_bpf_fd = (uint32_t)program;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    return bpf(BPF_PROG_DETACH, &attributes);
}

static int explain_load(int number, size_t rules, struct error *error)
{
    if (number == EPERM || number == EACCES)
        return error_system(
            error, number,
            "/linux/resources/devices: cannot load the device program: it takes CAP_SYS_ADMIN (or CAP_BPF "
            "and CAP_NET_ADMIN) in the first user namespace");
    if (number == E2BIG)
        return error_set(error, ERROR_LIMIT,
                         "/linux/resources/devices: %zu rules are more than a device program can have",
                         rules);
    if (number == EINVAL || number == ENOSYS)
        return error_system(
            error, number,
            "/linux/resources/devices: this kernel has no device programs (CONFIG_CGROUP_BPF, 4.15)");
    return error_system(error, number, "/linux/resources/devices: cannot load the device program");
}

int device_program_replace(int cgroup, const struct plan_device_rule *rules, size_t count, bool replace,
                           struct error *error)
{
    cleanup_arena struct arena arena = {0};
    cleanup_fd int program = -1;
    uint32_t previous[PROGRAMS_MAX], previous_count = 0;
    struct bpf_insn *instructions;
    size_t instruction_count;

    device_program_make(rules, count, &arena, &instructions, &instruction_count);
    program = load_with_memory(instructions, instruction_count);
    if (program < 0)
        return explain_load(errno, count, error);
    if (replace && query(cgroup, previous, &previous_count) != 0)
        return error_system(error, errno,
                            "/linux/resources/devices: cannot list the cgroup's device programs");
    if (attach(cgroup, program) != 0)
        return error_system(error, errno,
                            "/linux/resources/devices: cannot attach the device program to the cgroup");
    for (uint32_t i = 0; i < previous_count; i++) {
        if (detach(cgroup, previous[i]) != 0)
            return error_system(error, errno,
                                "/linux/resources/devices: cannot detach a device program of before");
    }
    return 0;
}
