#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Judges manifests by the Kubernetes API (1.30), offline: kubernetes_schema.py FILE...

The kinds that contrib/kubernetes uses, with all of their fields, so that a misspelled or misplaced one is found: a cluster drops those
without a word. Types, required fields, allowed words, names, and what a pod's parts say of each other. Says what is
wrong, a line each, and ends with 1 then."""
import re
import sys

import yaml

LABEL = r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\Z"
NAME = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\Z"
WORD = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z"
QUANTITY = r"\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?\Z"
PATH = r"/[^:]*\Z"


class Object:
    """Members by name; names that end in ! are required."""

    def __init__(self, **members):
        self.required = [name[:-1] for name in members if name.endswith("!")]
        self.members = {name.rstrip("!"): kind for name, kind in members.items()}


def of(text):
    """"a! b:kind": members in short; without a kind text."""
    members = {}
    for each in text.split():
        name, _, kind = each.partition(":")
        members[name] = kind or "text"
    return Object(**members)


KINDS = {
    "selector": of("matchLabels:labels matchExpressions:[expression"),
    "expression": of("key!:label operator!:In|NotIn|Exists|DoesNotExist values:[text"),
    "metadata": of("name:name generateName namespace:word labels:labels annotations:map"),
    "keyref": of("name:name key! optional:flag"),
    "fieldref": of("apiVersion fieldPath!"),
    "resourceref": of("containerName resource! divisor:quantity"),
    "valuefrom": of("fieldRef:fieldref resourceFieldRef:resourceref configMapKeyRef:keyref secretKeyRef:keyref"),
    "env": of("name! value valueFrom:valuefrom"),
    "source": of("name:name optional:flag"),
    "envfrom": of("prefix configMapRef:source secretRef:source"),
    "port": of("name:word containerPort!:number protocol:TCP|UDP|SCTP hostPort:number hostIP"),
    "exec": of("command!:[text"),
    "header": of("name! value!"),
    "httpget": of("path port!:numberorname host scheme:HTTP|HTTPS httpHeaders:[header"),
    "tcpsocket": of("port!:numberorname host"),
    "grpc": of("port!:number service"),
    "probe": of("exec:exec httpGet:httpget tcpSocket:tcpsocket grpc:grpc initialDelaySeconds:number timeoutSeconds:number periodSeconds:number "
                "successThreshold:number failureThreshold:number terminationGracePeriodSeconds:number"),
    "sleep": of("seconds!:number"),
    "handler": of("exec:exec httpGet:httpget tcpSocket:tcpsocket sleep:sleep"),
    "lifecycle": of("postStart:handler preStop:handler"),
    "capabilities": of("add:[text drop:[text"),
    "profile": of("type!:RuntimeDefault|Localhost|Unconfined localhostProfile"),
    "selinux": of("user role type level"),
    "security": of("runAsUser:number runAsGroup:number runAsNonRoot:flag privileged:flag allowPrivilegeEscalation:flag readOnlyRootFilesystem:flag "
                   "capabilities:capabilities seccompProfile:profile appArmorProfile:profile seLinuxOptions:selinux procMount:Default|Unmasked"),
    "sysctl": of("name! value!"),
    "podsecurity": of("runAsUser:number runAsGroup:number runAsNonRoot:flag fsGroup:number fsGroupChangePolicy:Always|OnRootMismatch "
                      "supplementalGroups:[number seccompProfile:profile appArmorProfile:profile seLinuxOptions:selinux sysctls:[sysctl"),
    "resources": of("requests:quantities limits:quantities"),
    "volumemount": of("name!:word mountPath!:path subPath subPathExpr readOnly:flag recursiveReadOnly:Disabled|IfPossible|Enabled "
                      "mountPropagation:None|HostToContainer|Bidirectional"),
    "container": of("name!:word image! imagePullPolicy:Always|Never|IfNotPresent command:[text args:[text workingDir:path env:[env envFrom:[envfrom "
                    "ports:[port livenessProbe:probe readinessProbe:probe startupProbe:probe lifecycle:lifecycle securityContext:security resources:resources "
                    "volumeMounts:[volumemount terminationMessagePath:path terminationMessagePolicy:File|FallbackToLogsOnError restartPolicy:Always "
                    "stdin:flag stdinOnce:flag tty:flag"),
    "keytopath": of("key! path! mode:number"),
    "emptydir": of("medium:Memory|HugePages sizeLimit:quantity"),
    "hostpath": of("path!:path type:DirectoryOrCreate|Directory|FileOrCreate|File|Socket|CharDevice|BlockDevice"),
    "configmapvolume": of("name!:name items:[keytopath defaultMode:number optional:flag"),
    "secretvolume": of("secretName!:name items:[keytopath defaultMode:number optional:flag"),
    "volume": of("name!:word emptyDir:emptydir hostPath:hostpath configMap:configmapvolume secret:secretvolume"),
    "toleration": of("key:label operator:Exists|Equal value effect:NoSchedule|PreferNoSchedule|NoExecute tolerationSeconds:number"),
    "reference": of("name!:name"),
    "podspec": of("containers!:[container initContainers:[container volumes:[volume serviceAccountName:name automountServiceAccountToken:flag "
                  "nodeSelector:labels nodeName tolerations:[toleration terminationGracePeriodSeconds:number activeDeadlineSeconds:number "
                  "securityContext:podsecurity runtimeClassName:name priorityClassName:name hostNetwork:flag hostPID:flag hostIPC:flag hostUsers:flag "
                  "shareProcessNamespace:flag dnsPolicy:Default|ClusterFirst|ClusterFirstWithHostNet|None restartPolicy:Always|OnFailure|Never "
                  "imagePullSecrets:[reference hostname:word schedulerName enableServiceLinks:flag overhead:quantities"),
    "template": of("metadata:metadata spec!:podspec"),
    "rolling": of("maxUnavailable:numberorname maxSurge:numberorname"),
    "update": of("type:RollingUpdate|OnDelete rollingUpdate:rolling"),
    "daemonset": of("selector!:selector template!:template updateStrategy:update minReadySeconds:number revisionHistoryLimit:number"),
    "rule": of("apiGroups:[any resources:[text verbs!:[verb resourceNames:[text nonResourceURLs:[text"),
    "aggregation": of("clusterRoleSelectors:[selector"),
    "roleref": of("apiGroup!:rbac.authorization.k8s.io kind!:ClusterRole|Role name!:name"),
    "subject": of("kind!:ServiceAccount|User|Group name! namespace:word apiGroup"),
    "overhead": of("podFixed:quantities"),
    "scheduling": of("nodeSelector:labels tolerations:[toleration"),
    "namespacespec": of("finalizers:[text"),
}
WHOLE = {
    ("v1", "Namespace"): of("spec:namespacespec"),
    ("v1", "ServiceAccount"): of("automountServiceAccountToken:flag imagePullSecrets:[reference"),
    ("v1", "ConfigMap"): of("data:map binaryData:map immutable:flag"),
    ("apps/v1", "DaemonSet"): of("spec!:daemonset"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"): of("rules:[rule aggregationRule:aggregation"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): of("roleRef!:roleref subjects:[subject"),
    ("node.k8s.io/v1", "RuntimeClass"): of("handler!:word overhead:overhead scheduling:scheduling"),
}
CLUSTER_WIDE = {"Namespace", "ClusterRole", "ClusterRoleBinding", "RuntimeClass"}
VERBS = "get|list|watch|create|update|patch|delete|deletecollection|*"


def is_text(value, pattern):
    return isinstance(value, str) and re.match(pattern, value)


def is_number(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_map(value, key, content):
    return isinstance(value, dict) and all(is_text(k, key) and is_text(v, content) for k, v in value.items())


SIMPLE = {
    "text": lambda v: is_text(v, r".+\Z"),
    "any": lambda v: isinstance(v, str),
    "flag": lambda v: isinstance(v, bool),
    "number": is_number,
    "numberorname": lambda v: is_number(v) or is_text(v, r"(\d{1,2}|100)%\Z|[a-z][-a-z0-9]{0,14}\Z"),
    "quantity": lambda v: is_number(v) or is_text(v, QUANTITY),
    "quantities": lambda v: isinstance(v, dict) and all(is_text(k, LABEL) and (is_number(q) or is_text(q, QUANTITY)) for k, q in v.items()),
    "map": lambda v: is_map(v, r"[-._/A-Za-z0-9]+\Z", r"(?s).*\Z"),
    "labels": lambda v: is_map(v, LABEL, r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\Z"),
    "label": lambda v: is_text(v, LABEL),
    "name": lambda v: is_text(v, NAME),
    "word": lambda v: is_text(v, WORD),
    "path": lambda v: is_text(v, PATH),
    "verb": lambda v: v in VERBS.split("|"),
}


def judge(kind, value, where, found):
    if isinstance(kind, str) and kind.startswith("["):
        if not isinstance(value, list):
            found.append(where + ": is no list")
            return
        for number, item in enumerate(value):
            judge(kind[1:], item, "%s[%d]" % (where, number), found)
        return
    if kind in SIMPLE:
        if not SIMPLE[kind](value):
            found.append("%s: %r is no %s" % (where, value, kind))
        return
    shape = kind if isinstance(kind, Object) else KINDS.get(kind)
    if shape is None:
        if value not in kind.split("|"):
            found.append("%s: %r is none of %s" % (where, value, kind.replace("|", ", ")))
        return
    if not isinstance(value, dict):
        found.append(where + ": is no object")
        return
    found += ["%s: has no %s" % (where, name) for name in shape.required if name not in value]
    for name, member in value.items():
        if name in shape.members:
            judge(shape.members[name], member, "%s.%s" % (where, name), found)
        else:
            found.append("%s: there is no field %s" % (where, name))


def one_of(objects, choices, where, found):
    """Of a union exactly one member."""
    for number, item in enumerate(objects):
        if len([name for name in choices if name in item]) != 1:
            found.append("%s[%d]: not exactly one of %s" % (where, number, ", ".join(choices)))


def judge_pod(spec, where, found):
    containers = spec.get("initContainers", []) + spec["containers"]
    volumes = [volume.get("name") for volume in spec.get("volumes", [])]
    for what, names in (("containers", [c.get("name") for c in containers]), ("volumes", volumes)):
        if len(set(names)) != len(names):
            found.append("%s: two %s of one name" % (where, what))
    one_of(spec.get("volumes", []), ["emptyDir", "hostPath", "configMap", "secret"], where + ".volumes", found)
    for container in containers:
        place = "%s.%s" % (where, container.get("name"))
        mounts = container.get("volumeMounts", [])
        found += ["%s: mounts %s, which is no volume" % (place, m["name"]) for m in mounts if m.get("name") not in volumes]
        if len({m.get("mountPath") for m in mounts}) != len(mounts):
            found.append(place + ": two mounts at one path")
        one_of([e for e in container.get("env", []) if "value" in e or "valueFrom" in e], ["value", "valueFrom"], place + ".env", found)
        for probe in (container.get(name) for name in ("livenessProbe", "readinessProbe", "startupProbe")):
            if probe is not None:
                one_of([probe], ["exec", "httpGet", "tcpSocket", "grpc"], place + ".probe", found)
        security = container.get("securityContext", {})
        if security.get("privileged") and security.get("allowPrivilegeEscalation") is False:
            found.append(place + ": privileged, and no escalation")
    found += ["%s: volume %s is mounted nowhere" % (where, name) for name in volumes
              if not any(m.get("name") == name for c in containers for m in c.get("volumeMounts", []))]


def judge_manifest(manifest, where, found):
    key = (manifest.get("apiVersion"), manifest.get("kind"))
    if key not in WHOLE:
        found.append("%s: no kind %s of %s" % (where, key[1], key[0]))
        return
    shape = Object(**{name + ("!" if name in WHOLE[key].required else ""): kind for name, kind in WHOLE[key].members.items()},
                   **{"apiVersion!": "text", "kind!": "text", "metadata!": "metadata"})
    before = len(found)
    judge(shape, manifest, where, found)
    metadata = manifest.get("metadata", {})
    if ("namespace" in metadata) == (key[1] in CLUSTER_WIDE):
        found.append("%s: %s" % (where, "has no namespace" if key[1] not in CLUSTER_WIDE else "is of no namespace"))
    if "name" not in metadata:
        found.append(where + ": has no name")
    if len(found) > before or key[1] != "DaemonSet":
        return
    spec = manifest["spec"]
    judge_pod(spec["template"]["spec"], where + ".spec.template.spec", found)
    labels = spec["template"].get("metadata", {}).get("labels", {})
    if not spec["selector"].get("matchLabels") or not spec["selector"]["matchLabels"].items() <= labels.items():
        found.append(where + ": selects not its own pods")
    if spec["template"]["spec"].get("restartPolicy", "Always") != "Always":
        found.append(where + ": a DaemonSet's pods are restarted always")


class Strict(yaml.SafeLoader):
    """A key twice is a mistake, of which YAML keeps the last."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        if len(set(keys)) != len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a key twice", node.start_mark)
        return super().construct_mapping(node, deep)


def main():
    found = []
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as file:
            try:
                manifests = list(yaml.load_all(file, Loader=Strict))
            except yaml.YAMLError as error:
                found.append("%s: %s" % (name.rsplit("/", 1)[-1], " ".join(str(error).split())))
                continue
        for manifest in manifests:
            where = "%s: %s/%s" % (name.rsplit("/", 1)[-1], manifest.get("kind", "?"), manifest.get("metadata", {}).get("name", "?"))
            judge_manifest(manifest, where, found)
        if not manifests:
            found.append(name + ": is empty")
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
