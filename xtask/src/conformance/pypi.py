# Drives the PyPI package python-helpscout-v2, unmodified, against a server. Each call is a row; a row is one line of JSON on
# standard output: its name, and what was wrong if anything was. The client shows neither the status nor the headers of an
# answer, so a row looks for what it made in the lists.
import base64
import hashlib
import hmac
import http.server
import json
import os
import threading
import time

from helpscout import HelpScout
from helpscout.exceptions import HelpScoutException

from rows import row, same

demo = json.loads(os.environ['HEDDLE_DEMO'])
base = os.environ['HEDDLE_URL']
ids = demo['helpscout']
stamp = time.time_ns()

client = HelpScout(ids['client_id'], ids['client_secret'], base_url=base + '/v2/', sleep_on_rate_limit_exceeded=False)
made = {}


def refused(call, *paths):
    """Checks that a call is refused in the vendor's error form, for these fields."""
    try:
        call()
    except HelpScoutException as error:
        answer = json.loads(str(error))
        assert answer['logRef'] and answer['message']
        found = [entry['path'] for entry in answer.get('_embedded', {}).get('errors', [])]
        same(sorted(found), sorted(paths))
        return answer['message']
    raise AssertionError('the call was not refused')


def person():
    return {'id': ids['customer_id']}


def call(**more):
    return {'text': 'Rang about the kettle', 'customer': person(), **more}


def conversation(**more):
    return {
        'subject': f'Kettle {stamp}', 'type': 'phone', 'mailboxId': ids['mailbox_id'], 'status': 'active',
        'customer': person(), 'threads': [{'type': 'phone', **call()}], **more,
    }


def create(**more):
    """Creates a conversation with a tag of its own, and finds it by this tag."""
    made['count'] = made.get('count', 0) + 1
    tag = f'pypi-{stamp}-{made["count"]}'
    same(client.conversations.post(data=conversation(tags=[tag], **more)), None)
    found = client.conversations.get(params={'status': 'all', 'tag': tag})
    same(len(found), 1)
    return found[0].id


def threads(of=None):
    return client.conversations[of or made['conversation']].threads.get()


def phone(body, of=None):
    return client.conversations[of or made['conversation']].phones.post(data=body)


def shown(of=None):
    return client.conversations.get(resource_id=of or made['conversation'])


@row('token: client credentials')
def _():
    same(client.users.get(resource_id='me').id, ids['user_id'])
    assert client.access_token


@row('token: a wrong one is replaced and the call repeated')
def _():
    client.access_token = 'wrong'
    same(client.users.get(resource_id='me').id, ids['user_id'])
    assert client.access_token != 'wrong'


@row('users.me')
def _():
    same(client.users.get(resource_id='me').companyId > 0, True)


@row('users.list')
def _():
    assert any(user.id == ids['user_id'] for user in client.users.get())


@row('users.get')
def _():
    same(client.users.get(resource_id=ids['user_id']).id, ids['user_id'])


@row('teams.list and members')
def _():
    for team in client.teams.get():
        client.teams[team.id].members.get()


@row('mailboxes.list')
def _():
    assert any(found.id == ids['mailbox_id'] for found in client.mailboxes.get())


@row('mailboxes.get')
def _():
    same(client.mailboxes.get(resource_id=ids['mailbox_id']).id, ids['mailbox_id'])


@row('mailboxes.folders')
def _():
    found = list(client.hit(f'mailboxes/{ids["mailbox_id"]}/folders', 'get'))
    assert any(folder['type'] == 'open' for folder in found[0]['folders'])


@row('mailboxes.fields')
def _():
    assert isinstance(client.hit(f'mailboxes/{ids["mailbox_id"]}/fields', 'get')[0]['fields'], list)


@row('conversations.create')
def _():
    made['conversation'] = create()


@row('conversations.get with threads')
def _():
    found = client.conversations.get(resource_id=made['conversation'], params={'embed': 'threads'})
    same((found.subject, found.status, len(found._embedded['threads'])), (f'Kettle {stamp}', 'active', 1))


