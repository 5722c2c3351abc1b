PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE migration (
    number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT;
INSERT INTO migration VALUES(1,'foundation',1795894631831);
INSERT INTO migration VALUES(2,'feed',1795894631831);
INSERT INTO migration VALUES(3,'native',1795894631831);
INSERT INTO migration VALUES(4,'conversations',1795894631831);
INSERT INTO migration VALUES(5,'customers',1795894631831);
INSERT INTO migration VALUES(6,'webhooks',1795894631831);
INSERT INTO migration VALUES(7,'guests',1795894631831);
CREATE TABLE node_slot (
    slot INTEGER NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    reserved_until_ms INTEGER NOT NULL
) STRICT;
INSERT INTO node_slot VALUES(0,'21804',1795894637953);
CREATE TABLE account (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    guid_tag INTEGER NOT NULL,
    integration_agent_id INTEGER NOT NULL,
    thread_cap INTEGER NOT NULL,
    lock_after_days INTEGER NOT NULL,
    helpscout_rate INTEGER NOT NULL,
    magicline_rate INTEGER NOT NULL,
    mews_rate INTEGER NOT NULL,
    created_at INTEGER NOT NULL
, version INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO account VALUES(1,'Larkspur & Sons',125050,1,100,0,0,0,0,1795894631994,246599814746112);
INSERT INTO account VALUES(2,'Tidewater Yard',162850,1,100,0,0,0,0,1795894632390,246599812669440);
CREATE TABLE credential_key (
    key_hash BLOB NOT NULL,
    account_id INTEGER NOT NULL,
    credential_id INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (key_hash)
) STRICT, WITHOUT ROWID;
INSERT INTO credential_key VALUES(X'02eb708d77cf27ddbd6e97094e6ffd5a067c8b69d9bb38c7328080e030fb4167',1,1,NULL);
INSERT INTO credential_key VALUES(X'1f0870244c2bf823f46627a3771e3d3e3705abfe319b4bcdbf7d138bef2b5fdb',1,2,NULL);
INSERT INTO credential_key VALUES(X'7a0e9dc52de568b5576e248464a77e16e5b73da087036e2ecc6224df3a8c7aa0',1,3,NULL);
INSERT INTO credential_key VALUES(X'c2767aa500420c2a35a769bcc05ee55781969d0282299739a0cb61f2a1e6761e',1,4,NULL);
INSERT INTO credential_key VALUES(X'64c686f61013b09f46d8ec2a6f5816d5f22de2f06b2f89522d8bbf45da7666d1',1,5,NULL);
INSERT INTO credential_key VALUES(X'44d958e1c4e8585bb7ca92c93963e1a2e577747536f81ca38b2794e95463d74e',1,6,NULL);
INSERT INTO credential_key VALUES(X'6a5e3b74bf578ee33a2407c7374fb0bebce863c955b113be5191b2106e31551f',1,7,NULL);
INSERT INTO credential_key VALUES(X'3d6639457a43af4280fb32d29f6539a78617496bbd343aa0d066ff82605fd309',1,8,NULL);
INSERT INTO credential_key VALUES(X'99527cbc51f758bf2ae5aa08367c92bc6fe63b6194837439f58f1f70a86b2b6c',1,9,NULL);
INSERT INTO credential_key VALUES(X'da6c2f34ceb1a33bdd9a61abd93ff26a1b3b408f132b8a7ba9991423ba68a883',1,10,NULL);
CREATE TABLE counter (
    account_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    next_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind)
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES(0,'account',3);
INSERT INTO counter VALUES(1,'agent',7);
INSERT INTO counter VALUES(1,'application',3);
INSERT INTO counter VALUES(1,'attachment',11);
INSERT INTO counter VALUES(1,'conversation',17);
INSERT INTO counter VALUES(1,'credential',11);
INSERT INTO counter VALUES(1,'customer',11);
INSERT INTO counter VALUES(1,'inbox',4);
INSERT INTO counter VALUES(1,'tag',4);
INSERT INTO counter VALUES(1,'webhook',5);
INSERT INTO counter VALUES(2,'account',1000000);
INSERT INTO counter VALUES(2,'agent',1000001);
INSERT INTO counter VALUES(2,'application',1000000);
INSERT INTO counter VALUES(2,'attachment',1000000);
INSERT INTO counter VALUES(2,'conversation',1000001);
INSERT INTO counter VALUES(2,'credential',1000000);
INSERT INTO counter VALUES(2,'customer',1000001);
INSERT INTO counter VALUES(2,'inbox',1000001);
INSERT INTO counter VALUES(2,'tag',1000000);
INSERT INTO counter VALUES(2,'webhook',1000000);
CREATE TABLE inbox (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    default_agent_id INTEGER,
    messaging_off INTEGER NOT NULL,
    created_at INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO inbox VALUES(1,1,'Larkspur House',3,0,1795894632053,246599811289088);
INSERT INTO inbox VALUES(1,2,'Larkspur Boathouse',3,0,1795894632061,246599811321856);
INSERT INTO inbox VALUES(1,3,'Workshop',NULL,0,1795894633416,246599823167488);
INSERT INTO inbox VALUES(2,1000000,'Tidewater Yard',NULL,0,1795894632428,246599812825088);
CREATE TABLE agent (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL,
    built_in INTEGER NOT NULL,
    created_at INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO agent VALUES(1,1,'Integration','','',1,1795894631994,246599811047424);
INSERT INTO agent VALUES(1,2,'Orla','Finch','orla.finch@larkspur.example',0,1795894632001,246599811076096);
INSERT INTO agent VALUES(1,3,'Front','Desk','desk@larkspur.example',0,1795894632025,246599811174400);
INSERT INTO agent VALUES(1,4,'Teo','Brandvold','teo.brandvold@larkspur.example',0,1795894632033,246599811207168);
INSERT INTO agent VALUES(1,5,'Told','About','',0,1795894632770,246599814225920);
INSERT INTO agent VALUES(1,6,'Mina','Roth','',0,1795894632909,246599814795264);
INSERT INTO agent VALUES(2,1,'Integration','','',1,1795894632390,246599812669440);
INSERT INTO agent VALUES(2,1000000,'Ines','Corrigan','ines.corrigan@tidewater.example',0,1795894632411,246599812755456);
CREATE TABLE public_id (
    account_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    entity_id INTEGER NOT NULL,
    door TEXT NOT NULL,
    public_id TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, entity_id, door)
) STRICT, WITHOUT ROWID;
INSERT INTO public_id VALUES(1,'account',1,'','63d1929e-f2d0-4793-877e-907539d9dc01');
INSERT INTO public_id VALUES(1,'agent',2,'','1f5b8fd0-44f6-405d-9534-f554de8ef13b');
INSERT INTO public_id VALUES(1,'agent',5,'','a069b522-01c2-4fbb-bcfb-df9927b61b95');
INSERT INTO public_id VALUES(1,'agent',1,'','c345a9d5-6056-4303-8bc1-7a8b8c55b36d');
INSERT INTO public_id VALUES(1,'agent',6,'','cdd1fc4f-65d0-406a-85c6-943bf41e3f43');
INSERT INTO public_id VALUES(1,'agent',4,'','ea528181-6ba1-4863-a925-df79c50fa36b');
INSERT INTO public_id VALUES(1,'agent',3,'','edd8f5ea-0095-41a3-a824-71278a9da049');
INSERT INTO public_id VALUES(1,'customer',7,'','0b38abad-06f2-424f-9405-f608e9e4d509');
INSERT INTO public_id VALUES(1,'customer',10,'','413ab49e-cd06-4eb6-ad8d-5cdde82de615');
INSERT INTO public_id VALUES(1,'customer',6,'','498d26af-94af-455e-95da-3e725fb917d5');
INSERT INTO public_id VALUES(1,'customer',8,'','4f195739-b01f-4b63-b54c-068b8a681a7a');
INSERT INTO public_id VALUES(1,'customer',2,'','55ce81fe-39f2-459a-8de9-176d4fc23af6');
INSERT INTO public_id VALUES(1,'customer',5,'','71d151bd-cfef-4d20-8a2e-886ca077604b');
INSERT INTO public_id VALUES(1,'customer',3,'','9b7c0ded-176a-46fe-8529-98544f07e4b2');
INSERT INTO public_id VALUES(1,'customer',9,'','b30cd7bc-109d-493b-a7e8-d0a3ba311ebc');
INSERT INTO public_id VALUES(1,'customer',1,'','b75df0e1-0849-4b9c-90e8-8dde6b979b37');
INSERT INTO public_id VALUES(1,'customer',4,'','c30c28e7-6bf8-4fe7-925d-66a217560ea4');
INSERT INTO public_id VALUES(1,'inbox',3,'','229dd762-5aef-4cd6-a0e9-cc243452d8be');
INSERT INTO public_id VALUES(1,'inbox',2,'','a2f099e5-ea7b-4157-ab0c-5d0ec359ec49');
INSERT INTO public_id VALUES(1,'inbox',1,'','d36df4ec-8f5a-4ec6-badc-86bfee237c64');
INSERT INTO public_id VALUES(1,'inbox',3,'mykaarma','workshop');
INSERT INTO public_id VALUES(2,'account',2,'','334555b5-0512-4266-831c-e963b39bb641');
INSERT INTO public_id VALUES(2,'agent',1000000,'','47c7fcb3-99ba-4523-a64c-f28558a31be3');
INSERT INTO public_id VALUES(2,'agent',1,'','cabe409e-f9b1-464e-ac8d-1f39788397f2');
INSERT INTO public_id VALUES(2,'customer',1000000,'','a876800c-3e3b-4eff-a055-f4a5fde2b737');
INSERT INTO public_id VALUES(2,'inbox',1000000,'','455f6624-a6f9-445e-bde8-317c0dd9dfe0');
CREATE TABLE application (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    client_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO application VALUES(1,1,'Guest chat',X'62f2faac4b4c89afdcb0a57eb42f38f126117b141d7f29585aff37365605a8c4',1795894632162);
INSERT INTO application VALUES(1,2,'Kiosk',X'0540daec06b21590adcbbe5cc127a7c4d336add44bfd45e9dade68411122d439',1795894632167);
CREATE TABLE credential (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    door TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    inboxes TEXT NOT NULL,
    agent_id INTEGER,
    application_id INTEGER,
    portfolio INTEGER NOT NULL,
    public_name TEXT NOT NULL,
    secret_hash BLOB,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER, version INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO credential VALUES(1,1,'helpscout','helpscout','conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read','',2,NULL,0,'7f373ef4ac8c4cd6ae06701abdbb9a1b',X'220240145cfe39673ff1263892811913c50783c61445285dd5816f5db96d1873',1795894632119,NULL,246599811559424);
INSERT INTO credential VALUES(1,2,'magicline','magicline','conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read','1',NULL,NULL,0,'',NULL,1795894632130,NULL,246599811604480);
INSERT INTO credential VALUES(1,3,'magicline','magicline','conversations.read,conversations.write,messages.read,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read','1',NULL,NULL,0,'',NULL,1795894632138,NULL,246599811637248);
INSERT INTO credential VALUES(1,4,'mykaarma','mykaarma','conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read','1',NULL,NULL,0,'9c90a786926047139757b398080610e1',X'0daca9f068ed9ea6a059ab8e7900a9955fdb893e9f8f075cb842089e6c1e033b',1795894632151,NULL,246599811690496);
INSERT INTO credential VALUES(1,5,'mews','mews','conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read','1',NULL,1,0,'',NULL,1795894632173,NULL,246599811780608);
INSERT INTO credential VALUES(1,6,'mews','mews','conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read','1,2',NULL,1,1,'',NULL,1795894632183,NULL,246599811821568);
INSERT INTO credential VALUES(1,7,'mews','mews','conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read','1',NULL,2,0,'',NULL,1795894632189,NULL,246599811846144);
INSERT INTO credential VALUES(1,8,'native','native','conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read','',NULL,NULL,0,'',NULL,1795894632503,NULL,246599813132288);
INSERT INTO credential VALUES(1,9,'native','Reports of the month','conversations.read','',NULL,NULL,0,'',NULL,1795894633325,NULL,246599816515584);
INSERT INTO credential VALUES(1,10,'magicline','Till','conversations.read','1',NULL,NULL,0,'',NULL,1795894633327,1795894633328,246599816511488);
CREATE TABLE customer (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    home_inbox_id INTEGER,
    merged_into_id INTEGER,
    email TEXT,
    first_name TEXT,
    last_name TEXT,
    phone TEXT,
    photo_url TEXT,
    photo_type TEXT,
    job_title TEXT,
    background TEXT,
    location TEXT,
    organization TEXT,
    gender TEXT,
    age TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 0, erased_at INTEGER,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO customer VALUES(1,1,1,NULL,'mirela.okonjo@mail.example','Mirela','Okonjo','+44 1632 960101',NULL,NULL,NULL,NULL,'Whitby','Okonjo & Daughters',NULL,NULL,1795894632076,1795894632076,246599811383296,NULL);
INSERT INTO customer VALUES(1,2,1,NULL,'anselm.reyes@mail.example','Anselm','Reyes','+44 1632 960102',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795894632082,1795894632082,246599811407872,NULL);
INSERT INTO customer VALUES(1,3,2,NULL,'suvi.lindqvist@mail.example','Suvi','Lindqvist','+44 1632 960103',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795894632091,1795894632091,246599811444736,NULL);
INSERT INTO customer VALUES(1,4,NULL,NULL,NULL,'Dov','Halloran','+44 1632 960104',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795894632101,1795894632101,246599811485696,NULL);
INSERT INTO customer VALUES(1,5,1,NULL,NULL,'Ilka','Varga',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795894632329,1795894632329,246599812419584,NULL);
INSERT INTO customer VALUES(1,6,1,NULL,NULL,'Bram','Achterberg',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795894632339,1795894632339,246599812460544,NULL);
INSERT INTO customer VALUES(1,7,1,NULL,NULL,'Noor El','Amrani',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795894632343,1795894632343,246599812476928,NULL);
INSERT INTO customer VALUES(1,8,NULL,9,'merged@example.org','merged',NULL,'+49 30 123456',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795894632930,1795894633209,246599816024064,NULL);
INSERT INTO customer VALUES(1,9,NULL,NULL,'kept@example.org','kept',NULL,'+49 30 123456',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795894632953,1795894633209,246599816024065,NULL);
INSERT INTO customer VALUES(1,10,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795894632967,1795894633219,246599816065024,1795894633219);
INSERT INTO customer VALUES(2,1000000,1000000,NULL,'aurelio.pell@mail.example','Aurelio','Pell',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1795894632446,1795894632446,246599812898816,NULL);
CREATE TABLE customer_address (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, customer_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO customer_address VALUES(1,1,0,'email','mirela.okonjo@mail.example');
INSERT INTO customer_address VALUES(1,1,1,'phone','+44 1632 960101');
INSERT INTO customer_address VALUES(1,2,0,'email','anselm.reyes@mail.example');
INSERT INTO customer_address VALUES(1,2,1,'phone','+44 1632 960102');
INSERT INTO customer_address VALUES(1,3,0,'email','suvi.lindqvist@mail.example');
INSERT INTO customer_address VALUES(1,3,1,'phone','+44 1632 960103');
INSERT INTO customer_address VALUES(1,4,0,'phone','+44 1632 960104');
INSERT INTO customer_address VALUES(1,9,0,'email','kept@example.org');
INSERT INTO customer_address VALUES(1,9,1,'phone','+49 30 123456');
INSERT INTO customer_address VALUES(1,9,2,'email','merged@example.org');
INSERT INTO customer_address VALUES(2,1000000,0,'email','aurelio.pell@mail.example');
CREATE TABLE email_owner (
    account_id INTEGER NOT NULL,
    email TEXT NOT NULL,
    customer_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, email)
) STRICT, WITHOUT ROWID;
INSERT INTO email_owner VALUES(1,'anselm.reyes@mail.example',2);
INSERT INTO email_owner VALUES(1,'kept@example.org',9);
INSERT INTO email_owner VALUES(1,'merged@example.org',9);
INSERT INTO email_owner VALUES(1,'mirela.okonjo@mail.example',1);
INSERT INTO email_owner VALUES(1,'suvi.lindqvist@mail.example',3);
INSERT INTO email_owner VALUES(2,'aurelio.pell@mail.example',1000000);
CREATE TABLE conversation (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    application_id INTEGER,
    subject TEXT NOT NULL,
    kind TEXT,
    status TEXT NOT NULL,
    phase INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    state TEXT NOT NULL,
    archived INTEGER NOT NULL,
    assignee_id INTEGER,
    delegated_at INTEGER,
    ticket_number TEXT,
    ticket_link TEXT,
    original_sender TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_message_at INTEGER NOT NULL,
    last_message_id INTEGER NOT NULL,
    last_event_id INTEGER NOT NULL,
    last_live_at INTEGER NOT NULL,
    last_live_id INTEGER NOT NULL,
    customer_wrote_last INTEGER NOT NULL,
    waiting_since INTEGER,
    agent_acted_at INTEGER,
    closed_at INTEGER,
    closed_by_id INTEGER,
    messages INTEGER NOT NULL,
    published INTEGER NOT NULL,
    contacts INTEGER NOT NULL,
    first_channel TEXT,
    merged_into_id INTEGER,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO conversation VALUES(1,1,1,1,1,NULL,'Roof box does not lock',NULL,'open',0,0,'published',0,NULL,NULL,NULL,NULL,NULL,1795894632212,1795621032199,1795894632371,1795894632212,246599812591616,246599812591616,1795894632212,246599811940355,1,1795894632212,NULL,NULL,NULL,5,5,4,'email',NULL);
INSERT INTO conversation VALUES(1,2,2,1,1,NULL,'Late arrival on Friday',NULL,'closed',2,1,'published',0,2,1795894632222,NULL,NULL,NULL,1795894632222,1794242232222,1795894632222,1794245832222,246599811981313,246599811981312,-9223372036854775808,0,0,NULL,NULL,1794245832222,2,2,2,2,'text_message',NULL);
INSERT INTO conversation VALUES(1,3,3,1,2,NULL,'Restoring the green roadster',NULL,'open',0,0,'published',0,4,1795894632233,NULL,NULL,NULL,1795894632233,1793302632233,1795894632246,1795440591385,246599812079633,246599812079633,-9223372036854775808,0,0,NULL,NULL,NULL,NULL,98,98,98,'phone',NULL);
INSERT INTO conversation VALUES(1,4,4,1,2,NULL,'Winter storage',NULL,'open',0,0,'published',0,NULL,NULL,NULL,NULL,NULL,1795894632257,1793302632257,1795894632276,1795440813995,246599812202514,246599812202514,-9223372036854775808,0,0,NULL,NULL,NULL,NULL,99,99,99,'phone',NULL);
INSERT INTO conversation VALUES(1,5,5,1,1,NULL,'Roof box, again',NULL,'new',0,0,'published',0,NULL,NULL,NULL,NULL,NULL,1795894632290,1795721832290,1795894632371,1795721832290,246599812259840,246599812259840,-9223372036854775808,0,0,NULL,NULL,NULL,NULL,1,1,1,'chat',1);
INSERT INTO conversation VALUES(1,6,6,1,1,NULL,'Invoice for the tyres',NULL,'closed',2,1,'published',1,4,1795894632298,NULL,NULL,NULL,1795894632298,1790624232298,1795894632304,1790710632298,246599812292609,246599812317184,-9223372036854775808,0,0,NULL,NULL,1790710632298,4,2,2,2,'letter',NULL);
INSERT INTO conversation VALUES(1,7,7,1,5,1,'Extra cot in room 12',NULL,'closed',2,1,'published',0,NULL,NULL,NULL,NULL,'Ilka Varga',1795894632329,1795894632329,1795894632329,1795894632329,246599812419585,246599812419585,1795894632329,246599812419585,0,1795894632329,1795894632329,1795894632329,1,2,2,2,'chat',NULL);
INSERT INTO conversation VALUES(1,8,8,1,6,1,'Breakfast before six',NULL,'new',0,0,'published',0,NULL,NULL,NULL,NULL,'Bram Achterberg',1795894632339,1795894632339,1795894632339,1795894632339,246599812460544,246599812460545,1795894632339,246599812460544,1,1795894632339,NULL,NULL,NULL,1,1,1,'chat',NULL);
INSERT INTO conversation VALUES(1,9,9,1,7,1,'Charging the car',NULL,'new',0,0,'published',0,NULL,NULL,NULL,NULL,'Noor El Amrani',1795894632343,1795894632343,1795894632343,1795894632343,246599812476928,246599812476929,1795894632343,246599812476928,1,1795894632343,NULL,NULL,NULL,1,1,1,'chat',NULL);
INSERT INTO conversation VALUES(1,10,10,2,3,NULL,'Membership card',NULL,'new',0,0,'published',0,NULL,NULL,NULL,NULL,NULL,1795894632354,1795894632354,1795894632354,1795894632354,246599812521984,246599812521984,1795894632354,246599812521984,1,1795894632354,NULL,NULL,NULL,1,1,1,'in_person',NULL);
INSERT INTO conversation VALUES(1,11,11,1,9,NULL,'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶',NULL,'new',0,0,'published',0,6,1795894632990,NULL,NULL,NULL,1795894632982,1795894632982,1795894633219,1795894633013,246599815229440,246599816065025,1795894633013,246599815221248,1,1795894633011,NULL,NULL,NULL,3,3,2,'email',NULL);
INSERT INTO conversation VALUES(1,12,12,1,9,NULL,'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶',NULL,'closed',2,1,'published',0,6,1795894633032,NULL,NULL,NULL,1795894633017,1795894633017,1795894633207,1795894633041,246599815335936,246599816015873,1795894633041,246599815335936,1,1795894633039,NULL,1795894633207,1,2,2,2,'email',NULL);
INSERT INTO conversation VALUES(1,13,13,1,10,NULL,'',NULL,'new',0,0,'published',0,6,1795894633045,NULL,NULL,NULL,1795894633044,1795894633044,1795894633222,1795894633119,246599815671808,246599816077312,1795894633119,246599815655424,1,1795894633112,NULL,NULL,NULL,3,3,2,'email',NULL);
INSERT INTO conversation VALUES(1,14,14,1,9,NULL,'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶',NULL,'new',0,0,'published',0,6,1795894633127,NULL,NULL,NULL,1795894633125,1795894633125,1795894633195,1795894633160,246599815868416,246599815868416,1795894633160,246599815823360,1,1795894633158,NULL,NULL,NULL,3,3,2,'email',15);
INSERT INTO conversation VALUES(1,15,15,1,9,NULL,'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶',NULL,'new',0,0,'published',0,6,1795894633175,NULL,NULL,NULL,1795894633173,1795894633173,1795894633195,1795894633188,246599815966720,246599815966720,1795894633188,246599815938048,1,1795894633158,NULL,NULL,NULL,6,6,4,'email',NULL);
INSERT INTO conversation VALUES(1,16,16,1,9,NULL,'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶',NULL,'new',0,0,'published',0,6,1795894633200,NULL,NULL,NULL,1795894633200,1795894633200,1795894633200,1795894633200,246599815340032,246599815987200,-9223372036854775808,0,0,NULL,NULL,NULL,NULL,1,1,0,NULL,NULL);
INSERT INTO conversation VALUES(2,1000000,1000000,1000000,1000000,NULL,'Mooring for the summer',NULL,'new',0,0,'published',0,NULL,NULL,NULL,NULL,NULL,1795894632459,1795894632459,1795894632459,1795894632459,246599812952064,246599812952064,1795894632459,246599812952064,1,1795894632459,NULL,NULL,NULL,1,1,1,'email',NULL);
CREATE TABLE message (
    row_key INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    direction TEXT NOT NULL,
    state TEXT NOT NULL,
    format TEXT NOT NULL,
    author TEXT NOT NULL,
    author_agent_id INTEGER,
    agent_name TEXT,
    subject TEXT,
    body TEXT,
    occurred_at INTEGER NOT NULL,
    zone TEXT,
    imported INTEGER NOT NULL,
    automated INTEGER NOT NULL,
    recipients TEXT,
    status_set TEXT,
    extra TEXT,
    attachments INTEGER NOT NULL, moves_last_message INTEGER NOT NULL DEFAULT 0, status_wish TEXT, version INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account_id, conversation_id, id)
) STRICT;
INSERT INTO message VALUES(1,1,1,246599811940352,1,'message','email','incoming','published','plain','customer',NULL,NULL,NULL,'Hello, the roof box you fitted last week does not lock any more. The key turns, but the lid springs open. We leave on Saturday.',1795621032199,NULL,1,0,NULL,'open',NULL,0,0,NULL,0);
INSERT INTO message VALUES(2,1,1,246599811940353,1,'message','email','outgoing','published','plain','agent',2,NULL,NULL,'That should not happen, I am sorry. Could you come by on Thursday before ten? Teo will have a new lock here.',1795631832199,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(3,1,1,246599811940354,1,'note','other','outgoing','published','plain','agent',4,NULL,NULL,'Lock ordered, part RB-7. If it is late, take the one from the display model.',1795642632199,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(4,1,1,246599811940355,1,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Asked whether Thursday at half past eight is fine, and whether the spare key can be cut at the same time.',1795894632212,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(5,1,2,246599811981312,1,'message','text_message','incoming','published','plain','customer',NULL,NULL,NULL,'Our train is late, we will not be there before eleven. Is somebody at the desk?',1794242232222,NULL,1,0,NULL,'closed',NULL,0,0,NULL,0);
INSERT INTO message VALUES(6,1,2,246599811981313,1,'message','text_message','outgoing','published','plain','agent',2,NULL,NULL,'The night porter lets you in, ring twice. Soup is in the warm oven.',1794245832222,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(7,1,3,246599812026368,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 1 of 98 about "Restoring the green roadster".',1793302632233,NULL,1,0,NULL,'open',NULL,0,0,NULL,0);
INSERT INTO message VALUES(8,1,3,246599812026369,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 2 of 98 about "Restoring the green roadster".',1793324673049,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(9,1,3,246599812026370,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 3 of 98 about "Restoring the green roadster".',1793346713865,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(10,1,3,246599812026371,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 4 of 98 about "Restoring the green roadster".',1793368754681,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(11,1,3,246599812026372,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 5 of 98 about "Restoring the green roadster".',1793390795497,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(12,1,3,246599812026373,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 6 of 98 about "Restoring the green roadster".',1793412836313,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(13,1,3,246599812026374,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 7 of 98 about "Restoring the green roadster".',1793434877129,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(14,1,3,246599812026375,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 8 of 98 about "Restoring the green roadster".',1793456917945,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(15,1,3,246599812026376,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 9 of 98 about "Restoring the green roadster".',1793478958761,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(16,1,3,246599812026377,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 10 of 98 about "Restoring the green roadster".',1793500999577,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(17,1,3,246599812026378,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 11 of 98 about "Restoring the green roadster".',1793523040393,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(18,1,3,246599812026379,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 12 of 98 about "Restoring the green roadster".',1793545081209,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(19,1,3,246599812026380,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 13 of 98 about "Restoring the green roadster".',1793567122025,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(20,1,3,246599812026381,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 14 of 98 about "Restoring the green roadster".',1793589162841,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(21,1,3,246599812026382,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 15 of 98 about "Restoring the green roadster".',1793611203657,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(22,1,3,246599812026383,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 16 of 98 about "Restoring the green roadster".',1793633244473,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(23,1,3,246599812026384,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 17 of 98 about "Restoring the green roadster".',1793655285289,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(24,1,3,246599812026385,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 18 of 98 about "Restoring the green roadster".',1793677326105,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(25,1,3,246599812026386,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 19 of 98 about "Restoring the green roadster".',1793699366921,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(26,1,3,246599812026387,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 20 of 98 about "Restoring the green roadster".',1793721407737,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(27,1,3,246599812026388,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 21 of 98 about "Restoring the green roadster".',1793743448553,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(28,1,3,246599812026389,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 22 of 98 about "Restoring the green roadster".',1793765489369,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(29,1,3,246599812026390,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 23 of 98 about "Restoring the green roadster".',1793787530185,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(30,1,3,246599812026391,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 24 of 98 about "Restoring the green roadster".',1793809571001,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(31,1,3,246599812026392,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 25 of 98 about "Restoring the green roadster".',1793831611817,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(32,1,3,246599812026393,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 26 of 98 about "Restoring the green roadster".',1793853652633,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(33,1,3,246599812026394,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 27 of 98 about "Restoring the green roadster".',1793875693449,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(34,1,3,246599812026395,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 28 of 98 about "Restoring the green roadster".',1793897734265,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(35,1,3,246599812026396,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 29 of 98 about "Restoring the green roadster".',1793919775081,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(36,1,3,246599812026397,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 30 of 98 about "Restoring the green roadster".',1793941815897,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(37,1,3,246599812026398,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 31 of 98 about "Restoring the green roadster".',1793963856713,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(38,1,3,246599812026399,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 32 of 98 about "Restoring the green roadster".',1793985897529,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(39,1,3,246599812026400,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 33 of 98 about "Restoring the green roadster".',1794007938345,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(40,1,3,246599812026401,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 34 of 98 about "Restoring the green roadster".',1794029979161,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(41,1,3,246599812026402,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 35 of 98 about "Restoring the green roadster".',1794052019977,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(42,1,3,246599812026403,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 36 of 98 about "Restoring the green roadster".',1794074060793,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(43,1,3,246599812026404,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 37 of 98 about "Restoring the green roadster".',1794096101609,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(44,1,3,246599812026405,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 38 of 98 about "Restoring the green roadster".',1794118142425,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(45,1,3,246599812026406,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 39 of 98 about "Restoring the green roadster".',1794140183241,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(46,1,3,246599812026407,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 40 of 98 about "Restoring the green roadster".',1794162224057,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(47,1,3,246599812050944,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 41 of 98 about "Restoring the green roadster".',1794184264873,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(48,1,3,246599812050945,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 42 of 98 about "Restoring the green roadster".',1794206305689,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(49,1,3,246599812050946,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 43 of 98 about "Restoring the green roadster".',1794228346505,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(50,1,3,246599812050947,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 44 of 98 about "Restoring the green roadster".',1794250387321,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(51,1,3,246599812050948,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 45 of 98 about "Restoring the green roadster".',1794272428137,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(52,1,3,246599812050949,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 46 of 98 about "Restoring the green roadster".',1794294468953,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(53,1,3,246599812050950,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 47 of 98 about "Restoring the green roadster".',1794316509769,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(54,1,3,246599812050951,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 48 of 98 about "Restoring the green roadster".',1794338550585,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(55,1,3,246599812050952,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 49 of 98 about "Restoring the green roadster".',1794360591401,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(56,1,3,246599812050953,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 50 of 98 about "Restoring the green roadster".',1794382632217,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(57,1,3,246599812050954,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 51 of 98 about "Restoring the green roadster".',1794404673033,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(58,1,3,246599812050955,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 52 of 98 about "Restoring the green roadster".',1794426713849,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(59,1,3,246599812050956,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 53 of 98 about "Restoring the green roadster".',1794448754665,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(60,1,3,246599812050957,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 54 of 98 about "Restoring the green roadster".',1794470795481,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(61,1,3,246599812050958,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 55 of 98 about "Restoring the green roadster".',1794492836297,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(62,1,3,246599812050959,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 56 of 98 about "Restoring the green roadster".',1794514877113,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(63,1,3,246599812050960,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 57 of 98 about "Restoring the green roadster".',1794536917929,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(64,1,3,246599812050961,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 58 of 98 about "Restoring the green roadster".',1794558958745,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(65,1,3,246599812050962,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 59 of 98 about "Restoring the green roadster".',1794580999561,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(66,1,3,246599812050963,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 60 of 98 about "Restoring the green roadster".',1794603040377,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(67,1,3,246599812050964,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 61 of 98 about "Restoring the green roadster".',1794625081193,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(68,1,3,246599812050965,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 62 of 98 about "Restoring the green roadster".',1794647122009,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(69,1,3,246599812050966,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 63 of 98 about "Restoring the green roadster".',1794669162825,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(70,1,3,246599812050967,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 64 of 98 about "Restoring the green roadster".',1794691203641,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(71,1,3,246599812050968,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 65 of 98 about "Restoring the green roadster".',1794713244457,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(72,1,3,246599812050969,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 66 of 98 about "Restoring the green roadster".',1794735285273,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(73,1,3,246599812050970,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 67 of 98 about "Restoring the green roadster".',1794757326089,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(74,1,3,246599812050971,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 68 of 98 about "Restoring the green roadster".',1794779366905,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(75,1,3,246599812050972,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 69 of 98 about "Restoring the green roadster".',1794801407721,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(76,1,3,246599812050973,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 70 of 98 about "Restoring the green roadster".',1794823448537,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(77,1,3,246599812050974,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 71 of 98 about "Restoring the green roadster".',1794845489353,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(78,1,3,246599812050975,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 72 of 98 about "Restoring the green roadster".',1794867530169,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(79,1,3,246599812050976,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 73 of 98 about "Restoring the green roadster".',1794889570985,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(80,1,3,246599812050977,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 74 of 98 about "Restoring the green roadster".',1794911611801,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(81,1,3,246599812050978,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 75 of 98 about "Restoring the green roadster".',1794933652617,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(82,1,3,246599812050979,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 76 of 98 about "Restoring the green roadster".',1794955693433,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(83,1,3,246599812050980,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 77 of 98 about "Restoring the green roadster".',1794977734249,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(84,1,3,246599812050981,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 78 of 98 about "Restoring the green roadster".',1794999775065,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(85,1,3,246599812050982,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 79 of 98 about "Restoring the green roadster".',1795021815881,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(86,1,3,246599812050983,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 80 of 98 about "Restoring the green roadster".',1795043856697,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(87,1,3,246599812079616,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 81 of 98 about "Restoring the green roadster".',1795065897513,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(88,1,3,246599812079617,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 82 of 98 about "Restoring the green roadster".',1795087938329,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(89,1,3,246599812079618,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 83 of 98 about "Restoring the green roadster".',1795109979145,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(90,1,3,246599812079619,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 84 of 98 about "Restoring the green roadster".',1795132019961,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(91,1,3,246599812079620,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 85 of 98 about "Restoring the green roadster".',1795154060777,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(92,1,3,246599812079621,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 86 of 98 about "Restoring the green roadster".',1795176101593,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(93,1,3,246599812079622,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 87 of 98 about "Restoring the green roadster".',1795198142409,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(94,1,3,246599812079623,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 88 of 98 about "Restoring the green roadster".',1795220183225,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(95,1,3,246599812079624,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 89 of 98 about "Restoring the green roadster".',1795242224041,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(96,1,3,246599812079625,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 90 of 98 about "Restoring the green roadster".',1795264264857,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(97,1,3,246599812079626,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 91 of 98 about "Restoring the green roadster".',1795286305673,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(98,1,3,246599812079627,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 92 of 98 about "Restoring the green roadster".',1795308346489,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(99,1,3,246599812079628,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 93 of 98 about "Restoring the green roadster".',1795330387305,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(100,1,3,246599812079629,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 94 of 98 about "Restoring the green roadster".',1795352428121,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(101,1,3,246599812079630,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 95 of 98 about "Restoring the green roadster".',1795374468937,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(102,1,3,246599812079631,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 96 of 98 about "Restoring the green roadster".',1795396509753,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(103,1,3,246599812079632,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 97 of 98 about "Restoring the green roadster".',1795418550569,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(104,1,3,246599812079633,2,'message','phone','outgoing','published','plain','agent',4,NULL,NULL,'Call 98 of 98 about "Restoring the green roadster".',1795440591385,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(105,1,4,246599812124672,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 1 of 99 about "Winter storage".',1793302632257,NULL,1,0,NULL,'open',NULL,0,0,NULL,0);
INSERT INTO message VALUES(106,1,4,246599812124673,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 2 of 99 about "Winter storage".',1793324450438,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(107,1,4,246599812124674,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 3 of 99 about "Winter storage".',1793346268619,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(108,1,4,246599812124675,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 4 of 99 about "Winter storage".',1793368086800,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(109,1,4,246599812124676,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 5 of 99 about "Winter storage".',1793389904981,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(110,1,4,246599812124677,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 6 of 99 about "Winter storage".',1793411723162,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(111,1,4,246599812124678,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 7 of 99 about "Winter storage".',1793433541343,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(112,1,4,246599812124679,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 8 of 99 about "Winter storage".',1793455359524,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(113,1,4,246599812124680,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 9 of 99 about "Winter storage".',1793477177705,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(114,1,4,246599812124681,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 10 of 99 about "Winter storage".',1793498995886,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(115,1,4,246599812124682,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 11 of 99 about "Winter storage".',1793520814067,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(116,1,4,246599812124683,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 12 of 99 about "Winter storage".',1793542632248,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(117,1,4,246599812124684,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 13 of 99 about "Winter storage".',1793564450429,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(118,1,4,246599812124685,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 14 of 99 about "Winter storage".',1793586268610,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(119,1,4,246599812124686,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 15 of 99 about "Winter storage".',1793608086791,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(120,1,4,246599812124687,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 16 of 99 about "Winter storage".',1793629904972,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(121,1,4,246599812124688,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 17 of 99 about "Winter storage".',1793651723153,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(122,1,4,246599812124689,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 18 of 99 about "Winter storage".',1793673541334,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(123,1,4,246599812124690,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 19 of 99 about "Winter storage".',1793695359515,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(124,1,4,246599812124691,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 20 of 99 about "Winter storage".',1793717177696,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(125,1,4,246599812124692,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 21 of 99 about "Winter storage".',1793738995877,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(126,1,4,246599812124693,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 22 of 99 about "Winter storage".',1793760814058,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(127,1,4,246599812124694,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 23 of 99 about "Winter storage".',1793782632239,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(128,1,4,246599812124695,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 24 of 99 about "Winter storage".',1793804450420,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(129,1,4,246599812124696,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 25 of 99 about "Winter storage".',1793826268601,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(130,1,4,246599812124697,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 26 of 99 about "Winter storage".',1793848086782,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(131,1,4,246599812124698,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 27 of 99 about "Winter storage".',1793869904963,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(132,1,4,246599812124699,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 28 of 99 about "Winter storage".',1793891723144,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(133,1,4,246599812124700,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 29 of 99 about "Winter storage".',1793913541325,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(134,1,4,246599812124701,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 30 of 99 about "Winter storage".',1793935359506,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(135,1,4,246599812124702,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 31 of 99 about "Winter storage".',1793957177687,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(136,1,4,246599812124703,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 32 of 99 about "Winter storage".',1793978995868,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(137,1,4,246599812124704,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 33 of 99 about "Winter storage".',1794000814049,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(138,1,4,246599812124705,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 34 of 99 about "Winter storage".',1794022632230,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(139,1,4,246599812124706,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 35 of 99 about "Winter storage".',1794044450411,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(140,1,4,246599812124707,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 36 of 99 about "Winter storage".',1794066268592,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(141,1,4,246599812124708,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 37 of 99 about "Winter storage".',1794088086773,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(142,1,4,246599812124709,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 38 of 99 about "Winter storage".',1794109904954,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(143,1,4,246599812124710,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 39 of 99 about "Winter storage".',1794131723135,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(144,1,4,246599812124711,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 40 of 99 about "Winter storage".',1794153541316,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(145,1,4,246599812177920,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 41 of 99 about "Winter storage".',1794175359497,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(146,1,4,246599812177921,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 42 of 99 about "Winter storage".',1794197177678,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(147,1,4,246599812177922,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 43 of 99 about "Winter storage".',1794218995859,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(148,1,4,246599812177923,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 44 of 99 about "Winter storage".',1794240814040,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(149,1,4,246599812177924,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 45 of 99 about "Winter storage".',1794262632221,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(150,1,4,246599812177925,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 46 of 99 about "Winter storage".',1794284450402,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(151,1,4,246599812177926,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 47 of 99 about "Winter storage".',1794306268583,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(152,1,4,246599812177927,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 48 of 99 about "Winter storage".',1794328086764,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(153,1,4,246599812177928,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 49 of 99 about "Winter storage".',1794349904945,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(154,1,4,246599812177929,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 50 of 99 about "Winter storage".',1794371723126,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(155,1,4,246599812177930,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 51 of 99 about "Winter storage".',1794393541307,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(156,1,4,246599812177931,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 52 of 99 about "Winter storage".',1794415359488,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(157,1,4,246599812177932,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 53 of 99 about "Winter storage".',1794437177669,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(158,1,4,246599812177933,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 54 of 99 about "Winter storage".',1794458995850,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(159,1,4,246599812177934,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 55 of 99 about "Winter storage".',1794480814031,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(160,1,4,246599812177935,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 56 of 99 about "Winter storage".',1794502632212,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(161,1,4,246599812177936,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 57 of 99 about "Winter storage".',1794524450393,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(162,1,4,246599812177937,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 58 of 99 about "Winter storage".',1794546268574,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(163,1,4,246599812177938,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 59 of 99 about "Winter storage".',1794568086755,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(164,1,4,246599812177939,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 60 of 99 about "Winter storage".',1794589904936,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(165,1,4,246599812177940,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 61 of 99 about "Winter storage".',1794611723117,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(166,1,4,246599812177941,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 62 of 99 about "Winter storage".',1794633541298,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(167,1,4,246599812177942,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 63 of 99 about "Winter storage".',1794655359479,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(168,1,4,246599812177943,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 64 of 99 about "Winter storage".',1794677177660,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(169,1,4,246599812177944,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 65 of 99 about "Winter storage".',1794698995841,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(170,1,4,246599812177945,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 66 of 99 about "Winter storage".',1794720814022,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(171,1,4,246599812177946,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 67 of 99 about "Winter storage".',1794742632203,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(172,1,4,246599812177947,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 68 of 99 about "Winter storage".',1794764450384,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(173,1,4,246599812177948,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 69 of 99 about "Winter storage".',1794786268565,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(174,1,4,246599812177949,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 70 of 99 about "Winter storage".',1794808086746,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(175,1,4,246599812177950,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 71 of 99 about "Winter storage".',1794829904927,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(176,1,4,246599812177951,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 72 of 99 about "Winter storage".',1794851723108,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(177,1,4,246599812177952,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 73 of 99 about "Winter storage".',1794873541289,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(178,1,4,246599812177953,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 74 of 99 about "Winter storage".',1794895359470,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(179,1,4,246599812177954,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 75 of 99 about "Winter storage".',1794917177651,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(180,1,4,246599812177955,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 76 of 99 about "Winter storage".',1794938995832,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(181,1,4,246599812177956,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 77 of 99 about "Winter storage".',1794960814013,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(182,1,4,246599812177957,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 78 of 99 about "Winter storage".',1794982632194,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(183,1,4,246599812177958,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 79 of 99 about "Winter storage".',1795004450375,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(184,1,4,246599812177959,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 80 of 99 about "Winter storage".',1795026268556,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(185,1,4,246599812202496,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 81 of 99 about "Winter storage".',1795048086737,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(186,1,4,246599812202497,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 82 of 99 about "Winter storage".',1795069904918,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(187,1,4,246599812202498,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 83 of 99 about "Winter storage".',1795091723099,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(188,1,4,246599812202499,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 84 of 99 about "Winter storage".',1795113541280,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(189,1,4,246599812202500,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 85 of 99 about "Winter storage".',1795135359461,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(190,1,4,246599812202501,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 86 of 99 about "Winter storage".',1795157177642,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(191,1,4,246599812202502,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 87 of 99 about "Winter storage".',1795178995823,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(192,1,4,246599812202503,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 88 of 99 about "Winter storage".',1795200814004,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(193,1,4,246599812202504,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 89 of 99 about "Winter storage".',1795222632185,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(194,1,4,246599812202505,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 90 of 99 about "Winter storage".',1795244450366,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(195,1,4,246599812202506,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 91 of 99 about "Winter storage".',1795266268547,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(196,1,4,246599812202507,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 92 of 99 about "Winter storage".',1795288086728,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(197,1,4,246599812202508,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 93 of 99 about "Winter storage".',1795309904909,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(198,1,4,246599812202509,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 94 of 99 about "Winter storage".',1795331723090,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(199,1,4,246599812202510,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 95 of 99 about "Winter storage".',1795353541271,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(200,1,4,246599812202511,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 96 of 99 about "Winter storage".',1795375359452,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(201,1,4,246599812202512,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 97 of 99 about "Winter storage".',1795397177633,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(202,1,4,246599812202513,2,'message','phone','outgoing','published','plain','agent',2,NULL,NULL,'Call 98 of 99 about "Winter storage".',1795418995814,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(203,1,4,246599812202514,2,'message','phone','incoming','published','plain','customer',NULL,NULL,NULL,'Call 99 of 99 about "Winter storage".',1795440813995,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(204,1,1,246599812259840,1,'message','chat','incoming','published','plain','customer',NULL,NULL,NULL,'Is the part there yet?',1795721832290,NULL,1,0,NULL,'new',NULL,0,0,NULL,0);
INSERT INTO message VALUES(205,1,6,246599812292608,1,'message','letter','incoming','published','plain','customer',NULL,NULL,NULL,'Please send the invoice once more, with the firm''s name on it.',1790624232298,NULL,1,0,NULL,'closed',NULL,0,0,NULL,0);
INSERT INTO message VALUES(206,1,6,246599812292609,1,'message','letter','outgoing','published','plain','agent',4,NULL,NULL,'Enclosed, with apologies for the misspelling.',1790710632298,NULL,1,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(207,1,7,246599812419584,5,'message','chat','incoming','published','plain','customer',NULL,NULL,NULL,'Could we have an extra cot for our son? He is two.',1795894632329,NULL,0,0,NULL,'closed',NULL,0,0,NULL,0);
INSERT INTO message VALUES(208,1,7,246599812419585,5,'message','chat','outgoing','published','plain','agent',2,NULL,NULL,'It is made up already, with the blanket that has the whales.',1795894632329,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(209,1,8,246599812460544,6,'message','chat','incoming','published','plain','customer',NULL,NULL,NULL,'We go out with the tide at half past five. Can we have something to take along?',1795894632339,NULL,0,0,NULL,'new',NULL,0,0,NULL,0);
INSERT INTO message VALUES(210,1,9,246599812476928,7,'message','chat','incoming','published','plain','customer',NULL,NULL,NULL,'Is there a socket for an electric car in the yard, and does it have to be reserved?',1795894632343,NULL,0,0,NULL,'new',NULL,0,0,NULL,0);
INSERT INTO message VALUES(211,1,10,246599812521984,3,'message','in_person','incoming','published','plain','customer',NULL,NULL,NULL,'Lost the card in the lake, asked for a new one. No hurry.',1795894632354,NULL,0,0,NULL,'new',NULL,0,0,NULL,0);
INSERT INTO message VALUES(212,1,1,246599812591616,1,'line_item','other','outgoing','published','plain','application',NULL,NULL,NULL,'',1795894632371,NULL,0,0,NULL,NULL,'{"action":"merged","originalConversation":5}',0,0,NULL,0);
INSERT INTO message VALUES(213,2,1000000,246599812952064,1000000,'message','email','incoming','published','plain','customer',NULL,NULL,NULL,'Is berth nine still free from June on?',1795894632459,NULL,0,0,NULL,'new',NULL,0,0,NULL,0);
INSERT INTO message VALUES(214,1,11,246599815213056,9,'message','email','incoming','published','plain','customer',NULL,NULL,NULL,'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶',1795894633011,NULL,0,0,NULL,NULL,NULL,2,0,NULL,0);
INSERT INTO message VALUES(215,1,11,246599815221248,9,'message','letter','incoming','published','plain','customer',NULL,NULL,NULL,NULL,1795894633013,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(216,1,11,246599815229440,9,'note','other','outgoing','published','plain','application',NULL,NULL,NULL,'A note.',1795894633015,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(217,1,12,246599815327744,9,'message','email','incoming','published','plain','customer',NULL,NULL,NULL,'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶',1795894633039,NULL,0,0,NULL,NULL,NULL,2,0,NULL,0);
INSERT INTO message VALUES(218,1,12,246599815335936,9,'message','letter','incoming','published','plain','customer',NULL,NULL,NULL,NULL,1795894633041,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(219,1,16,246599815340032,9,'note','other','outgoing','published','plain','application',NULL,NULL,NULL,'A note.',1795894633042,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(220,1,13,246599815626752,10,'message','email','incoming','published','plain','customer',NULL,NULL,NULL,'',1795894633112,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(221,1,13,246599815655424,10,'message','letter','incoming','published','plain','customer',NULL,NULL,NULL,'',1795894633119,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(222,1,13,246599815671808,10,'note','other','outgoing','published','plain','application',NULL,NULL,NULL,'',1795894633123,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(223,1,15,246599815815168,9,'message','email','incoming','published','plain','customer',NULL,NULL,NULL,'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶',1795894633158,NULL,0,0,NULL,NULL,NULL,2,0,NULL,0);
INSERT INTO message VALUES(224,1,15,246599815823360,9,'message','letter','incoming','published','plain','customer',NULL,NULL,NULL,NULL,1795894633160,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(225,1,15,246599815868416,9,'note','other','outgoing','published','plain','application',NULL,NULL,NULL,'A note.',1795894633171,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(226,1,15,246599815933952,9,'message','email','incoming','published','plain','customer',NULL,NULL,NULL,'Umlauts äöü, a bar |, a quote '', a backslash \, yarn 🧶',1795894633187,NULL,0,0,NULL,NULL,NULL,2,0,NULL,0);
INSERT INTO message VALUES(227,1,15,246599815938048,9,'message','letter','incoming','published','plain','customer',NULL,NULL,NULL,NULL,1795894633188,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(228,1,15,246599815950336,9,'note','other','outgoing','published','plain','application',NULL,NULL,NULL,'A note.',1795894633191,NULL,0,0,NULL,NULL,NULL,0,0,NULL,0);
INSERT INTO message VALUES(229,1,15,246599815966720,9,'line_item','other','outgoing','published','plain','application',NULL,NULL,NULL,'',1795894633195,NULL,0,0,NULL,NULL,'{"action":"merged","originalConversation":14}',0,0,NULL,0);
CREATE TABLE message_body (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account_id, conversation_id, message_id)
) STRICT;
INSERT INTO message_body VALUES(1,11,246599815221248,'A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. ');
INSERT INTO message_body VALUES(1,12,246599815335936,'A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. ');
INSERT INTO message_body VALUES(1,15,246599815823360,'A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. ');
INSERT INTO message_body VALUES(1,15,246599815938048,'A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. A long letter. ');
CREATE TABLE attachment (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    data BLOB,
    object_name TEXT,
    link TEXT,
    extra TEXT,
    PRIMARY KEY (account_id, id)
) STRICT;
INSERT INTO attachment VALUES(1,1,11,246599815213056,'a.bin','application/octet-stream',10,X'78787878787878787878',NULL,NULL,NULL);
INSERT INTO attachment VALUES(1,2,11,246599815213056,'a.bin','application/octet-stream',40000,NULL,'1/6285332e3072b27e5b095c5c7d6e37eadd201220eb14694f9d2d0177c25a64ae.01a223a9622ctb99c404721934945bbd257712f723eba',NULL,NULL);
INSERT INTO attachment VALUES(1,3,12,246599815327744,'a.bin','application/octet-stream',10,X'78787878787878787878',NULL,NULL,NULL);
INSERT INTO attachment VALUES(1,4,12,246599815327744,'a.bin','application/octet-stream',40000,NULL,'1/6285332e3072b27e5b095c5c7d6e37eadd201220eb14694f9d2d0177c25a64ae.01a223a9624dt25cd4f07b7c5439588d12b2fccfc28f1',NULL,NULL);
INSERT INTO attachment VALUES(1,7,15,246599815815168,'a.bin','application/octet-stream',10,X'78787878787878787878',NULL,NULL,NULL);
INSERT INTO attachment VALUES(1,8,15,246599815815168,'a.bin','application/octet-stream',40000,NULL,'1/6285332e3072b27e5b095c5c7d6e37eadd201220eb14694f9d2d0177c25a64ae.01a223a962actf9ccbd04d63b4f5489905bb7354f0b0d',NULL,NULL);
INSERT INTO attachment VALUES(1,9,15,246599815933952,'a.bin','application/octet-stream',10,X'78787878787878787878',NULL,NULL,NULL);
INSERT INTO attachment VALUES(1,10,15,246599815933952,'a.bin','application/octet-stream',40000,NULL,'1/6285332e3072b27e5b095c5c7d6e37eadd201220eb14694f9d2d0177c25a64ae.01a223a962dbtf68e6c9479034e2885bbadb48de0ecef',NULL,NULL);
CREATE TABLE delegation (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    agent_id INTEGER,
    previous_agent_id INTEGER,
    by_agent_id INTEGER,
    delegated_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO delegation VALUES(1,246599811981312,2,2,NULL,2,1795894632222);
INSERT INTO delegation VALUES(1,246599812026368,3,4,NULL,4,1795894632233);
INSERT INTO delegation VALUES(1,246599812292608,6,4,NULL,4,1795894632298);
INSERT INTO delegation VALUES(1,246599815127040,11,6,NULL,NULL,1795894632990);
INSERT INTO delegation VALUES(1,246599815299072,12,6,NULL,NULL,1795894633032);
INSERT INTO delegation VALUES(1,246599815352320,13,6,NULL,NULL,1795894633045);
INSERT INTO delegation VALUES(1,246599815688192,15,6,NULL,NULL,1795894633127);
INSERT INTO delegation VALUES(1,246599815884801,15,6,NULL,NULL,1795894633175);
INSERT INTO delegation VALUES(1,246599815987200,16,6,NULL,NULL,1795894633200);
CREATE TABLE tag (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO tag VALUES(1,1,'garage',1795894632212);
INSERT INTO tag VALUES(1,2,'vip',1795894632982);
INSERT INTO tag VALUES(1,3,'late',1795894633207);
CREATE TABLE conversation_tag (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id, tag_id)
) STRICT, WITHOUT ROWID;
INSERT INTO conversation_tag VALUES(1,1,1);
INSERT INTO conversation_tag VALUES(1,11,2);
INSERT INTO conversation_tag VALUES(1,12,2);
INSERT INTO conversation_tag VALUES(1,13,2);
INSERT INTO conversation_tag VALUES(1,15,2);
INSERT INTO conversation_tag VALUES(1,12,3);
CREATE TABLE event (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    conversation_id INTEGER,
    entity_id INTEGER NOT NULL,
    door TEXT,
    credential_id INTEGER,
    agent_id INTEGER,
    imported INTEGER NOT NULL,
    detail TEXT, inbox_id INTEGER, address TEXT,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO event VALUES(1,246599811047424,'account.created',NULL,1,NULL,NULL,NULL,0,'{"changes":{"name":[null,"Larkspur House"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811076096,'agent.created',NULL,2,NULL,NULL,NULL,0,'{"changes":{"email":[null,"orla.finch@larkspur.example"],"first_name":[null,"Orla"],"last_name":[null,"Finch"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811174400,'agent.created',NULL,3,NULL,NULL,NULL,0,'{"changes":{"email":[null,"desk@larkspur.example"],"first_name":[null,"Front"],"last_name":[null,"Desk"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811207168,'agent.created',NULL,4,NULL,NULL,NULL,0,'{"changes":{"email":[null,"teo.brandvold@larkspur.example"],"first_name":[null,"Teo"],"last_name":[null,"Brandvold"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811289088,'inbox.created',NULL,1,NULL,NULL,NULL,0,'{"changes":{"default_agent":[null,3],"name":[null,"Larkspur House"]}}',1,NULL);
INSERT INTO event VALUES(1,246599811321856,'inbox.created',NULL,2,NULL,NULL,NULL,0,'{"changes":{"default_agent":[null,3],"name":[null,"Larkspur Boathouse"]}}',2,NULL);
INSERT INTO event VALUES(1,246599811383296,'customer.created',NULL,1,NULL,NULL,NULL,0,'{"changes":{"email":[null,"mirela.okonjo@mail.example"],"first_name":[null,"Mirela"],"home_inbox":[null,1],"last_name":[null,"Okonjo"],"location":[null,"Whitby"],"organization":[null,"Okonjo & Daughters"],"phone":[null,"+44 1632 960101"]}}',1,NULL);
INSERT INTO event VALUES(1,246599811407872,'customer.created',NULL,2,NULL,NULL,NULL,0,'{"changes":{"email":[null,"anselm.reyes@mail.example"],"first_name":[null,"Anselm"],"home_inbox":[null,1],"last_name":[null,"Reyes"],"phone":[null,"+44 1632 960102"]}}',1,NULL);
INSERT INTO event VALUES(1,246599811444736,'customer.created',NULL,3,NULL,NULL,NULL,0,'{"changes":{"email":[null,"suvi.lindqvist@mail.example"],"first_name":[null,"Suvi"],"home_inbox":[null,2],"last_name":[null,"Lindqvist"],"phone":[null,"+44 1632 960103"]}}',2,NULL);
INSERT INTO event VALUES(1,246599811485696,'customer.created',NULL,4,NULL,NULL,NULL,0,'{"changes":{"first_name":[null,"Dov"],"last_name":[null,"Halloran"],"phone":[null,"+44 1632 960104"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811559424,'credential.created',NULL,1,NULL,NULL,NULL,0,'{"changes":{"agent":[null,2],"door":[null,"helpscout"],"inboxes":[null,[]],"name":[null,"helpscout"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811604480,'credential.created',NULL,2,NULL,NULL,NULL,0,'{"changes":{"door":[null,"magicline"],"inboxes":[null,[1]],"name":[null,"magicline"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811637248,'credential.created',NULL,3,NULL,NULL,NULL,0,'{"changes":{"door":[null,"magicline"],"inboxes":[null,[1]],"name":[null,"magicline"],"scopes":[null,"conversations.read,conversations.write,messages.read,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811690496,'credential.created',NULL,4,NULL,NULL,NULL,0,'{"changes":{"door":[null,"mykaarma"],"inboxes":[null,[1]],"name":[null,"mykaarma"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811780608,'credential.created',NULL,5,NULL,NULL,NULL,0,'{"changes":{"door":[null,"mews"],"inboxes":[null,[1]],"name":[null,"mews"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811821568,'credential.created',NULL,6,NULL,NULL,NULL,0,'{"changes":{"door":[null,"mews"],"inboxes":[null,[1,2]],"name":[null,"mews"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811846144,'credential.created',NULL,7,NULL,NULL,NULL,0,'{"changes":{"door":[null,"mews"],"inboxes":[null,[1]],"name":[null,"mews"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599811940352,'conversation.created',1,1,NULL,NULL,NULL,0,'{"changes":{"status":[null,"open"],"tags":[null,["garage"]]},"messages":[246599811940352,246599811940353,246599811940354,246599811940355]}',1,NULL);
INSERT INTO event VALUES(1,246599811981312,'conversation.created',2,2,NULL,NULL,2,1,'{"changes":{"assignee":[null,2],"status":[null,"closed"]},"messages":[246599811981312,246599811981313]}',1,NULL);
INSERT INTO event VALUES(1,246599812026368,'conversation.created',3,3,NULL,NULL,4,1,'{"changes":{"assignee":[null,4],"status":[null,"open"]},"messages":[246599812026368,246599812026369,246599812026370,246599812026371,246599812026372,246599812026373,246599812026374,246599812026375,246599812026376,246599812026377,246599812026378,246599812026379,246599812026380,246599812026381,246599812026382,246599812026383,246599812026384,246599812026385,246599812026386,246599812026387,246599812026388,246599812026389,246599812026390,246599812026391,246599812026392,246599812026393,246599812026394,246599812026395,246599812026396,246599812026397,246599812026398,246599812026399,246599812026400,246599812026401,246599812026402,246599812026403,246599812026404,246599812026405,246599812026406,246599812026407]}',1,NULL);
INSERT INTO event VALUES(1,246599812050944,'message.added',3,246599812050944,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050945,'message.added',3,246599812050945,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050946,'message.added',3,246599812050946,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050947,'message.added',3,246599812050947,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050948,'message.added',3,246599812050948,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050949,'message.added',3,246599812050949,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050950,'message.added',3,246599812050950,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050951,'message.added',3,246599812050951,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050952,'message.added',3,246599812050952,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050953,'message.added',3,246599812050953,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050954,'message.added',3,246599812050954,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050955,'message.added',3,246599812050955,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050956,'message.added',3,246599812050956,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050957,'message.added',3,246599812050957,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050958,'message.added',3,246599812050958,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050959,'message.added',3,246599812050959,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050960,'message.added',3,246599812050960,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050961,'message.added',3,246599812050961,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050962,'message.added',3,246599812050962,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050963,'message.added',3,246599812050963,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050964,'message.added',3,246599812050964,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050965,'message.added',3,246599812050965,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050966,'message.added',3,246599812050966,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050967,'message.added',3,246599812050967,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050968,'message.added',3,246599812050968,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050969,'message.added',3,246599812050969,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050970,'message.added',3,246599812050970,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050971,'message.added',3,246599812050971,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050972,'message.added',3,246599812050972,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050973,'message.added',3,246599812050973,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050974,'message.added',3,246599812050974,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050975,'message.added',3,246599812050975,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050976,'message.added',3,246599812050976,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050977,'message.added',3,246599812050977,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050978,'message.added',3,246599812050978,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050979,'message.added',3,246599812050979,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050980,'message.added',3,246599812050980,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050981,'message.added',3,246599812050981,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050982,'message.added',3,246599812050982,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812050983,'message.added',3,246599812050983,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079616,'message.added',3,246599812079616,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079617,'message.added',3,246599812079617,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079618,'message.added',3,246599812079618,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079619,'message.added',3,246599812079619,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079620,'message.added',3,246599812079620,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079621,'message.added',3,246599812079621,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079622,'message.added',3,246599812079622,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079623,'message.added',3,246599812079623,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079624,'message.added',3,246599812079624,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079625,'message.added',3,246599812079625,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079626,'message.added',3,246599812079626,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079627,'message.added',3,246599812079627,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079628,'message.added',3,246599812079628,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079629,'message.added',3,246599812079629,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079630,'message.added',3,246599812079630,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079631,'message.added',3,246599812079631,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079632,'message.added',3,246599812079632,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812079633,'message.added',3,246599812079633,NULL,NULL,4,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812124672,'conversation.created',4,4,NULL,NULL,NULL,1,'{"changes":{"status":[null,"open"]},"messages":[246599812124672,246599812124673,246599812124674,246599812124675,246599812124676,246599812124677,246599812124678,246599812124679,246599812124680,246599812124681,246599812124682,246599812124683,246599812124684,246599812124685,246599812124686,246599812124687,246599812124688,246599812124689,246599812124690,246599812124691,246599812124692,246599812124693,246599812124694,246599812124695,246599812124696,246599812124697,246599812124698,246599812124699,246599812124700,246599812124701,246599812124702,246599812124703,246599812124704,246599812124705,246599812124706,246599812124707,246599812124708,246599812124709,246599812124710,246599812124711]}',1,NULL);
INSERT INTO event VALUES(1,246599812177920,'message.added',4,246599812177920,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177921,'message.added',4,246599812177921,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177922,'message.added',4,246599812177922,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177923,'message.added',4,246599812177923,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177924,'message.added',4,246599812177924,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177925,'message.added',4,246599812177925,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177926,'message.added',4,246599812177926,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177927,'message.added',4,246599812177927,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177928,'message.added',4,246599812177928,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177929,'message.added',4,246599812177929,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177930,'message.added',4,246599812177930,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177931,'message.added',4,246599812177931,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177932,'message.added',4,246599812177932,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177933,'message.added',4,246599812177933,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177934,'message.added',4,246599812177934,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177935,'message.added',4,246599812177935,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177936,'message.added',4,246599812177936,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177937,'message.added',4,246599812177937,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177938,'message.added',4,246599812177938,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177939,'message.added',4,246599812177939,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177940,'message.added',4,246599812177940,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177941,'message.added',4,246599812177941,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177942,'message.added',4,246599812177942,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177943,'message.added',4,246599812177943,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177944,'message.added',4,246599812177944,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177945,'message.added',4,246599812177945,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177946,'message.added',4,246599812177946,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177947,'message.added',4,246599812177947,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177948,'message.added',4,246599812177948,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177949,'message.added',4,246599812177949,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177950,'message.added',4,246599812177950,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177951,'message.added',4,246599812177951,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177952,'message.added',4,246599812177952,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177953,'message.added',4,246599812177953,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177954,'message.added',4,246599812177954,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177955,'message.added',4,246599812177955,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177956,'message.added',4,246599812177956,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177957,'message.added',4,246599812177957,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177958,'message.added',4,246599812177958,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812177959,'message.added',4,246599812177959,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202496,'message.added',4,246599812202496,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202497,'message.added',4,246599812202497,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202498,'message.added',4,246599812202498,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202499,'message.added',4,246599812202499,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202500,'message.added',4,246599812202500,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202501,'message.added',4,246599812202501,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202502,'message.added',4,246599812202502,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202503,'message.added',4,246599812202503,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202504,'message.added',4,246599812202504,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202505,'message.added',4,246599812202505,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202506,'message.added',4,246599812202506,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202507,'message.added',4,246599812202507,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202508,'message.added',4,246599812202508,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202509,'message.added',4,246599812202509,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202510,'message.added',4,246599812202510,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202511,'message.added',4,246599812202511,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202512,'message.added',4,246599812202512,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202513,'message.added',4,246599812202513,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812202514,'message.added',4,246599812202514,NULL,NULL,NULL,1,NULL,1,NULL);
INSERT INTO event VALUES(1,246599812259840,'conversation.created',5,5,NULL,NULL,NULL,1,'{"changes":{"status":[null,"new"]},"messages":[246599812259840]}',1,NULL);
INSERT INTO event VALUES(1,246599812292608,'conversation.created',6,6,NULL,NULL,4,1,'{"changes":{"assignee":[null,4],"status":[null,"closed"]},"messages":[246599812292608,246599812292609]}',1,NULL);
INSERT INTO event VALUES(1,246599812317184,'conversation.updated',6,6,NULL,NULL,4,0,'{"changes":{"archived":[false,true]}}',1,NULL);
INSERT INTO event VALUES(1,246599812419584,'customer.created',NULL,5,NULL,NULL,NULL,0,'{"changes":{"first_name":[null,"Ilka"],"home_inbox":[null,1],"last_name":[null,"Varga"]}}',1,NULL);
INSERT INTO event VALUES(1,246599812419585,'conversation.created',7,7,NULL,NULL,NULL,0,'{"changes":{"status":[null,"closed"]},"messages":[246599812419584,246599812419585]}',1,NULL);
INSERT INTO event VALUES(1,246599812460544,'customer.created',NULL,6,NULL,NULL,NULL,0,'{"changes":{"first_name":[null,"Bram"],"home_inbox":[null,1],"last_name":[null,"Achterberg"]}}',1,NULL);
INSERT INTO event VALUES(1,246599812460545,'conversation.created',8,8,NULL,NULL,NULL,0,'{"changes":{"status":[null,"new"]},"messages":[246599812460544]}',1,NULL);
INSERT INTO event VALUES(1,246599812476928,'customer.created',NULL,7,NULL,NULL,NULL,0,'{"changes":{"first_name":[null,"Noor El"],"home_inbox":[null,1],"last_name":[null,"Amrani"]}}',1,NULL);
INSERT INTO event VALUES(1,246599812476929,'conversation.created',9,9,NULL,NULL,NULL,0,'{"changes":{"status":[null,"new"]},"messages":[246599812476928]}',1,NULL);
INSERT INTO event VALUES(1,246599812521984,'conversation.created',10,10,NULL,NULL,NULL,0,'{"changes":{"status":[null,"new"]},"messages":[246599812521984]}',2,NULL);
INSERT INTO event VALUES(1,246599812591616,'conversation.merged',1,1,NULL,NULL,NULL,0,'{"merged":{"conversation":5,"inbox":1,"status":"new"}}',1,NULL);
INSERT INTO event VALUES(1,246599813132288,'credential.created',NULL,8,NULL,NULL,NULL,0,'{"changes":{"door":[null,"native"],"inboxes":[null,[]],"name":[null,"native"],"scopes":[null,"conversations.read,conversations.write,messages.read,messages.write,delegations.write,agents.read,agents.write,account.read,account.write,customers.read,customers.write,customers.erase,credentials.read,credentials.write,webhooks.read,webhooks.write,events.read,audit.read"]}}',NULL,NULL);
INSERT INTO event VALUES(1,246599814098944,'webhook.created',NULL,1,'native',8,NULL,0,'{"changes":{"door":[null,"native"],"enabled":[null,true],"events":[null,["agent.created","customer.created","message.added"]],"inboxes":[null,[]],"label":[null,"Taken"],"ordered":[null,false],"url":[null,"http://127.0.0.1:34165/hook?***"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599814123520,'webhook.created',NULL,2,'native',8,NULL,0,'{"changes":{"door":[null,"native"],"enabled":[null,true],"events":[null,["agent.created","customer.created","message.added"]],"inboxes":[null,[]],"label":[null,"Nobody there"],"ordered":[null,true],"url":[null,"http://127.0.0.1:1/"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599814184960,'webhook.created',NULL,3,'native',8,NULL,0,'{"changes":{"door":[null,"helpscout"],"enabled":[null,true],"events":[null,["convo.created"]],"inboxes":[null,[1]],"label":[null,""],"ordered":[null,false],"url":[null,"http://127.0.0.1:34165/"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599814197248,'webhook.created',NULL,4,'native',8,NULL,0,'{"changes":{"door":[null,"native"],"enabled":[null,true],"events":[null,["agent.created","customer.created","message.added"]],"inboxes":[null,[]],"label":[null,"Off"],"ordered":[null,false],"url":[null,"http://127.0.0.1:34165/"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599814205440,'webhook.updated',NULL,4,'native',8,NULL,0,'{"changes":{"enabled":[true,false]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599814225920,'agent.created',NULL,5,'native',8,NULL,0,'{"changes":{"email":[null,""],"first_name":[null,"Told"],"last_name":[null,"About"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599814746112,'account.updated',NULL,1,'native',8,NULL,0,'{"changes":{"name":["Larkspur House","Larkspur & Sons"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599814795264,'agent.created',NULL,6,'native',8,NULL,0,'{"changes":{"email":[null,""],"first_name":[null,"Mina"],"last_name":[null,"Roth"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599814881280,'customer.created',NULL,8,'native',8,NULL,0,'{"changes":{"email":[null,"merged@example.org"],"first_name":[null,"merged"],"phone":[null,"+49 30 123456"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599814975488,'customer.created',NULL,9,'native',8,NULL,0,'{"changes":{"email":[null,"kept@example.org"],"first_name":[null,"kept"],"phone":[null,"+49 30 123456"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599815032832,'customer.created',NULL,10,'native',8,NULL,0,'{"erased":true}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599815094272,'conversation.created',11,11,'native',8,NULL,0,'{"changes":{"custom_fields":[null,{"colour":"red"}],"status":[null,"new"],"tags":[null,["vip"]]}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815127040,'conversation.updated',11,11,'native',8,NULL,0,'{"changes":{"assignee":[null,6]}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815213056,'message.added',11,246599815213056,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815221248,'message.added',11,246599815221248,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815229440,'message.added',11,246599815229440,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815237632,'conversation.created',12,12,'native',8,NULL,0,'{"changes":{"custom_fields":[null,{"colour":"red"}],"status":[null,"new"],"tags":[null,["vip"]]}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815299072,'conversation.updated',12,12,'native',8,NULL,0,'{"changes":{"assignee":[null,6]}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815327744,'message.added',12,246599815327744,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815335936,'message.added',12,246599815335936,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815340033,'message.added',12,246599815340032,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815348224,'conversation.created',13,13,'native',8,NULL,0,'{"changes":{"status":[null,"new"]},"erased":true}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815352320,'conversation.updated',13,13,'native',8,NULL,0,'{"changes":{"assignee":[null,6]}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815626752,'message.added',13,246599815626752,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815655424,'message.added',13,246599815655424,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815671808,'message.added',13,246599815671808,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815680001,'conversation.created',14,14,'native',8,NULL,0,'{"changes":{"custom_fields":[null,{"colour":"red"}],"status":[null,"new"],"tags":[null,["vip"]]}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815688192,'conversation.updated',14,14,'native',8,NULL,0,'{"changes":{"assignee":[null,6]}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815815168,'message.added',14,246599815815168,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815823360,'message.added',14,246599815823360,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815868416,'message.added',14,246599815868416,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815876609,'conversation.created',15,15,'native',8,NULL,0,'{"changes":{"custom_fields":[null,{"colour":"red"}],"status":[null,"new"],"tags":[null,["vip"]]}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815884801,'conversation.updated',15,15,'native',8,NULL,0,'{"changes":{"assignee":[null,6]}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815933952,'message.added',15,246599815933952,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815938048,'message.added',15,246599815938048,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815950336,'message.added',15,246599815950336,'native',8,NULL,0,NULL,1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815966720,'conversation.merged',15,15,'native',8,NULL,0,'{"merged":{"conversation":14,"inbox":1,"status":"new"}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815987200,'conversation.created',16,16,'native',8,NULL,0,'{"changes":{"assignee":[null,6],"status":[null,"new"]},"messages":[246599815340032],"split_from":12}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599815987201,'conversation.split',12,12,'native',8,NULL,0,'{"into":16,"messages":[246599815340032]}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599816015873,'conversation.updated',12,12,'native',8,NULL,0,'{"changes":{"status":["new","closed"],"tags":[["vip"],["late","vip"]]}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599816024064,'customer.merged',NULL,8,'native',8,NULL,0,'{"changes":{"merged_into":[null,9]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599816024065,'customer.updated',NULL,9,'native',8,NULL,0,'{"changes":{"addresses":[[{"kind":"email","position":0,"value":"kept@example.org"},{"kind":"phone","position":1,"value":"+49 30 123456"}],[{"kind":"email","position":0,"value":"kept@example.org"},{"kind":"phone","position":1,"value":"+49 30 123456"},{"kind":"email","position":2,"value":"merged@example.org"}]]},"merged":8}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599816065024,'customer.erased',NULL,10,'native',8,NULL,0,NULL,NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599816065025,'conversation.updated',11,11,'native',8,NULL,0,'{"changes":{"customer":[8,9]}}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599816077312,'conversation.updated',13,13,'native',8,NULL,0,'{"erased":true,"job":246599816065024}',1,'127.0.0.1');
INSERT INTO event VALUES(1,246599816499200,'credential.created',NULL,9,'native',8,NULL,0,'{"changes":{"door":[null,"native"],"inboxes":[null,[]],"name":[null,"Reports"],"scopes":[null,"conversations.read"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599816507392,'credential.created',NULL,10,'native',8,NULL,0,'{"changes":{"door":[null,"magicline"],"inboxes":[null,[1]],"name":[null,"Till"],"scopes":[null,"conversations.read"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599816511488,'credential.revoked',NULL,10,'native',8,NULL,0,'{"changes":{"revoked":[false,true]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599816515584,'credential.updated',NULL,9,'native',8,NULL,0,'{"changes":{"name":["Reports","Reports of the month"]}}',NULL,'127.0.0.1');
INSERT INTO event VALUES(1,246599823167488,'inbox.created',NULL,3,NULL,NULL,NULL,0,'{"changes":{"name":[null,"Workshop"]}}',3,NULL);
INSERT INTO event VALUES(2,246599812669440,'account.created',NULL,2,NULL,NULL,NULL,0,'{"changes":{"name":[null,"Tidewater Yard"]}}',NULL,NULL);
INSERT INTO event VALUES(2,246599812755456,'agent.created',NULL,1000000,NULL,NULL,NULL,0,'{"changes":{"email":[null,"ines.corrigan@tidewater.example"],"first_name":[null,"Ines"],"last_name":[null,"Corrigan"]}}',NULL,NULL);
INSERT INTO event VALUES(2,246599812825088,'inbox.created',NULL,1000000,NULL,NULL,NULL,0,'{"changes":{"name":[null,"Tidewater Yard"]}}',1000000,NULL);
INSERT INTO event VALUES(2,246599812898816,'customer.created',NULL,1000000,NULL,NULL,NULL,0,'{"changes":{"email":[null,"aurelio.pell@mail.example"],"first_name":[null,"Aurelio"],"home_inbox":[null,1000000],"last_name":[null,"Pell"]}}',1000000,NULL);
INSERT INTO event VALUES(2,246599812952064,'conversation.created',1000000,1000000,NULL,NULL,NULL,0,'{"changes":{"status":[null,"new"]},"messages":[246599812952064]}',1000000,NULL);
CREATE TABLE feed_reader (
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;
INSERT INTO feed_reader VALUES(1,'counts',246599816077312);
INSERT INTO feed_reader VALUES(1,'webhook:1',246599816511488);
INSERT INTO feed_reader VALUES(1,'webhook:2',246599814225920);
INSERT INTO feed_reader VALUES(1,'webhook:3',246599816511488);
INSERT INTO feed_reader VALUES(2,'counts',246599812952064);
CREATE TABLE conversation_count (
    account_id INTEGER NOT NULL,
    inbox_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    conversations INTEGER NOT NULL,
    PRIMARY KEY (account_id, inbox_id, status)
) STRICT, WITHOUT ROWID;
INSERT INTO conversation_count VALUES(1,1,'closed',4);
INSERT INTO conversation_count VALUES(1,1,'new',6);
INSERT INTO conversation_count VALUES(1,1,'open',3);
INSERT INTO conversation_count VALUES(1,2,'new',1);
INSERT INTO conversation_count VALUES(2,1000000,'new',1);
CREATE TABLE feed_start (
    account_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    PRIMARY KEY (account_id)
) STRICT;
CREATE TABLE idempotency_key (
    account_id INTEGER NOT NULL,
    key_hash BLOB NOT NULL,
    body_hash BLOB NOT NULL,
    status INTEGER NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, key_hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE conversation_field (
    account_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, conversation_id, name)
) STRICT, WITHOUT ROWID;
INSERT INTO conversation_field VALUES(1,11,'colour','red');
INSERT INTO conversation_field VALUES(1,12,'colour','red');
INSERT INTO conversation_field VALUES(1,15,'colour','red');
CREATE TABLE upload (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    credential_id INTEGER NOT NULL,
    file_name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    data BLOB,
    object_name TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT;
CREATE TABLE conversation_guest (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, customer_id, conversation_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE customer_job (
    account_id INTEGER NOT NULL,
    customer_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    into_id INTEGER,
    stage TEXT NOT NULL,
    after_id INTEGER NOT NULL,
    after_message_id INTEGER NOT NULL,
    conversations INTEGER NOT NULL,
    door TEXT,
    credential_id INTEGER,
    agent_id INTEGER,
    address TEXT,
    holder TEXT,
    leased_until INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    done_at INTEGER,
    PRIMARY KEY (account_id, customer_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO customer_job VALUES(1,8,246599816024064,'merge',9,'done',0,0,1,'native',8,NULL,'127.0.0.1','12383ab5-88c7-4850-af85-3ad7f643a7cf',1795894663221,1795894633209,1795894633221);
INSERT INTO customer_job VALUES(1,10,246599816065024,'erase',NULL,'done',0,0,1,'native',8,NULL,'127.0.0.1','12383ab5-88c7-4850-af85-3ad7f643a7cf',1795894663229,1795894633219,1795894633229);
CREATE TABLE webhook (
    account_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    door TEXT NOT NULL,
    label TEXT NOT NULL,
    url TEXT NOT NULL,
    kinds TEXT NOT NULL,
    inboxes TEXT NOT NULL,
    inboxes_since INTEGER NOT NULL,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_until INTEGER,
    ordered INTEGER NOT NULL,
    allow TEXT NOT NULL,
    application_id INTEGER,
    options TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    disabled_at INTEGER,
    parked INTEGER,
    lease_by TEXT,
    lease_until INTEGER NOT NULL,
    next_due INTEGER,
    failing_since INTEGER,
    discarded INTEGER NOT NULL,
    last_success_at INTEGER,
    credential_id INTEGER,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO webhook VALUES(1,1,'native','Taken','Ac+lsDJo1gCfIsWlL+1cTudF5QQdi0+WsjmoUVflByhIGLVYjIC0sCUuQcleQL25tjlw2oOV/OVsG0sGTPTFUrwgPgo','agent.created,customer.created,message.added','',246599814098944,'Ac+lsDLLBgHEzFTvBy/KtDSmTrYtHzCmowMxvo0IGB3PD1LpZZjmyhJVOsgjBGvY0mUFaP3PavV7Tm5IURTQMQR3pr/DkGuxYzo7HEb27sFTHSw',NULL,NULL,0,'',NULL,'{}','enabled',NULL,NULL,NULL,NULL,0,NULL,NULL,0,1795894633195,8,1795894632739,246599814098944);
INSERT INTO webhook VALUES(1,2,'native','Nobody there','Ac+lsDLaZLt3eK2Do7DjaTOccFp6HVaB26Vi9pk9/6n6/BYzz0mfkA9besLUvasdx1ZD3g','agent.created,customer.created,message.added','',246599814123520,'Ac+lsDLtG/AycPuzwjtFN+qI61zsvbR8LgOwQ/KqLAs2KhHUimkec9ESkef+67tBZ+rKnxrvULO6mhpy69cZvQsh8mVqw5HR354SczM67ItY0X8',NULL,NULL,1,'',NULL,'{}','enabled',NULL,NULL,NULL,NULL,0,1795894638062,1795894632790,0,NULL,8,1795894632745,246599814123520);
INSERT INTO webhook VALUES(1,3,'helpscout','','Ac+lsDKa/yHfBEfH8x1oERyYXKRGyABOCfOIr41I0RRBEGqRCWMw2EMFIYZqe5X+1WwFJhbhvg','convo.created','1',246599814184960,'Ac+lsDJ/lSeRIGB+Hvm3WHKDB+v/pb1GL6P4KnxoUliVXs4IaA',NULL,NULL,0,'',NULL,'{}','enabled',NULL,NULL,NULL,NULL,0,NULL,NULL,0,1795894633207,8,1795894632760,246599814184960);
INSERT INTO webhook VALUES(1,4,'native','Off','Ac+lsDJrAkqQJJ5B5zoT3UaIc/wnDVeF8ySAgGXQ4yQol3QgqZcaftWpm8nkZERLCvuas36YKQ','agent.created,customer.created,message.added','',246599814197248,'Ac+lsDKi27uq3GbDhltVX5LlMvF4VFnd6g6uA1tL2h0WoUBdDSd9iJE6cNxvjfisVZDFl+kmrcfvooggbeI8RlQ+fd/pyfIFk2tkekEG4Hlmh3w',NULL,NULL,0,'',NULL,'{}','disabled','asked',1795894632765,246599814205440,NULL,0,NULL,NULL,0,NULL,8,1795894632763,246599814205440);
CREATE TABLE webhook_allow (
    account_id INTEGER NOT NULL,
    entries TEXT NOT NULL,
    PRIMARY KEY (account_id)
) STRICT;
CREATE TABLE delivery (
    account_id INTEGER NOT NULL,
    webhook_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    events INTEGER NOT NULL,
    name TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    next_attempt_at INTEGER,
    PRIMARY KEY (account_id, webhook_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO delivery VALUES(1,1,246599814320128,246599814225920,1,'agent.created','{"content-type":"application/json","webhook-id":"evt_246599814225920"}','{"type":"agent.created","timestamp":"2026-11-28T19:37:12.770Z","data":{"id":246599814225920,"kind":"agent.created","at":"2026-11-28T19:37:12.770Z","entity_id":5,"conversation_id":null,"inbox_id":null,"agent_id":null,"door":"native","imported":false,"changes":[{"field":"email","before":null,"after":""},{"field":"first_name","before":null,"after":"Told"},{"field":"last_name","before":null,"after":"About"}],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599814901760,246599814795264,1,'agent.created','{"content-type":"application/json","webhook-id":"evt_246599814795264"}','{"type":"agent.created","timestamp":"2026-11-28T19:37:12.909Z","data":{"id":246599814795264,"kind":"agent.created","at":"2026-11-28T19:37:12.909Z","entity_id":6,"conversation_id":null,"inbox_id":null,"agent_id":null,"door":"native","imported":false,"changes":[{"field":"email","before":null,"after":""},{"field":"first_name","before":null,"after":"Mina"},{"field":"last_name","before":null,"after":"Roth"}],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815016448,246599814881280,1,'customer.created','{"content-type":"application/json","webhook-id":"evt_246599814881280"}','{"type":"customer.created","timestamp":"2026-11-28T19:37:12.930Z","data":{"id":246599814881280,"kind":"customer.created","at":"2026-11-28T19:37:12.930Z","entity_id":8,"conversation_id":null,"inbox_id":null,"agent_id":null,"door":"native","imported":false,"changes":[{"field":"email","before":null,"after":"merged@example.org"},{"field":"first_name","before":null,"after":"merged"},{"field":"phone","before":null,"after":"+49 30 123456"}],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815036928,246599814975488,1,'customer.created','{"content-type":"application/json","webhook-id":"evt_246599814975488"}','{"type":"customer.created","timestamp":"2026-11-28T19:37:12.953Z","data":{"id":246599814975488,"kind":"customer.created","at":"2026-11-28T19:37:12.953Z","entity_id":9,"conversation_id":null,"inbox_id":null,"agent_id":null,"door":"native","imported":false,"changes":[{"field":"email","before":null,"after":"kept@example.org"},{"field":"first_name","before":null,"after":"kept"},{"field":"phone","before":null,"after":"+49 30 123456"}],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815225344,246599815213056,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815213056"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.011Z","data":{"id":246599815213056,"kind":"message.added","at":"2026-11-28T19:37:13.011Z","entity_id":246599815213056,"conversation_id":11,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815241728,246599815221248,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815221248"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.013Z","data":{"id":246599815221248,"kind":"message.added","at":"2026-11-28T19:37:13.013Z","entity_id":246599815221248,"conversation_id":11,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815294977,246599815229440,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815229440"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.015Z","data":{"id":246599815229440,"kind":"message.added","at":"2026-11-28T19:37:13.015Z","entity_id":246599815229440,"conversation_id":11,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815340032,246599815327744,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815327744"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.039Z","data":{"id":246599815327744,"kind":"message.added","at":"2026-11-28T19:37:13.039Z","entity_id":246599815327744,"conversation_id":12,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815360512,246599815335936,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815335936"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.041Z","data":{"id":246599815335936,"kind":"message.added","at":"2026-11-28T19:37:13.041Z","entity_id":246599815335936,"conversation_id":12,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815360513,246599815340033,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815340033"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.042Z","data":{"id":246599815340033,"kind":"message.added","at":"2026-11-28T19:37:13.042Z","entity_id":246599815340032,"conversation_id":12,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815823361,246599815815168,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815815168"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.158Z","data":{"id":246599815815168,"kind":"message.added","at":"2026-11-28T19:37:13.158Z","entity_id":246599815815168,"conversation_id":14,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815876608,246599815823360,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815823360"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.160Z","data":{"id":246599815823360,"kind":"message.added","at":"2026-11-28T19:37:13.160Z","entity_id":246599815823360,"conversation_id":14,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815884800,246599815868416,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815868416"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.171Z","data":{"id":246599815868416,"kind":"message.added","at":"2026-11-28T19:37:13.171Z","entity_id":246599815868416,"conversation_id":14,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815942144,246599815933952,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815933952"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.187Z","data":{"id":246599815933952,"kind":"message.added","at":"2026-11-28T19:37:13.187Z","entity_id":246599815933952,"conversation_id":15,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815954432,246599815938048,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815938048"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.188Z","data":{"id":246599815938048,"kind":"message.added","at":"2026-11-28T19:37:13.188Z","entity_id":246599815938048,"conversation_id":15,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,1,246599815970816,246599815950336,1,'message.added','{"content-type":"application/json","webhook-id":"evt_246599815950336"}','{"type":"message.added","timestamp":"2026-11-28T19:37:13.191Z","data":{"id":246599815950336,"kind":"message.added","at":"2026-11-28T19:37:13.191Z","entity_id":246599815950336,"conversation_id":15,"inbox_id":1,"agent_id":null,"door":"native","imported":false,"changes":[],"more":{}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,2,246599814311936,246599814225920,1,'agent.created','{"content-type":"application/json","webhook-id":"evt_246599814225920"}','{"type":"agent.created","timestamp":"2026-11-28T19:37:12.770Z","data":{"id":246599814225920,"kind":"agent.created","at":"2026-11-28T19:37:12.770Z","entity_id":5,"conversation_id":null,"inbox_id":null,"agent_id":null,"door":"native","imported":false,"changes":[{"field":"email","before":null,"after":""},{"field":"first_name","before":null,"after":"Told"},{"field":"last_name","before":null,"after":"About"}],"more":{}}}','pending',1,1,1795894638062);
INSERT INTO delivery VALUES(1,3,246599815114752,246599815094272,1,'convo.created','{"content-type":"application/json","x-helpscout-event":"convo.created"}','{"id":11,"number":11,"threads":0,"type":"email","folderId":11,"status":"active","state":"published","subject":"Umlauts äöü, a bar |, a quote '', a backslash \\, yarn 🧶","preview":"","mailboxId":1,"createdBy":{"id":8,"type":"customer","first":"merged","last":"","email":"merged@example.org"},"createdAt":"2026-11-28T19:37:12Z","closedBy":0,"userUpdatedAt":"2026-11-28T19:37:12Z","source":{"type":"api","via":"customer"},"tags":[{"id":2,"color":"#A5B2BD","tag":"vip"}],"cc":[],"bcc":[],"primaryCustomer":{"id":8,"type":"customer","first":"merged","last":"","email":"merged@example.org"},"customFields":[],"_embedded":{"threads":[]},"_links":{"self":{"href":"http://127.0.0.1:38909/v2/conversations/11"},"mailbox":{"href":"http://127.0.0.1:38909/v2/mailboxes/1"},"primaryCustomer":{"href":"http://127.0.0.1:38909/v2/customers/8"},"createdByCustomer":{"href":"http://127.0.0.1:38909/v2/customers/8"},"threads":{"href":"http://127.0.0.1:38909/v2/conversations/11/threads/"},"web":{"href":"http://127.0.0.1:38909/conversation/11/11"}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,3,246599815294976,246599815237632,1,'convo.created','{"content-type":"application/json","x-helpscout-event":"convo.created"}','{"id":12,"number":12,"threads":0,"type":"email","folderId":11,"status":"active","state":"published","subject":"Umlauts äöü, a bar |, a quote '', a backslash \\, yarn 🧶","preview":"","mailboxId":1,"createdBy":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"createdAt":"2026-11-28T19:37:13Z","closedBy":0,"userUpdatedAt":"2026-11-28T19:37:13Z","source":{"type":"api","via":"customer"},"tags":[{"id":2,"color":"#A5B2BD","tag":"vip"}],"cc":[],"bcc":[],"primaryCustomer":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"customFields":[],"_embedded":{"threads":[]},"_links":{"self":{"href":"http://127.0.0.1:38909/v2/conversations/12"},"mailbox":{"href":"http://127.0.0.1:38909/v2/mailboxes/1"},"primaryCustomer":{"href":"http://127.0.0.1:38909/v2/customers/9"},"createdByCustomer":{"href":"http://127.0.0.1:38909/v2/customers/9"},"threads":{"href":"http://127.0.0.1:38909/v2/conversations/12/threads/"},"web":{"href":"http://127.0.0.1:38909/conversation/12/12"}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,3,246599815696384,246599815680001,1,'convo.created','{"content-type":"application/json","x-helpscout-event":"convo.created"}','{"id":14,"number":14,"threads":0,"type":"email","folderId":15,"status":"active","state":"published","subject":"Umlauts äöü, a bar |, a quote '', a backslash \\, yarn 🧶","preview":"","mailboxId":1,"assignee":{"id":6,"type":"user","first":"Mina","last":"Roth","email":""},"createdBy":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"createdAt":"2026-11-28T19:37:13Z","closedBy":0,"userUpdatedAt":"2026-11-28T19:37:13Z","source":{"type":"api","via":"customer"},"tags":[{"id":2,"color":"#A5B2BD","tag":"vip"}],"cc":[],"bcc":[],"primaryCustomer":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"customFields":[],"_embedded":{"threads":[]},"_links":{"self":{"href":"http://127.0.0.1:38909/v2/conversations/14"},"mailbox":{"href":"http://127.0.0.1:38909/v2/mailboxes/1"},"primaryCustomer":{"href":"http://127.0.0.1:38909/v2/customers/9"},"createdByCustomer":{"href":"http://127.0.0.1:38909/v2/customers/9"},"assignee":{"href":"http://127.0.0.1:38909/v2/users/6"},"threads":{"href":"http://127.0.0.1:38909/v2/conversations/14/threads/"},"web":{"href":"http://127.0.0.1:38909/conversation/14/14"}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,3,246599815892992,246599815876609,1,'convo.created','{"content-type":"application/json","x-helpscout-event":"convo.created"}','{"id":15,"number":15,"threads":0,"type":"email","folderId":11,"status":"active","state":"published","subject":"Umlauts äöü, a bar |, a quote '', a backslash \\, yarn 🧶","preview":"","mailboxId":1,"createdBy":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"createdAt":"2026-11-28T19:37:13Z","closedBy":0,"userUpdatedAt":"2026-11-28T19:37:13Z","source":{"type":"api","via":"customer"},"tags":[{"id":2,"color":"#A5B2BD","tag":"vip"}],"cc":[],"bcc":[],"primaryCustomer":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"customFields":[],"_embedded":{"threads":[]},"_links":{"self":{"href":"http://127.0.0.1:38909/v2/conversations/15"},"mailbox":{"href":"http://127.0.0.1:38909/v2/mailboxes/1"},"primaryCustomer":{"href":"http://127.0.0.1:38909/v2/customers/9"},"createdByCustomer":{"href":"http://127.0.0.1:38909/v2/customers/9"},"threads":{"href":"http://127.0.0.1:38909/v2/conversations/15/threads/"},"web":{"href":"http://127.0.0.1:38909/conversation/15/15"}}}','delivered',1,0,NULL);
INSERT INTO delivery VALUES(1,3,246599816015872,246599815987200,1,'convo.created','{"content-type":"application/json","x-helpscout-event":"convo.created"}','{"id":16,"number":16,"threads":1,"type":"email","folderId":15,"status":"active","state":"published","subject":"Umlauts äöü, a bar |, a quote '', a backslash \\, yarn 🧶","preview":"A note.","mailboxId":1,"assignee":{"id":6,"type":"user","first":"Mina","last":"Roth","email":""},"createdBy":{"id":1,"type":"user","first":"Integration","last":"","email":""},"createdAt":"2026-11-28T19:37:13Z","closedBy":0,"userUpdatedAt":"2026-11-28T19:37:13Z","source":{"type":"api","via":"user"},"tags":[],"cc":[],"bcc":[],"primaryCustomer":{"id":9,"type":"customer","first":"kept","last":"","email":"kept@example.org"},"customFields":[],"_embedded":{"threads":[{"id":246599815340032,"type":"note","status":"nochange","state":"published","action":{"type":"default","associatedEntities":{}},"body":"A note.","source":{"type":"api","via":"user"},"customer":{"id":9,"first":"kept","last":"","photoUrl":"","email":"kept@example.org"},"createdBy":{"id":1,"type":"user","first":"Integration","last":"","email":""},"assignedTo":{"id":6,"type":"user","first":"Mina","last":"Roth","email":""},"savedReplyId":0,"to":[],"cc":[],"bcc":[],"createdAt":"2026-11-28T19:37:13Z","_embedded":{"attachments":[]},"_links":{"createdByUser":{"href":"http://127.0.0.1:38909/v2/users/1"},"customer":{"href":"http://127.0.0.1:38909/v2/customers/9"},"assignedTo":{"href":"http://127.0.0.1:38909/v2/users/6"}}}]},"_links":{"self":{"href":"http://127.0.0.1:38909/v2/conversations/16"},"mailbox":{"href":"http://127.0.0.1:38909/v2/mailboxes/1"},"primaryCustomer":{"href":"http://127.0.0.1:38909/v2/customers/9"},"createdByUser":{"href":"http://127.0.0.1:38909/v2/users/1"},"assignee":{"href":"http://127.0.0.1:38909/v2/users/6"},"threads":{"href":"http://127.0.0.1:38909/v2/conversations/16/threads/"},"web":{"href":"http://127.0.0.1:38909/conversation/16/16"}}}','delivered',1,0,NULL);
CREATE TABLE delivery_attempt (
    account_id INTEGER NOT NULL,
    webhook_id INTEGER NOT NULL,
    delivery_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    answer TEXT,
    error TEXT,
    PRIMARY KEY (account_id, webhook_id, delivery_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO delivery_attempt VALUES(1,1,246599814320128,1,1795894632789,3,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599814901760,1,1795894632917,14,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815016448,1,1795894632953,2,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815036928,1,1795894632964,3,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815225344,1,1795894633013,1,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815241728,1,1795894633016,1,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815294977,1,1795894633020,11,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815340032,1,1795894633040,1,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815360512,1,1795894633043,1,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815360513,1,1795894633045,0,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815823361,1,1795894633159,0,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815876608,1,1795894633162,9,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815884800,1,1795894633174,0,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815942144,1,1795894633188,1,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815954432,1,1795894633191,0,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,1,246599815970816,1,1795894633194,1,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,2,246599814311936,1,1795894632790,0,NULL,NULL,'cannot connect: Connection refused (os error 111)');
INSERT INTO delivery_attempt VALUES(1,3,246599815114752,1,1795894632984,2,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,3,246599815294976,1,1795894633019,11,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,3,246599815696384,1,1795894633128,0,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,3,246599815892992,1,1795894633177,0,204,'',NULL);
INSERT INTO delivery_attempt VALUES(1,3,246599816015872,1,1795894633202,5,204,'',NULL);
CREATE INDEX credential_key_by_owner ON credential_key (account_id, credential_id, expires_at);
CREATE UNIQUE INDEX public_id_by_text ON public_id (account_id, kind, public_id, door);
CREATE INDEX conversation_by_customer
    ON conversation (account_id, customer_id, inbox_id, archived, closed, last_message_at, id);
CREATE INDEX conversation_by_start
    ON conversation (account_id, inbox_id, phase, started_at, id);
CREATE INDEX conversation_by_update
    ON conversation (account_id, inbox_id, updated_at, id);
CREATE INDEX conversation_by_delegation
    ON conversation (account_id, customer_id, inbox_id, archived, closed, delegated_at, id)
    WHERE delegated_at IS NOT NULL;
CREATE INDEX conversation_by_assignee
    ON conversation (account_id, assignee_id, inbox_id, customer_id, archived, closed, last_message_at, id)
    WHERE assignee_id IS NOT NULL;
CREATE INDEX conversation_by_assignee_delegation
    ON conversation (account_id, assignee_id, inbox_id, customer_id, archived, closed, delegated_at, id)
    WHERE assignee_id IS NOT NULL;
CREATE INDEX conversation_by_application
    ON conversation (account_id, application_id, inbox_id, created_at, id)
    WHERE application_id IS NOT NULL;
CREATE INDEX conversation_by_application_update
    ON conversation (account_id, application_id, inbox_id, updated_at, created_at, id)
    WHERE application_id IS NOT NULL;
CREATE INDEX message_by_occurrence
    ON message (account_id, conversation_id, occurred_at, id);
CREATE INDEX attachment_by_message
    ON attachment (account_id, conversation_id, message_id, id);
CREATE INDEX attachment_by_object
    ON attachment (account_id, object_name)
    WHERE object_name IS NOT NULL;
CREATE INDEX delegation_by_conversation ON delegation (account_id, conversation_id, id);
CREATE UNIQUE INDEX tag_by_name ON tag (account_id, name);
CREATE INDEX idempotency_key_by_age ON idempotency_key (account_id, created_at);
CREATE INDEX conversation_by_creation
    ON conversation (account_id, inbox_id, phase, created_at, id);
CREATE INDEX conversation_tag_by_tag ON conversation_tag (account_id, tag_id, conversation_id);
CREATE INDEX upload_by_age ON upload (account_id, created_at, id);
CREATE INDEX customer_by_creation ON customer (account_id, created_at, id);
CREATE INDEX customer_by_survivor ON customer (account_id, merged_into_id, id)
    WHERE merged_into_id IS NOT NULL;
CREATE INDEX customer_address_by_value ON customer_address (account_id, kind, value, customer_id)
    WHERE kind <> 'email';
CREATE INDEX conversation_guest_by_conversation
    ON conversation_guest (account_id, conversation_id, customer_id);
CREATE INDEX customer_job_open ON customer_job (account_id, id) WHERE done_at IS NULL;
CREATE INDEX delivery_due ON delivery (account_id, webhook_id, next_attempt_at)
    WHERE next_attempt_at IS NOT NULL;
CREATE INDEX delivery_undelivered ON delivery (account_id, webhook_id, state, id)
    WHERE state <> 'delivered';
COMMIT;
