#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/ci: what pipelines copy is executed, on a repository with mistakes at known places.
load suite

CI_FILES=$TESTS/../contrib/ci

setup() {
    base_setup
    python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
    # What a machine of a pipeline has: no thwart.json, and thwart in the PATH.
    mv /etc/thwart/thwart.json "$WORK/thwart.json.aside"
    mkdir "$WORK/bin"
    ln -s "$THWART" "$WORK/bin/thwart"
    PATH=$WORK/bin:$PATH
    a_repository
}

teardown() {
    [ ! -e "$WORK/thwart.json.aside" ] || mv "$WORK/thwart.json.aside" /etc/thwart/thwart.json
    base_teardown
}

steps() {
    "$TESTS/support/run_ci_steps.py" "$@" </dev/null 3>&-
}

# Mistakes: two in one bundle, on lines that are known; none in another; a third file is nobody's business.
a_repository() {
    mkdir -p "$WORK/repository"/{deploy/good,"deploy/not so good",policies,web}
    cd "$WORK/repository"
    thwart spec --bundle deploy/good
    BAD="deploy/not so good/config.json"
    jq '.linux.namespaces |= map(select(.type != "pid"))' deploy/good/config.json >"$BAD"
    sed -i 's/"CAP_KILL"/"CAP_SYS_ADMIN"/' "$BAD"
    CAPABILITIES_LINE=$(grep -n -m 1 '"CAP_SYS_ADMIN"' "$BAD" | cut -d: -f1)
    NAMESPACES_LINE=$(grep -n '"namespaces": \[' "$BAD" | cut -d: -f1)
    echo '{"name": "web", "version": 1}' >web/config.json
    printf '{\n  "thwart": 1,\n  "name": "site",\n  "description": "ours",\n  "extends": ["baseline"],\n  "process": {"user": {"root": "deny"}}\n}\n' >policies/site.json
    git init -q . && git add . # no commit: hooks see what is staged
}

@test "the GitHub action: annotations at the lines of the mistakes, the status, SARIF of the same" {
    run -1 steps github "$CI_FILES/github/action.yml" sarif="$WORK/report.sarif" category=bundles
    grep -qF "::error file=$BAD,line=$CAPABILITIES_LINE," <<<"$output"
    grep -qF "::error file=$BAD,line=$NAMESPACES_LINE," <<<"$output"
    [ "$(grep -c '^::error' <<<"$output")" = 2 ]
    [[ $output == *"output status=1"*"output sarif=$WORK/report.sarif"* ]]
    jq -e '.version == "2.1.0" and ([.runs[0].results[] | select(.level == "error") | .locations[0].physicalLocation.region.startLine] | sort == ($lines | map(tonumber) | sort))' \
        --argjson lines "[\"$CAPABILITIES_LINE\", \"$NAMESPACES_LINE\"]" "$WORK/report.sarif"
    jq -e '.runs[0].automationDetails.id | startswith("bundles")' "$WORK/report.sarif"
}

@test "the GitHub action: inputs are words, never commands or options of others" {
    run -0 steps github "$CI_FILES/github/action.yml" targets=$'deploy/good\n\nweb/../deploy/good'
    [[ $output == *"output status=0"* ]]
    run -2 steps github "$CI_FILES/github/action.yml" targets="deploy/good; touch $WORK/touched; \$(touch $WORK/touched)" 'policy=$(touch touched)' "fail-on=\"; touch $WORK/touched; \""
    run -2 steps github "$CI_FILES/github/action.yml" targets=--help
    run -2 steps github "$CI_FILES/github/action.yml" targets="\$(touch $WORK/touched)"
    [ ! -e "$WORK/touched" ] && [ ! -e touched ]
    run -1 steps github "$CI_FILES/github/action.yml" targets=deploy/good policy=$'policies/site.json\nbaseline'
    [[ $output == *"file=deploy/good/config.json"*"TW0201"* ]]
    # Relative to another directory, which is then what names are relative to.
    run -1 steps github "$CI_FILES/github/action.yml" working-directory=deploy
    [[ $output == *"file=not so good/config.json"* ]]
}

@test "the GitHub action: what is known does not count, what is new does" {
    run -1 thwart check --format json . --jobs 1
    printf '%s\n' "$output" >"$WORK/known.json"
    run -0 steps github "$CI_FILES/github/action.yml" baseline="$WORK/known.json"
    jq '.root.path = "/" | .mounts += [{destination: "/h", type: "bind", source: "/", options: ["bind"]}]' "$BAD" >"$WORK/new" && cp "$WORK/new" "$BAD"
    run -1 steps github "$CI_FILES/github/action.yml" baseline="$WORK/known.json"
    grep -qE "^::error file=$BAD,.*title=TW04" <<<"$output"
}

