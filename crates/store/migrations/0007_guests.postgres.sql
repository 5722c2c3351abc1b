-- Who wrote in conversations of others before 0005 kept account of it. Pair: 0007_guests.sqlite.sql.

INSERT INTO conversation_guest (account_id, customer_id, conversation_id)
    SELECT DISTINCT m.account_id, m.customer_id, m.conversation_id FROM message m
    JOIN conversation c ON c.account_id = m.account_id AND c.id = m.conversation_id
    WHERE c.customer_id <> m.customer_id
    ON CONFLICT (account_id, customer_id, conversation_id) DO NOTHING;
