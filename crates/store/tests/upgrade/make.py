#!/usr/bin/env python3
"""Makes the two stores of this folder anew: make.py HEDDLE HOLD_CLUSTER

HEDDLE is the program of the version before, HOLD_CLUSTER the test kit's `hold-cluster`, which keeps a private PostgreSQL. The
stores that lie here come from the last commit whose columns said `door` where they now say `api`:

    git worktree add before cf3af81 && (cd before && cargo build --workspace --bins)
    python3 crates/store/tests/upgrade/make.py before/target/debug/heddle before/target/debug/hold-cluster

A demo runs on each engine, and calls of the native API add what its sample data lacks. Ids, times and secrets differ each time,
so the test names none of them. Needs sqlite3, createdb and pg_dump.
"""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).parent
LONG = "A long letter. " * 300
ODD = "Umlauts äöü, a bar |, a quote ', a backslash \\, yarn \U0001f9f6"


class Taker(http.server.BaseHTTPRequestHandler):
    """Takes whatever is posted."""

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Demo:
    """A running demo and its native API."""

    def __init__(self, heddle, data, *options):
        environment = dict(os.environ)
        environment["HEDDLE_SECRETS__SEALING_KEY"] = "5e" * 32
        command = [heddle, "demo", "--json", "--listen", "127.0.0.1:0", "--data", str(data), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        line = json.loads(self.process.stdout.readline())
        self.base = line["url"] + "/api/v1/"
        self.token = line["native"]["token"]

    def send(self, method, path, body=None, kind="application/json"):
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method)
        request.add_header("authorization", "Bearer " + self.token)
        request.add_header("content-type", kind)
        try:
            with urllib.request.urlopen(request) as answer:
                text = answer.read()
        except urllib.error.HTTPError as refused:
            self.end()
            sys.exit(f"{method} {path}: {refused.read().decode()}")
        return json.loads(text) if text else None

    def post(self, path, body):
        return self.send("POST", path, body)

    def until(self, path, so):
        for _ in range(600):
            if so(self.send("GET", path)["data"]):
                return
            time.sleep(0.1)
        self.end()
        sys.exit(f"{path} did not become what it should")

    def end(self):
        self.process.terminate()
        self.process.wait()


def fill(demo, taker):
    """Adds what the sample data of a demo lacks."""
    webhooks(demo, taker)
    demo.send("PATCH", "account", {"name": "Larkspur & Sons"})
    inbox = demo.send("GET", "inboxes")["data"][0]["id"]
    agent = demo.post("agents", {"first_name": "Mina", "last_name": "Roth"})["id"]
    customers = [customer(demo, name) for name in ["merged", "kept", "erased"]]
    opened = [conversation(demo, inbox, id, agent) for id in customers]
    spare = [conversation(demo, inbox, customers[1], agent) for _ in range(2)]
    demo.post(f"conversations/{spare[0]}/merge", {"into": spare[1]})
    last = demo.send("GET", f"conversations/{opened[1]}/messages")["data"][-1]["id"]
    demo.post(f"conversations/{opened[1]}/split", {"message_ids": [last]})
    demo.send("PATCH", f"conversations/{opened[1]}", {"status": "closed", "add_tags": ["late"]})
    demo.post(f"customers/{customers[0]}/merge", {"into": customers[1]})
    demo.send("DELETE", f"customers/{customers[2]}")
    for ended in [customers[0], customers[2]]:
        demo.until(f"customers/{ended}/jobs", lambda jobs: jobs[0]["state"] == "done")
    kept = demo.post("credentials", {"door": "native", "name": "Reports", "scopes": ["conversations.read"]})
    gone = demo.post("credentials", {"door": "magicline", "name": "Till", "scopes": ["conversations.read"], "inbox_ids": [inbox]})
    demo.send("DELETE", f"credentials/{gone['id']}")
    demo.send("PATCH", f"credentials/{kept['id']}", {"name": "Reports of the month"})
    demo.until("webhooks", lambda all: len(all) == 4)


