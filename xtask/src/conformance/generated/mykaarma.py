# Drives a client that was generated from the description of the myKaarma Communications API.
import base64
import datetime
import inspect
import time

from mykaarma_client import AuthenticatedClient, Client
from mykaarma_client.api.customers import (
    get_customer_v_2_department_by_department_uuid_customer_by_customer_uuid as get_customer,
    get_customer_v_2_department_by_department_uuid_customer_list as search_customers,
    post_customer_v_2_department_by_department_uuid_customer as create_customer,
    put_customer_v_2_department_by_department_uuid_customer as put_customer,
)
from mykaarma_client.api.department import (
    get_manage_v_2_department_by_department_uuid_dealer_associate_default as get_default_associate,
)
from mykaarma_client.api.followers import (
    post_communications_department_by_department_uuid_customer_by_customer_uuid_followers as change_followers,
    put_communications_department_by_department_uuid_customer_by_customer_uuid_subscription as subscribe,
)
from mykaarma_client.api.messages import (
    post_communications_department_by_department_uuid_customer_by_customer_uuid_message as write_note,
    post_communications_department_by_department_uuid_user_by_user_uuid_customer_by_customer_uuid_message as send_message,
    post_communications_department_by_department_uuid_user_by_user_uuid_customer_by_customer_uuid_message_list as list_messages,
    post_communications_departments_by_department_uuid_customers_by_customer_uuid_threads as list_threads,
    put_communications_dealers_by_dealer_uuid_delegate as delegate,
    put_communications_department_by_department_uuid_customer_by_customer_uuid_communication_historical as import_messages,
)
from mykaarma_client.api.opt_out import (
    get_communications_department_by_department_uuid_communication_type_by_type_communication_value_by_value_optoutstatus as get_opt_out,
    post_communications_department_by_department_uuid_communications_optoutstatus_list as list_opt_outs,
    post_communications_department_by_department_uuid_customers_optoutstatus_list as list_opt_outs_of_customers,
    post_communications_department_by_department_uuid_optoutstatus as report_opt_out,
)

from rows import row, same
from typed import ask, connect, demo, pages

ids = demo['mykaarma']
department, customer, user = ids['department_uuid'], ids['customer_uuid'], ids['user_uuid']
stamp = time.time_ns()
made = {}


def as_account(username, password):
    token = base64.b64encode(f'{username}:{password}'.encode()).decode()
    return connect(AuthenticatedClient, token=token, prefix='Basic')


client = as_account(ids['username'], ids['password'])


def call(operation, *path, of=client, **more):
    """Calls an operation, which must succeed without errors."""
    answer = ask(of, operation, *path, **more)
    same(answer.errors, [])
    return answer


def refused(code, operation, *path, status, of=client, **more):
    """Checks that a call is refused, with one error in the envelope of the vendor."""
    answer = ask(of, operation, *path, status=status, **more)
    error, = answer.errors
    same(error.error_code, code)
    assert answer.request_uuid and error.error_description and error.error_uid


def attributes(text, kind='OUTGOING', protocol='TEXT', **more):
    return {'body': text, 'type': kind, 'protocol': protocol, 'isManual': True, **more}


def send(text, by=user, kind='OUTGOING', **more):
    """Sends a message (M1); returns the answer."""
    body = {'messageAttributes': attributes(text, kind, **more)}
    answer = call(send_message, department, by, customer, body=body)
    same((answer.status.value, answer.customer_uuid), ('SUCCESS', customer))
    return answer


def threads(**filters):
    return call(list_threads, department, customer, body=filters).customer_threads


def open_thread():
    """Returns the thread to which the last message went."""
    return threads(isClosed=False)[0]


@row('get the default user')
def _():
    same(call(get_default_associate, department).dealer_associate.user_uuid, ids['default_user_uuid'])


@row('send a message: it goes to the open thread and delegates it')
def _():
    made['message'] = send(f'Your car is ready {stamp}.', purpose='F').message_uuid
    thread = open_thread()
    same((thread.user_uuid, thread.customer_uuid, thread.department_uuid), (user, customer, department))
    same((thread.dealer_uuid, thread.closed, thread.is_waiting_for_response), (ids['dealer_uuid'], False, False))
    now = datetime.datetime.now(datetime.timezone.utc)
    assert abs(now - thread.last_message_on) < datetime.timedelta(minutes=5)
    assert abs(now.timestamp() * 1_000 - thread.last_delegation_on) < 300_000


