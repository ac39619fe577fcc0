#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The calls of a container under policies, made for real: by name, group and argument, by the old entries of x86, beside a
# filter of the configuration, in exec, and in other runtimes with the one filter that is made of all. x86_64 numbers.
load suite

setup() {
    base_setup
    [ "$(uname -m)" = x86_64 ] || skip "the system call numbers here are x86_64's"
    GLOBALS=()
}

# policy NAME SECTIONS: applies from here on, too.
policy() {
    printf '{"thwart": 1, "name": "%s", %s}\n' "$1" "$2" >"$WORK/$1.json"
    GLOBALS+=(--policy "$WORK/$1.json")
}

# calls NUMBER [ARGUMENT...] [-- NUMBER...]...: what the container's probe is to make of them; "80:" before a number: by int 0x80.
calls() {
    local word line='probe' text=''
    for word in "$@" --; do
        case $word in
        --)
            text+="$line; "
            line=probe
            ;;
        80:*) line+=" int80 ${word#80:}" ;;
        *) [ "$line" = probe ] && line+=" syscall $word" || line+=" $word" ;;
        esac
    done
    shell "$text"
}

# answers WORD...: what each call came to: an error's name, "ok", or "signal N".
answers() {
    local seen
    seen=$(jq -rs 'map(if (.signal // 0) != 0 then "signal \(.signal)" elif .error != null then .error else "ok" end) | join(",")' <<<"$SEEN")
    [ "$seen" = "$(
        IFS=,
        echo "$*"
    )" ] || {
        echo "answers: $seen" >&2
        return 1
    }
}

# --- lists ----------------------------------------------------------------------------------------------------------------

@test "denied by name, by group, by an action of its own" {
    policy calls '"syscalls": {"deny": ["getpgid", "@keyring", {"name": "getsid", "action": "errno:ENOTUNIQ"},
        {"name": "sync", "action": "kill"}, {"name": "times", "action": "trap"}, {"name": "sched_yield", "action": "log"}]}'
    calls 121 0 -- 250 0 0 -- 248 0 0 0 -- 124 0 -- 162 -- 100 0 -- 24 -- 39
    look
    answers EPERM EPERM EPERM ENOTUNIQ 'signal 31' 'signal 31' ok ok
    GLOBALS=()
    calls 121 0 -- 124 0 -- 162
    look
    answers ok ok ok
}

@test "a default of its own is what denied calls get" {
    policy calls '"syscalls": {"default": "errno:ENOTUNIQ", "deny": ["getpgid", {"name": "getsid", "action": "errno:EPERM"}]}'
    calls 121 0 -- 124 0 -- 39
    look
    answers ENOTUNIQ EPERM ok
}

@test "conditions: the kernel's width counts, whatever is in the upper half" {
    # personality(2) and ioctl(2)'s request have 32 bits; getpgid's pid, too; lseek's offset has 64.
    policy calls '"syscalls": {"default": "errno:ENOTUNIQ", "deny": [
        {"name": "personality", "unless": [{"arg": 0, "eq": 0}]},
        {"name": "ioctl", "when": [{"arg": 1, "eq": 21522}]},
        {"name": "getpgid", "when": [{"arg": 0, "ge": 5}, {"arg": 0, "lt": 7}]},
        {"name": "lseek", "when": [{"arg": 1, "gt": 4294967295}]}]}'
    shell 'probe syscall 135 0; probe syscall 135 8; probe syscall 135 0x100000000; probe syscall 135 0x100000008
        probe inject 0 0x5412; probe inject 0 0x100005412
        probe syscall 121 0x100000000; probe syscall 121 5; probe syscall 121 0x100000006
        probe syscall 8 99 0; probe syscall 8 99 0x100000000'
    look
    answers ok ENOTUNIQ ok ENOTUNIQ ENOTUNIQ ENOTUNIQ ok ENOTUNIQ ENOTUNIQ EBADF ENOTUNIQ
}