def webhooks(demo, taker):
    told = ["agent.created", "customer.created", "message.added"]
    taken = demo.post("webhooks", {"label": "Taken", "url": taker + "/hook?token=t", "events": told})["id"]
    nobody = demo.post("webhooks", {"label": "Nobody there", "url": "http://127.0.0.1:1/", "events": told, "ordered": True})["id"]
    vendor = {"door": "helpscout", "url": taker, "events": ["convo.created"], "secret": "wren", "inbox_ids": [1]}
    demo.post("webhooks", vendor)
    off = demo.post("webhooks", {"label": "Off", "url": taker, "events": told})["id"]
    demo.send("PATCH", f"webhooks/{off}", {"state": "disabled"})
    demo.post("agents", {"first_name": "Told", "last_name": "About"})
    demo.until(f"webhooks/{taken}/deliveries?state=delivered", lambda found: found)
    demo.until(f"webhooks/{nobody}/deliveries?state=pending", lambda found: found)


def customer(demo, name):
    made = {
        "first_name": name,
        "addresses": [
            {"kind": "email", "value": f"{name}@example.org"},
            {"kind": "phone", "value": "+49 30 123456"},
        ],
    }
    return demo.post("customers", made)["id"]


def conversation(demo, inbox, customer, agent):
    """One with a short and a long message, a note, a small and a large file, tags and a free field."""
    made = {"inbox_id": inbox, "customer_id": customer, "subject": ODD, "tags": ["vip"], "custom_fields": {"colour": "red"}}
    id = demo.post("conversations", made)["id"]
    demo.send("PATCH", f"conversations/{id}", {"assignee_id": agent})
    files = [demo.send("POST", "attachments?filename=a.bin", b"x" * size, "application/octet-stream")["id"] for size in [10, 40_000]]
    said = {"channel": "email", "direction": "incoming", "body": ODD, "attachment_ids": files}
    demo.post(f"conversations/{id}/messages", said)
    demo.post(f"conversations/{id}/messages", {"channel": "letter", "direction": "incoming", "body": LONG})
    demo.post(f"conversations/{id}/notes", {"body": "A note."})
    return id


def inbox(heddle, *store):
    """An inbox that one vendor's clients know by an id of its own. Only the command line makes one."""
    command = [heddle, "inbox", "create", *store, "--account", "1", "--name", "Workshop", "--public-id", "mykaarma=workshop"]
    subprocess.check_call(command, stdout=subprocess.DEVNULL)


def write(name, text):
    """Keeps a dump, without the lines between its statements that only concern who made it."""
    noise = ("--", "SET ", "SELECT pg_catalog.set_config", "\\")
    kept, inside = [], False
    for line in text.split("\n"):
        if inside or line and not line.startswith(noise):
            kept.append(line)
            # A line that opens a text and does not close it goes on in the next one.
            inside ^= line.count("'") % 2 == 1
    (HERE / name).write_text("\n".join(kept) + "\n")


def main(heddle, hold_cluster):
    server = http.server.HTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    taker = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        demo = Demo(heddle, work / "sqlite")
        fill(demo, taker)
        demo.end()
        inbox(heddle, "--data", work / "sqlite")
        file = next((work / "sqlite").glob("*.sqlite"))
        write("before.sqlite.sql", subprocess.check_output(["sqlite3", file, ".dump"], text=True))

        cluster = subprocess.Popen([hold_cluster], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        host = cluster.stdout.readline().strip() + "/s"
        reach = ["--host", host, "--username", "postgres"]
        subprocess.check_call(["createdb", *reach, "before"])
        url = "postgres://postgres@/before?host=" + host.replace("/", "%2F")
        demo = Demo(heddle, work / "postgres", "--store", url)
        fill(demo, taker)
        demo.end()
        inbox(heddle, "--data", work / "postgres", "--store", url)
        dump = ["pg_dump", *reach, "--no-owner", "--no-privileges", "--inserts", "before"]
        write("before.postgres.sql", subprocess.check_output(dump, text=True))
        cluster.kill()


main(*sys.argv[1:])