@row('list threads with an empty filter, and with the sample of the vendor')
def _():
    assert len(threads()) >= 1
    sample = {
        'assigneeUserUUID': 'string', 'isArchived': True, 'isClosed': True, 'maxResults': 0,
        'sortOrderKey': 'LAST_MESSAGE_ON', 'sortOrder': 'ASC',
    }
    same(threads(**sample), [])


@row('list threads with each filter')
def _():
    everything = threads(maxResults=1_000)
    for name, wanted in [('isClosed', 'closed'), ('isArchived', 'archived')]:
        for value in [True, False]:
            expected = [thread.id for thread in everything if getattr(thread, wanted) == value]
            same([thread.id for thread in threads(maxResults=1_000, **{name: value})], expected)
    expected = [thread.id for thread in everything if thread.user_uuid == user]
    same([thread.id for thread in threads(maxResults=1_000, assigneeUserUUID=user)], expected)
    same(len(threads(maxResults=1)), 1)


@row('list threads in each order')
def _():
    for key, place in [('LAST_MESSAGE_ON', 'last_message_on'), ('LAST_DELEGATION_ON', 'last_delegation_on')]:
        for order in ['ASC', 'DESC']:
            found = threads(sortOrderKey=key, sortOrder=order, maxResults=1_000)
            # Threads that were never delegated come last in either order.
            found = [getattr(thread, place) for thread in found if getattr(thread, place) != 0]
            same(found, sorted(found, reverse=order == 'DESC'))


@row('a message of the customer waits for a response')
def _():
    send('When can I come?', kind='INCOMING')
    same(open_thread().is_waiting_for_response, True)


@row('a message by the default user delegates nothing')
def _():
    before = open_thread()
    send('At nine.', by=ids['default_user_uuid'])
    after = open_thread()
    same((after.user_uuid, after.last_delegation_on), (before.user_uuid, before.last_delegation_on))
    same(after.is_waiting_for_response, False)
    assert after.last_message_on >= before.last_message_on


@row('write an internal note')
def _():
    editor = {'uuid': user, 'name': 'Ada Quill', 'type': 'USER', 'departmentUuid': department}
    body = {'editor': editor, 'messageAttributes': attributes('{"text":[]}', 'NOTE', 'NONE')}
    made['note'] = call(write_note, department, customer, body=body).message_uuid


@row('list messages, page by page')
def _():
    for number in range(7):
        send(f'Page {number} {stamp}')

    def read(place):
        more = {}
        if place is not None:
            # Without milliseconds, the time would mean the whole second.
            last, known = place[0].isoformat(timespec='milliseconds'), place[1]
            more = {'lastMessageReceivedOn': last, 'messageUuidsReceivedAtSameTime': known}
        page = call(list_messages, department, user, customer, body={'maxResults': 3, **more}).message_dto_list
        if len(page) < 3:
            return page, None
        last = page[-1].received_on
        before = place[1] if place is not None and place[0] == last else []
        return page, (last, before + [message.uuid for message in page if message.received_on == last])
    found, count = pages(read)
    uuids = [message.uuid for message in found]
    same(len(set(uuids)), len(uuids))
    assert count > 2 and made['message'] in uuids, (count, uuids)
    texts = [message.message_extn_dto.message_body for message in found]
    same([text for text in texts if text.endswith(f' {stamp}')], [f'Page {number} {stamp}' for number in range(6, -1, -1)])


@row('import old messages, each once')
def _():
    source = f'old-{stamp}'
    old = {'sourceUuid': source, 'sentOn': '2019-05-01T10:00:00+02:00', 'messageAttributes': attributes('Long ago')}
    body = {'saveMessageRequestList': [old]}
    first = call(import_messages, department, customer, body=body)
    same((first.succesfully_submitted_source_uuids, first.failed_source_uuids), ([source], []))
    second = call(import_messages, department, customer, body=body)
    same(second.save_message_response[0].message_uuid, first.save_message_response[0].message_uuid)


@row('delegate a thread')
def _():
    before = open_thread()
    detail = {'delegatedFromUUID': user, 'delegatedToUUID': ids['default_user_uuid'], 'delegator': 'OTHER'}
    answer = call(delegate, ids['dealer_uuid'], body={'delegator': 'OTHER', 'userDelegationDetail': detail})
    same((answer.status.value, answer.failed_delegations), ('SUCCESS', 0))
    same(answer.total_number_of_delegations, answer.successful_delegations)
    after = next(thread for thread in threads(maxResults=1_000) if thread.id == before.id)
    same((after.user_uuid, after.last_message_on), (ids['default_user_uuid'], before.last_message_on))
    assert after.last_delegation_on >= before.last_delegation_on


