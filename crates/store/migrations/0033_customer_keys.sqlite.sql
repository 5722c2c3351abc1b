-- Each e-mail address of a customer gets its domain. After this statement, the program gives the customers the keys of their
-- names. Pair: 0033_customer_keys.postgres.sql.

UPDATE email_owner SET domain = substr(email, instr(email, '@') + 1);
