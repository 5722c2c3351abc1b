// Drives the npm package helpscout-mailbox-api, unmodified, against a server. Each call is a row; a row is one line of JSON
// on standard output: its name, and what was wrong if anything was.
'use strict';

const assert = require('assert');
const crypto = require('crypto');
const http = require('http');
const https = require('https');
const HelpScout = require('helpscout-mailbox-api');

const demo = JSON.parse(process.env.HEDDLE_DEMO);
const base = process.env.HEDDLE_URL;
const ids = demo.helpscout;
const stamp = Date.now();

const client = new HelpScout({
  clientId: ids.client_id,
  clientSecret: ids.client_secret,
  authenticationFlow: 'clientCredentials'
});
client.updateRequestOptions({ baseURL: `${base}/v2/` });

/** What earlier rows made, for later ones. */
const made = {};

async function row (name, work) {
  try {
    await work();
    console.log(JSON.stringify({ row: name }));
  } catch (error) {
    const answer = error.response && `${error.response.status} ${JSON.stringify(error.response.data)}`;
    console.log(JSON.stringify({ row: name, fault: String(answer || error.message || error).slice(0, 400) }));
  }
}

/** Sends a request without the client: for Heddle's own API, and for the user's browser. */
function send (method, path, { headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const request = https.request(new URL(path, base), { method, headers }, (response) => {
      let text = '';
      response.on('data', (part) => { text += part; });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function native (method, path, body) {
  const headers = { authorization: `Bearer ${demo.native.token}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await send(method, `/api/v1/${path}`, { headers, body: body && JSON.stringify(body) });
  assert(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.text ? JSON.parse(answer.text) : undefined;
}

/** Checks that a call is refused with a status, in the vendor's error form; returns the paths of the bad fields. */
async function refused (call, status) {
  let error;
  try { await call; } catch (found) { error = found; }
  assert(error && error.response, 'the call was not refused');
  assert.strictEqual(error.response.status, status);
  assert.strictEqual(error.response.headers['content-type'], 'application/vnd.error+json');
  assert.strictEqual(error.response.data.logRef, error.response.headers['correlation-id']);
  const embedded = error.response.data._embedded || { errors: [] };
  return embedded.errors.map((entry) => entry.path);
}

function created (answer) {
  assert.strictEqual(answer.status, 201);
  const id = Number(answer.headers['resource-id']);
  assert(Number.isSafeInteger(id) && id > 0, `Resource-ID: ${answer.headers['resource-id']}`);
  return id;
}

function done (answer) {
  assert.strictEqual(answer.status, 204);
}

/** Returns all items of a list, page by page, by the links. */
async function walk (answer, rel) {
  const found = [];
  for (;;) {
    const { _embedded: embedded, _links: links, page } = answer.data;
    found.push(...embedded[rel]);
    if (!links.next) {
      assert.strictEqual(found.length, page.totalElements);
      return found;
    }
    answer = await client.nextPage(links);
  }
}

const newConversation = () => ({
  subject: 'Broken kettle',
  type: 'phone',
  mailboxId: ids.mailbox_id,
  status: 'active',
  customer: { id: ids.customer_id },
  threads: [{ type: 'phone', text: 'Rang', customer: { id: ids.customer_id } }]
});
const call = (more = {}) => ({ text: 'Rang about the kettle', customer: { id: ids.customer_id }, ...more });
const thread = (conversation) => client.conversations.threads.list(conversation).then((answer) => answer.data._embedded.threads[0]);
const phone = (body, conversation = made.conversation) => client.conversations.threads.createPhone(conversation, body);

async function tokens () {
  await row('token: client credentials', async () => {
    // The client has the vendor's host in this one URL. The proxy of the environment leads it here, with TLS.
    const found = await client.getTokens();
    assert.deepStrictEqual(Object.keys(found).sort(), ['access_token', 'expires_in', 'token_type']);
    client.setCredentials(found);
  });
  await row('token: a wrong one is replaced and the call repeated', async () => {
    const right = client.credentials;
    client.setCredentials({ access_token: 'wrong' });
    assert.strictEqual((await client.users.me()).data.id, ids.user_id);
    assert.notStrictEqual(client.credentials.access_token, right.access_token);
  });
  await row('token: consent of a user, code, refresh', async () => {
    const email = (await native('GET', `agents/${ids.user_id}`)).email;
    await native('PUT', `agents/${ids.user_id}/password`, { password: 'correct horse' });
    const app = await native('POST', 'credentials', {
      api: 'helpscout', name: 'Consent', scopes: ['agents.read'], agent_id: ids.user_id, redirect_url: 'https://app.example/return'
    });
    const asking = new HelpScout({
      clientId: app.secrets.client_id, clientSecret: app.secrets.client_secret, authenticationFlow: 'OAuth2'
    });
    asking.updateRequestOptions({ baseURL: `${base}/v2/` });
    const uri = new URL(asking.generateAuthorizationUri('kettle'));
    const page = await send('GET', uri.pathname + uri.search);
    assert.strictEqual(page.status, 200);
    const token = page.text.match(/name="token" value="([0-9a-f]+)"/)[1];
    const form = new URLSearchParams({ token, email, password: 'correct horse', decision: 'allow' });
    const back = await send('POST', uri.pathname + uri.search, {
      headers: {
        'content-type': 'application/x-www-form-urlencoded', cookie: page.headers['set-cookie'][0].split(';')[0]
      },
      body: form.toString()
    });
    const returned = new URL(back.headers.location);
    assert.strictEqual(returned.searchParams.get('state'), 'kettle');
    asking.setCredentials(await asking.getTokens(returned.searchParams.get('code')));
    assert.strictEqual((await asking.users.me()).data.id, ids.user_id);
    const first = asking.credentials.refresh_token;
    asking.setCredentials({ ...asking.credentials, access_token: 'expired' });
    assert.strictEqual((await asking.users.me()).data.id, ids.user_id);
    assert.notStrictEqual(asking.credentials.refresh_token, first);
  });
}

async function people () {
  await row('users.me', async () => assert.strictEqual((await client.users.me()).data.id, ids.user_id));
  await row('users.list', async () => {
    const users = await walk(await client.users.list(), 'users');
    assert(users.some((user) => user.id === ids.user_id && user.type === 'user'));
  });
  await row('users.get', async () => assert.strictEqual((await client.users.get(ids.user_id)).data.id, ids.user_id));
  await row('teams.list and members', async () => {
    const team = await native('POST', 'teams', { name: 'Kettles', members: [ids.user_id] });
    const teams = await walk(await client.teams.list(), 'teams');
    assert(teams.some((found) => found.id === team.id && found.name === 'Kettles'));
    const members = await walk(await client.teams.teamMembers.list(team.id), 'users');
    assert.deepStrictEqual(members.map((member) => member.id), [ids.user_id]);
  });
  await row('mailboxes.list', async () => {
    const found = await walk(await client.mailboxes.list(), 'mailboxes');
    assert(found.some((mailbox) => mailbox.id === ids.mailbox_id));
  });
  await row('mailboxes.get', async () => assert.strictEqual((await client.mailboxes.get(ids.mailbox_id)).data.id, ids.mailbox_id));
  await row('mailboxes.folders', async () => {
    const { data } = await client.mailboxes.folders.list(ids.mailbox_id);
    assert(data._embedded.folders.some((folder) => folder.type === 'open'));
  });
  await row('mailboxes.fields', async () => {
    const { data } = await client.mailboxes.customFields.list(ids.mailbox_id);
    assert(Array.isArray(data._embedded.fields));
  });
}

async function seeds () {
  await row('SEED-1 and SEED-16: a phone thread is 201 with Resource-ID', async () => {
    const id = created(await phone(call()));
    assert.strictEqual((await thread(made.conversation)).id, id);
  });
  await row('SEED-2: text is required', async () => assert.deepStrictEqual(await refused(phone({ customer: call().customer }), 400), ['text']));
  await row('SEED-3: a customer is required', async () => {
    assert.deepStrictEqual(await refused(phone({ text: 'x' }), 400), ['customer']);
    assert.deepStrictEqual(await refused(phone(call({ customer: { firstName: 'Ito' } })), 400), ['customer']);
  });
  await row('SEED-4: the id wins over the e-mail', async () => {
    created(await phone(call({ customer: { id: ids.customer_id, email: `else-${stamp}@example.com` } })));
    assert.strictEqual((await thread(made.conversation)).customer.id, ids.customer_id);
  });
  await row('SEED-5: the e-mail finds the customer', async () => {
    created(await phone(call({ customer: { email: ids.customer_email.toUpperCase() } })));
    assert.strictEqual((await thread(made.conversation)).customer.id, ids.customer_id);
  });
  const email = `npm-${stamp}@example.com`;
  await row('SEED-6: an unknown e-mail creates the customer', async () => {
    created(await phone(call({ customer: { email, firstName: 'Ito', lastName: 'Marsh', photoType: 'unknown', gender: 'male', age: '41' } })));
    made.caller = (await thread(made.conversation)).customer;
    assert.deepStrictEqual([made.caller.first, made.caller.last, made.caller.email], ['Ito', 'Marsh', email]);
  });
  await row('SEED-7: other fields of a known customer are ignored', async () => {
    created(await phone(call({ customer: { email, firstName: 'x'.repeat(60) } })));
    const { customer } = await thread(made.conversation);
    assert.deepStrictEqual([customer.id, customer.first], [made.caller.id, 'Ito']);
  });
  await row('SEED-8 to SEED-10: imported threads keep their time', async () => {
    const createdAt = '2020-02-03T04:05:06Z';
    const id = created(await phone(call({ imported: true, createdAt })));
    const threads = await walk(await client.conversations.threads.list(made.conversation), 'threads');
    assert.strictEqual(threads.find((found) => found.id === id).createdAt, createdAt);
    assert.deepStrictEqual(await refused(phone(call({ createdAt })), 400), ['createdAt']);
  });
  await row('SEED-11 and SEED-15: attachments', async () => {
    const attachments = [{ fileName: 'call.txt', mimeType: 'plain/text', data: 'cmluZw==' }];
    created(await phone(call({ attachments })));
    const [file] = (await thread(made.conversation))._embedded.attachments;
    assert.deepStrictEqual([file.filename, file.mimeType, file.size], ['call.txt', 'plain/text', 4]);
    assert.deepStrictEqual(await refused(phone(call({ attachments: [{ fileName: 'a', mimeType: 'b/c' }] })), 400), ['attachments[0].data']);
  });
  await row('SEED-12 to SEED-14: fields of a new customer are checked', async () => {
    const customer = { email: `wrong-${stamp}@example.com`, firstName: 'x'.repeat(41), photoType: 'mirror', gender: 'x', jobTitle: 'x'.repeat(61) };
    const paths = await refused(phone(call({ customer })), 400);
    assert.deepStrictEqual(paths.sort(), ['customer.firstName', 'customer.gender', 'customer.jobTitle', 'customer.photoType']);
  });
  await row('SEED-17: a merged conversation is 404, and its Get leads on', async () => {
    await refused(phone(call(), ids.merged_conversation_id), 404);
    const { data } = await client.conversations.get(ids.merged_conversation_id);
    assert.strictEqual(data.id, ids.merged_into_id);
  });
  await row('SEED-18: the cap of 100 threads', async () => {
    created(await phone(call(), ids.conversation_id_98_threads));
    await refused(phone(call(), ids.conversation_id_98_threads), 412);
    const many = { ...newConversation(), threads: Array(101).fill(newConversation().threads[0]) };
    await refused(client.conversations.create(many), 412);
  });
  await row('SEED-20: a phone thread reopens, an imported one does not', async () => {
    const closed = created(await client.conversations.create({ ...newConversation(), status: 'closed' }));
    const status = async () => (await client.conversations.get(closed)).data.status;
    created(await phone(call({ imported: true }), closed));
    assert.strictEqual(await status(), 'closed');
    created(await phone(call(), closed));
    assert.strictEqual(await status(), 'active');
  });
}

async function conversations () {
  await row('conversations.create', async () => {
    const answer = await client.conversations.create(newConversation());
    made.conversation = created(answer);
    assert.strictEqual(answer.headers.location, `${base}/v2/conversations/${made.conversation}`);
  });
  await row('conversations.get with threads', async () => {
    const { data } = await client.conversations.get(made.conversation, { embed: 'threads' });
    assert.deepStrictEqual([data.subject, data.status, data._embedded.threads.length], ['Broken kettle', 'active', 1]);
  });
  await seeds();
  for (const [name, add, kind, body] of [
    ['createChat', 'createChat', 'chat', call()],
    ['createCustomer', 'createCustomer', 'customer', call({ cc: ['a@example.com'] })],
    ['createNote', 'createNote', 'note', { text: 'Seen' }],
    ['createReply', 'createReply', 'message', call({ status: 'pending' })]
  ]) {
    await row(`conversations.threads.${name}`, async () => {
      created(await client.conversations.threads[add](made.conversation, body));
      assert.strictEqual((await thread(made.conversation)).type, kind);
    });
  }
  await row('conversations.threads.list, page by page', async () => {
    const threads = await walk(await client.conversations.threads.list(ids.conversation_id_99_threads), 'threads');
    assert.strictEqual(new Set(threads.map((found) => found.id)).size, 99);
  });
  await row('conversations.list, filtered, page by page', async () => {
    for (let count = 0; count < 30; count++) created(await client.conversations.create({ ...newConversation(), tags: [`page-${stamp}`] }));
    const found = await walk(await client.conversations.list({ status: 'all', tag: `page-${stamp}` }), 'conversations');
    assert.strictEqual(new Set(found.map((one) => one.id)).size, 30);
  });
  for (const [path, op, value, check] of [
    ['/subject', 'replace', 'Mended kettle', (shown) => assert.strictEqual(shown.subject, 'Mended kettle')],
    ['/status', 'replace', 'closed', (shown) => assert.strictEqual(shown.status, 'closed')],
    ['/assignTo', 'replace', ids.user_id, (shown) => assert.strictEqual(shown.assignee.id, ids.user_id)],
    ['/assignTo', 'remove', undefined, (shown) => assert.strictEqual(shown.assignee, undefined)],
    ['/primaryCustomer.id', 'replace', ids.customer_id, (shown) => assert.strictEqual(shown.primaryCustomer.id, ids.customer_id)],
    ['/mailboxId', 'move', ids.mailbox_id, (shown) => assert.strictEqual(shown.mailboxId, ids.mailbox_id)]
  ]) {
    await row(`conversations.update ${op} ${path}`, async () => {
      done(await client.conversations.update(made.conversation, { op, path, value }));
      check((await client.conversations.get(made.conversation)).data);
    });
  }
  await row('conversations.tags.update and tags.list', async () => {
    const tag = `npm-${stamp}`;
    done(await client.conversations.tags.update(made.conversation, { tags: [tag] }));
    assert.deepStrictEqual((await client.conversations.get(made.conversation)).data.tags.map((one) => one.tag), [tag]);
    assert((await walk(await client.tags.list(), 'tags')).some((one) => one.name === tag));
  });
  await row('conversations.customFields.update', async () => done(await client.conversations.customFields.update(made.conversation, { fields: [] })));
  await row('conversations.threads.update', async () => {
    const { id } = await thread(made.conversation);
    done(await client.conversations.threads.update(made.conversation, id, { op: 'replace', path: '/text', value: 'Said otherwise' }));
    assert.strictEqual((await thread(made.conversation)).body, 'Said otherwise');
  });
  await row('conversations.threads.get: no original source', async () => {
    const { id } = await thread(made.conversation);
    await refused(client.conversations.threads.get(made.conversation, id), 404);
  });
  await row('conversations.attachments upload, getData, delete', async () => {
    const { id } = await thread(made.conversation);
    const file = created(await client.conversations.attachments.upload(made.conversation, id, { fileName: 'a.txt', mimeType: 'text/plain', data: 'cmluZw==' }));
    const { data } = await client.conversations.attachments.getData(made.conversation, file);
    assert.strictEqual(data.data, 'cmluZw==');
    done(await client.conversations.attachments.delete(made.conversation, file));
    await refused(client.conversations.attachments.getData(made.conversation, file), 404);
  });
  await row('conversations.delete', async () => {
    const id = created(await client.conversations.create(newConversation()));
    done(await client.conversations.delete(id));
    await refused(client.conversations.get(id), 404);
  });
}

async function customers () {
  await row('customers.create', async () => {
    const answer = await client.customers.create({ firstName: 'Vera', emails: [{ type: 'work', value: `vera-${stamp}@example.com` }] });
    made.customer = created(answer);
    assert.strictEqual(answer.headers.location, `${base}/v2/customers/${made.customer}`);
  });
  await row('customers.create: an e-mail in use is 409', async () => {
    await refused(client.customers.create({ firstName: 'Vera', emails: [{ type: 'work', value: `vera-${stamp}@example.com` }] }), 409);
  });
  await row('customers.get', async () => assert.strictEqual((await client.customers.get(made.customer)).data.firstName, 'Vera'));
  await row('customers.list by name', async () => {
    const found = await walk(await client.customers.list({ firstName: 'Vera' }), 'customers');
    assert(found.some((one) => one.id === made.customer));
  });
  await row('customers.overwrite', async () => {
    done(await client.customers.overwrite(made.customer, { firstName: 'Vera', lastName: 'Roth' }));
    assert.strictEqual((await client.customers.get(made.customer)).data.lastName, 'Roth');
  });
  await row('customers.update', async () => {
    done(await client.customers.update(made.customer, [{ op: 'replace', path: '/jobTitle', value: 'Potter' }]));
    assert.strictEqual((await client.customers.get(made.customer)).data.jobTitle, 'Potter');
  });
  for (const [name, rel, value] of [
    ['emails', 'emails', { type: 'home', value: `home-${stamp}@example.com` }],
    ['phones', 'phones', { type: 'mobile', value: '+353 1 555 0188' }],
    ['chatHandles', 'chats', { type: 'skype', value: 'vera' }],
    ['socialProfiles', 'social-profiles', { type: 'twitter', value: 'vera' }],
    ['websites', 'websites', { value: 'https://vera.example/' }]
  ]) {
    await row(`customers.${name} create, list, update, delete`, async () => {
      const entries = client.customers[name];
      const id = created(await entries.create(made.customer, value));
      const list = async () => (await entries.list(made.customer)).data._embedded[rel];
      assert((await list()).some((entry) => entry.id === id && entry.value === value.value));
      done(await entries.update(made.customer, id, value));
      done(await entries.delete(made.customer, id));
      assert(!(await list()).some((entry) => entry.id === id));
    });
  }
  await row('customers.address create, get, update, delete', async () => {
    const address = { city: 'Dublin', state: 'D', postalCode: 'D01', country: 'IE', lines: ['1 Loom Lane'] };
    assert.strictEqual((await client.customers.addresses.create(made.customer, address)).status, 201);
    assert.strictEqual((await client.customers.addresses.get(made.customer)).data.city, 'Dublin');
    done(await client.customers.addresses.update(made.customer, { ...address, city: 'Cork' }));
    done(await client.customers.addresses.delete(made.customer));
    await refused(client.customers.addresses.get(made.customer), 404);
  });
  await row('customerProperties.list', async () => assert.deepStrictEqual((await client.customerProperties.list()).data._embedded, { 'customer-properties': [] }));
  await row('workflows.list', async () => assert.deepStrictEqual(await walk(await client.workflows.list(), 'workflows'), []));
}

async function webhooks () {
  const deliveries = [];
  let woken = () => {};
  const receiver = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      deliveries.push({ headers: request.headers, body: Buffer.concat(parts) });
      response.end();
      woken();
    });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const hook = { url: `http://127.0.0.1:${receiver.address().port}/hook`, events: ['convo.created'], secret: 'wren' };
  await row('webhooks.create', async () => { made.webhook = created(await client.webhooks.create(hook)); });
  await row('webhooks.list and get', async () => {
    assert((await walk(await client.webhooks.list(), 'webhooks')).some((one) => one.id === made.webhook));
    const { data } = await client.webhooks.get(made.webhook);
    assert.deepStrictEqual([data.url, data.state, data.events, data.secret], [hook.url, 'enabled', hook.events, undefined]);
  });
  await row('a webhook is delivered, signed with HMAC-SHA1', async () => {
    const late = setTimeout(() => receiver.close(), 20000);
    const arrived = new Promise((resolve) => { woken = resolve; });
    const id = created(await client.conversations.create(newConversation()));
    if (deliveries.length === 0) await Promise.race([arrived, new Promise((resolve, reject) => receiver.once('close', () => reject(new Error('no delivery'))))]);
    clearTimeout(late);
    const { headers, body } = deliveries[0];
    assert.strictEqual(headers['x-helpscout-event'], 'convo.created');
    assert.strictEqual(headers['x-helpscout-signature'], crypto.createHmac('sha1', 'wren').update(body).digest('base64'));
    assert.strictEqual(JSON.parse(body).id, id);
  });
  await row('webhooks.update', async () => {
    done(await client.webhooks.update(made.webhook, { ...hook, events: ['convo.deleted'] }));
    assert.deepStrictEqual((await client.webhooks.get(made.webhook)).data.events, ['convo.deleted']);
  });
  await row('webhooks.delete', async () => {
    done(await client.webhooks.delete(made.webhook));
    await refused(client.webhooks.get(made.webhook), 404);
  });
  receiver.close();
}

(async () => {
  await tokens();
  await people();
  await conversations();
  await customers();
  await webhooks();
})().then(() => process.exit(0));
