use super::*;

fn said(files: &[(&str, &str)]) -> Vec<String> {
    check(&Project::of(files))
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn schema(engine: &str, sql: &str) -> Vec<String> {
    let (own, other) = if engine == "sqlite" {
        ("sqlite", "postgres")
    } else {
        ("postgres", "sqlite")
    };
    let (own, other) = (
        format!("{MIGRATIONS}0001_a.{own}.sql"),
        format!("{MIGRATIONS}0001_a.{other}.sql"),
    );
    said(&[(&own, sql), (&other, "")])
}

#[test]
fn migrations_are_pairs_without_gaps() {
    let one = format!("{MIGRATIONS}0001_a.sqlite.sql");
    let two = format!("{MIGRATIONS}0001_a.postgres.sql");
    assert!(said(&[(&one, ""), (&two, "")]).is_empty());
    assert!(said(&[(&one, "")])[0].contains("0001 is not one pair"));
    let three = format!("{MIGRATIONS}0003_b.sqlite.sql");
    assert!(said(&[(&one, ""), (&two, ""), (&three, "")])[0].contains("0003 follows 0001"));
    assert!(said(&[(&format!("{MIGRATIONS}1_a.sql"), "")])[0].contains("is not named"));
    let other_name = format!("{MIGRATIONS}0001_b.postgres.sql");
    assert!(said(&[(&one, ""), (&other_name, "")])[0].contains("one name for both"));
}

#[test]
fn keys_of_tenant_tables_begin_with_the_account() {
    let good = "CREATE TABLE IF NOT EXISTS conversation (account_id bigint NOT NULL, id bigint,
        PRIMARY KEY (account_id, id), CHECK (id IN (1, 2)), CONSTRAINT u UNIQUE (account_id, \"id\"),
        FOREIGN KEY (account_id, id) REFERENCES other (account_id, id));
        CREATE INDEX IF NOT EXISTS c ON conversation (account_id, id) WHERE id > 0;
        CREATE INDEX s ON conversation USING gin (words);";
    assert_eq!(schema("postgres", good), Vec::<String>::new());
    let bad = "CREATE TABLE conversation (account_id bigint,\n id bigint PRIMARY KEY,\n UNIQUE (id, account_id),\n
        FOREIGN KEY (id) REFERENCES other (id));\nCREATE UNIQUE INDEX c\n ON conversation (lower(id));";
    let said = schema("postgres", bad);
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said[0].contains(":2: PRIMARY key of conversation begins with id"));
    assert!(said[3].contains(":6: index key of conversation begins with lower"));
}

#[test]
fn exemptions_hold_for_their_engine_only() {
    let sql = "CREATE TABLE message (row_key INTEGER PRIMARY KEY, account_id INTEGER, UNIQUE (account_id, row_key)) STRICT;";
    assert!(schema("sqlite", sql).is_empty());
    assert_eq!(schema("postgres", sql).len(), 1);
}

#[test]
fn a_table_without_an_account_is_on_the_list_of_global_ones() {
    assert!(schema("sqlite", "CREATE TABLE lease (name TEXT PRIMARY KEY)").is_empty());
    assert!(
        schema("sqlite", "CREATE TABLE secret (name TEXT PRIMARY KEY)")[0]
            .contains("secret has no account_id")
    );
}

#[test]
fn rows_and_schema_change_in_different_migrations() {
    let said = schema(
        "sqlite",
        "CREATE TABLE lease (name TEXT);\nINSERT INTO lease VALUES ('a');",
    );
    assert!(said[0].contains(":2: changes rows"), "{said:?}");
    assert!(schema("sqlite", "INSERT INTO lease VALUES ('a');").is_empty());
}

fn statement(source: &str) -> usize {
    let migration = "CREATE TABLE message (account_id bigint, id bigint)";
    let (one, two) = (
        format!("{MIGRATIONS}0001_a.sqlite.sql"),
        format!("{MIGRATIONS}0001_a.postgres.sql"),
    );
    said(&[
        (&one, migration),
        (&two, migration),
        ("crates/store/src/rows.rs", source),
    ])
    .len()
}

#[test]
fn statements_on_tenant_tables_name_the_account() {
    assert_eq!(
        statement("const A: &str = \"SELECT id FROM message WHERE account_id = $1\";"),
        0
    );
    assert_eq!(statement("const A: &str = \"SELECT id FROM message\";"), 1);
    assert_eq!(
        statement("const A: &str = \"SELECT account_id, id FROM message\";"),
        1
    );
    assert_eq!(
        statement("const A: &str = \"INSERT INTO message (account_id, id) VALUES ($1, $2)\";"),
        0
    );
    assert_eq!(
        statement("const A: &str = \"UPDATE message SET id = 1\";"),
        1
    );
    assert_eq!(
        statement("const A: &str = \"SELECT name FROM lease FOR UPDATE\";"),
        0
    );
    assert_eq!(
        statement(
            "// tidy: across accounts: the sweep\nconst A: &str = \"SELECT id FROM message\";"
        ),
        0
    );
}

#[test]
fn tables_are_read_from_every_clause() {
    let sql = "SELECT 1 FROM a JOIN b ON a.x IS DISTINCT FROM b.x WHERE x IN (SELECT y FROM c) FOR UPDATE OF a";
    assert_eq!(tables_of(sql), ["a", "b", "c"]);
    assert_eq!(
        tables_of("INSERT INTO d (x) VALUES ($1) ON CONFLICT (x) DO UPDATE SET x = 1"),
        ["d"]
    );
}
