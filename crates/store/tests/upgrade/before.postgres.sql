CREATE TABLE public.account (
    id bigint NOT NULL,
    name text NOT NULL,
    guid_tag bigint NOT NULL,
    integration_agent_id bigint NOT NULL,
    thread_cap bigint NOT NULL,
    lock_after_days bigint NOT NULL,
    helpscout_rate bigint NOT NULL,
    magicline_rate bigint NOT NULL,
    mews_rate bigint NOT NULL,
    created_at bigint NOT NULL,
    version bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.agent (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL,
    built_in bigint NOT NULL,
    created_at bigint NOT NULL,
    version bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.application (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    client_hash bytea NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.attachment (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    message_id bigint NOT NULL,
    file_name text NOT NULL,
    mime_type text NOT NULL,
    size bigint NOT NULL,
    data bytea,
    object_name text,
    link text,
    extra text
);
CREATE TABLE public.conversation (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    number bigint NOT NULL,
    inbox_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    application_id bigint,
    subject text NOT NULL,
    kind text,
    status text NOT NULL,
    phase bigint NOT NULL,
    closed bigint NOT NULL,
    state text NOT NULL,
    archived bigint NOT NULL,
    assignee_id bigint,
    delegated_at bigint,
    ticket_number text,
    ticket_link text,
    original_sender text,
    created_at bigint NOT NULL,
    started_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    last_message_at bigint NOT NULL,
    last_message_id bigint NOT NULL,
    last_event_id bigint NOT NULL,
    last_live_at bigint NOT NULL,
    last_live_id bigint NOT NULL,
    customer_wrote_last bigint NOT NULL,
    waiting_since bigint,
    agent_acted_at bigint,
    closed_at bigint,
    closed_by_id bigint,
    messages bigint NOT NULL,
    published bigint NOT NULL,
    contacts bigint NOT NULL,
    first_channel text,
    merged_into_id bigint
);
CREATE TABLE public.conversation_count (
    account_id bigint NOT NULL,
    inbox_id bigint NOT NULL,
    status text NOT NULL,
    conversations bigint NOT NULL
);
CREATE TABLE public.conversation_field (
    account_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    name text NOT NULL,
    value text NOT NULL
);
CREATE TABLE public.conversation_guest (
    account_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    conversation_id bigint NOT NULL
);
CREATE TABLE public.conversation_tag (
    account_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    tag_id bigint NOT NULL
);
CREATE TABLE public.counter (
    account_id bigint NOT NULL,
    kind text NOT NULL,
    next_id bigint NOT NULL
);
CREATE TABLE public.credential (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    door text NOT NULL,
    name text NOT NULL,
    scopes text NOT NULL,
    inboxes text NOT NULL,
    agent_id bigint,
    application_id bigint,
    portfolio bigint NOT NULL,
    public_name text NOT NULL,
    secret_hash bytea,
    created_at bigint NOT NULL,
    revoked_at bigint,
    version bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.credential_key (
    key_hash bytea NOT NULL,
    account_id bigint NOT NULL,
    credential_id bigint NOT NULL,
    expires_at bigint
);
CREATE TABLE public.customer (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    home_inbox_id bigint,
    merged_into_id bigint,
    email text,
    first_name text,
    last_name text,
    phone text,
    photo_url text,
    photo_type text,
    job_title text,
    background text,
    location text,
    organization text,
    gender text,
    age text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint DEFAULT 0 NOT NULL,
    erased_at bigint
);
CREATE TABLE public.customer_address (
    account_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    "position" bigint NOT NULL,
    kind text NOT NULL,
    value text NOT NULL
);
CREATE TABLE public.customer_job (
    account_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    into_id bigint,
    stage text NOT NULL,
    after_id bigint NOT NULL,
    after_message_id bigint NOT NULL,
    conversations bigint NOT NULL,
    door text,
    credential_id bigint,
    agent_id bigint,
    address text,
    holder text,
    leased_until bigint NOT NULL,
    created_at bigint NOT NULL,
    done_at bigint
);
CREATE TABLE public.delegation (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    agent_id bigint,
    previous_agent_id bigint,
    by_agent_id bigint,
    delegated_at bigint NOT NULL
);
CREATE TABLE public.delivery (
    account_id bigint NOT NULL,
    webhook_id bigint NOT NULL,
    id bigint NOT NULL,
    event_id bigint NOT NULL,
    events bigint NOT NULL,
    name text NOT NULL,
    headers text NOT NULL,
    body text NOT NULL,
    state text NOT NULL,
    attempts bigint NOT NULL,
    failures bigint NOT NULL,
    next_attempt_at bigint
);
CREATE TABLE public.delivery_attempt (
    account_id bigint NOT NULL,
    webhook_id bigint NOT NULL,
    delivery_id bigint NOT NULL,
    number bigint NOT NULL,
    started_at bigint NOT NULL,
    duration_ms bigint NOT NULL,
    status bigint,
    answer text,
    error text
);
CREATE TABLE public.email_owner (
    account_id bigint NOT NULL,
    email text NOT NULL,
    customer_id bigint NOT NULL
);
CREATE TABLE public.event (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    conversation_id bigint,
    entity_id bigint NOT NULL,
    door text,
    credential_id bigint,
    agent_id bigint,
    imported bigint NOT NULL,
    detail text,
    "position" bigint,
    inbox_id bigint,
    address text
);
CREATE TABLE public.feed (
    account_id bigint NOT NULL,
    head bigint NOT NULL
);
CREATE TABLE public.feed_reader (
    account_id bigint NOT NULL,
    name text NOT NULL,
    "position" bigint NOT NULL
);
CREATE TABLE public.feed_start (
    account_id bigint NOT NULL,
    "position" bigint NOT NULL,
    event_id bigint NOT NULL
);
CREATE TABLE public.idempotency_key (
    account_id bigint NOT NULL,
    key_hash bytea NOT NULL,
    body_hash bytea NOT NULL,
    status bigint NOT NULL,
    answer text NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.inbox (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    default_agent_id bigint,
    messaging_off bigint NOT NULL,
    created_at bigint NOT NULL,
    version bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.lease (
    name text NOT NULL,
    holder text NOT NULL,
    until_ms bigint NOT NULL
);
CREATE TABLE public.message (
    account_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    id bigint NOT NULL,
    customer_id bigint NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    direction text NOT NULL,
    state text NOT NULL,
    format text NOT NULL,
    author text NOT NULL,
    author_agent_id bigint,
    agent_name text,
    subject text,
    body text,
    occurred_at bigint NOT NULL,
    zone text,
    imported bigint NOT NULL,
    automated bigint NOT NULL,
    recipients text,
    status_set text,
    extra text,
    attachments bigint NOT NULL,
    moves_last_message bigint DEFAULT 0 NOT NULL,
    status_wish text,
    version bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.message_body (
    account_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    message_id bigint NOT NULL,
    body text NOT NULL
);
CREATE TABLE public.migration (
    number bigint NOT NULL,
    name text NOT NULL,
    applied_at bigint NOT NULL
);
CREATE TABLE public.node_slot (
    slot bigint NOT NULL,
    holder text NOT NULL,
    reserved_until_ms bigint NOT NULL
);
CREATE TABLE public.public_id (
    account_id bigint NOT NULL,
    kind text NOT NULL,
    entity_id bigint NOT NULL,
    door text NOT NULL,
    public_id text NOT NULL
);
CREATE TABLE public.tag (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.upload (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    credential_id bigint NOT NULL,
    file_name text NOT NULL,
    mime_type text NOT NULL,
    size bigint NOT NULL,
    data bytea,
    object_name text,
    created_at bigint NOT NULL
);
CREATE TABLE public.webhook (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    door text NOT NULL,
    label text NOT NULL,
    url text NOT NULL,
    kinds text NOT NULL,
    inboxes text NOT NULL,
    inboxes_since bigint NOT NULL,
    secret text NOT NULL,
    previous_secret text,
    previous_until bigint,
    ordered bigint NOT NULL,
    allow text NOT NULL,
    application_id bigint,
    options text NOT NULL,
    state text NOT NULL,
    reason text,
    disabled_at bigint,
    parked bigint,
    lease_by text,
    lease_until bigint NOT NULL,
    next_due bigint,
    failing_since bigint,
    discarded bigint NOT NULL,
    last_success_at bigint,
    credential_id bigint,
    created_at bigint NOT NULL,
    version bigint NOT NULL
);
CREATE TABLE public.webhook_allow (
    account_id bigint NOT NULL,
    entries text NOT NULL
);
INSERT INTO public.account VALUES (2, 'Tidewater Yard', 156201, 1, 100, 0, 0, 0, 0, 1795894638215, 246599836530688);
INSERT INTO public.account VALUES (1, 'Larkspur & Sons', 207965, 1, 100, 0, 0, 0, 0, 1795894638018, 246599837612032);
INSERT INTO public.agent VALUES (1, 1, 'Integration', '', '', 1, 1795894638018, 246599835723776);
INSERT INTO public.agent VALUES (1, 2, 'Orla', 'Finch', 'orla.finch@larkspur.example', 0, 1795894638020, 246599835731968);
INSERT INTO public.agent VALUES (1, 3, 'Front', 'Desk', 'desk@larkspur.example', 0, 1795894638021, 246599835736064);
INSERT INTO public.agent VALUES (1, 4, 'Teo', 'Brandvold', 'teo.brandvold@larkspur.example', 0, 1795894638028, 246599835764736);
INSERT INTO public.agent VALUES (2, 1, 'Integration', '', '', 1, 1795894638215, 246599836530688);
INSERT INTO public.agent VALUES (2, 1000000, 'Ines', 'Corrigan', 'ines.corrigan@tidewater.example', 0, 1795894638216, 246599836534784);
INSERT INTO public.agent VALUES (1, 5, 'Told', 'About', '', 0, 1795894638368, 246599837157376);
INSERT INTO public.agent VALUES (1, 6, 'Mina', 'Roth', '', 0, 1795894638486, 246599837640704);
INSERT INTO public.application VALUES (1, 1, 'Guest chat', '\x6f488995e6273b0b896f25686e921667f0578e7f0cc4dc81b6ca5283f8d1a9b8', 1795894638041);
INSERT INTO public.application VALUES (1, 2, 'Kiosk', '\xcbe7c81d5c4d397b246256f7e9f5608bd4d358a6d43578bd0edf7acfbcc9d5de', 1795894638041);
INSERT INTO public.attachment VALUES (1, 1, 11, 246599837992960, 'a.bin', 'application/octet-stream', 10, '\x78787878787878787878', NULL, NULL, NULL);
INSERT INTO public.attachment VALUES (1, 2, 11, 246599837992960, 'a.bin', 'application/octet-stream', 40000, NULL, '1/6285332e3072b27e5b095c5c7d6e37eadd201220eb14694f9d2d0177c25a64ae.01a223a977cetc046d19e25c54a72a80a96077d8a11d3', NULL, NULL);
INSERT INTO public.attachment VALUES (1, 3, 12, 246599838177280, 'a.bin', 'application/octet-stream', 10, '\x78787878787878787878', NULL, NULL, NULL);
INSERT INTO public.attachment VALUES (1, 4, 12, 246599838177280, 'a.bin', 'application/octet-stream', 40000, NULL, '1/6285332e3072b27e5b095c5c7d6e37eadd201220eb14694f9d2d0177c25a64ae.01a223a97809tb2f373b4cf314b8d9cfd394610d29077', NULL, NULL);
INSERT INTO public.attachment VALUES (1, 9, 15, 246599838730240, 'a.bin', 'application/octet-stream', 10, '\x78787878787878787878', NULL, NULL, NULL);
INSERT INTO public.attachment VALUES (1, 10, 15, 246599838730240, 'a.bin', 'application/octet-stream', 40000, NULL, '1/6285332e3072b27e5b095c5c7d6e37eadd201220eb14694f9d2d0177c25a64ae.01a223a9789ct0561ea0c59dc4aceb037ff1ab7b7e056', NULL, NULL);
INSERT INTO public.attachment VALUES (1, 7, 15, 246599838427136, 'a.bin', 'application/octet-stream', 10, '\x78787878787878787878', NULL, NULL, NULL);
INSERT INTO public.attachment VALUES (1, 8, 15, 246599838427136, 'a.bin', 'application/octet-stream', 40000, NULL, '1/6285332e3072b27e5b095c5c7d6e37eadd201220eb14694f9d2d0177c25a64ae.01a223a9784bt059525e2c59c490a81a5c37d169ff70a', NULL, NULL);
INSERT INTO public.conversation VALUES (1, 2, 2, 1, 1, NULL, 'Late arrival on Friday', NULL, 'closed', 2, 1, 'published', 0, 2, 1795894638046, NULL, NULL, NULL, 1795894638046, 1794242238045, 1795894638046, 1794245838045, 246599835838465, 246599835838464, -9223372036854775808, 0, 0, NULL, NULL, 1794245838045, 2, 2, 2, 2, 'text_message', NULL);
INSERT INTO public.conversation VALUES (1, 3, 3, 1, 2, NULL, 'Restoring the green roadster', NULL, 'open', 0, 0, 'published', 0, 4, 1795894638046, NULL, NULL, NULL, 1795894638046, 1793302638046, 1795894638105, 1795440597198, 246599836080145, 246599836080145, -9223372036854775808, 0, 0, NULL, NULL, NULL, NULL, 98, 98, 98, 'phone', NULL);
INSERT INTO public.conversation VALUES (1, 4, 4, 1, 2, NULL, 'Winter storage', NULL, 'open', 0, 0, 'published', 0, NULL, NULL, NULL, NULL, NULL, 1795894638124, 1793302638122, 1795894638150, 1795440819860, 246599836264466, 246599836264466, -9223372036854775808, 0, 0, NULL, NULL, NULL, NULL, 99, 99, 99, 'phone', NULL);
INSERT INTO public.conversation VALUES (1, 6, 6, 1, 1, NULL, 'Invoice for the tyres', NULL, 'closed', 2, 1, 'published', 1, 4, 1795894638161, NULL, NULL, NULL, 1795894638161, 1790624238159, 1795894638166, 1790710638159, 246599836309505, 246599836329984, -9223372036854775808, 0, 0, NULL, NULL, 1790710638159, 4, 2, 2, 2, 'letter', NULL);
INSERT INTO public.conversation VALUES (1, 7, 7, 1, 5, 1, 'Extra cot in room 12', NULL, 'closed', 2, 1, 'published', 0, NULL, NULL, NULL, NULL, 'Ilka Varga', 1795894638178, 1795894638178, 1795894638178, 1795894638178, 246599836379137, 246599836379137, 1795894638178, 246599836379137, 0, 1795894638178, 1795894638178, 1795894638178, 1, 2, 2, 2, 'chat', NULL);
INSERT INTO public.conversation VALUES (1, 8, 8, 1, 6, 1, 'Breakfast before six', NULL, 'new', 0, 0, 'published', 0, NULL, NULL, NULL, NULL, 'Bram Achterberg', 1795894638194, 1795894638194, 1795894638194, 1795894638194, 246599836444672, 246599836444673, 1795894638194, 246599836444672, 1, 1795894638194, NULL, NULL, NULL, 1, 1, 1, 'chat', NULL);
INSERT INTO public.conversation VALUES (1, 9, 9, 1, 7, 1, 'Charging the car', NULL, 'new', 0, 0, 'published', 0, NULL, NULL, NULL, NULL, 'Noor El Amrani', 1795894638198, 1795894638198, 1795894638198, 1795894638198, 246599836461056, 246599836461057, 1795894638198, 246599836461056, 1, 1795894638198, NULL, NULL, NULL, 1, 1, 1, 'chat', NULL);
INSERT INTO public.conversation VALUES (1, 10, 10, 2, 3, NULL, 'Membership card', NULL, 'new', 0, 0, 'published', 0, NULL, NULL, NULL, NULL, NULL, 1795894638206, 1795894638206, 1795894638206, 1795894638206, 246599836493824, 246599836493824, 1795894638206, 246599836493824, 1, 1795894638206, NULL, NULL, NULL, 1, 1, 1, 'in_person', NULL);
INSERT INTO public.conversation VALUES (1, 1, 1, 1, 1, NULL, 'Roof box does not lock', NULL, 'open', 0, 0, 'published', 0, NULL, NULL, NULL, NULL, NULL, 1795894638044, 1795621038043, 1795894638210, 1795894638044, 246599836510208, 246599836510208, 1795894638044, 246599835830275, 1, 1795894638044, NULL, NULL, NULL, 5, 5, 4, 'email', NULL);
INSERT INTO public.conversation VALUES (1, 5, 5, 1, 1, NULL, 'Roof box, again', NULL, 'new', 0, 0, 'published', 0, NULL, NULL, NULL, NULL, NULL, 1795894638158, 1795721838155, 1795894638210, 1795721838155, 246599836297216, 246599836297216, -9223372036854775808, 0, 0, NULL, NULL, NULL, NULL, 1, 1, 1, 'chat', 1);
INSERT INTO public.conversation VALUES (2, 1000000, 1000000, 1000000, 1000000, NULL, 'Mooring for the summer', NULL, 'new', 0, 0, 'published', 0, NULL, NULL, NULL, NULL, NULL, 1795894638219, 1795894638219, 1795894638219, 1795894638219, 246599836547072, 246599836547072, 1795894638219, 246599836547072, 1, 1795894638219, NULL, NULL, NULL, 1, 1, 1, 'email', NULL);
INSERT INTO public.conversation VALUES (1, 15, 15, 1, 9, NULL, 'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶', NULL, 'new', 0, 0, 'published', 0, 6, 1795894638739, NULL, NULL, NULL, 1795894638732, 1795894638732, 1795894638775, 1795894638761, 246599838824448, 246599838824448, 1795894638761, 246599838767104, 1, 1795894638678, NULL, NULL, NULL, 6, 6, 4, 'email', NULL);
INSERT INTO public.conversation VALUES (1, 11, 11, 1, 9, NULL, 'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶', NULL, 'new', 0, 0, 'published', 0, 6, 1795894638503, NULL, NULL, NULL, 1795894638500, 1795894638500, 1795894638815, 1795894638577, 246599838025728, 246599838988288, 1795894638577, 246599838013440, 1, 1795894638572, NULL, NULL, NULL, 3, 3, 2, 'email', NULL);
INSERT INTO public.conversation VALUES (1, 14, 14, 1, 9, NULL, 'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶', NULL, 'new', 0, 0, 'published', 0, 6, 1795894638654, NULL, NULL, NULL, 1795894638651, 1795894638651, 1795894638775, 1795894638698, 246599838578688, 246599838578688, 1795894638698, 246599838509056, 1, 1795894638678, NULL, NULL, NULL, 3, 3, 2, 'email', 15);
INSERT INTO public.conversation VALUES (1, 16, 16, 1, 9, NULL, 'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶', NULL, 'new', 0, 0, 'published', 0, 6, 1795894638792, NULL, NULL, NULL, 1795894638792, 1795894638792, 1795894638792, 1795894638792, 246599838197760, 246599838894080, -9223372036854775808, 0, 0, NULL, NULL, NULL, NULL, 1, 1, 0, NULL, NULL);
INSERT INTO public.conversation VALUES (1, 12, 12, 1, 9, NULL, 'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶', NULL, 'closed', 2, 1, 'published', 0, 6, 1795894638587, NULL, NULL, NULL, 1795894638583, 1795894638583, 1795894638803, 1795894638619, 246599838185472, 246599838939136, 1795894638619, 246599838185472, 1, 1795894638617, NULL, 1795894638803, 1, 2, 2, 2, 'email', NULL);
INSERT INTO public.conversation VALUES (1, 13, 13, 1, 10, NULL, '', NULL, 'new', 0, 0, 'published', 0, 6, 1795894638628, NULL, NULL, NULL, 1795894638626, 1795894638626, 1795894638820, 1795894638641, 246599838283776, 246599839008768, 1795894638641, 246599838275584, 1, 1795894638640, NULL, NULL, NULL, 3, 3, 2, 'email', NULL);
INSERT INTO public.conversation_count VALUES (1, 1, 'open', 3);
INSERT INTO public.conversation_count VALUES (1, 2, 'new', 1);
INSERT INTO public.conversation_count VALUES (2, 1000000, 'new', 1);
INSERT INTO public.conversation_count VALUES (1, 1, 'new', 6);
INSERT INTO public.conversation_count VALUES (1, 1, 'closed', 4);
INSERT INTO public.conversation_field VALUES (1, 11, 'colour', 'red');
INSERT INTO public.conversation_field VALUES (1, 12, 'colour', 'red');
INSERT INTO public.conversation_field VALUES (1, 15, 'colour', 'red');
INSERT INTO public.conversation_tag VALUES (1, 1, 1);
INSERT INTO public.conversation_tag VALUES (1, 11, 2);
INSERT INTO public.conversation_tag VALUES (1, 12, 2);
INSERT INTO public.conversation_tag VALUES (1, 13, 2);
INSERT INTO public.conversation_tag VALUES (1, 15, 2);
INSERT INTO public.conversation_tag VALUES (1, 12, 3);
INSERT INTO public.counter VALUES (1, 'conversation', 17);
INSERT INTO public.counter VALUES (2, 'account', 1000000);
INSERT INTO public.counter VALUES (2, 'attachment', 1000000);
INSERT INTO public.counter VALUES (2, 'credential', 1000000);
INSERT INTO public.counter VALUES (2, 'application', 1000000);
INSERT INTO public.counter VALUES (2, 'tag', 1000000);
INSERT INTO public.counter VALUES (2, 'webhook', 1000000);
INSERT INTO public.counter VALUES (1, 'agent', 7);
INSERT INTO public.counter VALUES (1, 'tag', 4);
INSERT INTO public.counter VALUES (1, 'webhook', 5);
INSERT INTO public.counter VALUES (0, 'account', 3);
INSERT INTO public.counter VALUES (2, 'agent', 1000001);
INSERT INTO public.counter VALUES (1, 'customer', 11);
INSERT INTO public.counter VALUES (1, 'credential', 11);
INSERT INTO public.counter VALUES (2, 'inbox', 1000001);
INSERT INTO public.counter VALUES (1, 'application', 3);
INSERT INTO public.counter VALUES (2, 'conversation', 1000001);
INSERT INTO public.counter VALUES (2, 'customer', 1000001);
INSERT INTO public.counter VALUES (1, 'attachment', 11);
INSERT INTO public.counter VALUES (1, 'inbox', 4);
INSERT INTO public.credential VALUES (1, 1, 'helpscout', 'helpscout', 'conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read', '', 2, NULL, 0, '51aebb7e1f4c411bbbc9999670e8426e', '\xff0204bce5de59fa33894328767e4b5e5781bfceb24c5422ade21df85e2357e9', 1795894638038, NULL, 246599835805697);
INSERT INTO public.credential VALUES (1, 2, 'magicline', 'magicline', 'conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read', '1', NULL, NULL, 0, '', NULL, 1795894638039, NULL, 246599835809792);
INSERT INTO public.credential VALUES (1, 3, 'magicline', 'magicline', 'conversations.read,conversations.write,messages.read,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read', '1', NULL, NULL, 0, '', NULL, 1795894638040, NULL, 246599835813888);
INSERT INTO public.credential VALUES (1, 4, 'mykaarma', 'mykaarma', 'conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read', '1', NULL, NULL, 0, '72cb5be04d20441ea55f813a82c5151c', '\x8574a11b54b0422561aa1471d350ad752aa0c6cbdddfea5362d2411baeb0e142', 1795894638040, NULL, 246599835813889);
INSERT INTO public.credential VALUES (1, 5, 'mews', 'mews', 'conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read', '1', NULL, 1, 0, '', NULL, 1795894638041, NULL, 246599835817984);
INSERT INTO public.credential VALUES (1, 6, 'mews', 'mews', 'conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read', '1,2', NULL, 1, 1, '', NULL, 1795894638042, NULL, 246599835822080);
INSERT INTO public.credential VALUES (1, 7, 'mews', 'mews', 'conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read', '1', NULL, 2, 0, '', NULL, 1795894638042, NULL, 246599835822081);
INSERT INTO public.credential VALUES (1, 8, 'native', 'native', 'conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read', '', NULL, NULL, 0, '', NULL, 1795894638230, NULL, 246599836592128);
INSERT INTO public.credential VALUES (1, 10, 'magicline', 'Till', 'conversations.read', '1', NULL, NULL, 0, '', NULL, 1795894638947, 1795894638948, 246599839533056);
INSERT INTO public.credential VALUES (1, 9, 'native', 'Reports of the month', 'conversations.read', '', NULL, NULL, 0, '', NULL, 1795894638942, NULL, 246599839553536);
INSERT INTO public.credential_key VALUES ('\x7926c05f52035368c8d9888b22dbac46c519358841bb367f5b5cd5059132be11', 1, 1, NULL);
INSERT INTO public.credential_key VALUES ('\xb0937b65e983bd00c6e1169f9bc37f7202c507db349fa0c8aac8df99222bc91e', 1, 2, NULL);
INSERT INTO public.credential_key VALUES ('\x7c041cbd453ceb822f1d0da68ef8fa02d2e04406aff5782ef51647c3165e5cbc', 1, 3, NULL);
INSERT INTO public.credential_key VALUES ('\xbabeb5ffe4a97b0909c68468c9c7ccd8846b6b55392c052025f83400d54599ab', 1, 4, NULL);
INSERT INTO public.credential_key VALUES ('\x59a665d01fe06721790f7739a652e8de3364e38f8257c927e4c44c90fe10c42c', 1, 5, NULL);
INSERT INTO public.credential_key VALUES ('\xab7bbdb590f391b6d425a732b643d8eb7e97f2df3465e2171f33c5c0f696edc0', 1, 6, NULL);
INSERT INTO public.credential_key VALUES ('\x75f6a0ef0cdeebb07e9bf72b09739d599c5c38c53c46d6611c12a8a104a05dd6', 1, 7, NULL);
INSERT INTO public.credential_key VALUES ('\x8a68893ca0c17f96a21674b4b77b8aef189040a40bddfd4574bba4ddb4c29a03', 1, 8, NULL);
INSERT INTO public.credential_key VALUES ('\xb7b28b97393678e53a5e8cb8a88cfa4907d66f0ffca9e794d6dd15b311318d0f', 1, 9, NULL);
INSERT INTO public.credential_key VALUES ('\x35311d6680dd503cc2a3f7b9d21316e979bc14aabe5a1706ca24246d3b79cb19', 1, 10, NULL);
INSERT INTO public.customer VALUES (1, 1, 1, NULL, 'mirela.okonjo@mail.example', 'Mirela', 'Okonjo', '+44 1632 960101', NULL, NULL, NULL, NULL, 'Whitby', 'Okonjo & Daughters', NULL, NULL, 1795894638035, 1795894638035, 246599835793408, NULL);
INSERT INTO public.customer VALUES (1, 2, 1, NULL, 'anselm.reyes@mail.example', 'Anselm', 'Reyes', '+44 1632 960102', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795894638036, 1795894638036, 246599835797504, NULL);
INSERT INTO public.customer VALUES (1, 3, 2, NULL, 'suvi.lindqvist@mail.example', 'Suvi', 'Lindqvist', '+44 1632 960103', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795894638037, 1795894638037, 246599835801600, NULL);
INSERT INTO public.customer VALUES (1, 4, NULL, NULL, NULL, 'Dov', 'Halloran', '+44 1632 960104', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795894638038, 1795894638038, 246599835805696, NULL);
INSERT INTO public.customer VALUES (1, 5, 1, NULL, NULL, 'Ilka', 'Varga', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795894638178, 1795894638178, 246599836379136, NULL);
INSERT INTO public.customer VALUES (1, 6, 1, NULL, NULL, 'Bram', 'Achterberg', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795894638194, 1795894638194, 246599836444672, NULL);
INSERT INTO public.customer VALUES (1, 7, 1, NULL, NULL, 'Noor El', 'Amrani', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795894638198, 1795894638198, 246599836461056, NULL);
INSERT INTO public.customer VALUES (2, 1000000, 1000000, NULL, 'aurelio.pell@mail.example', 'Aurelio', 'Pell', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795894638218, 1795894638218, 246599836542976, NULL);
INSERT INTO public.customer VALUES (1, 8, NULL, 9, 'merged@example.org', 'merged', NULL, '+49 30 123456', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795894638489, 1795894638806, 246599838951424, NULL);
INSERT INTO public.customer VALUES (1, 9, NULL, NULL, 'kept@example.org', 'kept', NULL, '+49 30 123456', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795894638492, 1795894638806, 246599838951425, NULL);
INSERT INTO public.customer VALUES (1, 10, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1795894638493, 1795894638810, 246599838967808, 1795894638810);
INSERT INTO public.customer_address VALUES (1, 1, 0, 'email', 'mirela.okonjo@mail.example');
INSERT INTO public.customer_address VALUES (1, 1, 1, 'phone', '+44 1632 960101');
INSERT INTO public.customer_address VALUES (1, 2, 0, 'email', 'anselm.reyes@mail.example');
INSERT INTO public.customer_address VALUES (1, 2, 1, 'phone', '+44 1632 960102');
INSERT INTO public.customer_address VALUES (1, 3, 0, 'email', 'suvi.lindqvist@mail.example');
INSERT INTO public.customer_address VALUES (1, 3, 1, 'phone', '+44 1632 960103');
INSERT INTO public.customer_address VALUES (1, 4, 0, 'phone', '+44 1632 960104');
INSERT INTO public.customer_address VALUES (2, 1000000, 0, 'email', 'aurelio.pell@mail.example');
INSERT INTO public.customer_address VALUES (1, 9, 0, 'email', 'kept@example.org');
INSERT INTO public.customer_address VALUES (1, 9, 1, 'phone', '+49 30 123456');
INSERT INTO public.customer_address VALUES (1, 9, 2, 'email', 'merged@example.org');
INSERT INTO public.customer_job VALUES (1, 8, 246599838951424, 'merge', 9, 'done', 0, 0, 1, 'native', 8, NULL, '127.0.0.1', 'b32d80bb-ebcf-478f-be03-e93ee4a539bf', 1795894668817, 1795894638806, 1795894638817);
INSERT INTO public.customer_job VALUES (1, 10, 246599838967808, 'erase', NULL, 'done', 0, 0, 1, 'native', 8, NULL, '127.0.0.1', 'b32d80bb-ebcf-478f-be03-e93ee4a539bf', 1795894668846, 1795894638810, 1795894638846);
INSERT INTO public.delegation VALUES (1, 246599835838464, 2, 2, NULL, 2, 1795894638046);
INSERT INTO public.delegation VALUES (1, 246599835838465, 3, 4, NULL, 4, 1795894638046);
INSERT INTO public.delegation VALUES (1, 246599836309504, 6, 4, NULL, 4, 1795894638161);
INSERT INTO public.delegation VALUES (1, 246599837710336, 11, 6, NULL, NULL, 1795894638503);
INSERT INTO public.delegation VALUES (1, 246599838054400, 12, 6, NULL, NULL, 1795894638587);
INSERT INTO public.delegation VALUES (1, 246599838222336, 13, 6, NULL, NULL, 1795894638628);
INSERT INTO public.delegation VALUES (1, 246599838689281, 15, 6, NULL, NULL, 1795894638739);
INSERT INTO public.delegation VALUES (1, 246599838328832, 15, 6, NULL, NULL, 1795894638654);
INSERT INTO public.delegation VALUES (1, 246599838894080, 16, 6, NULL, NULL, 1795894638792);
INSERT INTO public.delivery VALUES (1, 2, 246599837198336, 246599837157376, 1, 'agent.created', '{"content-type":"application/json","webhook-id":"evt_246599837157376"}', '{"type":"agent.created","timestamp":"2026-11-28T19:37:18.368Z","data":{"id":246599837157376,"kind":"agent.created","at":"2026-11-28T19:37:18.368Z","entity_id":5,"conversation_id":null,"inbox_id":null,"agent_id":null,"door":"native","imported":false,"changes":[{"field":"email","before":null,"after":""},{"field":"first_name","before":null,"after":"Told"},{"field":"last_name","before":null,"after":"About"}],"more":{}}}', 'pending', 1, 1, 1795894643939);
INSERT INTO public.delivery VALUES (1, 1, 246599837198337, 246599837157376, 1, 'agent.created', '{"content-type":"application/json","webhook-id":"evt_246599837157376"}', '{"type":"agent.created","timestamp":"2026-11-28T19:37:18.368Z","data":{"id":246599837157376,"kind":"agent.created","at":"2026-11-28T19:37:18.368Z","entity_id":5,"conversation_id":null,"inbox_id":null,"agent_id":null,"door":"native","imported":false,"changes":[{"field":"email","before":null,"after":""},{"field":"first_name","before":null,"after":"Told"},{"field":"last_name","before":null,"after":"About"}],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599837751296, 246599837640704, 1, 'agent.created', '{"content-type":"application/json","webhook-id":"evt_246599837640704"}', '{"type":"agent.created","timestamp":"2026-11-28T19:37:18.486Z","data":{"id":246599837640704,"kind":"agent.created","at":"2026-11-28T19:37:18.486Z","entity_id":6,"conversation_id":null,"inbox_id":null,"agent_id":null,"door":"native","imported":false,"changes":[{"field":"email","before":null,"after":""},{"field":"first_name","before":null,"after":"Mina"},{"field":"last_name","before":null,"after":"Roth"}],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599837751297, 246599837652992, 1, 'customer.created', '{"content-type":"application/json","webhook-id":"evt_246599837652992"}', '{"type":"customer.created","timestamp":"2026-11-28T19:37:18.489Z","data":{"id":246599837652992,"kind":"customer.created","at":"2026-11-28T19:37:18.489Z","entity_id":8,"conversation_id":null,"inbox_id":null,"agent_id":null,"door":"native","imported":false,"changes":[{"field":"email","before":null,"after":"merged@example.org"},{"field":"first_name","before":null,"after":"merged"},{"field":"phone","before":null,"after":"+49 30 123456"}],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599837751298, 246599837665280, 1, 'customer.created', '{"content-type":"application/json","webhook-id":"evt_246599837665280"}', '{"type":"customer.created","timestamp":"2026-11-28T19:37:18.492Z","data":{"id":246599837665280,"kind":"customer.created","at":"2026-11-28T19:37:18.492Z","entity_id":9,"conversation_id":null,"inbox_id":null,"agent_id":null,"door":"native","imported":false,"changes":[{"field":"email","before":null,"after":"kept@example.org"},{"field":"first_name","before":null,"after":"kept"},{"field":"phone","before":null,"after":"+49 30 123456"}],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 3, 246599837923328, 246599837698048, 1, 'convo.created', '{"content-type":"application/json","x-helpscout-event":"convo.created"}', '{"id":11,"number":11,"threads":0,"type":"email","folderId":15,"status":"active","state":"published","subject":"Umlauts äöü, a bar |, a quote '', a backslash \\, yarn 🧶","preview":"","mailboxId":1,"assignee":{"id":6,"type":"user","first":"Mina","last":"Roth","email":""},"createdBy":{"id":8,"type":"customer","first":"merged","last":"","email":"merged@example.org"},"createdAt":"2026-11-28T19:37:18Z","closedBy":0,"userUpdatedAt":"2026-11-28T19:37:18Z","source":{"type":"api","via":"customer"},"tags":[{"id":2,"color":"#A5B2BD","tag":"vip"}],"cc":[],"bcc":[],"primaryCustomer":{"id":8,"type":"customer","first":"merged","last":"","email":"merged@example.org"},"customFields":[],"_embedded":{"threads":[]},"_links":{"self":{"href":"http://127.0.0.1:39071/v2/conversations/11"},"mailbox":{"href":"http://127.0.0.1:39071/v2/mailboxes/1"},"primaryCustomer":{"href":"http://127.0.0.1:39071/v2/customers/8"},"createdByCustomer":{"href":"http://127.0.0.1:39071/v2/customers/8"},"assignee":{"href":"http://127.0.0.1:39071/v2/users/6"},"threads":{"href":"http://127.0.0.1:39071/v2/conversations/11/threads/"},"web":{"href":"http://127.0.0.1:39071/conversation/11/11"}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 3, 246599838164992, 246599838038016, 1, 'convo.created', '{"content-type":"application/json","x-helpscout-event":"convo.created"}', '{"id":12,"number":12,"threads":0,"type":"email","folderId":15,"status":"active","state":"published","subject":"Umlauts äöü, a bar |, a quote '', a backslash \\, yarn 🧶","preview":"","mailboxId":1,"assignee":{"id":6,"type":"user","first":"Mina","last":"Roth","email":""},"createdBy":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"createdAt":"2026-11-28T19:37:18Z","closedBy":0,"userUpdatedAt":"2026-11-28T19:37:18Z","source":{"type":"api","via":"customer"},"tags":[{"id":2,"color":"#A5B2BD","tag":"vip"}],"cc":[],"bcc":[],"primaryCustomer":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"customFields":[],"_embedded":{"threads":[]},"_links":{"self":{"href":"http://127.0.0.1:39071/v2/conversations/12"},"mailbox":{"href":"http://127.0.0.1:39071/v2/mailboxes/1"},"primaryCustomer":{"href":"http://127.0.0.1:39071/v2/customers/9"},"createdByCustomer":{"href":"http://127.0.0.1:39071/v2/customers/9"},"assignee":{"href":"http://127.0.0.1:39071/v2/users/6"},"threads":{"href":"http://127.0.0.1:39071/v2/conversations/12/threads/"},"web":{"href":"http://127.0.0.1:39071/conversation/12/12"}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838156800, 246599837992960, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599837992960"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.572Z","data":{"id":246599837992960,"kind":"message.added","at":"2026-11-28T19:37:18.572Z","entity_id":246599837992960,"conversation_id":11,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838156801, 246599838013440, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599838013440"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.577Z","data":{"id":246599838013440,"kind":"message.added","at":"2026-11-28T19:37:18.577Z","entity_id":246599838013440,"conversation_id":11,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838156802, 246599838025728, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599838025728"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.580Z","data":{"id":246599838025728,"kind":"message.added","at":"2026-11-28T19:37:18.580Z","entity_id":246599838025728,"conversation_id":11,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838222337, 246599838177280, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599838177280"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.617Z","data":{"id":246599838177280,"kind":"message.added","at":"2026-11-28T19:37:18.617Z","entity_id":246599838177280,"conversation_id":12,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838222338, 246599838185472, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599838185472"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.619Z","data":{"id":246599838185472,"kind":"message.added","at":"2026-11-28T19:37:18.619Z","entity_id":246599838185472,"conversation_id":12,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838648321, 246599838427136, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599838427136"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.678Z","data":{"id":246599838427136,"kind":"message.added","at":"2026-11-28T19:37:18.678Z","entity_id":246599838427136,"conversation_id":14,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838648322, 246599838509056, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599838509056"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.698Z","data":{"id":246599838509056,"kind":"message.added","at":"2026-11-28T19:37:18.698Z","entity_id":246599838509056,"conversation_id":14,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 3, 246599839066112, 246599838894080, 1, 'convo.created', '{"content-type":"application/json","x-helpscout-event":"convo.created"}', '{"id":16,"number":16,"threads":1,"type":"email","folderId":15,"status":"active","state":"published","subject":"Umlauts äöü, a bar |, a quote '', a backslash \\, yarn 🧶","preview":"A note.","mailboxId":1,"assignee":{"id":6,"type":"user","first":"Mina","last":"Roth","email":""},"createdBy":{"id":1,"type":"user","first":"Integration","last":"","email":""},"createdAt":"2026-11-28T19:37:18Z","closedBy":0,"userUpdatedAt":"2026-11-28T19:37:18Z","source":{"type":"api","via":"user"},"tags":[],"cc":[],"bcc":[],"primaryCustomer":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"customFields":[],"_embedded":{"threads":[{"id":246599838197760,"type":"note","status":"nochange","state":"published","action":{"type":"default","associatedEntities":{}},"body":"A note.","source":{"type":"api","via":"user"},"customer":{"id":9,"first":"kept","last":"","photoUrl":"","email":"kept@example.org"},"createdBy":{"id":1,"type":"user","first":"Integration","last":"","email":""},"assignedTo":{"id":6,"type":"user","first":"Mina","last":"Roth","email":""},"savedReplyId":0,"to":[],"cc":[],"bcc":[],"createdAt":"2026-11-28T19:37:18Z","_embedded":{"attachments":[]},"_links":{"createdByUser":{"href":"http://127.0.0.1:39071/v2/users/1"},"customer":{"href":"http://127.0.0.1:39071/v2/customers/9"},"assignedTo":{"href":"http://127.0.0.1:39071/v2/users/6"}}}]},"_links":{"self":{"href":"http://127.0.0.1:39071/v2/conversations/16"},"mailbox":{"href":"http://127.0.0.1:39071/v2/mailboxes/1"},"primaryCustomer":{"href":"http://127.0.0.1:39071/v2/customers/9"},"createdByUser":{"href":"http://127.0.0.1:39071/v2/users/1"},"assignee":{"href":"http://127.0.0.1:39071/v2/users/6"},"threads":{"href":"http://127.0.0.1:39071/v2/conversations/16/threads/"},"web":{"href":"http://127.0.0.1:39071/conversation/16/16"}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 3, 246599838689282, 246599838648320, 1, 'convo.created', '{"content-type":"application/json","x-helpscout-event":"convo.created"}', '{"id":15,"number":15,"threads":0,"type":"email","folderId":11,"status":"active","state":"published","subject":"Umlauts äöü, a bar |, a quote '', a backslash \\, yarn 🧶","preview":"","mailboxId":1,"createdBy":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"createdAt":"2026-11-28T19:37:18Z","closedBy":0,"userUpdatedAt":"2026-11-28T19:37:18Z","source":{"type":"api","via":"customer"},"tags":[{"id":2,"color":"#A5B2BD","tag":"vip"}],"cc":[],"bcc":[],"primaryCustomer":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"customFields":[],"_embedded":{"threads":[]},"_links":{"self":{"href":"http://127.0.0.1:39071/v2/conversations/15"},"mailbox":{"href":"http://127.0.0.1:39071/v2/mailboxes/1"},"primaryCustomer":{"href":"http://127.0.0.1:39071/v2/customers/9"},"createdByCustomer":{"href":"http://127.0.0.1:39071/v2/customers/9"},"threads":{"href":"http://127.0.0.1:39071/v2/conversations/15/threads/"},"web":{"href":"http://127.0.0.1:39071/conversation/15/15"}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838767104, 246599838730240, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599838730240"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.752Z","data":{"id":246599838730240,"kind":"message.added","at":"2026-11-28T19:37:18.752Z","entity_id":246599838730240,"conversation_id":15,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838382080, 246599838197760, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599838197760"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.622Z","data":{"id":246599838197760,"kind":"message.added","at":"2026-11-28T19:37:18.622Z","entity_id":246599838197760,"conversation_id":12,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 3, 246599838423040, 246599838316544, 1, 'convo.created', '{"content-type":"application/json","x-helpscout-event":"convo.created"}', '{"id":14,"number":14,"threads":0,"type":"email","folderId":15,"status":"active","state":"published","subject":"Umlauts äöü, a bar |, a quote '', a backslash \\, yarn 🧶","preview":"","mailboxId":1,"assignee":{"id":6,"type":"user","first":"Mina","last":"Roth","email":""},"createdBy":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"createdAt":"2026-11-28T19:37:18Z","closedBy":0,"userUpdatedAt":"2026-11-28T19:37:18Z","source":{"type":"api","via":"customer"},"tags":[{"id":2,"color":"#A5B2BD","tag":"vip"}],"cc":[],"bcc":[],"primaryCustomer":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"customFields":[],"_embedded":{"threads":[]},"_links":{"self":{"href":"http://127.0.0.1:39071/v2/conversations/14"},"mailbox":{"href":"http://127.0.0.1:39071/v2/mailboxes/1"},"primaryCustomer":{"href":"http://127.0.0.1:39071/v2/customers/9"},"createdByCustomer":{"href":"http://127.0.0.1:39071/v2/customers/9"},"assignee":{"href":"http://127.0.0.1:39071/v2/users/6"},"threads":{"href":"http://127.0.0.1:39071/v2/conversations/14/threads/"},"web":{"href":"http://127.0.0.1:39071/conversation/14/14"}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838894082, 246599838767105, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599838767105"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.761Z","data":{"id":246599838767105,"kind":"message.added","at":"2026-11-28T19:37:18.761Z","entity_id":246599838767104,"conversation_id":15,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838894083, 246599838775296, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599838775296"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.763Z","data":{"id":246599838775296,"kind":"message.added","at":"2026-11-28T19:37:18.763Z","entity_id":246599838775296,"conversation_id":15,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery VALUES (1, 1, 246599838689280, 246599838578688, 1, 'message.added', '{"content-type":"application/json","webhook-id":"evt_246599838578688"}', '{"type":"message.added","timestamp":"2026-11-28T19:37:18.715Z","data":{"id":246599838578688,"kind":"message.added","at":"2026-11-28T19:37:18.715Z","entity_id":246599838578688,"conversation_id":14,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}', 'delivered', 1, 0, NULL);
INSERT INTO public.delivery_attempt VALUES (1, 2, 246599837198336, 1, 1795894638378, 0, NULL, NULL, 'cannot connect: Connection refused (os error 111)');
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599837198337, 1, 1795894638374, 1, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599837751296, 1, 1795894638500, 2, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599837751297, 1, 1795894638502, 0, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599837751298, 1, 1795894638503, 7, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 3, 246599837923328, 1, 1795894638551, 3, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 3, 246599838164992, 1, 1795894638613, 0, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838156800, 1, 1795894638601, 1, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838156801, 1, 1795894638603, 8, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838156802, 1, 1795894638611, 0, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838222337, 1, 1795894638623, 0, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838222338, 1, 1795894638624, 0, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838382080, 1, 1795894638650, 4, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 3, 246599838423040, 1, 1795894638675, 1, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838648321, 1, 1795894638716, 0, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838648322, 1, 1795894638717, 13, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838689280, 1, 1795894638739, 2, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 3, 246599838689282, 1, 1795894638742, 0, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838767104, 1, 1795894638760, 1, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838894082, 1, 1795894638784, 4, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 1, 246599838894083, 1, 1795894638789, 1, 204, '', NULL);
INSERT INTO public.delivery_attempt VALUES (1, 3, 246599839066112, 1, 1795894638828, 5, 204, '', NULL);
INSERT INTO public.email_owner VALUES (1, 'mirela.okonjo@mail.example', 1);
INSERT INTO public.email_owner VALUES (1, 'anselm.reyes@mail.example', 2);
INSERT INTO public.email_owner VALUES (1, 'suvi.lindqvist@mail.example', 3);
INSERT INTO public.email_owner VALUES (2, 'aurelio.pell@mail.example', 1000000);
INSERT INTO public.email_owner VALUES (1, 'kept@example.org', 9);
INSERT INTO public.email_owner VALUES (1, 'merged@example.org', 9);
INSERT INTO public.event VALUES (1, 246599835723776, 'account.created', NULL, 1, NULL, NULL, NULL, 0, '{"changes":{"name":[null,"Larkspur House"]}}', 1, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835731968, 'agent.created', NULL, 2, NULL, NULL, NULL, 0, '{"changes":{"email":[null,"orla.finch@larkspur.example"],"first_name":[null,"Orla"],"last_name":[null,"Finch"]}}', 2, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835736064, 'agent.created', NULL, 3, NULL, NULL, NULL, 0, '{"changes":{"email":[null,"desk@larkspur.example"],"first_name":[null,"Front"],"last_name":[null,"Desk"]}}', 3, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835764736, 'agent.created', NULL, 4, NULL, NULL, NULL, 0, '{"changes":{"email":[null,"teo.brandvold@larkspur.example"],"first_name":[null,"Teo"],"last_name":[null,"Brandvold"]}}', 4, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835777024, 'inbox.created', NULL, 1, NULL, NULL, NULL, 0, '{"changes":{"default_agent":[null,3],"name":[null,"Larkspur House"]}}', 5, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835789312, 'inbox.created', NULL, 2, NULL, NULL, NULL, 0, '{"changes":{"default_agent":[null,3],"name":[null,"Larkspur Boathouse"]}}', 6, 2, NULL);
INSERT INTO public.event VALUES (2, 246599836530688, 'account.created', NULL, 2, NULL, NULL, NULL, 0, '{"changes":{"name":[null,"Tidewater Yard"]}}', 1, NULL, NULL);
INSERT INTO public.event VALUES (2, 246599836534784, 'agent.created', NULL, 1000000, NULL, NULL, NULL, 0, '{"changes":{"email":[null,"ines.corrigan@tidewater.example"],"first_name":[null,"Ines"],"last_name":[null,"Corrigan"]}}', 2, NULL, NULL);
INSERT INTO public.event VALUES (2, 246599836538880, 'inbox.created', NULL, 1000000, NULL, NULL, NULL, 0, '{"changes":{"name":[null,"Tidewater Yard"]}}', 3, 1000000, NULL);
INSERT INTO public.event VALUES (2, 246599836542976, 'customer.created', NULL, 1000000, NULL, NULL, NULL, 0, '{"changes":{"email":[null,"aurelio.pell@mail.example"],"first_name":[null,"Aurelio"],"home_inbox":[null,1000000],"last_name":[null,"Pell"]}}', 4, 1000000, NULL);
INSERT INTO public.event VALUES (2, 246599836547072, 'conversation.created', 1000000, 1000000, NULL, NULL, NULL, 0, '{"changes":{"status":[null,"new"]},"messages":[246599836547072]}', 5, 1000000, NULL);
INSERT INTO public.event VALUES (1, 246599835793408, 'customer.created', NULL, 1, NULL, NULL, NULL, 0, '{"changes":{"email":[null,"mirela.okonjo@mail.example"],"first_name":[null,"Mirela"],"home_inbox":[null,1],"last_name":[null,"Okonjo"],"location":[null,"Whitby"],"organization":[null,"Okonjo & Daughters"],"phone":[null,"+44 1632 960101"]}}', 7, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835797504, 'customer.created', NULL, 2, NULL, NULL, NULL, 0, '{"changes":{"email":[null,"anselm.reyes@mail.example"],"first_name":[null,"Anselm"],"home_inbox":[null,1],"last_name":[null,"Reyes"],"phone":[null,"+44 1632 960102"]}}', 8, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835801600, 'customer.created', NULL, 3, NULL, NULL, NULL, 0, '{"changes":{"email":[null,"suvi.lindqvist@mail.example"],"first_name":[null,"Suvi"],"home_inbox":[null,2],"last_name":[null,"Lindqvist"],"phone":[null,"+44 1632 960103"]}}', 9, 2, NULL);
INSERT INTO public.event VALUES (1, 246599835805696, 'customer.created', NULL, 4, NULL, NULL, NULL, 0, '{"changes":{"first_name":[null,"Dov"],"last_name":[null,"Halloran"],"phone":[null,"+44 1632 960104"]}}', 10, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835805697, 'credential.created', NULL, 1, NULL, NULL, NULL, 0, '{"changes":{"agent":[null,2],"door":[null,"helpscout"],"inboxes":[null,[]],"name":[null,"helpscout"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}', 11, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835809792, 'credential.created', NULL, 2, NULL, NULL, NULL, 0, '{"changes":{"door":[null,"magicline"],"inboxes":[null,[1]],"name":[null,"magicline"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}', 12, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835813888, 'credential.created', NULL, 3, NULL, NULL, NULL, 0, '{"changes":{"door":[null,"magicline"],"inboxes":[null,[1]],"name":[null,"magicline"],"scopes":[null,"conversations.read,conversations.write,messages.read,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}', 13, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835813889, 'credential.created', NULL, 4, NULL, NULL, NULL, 0, '{"changes":{"door":[null,"mykaarma"],"inboxes":[null,[1]],"name":[null,"mykaarma"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}', 14, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835817984, 'credential.created', NULL, 5, NULL, NULL, NULL, 0, '{"changes":{"door":[null,"mews"],"inboxes":[null,[1]],"name":[null,"mews"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}', 15, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835822080, 'credential.created', NULL, 6, NULL, NULL, NULL, 0, '{"changes":{"door":[null,"mews"],"inboxes":[null,[1,2]],"name":[null,"mews"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}', 16, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835822081, 'credential.created', NULL, 7, NULL, NULL, NULL, 0, '{"changes":{"door":[null,"mews"],"inboxes":[null,[1]],"name":[null,"mews"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}', 17, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599835830272, 'conversation.created', 1, 1, NULL, NULL, NULL, 0, '{"changes":{"status":[null,"open"],"tags":[null,["garage"]]},"messages":[246599835830272,246599835830273,246599835830274,246599835830275]}', 18, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835838464, 'conversation.created', 2, 2, NULL, NULL, 2, 1, '{"changes":{"assignee":[null,2],"status":[null,"closed"]},"messages":[246599835838464,246599835838465]}', 19, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835838465, 'conversation.created', 3, 3, NULL, NULL, 4, 1, '{"changes":{"assignee":[null,4],"status":[null,"open"]},"messages":[246599835838466,246599835838467,246599835838468,246599835838469,246599835838470,246599835838471,246599835838472,246599835838473,246599835838474,246599835838475,246599835838476,246599835838477,246599835838478,246599835838479,246599835838480,246599835838481,246599835838482,246599835838483,246599835838484,246599835838485,246599835838486,246599835838487,246599835838488,246599835838489,246599835838490,246599835838491,246599835838492,246599835838493,246599835838494,246599835838495,246599835838496,246599835838497,246599835838498,246599835838499,246599835838500,246599835838501,246599835838502,246599835838503,246599835838504,246599835838505]}', 20, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899904, 'message.added', 3, 246599835899904, NULL, NULL, 4, 1, NULL, 21, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899905, 'message.added', 3, 246599835899905, NULL, NULL, 4, 1, NULL, 22, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899906, 'message.added', 3, 246599835899906, NULL, NULL, 4, 1, NULL, 23, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899907, 'message.added', 3, 246599835899907, NULL, NULL, 4, 1, NULL, 24, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899908, 'message.added', 3, 246599835899908, NULL, NULL, 4, 1, NULL, 25, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899909, 'message.added', 3, 246599835899909, NULL, NULL, 4, 1, NULL, 26, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899910, 'message.added', 3, 246599835899910, NULL, NULL, 4, 1, NULL, 27, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899911, 'message.added', 3, 246599835899911, NULL, NULL, 4, 1, NULL, 28, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899912, 'message.added', 3, 246599835899912, NULL, NULL, 4, 1, NULL, 29, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899913, 'message.added', 3, 246599835899913, NULL, NULL, 4, 1, NULL, 30, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899914, 'message.added', 3, 246599835899914, NULL, NULL, 4, 1, NULL, 31, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899915, 'message.added', 3, 246599835899915, NULL, NULL, 4, 1, NULL, 32, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899916, 'message.added', 3, 246599835899916, NULL, NULL, 4, 1, NULL, 33, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899917, 'message.added', 3, 246599835899917, NULL, NULL, 4, 1, NULL, 34, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899918, 'message.added', 3, 246599835899918, NULL, NULL, 4, 1, NULL, 35, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899919, 'message.added', 3, 246599835899919, NULL, NULL, 4, 1, NULL, 36, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899920, 'message.added', 3, 246599835899920, NULL, NULL, 4, 1, NULL, 37, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899921, 'message.added', 3, 246599835899921, NULL, NULL, 4, 1, NULL, 38, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899922, 'message.added', 3, 246599835899922, NULL, NULL, 4, 1, NULL, 39, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899923, 'message.added', 3, 246599835899923, NULL, NULL, 4, 1, NULL, 40, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899924, 'message.added', 3, 246599835899924, NULL, NULL, 4, 1, NULL, 41, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899925, 'message.added', 3, 246599835899925, NULL, NULL, 4, 1, NULL, 42, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899926, 'message.added', 3, 246599835899926, NULL, NULL, 4, 1, NULL, 43, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899927, 'message.added', 3, 246599835899927, NULL, NULL, 4, 1, NULL, 44, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899928, 'message.added', 3, 246599835899928, NULL, NULL, 4, 1, NULL, 45, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899929, 'message.added', 3, 246599835899929, NULL, NULL, 4, 1, NULL, 46, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899930, 'message.added', 3, 246599835899930, NULL, NULL, 4, 1, NULL, 47, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899931, 'message.added', 3, 246599835899931, NULL, NULL, 4, 1, NULL, 48, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899932, 'message.added', 3, 246599835899932, NULL, NULL, 4, 1, NULL, 49, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899933, 'message.added', 3, 246599835899933, NULL, NULL, 4, 1, NULL, 50, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899934, 'message.added', 3, 246599835899934, NULL, NULL, 4, 1, NULL, 51, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899935, 'message.added', 3, 246599835899935, NULL, NULL, 4, 1, NULL, 52, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899936, 'message.added', 3, 246599835899936, NULL, NULL, 4, 1, NULL, 53, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899937, 'message.added', 3, 246599835899937, NULL, NULL, 4, 1, NULL, 54, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899938, 'message.added', 3, 246599835899938, NULL, NULL, 4, 1, NULL, 55, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899939, 'message.added', 3, 246599835899939, NULL, NULL, 4, 1, NULL, 56, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899940, 'message.added', 3, 246599835899940, NULL, NULL, 4, 1, NULL, 57, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899941, 'message.added', 3, 246599835899941, NULL, NULL, 4, 1, NULL, 58, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899942, 'message.added', 3, 246599835899942, NULL, NULL, 4, 1, NULL, 59, 1, NULL);
INSERT INTO public.event VALUES (1, 246599835899943, 'message.added', 3, 246599835899943, NULL, NULL, 4, 1, NULL, 60, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080128, 'message.added', 3, 246599836080128, NULL, NULL, 4, 1, NULL, 61, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080129, 'message.added', 3, 246599836080129, NULL, NULL, 4, 1, NULL, 62, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080130, 'message.added', 3, 246599836080130, NULL, NULL, 4, 1, NULL, 63, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080131, 'message.added', 3, 246599836080131, NULL, NULL, 4, 1, NULL, 64, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080132, 'message.added', 3, 246599836080132, NULL, NULL, 4, 1, NULL, 65, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080133, 'message.added', 3, 246599836080133, NULL, NULL, 4, 1, NULL, 66, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080134, 'message.added', 3, 246599836080134, NULL, NULL, 4, 1, NULL, 67, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080135, 'message.added', 3, 246599836080135, NULL, NULL, 4, 1, NULL, 68, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080136, 'message.added', 3, 246599836080136, NULL, NULL, 4, 1, NULL, 69, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080137, 'message.added', 3, 246599836080137, NULL, NULL, 4, 1, NULL, 70, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080138, 'message.added', 3, 246599836080138, NULL, NULL, 4, 1, NULL, 71, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080139, 'message.added', 3, 246599836080139, NULL, NULL, 4, 1, NULL, 72, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080140, 'message.added', 3, 246599836080140, NULL, NULL, 4, 1, NULL, 73, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080141, 'message.added', 3, 246599836080141, NULL, NULL, 4, 1, NULL, 74, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080142, 'message.added', 3, 246599836080142, NULL, NULL, 4, 1, NULL, 75, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080143, 'message.added', 3, 246599836080143, NULL, NULL, 4, 1, NULL, 76, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080144, 'message.added', 3, 246599836080144, NULL, NULL, 4, 1, NULL, 77, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836080145, 'message.added', 3, 246599836080145, NULL, NULL, 4, 1, NULL, 78, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836157952, 'conversation.created', 4, 4, NULL, NULL, NULL, 1, '{"changes":{"status":[null,"open"]},"messages":[246599836157952,246599836157953,246599836157954,246599836157955,246599836157956,246599836157957,246599836157958,246599836157959,246599836157960,246599836157961,246599836157962,246599836157963,246599836157964,246599836157965,246599836157966,246599836157967,246599836157968,246599836157969,246599836157970,246599836157971,246599836157972,246599836157973,246599836157974,246599836157975,246599836157976,246599836157977,246599836157978,246599836157979,246599836157980,246599836157981,246599836157982,246599836157983,246599836157984,246599836157985,246599836157986,246599836157987,246599836157988,246599836157989,246599836157990,246599836157991]}', 79, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198912, 'message.added', 4, 246599836198912, NULL, NULL, NULL, 1, NULL, 80, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198913, 'message.added', 4, 246599836198913, NULL, NULL, NULL, 1, NULL, 81, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198914, 'message.added', 4, 246599836198914, NULL, NULL, NULL, 1, NULL, 82, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198915, 'message.added', 4, 246599836198915, NULL, NULL, NULL, 1, NULL, 83, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198916, 'message.added', 4, 246599836198916, NULL, NULL, NULL, 1, NULL, 84, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198917, 'message.added', 4, 246599836198917, NULL, NULL, NULL, 1, NULL, 85, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198918, 'message.added', 4, 246599836198918, NULL, NULL, NULL, 1, NULL, 86, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198919, 'message.added', 4, 246599836198919, NULL, NULL, NULL, 1, NULL, 87, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198920, 'message.added', 4, 246599836198920, NULL, NULL, NULL, 1, NULL, 88, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198921, 'message.added', 4, 246599836198921, NULL, NULL, NULL, 1, NULL, 89, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198922, 'message.added', 4, 246599836198922, NULL, NULL, NULL, 1, NULL, 90, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198923, 'message.added', 4, 246599836198923, NULL, NULL, NULL, 1, NULL, 91, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198924, 'message.added', 4, 246599836198924, NULL, NULL, NULL, 1, NULL, 92, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198925, 'message.added', 4, 246599836198925, NULL, NULL, NULL, 1, NULL, 93, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198926, 'message.added', 4, 246599836198926, NULL, NULL, NULL, 1, NULL, 94, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198927, 'message.added', 4, 246599836198927, NULL, NULL, NULL, 1, NULL, 95, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198928, 'message.added', 4, 246599836198928, NULL, NULL, NULL, 1, NULL, 96, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198929, 'message.added', 4, 246599836198929, NULL, NULL, NULL, 1, NULL, 97, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198930, 'message.added', 4, 246599836198930, NULL, NULL, NULL, 1, NULL, 98, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198931, 'message.added', 4, 246599836198931, NULL, NULL, NULL, 1, NULL, 99, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198932, 'message.added', 4, 246599836198932, NULL, NULL, NULL, 1, NULL, 100, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198933, 'message.added', 4, 246599836198933, NULL, NULL, NULL, 1, NULL, 101, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198934, 'message.added', 4, 246599836198934, NULL, NULL, NULL, 1, NULL, 102, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198935, 'message.added', 4, 246599836198935, NULL, NULL, NULL, 1, NULL, 103, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198936, 'message.added', 4, 246599836198936, NULL, NULL, NULL, 1, NULL, 104, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198937, 'message.added', 4, 246599836198937, NULL, NULL, NULL, 1, NULL, 105, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198938, 'message.added', 4, 246599836198938, NULL, NULL, NULL, 1, NULL, 106, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198939, 'message.added', 4, 246599836198939, NULL, NULL, NULL, 1, NULL, 107, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198940, 'message.added', 4, 246599836198940, NULL, NULL, NULL, 1, NULL, 108, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198941, 'message.added', 4, 246599836198941, NULL, NULL, NULL, 1, NULL, 109, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198942, 'message.added', 4, 246599836198942, NULL, NULL, NULL, 1, NULL, 110, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198943, 'message.added', 4, 246599836198943, NULL, NULL, NULL, 1, NULL, 111, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198944, 'message.added', 4, 246599836198944, NULL, NULL, NULL, 1, NULL, 112, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198945, 'message.added', 4, 246599836198945, NULL, NULL, NULL, 1, NULL, 113, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198946, 'message.added', 4, 246599836198946, NULL, NULL, NULL, 1, NULL, 114, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198947, 'message.added', 4, 246599836198947, NULL, NULL, NULL, 1, NULL, 115, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198948, 'message.added', 4, 246599836198948, NULL, NULL, NULL, 1, NULL, 116, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198949, 'message.added', 4, 246599836198949, NULL, NULL, NULL, 1, NULL, 117, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198950, 'message.added', 4, 246599836198950, NULL, NULL, NULL, 1, NULL, 118, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836198951, 'message.added', 4, 246599836198951, NULL, NULL, NULL, 1, NULL, 119, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264448, 'message.added', 4, 246599836264448, NULL, NULL, NULL, 1, NULL, 120, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264449, 'message.added', 4, 246599836264449, NULL, NULL, NULL, 1, NULL, 121, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264450, 'message.added', 4, 246599836264450, NULL, NULL, NULL, 1, NULL, 122, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264451, 'message.added', 4, 246599836264451, NULL, NULL, NULL, 1, NULL, 123, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264452, 'message.added', 4, 246599836264452, NULL, NULL, NULL, 1, NULL, 124, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264453, 'message.added', 4, 246599836264453, NULL, NULL, NULL, 1, NULL, 125, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264454, 'message.added', 4, 246599836264454, NULL, NULL, NULL, 1, NULL, 126, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264455, 'message.added', 4, 246599836264455, NULL, NULL, NULL, 1, NULL, 127, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264456, 'message.added', 4, 246599836264456, NULL, NULL, NULL, 1, NULL, 128, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264457, 'message.added', 4, 246599836264457, NULL, NULL, NULL, 1, NULL, 129, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264458, 'message.added', 4, 246599836264458, NULL, NULL, NULL, 1, NULL, 130, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264459, 'message.added', 4, 246599836264459, NULL, NULL, NULL, 1, NULL, 131, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264460, 'message.added', 4, 246599836264460, NULL, NULL, NULL, 1, NULL, 132, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264461, 'message.added', 4, 246599836264461, NULL, NULL, NULL, 1, NULL, 133, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264462, 'message.added', 4, 246599836264462, NULL, NULL, NULL, 1, NULL, 134, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264463, 'message.added', 4, 246599836264463, NULL, NULL, NULL, 1, NULL, 135, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264464, 'message.added', 4, 246599836264464, NULL, NULL, NULL, 1, NULL, 136, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264465, 'message.added', 4, 246599836264465, NULL, NULL, NULL, 1, NULL, 137, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836264466, 'message.added', 4, 246599836264466, NULL, NULL, NULL, 1, NULL, 138, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836297216, 'conversation.created', 5, 5, NULL, NULL, NULL, 1, '{"changes":{"status":[null,"new"]},"messages":[246599836297216]}', 139, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836309504, 'conversation.created', 6, 6, NULL, NULL, 4, 1, '{"changes":{"assignee":[null,4],"status":[null,"closed"]},"messages":[246599836309504,246599836309505]}', 140, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836329984, 'conversation.updated', 6, 6, NULL, NULL, 4, 0, '{"changes":{"archived":[false,true]}}', 141, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836379136, 'customer.created', NULL, 5, NULL, NULL, NULL, 0, '{"changes":{"first_name":[null,"Ilka"],"home_inbox":[null,1],"last_name":[null,"Varga"]}}', 142, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836379137, 'conversation.created', 7, 7, NULL, NULL, NULL, 0, '{"changes":{"status":[null,"closed"]},"messages":[246599836379136,246599836379137]}', 143, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836444672, 'customer.created', NULL, 6, NULL, NULL, NULL, 0, '{"changes":{"first_name":[null,"Bram"],"home_inbox":[null,1],"last_name":[null,"Achterberg"]}}', 144, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836444673, 'conversation.created', 8, 8, NULL, NULL, NULL, 0, '{"changes":{"status":[null,"new"]},"messages":[246599836444672]}', 145, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836461056, 'customer.created', NULL, 7, NULL, NULL, NULL, 0, '{"changes":{"first_name":[null,"Noor El"],"home_inbox":[null,1],"last_name":[null,"Amrani"]}}', 146, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836461057, 'conversation.created', 9, 9, NULL, NULL, NULL, 0, '{"changes":{"status":[null,"new"]},"messages":[246599836461056]}', 147, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836493824, 'conversation.created', 10, 10, NULL, NULL, NULL, 0, '{"changes":{"status":[null,"new"]},"messages":[246599836493824]}', 148, 2, NULL);
INSERT INTO public.event VALUES (1, 246599836510208, 'conversation.merged', 1, 1, NULL, NULL, NULL, 0, '{"merged":{"conversation":5,"inbox":1,"status":"new"}}', 149, 1, NULL);
INSERT INTO public.event VALUES (1, 246599836592128, 'credential.created', NULL, 8, NULL, NULL, NULL, 0, '{"changes":{"door":[null,"native"],"inboxes":[null,[]],"name":[null,"native"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}', 150, NULL, NULL);
INSERT INTO public.event VALUES (1, 246599837042688, 'webhook.created', NULL, 1, 'native', 8, NULL, 0, '{"changes":{"door":[null,"native"],"enabled":[null,true],"events":[null,["agent.created","customer.created","message.added"]],"inboxes":[null,[]],"label":[null,"Taken"],"ordered":[null,false],"url":[null,"http://127.0.0.1:34165/hook?***"]}}', 151, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837104128, 'webhook.created', NULL, 2, 'native', 8, NULL, 0, '{"changes":{"door":[null,"native"],"enabled":[null,true],"events":[null,["agent.created","customer.created","message.added"]],"inboxes":[null,[]],"label":[null,"Nobody there"],"ordered":[null,true],"url":[null,"http://127.0.0.1:1/"]}}', 152, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837612032, 'account.updated', NULL, 1, 'native', 8, NULL, 0, '{"changes":{"name":["Larkspur House","Larkspur & Sons"]}}', 157, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837640704, 'agent.created', NULL, 6, 'native', 8, NULL, 0, '{"changes":{"email":[null,""],"first_name":[null,"Mina"],"last_name":[null,"Roth"]}}', 158, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837652992, 'customer.created', NULL, 8, 'native', 8, NULL, 0, '{"changes":{"email":[null,"merged@example.org"],"first_name":[null,"merged"],"phone":[null,"+49 30 123456"]}}', 159, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838767105, 'message.added', 15, 246599838767104, 'native', 8, NULL, 0, NULL, 185, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838214144, 'conversation.created', 13, 13, 'native', 8, NULL, 0, '{"changes":{"status":[null,"new"]},"erased":true}', 172, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837116416, 'webhook.created', NULL, 3, 'native', 8, NULL, 0, '{"changes":{"door":[null,"helpscout"],"enabled":[null,true],"events":[null,["convo.created"]],"inboxes":[null,[1]],"label":[null,""],"ordered":[null,false],"url":[null,"http://127.0.0.1:34165/"]}}', 153, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837136896, 'webhook.created', NULL, 4, 'native', 8, NULL, 0, '{"changes":{"door":[null,"native"],"enabled":[null,true],"events":[null,["agent.created","customer.created","message.added"]],"inboxes":[null,[]],"label":[null,"Off"],"ordered":[null,false],"url":[null,"http://127.0.0.1:34165/"]}}', 154, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837149184, 'webhook.updated', NULL, 4, 'native', 8, NULL, 0, '{"changes":{"enabled":[true,false]}}', 155, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837157376, 'agent.created', NULL, 5, 'native', 8, NULL, 0, '{"changes":{"email":[null,""],"first_name":[null,"Told"],"last_name":[null,"About"]}}', 156, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837665280, 'customer.created', NULL, 9, 'native', 8, NULL, 0, '{"changes":{"email":[null,"kept@example.org"],"first_name":[null,"kept"],"phone":[null,"+49 30 123456"]}}', 160, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837698048, 'conversation.created', 11, 11, 'native', 8, NULL, 0, '{"changes":{"custom_fields":[null,{"colour":"red"}],"status":[null,"new"],"tags":[null,["vip"]]}}', 162, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837710336, 'conversation.updated', 11, 11, 'native', 8, NULL, 0, '{"changes":{"assignee":[null,6]}}', 163, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838038016, 'conversation.created', 12, 12, 'native', 8, NULL, 0, '{"changes":{"custom_fields":[null,{"colour":"red"}],"status":[null,"new"],"tags":[null,["vip"]]}}', 167, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838177280, 'message.added', 12, 246599838177280, 'native', 8, NULL, 0, NULL, 169, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838197760, 'message.added', 12, 246599838197760, 'native', 8, NULL, 0, NULL, 171, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838271488, 'message.added', 13, 246599838271488, 'native', 8, NULL, 0, NULL, 174, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838283776, 'message.added', 13, 246599838283776, 'native', 8, NULL, 0, NULL, 176, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838328832, 'conversation.updated', 14, 14, 'native', 8, NULL, 0, '{"changes":{"assignee":[null,6]}}', 178, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838775296, 'message.added', 15, 246599838775296, 'native', 8, NULL, 0, NULL, 186, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838824448, 'conversation.merged', 15, 15, 'native', 8, NULL, 0, '{"merged":{"conversation":14,"inbox":1,"status":"new"}}', 187, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599839008768, 'conversation.updated', 13, 13, 'native', 8, NULL, 0, '{"erased":true,"job":246599838967808}', 195, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837669376, 'customer.created', NULL, 10, 'native', 8, NULL, 0, '{"erased":true}', 161, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599837992960, 'message.added', 11, 246599837992960, 'native', 8, NULL, 0, NULL, 164, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838013440, 'message.added', 11, 246599838013440, 'native', 8, NULL, 0, NULL, 165, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838025728, 'message.added', 11, 246599838025728, 'native', 8, NULL, 0, NULL, 166, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838054400, 'conversation.updated', 12, 12, 'native', 8, NULL, 0, '{"changes":{"assignee":[null,6]}}', 168, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838222336, 'conversation.updated', 13, 13, 'native', 8, NULL, 0, '{"changes":{"assignee":[null,6]}}', 173, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838578688, 'message.added', 14, 246599838578688, 'native', 8, NULL, 0, NULL, 181, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838648320, 'conversation.created', 15, 15, 'native', 8, NULL, 0, '{"changes":{"custom_fields":[null,{"colour":"red"}],"status":[null,"new"],"tags":[null,["vip"]]}}', 182, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838939136, 'conversation.updated', 12, 12, 'native', 8, NULL, 0, '{"changes":{"status":["new","closed"],"tags":[["vip"],["late","vip"]]}}', 190, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838967808, 'customer.erased', NULL, 10, 'native', 8, NULL, 0, NULL, 193, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838185472, 'message.added', 12, 246599838185472, 'native', 8, NULL, 0, NULL, 170, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838275584, 'message.added', 13, 246599838275584, 'native', 8, NULL, 0, NULL, 175, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838316544, 'conversation.created', 14, 14, 'native', 8, NULL, 0, '{"changes":{"custom_fields":[null,{"colour":"red"}],"status":[null,"new"],"tags":[null,["vip"]]}}', 177, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838427136, 'message.added', 14, 246599838427136, 'native', 8, NULL, 0, NULL, 179, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838509056, 'message.added', 14, 246599838509056, 'native', 8, NULL, 0, NULL, 180, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838730240, 'message.added', 15, 246599838730240, 'native', 8, NULL, 0, NULL, 184, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838894080, 'conversation.created', 16, 16, 'native', 8, NULL, 0, '{"changes":{"assignee":[null,6],"status":[null,"new"]},"messages":[246599838197760],"split_from":12}', 188, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838894081, 'conversation.split', 12, 12, 'native', 8, NULL, 0, '{"into":16,"messages":[246599838197760]}', 189, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599839508480, 'credential.created', NULL, 9, 'native', 8, NULL, 0, '{"changes":{"door":[null,"native"],"inboxes":[null,[]],"name":[null,"Reports"],"scopes":[null,"conversations.read"]}}', 196, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599839528960, 'credential.created', NULL, 10, 'native', 8, NULL, 0, '{"changes":{"door":[null,"magicline"],"inboxes":[null,[1]],"name":[null,"Till"],"scopes":[null,"conversations.read"]}}', 197, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599839553536, 'credential.updated', NULL, 9, 'native', 8, NULL, 0, '{"changes":{"name":["Reports","Reports of the month"]}}', 199, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838689281, 'conversation.updated', 15, 15, 'native', 8, NULL, 0, '{"changes":{"assignee":[null,6]}}', 183, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838951424, 'customer.merged', NULL, 8, 'native', 8, NULL, 0, '{"changes":{"merged_into":[null,9]}}', 191, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838951425, 'customer.updated', NULL, 9, 'native', 8, NULL, 0, '{"changes":{"addresses":[[{"kind":"email","position":0,"value":"kept@example.org"},{"kind":"phone","position":1,"value":"+49 30 123456"}],[{"kind":"email","position":0,"value":"kept@example.org"},{"kind":"phone","position":1,"value":"+49 30 123456"},{"kind":"email","position":2,"value":"merged@example.org"}]]},"merged":8}', 192, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599838988288, 'conversation.updated', 11, 11, 'native', 8, NULL, 0, '{"changes":{"customer":[8,9]}}', 194, 1, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599839533056, 'credential.revoked', NULL, 10, 'native', 8, NULL, 0, '{"changes":{"revoked":[false,true]}}', 198, NULL, '127.0.0.1');
INSERT INTO public.event VALUES (1, 246599839972736, 'inbox.created', NULL, 3, NULL, NULL, NULL, 0, '{"changes":{"name":[null,"Workshop"]}}', NULL, 3, NULL);
INSERT INTO public.feed VALUES (2, 5);
INSERT INTO public.feed VALUES (1, 199);
INSERT INTO public.feed_reader VALUES (1, 'webhook:2', 156);
INSERT INTO public.feed_reader VALUES (2, 'counts', 5);
INSERT INTO public.feed_reader VALUES (1, 'counts', 195);
INSERT INTO public.feed_reader VALUES (1, 'webhook:3', 199);
INSERT INTO public.feed_reader VALUES (1, 'webhook:1', 199);
INSERT INTO public.inbox VALUES (1, 1, 'Larkspur House', 3, 0, 1795894638031, 246599835777024);
INSERT INTO public.inbox VALUES (1, 2, 'Larkspur Boathouse', 3, 0, 1795894638034, 246599835789312);
INSERT INTO public.inbox VALUES (2, 1000000, 'Tidewater Yard', NULL, 0, 1795894638217, 246599836538880);
INSERT INTO public.inbox VALUES (1, 3, 'Workshop', NULL, 0, 1795894639055, 246599839972736);
INSERT INTO public.message VALUES (1, 1, 246599835830272, 1, 'message', 'email', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Hello, the roof box you fitted last week does not lock any more. The key turns, but the lid springs open. We leave on Saturday.', 1795621038043, NULL, 1, 0, NULL, 'open', NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 1, 246599835830273, 1, 'message', 'email', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'That should not happen, I am sorry. Could you come by on Thursday before ten? Teo will have a new lock here.', 1795631838043, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 1, 246599835830274, 1, 'note', 'other', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Lock ordered, part RB-7. If it is late, take the one from the display model.', 1795642638043, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 1, 246599835830275, 1, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Asked whether Thursday at half past eight is fine, and whether the spare key can be cut at the same time.', 1795894638044, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 2, 246599835838464, 1, 'message', 'text_message', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Our train is late, we will not be there before eleven. Is somebody at the desk?', 1794242238045, NULL, 1, 0, NULL, 'closed', NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 2, 246599835838465, 1, 'message', 'text_message', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'The night porter lets you in, ring twice. Soup is in the warm oven.', 1794245838045, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838466, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 1 of 98 about "Restoring the green roadster".', 1793302638046, NULL, 1, 0, NULL, 'open', NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838467, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 2 of 98 about "Restoring the green roadster".', 1793324678862, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838468, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 3 of 98 about "Restoring the green roadster".', 1793346719678, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838469, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 4 of 98 about "Restoring the green roadster".', 1793368760494, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838470, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 5 of 98 about "Restoring the green roadster".', 1793390801310, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838471, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 6 of 98 about "Restoring the green roadster".', 1793412842126, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838472, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 7 of 98 about "Restoring the green roadster".', 1793434882942, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838473, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 8 of 98 about "Restoring the green roadster".', 1793456923758, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838474, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 9 of 98 about "Restoring the green roadster".', 1793478964574, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838475, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 10 of 98 about "Restoring the green roadster".', 1793501005390, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838476, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 11 of 98 about "Restoring the green roadster".', 1793523046206, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838477, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 12 of 98 about "Restoring the green roadster".', 1793545087022, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838478, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 13 of 98 about "Restoring the green roadster".', 1793567127838, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838479, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 14 of 98 about "Restoring the green roadster".', 1793589168654, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838480, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 15 of 98 about "Restoring the green roadster".', 1793611209470, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838481, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 16 of 98 about "Restoring the green roadster".', 1793633250286, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838482, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 17 of 98 about "Restoring the green roadster".', 1793655291102, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838483, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 18 of 98 about "Restoring the green roadster".', 1793677331918, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838484, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 19 of 98 about "Restoring the green roadster".', 1793699372734, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838485, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 20 of 98 about "Restoring the green roadster".', 1793721413550, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838486, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 21 of 98 about "Restoring the green roadster".', 1793743454366, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838487, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 22 of 98 about "Restoring the green roadster".', 1793765495182, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838488, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 23 of 98 about "Restoring the green roadster".', 1793787535998, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838489, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 24 of 98 about "Restoring the green roadster".', 1793809576814, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838490, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 25 of 98 about "Restoring the green roadster".', 1793831617630, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838491, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 26 of 98 about "Restoring the green roadster".', 1793853658446, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838492, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 27 of 98 about "Restoring the green roadster".', 1793875699262, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838493, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 28 of 98 about "Restoring the green roadster".', 1793897740078, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838494, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 29 of 98 about "Restoring the green roadster".', 1793919780894, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838495, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 30 of 98 about "Restoring the green roadster".', 1793941821710, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838496, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 31 of 98 about "Restoring the green roadster".', 1793963862526, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838497, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 32 of 98 about "Restoring the green roadster".', 1793985903342, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838498, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 33 of 98 about "Restoring the green roadster".', 1794007944158, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838499, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 34 of 98 about "Restoring the green roadster".', 1794029984974, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838500, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 35 of 98 about "Restoring the green roadster".', 1794052025790, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838501, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 36 of 98 about "Restoring the green roadster".', 1794074066606, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838502, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 37 of 98 about "Restoring the green roadster".', 1794096107422, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838503, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 38 of 98 about "Restoring the green roadster".', 1794118148238, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838504, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 39 of 98 about "Restoring the green roadster".', 1794140189054, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835838505, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 40 of 98 about "Restoring the green roadster".', 1794162229870, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899904, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 41 of 98 about "Restoring the green roadster".', 1794184270686, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899905, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 42 of 98 about "Restoring the green roadster".', 1794206311502, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899906, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 43 of 98 about "Restoring the green roadster".', 1794228352318, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899907, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 44 of 98 about "Restoring the green roadster".', 1794250393134, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899908, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 45 of 98 about "Restoring the green roadster".', 1794272433950, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899909, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 46 of 98 about "Restoring the green roadster".', 1794294474766, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899910, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 47 of 98 about "Restoring the green roadster".', 1794316515582, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899911, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 48 of 98 about "Restoring the green roadster".', 1794338556398, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899912, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 49 of 98 about "Restoring the green roadster".', 1794360597214, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899913, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 50 of 98 about "Restoring the green roadster".', 1794382638030, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899914, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 51 of 98 about "Restoring the green roadster".', 1794404678846, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899915, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 52 of 98 about "Restoring the green roadster".', 1794426719662, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899916, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 53 of 98 about "Restoring the green roadster".', 1794448760478, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899917, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 54 of 98 about "Restoring the green roadster".', 1794470801294, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899918, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 55 of 98 about "Restoring the green roadster".', 1794492842110, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899919, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 56 of 98 about "Restoring the green roadster".', 1794514882926, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899920, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 57 of 98 about "Restoring the green roadster".', 1794536923742, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899921, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 58 of 98 about "Restoring the green roadster".', 1794558964558, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899922, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 59 of 98 about "Restoring the green roadster".', 1794581005374, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899923, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 60 of 98 about "Restoring the green roadster".', 1794603046190, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899924, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 61 of 98 about "Restoring the green roadster".', 1794625087006, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899925, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 62 of 98 about "Restoring the green roadster".', 1794647127822, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899926, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 63 of 98 about "Restoring the green roadster".', 1794669168638, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899927, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 64 of 98 about "Restoring the green roadster".', 1794691209454, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899928, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 65 of 98 about "Restoring the green roadster".', 1794713250270, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899929, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 66 of 98 about "Restoring the green roadster".', 1794735291086, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899930, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 67 of 98 about "Restoring the green roadster".', 1794757331902, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899931, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 68 of 98 about "Restoring the green roadster".', 1794779372718, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899932, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 69 of 98 about "Restoring the green roadster".', 1794801413534, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899933, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 70 of 98 about "Restoring the green roadster".', 1794823454350, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899934, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 71 of 98 about "Restoring the green roadster".', 1794845495166, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899935, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 72 of 98 about "Restoring the green roadster".', 1794867535982, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899936, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 73 of 98 about "Restoring the green roadster".', 1794889576798, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899937, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 74 of 98 about "Restoring the green roadster".', 1794911617614, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899938, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 75 of 98 about "Restoring the green roadster".', 1794933658430, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899939, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 76 of 98 about "Restoring the green roadster".', 1794955699246, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899940, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 77 of 98 about "Restoring the green roadster".', 1794977740062, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899941, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 78 of 98 about "Restoring the green roadster".', 1794999780878, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899942, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 79 of 98 about "Restoring the green roadster".', 1795021821694, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599835899943, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 80 of 98 about "Restoring the green roadster".', 1795043862510, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080128, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 81 of 98 about "Restoring the green roadster".', 1795065903326, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080129, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 82 of 98 about "Restoring the green roadster".', 1795087944142, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080130, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 83 of 98 about "Restoring the green roadster".', 1795109984958, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080131, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 84 of 98 about "Restoring the green roadster".', 1795132025774, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080132, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 85 of 98 about "Restoring the green roadster".', 1795154066590, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080133, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 86 of 98 about "Restoring the green roadster".', 1795176107406, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080134, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 87 of 98 about "Restoring the green roadster".', 1795198148222, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080135, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 88 of 98 about "Restoring the green roadster".', 1795220189038, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080136, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 89 of 98 about "Restoring the green roadster".', 1795242229854, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080137, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 90 of 98 about "Restoring the green roadster".', 1795264270670, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080138, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 91 of 98 about "Restoring the green roadster".', 1795286311486, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080139, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 92 of 98 about "Restoring the green roadster".', 1795308352302, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080140, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 93 of 98 about "Restoring the green roadster".', 1795330393118, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080141, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 94 of 98 about "Restoring the green roadster".', 1795352433934, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080142, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 95 of 98 about "Restoring the green roadster".', 1795374474750, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080143, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 96 of 98 about "Restoring the green roadster".', 1795396515566, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080144, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 97 of 98 about "Restoring the green roadster".', 1795418556382, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 3, 246599836080145, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Call 98 of 98 about "Restoring the green roadster".', 1795440597198, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157952, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 1 of 99 about "Winter storage".', 1793302638122, NULL, 1, 0, NULL, 'open', NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157953, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 2 of 99 about "Winter storage".', 1793324456303, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157954, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 3 of 99 about "Winter storage".', 1793346274484, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157955, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 4 of 99 about "Winter storage".', 1793368092665, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157956, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 5 of 99 about "Winter storage".', 1793389910846, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157957, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 6 of 99 about "Winter storage".', 1793411729027, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157958, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 7 of 99 about "Winter storage".', 1793433547208, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157959, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 8 of 99 about "Winter storage".', 1793455365389, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157960, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 9 of 99 about "Winter storage".', 1793477183570, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157961, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 10 of 99 about "Winter storage".', 1793499001751, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157962, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 11 of 99 about "Winter storage".', 1793520819932, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157963, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 12 of 99 about "Winter storage".', 1793542638113, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157964, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 13 of 99 about "Winter storage".', 1793564456294, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157965, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 14 of 99 about "Winter storage".', 1793586274475, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157966, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 15 of 99 about "Winter storage".', 1793608092656, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157967, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 16 of 99 about "Winter storage".', 1793629910837, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157968, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 17 of 99 about "Winter storage".', 1793651729018, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157969, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 18 of 99 about "Winter storage".', 1793673547199, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157970, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 19 of 99 about "Winter storage".', 1793695365380, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157971, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 20 of 99 about "Winter storage".', 1793717183561, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157972, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 21 of 99 about "Winter storage".', 1793739001742, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157973, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 22 of 99 about "Winter storage".', 1793760819923, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157974, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 23 of 99 about "Winter storage".', 1793782638104, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157975, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 24 of 99 about "Winter storage".', 1793804456285, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157976, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 25 of 99 about "Winter storage".', 1793826274466, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157977, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 26 of 99 about "Winter storage".', 1793848092647, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157978, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 27 of 99 about "Winter storage".', 1793869910828, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157979, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 28 of 99 about "Winter storage".', 1793891729009, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157980, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 29 of 99 about "Winter storage".', 1793913547190, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157981, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 30 of 99 about "Winter storage".', 1793935365371, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157982, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 31 of 99 about "Winter storage".', 1793957183552, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157983, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 32 of 99 about "Winter storage".', 1793979001733, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157984, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 33 of 99 about "Winter storage".', 1794000819914, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157985, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 34 of 99 about "Winter storage".', 1794022638095, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157986, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 35 of 99 about "Winter storage".', 1794044456276, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157987, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 36 of 99 about "Winter storage".', 1794066274457, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157988, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 37 of 99 about "Winter storage".', 1794088092638, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157989, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 38 of 99 about "Winter storage".', 1794109910819, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157990, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 39 of 99 about "Winter storage".', 1794131729000, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836157991, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 40 of 99 about "Winter storage".', 1794153547181, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198912, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 41 of 99 about "Winter storage".', 1794175365362, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198913, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 42 of 99 about "Winter storage".', 1794197183543, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198914, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 43 of 99 about "Winter storage".', 1794219001724, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198915, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 44 of 99 about "Winter storage".', 1794240819905, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198916, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 45 of 99 about "Winter storage".', 1794262638086, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198917, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 46 of 99 about "Winter storage".', 1794284456267, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198918, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 47 of 99 about "Winter storage".', 1794306274448, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198919, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 48 of 99 about "Winter storage".', 1794328092629, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198920, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 49 of 99 about "Winter storage".', 1794349910810, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198921, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 50 of 99 about "Winter storage".', 1794371728991, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198922, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 51 of 99 about "Winter storage".', 1794393547172, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198923, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 52 of 99 about "Winter storage".', 1794415365353, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198924, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 53 of 99 about "Winter storage".', 1794437183534, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198925, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 54 of 99 about "Winter storage".', 1794459001715, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198926, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 55 of 99 about "Winter storage".', 1794480819896, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198927, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 56 of 99 about "Winter storage".', 1794502638077, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198928, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 57 of 99 about "Winter storage".', 1794524456258, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198929, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 58 of 99 about "Winter storage".', 1794546274439, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198930, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 59 of 99 about "Winter storage".', 1794568092620, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198931, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 60 of 99 about "Winter storage".', 1794589910801, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198932, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 61 of 99 about "Winter storage".', 1794611728982, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198933, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 62 of 99 about "Winter storage".', 1794633547163, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198934, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 63 of 99 about "Winter storage".', 1794655365344, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198935, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 64 of 99 about "Winter storage".', 1794677183525, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198936, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 65 of 99 about "Winter storage".', 1794699001706, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198937, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 66 of 99 about "Winter storage".', 1794720819887, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198938, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 67 of 99 about "Winter storage".', 1794742638068, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198939, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 68 of 99 about "Winter storage".', 1794764456249, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198940, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 69 of 99 about "Winter storage".', 1794786274430, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198941, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 70 of 99 about "Winter storage".', 1794808092611, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198942, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 71 of 99 about "Winter storage".', 1794829910792, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198943, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 72 of 99 about "Winter storage".', 1794851728973, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198944, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 73 of 99 about "Winter storage".', 1794873547154, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198945, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 74 of 99 about "Winter storage".', 1794895365335, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198946, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 75 of 99 about "Winter storage".', 1794917183516, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198947, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 76 of 99 about "Winter storage".', 1794939001697, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198948, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 77 of 99 about "Winter storage".', 1794960819878, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198949, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 78 of 99 about "Winter storage".', 1794982638059, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198950, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 79 of 99 about "Winter storage".', 1795004456240, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836198951, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 80 of 99 about "Winter storage".', 1795026274421, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264448, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 81 of 99 about "Winter storage".', 1795048092602, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264449, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 82 of 99 about "Winter storage".', 1795069910783, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264450, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 83 of 99 about "Winter storage".', 1795091728964, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264451, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 84 of 99 about "Winter storage".', 1795113547145, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264452, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 85 of 99 about "Winter storage".', 1795135365326, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264453, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 86 of 99 about "Winter storage".', 1795157183507, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264454, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 87 of 99 about "Winter storage".', 1795179001688, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264455, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 88 of 99 about "Winter storage".', 1795200819869, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264456, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 89 of 99 about "Winter storage".', 1795222638050, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264457, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 90 of 99 about "Winter storage".', 1795244456231, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264458, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 91 of 99 about "Winter storage".', 1795266274412, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264459, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 92 of 99 about "Winter storage".', 1795288092593, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264460, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 93 of 99 about "Winter storage".', 1795309910774, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264461, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 94 of 99 about "Winter storage".', 1795331728955, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264462, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 95 of 99 about "Winter storage".', 1795353547136, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264463, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 96 of 99 about "Winter storage".', 1795375365317, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264464, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 97 of 99 about "Winter storage".', 1795397183498, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264465, 2, 'message', 'phone', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'Call 98 of 99 about "Winter storage".', 1795419001679, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 4, 246599836264466, 2, 'message', 'phone', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Call 99 of 99 about "Winter storage".', 1795440819860, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 6, 246599836309504, 1, 'message', 'letter', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Please send the invoice once more, with the firm''s name on it.', 1790624238159, NULL, 1, 0, NULL, 'closed', NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 6, 246599836309505, 1, 'message', 'letter', 'outgoing', 'published', 'plain', 'agent', 4, NULL, NULL, 'Enclosed, with apologies for the misspelling.', 1790710638159, NULL, 1, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 7, 246599836379136, 5, 'message', 'chat', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Could we have an extra cot for our son? He is two.', 1795894638178, NULL, 0, 0, NULL, 'closed', NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 7, 246599836379137, 5, 'message', 'chat', 'outgoing', 'published', 'plain', 'agent', 2, NULL, NULL, 'It is made up already, with the blanket that has the whales.', 1795894638178, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 8, 246599836444672, 6, 'message', 'chat', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'We go out with the tide at half past five. Can we have something to take along?', 1795894638194, NULL, 0, 0, NULL, 'new', NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 9, 246599836461056, 7, 'message', 'chat', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Is there a socket for an electric car in the yard, and does it have to be reserved?', 1795894638198, NULL, 0, 0, NULL, 'new', NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 10, 246599836493824, 3, 'message', 'in_person', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Lost the card in the lake, asked for a new one. No hurry.', 1795894638206, NULL, 0, 0, NULL, 'new', NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 1, 246599836297216, 1, 'message', 'chat', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Is the part there yet?', 1795721838155, NULL, 1, 0, NULL, 'new', NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 1, 246599836510208, 1, 'line_item', 'other', 'outgoing', 'published', 'plain', 'application', NULL, NULL, NULL, '', 1795894638210, NULL, 0, 0, NULL, NULL, '{"action":"merged","originalConversation":5}', 0, 0, NULL, 0);
INSERT INTO public.message VALUES (2, 1000000, 246599836547072, 1000000, 'message', 'email', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Is berth nine still free from June on?', 1795894638219, NULL, 0, 0, NULL, 'new', NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 12, 246599838177280, 9, 'message', 'email', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶', 1795894638617, NULL, 0, 0, NULL, NULL, NULL, 2, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 12, 246599838185472, 9, 'message', 'letter', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, NULL, 1795894638619, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 16, 246599838197760, 9, 'note', 'other', 'outgoing', 'published', 'plain', 'application', NULL, NULL, NULL, 'A note.', 1795894638622, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 11, 246599837992960, 9, 'message', 'email', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶', 1795894638572, NULL, 0, 0, NULL, NULL, NULL, 2, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 15, 246599838578688, 9, 'note', 'other', 'outgoing', 'published', 'plain', 'application', NULL, NULL, NULL, 'A note.', 1795894638715, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 15, 246599838730240, 9, 'message', 'email', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶', 1795894638752, NULL, 0, 0, NULL, NULL, NULL, 2, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 15, 246599838767104, 9, 'message', 'letter', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, NULL, 1795894638761, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 15, 246599838775296, 9, 'note', 'other', 'outgoing', 'published', 'plain', 'application', NULL, NULL, NULL, 'A note.', 1795894638763, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 13, 246599838271488, 10, 'message', 'email', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, '', 1795894638640, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 13, 246599838275584, 10, 'message', 'letter', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, '', 1795894638641, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 13, 246599838283776, 10, 'note', 'other', 'outgoing', 'published', 'plain', 'application', NULL, NULL, NULL, '', 1795894638643, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 15, 246599838427136, 9, 'message', 'email', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, 'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶', 1795894638678, NULL, 0, 0, NULL, NULL, NULL, 2, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 15, 246599838509056, 9, 'message', 'letter', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, NULL, 1795894638698, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 15, 246599838824448, 9, 'line_item', 'other', 'outgoing', 'published', 'plain', 'application', NULL, NULL, NULL, '', 1795894638775, NULL, 0, 0, NULL, NULL, '{"action":"merged","originalConversation":14}', 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 11, 246599838013440, 9, 'message', 'letter', 'incoming', 'published', 'plain', 'customer', NULL, NULL, NULL, NULL, 1795894638577, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message VALUES (1, 11, 246599838025728, 9, 'note', 'other', 'outgoing', 'published', 'plain', 'application', NULL, NULL, NULL, 'A note.', 1795894638580, NULL, 0, 0, NULL, NULL, NULL, 0, 0, NULL, 0);
INSERT INTO public.message_body VALUES (1, 11, 246599838013440, 'A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. ');
INSERT INTO public.message_body VALUES (1, 12, 246599838185472, 'A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. ');
INSERT INTO public.message_body VALUES (1, 15, 246599838767104, 'A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. ');
INSERT INTO public.message_body VALUES (1, 15, 246599838509056, 'A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. ');
INSERT INTO public.migration VALUES (1, 'foundation', 1795894637578);
INSERT INTO public.migration VALUES (2, 'feed', 1795894637630);
INSERT INTO public.migration VALUES (3, 'native', 1795894637704);
INSERT INTO public.migration VALUES (4, 'conversations', 1795894637810);
INSERT INTO public.migration VALUES (5, 'customers', 1795894637905);
INSERT INTO public.migration VALUES (6, 'webhooks', 1795894637966);
INSERT INTO public.migration VALUES (7, 'guests', 1795894637974);
INSERT INTO public.node_slot VALUES (32, '7f380f4a-30cf-482f-8532-02ed97f7dd12', 1795894640979);
INSERT INTO public.node_slot VALUES (54, 'fdb37dc3-9dba-4b1f-9131-208bc6f8f892', 1795894642027);
INSERT INTO public.public_id VALUES (1, 'account', 1, '', '00db4567-2857-4e98-a1f0-3c4100c99a9e');
INSERT INTO public.public_id VALUES (1, 'agent', 1, '', '80180a2e-6935-493d-8d34-c1844f292967');
INSERT INTO public.public_id VALUES (1, 'agent', 2, '', '6c3b0d69-e687-4b46-abb5-4946de49bb36');
INSERT INTO public.public_id VALUES (1, 'agent', 3, '', 'a0f2022b-c95a-4071-b2d5-c2582483126a');
INSERT INTO public.public_id VALUES (1, 'agent', 4, '', '9baaa1ba-b69b-4ed4-811c-93113059cfe3');
INSERT INTO public.public_id VALUES (1, 'inbox', 1, '', '7d2a8d46-a00a-4f91-842c-6800dc4a7f10');
INSERT INTO public.public_id VALUES (1, 'inbox', 2, '', '257542af-f021-4482-85b4-3eed6e98953c');
INSERT INTO public.public_id VALUES (1, 'customer', 1, '', 'ed79f602-291b-4cf9-9124-9f25ac0fba73');
INSERT INTO public.public_id VALUES (1, 'customer', 2, '', '5b4ec6be-3245-4fff-ba2a-3dec8d612af8');
INSERT INTO public.public_id VALUES (1, 'customer', 3, '', '10843f30-24ff-4d90-95e9-9d33475a3e39');
INSERT INTO public.public_id VALUES (1, 'customer', 4, '', '97dfde2e-3c98-4e63-bfe7-ee53ceb5fcfd');
INSERT INTO public.public_id VALUES (1, 'customer', 5, '', '57685993-0884-4263-8efd-659ce833300e');
INSERT INTO public.public_id VALUES (1, 'customer', 6, '', 'dc46b3c5-d0f8-4bfb-b218-6bd910a294e6');
INSERT INTO public.public_id VALUES (1, 'customer', 7, '', '680db035-6470-4ad3-831d-b58abd0af75a');
INSERT INTO public.public_id VALUES (2, 'account', 2, '', '1f9dec82-4b26-4c5a-9403-cbc9a6dbc88c');
INSERT INTO public.public_id VALUES (2, 'agent', 1, '', '9a705b16-4b71-4543-803c-a7bf140e4415');
INSERT INTO public.public_id VALUES (2, 'agent', 1000000, '', '7aff984d-c0b3-4b51-9891-13962c707f8c');
INSERT INTO public.public_id VALUES (2, 'inbox', 1000000, '', '5a5a2dc0-17c3-438d-8554-ae24b0d51ba2');
INSERT INTO public.public_id VALUES (2, 'customer', 1000000, '', 'b24c4fc3-f239-4c79-809e-d93c68119c7d');
INSERT INTO public.public_id VALUES (1, 'agent', 5, '', '74373191-d312-4980-a625-545b6e92228d');
INSERT INTO public.public_id VALUES (1, 'agent', 6, '', '6d026744-dc6b-45ca-92e0-3fe14d2bbaaf');
INSERT INTO public.public_id VALUES (1, 'customer', 8, '', '677108a8-6cfc-4cfb-8a0f-3a3fec62cdaa');
INSERT INTO public.public_id VALUES (1, 'customer', 9, '', '0791625f-89d4-4834-9f7b-427f7883193f');
INSERT INTO public.public_id VALUES (1, 'customer', 10, '', 'ccbc41ee-5ebb-4d28-94d7-9cc8b5c56148');
INSERT INTO public.public_id VALUES (1, 'inbox', 3, '', 'ac471c86-651e-4379-8c1a-34b598009e00');
INSERT INTO public.public_id VALUES (1, 'inbox', 3, 'mykaarma', 'workshop');
INSERT INTO public.tag VALUES (1, 1, 'garage', 1795894638044);
INSERT INTO public.tag VALUES (1, 2, 'vip', 1795894638500);
INSERT INTO public.tag VALUES (1, 3, 'late', 1795894638803);
INSERT INTO public.webhook VALUES (1, 4, 'native', 'Off', 'Ac+lsDISfHhTj89aYzow8Yt3X9pCBnM6/YU0L5GTOGcWiu0mCZoXRPK2rLFFnnHcsO6sf4g9AA', 'agent.created,customer.created,message.added', '', 246599837136896, 'Ac+lsDIDF2lTpqETc/PcOJ93SENCAfgGnvOeBnIDcRzYRBhsXTy/HIzQS+Z0H0gyoYlTN4c1Kkc0PWvffDZrWegeWc/07AIQqCSwBN7bNrGf6+M', NULL, NULL, 0, '', NULL, '{}', 'disabled', 'asked', 1795894638366, 151, NULL, 0, NULL, NULL, 0, NULL, 8, 1795894638363, 246599837149184);
INSERT INTO public.webhook VALUES (1, 2, 'native', 'Nobody there', 'Ac+lsDLYCXL613/nGZtiDd/x4VZwcCRxuiaSaViYxmxw51MZqDFsbRrAciG0Fg5E9sBYTg', 'agent.created,customer.created,message.added', '', 246599837104128, 'Ac+lsDJnAXW6SOgcONFmAFUSZ1pO75OHA/9XVcwQLTZUJr2YFUzwTbzrEPZ2I9+Flw+Hhimgqd35HHqZwO8Lc8dAscxTtsbolKTSwd2z8mdemXQ', NULL, NULL, 1, '', NULL, '{}', 'enabled', NULL, NULL, NULL, NULL, 0, 1795894643939, 1795894638378, 0, NULL, 8, 1795894638355, 246599837104128);
INSERT INTO public.webhook VALUES (1, 3, 'helpscout', '', 'Ac+lsDJd748PnDOpz8W1oPoHu9RWR9u6aIUnLexEfiMyZ3PUaHKty4ZThAjVoKLpFjs/gqNHjA', 'convo.created', '1', 246599837116416, 'Ac+lsDJIsQONaKySKmZAzgZ247eSH3RZx43k/eOnP5dC4VdVJw', NULL, NULL, 0, '', NULL, '{}', 'enabled', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, 1795894638833, 8, 1795894638358, 246599837116416);
INSERT INTO public.webhook VALUES (1, 1, 'native', 'Taken', 'Ac+lsDKnSHAw33y+NwXBpN2T03ASDbw9bZDn7rXU93p8HiiIxcUZQ+hmHtjeRWkGDDUTKlgrNSJuFYnsUfauxGI7NBA', 'agent.created,customer.created,message.added', '', 246599837042688, 'Ac+lsDJoOmHbc+05hVeA5rQZ/oJSOYLob9Aaga4aXJTxgBBQdEeKRnDx2sazhRViHEseGOZUfRgVQpt2vP21eLuA6a6+isZ1dd3tcSCjcDodueE', NULL, NULL, 0, '', NULL, '{}', 'enabled', NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, 1795894638790, 8, 1795894638340, 246599837042688);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.agent
    ADD CONSTRAINT agent_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.conversation_count
    ADD CONSTRAINT conversation_count_pkey PRIMARY KEY (account_id, inbox_id, status);
ALTER TABLE ONLY public.conversation_field
    ADD CONSTRAINT conversation_field_pkey PRIMARY KEY (account_id, conversation_id, name);
ALTER TABLE ONLY public.conversation_guest
    ADD CONSTRAINT conversation_guest_pkey PRIMARY KEY (account_id, customer_id, conversation_id);
ALTER TABLE ONLY public.conversation
    ADD CONSTRAINT conversation_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.conversation_tag
    ADD CONSTRAINT conversation_tag_pkey PRIMARY KEY (account_id, conversation_id, tag_id);
ALTER TABLE ONLY public.counter
    ADD CONSTRAINT counter_pkey PRIMARY KEY (account_id, kind);
ALTER TABLE ONLY public.credential_key
    ADD CONSTRAINT credential_key_pkey PRIMARY KEY (key_hash);
ALTER TABLE ONLY public.credential
    ADD CONSTRAINT credential_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.customer_address
    ADD CONSTRAINT customer_address_pkey PRIMARY KEY (account_id, customer_id, "position");
ALTER TABLE ONLY public.customer_job
    ADD CONSTRAINT customer_job_pkey PRIMARY KEY (account_id, customer_id, id);
ALTER TABLE ONLY public.customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.delegation
    ADD CONSTRAINT delegation_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.delivery_attempt
    ADD CONSTRAINT delivery_attempt_pkey PRIMARY KEY (account_id, webhook_id, delivery_id, number);
ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (account_id, webhook_id, id);
ALTER TABLE ONLY public.email_owner
    ADD CONSTRAINT email_owner_pkey PRIMARY KEY (account_id, email);
ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.feed
    ADD CONSTRAINT feed_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.feed_reader
    ADD CONSTRAINT feed_reader_pkey PRIMARY KEY (account_id, name);
ALTER TABLE ONLY public.feed_start
    ADD CONSTRAINT feed_start_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.idempotency_key
    ADD CONSTRAINT idempotency_key_pkey PRIMARY KEY (account_id, key_hash);
ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.message_body
    ADD CONSTRAINT message_body_pkey PRIMARY KEY (account_id, conversation_id, message_id);
ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.node_slot
    ADD CONSTRAINT node_slot_pkey PRIMARY KEY (slot);
ALTER TABLE ONLY public.public_id
    ADD CONSTRAINT public_id_pkey PRIMARY KEY (account_id, kind, entity_id, door);
ALTER TABLE ONLY public.tag
    ADD CONSTRAINT tag_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.upload
    ADD CONSTRAINT upload_pkey PRIMARY KEY (account_id, id);
ALTER TABLE ONLY public.webhook_allow
    ADD CONSTRAINT webhook_allow_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.webhook
    ADD CONSTRAINT webhook_pkey PRIMARY KEY (account_id, id);
CREATE INDEX attachment_by_message ON public.attachment USING btree (account_id, conversation_id, message_id, id);
CREATE INDEX attachment_by_object ON public.attachment USING btree (account_id, object_name) WHERE (object_name IS NOT NULL);
CREATE INDEX conversation_by_application ON public.conversation USING btree (account_id, application_id, inbox_id, created_at, id) WHERE (application_id IS NOT NULL);
CREATE INDEX conversation_by_application_update ON public.conversation USING btree (account_id, application_id, inbox_id, updated_at, created_at, id) WHERE (application_id IS NOT NULL);
CREATE INDEX conversation_by_assignee ON public.conversation USING btree (account_id, assignee_id, inbox_id, customer_id, archived, closed, last_message_at, id) WHERE (assignee_id IS NOT NULL);
CREATE INDEX conversation_by_assignee_delegation ON public.conversation USING btree (account_id, assignee_id, inbox_id, customer_id, archived, closed, delegated_at, id) WHERE (assignee_id IS NOT NULL);
CREATE INDEX conversation_by_creation ON public.conversation USING btree (account_id, inbox_id, phase, created_at, id);
CREATE INDEX conversation_by_customer ON public.conversation USING btree (account_id, customer_id, inbox_id, archived, closed, last_message_at, id);
CREATE INDEX conversation_by_delegation ON public.conversation USING btree (account_id, customer_id, inbox_id, archived, closed, delegated_at, id) WHERE (delegated_at IS NOT NULL);
CREATE INDEX conversation_by_start ON public.conversation USING btree (account_id, inbox_id, phase, started_at, id);
CREATE INDEX conversation_by_update ON public.conversation USING btree (account_id, inbox_id, updated_at, id);
CREATE INDEX conversation_guest_by_conversation ON public.conversation_guest USING btree (account_id, conversation_id, customer_id);
CREATE INDEX conversation_tag_by_tag ON public.conversation_tag USING btree (account_id, tag_id, conversation_id);
CREATE INDEX credential_key_by_owner ON public.credential_key USING btree (account_id, credential_id, expires_at);
CREATE INDEX customer_address_by_value ON public.customer_address USING btree (account_id, kind, value, customer_id) WHERE (kind <> 'email'::text);
CREATE INDEX customer_by_creation ON public.customer USING btree (account_id, created_at, id);
CREATE INDEX customer_by_survivor ON public.customer USING btree (account_id, merged_into_id, id) WHERE (merged_into_id IS NOT NULL);
CREATE INDEX customer_job_open ON public.customer_job USING btree (account_id, id) WHERE (done_at IS NULL);
CREATE INDEX delegation_by_conversation ON public.delegation USING btree (account_id, conversation_id, id);
CREATE INDEX delivery_due ON public.delivery USING btree (account_id, webhook_id, next_attempt_at) WHERE (next_attempt_at IS NOT NULL);
CREATE INDEX delivery_undelivered ON public.delivery USING btree (account_id, webhook_id, state, id) WHERE (state <> 'delivered'::text);
CREATE INDEX event_by_position ON public.event USING btree (account_id, "position");
CREATE INDEX event_pending ON public.event USING btree (account_id, id) WHERE ("position" IS NULL);
CREATE INDEX idempotency_key_by_age ON public.idempotency_key USING btree (account_id, created_at);
CREATE UNIQUE INDEX message_by_conversation ON public.message USING btree (account_id, conversation_id, id);
CREATE INDEX message_by_occurrence ON public.message USING btree (account_id, conversation_id, occurred_at, id);
CREATE UNIQUE INDEX public_id_by_text ON public.public_id USING btree (account_id, kind, public_id, door);
CREATE UNIQUE INDEX tag_by_name ON public.tag USING btree (account_id, name);
CREATE INDEX upload_by_age ON public.upload USING btree (account_id, created_at, id);
