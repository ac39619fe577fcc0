#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`baseline` and `restricted` hold the values of the Kubernetes Pod Security Standards (1.37), and the rules name the standards that ask for them.

usage: standards.py THWART SOURCE_ROOT
"""
import json
import pathlib
import re
import subprocess
import sys

BASELINE_CAPABILITIES = """AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP
    SETUID SYS_CHROOT""".split()
# What every engine grants by default, and the standard does not list.
ENGINES_CAPABILITIES = ["NET_RAW"]
BASELINE_SYSCTLS = """kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports
    net.ipv4.ip_unprivileged_port_start net.ipv4.ping_group_range net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl
    net.ipv4.tcp_keepalive_probes net.ipv4.tcp_keepalive_time net.ipv4.tcp_notsent_lowat net.ipv4.tcp_rmem
    net.ipv4.tcp_slow_start_after_idle net.ipv4.tcp_syncookies net.ipv4.tcp_wmem""".split()
SELINUX_TYPES = ["container_engine_t", "container_init_t", "container_kvm_t", "container_t"]

# A control of a standard, and the rules by which it is held.
CONTROLS = {
    "pss-baseline": {
        "host namespaces": ["TW0301"], "privileged": ["TW0212"], "capabilities": ["TW0205"], "HostPath volumes": ["TW0403"],
        "AppArmor": ["TW0208"], "SELinux": ["TW0209"], "/proc mount type": ["TW0407", "TW0408"], "seccomp": ["TW0802"],
        "sysctls": ["TW0701", "TW0702"],
    },
    "pss-restricted": {
        "volume types": ["TW0402", "TW0403"], "privilege escalation": ["TW0204"], "running as non-root": ["TW0201"],
        "seccomp": ["TW0802"], "capabilities": ["TW0205"], "/proc mount type": ["TW0407", "TW0408"],
    },
    "cis-docker": {
        "4.5": ["TW0101"], "5.2": ["TW0208"], "5.3": ["TW0209"], "5.4": ["TW0205"], "5.5": ["TW0212"], "5.6": ["TW0403"], "5.10": ["TW0301"],
        "5.11": ["TW0601"], "5.12": ["TW0604"], "5.13": ["TW0401"], "5.16": ["TW0301"], "5.17": ["TW0301"], "5.18": ["TW0501"],
        "5.19": ["TW0206"], "5.20": ["TW0409"], "5.21": ["TW0301"], "5.22": ["TW0802"], "5.23": ["TW1401"], "5.24": ["TW1401"],
        "5.26": ["TW0204"], "5.29": ["TW0603"], "5.32": ["TW0403"],
    },
    "nist-800-190": {
        "3.1.3": ["TW0103"], "3.1.5": ["TW0101", "TW0102", "TW0103"], "3.4.3": ["TW0201", "TW0204", "TW0205", "TW0208", "TW0209", "TW0212", "TW0301", "TW0403", "TW0501",
                                                 "TW0701", "TW0801", "TW0802", "TW1001"],
        "3.4.4": ["TW0401"], "3.5.5": ["TW0404"],
    },
}

thwart, root = sys.argv[1], pathlib.Path(sys.argv[2])
wrong = []


def shown(name):
    """The policy with all that it extends, as one."""
    text = subprocess.run([thwart, "policy", "show", name], check=True, capture_output=True, text=True).stdout
    return json.loads(re.sub(r"(^|\s)//.*$", "", text, flags=re.M))


def same(what, found, expected):
    if sorted(found) != sorted(expected):
        wrong.append(f"{what}: {sorted(found)} instead of {sorted(expected)}")


def tags_of_rules():
    """Of the manual, which a test holds against the program's own table."""
    tags = {}
    for part in re.split(r"(?m)^(?=### TW)", (root / "docs/thwart-rules.7.md").read_text())[1:]:
        asked = re.search(r"- Asked for by: (.*(?:\n  \S.*)*)", part)
        tags[part[4:10]] = asked.group(1).split() if asked else []
    return tags


baseline, restricted = shown("baseline"), shown("restricted")
for name, policy in (("baseline", baseline), ("restricted", restricted)):
    same(f"{name}: SELinux types", policy["process"]["selinux"]["allow"], SELINUX_TYPES)
    same(f"{name}: sysctls", policy["sysctls"]["allow"], BASELINE_SYSCTLS)
    same(f"{name}: AppArmor", policy["process"]["apparmor"]["allow"], ["*"])
    same(f"{name}: privileged", [policy["process"]["privileged"]], ["deny"])
    same(f"{name}: private namespaces", set(policy["namespaces"]["private"]) & {"pid", "network", "ipc"}, ["pid", "network", "ipc"])
    same(f"{name}: procMount", [policy["filesystem"]["maskedPaths"], policy["filesystem"]["readonlyPaths"]], ["default", "default"])
    same(f"{name}: raw paths of the host", [s["path"] for s in policy["filesystem"]["mounts"]["sources"] if s["path"] in ("/", "/**", "**", "/*")], [])
same("baseline: capabilities", baseline["process"]["capabilities"]["allow"], BASELINE_CAPABILITIES + ENGINES_CAPABILITIES)
same("restricted: capabilities", restricted["process"]["capabilities"]["allow"], ["NET_BIND_SERVICE"])
same("baseline: filter", [baseline["syscalls"]["filter"]], ["engine"])
same("restricted: filter", [restricted["syscalls"]["filter"]], ["required"])
same("restricted: privilege escalation", [restricted["process"]["noNewPrivileges"]], [True])
same("restricted: root", [restricted["process"]["user"]["root"]], ["deny"])

tags = tags_of_rules()
for standard, controls in CONTROLS.items():
    for control, rules in controls.items():
        tag = standard if standard.startswith("pss-") else f"{standard}-{control}"
        for rule in rules:
            if tag not in tags[rule]:
                wrong.append(f"{rule} does not name {tag} ({control})")
print("\n".join(wrong) or f"{sum(len(c) for c in CONTROLS.values())} controls, {len(tags)} rules")
sys.exit(1 if wrong else 0)
