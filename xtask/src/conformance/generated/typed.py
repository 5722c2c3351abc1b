# Calls operations of a generated client. A body becomes an object of the client's own type, and so does an answer. Both must be
# whole: a member that the type does not know is a fault, and so is a value that the type changes.
import datetime
import functools
import inspect
import json
import os
import ssl
import types
import typing
import uuid

demo = json.loads(os.environ['HEDDLE_DEMO'])
url = os.environ['HEDDLE_URL']
trust = ssl.create_default_context(cafile=os.environ['REQUESTS_CA_BUNDLE'])


def connect(client, **more):
    """Returns a client of the server."""
    return client(base_url=url, verify_ssl=trust, **more)


def ask(client, operation, *path, status=200, body=None, **more):
    """Calls an operation, which must answer with this status; returns the answer as an object of the client's type."""
    if body is not None:
        parameter = inspect.signature(operation.sync_detailed).parameters['body']
        more['body'] = typed(parameter.annotation, body)
    response = operation.sync_detailed(*path, client=client, **more)
    text = response.content.decode()
    assert response.status_code == status, f'{response.status_code.value} instead of {status}: {text}'
    if not text:
        assert response.parsed is None
        return None
    assert response.parsed is not None, f'no type for {text}'
    compare(response.parsed, json.loads(text), '')
    return response.parsed


def typed(kind, value):
    """Makes an object, or a list of objects, of a generated type; of a choice of types, the one that knows all members."""
    if typing.get_origin(kind) is list:
        return [typed(typing.get_args(kind)[0], item) for item in value]
    if isinstance(kind, types.UnionType):
        return choose([functools.partial(typed, one, value) for one in typing.get_args(kind)])
    made = kind.from_dict(value)
    compare(made, value, '')
    return made


def choose(attempts):
    """Returns the result of the first attempt that succeeds."""
    *others, last = attempts
    for attempt in others:
        try:
            return attempt()
        except Exception:
            pass
    return last()


def compare(made, plain, at):
    """Checks that an object of a generated type has the members and values of plain JSON."""
    if isinstance(made, list):
        assert len(made) == len(plain), at
        for number, (one, other) in enumerate(zip(made, plain)):
            compare(one, other, f'{at}[{number}]')
    elif hasattr(made, 'to_dict'):
        check_known(made, at)
        compare(made.to_dict(), plain, at)
    elif isinstance(made, dict):
        assert set(made) == set(plain), f'{at}: {sorted(set(made) ^ set(plain))}'
        for name in made:
            compare(made[name], plain[name], f'{at}.{name}')
    else:
        assert meaning(made) == meaning(plain), f'{at}: {made!r} instead of {plain!r}'


def check_known(made, at):
    """Checks that no object in this one has a member that its type does not know. A type without members takes any."""
    if isinstance(made, list):
        for one in made:
            check_known(one, at)
    elif hasattr(made, 'to_dict'):
        names = [field.name for field in made.__attrs_attrs__ if field.name != 'additional_properties']
        assert not names or not made.additional_properties, f'{at}: {made.additional_properties} is not known'
        for name in names:
            check_known(getattr(made, name), f'{at}.{name}')


def meaning(value):
    """Returns what a text means, if it is a time or an id, which a client may write in another way."""
    if not isinstance(value, str):
        return value
    for parse in (uuid.UUID, datetime.datetime.fromisoformat):
        try:
            return parse(value)
        except ValueError:
            pass
    return value


def pages(read):
    """Reads a list page by page. `read` gets the place of the page, and returns its items and the next place, if there is
    one."""
    found, count, place = [], 0, None
    while count == 0 or place is not None:
        items, place = read(place)
        found += items
        count += 1
    return found, count
