# Drives a client that was generated from the description of the Magicline Open API.
import datetime
import time

from magicline_client import AuthenticatedClient, Client
from magicline_client.api.communication import (
    create_communication_in_existing_communication_thread as update_thread,
    create_communication_in_new_communication_thread as create_thread,
    get_communication_preferences,
    update_communication_preferences,
)
from magicline_client.api.customers import create_customer, get_customer, get_customer_by, get_customers, search_customers
from magicline_client.api.leads import create_lead, get_lead_config, validate_lead
from magicline_client.api.studio import confirm_activation, get_employee, get_employees, get_studio_information
from magicline_client.models import GetCustomersCustomerStatus as Standing

from rows import row, same
from typed import ask, connect, demo, pages

ids = demo['magicline']
customer = ids['customer_id']
stamp = time.time_ns()
made = {}

STATUSES = ['CREATED', 'ONGOING', 'CLOSED']
DIRECTIONS = ['INCOMING', 'OUTGOING']
CHANNELS = ['LETTER', 'EMAIL', 'TEXT_MESSAGE', 'PHONE', 'FAX', 'CONVERSATION', 'CHAT', 'OTHER']


def with_key(key):
    return connect(AuthenticatedClient, token=key, prefix='', auth_header_name='X-API-KEY')


client = with_key(ids['api_key'])


def call(operation, *path, of=client, **more):
    return ask(of, operation, *path, **more)


def refused(operation, *path, reference=None, **more):
    """Checks that a call is refused, with the error object of the vendor."""
    error = call(operation, *path, **more)
    assert error.error_message and error.error_code and error.trace_id
    same(error.reference or None, reference)


def communication(**more):
    return {
        'communicationThreadStatus': 'CREATED', 'subject': 'Broken locker', 'content': 'Locker 12 does not close.',
        'communicationDirection': 'INCOMING', 'communicationChannel': 'PHONE', **more,
    }


@row('create a thread with the five required members')
def _():
    thread = call(create_thread, customer, body=communication())
    same((thread.customer_id, thread.subject, thread.content), (customer, 'Broken locker', 'Locker 12 does not close.'))
    assert thread.thread_id > 0 and thread.communication_id > 0
    same(set(thread.to_dict()), {'customerId', 'communicationId', 'threadId', *communication()})
    made['thread'] = thread


@row('create a thread with all nine members')
def _():
    more = {'ticketNumber': 'T-1', 'ticketLink': 'https://tickets.example/1', 'agent': 'Ada Quill'}
    time_of_call = datetime.datetime(2022, 6, 22, 8, tzinfo=datetime.timezone(datetime.timedelta(hours=2))).isoformat()
    thread = call(create_thread, customer, body=communication(**more, communicationDateTime=time_of_call))
    same((thread.ticket_number, thread.ticket_link, thread.agent), tuple(more.values()))


def each_word(operation, *path):
    for name, words in [
        ('communicationThreadStatus', STATUSES), ('communicationDirection', DIRECTIONS), ('communicationChannel', CHANNELS),
    ]:
        for word in words:
            thread = call(operation, *path, body=communication(**{name: word}))
            same(thread.to_dict()[name], word)


@row('create a thread with each status, direction and channel')
def _():
    each_word(create_thread, customer)


@row('update a thread')
def _():
    first = made['thread']
    body = communication(communicationThreadStatus='CLOSED', ticketNumber='T-2')
    second = call(update_thread, customer, first.thread_id, body=body)
    same((second.thread_id, second.communication_thread_status.value), (first.thread_id, 'CLOSED'))
    assert second.communication_id > first.communication_id
    third = call(update_thread, customer, first.thread_id, body=communication(communicationThreadStatus='ONGOING'))
    same((third.communication_thread_status.value, third.ticket_number), ('ONGOING', 'T-2'))
    assert third.communication_id > second.communication_id


@row('update a thread with each status, direction and channel')
def _():
    each_word(update_thread, customer, made['thread'].thread_id)


@row('a wrong member is 400 and named')
def _():
    refused(create_thread, customer, status=400, reference='subject', body=communication(subject='x' * 100_000))
    refused(update_thread, customer, made['thread'].thread_id, status=400, reference='agent', body=communication(agent='a\0b'))


@row('a missing or wrong key is 401, a key without the scope 403')
def _():
    refused(create_thread, customer, status=401, of=connect(Client), body=communication())
    refused(create_thread, customer, status=401, of=with_key('wrong'), body=communication())
    refused(create_thread, customer, status=403, of=with_key(ids['read_only_api_key']), body=communication())