@test "the GitHub action installs the package whose digest it was told, and no other" {
    local digest
    cat >"$WORK/bin/sudo" <<'END'
#!/bin/sh
for word; do package=$word; done
echo "sudo $1 $3, $(cat "$package")"
END
    chmod 755 "$WORK/bin/sudo"
    echo package >"$WORK/thwart.deb"
    digest=$(sha256sum "$WORK/thwart.deb" | cut -d' ' -f1)
    run -0 steps github "$CI_FILES/github/action.yml" targets=deploy/good package="$WORK/thwart.deb" package-sha256="$digest"
    [[ $output == *"sudo apt-get install, package"* ]]
    run -2 steps github "$CI_FILES/github/action.yml" targets=deploy/good package="$WORK/thwart.deb" package-sha256="${digest//[0-4]/5}"
    [[ $output == *"not the package of that digest"* ]] && [[ $output != *"sudo"* ]] && [[ $output != *"step Check"* ]]
    run -2 steps github "$CI_FILES/github/action.yml" targets=deploy/good package=https://127.0.0.1:9/thwart.deb
    [[ $output == *"needs package-sha256"* ]] && [[ $output != *"sudo"* ]]
    rm "$WORK/bin/thwart"
    PATH=$WORK/bin:/usr/bin:/bin run -2 steps github "$CI_FILES/github/action.yml" targets=deploy/good
    [[ $output == *"thwart is not installed"* ]]
}

@test "the GitLab job: its log, its two reports, its status; policies of a checkout that everybody may write to" {
    run -1 steps gitlab "$CI_FILES/gitlab/thwart-check.gitlab-ci.yml" .thwart-check
    grep -qF "$BAD:$CAPABILITIES_LINE:" <<<"$output"
    jq -e 'map(select(.severity == "critical") | .location | [.path, .lines.begin]) | sort == ([[$path, ($a | tonumber)], [$path, ($b | tonumber)]] | sort)' \
        --arg path "$BAD" --arg a "$CAPABILITIES_LINE" --arg b "$NAMESPACES_LINE" gl-code-quality-report.json
    python3 -c '
import sys, xml.etree.ElementTree as tree
assert tree.parse("thwart-junit.xml").getroot().findall(".//failure")'
    rm gl-code-quality-report.json thwart-junit.xml
    run -0 steps gitlab "$CI_FILES/gitlab/thwart-check.gitlab-ci.yml" .thwart-check THWART_TARGETS=deploy/good
    run -1 steps gitlab "$CI_FILES/gitlab/thwart-check.gitlab-ci.yml" .thwart-check THWART_TARGETS=deploy/good THWART_POLICY=policies/site.json
    [[ $output == *TW0201* ]]
    run -2 steps gitlab "$CI_FILES/gitlab/thwart-check.gitlab-ci.yml" .thwart-check "THWART_TARGETS=\$(touch touched)" "THWART_POLICY=\`touch touched\`"
    [ ! -e touched ]
}

@test "the pre-commit hook: configurations and policies of the commit, nothing else, whatever files are called" {
    run -1 steps pre-commit "$TESTS/.." thwart-check
    grep -qF "$BAD:$CAPABILITIES_LINE:" <<<"$output"
    [[ $output != *web/config.json* ]]
    run -0 git rm -rq --cached "deploy/not so good"
    run -0 steps pre-commit "$TESTS/.." thwart-check
    run -1 steps pre-commit "$TESTS/.." thwart-check --policy=policies/site.json
    [[ $output == *deploy/good/config.json*TW0201* ]]
    # A mistake in a policy, and a file that would be an option.
    cp "$BAD" ./--fail-on=none.json
    git add .
    run -1 steps pre-commit "$TESTS/.." thwart-check
    grep -qF -e "./--fail-on=none.json:$CAPABILITIES_LINE:" <<<"$output"
    sed -i 's/"extends"/"extend"/' policies/site.json
    run -2 steps pre-commit "$TESTS/.." thwart-check
    grep -qF 'policies/site.json:5:' <<<"$output"
    git rm -rfq --cached . && git add web
    run -0 steps pre-commit "$TESTS/.." thwart-check
    [ -z "$output" ]
}

@test "the Makefile: a failing check, what is known written down, a passing one, a new mistake" {
    command -v make >/dev/null || skip "make is not installed"
    printf 'include %s\nall: thwart-check\n' "$CI_FILES/make/thwart.mk" >Makefile
    run -2 make -s all THWART_TARGETS=deploy
    grep -qF "$BAD:$NAMESPACES_LINE:" <<<"$output"
    run -0 make -s thwart-baseline THWART_TARGETS=deploy
    run -0 make -s all THWART_TARGETS=deploy
    run -2 make -s all THWART_TARGETS=deploy/good THWART_POLICY='policies/site.json baseline'
    [[ $output == *TW0201* ]]
    # A failed run leaves the report that was there.
    cp thwart-baseline.json "$WORK/baseline"
    run -2 make -s thwart-baseline THWART_TARGETS=nowhere
    cmp thwart-baseline.json "$WORK/baseline"
}
