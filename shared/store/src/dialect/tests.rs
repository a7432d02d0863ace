//! Statements of PostgreSQL: one text for any number of rows, rows of one key put together.
//!
//! In: rows. Out: texts and arrays. Never here: a server.

use super::*;

const MANY: Table =
    Table { name: "many", columns: &["id", "rank", "said"], key: &["id"], repeat: Repeat::MoreWins("rank") };

fn rows(cells: &[(u8, i64, Option<&str>)]) -> Rows {
    let mut rows = Rows::default();
    for (id, rank, said) in cells {
        rows.add(|row| {
            row.bytes(&[*id; 16]);
            row.int(*rank);
            row.text_or_null(*said);
        });
    }
    rows
}

fn ranks(statement: &Statement) -> Vec<Value> {
    let Value::Array(_, Some(cells)) = &statement.values.as_ref().unwrap().0[1] else { panic!("no array") };
    cells.as_ref().clone()
}

#[test]
fn any_number_of_rows_is_one_statement_of_one_text() {
    let one = Dialect::Postgres.insert([(&MANY, rows(&[(1, 1, None)]))]);
    let many: Vec<_> = (0..=200).map(|id| (id, 1, Some("a"))).collect();
    let many = Dialect::Postgres.insert([(&MANY, rows(&many))]);
    assert_eq!((one.len(), many.len()), (1, 1));
    assert_eq!(one[0].sql, many[0].sql);
    assert_eq!(ranks(&many[0]).len(), 201);
    assert!(Dialect::Postgres.insert([(&MANY, rows(&[]))]).is_empty());
}

#[test]
fn rows_of_many_tables_are_one_statement() {
    let other = Table { name: "other", ..MANY };
    let empty = Table { name: "empty", ..MANY };
    let tables = [(&MANY, rows(&[(1, 1, None)])), (&empty, rows(&[])), (&other, rows(&[(2, 3, Some("a"))]))];
    let statements = Dialect::Postgres.insert(tables);
    let [statement] = statements.as_slice() else { panic!("{statements:?}") };
    assert_eq!(statement.values.as_ref().unwrap().0.len(), 6);
    assert!(statement.sql.contains("unnest($1, $2, $3)") && statement.sql.contains("unnest($4, $5, $6)"));
    assert!(!statement.sql.contains("empty"));
}

#[test]
fn rows_of_one_key_become_what_the_table_would_make_of_them() {
    let cells = [(1, 1, Some("first")), (1, 2, Some("more")), (1, 2, Some("late")), (2, 0, None)];
    let kept = |repeat| {
        let table = Table { repeat, ..MANY };
        ranks(&Dialect::Postgres.insert([(&table, rows(&cells))])[0])
    };
    assert_eq!(kept(Repeat::MoreWins("rank")), [2_i64.into(), 0_i64.into()]);
    assert_eq!(kept(Repeat::ReplacesBut("rank")), [1_i64.into(), 0_i64.into()]);
    assert_eq!(kept(Repeat::Dropped).len(), 4, "the statement itself drops them");
}

#[test]
fn an_sqlstate_says_what_the_caller_can_do() {
    let meanings = [
        ("23505", Meaning::Conflict),
        ("40001", Meaning::Busy),
        ("40P01", Meaning::Busy),
        ("53100", Meaning::Full),
        ("53300", Meaning::Busy),
        ("55P03", Meaning::Busy),
        ("57P01", Meaning::Away),
        ("57014", Meaning::Busy),
        ("08006", Meaning::Away),
        ("25P03", Meaning::Busy),
        ("28P01", Meaning::Denied),
        ("42501", Meaning::Denied),
        ("42P01", Meaning::Fault),
    ];
    for (code, meaning) in meanings {
        assert_eq!(postgres::meaning(code), meaning, "{code}");
    }
}
