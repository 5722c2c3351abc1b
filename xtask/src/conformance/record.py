# Stands between a driver and a demo. It speaks TLS with the driver and plain HTTP with the demo, and writes each exchange as a line
# of JSON: a recording, which a test replays. First it prints its port; then it reads the demo's address, as HOST:PORT.
#
# A recording has names in double braces for what differs from start to start: the address of the server and of the driver's own
# receiver of webhooks, and the secrets and request ids that the server draws at random. Everything else is kept as it was.
import http.client
import http.server
import json
import os
import re
import ssl
import sys
import threading

# The headers that are recorded. The others belong to the connection, or name the client's version.
SENT = ['authorization', 'content-type', 'accept', 'cookie', 'x-api-key']
DROPPED = ['date', 'content-length', 'transfer-encoding', 'connection', 'keep-alive']
# Where an answer shows a new secret: the member of a JSON body, or what comes before it in a header or a page.
MEMBERS = ['access_token', 'refresh_token', 'client_id', 'client_secret']
MARKS = [('code', r'(?:[?&]code=)([0-9a-f]{64})'), ('form_token', r'(?:name="token" value=")([0-9a-f]{64})')]

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), None)
server.daemon_threads = True
origin = f'https://localhost:{server.server_port}'
print(server.server_port, flush=True)
demo = sys.stdin.readline().strip()
turn = threading.Lock()
# Each secret that an answer has shown, with its name.
names = {}


def control(method, path, body):
    connection = http.client.HTTPConnection(demo)
    connection.request(method, '/__demo__/' + path, json.dumps(body))
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status < 300, text
    return text


def name(kind, value):
    if value not in names:
        count = sum(known.startswith(kind + ' ') for known in names.values())
        names[value] = f'{kind} {count + 1}'


def find_new(value):
    """Names the new secrets in a value of JSON."""
    if isinstance(value, dict):
        for member, one in value.items():
            if member in MEMBERS and isinstance(one, str):
                name(member, one)
            find_new(one)
    elif isinstance(value, list):
        for one in value:
            find_new(one)


def plain(text, request_id=None):
    """Writes names for what differs from start to start. The test speaks plain HTTP, for which cookies have no `Secure`. The port 9
    belongs to a webhook of the sample data, all longer ones to the driver's receiver."""
    text = text.replace(origin, '{{server}}').replace('; Secure', '')
    text = re.sub(r'http://127\.0\.0\.1:\d\d+', '{{receiver}}', text)
    for value, known in names.items():
        text = text.replace(value, '{{' + known + '}}')
    if request_id:
        text = text.replace(request_id, '{{request id}}')
    return text


class Recorder(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self):
        assert 'transfer-encoding' not in self.headers, 'a body in chunks is not recorded'
        body = self.rfile.read(int(self.headers.get('content-length', 0)))
        with turn:
            # So that no two things happen at the same time.
            control('PUT', 'clock', {'advance_ms': 1000})
            answer, received = self.pass_on(body)
            self.record(body, answer, received)
        self.send_response_only(answer.status)
        for header, value in answer.getheaders():
            if header.lower() not in ['transfer-encoding', 'connection', 'content-length']:
                self.send_header(header, value)
        if answer.status != 204:
            self.send_header('content-length', str(len(received)))
        self.end_headers()
        self.wfile.write(received)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def pass_on(self, body):
        connection = http.client.HTTPConnection(demo)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for header, value in self.headers.items():
            # An answer is recorded as text, so it is not compressed.
            if header.lower() not in ['accept-encoding', 'connection']:
                connection.putheader(header, value)
        connection.putheader('connection', 'close')
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer, answer.read()

    def record(self, body, answer, received):
        text = received.decode()
        headers = {header.lower(): value for header, value in answer.getheaders() if header.lower() not in DROPPED}
        if 'json' in headers.get('content-type', ''):
            find_new(json.loads(text))
        for kind, mark in MARKS:
            for found in re.findall(mark, text + headers.get('location', '')):
                name(kind, found)
        request_id = headers.get('correlation-id')
        # The request of a client that takes the server for its proxy begins with the vendor's address.
        path = re.sub(r'^https?://[^/]+', '', self.path)
        sent = {header: plain(self.headers[header]) for header in SENT if header in self.headers}
        line = {
            'method': self.command, 'path': plain(path), 'headers': sent, 'body': plain(body.decode()),
            'status': answer.status, 'answer_headers': {name: plain(value, request_id) for name, value in sorted(headers.items())},
            'answer': plain(text, request_id),
        }
        recording.write(json.dumps(line, ensure_ascii=False, separators=(',', ':')) + '\n')
        recording.flush()

    def log_message(self, *_):
        pass


server.RequestHandlerClass = Recorder
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.environ['RECORD_CERTIFICATE'], os.environ['RECORD_KEY'])
server.socket = context.wrap_socket(server.socket, server_side=True)
with open(os.environ['RECORD_TO'], 'w') as recording:
    started = json.loads(control('GET', 'clock', None))['now']
    control('POST', 'reset', {'clock': {'now': started, 'runs': False}})
    recording.write(json.dumps({'started': started}) + '\n')
    print('ready', flush=True)
    server.serve_forever()
