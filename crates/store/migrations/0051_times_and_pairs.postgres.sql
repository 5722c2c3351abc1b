-- Empties the search index: its documents get tokens of their times and of pairs of frequent words, without which searches do not
-- find them. The servers build it anew from the feed. Pair: 0051_times_and_pairs.sqlite.sql.

TRUNCATE search_document, search_name, search_state;