@row('SEED-1 and SEED-16: a phone thread is 201 with Resource-ID')
def _():
    before = len(threads())
    phone(call())
    same(len(threads()), before + 1)


@row('SEED-2: text is required')
def _():
    refused(lambda: phone({'customer': person()}), 'text')


@row('SEED-3: a customer is required')
def _():
    refused(lambda: phone({'text': 'x'}), 'customer')
    refused(lambda: phone(call(customer={'firstName': 'Ito'})), 'customer')


@row('SEED-4: the id wins over the e-mail')
def _():
    phone(call(customer={**person(), 'email': f'else-{stamp}@example.com'}))
    same(threads()[0].customer['id'], ids['customer_id'])


@row('SEED-5: the e-mail finds the customer')
def _():
    phone(call(customer={'email': ids['customer_email'].upper()}))
    same(threads()[0].customer['id'], ids['customer_id'])


@row('SEED-6: an unknown e-mail creates the customer')
def _():
    customer = {'email': f'pypi-{stamp}@example.com', 'firstName': 'Ito', 'lastName': 'Marsh', 'age': '41'}
    phone(call(customer=customer))
    made['caller'] = threads()[0].customer
    same((made['caller']['first'], made['caller']['last']), ('Ito', 'Marsh'))


@row('SEED-7: other fields of a known customer are ignored')
def _():
    phone(call(customer={'email': f'pypi-{stamp}@example.com', 'firstName': 'x' * 60}))
    found = threads()[0].customer
    same((found['id'], found['first']), (made['caller']['id'], 'Ito'))


@row('SEED-8 to SEED-10: imported threads keep their time')
def _():
    created_at = '2020-02-03T04:05:06Z'
    phone(call(imported=True, createdAt=created_at))
    same(threads()[-1].createdAt, created_at)
    refused(lambda: phone(call(createdAt=created_at)), 'createdAt')


@row('SEED-11 and SEED-15: attachments')
def _():
    phone(call(attachments=[{'fileName': 'call.txt', 'mimeType': 'plain/text', 'data': 'cmluZw=='}]))
    file = threads()[0]._embedded['attachments'][0]
    same((file['filename'], file['mimeType'], file['size']), ('call.txt', 'plain/text', 4))
    refused(lambda: phone(call(attachments=[{'fileName': 'a', 'mimeType': 'b/c'}])), 'attachments[0].data')


@row('SEED-12 to SEED-14: fields of a new customer are checked')
def _():
    customer = {'email': f'wrong-{stamp}@example.com', 'firstName': 'x' * 41, 'photoType': 'mirror', 'gender': 'x', 'jobTitle': 'x' * 61}
    paths = ['firstName', 'photoType', 'gender', 'jobTitle']
    refused(lambda: phone(call(customer=customer)), *[f'customer.{path}' for path in paths])


@row('SEED-17: a merged conversation is 404, and its Get leads on')
def _():
    refused(lambda: phone(call(), ids['merged_conversation_id']))
    same(shown(ids['merged_conversation_id']).id, ids['merged_into_id'])


@row('SEED-18: the cap of 100 threads')
def _():
    message = refused(lambda: phone(call(), ids['conversation_id_99_threads']))
    assert 'maximum number of threads' in message, message
    many = [{'type': 'phone', **call()}] * 101
    refused(lambda: client.conversations.post(data=conversation(threads=many)))


@row('SEED-20: a phone thread reopens, an imported one does not')
def _():
    closed = create(status='closed')
    phone(call(imported=True), closed)
    same(shown(closed).status, 'closed')
    phone(call(), closed)
    same(shown(closed).status, 'active')


def adds(kind, path, body):
    getattr(client.conversations[made['conversation']], path).post(data=body)
    same(threads()[0].type, kind)


for name, path, kind, body in [
    ('createChat', 'chats', 'chat', call()),
    ('createCustomer', 'customer', 'customer', call(cc=['a@example.com'])),
    ('createNote', 'notes', 'note', {'text': 'Seen'}),
    ('createReply', 'reply', 'message', call(status='pending')),
]:
    row(f'conversations.threads.{name}')(lambda: adds(kind, path, body))


