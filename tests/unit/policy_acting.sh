#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Annotations that change what the runtime does are all in policy/acting_annotations.c, so that the rule
# annotations.acting bounds each of them. The source is searched for keys: one that is not in the table must be
# among those below, which are written and never read, or read and not followed.
#
# Usage: policy_acting.sh SOURCE_ROOT

set -eu
root=$1
table=$root/src/policy/acting_annotations.c
failed=0

# features and state show them (io.thwart.version, commit, missing.…, landlock.abi, seccomp.needs, policies, trust, image.…); a claim is refused as long as
# none can be verified, and is, as the seal, a member of signatures; engines' words are looked at to know the engine, and org.criu.config is told not to be
# followed.
passive='io\.thwart\.(version|commit|missing\..*|landlock\.abi|seccomp\.needs|policies|claim|seal|trust(\..*)?|image\.(manifest|names|keys))|org\.criu\.config|io\.(kubernetes|container|podman|buildah|containerd|cri-o)\..*'

keys=$(grep -rhoE '"(run\.oci|org\.systemd|org\.criu|io\.thwart|io\.podman|io\.container|io\.kubernetes|module\.wasm|com\.docker|io\.katacontainers)[.A-Za-z0-9_%-]*"' \
    "$root/src" --include='*.c' --include='*.h' --exclude='acting_annotations.*' | tr -d '"' | sort -u)
[ -n "$keys" ] || { echo "no annotation is found: is $root the source?" >&2; exit 1; }

# A key of the table that ends in a dot stands for all that begin so.
is_listed()
{
    for listed in $(grep -oE '\.key = "[^"]*"' "$table" | cut -d'"' -f2); do
        case $listed in
        *.) case $1 in "$listed"*) return 0 ;; esac ;;
        *) [ "$1" != "$listed" ] || return 0 ;;
        esac
    done
    return 1
}

for key in $keys; do
    if printf '%s\n' "$key" | grep -qxE "$passive"; then
        continue
    fi
    if ! is_listed "$key"; then
        echo "$key acts, or is meant to, and is not in policy/acting_annotations.c" >&2
        failed=1
    fi
done

# And what the table has is in the source.
for key in $(grep -oE '\.key = "[^"]*"' "$table" | cut -d'"' -f2); do
    if ! printf '%s\n' $keys | grep -qxF -e "$key"; then
        echo "$key is in policy/acting_annotations.c, and nothing reads it" >&2
        failed=1
    fi
done
exit $failed
