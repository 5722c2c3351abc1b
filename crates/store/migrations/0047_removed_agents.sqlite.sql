-- When an agent was removed; NULL: the agent works here. The row stays, because old messages have the name.
-- Pair: 0047_removed_agents.postgres.sql.

ALTER TABLE agent ADD COLUMN removed_at INTEGER;