@test "what is not allowed: EPERM; what nobody knows, and clone3: ENOSYS" {
    policy calls '"syscalls": {"allow": ["@default"], "deny": ["getpgid"]}'
    # acct, keyctl, getpgid; numbers that nobody has; clone3; getpid.
    calls 163 0 -- 250 0 0 -- 121 0 -- 9999 -- 1000 -- 435 0 0 -- 39
    look
    answers EPERM EPERM EPERM ENOSYS ENOSYS ENOSYS ok
}

@test "the runtime itself needs nothing but what features says" {
    local needs
    needs=$(rt features | jq -r '.annotations["io.thwart.seccomp.needs"]')
    policy least "\"syscalls\": {\"default\": \"kill\", \"allow\": [\"${needs// /\", \"}\"]}"
    program /bin/probe exit 0
    # The program is executed, and dies by its first own call: SIGSYS.
    run -159 rt run --bundle "$BUNDLE" "$ID" </dev/null
}

@test "an errno for everything: also for what nobody knows; a kernel that the author knew: ENOSYS for newer calls" {
    policy calls '"syscalls": {"default": "errno:ENOTUNIQ", "allow": ["@default"]}'
    calls 163 0 -- 9999
    look
    answers ENOTUNIQ ENOTUNIQ
    GLOBALS=()
    # mseal came with Linux 6.10.
    policy knowing '"syscalls": {"knows": "6.1", "deny": ["getpgid"]}'
    calls 462 0 0 0 -- 121 0 -- 9999
    look
    answers ENOSYS EPERM ENOSYS
}

# --- what other sections imply ----------------------------------------------------------------------------------------------

@test "without CAP_SYS_ADMIN and a user namespace nobody makes namespaces" {
    local flags=0x10000000 # CLONE_NEWUSER
    policy calls '"syscalls": {"deny": ["getpgid"]}'
    calls 272 $flags -- 272 0x100 -- 272 0x110000000 -- 56 $flags -- 435 0 0
    look
    answers EPERM ok EPERM EPERM ENOSYS
    # The upper half of clone's flags is not looked at by the kernel.
    calls 56 0x110000000
    look
    answers EPERM
}

@test "with CAP_SYS_ADMIN granted they may, and not when a policy takes it away" {
    policy calls '"syscalls": {"deny": ["getpgid"]}'
    all_capabilities
    calls 272 0x04000000 -- 435 0 0
    look
    answers ok EINVAL
    policy less '"process": {"capabilities": {"deny": ["SYS_ADMIN"]}}'
    look
    answers EPERM ENOSYS
}

@test "in a user namespace they may" {
    user_namespace
    policy calls '"syscalls": {"deny": ["getpgid"]}'
    calls 435 0 0 -- 121 0
    look
    answers EINVAL EPERM
}

@test "@default follows what is granted, not what is asked" {
    policy calls '"syscalls": {"allow": ["@default"]}'
    all_capabilities
    # chroot to nowhere, with CAP_SYS_CHROOT.
    calls 161 0
    look
    answers EFAULT
    policy less '"process": {"capabilities": {"deny": ["SYS_CHROOT"]}}'
    look
    answers EPERM
}

# --- architectures --------------------------------------------------------------------------------------------------------

@test "32-bit entries and x32: closed unless listed, and bounded where they are" {
    policy calls '"syscalls": {"deny": ["getpgid"]}'
    calls 80:20 -- 0x40000027 -- 39
    look
    answers 'signal 31' 'signal 31' ok
    GLOBALS=()
    # getpgid is 132 there; x32's is 121 with its bit, which a kernel without x32 has not.
    policy wide '"syscalls": {"default": "errno:ENOTUNIQ", "deny": ["getpgid"], "architectures": ["native", "x86", "x32"]}'
    calls 80:20 -- 80:132 0 -- 0x40000079 0 -- 121 0
    look
    answers ok ENOTUNIQ ENOTUNIQ ENOTUNIQ
}

@test "a limit on socket families holds for socketcall, too" {
    policy calls '"syscalls": {"default": "errno:ENOTUNIQ", "architectures": ["native", "x86"],
        "deny": [{"name": "socket", "when": [{"arg": 0, "eq": 16}]}]}'
    # AF_NETLINK by socket(2), with an upper half, by i386's direct call, by socketcall(SYS_SOCKET), whose arguments lie in memory.
    calls 41 16 3 0 -- 41 0x100000010 3 0 -- 80:359 16 3 0 -- 80:102 1 0 -- 41 1 1 0
    look
    answers ENOTUNIQ ENOTUNIQ ENOTUNIQ ENOSYS ok
}

