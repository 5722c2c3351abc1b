# Drives a client that was generated from the description of the Mews Connector API.
import datetime
import time

from mews_client import Client
from mews_client.api.configuration import post_configuration_get, post_enterprises_get_all, post_languages_get_all
from mews_client.api.customers import post_customers_add, post_customers_get_all
from mews_client.api.messages import (
    post_message_threads_add,
    post_message_threads_get_all,
    post_messages_add,
    post_messages_get_all,
)

from rows import row, same
from typed import ask, connect, demo, pages

ids = demo['mews']
stamp = time.time_ns()
client = connect(Client)
made = {'threads': [], 'messages': [], 'customers': []}


def call(operation, status=200, token='access_token', prefer=None, **members):
    """Calls an operation with the credentials of the demo."""
    credentials = {'ClientToken': ids['client_token'], 'AccessToken': ids[token], 'Client': 'Harbour Chat 2.3.1'}
    more = {} if prefer is None else {'prefer': prefer}
    return ask(client, operation, status=status, body={**credentials, **members}, **more)


def refused(operation, status, start, **more):
    """Checks that a call is refused with this status, and a message that begins with `start`."""
    error = call(operation, status, **more)
    assert error.message.startswith(start), error.message
    assert error.request_id


def today():
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    return {'StartUtc': (now - day).isoformat(), 'EndUtc': (now + day).isoformat()}


def walk(operation, name, count=2, **members):
    """Reads a list page by page; returns the items, of which there must be more than one page."""
    def read(cursor):
        limitation = {'Count': count} if cursor is None else {'Count': count, 'Cursor': str(cursor)}
        page = call(operation, Limitation=limitation, **members)
        items = getattr(page, name)
        return items, page.cursor if len(items) == count else None
    found, number = pages(read)
    assert number > 1, f'{number} page'
    same(len({item.id for item in found}), len(found))
    return found


@row('messageThreads/add')
def _():
    for number in range(5):
        added = call(post_message_threads_add, OriginalSender='Mara Okafor', Subject=f'Van {number} {stamp}')
        thread, = added.message_threads
        same((thread.original_sender, thread.subject, thread.is_resolved), ('Mara Okafor', f'Van {number} {stamp}', False))
        same(thread.created_utc, thread.updated_utc)
        made['threads'].append(thread.id)


@row('messageThreads/getAll, by ids')
def _():
    wanted = [str(thread) for thread in made['threads'][:2]]
    page = call(post_message_threads_get_all, MessageThreadIds=wanted, Limitation={'Count': 10})
    same([thread.id for thread in page.message_threads], made['threads'][1::-1])
    same(page.cursor, made['threads'][0])


@row('messageThreads/getAll, by time, page by page')
def _():
    for name in ['CreatedUtc', 'UpdatedUtc']:
        found = walk(post_message_threads_get_all, 'message_threads', **{name: today(), 'EnterpriseIds': ids['enterprise_ids'][:1]})
        found = [thread.id for thread in found]
        same([thread for thread in found if thread in made['threads']], made['threads'][::-1])


@row('messageThreads/getAll, an empty page without a body')
def _():
    unknown = '00000000-0000-4000-8000-000000000000'
    empty = {'MessageThreadIds': [unknown], 'Limitation': {'Count': 10}}
    same(call(post_message_threads_get_all, 204, prefer='return=minimal', **empty), None)
    page = call(post_message_threads_get_all, **empty)
    same((page.message_threads, page.cursor), ([], None))


@row('messages/add')
def _():
    thread = str(made['threads'][0])
    for number in range(3):
        texts = [f'{number} {part}\n' for part in 'abc']
        added = call(post_messages_add, Messages=[{'MessageThreadId': thread, 'Text': text, 'Identifier': text} for text in texts])
        same([one.identifier for one in added.messages], texts)
        same([one.message.text for one in added.messages], texts)
        same({str(one.message.message_thread_id) for one in added.messages}, {thread})
        same({one.message.sender.discriminator.value for one in added.messages}, {'Application'})
        made['messages'] += [one.message.id for one in added.messages]


@row('messages/add, with the former name of the thread')
def _():
    added = call(post_messages_add, Messages=[{'ThreadId': str(made['threads'][0]), 'Text': 'Old'}])
    same((added.messages[0].identifier, added.messages[0].message.text), (None, 'Old'))
    made['messages'].append(added.messages[0].message.id)
    made['last'] = added.messages[0].message.created_utc


@row('messages/getAll, page by page')
def _():
    found = walk(post_messages_get_all, 'messages', count=4, MessageThreadIds=[str(made['threads'][0])])
    same({message.id for message in found}, set(made['messages']))


@row('messageThreads/getAll shows when the last message came')
def _():
    wanted = [str(made['threads'][0])]
    page = call(post_message_threads_get_all, MessageThreadIds=wanted, Limitation={'Count': 1})
    thread, = page.message_threads
    same(thread.updated_utc, made['last'])


@row('configuration/get')
def _():
    shown = call(post_configuration_get)
    same(str(shown.enterprise.id), ids['enterprise_ids'][0])
    same(str(call(post_configuration_get, EnterpriseId=ids['enterprise_ids'][0]).enterprise.id), ids['enterprise_ids'][0])


@row('enterprises/getAll, page by page')
def _():
    found = walk(post_enterprises_get_all, 'enterprises', count=1, token='portfolio_access_token')
    same({str(enterprise.id) for enterprise in found}, set(ids['enterprise_ids']))


@row('customers/add')
def _():
    for number in range(3):
        new = {'LastName': 'Okafor', 'FirstName': 'Mara', 'Email': f'm{number}-{stamp}@guest.example', 'Phone': '+49 30 7', 'Sex': 'Female'}
        customer = call(post_customers_add, **new)
        same((customer.last_name, customer.first_name, customer.email), ('Okafor', 'Mara', new['Email']))
        made['customers'].append(customer.id)
    changed = call(post_customers_add, OverwriteExisting=True, LastName='Quill', Email=f'm0-{stamp}@guest.example')
    same((changed.id, changed.last_name), (made['customers'][0], 'Quill'))


@row('customers/add: an e-mail address in use is 403')
def _():
    refused(post_customers_add, 403, 'A customer', LastName='Quill', Email=f'm0-{stamp}@guest.example')


@row('customers/getAll, page by page')
def _():
    emails = [f'm{number}-{stamp}@guest.example' for number in range(3)]
    extent = {'Customers': True, 'Addresses': True}
    found = walk(post_customers_get_all, 'customers', Emails=emails, Extent=extent)
    same({customer.id for customer in found}, set(made['customers']))


@row('languages/getAll')
def _():
    assert any(language.code == 'en-US' for language in call(post_languages_get_all).languages)


@row('a wrong body is 400 and names the property')
def _():
    refused(post_message_threads_get_all, 400, 'Invalid MessageThreadIds', Limitation={'Count': 10})
    refused(post_message_threads_get_all, 400, 'Invalid Limitation', UpdatedUtc=today(), Limitation={'Count': 0})
    refused(post_message_threads_add, 400, 'Invalid Subject', OriginalSender='Mara', Subject='')
    refused(post_messages_add, 400, 'Invalid', Messages=[{'MessageThreadId': ids['enterprise_ids'][0], 'Text': 'x'}])


@row('a wrong token is 401')
def _():
    refused(post_message_threads_get_all, 401, 'Invalid AccessToken', token='client_token', UpdatedUtc=today(), Limitation={'Count': 1})
    refused(post_message_threads_add, 401, 'The client', token='portfolio_access_token', OriginalSender='Mara', Subject='x')
