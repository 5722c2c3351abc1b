-- Of several agents with one address, the first one gets it; the others keep theirs until somebody changes it.
-- Pair: 0025_owners_of_agent_emails.postgres.sql.

INSERT INTO agent_email (account_id, email, agent_id)
SELECT account_id, lower(trim(email)), MIN(id) FROM agent WHERE trim(email) <> ''
GROUP BY account_id, lower(trim(email));