# --- together -------------------------------------------------------------------------------------------------------------

@test "the bundle's filter and two policies': the strictest answer counts" {
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
        {names: ["getpgid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}, {names: ["getsid"], action: "SCMP_ACT_LOG"},
        {names: ["sync"], action: "SCMP_ACT_KILL_PROCESS"}]}'
    policy one '"syscalls": {"deny": [{"name": "getsid", "action": "errno:ENOTUNIQ"}, "sync", {"name": "times", "action": "errno:ENOTUNIQ"}]}'
    policy two '"syscalls": {"deny": ["getsid", {"name": "times", "action": "trap"}, {"name": "getpgid", "action": "log"}]}'
    calls 121 0 -- 124 0 -- 162 -- 100 0 -- 39
    look
    answers EBADFD ENOTUNIQ 'signal 31' 'signal 31' ok
}

@test "exec is bounded by the same filters, when the policy's file is gone, too" {
    policy calls '"syscalls": {"default": "errno:ENOTUNIQ", "deny": ["getpgid"]}'
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getsid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
    start_container
    rm "$WORK/calls.json"
    GLOBALS=()
    SEEN=$(rt exec "$ID" /bin/sh -c 'probe syscall 121 0; probe syscall 124 0; probe syscall 39')
    answers ENOTUNIQ EBADFD ok
}

