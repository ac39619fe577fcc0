#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Recipe T27: a sysctl reaches exactly the named file of the container's own namespaces, or is refused.
load suite

@test "sysctls of the network, ipc and uts namespaces are written" {
    config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "net.core.somaxconn": "256", "kernel.msgmax": "4096",
              "kernel.shm_rmid_forced": "1", "fs.mqueue.msg_max": "33", "net.ipv4.ping_group_range": "0 10"}'
    look
    see '.sysctl | [.["net/ipv4/ip_forward"], .["net/core/somaxconn"], .["kernel/msgmax"], .["kernel/shm_rmid_forced"],
          .["fs/mqueue/msg_max"], .["net/ipv4/ping_group_range"]]' '["1","256","4096","1","33","0\t10"]'
}

@test "the host's values stay" {
    local before
    before=$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/kernel/sem)
    config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4096", "kernel.sem": "1 2 3 4"}'
    look
    see '.sysctl["kernel/sem"]' '"1\t2\t3\t4"'
    [ "$before" = "$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/kernel/sem)" ]
}

@test "both separators name the same file" {
    config '.linux.sysctl = {"net/ipv4/ip_forward": "1"}'
    look
    see '.sysctl["net/ipv4/ip_forward"]' '"1"'
    config '.linux.sysctl = {"net.ipv4.conf.lo.forwarding": "1"}'
    look
    see '.sysctl["net/ipv4/conf/lo/forwarding"]' '"1"'
}

@test "a sysctl of a namespace that the container shares with the host is refused" {
    local before
    before=$(cat /proc/sys/net/ipv4/ip_forward) # 1 where an engine has been at work
    drop_namespace network
    config '(.mounts[] | select(.destination == "/sys")) |= {destination: "/sys", type: "bind", source: "/sys", options: ["rbind","ro"]}
            | .linux.sysctl = {"net.ipv4.ip_forward": $v}' --arg v "$((1 - before))"
    refused_run 'net.ipv4.ip_forward'
    [ "$(cat /proc/sys/net/ipv4/ip_forward)" = "$before" ]
    cp "$TESTS/support/base-config.json" "$BUNDLE/config.json"
    drop_namespace ipc
    config '.linux.sysctl = {"kernel.msgmax": "4096"}'
    refused_run 'kernel.msgmax'
}

@test "sysctls that belong to no namespace are refused" {
    local key before
    for key in kernel.printk vm.swappiness kernel.core_pattern fs.file-max kernel.modprobe kernel.panic; do
        [ -e "/proc/sys/${key//.//}" ] || continue
        before=$(cat "/proc/sys/${key//.//}")
        config '.linux.sysctl = {($k): "1"}' --arg k "$key"
        refused_run "$key"
        [ "$(cat "/proc/sys/${key//.//}")" = "$before" ]
    done
}

@test "keys that try to leave their place are refused" {
    local key before
    before=$(cat /proc/sys/net/ipv4/ip_forward)
    for key in 'net/../kernel/printk' '../../etc/passwd' 'net.ipv4..ip_forward' '.net.ipv4.ip_forward' 'net.ipv4.ip_forward/' \
        'net.ipv4.ip_forward=1' 'net.ipv4.ip_forward+net.ipv4.x' $'net.ipv4.ip_forward\n' '/net/ipv4/ip_forward' 'net/ipv4/conf/../../../kernel/printk' ''; do
        config '.linux.sysctl = {($k): "1"}' --arg k "$key"
        refused_run 'sysctl'
    done
    [ "$(cat /proc/sys/net/ipv4/ip_forward)" = "$before" ]
}

@test "a sysctl that does not exist is refused by its name" {
    config '.linux.sysctl = {"net.ipv4.no_such_thing": "1"}'
    refused_run 'no_such_thing'
}

@test "a value that the kernel refuses is an error with the key" {
    config '.linux.sysctl = {"net.core.somaxconn": "many"}'
    refused_run 'somaxconn'
}

@test "a value with a newline or a plus sign is one write" {
    config '.linux.sysctl = {"kernel.domainname": "a+kernel.hostname=b"}'
    if rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
        SEEN=$(cat "$WORK/out")
        see .hostname '"inside"'
    else
        grep -q domainname "$WORK/err"
    fi
}

@test "kernel.hostname by sysctl and the hostname of the configuration do not both count" {
    config '.linux.sysctl = {"kernel.hostname": "other"}'
    if rt run --bundle "$BUNDLE" "$ID" >"$WORK/out" 2>"$WORK/err" </dev/null; then
        SEEN=$(cat "$WORK/out")
        see_that '.hostname == "inside" or .hostname == "other"'
    else
        grep -q 'kernel.hostname' "$WORK/err"
    fi
    [ "$(uname -n)" != other ]
}

@test "sysctls are written although /proc/sys is read-only for the program" {
    config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.readonlyPaths = ["/proc/sys"]'
    look
    see '.sysctl["net/ipv4/ip_forward"]' '"1"'
}

@test "sysctls are written although the container mounts no /proc" {
    config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .mounts |= map(select(.destination != "/proc"))'
    program /bin/sh -c 'probe mount proc /proc proc 0 >/dev/null; probe read /proc/sys/net/ipv4/ip_forward'
    all_capabilities
    look
    see .text '"1\n"'
}

@test "sysctls in a user namespace" {
    user_namespace
    config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
    look
    see '.sysctl["net/ipv4/ip_forward"]' '"1"'
}