def communication(value):
    return {'communicationType': 'EMAIL', 'communicationValue': value}


def list_values(operation):
    """Returns the words of an operation's parameter `type`, by their text."""
    kind = inspect.signature(operation.sync_detailed).parameters['type_'].annotation
    return {one.value: one for one in kind}


@row('report, get and list opt-outs')
def _():
    value = f'out-{stamp}@drivers.example'
    kind = list_values(get_opt_out)['EMAIL']

    def state():
        return call(get_opt_out, department, kind, value).opt_out_status.opt_out_state.value
    same(state(), 'OPTED_IN')
    event = {'event': 'USER_REQUESTED_OPT_OUT', 'communicationAttributesList': [communication(value)], 'userUUID': user}
    call(report_opt_out, department, body=event)
    same(state(), 'OPTED_OUT')
    listed = call(list_opt_outs, department, body={'communicationList': [communication(value)]}).opt_out_status_list
    same([one.opt_out_status.opt_out_state.value for one in listed], ['OPTED_OUT'])
    of_customer = call(list_opt_outs_of_customers, department, body={'customerUUIDList': [customer]}).opt_out_status_list
    same({one.communication.customer_uuid for one in of_customer}, {customer})


@row('create, get and search customers')
def _():
    mail, phone = f'mara-{stamp}@guest.example', f'+44 20 {stamp}'
    new = {
        'firstName': 'Mara', 'lastName': f'Okafor{stamp}', 'isBusiness': False, 'preferredCommunication': 'email',
        'addresses': [{'line1': '1 Mill Lane', 'city': 'Ilford', 'zip': 'IG1 1AA', 'country': 'GB', 'type': 'COMMON'}],
        'emails': [{'emailAddress': mail, 'label': 'work', 'okToEmail': True, 'isPreferred': True}],
        'phoneNumbers': [{'phoneNumber': phone, 'label': 'mobile', 'okToCall': True, 'okToText': False}],
    }
    uuid = call(create_customer, department, body={'customer': new}).customer_uuid
    same(call(create_customer, department, body={'customer': new, 'searchForDuplicate': True}).customer_uuid, uuid)
    shown = call(get_customer, department, uuid).customer_with_vehicles.customer
    same((shown.first_name, shown.emails[0].email_address, shown.phone_numbers[0].ok_to_text), ('Mara', mail, False))
    firm = {'company': f'Okafor Ltd {stamp}', 'isBusiness': True}
    assert call(put_customer, department, body={'customer': firm}).customer_uuid != uuid
    found = call(search_customers, department, search_term=new['lastName'])
    same((found.matching_count, [one.customer.customer_uuid for one in found.matching_customers]), (1, [uuid]))


@row('change followers and subscriptions')
def _():
    event = {'type': 'INTERNAL', 'category': {'name': 'MANUAL', 'events': ['INTERNAL_NOTE']}}
    added = {'user': {'uuid': user, 'type': 'USER'}, 'addedEvents': [event]}
    call(change_followers, department, customer, body={'userEvents': [added]})
    body = {'internalSubscriptionsRevoked': [{'userUuid': user}], 'externalSubscriptionsAdded': [{'userUuid': 'nobody'}]}
    answer = call(subscribe, department, customer, body=body)
    same((answer.internal_subscriptions_failed, len(answer.external_subscriptions_failed)), ([], 1))


@row('a wrong body is 400')
def _():
    refused('INVALID_MAX_RESULTS', list_threads, department, customer, status=400, body={'maxResults': -1})
    refused('INVALID_CUSTOMER_UUID', list_threads, department, 'unknown', status=400, body={})
    refused('INVALID_USER_UUID', send_message, department, 'unknown', customer, status=400, body={'messageAttributes': attributes('x')})


@row('a missing or wrong account is 401, a department of another one 403')
def _():
    refused('UNAUTHORIZED', list_threads, department, customer, status=401, of=connect(Client), body={})
    refused('UNAUTHORIZED', list_threads, department, customer, status=401, of=as_account(ids['username'], 'wrong'), body={})
    refused('API_SCOPE_NOT_FOUND', list_threads, ids['other_department_uuid'], customer, status=403, body={})
