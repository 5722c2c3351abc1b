"""Hooks of schemathesis: data that requests can name, and a record of the operations that succeeded.

Of every four valid requests of an operation, one names things that exist and has a body that the server accepts, one has
generated values in its body but names things that exist, and two stay as they were generated. Invalid requests are never
changed. The labels of the operations that answered with a success stand in the file HEDDLE_SUCCEEDED at the end.
"""

import atexit
import collections
import http.server
import json
import os
import threading
import time
import urllib.request

import schemathesis

URL = os.environ["HEDDLE_URL"]
TOKEN = os.environ["HEDDLE_TOKEN"]
PATIENCE_S = 20

lock = threading.Lock()
made = collections.Counter()
sent = collections.Counter()
succeeded = set()


def call(method, path, body=None, kind="application/json"):
    """Sends a request that must succeed; returns the parsed answer."""
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {TOKEN}"} | ({} if data is None else {"content-type": kind})
    request = urllib.request.Request(f"{URL}/api/v1/{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.loads(answer.read() or "null")


def receive():
    """Accepts webhooks on a free port of the loopback interface; returns the URL."""

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def number(of):
    with lock:
        made[of] += 1
        return made[of]


def message(**more):
    return {"channel": "email", "direction": "incoming", "body": "Where is it?"} | more


def customer():
    address = {"kind": "website", "value": "https://example.com/"}
    return call("POST", "customers", {"first_name": "Dara", "addresses": [address]})["id"]


def conversation():
    new = {"inbox_id": INBOX, "customer_id": CUSTOMER, "messages": [message(), message()]}
    return call("POST", "conversations", new)["id"]


def draft(of):
    new = message(direction="outgoing", author="agent", author_agent_id=AGENT, state="draft")
    return call("POST", f"conversations/{of}/messages", new)["id"]


def messages(of):
    return [it["id"] for it in call("GET", f"conversations/{of}/messages")["data"]]


def webhook():
    return call("POST", "webhooks", {"url": RECEIVER, "events": ["conversation.created"]})["id"]


def credential():
    return call("POST", "credentials", {"api": "native", "name": "Robot", "scopes": ["messages.read"]})["id"]


def attachment(of):
    upload = call("POST", "attachments?filename=a.txt", b"text", "text/plain")["id"]
    call("POST", f"conversations/{of}/messages", message(attachment_ids=[upload]))
    return upload


def delivery(of):
    """Waits for a delivery of the webhook."""
    conversation()
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = call("GET", f"webhooks/{of}/deliveries")["data"]
        if found:
            return found[0]["id"]
        time.sleep(0.1)
    raise TimeoutError("no delivery")


RECEIVER = receive()
INBOX = call("GET", "inboxes")["data"][0]["id"]
AGENT = call("POST", "agents", {"first_name": "Ada", "last_name": "Weaver"})["id"]
CUSTOMER = customer()
CONVERSATION = conversation()
MESSAGE = messages(CONVERSATION)[0]
ATTACHMENT = attachment(CONVERSATION)
WEBHOOK = webhook()
DELIVERY = delivery(WEBHOOK)
CREDENTIAL = credential()

# Things that many requests name, by the first word of the path.
SHARED = {
    "agents": AGENT,
    "attachments": ATTACHMENT,
    "conversations": CONVERSATION,
    "credentials": CREDENTIAL,
    "customers": CUSTOMER,
    "inboxes": INBOX,
    "webhooks": WEBHOOK,
}
NAMED = {
    "agent_id": AGENT,
    "assignee_id": AGENT,
    "author_agent_id": AGENT,
    "conversation_id": CONVERSATION,
    "customer_id": CUSTOMER,
    "default_agent_id": AGENT,
    "home_inbox_id": INBOX,
    "inbox_id": INBOX,
}


def accepted(label):
    """Parameters in the path, and a body, that the server accepts; made anew where the request ends something."""
    fresh = f"{label} {number(label)}"
    match label:
        case "PATCH /api/v1/account":
            return {}, {"name": fresh}
        case "POST /api/v1/agents":
            return {}, {"first_name": "New", "last_name": fresh}
        case "PATCH /api/v1/agents/{id}":
            return {}, {"first_name": fresh}
        case "POST /api/v1/conversations":
            return {}, {"inbox_id": INBOX, "customer_id": CUSTOMER, "subject": fresh, "messages": [message()]}
        case "POST /api/v1/conversations/bulk":
            return {}, {"changes": [{"id": CONVERSATION, "subject": fresh}]}
        case "PATCH /api/v1/conversations/{id}":
            return {}, {"subject": fresh}
        case "POST /api/v1/conversations/{id}/merge":
            return {"id": conversation()}, {"into": conversation()}
        case "POST /api/v1/conversations/{id}/messages":
            return {}, message()
        case "PATCH /api/v1/conversations/{id}/messages/{message_id}":
            of = conversation()
            return {"id": of, "message_id": draft(of)}, {"state": "published"}
        case "GET /api/v1/conversations/{id}/messages/{message_id}":
            of = conversation()
            return {"id": of, "message_id": messages(of)[0]}, None
        case "POST /api/v1/conversations/{id}/notes":
            return {}, {"body": fresh, "author_agent_id": AGENT}
        case "POST /api/v1/conversations/{id}/split":
            of = conversation()
            return {"id": of}, {"message_ids": messages(of)[:1]}
        case "POST /api/v1/credentials":
            return {}, {"api": "native", "name": fresh, "scopes": ["messages.read"]}
        case "PATCH /api/v1/credentials/{id}":
            return {"id": credential()}, {"name": fresh}
        case "DELETE /api/v1/credentials/{id}":
            return {"id": credential()}, None
        case "POST /api/v1/customers":
            return {}, {"first_name": fresh}
        case "POST /api/v1/customers/bulk":
            return {}, {"customers": [{"first_name": fresh}, {"id": CUSTOMER, "last_name": fresh}]}
        case "PATCH /api/v1/customers/{id}":
            return {}, {"first_name": fresh}
        case "DELETE /api/v1/customers/{id}":
            return {"id": customer()}, None
        case "PUT /api/v1/customers/{id}/addresses":
            return {}, {"addresses": [{"kind": "website", "value": f"https://example.com/{number(label)}"}]}
        case "POST /api/v1/customers/{id}/addresses":
            return {"id": customer()}, {"kind": "email", "value": f"dara{number(label)}@example.com"}
        case "PATCH /api/v1/customers/{id}/addresses/{position}":
            return {"id": customer(), "position": 0}, {"kind": "phone", "value": "+44 20 7946 0000"}
        case "DELETE /api/v1/customers/{id}/addresses/{position}":
            return {"id": customer(), "position": 0}, None
        case "POST /api/v1/customers/{id}/merge":
            return {"id": customer()}, {"into": customer()}
        case "POST /api/v1/inboxes":
            return {}, {"name": fresh}
        case "PATCH /api/v1/inboxes/{id}":
            return {}, {"name": fresh}
        case "POST /api/v1/webhooks":
            return {}, {"url": RECEIVER, "events": ["conversation.created"], "label": fresh}
        case "PATCH /api/v1/webhooks/{id}":
            return {"id": webhook()}, {"label": fresh}
        case "DELETE /api/v1/webhooks/{id}":
            return {"id": webhook()}, None
        case "POST /api/v1/webhooks/{id}/replay":
            return {}, {"from": "2020-01-01T00:00:00Z"}
        case "POST /api/v1/webhooks/{id}/rotate-secret":
            return {"id": webhook()}, {}
        case _:
            return {}, None


def name(value):
    """Puts the ids of things that exist into a generated body."""
    if isinstance(value, list):
        return [name(item) for item in value]
    if not isinstance(value, dict):
        return value
    known = {key: NAMED[key] if key in NAMED and item is not None else name(item) for key, item in value.items()}
    known.pop("attachment_ids", None)
    return known


def ends_something(label):
    return label.startswith("DELETE ") or label.endswith("/merge") or label.endswith("/split")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Changes some of the valid requests."""
    mode = case.meta and case.meta.generation.mode
    # Scenarios of several requests bring their own data, and are repeated, which turns would disturb.
    is_scenario = case.meta and case.meta.phase.name.value == "stateful"
    if not case.path.startswith("/api/v1/") or not mode or not mode.is_positive or is_scenario:
        return
    label = case.operation.label
    with lock:
        turn = sent[label] % 4
        sent[label] += 1
    if turn == 0:
        parameters, body = accepted(label)
        case.path_parameters = paths(case) | parameters
        case.query, case.headers = query(case), headers(case)
        if body is not None:
            case.body = body
    elif turn == 1 and not ends_something(label):
        case.path_parameters = paths(case)
        case.body = name(case.body)


def paths(case):
    """Returns the ids in the path, of things that exist."""
    kind = case.path.split("/")[3]
    more = {"id": SHARED.get(kind), "message_id": MESSAGE, "delivery": DELIVERY, "position": 0}
    return {key: more.get(key, value) for key, value in (case.path_parameters or {}).items()}


def query(case):
    """Leaves only the parameters that a request needs."""
    needed = {"filename": "a.txt", "q": "locker OR tag:vip", "text": "it"}
    return {key: needed[key] for key in case.query or {} if key in needed}


def headers(case):
    """Leaves out conditions and keys, which a generated value rarely fulfils."""
    conditional = {"if-match", "if-none-match", "idempotency-key", "range"}
    left = {key: value for key, value in (case.headers or {}).items() if key.lower() not in conditional}
    return type(case.headers)(left) if case.headers is not None else None


@schemathesis.hook
def after_call(context, case, response):
    """Records successes."""
    if 200 <= response.status_code < 300:
        with lock:
            succeeded.add(case.operation.label)


@atexit.register
def report():
    with open(os.environ["HEDDLE_SUCCEEDED"], "w", encoding="utf-8") as file:
        file.writelines(f"{label}\n" for label in sorted(succeeded))
