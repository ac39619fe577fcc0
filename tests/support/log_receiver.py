#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands for Elasticsearch's _bulk and Loki's push: log_receiver.py DIRECTORY [FAILURES].

Answers on a free port of the loopback, whose number it writes to DIRECTORY/port. Takes what these two services take and
nothing else: documents go to DIRECTORY/documents (one a line, once for each id), Loki's entries to DIRECTORY/entries
("labels", "time", "line"), what would be refused to DIRECTORY/refused. The first FAILURES requests of each path are
answered with 503 after they were taken, as by a service whose answer was lost."""
import http.server
import json
import os
import sys
import threading

directory, failures = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
lock = threading.Lock()
seen_ids, seen_entries, requests = set(), set(), {}


def put(name, value):
    with open(os.path.join(directory, name), "a", encoding="utf-8") as file:
        file.write(json.dumps(value) + "\n")


def bulk(content_type, body):
    if content_type != "application/x-ndjson" or not body.endswith("\n"):
        raise ValueError("no newline-delimited JSON")
    lines = body[:-1].split("\n")
    if len(lines) % 2:
        raise ValueError("an action without a document")
    items = []
    for action, document in zip(lines[::2], lines[1::2]):
        action, document = json.loads(action), json.loads(document)
        # All that a data stream takes.
        if list(action) != ["create"] or set(action["create"]) - {"_id"} or "@timestamp" not in document:
            raise ValueError("not for a data stream")
        identity = action["create"]["_id"]
        if not 1 <= len(identity) <= 512:
            raise ValueError("an id of %d bytes" % len(identity))
        status = 409 if identity in seen_ids else 201
        if status == 201:
            seen_ids.add(identity)
            put("documents", document)
        items.append({"create": {"_id": identity, "status": status}})
    return {"errors": any(item["create"]["status"] != 201 for item in items), "items": items}


def push(content_type, body):
    if content_type != "application/json":
        raise ValueError("no JSON")
    for stream in json.loads(body)["streams"]:
        labels = stream["stream"]
        if not labels or not all(isinstance(value, str) and value for value in labels.values()):
            raise ValueError("labels are words")
        for time, line in stream["values"]:
            if not (isinstance(time, str) and len(time) == 19 and time.isdigit() and isinstance(line, str)):
                raise ValueError("a time in nanoseconds, as a string, and a line")
            # The same once more is dropped by Loki, too.
            entry = (json.dumps(labels, sort_keys=True), time, line)
            if entry not in seen_entries:
                seen_entries.add(entry)
                put("entries", {"labels": labels, "time": time, "line": line})
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")
        takers = {"/logs-thwart.decision-default/_bulk": bulk, "/loki/api/v1/push": push}
        with lock:
            number = requests[self.path] = requests.get(self.path, 0) + 1
            try:
                answer, status = takers[self.path](self.headers["Content-Type"], body), 200
            except (ValueError, KeyError, TypeError) as error:
                put("refused", {"path": self.path, "error": repr(error), "body": body})
                answer, status = {"error": repr(error)}, 400
        if number <= failures:
            answer, status = {}, 503
        bytes_of_answer = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(204 if answer is None else status)
        self.send_header("Content-Length", str(len(bytes_of_answer)))
        self.end_headers()
        self.wfile.write(bytes_of_answer)

    def log_message(self, format, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(directory, "port.new"), "w", encoding="ascii") as port:
    port.write(str(server.server_address[1]))
os.rename(os.path.join(directory, "port.new"), os.path.join(directory, "port"))
server.serve_forever()