@row('conversations.threads.list, page by page')
def _():
    same(len({thread.id for thread in threads(ids['conversation_id_99_threads'])}), 99)


@row('conversations.list, filtered, page by page')
def _():
    for _ in range(30):
        client.conversations.post(data=conversation(tags=[f'pages-{stamp}']))
    found = client.conversations.get(params={'status': 'all', 'tag': f'pages-{stamp}'})
    same(len({one.id for one in found}), 30)


def changes(op, path, value, check):
    client.conversations.patch(resource_id=made['conversation'], data={'op': op, 'path': path, 'value': value})
    check(shown())


for op, path, value, check in [
    ('replace', '/subject', 'Mended kettle', lambda found: same(found.subject, 'Mended kettle')),
    ('replace', '/status', 'closed', lambda found: same(found.status, 'closed')),
    ('replace', '/assignTo', ids['user_id'], lambda found: same(found.assignee['id'], ids['user_id'])),
    ('remove', '/assignTo', None, lambda found: same(hasattr(found, 'assignee'), False)),
    ('replace', '/primaryCustomer.id', ids['customer_id'], lambda found: same(found.primaryCustomer['id'], ids['customer_id'])),
    ('move', '/mailboxId', ids['mailbox_id'], lambda found: same(found.mailboxId, ids['mailbox_id'])),
]:
    row(f'conversations.update {op} {path}')(lambda: changes(op, path, value, check))


@row('conversations.tags.update and tags.list')
def _():
    tag = f'tag-{stamp}'
    client.conversations[made['conversation']].tags.put(data={'tags': [tag]})
    same([one['tag'] for one in shown().tags], [tag])
    assert any(one.name == tag for one in client.tags.get())


@row('conversations.customFields.update')
def _():
    client.conversations[made['conversation']].fields.put(data={'fields': []})


@row('conversations.threads.update')
def _():
    path = f'conversations/{made["conversation"]}/threads/{threads()[0].id}'
    client.hit(path, 'patch', data={'op': 'replace', 'path': '/text', 'value': 'Said otherwise'})
    same(threads()[0].body, 'Said otherwise')


@row('conversations.threads.get: no original source')
def _():
    path = f'conversations/{made["conversation"]}/threads/{threads()[0].id}/original-source'
    refused(lambda: client.hit(path, 'get'))


@row('conversations.attachments upload, getData, delete')
def _():
    path = f'conversations/{made["conversation"]}'
    file = {'fileName': 'a.txt', 'mimeType': 'text/plain', 'data': 'cmluZw=='}
    client.hit(f'{path}/threads/{threads()[0].id}/attachments', 'post', data=file)
    attachment = threads()[0]._embedded['attachments'][-1]['id']
    same(client.hit(f'{path}/attachments/{attachment}/data', 'get')[0]['data'], 'cmluZw==')
    client.hit(f'{path}/attachments/{attachment}', 'delete')
    refused(lambda: client.hit(f'{path}/attachments/{attachment}/data', 'get'))


@row('conversations.delete')
def _():
    gone = create()
    client.conversations.delete(resource_id=gone)
    refused(lambda: shown(gone))


@row('customers.create')
def _():
    client.customers.post(data={'firstName': f'Vera{stamp}', 'emails': [{'type': 'work', 'value': f'v-{stamp}@example.com'}]})


@row('customers.create: an e-mail in use is 409')
def _():
    emails = [{'type': 'work', 'value': f'v-{stamp}@example.com'}]
    refused(lambda: client.customers.post(data={'firstName': 'Vera', 'emails': emails}))


@row('customers.list by name')
def _():
    found = client.customers.get(params={'firstName': f'Vera{stamp}'})
    same(len(found), 1)
    made['customer'] = found[0].id


@row('customers.get')
def _():
    same(client.customers.get(resource_id=made['customer']).firstName, f'Vera{stamp}')


