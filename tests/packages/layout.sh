#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In the clean root, after dpkg --install: what the package promises is there and starts with what a minimal Debian has.
set -euo pipefail

die() {
    echo "layout.sh: $*" >&2
    exit 1
}

thwart --version
names=$(thwart policy list --names)
[ "$(wc -l <<<"$names")" -ge 7 ] || die "policies: $names"
for name in $names; do
    cmp "/usr/share/thwart/policies/$name.json" "/usr/share/doc/thwart/policies/$name.json" || die "$name.json is not among the documents"
    [ "$(thwart policy show "$name")" = "$(thwart policy show "/usr/share/thwart/policies/$name.json" | sed 's,/usr/share/thwart/policies/,,g')" ] ||
        die "$name.json is not what is built in"
done
for folder in /etc/thwart /etc/thwart/keys /etc/thwart/policies /etc/thwart/waivers; do
    [ "$(stat -c '%U %a' "$folder")" = "root 755" ] || die "$folder: $(stat -c '%U %a' "$folder")"
done
dpkg-query --show --showformat='${Conffiles}\n' thwart | grep -q '^ /etc/thwart/thwart.json ' || die "thwart.json is no configuration file of the package"
thwart policy list >/dev/null || die "the configuration of the package is not accepted"
for page in 1/thwart.1 1/thwart-run.1 1/thwart-policy.1 5/thwart-policy.5 5/thwart.json.5 7/thwart-rules.7 7/thwart-trust.7; do
    gzip -t "/usr/share/man/man$page.gz" || die "no manual page $page"
done
[ -s /usr/share/bash-completion/completions/thwart ] || die "no completion for bash"
[ -s /usr/share/zsh/vendor-completions/_thwart ] || [ -s /usr/share/zsh/site-functions/_thwart ] || die "no completion for zsh"
[ -s /usr/share/fish/vendor_completions.d/thwart.fish ] || die "no completion for fish"
[ -s /usr/share/thwart/thwart-policy.schema.json ] || die "no schema of policies"
grep -rl /usr/local/bin/thwart /usr/share/doc/thwart/docs/engines /usr/share/doc/thwart/contrib/podman /usr/share/doc/thwart/contrib/containerd \
    /usr/share/doc/thwart/contrib/docker /usr/share/doc/thwart/contrib/crio && die "these name a program that is elsewhere"
for helper in thwart-systemd thwart-gpg; do
    status=0
    "/usr/libexec/thwart/$helper" </dev/null >/tmp/said 2>&1 || status=$?
    # 126 and 127: the loader found no library, or it cannot be executed.
    case $status in 126 | 127) cat /tmp/said >&2 && die "$helper does not start ($status)" ;; esac
done