@test "a profile in Docker's format beside lists" {
    cat >"$WORK/profile.json" <<'JSON'
{"defaultAction": "SCMP_ACT_ALLOW",
 "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": null}],
 "syscalls": [
  {"names": ["getpgid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 76, "args": null, "comment": "", "includes": {}, "excludes": {}},
  {"names": ["getsid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 76, "includes": {"caps": ["CAP_SYS_ADMIN"]}},
  {"names": ["times"], "action": "SCMP_ACT_ERRNO", "errnoRet": 76, "excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}
JSON
    policy calls '"syscalls": {"profile": "profile.json", "deny": ["sync"]}'
    calls 121 0 -- 124 0 -- 100 0 -- 162
    look
    answers ENOTUNIQ ok ENOTUNIQ EPERM
    all_capabilities
    look
    answers ENOTUNIQ ENOTUNIQ ok EPERM
}

@test "notify goes to the configuration's listener, and needs one" {
    policy calls '"syscalls": {"deny": [{"name": "getpgid", "action": "notify"}]}'
    calls 121 0 -- 39
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *listener* ]]
    background "$SUPPORT/seccomp_listener" "$WORK/listener" errno 77 >"$WORK/notified" 2>"$WORK/listener.err"
    eventually grep -q listening "$WORK/listener.err"
    config ".linux.seccomp = {defaultAction: \"SCMP_ACT_ALLOW\", listenerPath: \"$WORK/listener\",
        syscalls: [{names: [\"getsid\"], action: \"SCMP_ACT_NOTIFY\"}]}"
    look
    answers EBADFD ok
}

# --- the configuration's own filter ---------------------------------------------------------------------------------------------

@test "filter: required, engine, any" {
    policy calls '"syscalls": {"filter": "required"}'
    program /bin/true
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"TW0802 /linux/seccomp"* ]]
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"TW0802 /linux/seccomp"* ]]
    # One that refuses what it does not name.
    GLOBALS=()
    policy default '"syscalls": {"allow": ["@default"]}'
    config '.linux.seccomp = $f[0]' --slurpfile f <(rt policy seccomp "$WORK/default.json")
    GLOBALS=(--policy "$WORK/calls.json")
    look
    # An engine's bundle without one; others have none.
    GLOBALS=()
    policy engine '"syscalls": {"filter": "engine"}'
    config 'del(.linux.seccomp)'
    look
    config '.annotations["io.podman.annotations.privileged"] = "TRUE"'
    run -1 rt run --bundle "$BUNDLE" "$ID" </dev/null
    [[ $output == *"podman sends a system call filter"* ]]
    GLOBALS=()
    policy any '"syscalls": {"filter": "any"}'
    look
}

# --- the cache ------------------------------------------------------------------------------------------------------------------

# What is in the cache, with what would change if a filter were compiled again.
cached() {
    stat -c '%n %i %y' /run/thwart/@*/* 2>/dev/null | grep -v lock
}

@test "a second start compiles nothing, and another policy is another filter" {
    policy calls '"syscalls": {"allow": ["@default"], "deny": ["getpgid"]}'
    policy other '"syscalls": {"deny": [{"name": "getsid", "action": "errno:ENOTUNIQ"}]}'
    calls 121 0 -- 124 0
    look
    answers EPERM ENOTUNIQ
    cached >"$WORK/first"
    [ -s "$WORK/first" ]
    look
    answers EPERM ENOTUNIQ
    cached >"$WORK/second"
    diff "$WORK/first" "$WORK/second"
    sed -i 's/ENOTUNIQ/EBADFD/' "$WORK/other.json"
    look
    answers EPERM EBADFD
    cached >"$WORK/third"
    [ "$(wc -l <"$WORK/third")" -gt "$(wc -l <"$WORK/second")" ]
}

# --- other runtimes ---------------------------------------------------------------------------------------------------------------

# The one filter that `policy apply` writes, loaded by another runtime, answers what thwart's stack answers.
as_one() {
    local ours
    peer "$1"
    config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], syscalls: [
        {names: ["getpgid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
    policy one '"syscalls": {"architectures": ["native", "x86"], "deny": ["getsid", {"name": "lseek", "when": [{"arg": 0, "eq": 99}]},
        {"name": "ioctl", "when": [{"arg": 1, "eq": 21522}]}, {"name": "socket", "when": [{"arg": 0, "eq": 16}]}]}'
    policy two '"syscalls": {"architectures": ["native", "x86"], "default": "errno:ENOTUNIQ", "deny": ["@keyring", "getsid",
        {"name": "personality", "unless": [{"arg": 0, "mask": 4095, "eq": 0}], "action": "errno:EACCES"}]}'
    calls 121 0 -- 124 0 -- 250 0 0 -- 135 0 -- 135 8 -- 135 16 -- 135 0x100000008 -- 135 0x100000000 -- 8 98 0 -- 8 99 0 \
        -- 8 0x100000063 0 -- 16 0 0x100005412 0 -- 41 16 3 0 -- 41 0x100000010 3 0 -- 41 1 1 0 -- 80:20 -- 80:132 0 -- 80:102 1 0 \
        -- 80:359 16 3 0 -- 80:359 1 1 0 -- 435 0 0 -- 272 0x10000000 -- 39
    look
    ours=$SEEN
    rt policy apply --policy "$WORK/one.json" --policy "$WORK/two.json" --bundle "$BUNDLE" >"$WORK/granted.json"
    GLOBALS=()
    cp "$WORK/granted.json" "$BUNDLE/config.json"
    config 'del(.linux.resources)'
    run -0 control run --bundle "$BUNDLE" "$ID" </dev/null
    diff <(jq -c '[.syscall, .error, .signal]' <<<"$ours") <(jq -c '[.syscall, .error, .signal]' <<<"$output")
    # Not all the same.
    [ "$(jq -rs 'map(.error) | unique | length' <<<"$ours")" -ge 5 ]
}

@test "crun loads one filter for several, with the same answers" { as_one crun; }
@test "runc loads one filter for several, with the same answers" { as_one runc; }

@test "offline's bound on sockets is one that crun keeps, too" {
    peer crun
    GLOBALS=(--policy offline)
    calls 41 2 1 0 -- 41 0x100000002 1 0 -- 41 1 1 0 -- 41 0x100000001 1 0
    rt policy apply --policy offline --bundle "$BUNDLE" >"$WORK/granted.json"
    GLOBALS=()
    cp "$WORK/granted.json" "$BUNDLE/config.json"
    config 'del(.linux.resources)'
    run -0 control run --bundle "$BUNDLE" "$ID" </dev/null
    SEEN=$output
    [ "$(jq -rs 'map(.error == null) | map(tostring) | join(",")' <<<"$SEEN")" = false,false,true,true ]
}