@row('unknown threads and customers of other studios are 404')
def _():
    thread = made['thread'].thread_id
    refused(update_thread, customer, 999_999_999, status=404, body=communication())
    refused(update_thread, ids['other_studio_customer_id'], thread, status=404, body=communication())
    refused(create_thread, ids['other_studio_customer_id'], status=404, body=communication())
    refused(get_customer, 0, status=404)


@row('get and update communication preferences')
def _():
    before = call(get_communication_preferences, customer)
    same(len(before), 5)
    channel = {'communicationChannel': 'EMAIL', 'customerOverridable': False, 'active': True}
    change = [{'messageCategory': 'NEWSLETTER', 'channels': [channel]}]
    after = call(update_communication_preferences, customer, body=change)
    category, = [one for one in after if one.message_category.value == 'NEWSLETTER']
    assert channel in [one.to_dict() for one in category.channels]
    same(call(get_communication_preferences, customer), after)


def person(number=0):
    return {
        'firstName': 'Mina', 'lastName': f'Roth{stamp}', 'dateOfBirth': '1990-12-31', 'email': f'm{number}-{stamp}@studio.example',
        'street': 'Mill Lane', 'houseNumber': '5a', 'city': 'Ulm', 'zipCode': '89073', 'countryCode': 'DE', 'gender': 'UNISEX',
        'language': {'languageCode': 'de', 'countryCode': 'AT'}, 'phonePrivate': '+49 30 1', 'thirdPartyId': 'crm-17',
    }


@row('create and get a customer')
def _():
    made['customer'] = call(create_customer, body=person()).customer_id
    shown = call(get_customer, made['customer'])
    same((shown.first_name, shown.email, shown.date_of_birth), ('Mina', person()['email'], datetime.date(1990, 12, 31)))
    same((shown.gender.value, shown.preferred_language.country_code, shown.house_number), ('UNISEX', 'AT', '5a'))
    made['number'] = shown.customer_number
    refused(create_customer, status=400, reference='email', body=person())


@row('find a customer by its number, and search customers')
def _():
    same(call(get_customer_by, customer_number=made['number']).id, made['customer'])
    refused(get_customer_by, status=404, barcode='17')
    refused(get_customer_by, status=400)
    found = call(search_customers, body={'firstName': 'mi', 'lastName': f'Roth{stamp}', 'dateOfBirth': '1990-12-31'})
    same([one.id for one in found], [made['customer']])


def walk(operation, size, **more):
    """Reads a list slice by slice; returns the ids, and the number of slices."""
    def read(offset):
        place = {} if offset is None else {'offset': offset}
        slice_ = call(operation, slice_size=size, **place, **more)
        assert len(slice_.result) <= size
        return [one.id for one in slice_.result], slice_.offset if slice_.has_next else None
    found, count = pages(read)
    same(len(set(found)), len(found))
    return found, count


@row('list customers, slice by slice')
def _():
    new = [call(create_customer, body=person(number)).customer_id for number in range(1, 61)]
    found, count = walk(get_customers, 50)
    assert count > 1 and set(new) < set(found), (count, len(found))


@row('create, validate and list leads')
def _():
    lead = {'firstname': 'Ito', 'lastname': 'Lead', 'email': f'lead-{stamp}@studio.example', 'telephone': '+49 30 7'}
    address = {'street': 'Weg', 'houseNumber': '1', 'zipCode': '53111', 'city': 'Bonn', 'countryCode': 'DE'}
    body = {'leadCustomer': lead, 'address': address}
    same(call(validate_lead, body=body).status.value, 'POSSIBLE')
    new = call(create_lead, body=body)
    same(call(validate_lead, body=body).status.value, 'DUPLICATE_CUSTOMER')
    same(call(get_customer, new.customer_id).status.value, 'PROSPECT')
    found, _ = walk(get_customers, 50, customer_status=Standing.PROSPECT)
    assert new.customer_id in found
    same(call(get_lead_config).email.value, 'MANDATORY')


@row('list and get employees')
def _():
    found, _ = walk(get_employees, 10)
    same(call(get_employee, found[0]).id, found[0])
    refused(get_employee, 0, status=404)


@row('get the studio, and confirm the activation')
def _():
    same(call(get_studio_information).studio_id, call(get_customer, customer).studio_id)
    same(call(confirm_activation), None)
