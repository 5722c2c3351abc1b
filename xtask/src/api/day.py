"""An ordinary day of an integration, through a client that was generated from the OpenAPI document.

It creates, reads, changes, pages and subscribes against a server whose address and token stand in the environment, and
ends with a failure at the first answer that is not what the document promises.
"""

import http.server
import os
import queue
import threading

from heddle_client import AuthenticatedClient
from heddle_client.api.account import get_account
from heddle_client.api.conversations import (
    create_conversation,
    get_conversation,
    list_conversations,
    update_conversation,
)
from heddle_client.api.messages import add_message, list_messages
from heddle_client.api.events import list_events
from heddle_client.api.webhooks import create_webhook, list_deliveries
from heddle_client.models import (
    ApiWord,
    ChannelWord,
    ConversationChange,
    CustomerByEmail,
    DirectionWord,
    NewConversation,
    NewMessage,
    NewWebhook,
    StatusWord,
    WebhookEvent,
)

PATIENCE_S = 20
MADE = 7


def expect(response, status):
    """The parsed body of an answer with this status."""
    assert response.status_code == status, (response.status_code, response.content)
    return response.parsed


def receive(told):
    """Listens for webhooks on a free port of the loopback interface, and hands each body on."""

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            told.put((self.headers["webhook-id"], body.decode()))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/heddle"


def main():
    client = AuthenticatedClient(base_url=os.environ["HEDDLE_URL"], token=os.environ["HEDDLE_TOKEN"])
    account = expect(get_account.sync_detailed(client=client), 200)
    inbox = account.inboxes[0].id
    print(f"account {account.id} ({account.name}), inbox {inbox}")

    told = queue.Queue()
    events = [WebhookEvent.CONVERSATION_CREATED, WebhookEvent.MESSAGE_ADDED]
    hook = NewWebhook(api=ApiWord.NATIVE, url=receive(told), events=events, label="day")
    hook = expect(create_webhook.sync_detailed(client=client, body=hook), 201)
    print(f"webhook {hook.id}, secret {hook.secret[:6]}…")

    ids = []
    for number in range(MADE):
        first = NewMessage(
            channel=ChannelWord.EMAIL, direction=DirectionWord.INCOMING, body=f"Where is parcel {number}?"
        )
        new = NewConversation(
            inbox_id=inbox,
            customer=CustomerByEmail(email="day@example.com", first_name="Dara"),
            subject=f"Parcel {number}",
            messages=[first],
        )
        key = f"day-{number}"
        made = expect(create_conversation.sync_detailed(client=client, body=new, idempotency_key=key), 201)
        again = create_conversation.sync_detailed(client=client, body=new, idempotency_key=key)
        assert expect(again, 201).id == made.id and again.headers["idempotent-replayed"] == "true"
        ids.append(made.id)
    print(f"created {ids}, each once though sent twice")

    shown = get_conversation.sync_detailed(ids[0], client=client)
    conversation, tag = expect(shown, 200), shown.headers["etag"]
    answer = NewMessage(channel=ChannelWord.EMAIL, direction=DirectionWord.OUTGOING, body="On its way.")
    expect(add_message.sync_detailed(ids[0], client=client, body=answer), 201)
    change = ConversationChange(status=StatusWord.CLOSED)
    stale = update_conversation.sync_detailed(ids[0], client=client, body=change, if_match=tag)
    expect(stale, 412)
    tag = get_conversation.sync_detailed(ids[0], client=client).headers["etag"]
    closed = expect(update_conversation.sync_detailed(ids[0], client=client, body=change, if_match=tag), 200)
    print(f"conversation {conversation.id}: {conversation.status} -> {closed.status}, a stale ETag answered 412")

    messages = expect(list_messages.sync_detailed(ids[0], client=client), 200).data
    assert [message.body for message in messages] == ["Where is parcel 0?", "On its way."], messages

    found, pages, cursor = [], 0, None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = expect(
            list_conversations.sync_detailed(client=client, customer_id=conversation.customer_id, limit=3, **more), 200
        )
        found += [item.id for item in page.data]
        pages, cursor = pages + 1, page.next_cursor
        if not cursor:
            break
    assert sorted(found) == ids, (found, ids)
    print(f"paged through {len(found)} conversations in {pages} pages")

    # Each conversation and its first message, and one answer.
    heard = [told.get(timeout=PATIENCE_S) for _ in range(2 * MADE + 1)]
    assert len({message_id for message_id, _ in heard}) == len(heard)
    deliveries = expect(list_deliveries.sync_detailed(hook.id, client=client), 200)
    print(f"webhook told of {len(heard)} events; the log shows {len(deliveries.data)} deliveries")

    events = expect(list_events.sync_detailed(client=client, limit=100), 200)
    print(f"the feed shows {len(events.data)} events, the last at position {events.data[-1].position}")


if __name__ == "__main__":
    main()