@row('customers.overwrite')
def _():
    client.customers.put(resource_id=made['customer'], data={'firstName': 'Vera', 'lastName': 'Roth'})
    same(client.customers.get(resource_id=made['customer']).lastName, 'Roth')


@row('customers.update')
def _():
    client.customers.patch(resource_id=made['customer'], data=[{'op': 'replace', 'path': '/jobTitle', 'value': 'Potter'}])
    same(client.customers.get(resource_id=made['customer']).jobTitle, 'Potter')


def entries(kind, value):
    path = f'customers/{made["customer"]}/{kind}'
    client.hit(path, 'post', data=value)

    def listed():
        return client.hit(path, 'get')[0]['_embedded'][kind]
    entry = next(entry for entry in listed() if entry['value'] == value['value'])
    client.hit(f'{path}/{entry["id"]}', 'put', data=value)
    client.hit(f'{path}/{entry["id"]}', 'delete')
    assert all(other['id'] != entry['id'] for other in listed())


for name, kind, value in [
    ('emails', 'emails', {'type': 'home', 'value': f'home-{stamp}@example.com'}),
    ('phones', 'phones', {'type': 'mobile', 'value': '+353 1 555 0188'}),
    ('chatHandles', 'chats', {'type': 'skype', 'value': 'vera'}),
    ('socialProfiles', 'social-profiles', {'type': 'twitter', 'value': 'vera'}),
    ('websites', 'websites', {'value': 'https://vera.example/'}),
]:
    row(f'customers.{name} create, list, update, delete')(lambda: entries(kind, value))


@row('customers.address create, get, update, delete')
def _():
    path = f'customers/{made["customer"]}/address'
    address = {'city': 'Dublin', 'state': 'D', 'postalCode': 'D01', 'country': 'IE', 'lines': ['1 Loom Lane']}
    client.hit(path, 'post', data=address)
    same(client.hit(path, 'get')[0]['city'], 'Dublin')
    client.hit(path, 'put', data={**address, 'city': 'Cork'})
    client.hit(path, 'delete')
    refused(lambda: client.hit(path, 'get'))


@row('customerProperties.list')
def _():
    same(client.hit('customer-properties', 'get')[0]['_embedded'], {'customer-properties': []})


@row('workflows.list')
def _():
    same(client.workflows.get(), [])


deliveries = []
arrived = threading.Event()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length']))
        deliveries.append((self.headers, body))
        self.send_response(200)
        self.end_headers()
        arrived.set()

    def log_message(self, *_):
        pass


receiver = http.server.HTTPServer(('127.0.0.1', 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
hook = {'url': f'http://127.0.0.1:{receiver.server_port}/{stamp}', 'events': ['convo.created'], 'secret': 'wren'}


@row('webhooks.create')
def _():
    client.webhooks.post(data=hook)


@row('webhooks.list and get')
def _():
    made['webhook'] = next(found.id for found in client.webhooks.get() if found.url == hook['url'])
    found = client.webhooks.get(resource_id=made['webhook'])
    same((found.state, found.events, hasattr(found, 'secret')), ('enabled', hook['events'], False))


@row('a webhook is delivered, signed with HMAC-SHA1')
def _():
    conversation_id = create()
    assert arrived.wait(20), 'no delivery'
    headers, body = deliveries[0]
    same(headers['x-helpscout-event'], 'convo.created')
    signature = base64.b64encode(hmac.new(b'wren', body, hashlib.sha1).digest()).decode()
    same(headers['x-helpscout-signature'], signature)
    same(json.loads(body)['id'], conversation_id)


@row('webhooks.update')
def _():
    client.webhooks.put(resource_id=made['webhook'], data={**hook, 'events': ['convo.deleted']})
    same(client.webhooks.get(resource_id=made['webhook']).events, ['convo.deleted'])


@row('webhooks.delete')
def _():
    client.webhooks.delete(resource_id=made['webhook'])
    refused(lambda: client.webhooks.get(resource_id=made['webhook']))
