#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Speaks the Kubernetes Container Runtime Interface (CRI) to an engine's socket, as a kubelet would.

  cri_client.py SOCKET call METHOD [JSON]       the request is JSON, the answer is printed as JSON
  cri_client.py SOCKET exec ID SECONDS COMMAND...   ExecSync: the command's outputs, its status is ours
  cri_client.py SOCKET run POD-ID POD-FILE JSON     a container from its creation to its removal, with the configuration
                                                given: the outputs that its log has, its status is ours

A call that the engine refuses ends with status 125 and "METHOD: CODE: what the engine said" on standard error.

The messages are built at run time from the table below, so that neither protoc nor the engine's own description is
needed. It holds the fields that the suites use, by the numbers that the interface (package runtime.v1) gives them:
unknown fields of an answer are skipped by protobuf itself.
"""
import json
import os
import sys
import time

import grpc
from google.protobuf import descriptor_pb2, json_format
from google.protobuf.descriptor_pool import DescriptorPool

try:
    from google.protobuf.message_factory import GetMessageClass
except ImportError:  # protobuf before 4.22
    from google.protobuf.message_factory import MessageFactory

    def GetMessageClass(descriptor):
        return MessageFactory().GetPrototype(descriptor)


PACKAGE = "runtime.v1"
SERVICE = "RuntimeService"
REFUSED = 125
CONTAINER_EXITED = 2

# message -> "NUMBER NAME TYPE" for each field. A type is a scalar, another message, an enumeration; [] after it means
# repeated, {} a map from string to string.
MESSAGES = {
    "Int64Value": "1 value int64",
    "UInt64Value": "1 value uint64",
    "KeyValue": "1 key string, 2 value string",
    "ImageSpec": "1 image string",
    # --- security
    "NamespaceOption": "1 network NamespaceMode, 2 pid NamespaceMode, 3 ipc NamespaceMode, 4 target_id string",
    "SecurityProfile": "1 profile_type ProfileType, 2 localhost_ref string",
    "Capability": "1 add_capabilities string[], 2 drop_capabilities string[]",
    "LinuxSandboxSecurityContext": "1 namespace_options NamespaceOption, 3 run_as_user Int64Value,"
    " 4 readonly_rootfs bool, 5 supplemental_groups int64[], 6 privileged bool, 8 run_as_group Int64Value,"
    " 9 seccomp SecurityProfile",
    "LinuxContainerSecurityContext": "1 capabilities Capability, 2 privileged bool,"
    " 3 namespace_options NamespaceOption, 5 run_as_user Int64Value, 6 run_as_username string,"
    " 7 readonly_rootfs bool, 8 supplemental_groups int64[], 11 no_new_privs bool, 12 run_as_group Int64Value,"
    " 13 masked_paths string[], 14 readonly_paths string[], 15 seccomp SecurityProfile",
    # --- pods
    "PodSandboxMetadata": "1 name string, 2 uid string, 3 namespace string, 4 attempt uint32",
    "LinuxPodSandboxConfig": "1 cgroup_parent string, 2 security_context LinuxSandboxSecurityContext,"
    " 3 sysctls {}",
    "PodSandboxConfig": "1 metadata PodSandboxMetadata, 2 hostname string, 3 log_directory string, 6 labels {},"
    " 7 annotations {}, 8 linux LinuxPodSandboxConfig",
    "RunPodSandboxRequest": "1 config PodSandboxConfig, 2 runtime_handler string",
    "RunPodSandboxResponse": "1 pod_sandbox_id string",
    "StopPodSandboxRequest": "1 pod_sandbox_id string",
    "StopPodSandboxResponse": "",
    "RemovePodSandboxRequest": "1 pod_sandbox_id string",
    "RemovePodSandboxResponse": "",
    "PodSandboxStatusRequest": "1 pod_sandbox_id string, 2 verbose bool",
    "PodSandboxNetworkStatus": "1 ip string",
    "PodSandboxStatus": "1 id string, 2 metadata PodSandboxMetadata, 3 state PodSandboxState, 4 created_at int64,"
    " 5 network PodSandboxNetworkStatus, 9 runtime_handler string",
    "PodSandboxStatusResponse": "1 status PodSandboxStatus, 2 info {}",
    "ListPodSandboxRequest": "",
    "PodSandbox": "1 id string, 2 metadata PodSandboxMetadata, 3 state PodSandboxState",
    "ListPodSandboxResponse": "1 items PodSandbox[]",
    # --- containers
    "ContainerMetadata": "1 name string, 2 attempt uint32",
    "Mount": "1 container_path string, 2 host_path string, 3 readonly bool, 5 propagation MountPropagation",
    "Device": "1 container_path string, 2 host_path string, 3 permissions string",
    "LinuxContainerResources": "1 cpu_period int64, 2 cpu_quota int64, 3 cpu_shares int64,"
    " 4 memory_limit_in_bytes int64, 5 oom_score_adj int64, 6 cpuset_cpus string, 7 cpuset_mems string, 9 unified {}",
    "LinuxContainerConfig": "1 resources LinuxContainerResources, 2 security_context LinuxContainerSecurityContext",
    "ContainerConfig": "1 metadata ContainerMetadata, 2 image ImageSpec, 3 command string[], 4 args string[],"
    " 5 working_dir string, 6 envs KeyValue[], 7 mounts Mount[], 8 devices Device[], 9 labels {}, 10 annotations {},"
    " 11 log_path string, 12 stdin bool, 13 stdin_once bool, 14 tty bool, 15 linux LinuxContainerConfig",
    "CreateContainerRequest": "1 pod_sandbox_id string, 2 config ContainerConfig, 3 sandbox_config PodSandboxConfig",
    "CreateContainerResponse": "1 container_id string",
    "StartContainerRequest": "1 container_id string",
    "StartContainerResponse": "",
    "StopContainerRequest": "1 container_id string, 2 timeout int64",
    "StopContainerResponse": "",
    "RemoveContainerRequest": "1 container_id string",
    "RemoveContainerResponse": "",
    "ContainerStatusRequest": "1 container_id string, 2 verbose bool",
    "ContainerStatus": "1 id string, 2 metadata ContainerMetadata, 3 state ContainerState, 4 created_at int64,"
    " 5 started_at int64, 6 finished_at int64, 7 exit_code int32, 8 image ImageSpec, 10 reason string,"
    " 11 message string, 15 log_path string",
    "ContainerStatusResponse": "1 status ContainerStatus, 2 info {}",
    "ListContainersRequest": "",
    "Container": "1 id string, 2 pod_sandbox_id string, 3 metadata ContainerMetadata, 6 state ContainerState",
    "ListContainersResponse": "1 containers Container[]",
    "UpdateContainerResourcesRequest": "1 container_id string, 2 linux LinuxContainerResources",
    "UpdateContainerResourcesResponse": "",
    "ExecSyncRequest": "1 container_id string, 2 cmd string[], 3 timeout int64",
    "ExecSyncResponse": "1 stdout bytes, 2 stderr bytes, 3 exit_code int32",
    "ReopenContainerLogRequest": "1 container_id string",
    "ReopenContainerLogResponse": "",
    # --- figures
    "CpuUsage": "1 timestamp int64, 2 usage_core_nano_seconds UInt64Value",
    "MemoryUsage": "1 timestamp int64, 2 working_set_bytes UInt64Value",
    "ContainerAttributes": "1 id string, 2 metadata ContainerMetadata",
    "ContainerStats": "1 attributes ContainerAttributes, 2 cpu CpuUsage, 3 memory MemoryUsage",
    "ContainerStatsRequest": "1 container_id string",
    "ContainerStatsResponse": "1 stats ContainerStats",
    # --- the engine itself
    "VersionRequest": "1 version string",
    "VersionResponse": "1 version string, 2 runtime_name string, 3 runtime_version string",
    "StatusRequest": "1 verbose bool",
    "RuntimeCondition": "1 type string, 2 status bool, 3 reason string, 4 message string",
    "RuntimeStatus": "1 conditions RuntimeCondition[]",
    "StatusResponse": "1 status RuntimeStatus, 2 info {}",
}

# enumeration -> its names, numbered from 0
ENUMERATIONS = {
    "NamespaceMode": "POD CONTAINER NODE TARGET",
    "ProfileType": "RuntimeDefault Unconfined Localhost",
    "MountPropagation": "PROPAGATION_PRIVATE PROPAGATION_HOST_TO_CONTAINER PROPAGATION_BIDIRECTIONAL",
    "PodSandboxState": "SANDBOX_READY SANDBOX_NOTREADY",
    "ContainerState": "CONTAINER_CREATED CONTAINER_RUNNING CONTAINER_EXITED CONTAINER_UNKNOWN",
}

FIELD = descriptor_pb2.FieldDescriptorProto


def add_map(message, field):
    """A map is, on the wire, a repeated message of key and value, declared inside its owner."""
    entry = message.nested_type.add()
    entry.name = "".join(part.capitalize() for part in field.name.split("_")) + "Entry"
    entry.options.map_entry = True
    for number, name in ((1, "key"), (2, "value")):
        entry.field.add(name=name, number=number, type=FIELD.TYPE_STRING, label=FIELD.LABEL_OPTIONAL)
    field.label = FIELD.LABEL_REPEATED
    field.type = FIELD.TYPE_MESSAGE
    field.type_name = f".{PACKAGE}.{message.name}.{entry.name}"


def add_field(message, text):
    number, name, kind = text.split()
    field = message.field.add(name=name, number=int(number), label=FIELD.LABEL_OPTIONAL)
    if kind == "{}":
        add_map(message, field)
        return
    if kind.endswith("[]"):
        kind = kind[:-2]
        field.label = FIELD.LABEL_REPEATED
    if kind in MESSAGES or kind in ENUMERATIONS:
        field.type = FIELD.TYPE_MESSAGE if kind in MESSAGES else FIELD.TYPE_ENUM
        field.type_name = f".{PACKAGE}.{kind}"
    else:
        field.type = getattr(FIELD, "TYPE_" + kind.upper())


def interface():
    """The pool of all message descriptors of the table."""
    description = descriptor_pb2.FileDescriptorProto(name="cri.proto", package=PACKAGE, syntax="proto3")
    for name, values in ENUMERATIONS.items():
        enumeration = description.enum_type.add(name=name)
        for number, value in enumerate(values.split()):
            enumeration.value.add(name=value, number=number)
    for name, fields in MESSAGES.items():
        message = description.message_type.add(name=name)
        for text in filter(None, fields.split(",")):
            add_field(message, text)
    pool = DescriptorPool()
    pool.Add(description)
    return pool


class Engine:
    def __init__(self, socket):
        self.channel = grpc.insecure_channel("unix://" + socket)
        self.pool = interface()

    def message(self, name):
        return GetMessageClass(self.pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))

    def call(self, method, request, timeout_seconds=40):
        """One call: request is a dictionary. A refusal is a Refused."""
        asked = json_format.ParseDict(request, self.message(method + "Request")())
        ask = self.channel.unary_unary(
            f"/{PACKAGE}.{SERVICE}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self.message(method + "Response").FromString,
        )
        try:
            return ask(asked, timeout=timeout_seconds)
        except grpc.RpcError as refusal:
            raise Refused(f"{method}: {refusal.code().name}: {refusal.details()}") from refusal

    def exit_code(self, container):
        """Waits for the container's end."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            status = self.call("ContainerStatus", {"container_id": container}).status
            if status.state == CONTAINER_EXITED:
                return status.exit_code
            time.sleep(0.02)
        raise Refused("the container does not end")

    def run(self, pod, pod_config, config):
        container = self.call(
            "CreateContainer", {"pod_sandbox_id": pod, "config": config, "sandbox_config": pod_config}
        ).container_id
        try:
            self.call("StartContainer", {"container_id": container})
            code = self.exit_code(container)
        finally:
            self.call("RemoveContainer", {"container_id": container})
        print_log(os.path.join(pod_config["log_directory"], config["log_path"]))
        return code


