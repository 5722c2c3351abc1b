-- When an agent was removed; NULL: the agent works here. The row stays, because old messages have the name.
-- Pair: 0047_removed_agents.sqlite.sql.

ALTER TABLE agent ADD COLUMN IF NOT EXISTS removed_at BIGINT;