class Refused(Exception):
    pass


def print_log(path):
    """The lines of a log are "TIME stdout|stderr F|P TEXT"; P is a part of a line. containerd copies them beside the container's
    life: on a busy machine the last come after the end is told."""
    deadline = time.monotonic() + 1
    while os.path.getsize(path) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    with open(path, encoding="utf-8") as log:
        for line in log:
            _, stream, tag, text = line.rstrip("\n").split(" ", 3)
            print(text, end="\n" if tag == "F" else "", file=sys.stdout if stream == "stdout" else sys.stderr)
    os.remove(path)


def call(engine, method, request="{}"):
    answer = engine.call(method, json.loads(request))
    print(json_format.MessageToJson(answer, including_default_value_fields=True, preserving_proto_field_name=True))
    return 0


def execute(engine, container, seconds, *command):
    answer = engine.call("ExecSync", {"container_id": container, "timeout": int(seconds), "cmd": list(command)})
    sys.stdout.buffer.write(answer.stdout)
    sys.stderr.buffer.write(answer.stderr)
    return answer.exit_code


def run(engine, pod, pod_file, config):
    with open(pod_file, encoding="utf-8") as file:
        return engine.run(pod, json.load(file), json.loads(config))


VERBS = {"call": call, "exec": execute, "run": run}


def main(words):
    if len(words) < 3 or words[1] not in VERBS:
        sys.exit("usage: cri_client.py SOCKET call METHOD [JSON] | exec ID SECONDS COMMAND... | run POD-ID POD-FILE JSON")
    try:
        return VERBS[words[1]](Engine(words[0]), *words[2:])
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
