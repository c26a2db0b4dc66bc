//! Tests that pages scale: with many images, each part of a page comes out of an index, and a page
//! takes no longer than with few images.

use std::time::Duration;

use super::drivers::{ColumnReader, Connection, Engine, SqlError, Statement};
use super::tables::{catalogue, events, list};
use super::{Sql, SqlUrl};
use crate::budget::Budget;
use crate::store::ImageStore as _;
use crate::store::scaling::{self, FEW, Read, images, many, too_slow};

/// What a plan says of a scan of a whole table. The servers may scan the memberships: here they fit
/// into a page or two, however many images there are.
fn scans(engine: Engine) -> Vec<String> {
    match engine {
        Engine::Sqlite => ["i", "t", "m", "x", "e"]
            .map(|table| format!("SCAN {table}\n"))
            .into(),
        Engine::Postgres => ["images", "image_tags", "tag_events"]
            .map(|table| format!("Seq Scan on {table} "))
            .into(),
        Engine::MariaDb | Engine::Glance => ["i", "t", "x", "e"]
            .map(|table| format!("\"table_name\": \"{table}\",\n\"access_type\": \"ALL\""))
            .into(),
    }
}

async fn plan(connection: &mut Connection, statement: Statement) -> String {
    let mut explained = Statement::new(match connection.engine() {
        Engine::Sqlite => "EXPLAIN QUERY PLAN ",
        Engine::Postgres => "EXPLAIN ",
        Engine::MariaDb | Engine::Glance => "EXPLAIN FORMAT=JSON ",
    });
    explained.push(statement);
    // SQLite has three numbers before the text.
    let numbers = match connection.engine() {
        Engine::Sqlite => 3,
        Engine::Postgres | Engine::MariaDb | Engine::Glance => 0,
    };
    let line = |row: &mut ColumnReader<'_>| -> Result<String, SqlError> {
        for _ in 0..numbers {
            row.number()?;
        }
        Ok(row.text()?.unwrap_or_default().to_owned())
    };
    let lines = connection.fetch(explained, line).await.unwrap();
    let plan = lines.join("\n");
    plan.lines()
        .map(str::trim)
        .fold(String::new(), |plan, line| plan + line + "\n")
}

/// Checks that no statement of `read` scans a table.
async fn check_plan(store: &Sql, read: &Read) {
    let mut connection = store.database.acquire().await.unwrap();
    let engine = connection.engine();
    let statement = match read {
        Read::List(query) => {
            let max_bytes = list::expected_size(query.limit);
            let listed = list::statement(&mut connection, query, None).await.unwrap();
            listed.map(|listed| listed.page(engine, max_bytes))
        }
        // A script has no plan.
        Read::Tags(_) if engine == Engine::MariaDb => None,
        Read::Tags(query) => catalogue::statements(engine, query)[0].take(),
        Read::History(query) => events::statement(query),
    };
    if let Some(statement) = statement {
        let plan = plan(&mut connection, statement).await;
        let found = scans(engine).into_iter().find(|scan| plan.contains(scan));
        assert_eq!(found, None, "{read}\n{plan}");
    }
    connection.release();
}

/// Checks that MariaDB reads at most `max_rows` for the page. It may use the right index for a
/// condition and yet read all rows before the first one that meets it.
async fn check_rows(store: &Sql, read: &Read, max_rows: i64) {
    if store.engine() != Engine::MariaDb {
        return;
    }
    // The store has only this connection.
    let mut connection = store.database.acquire().await.unwrap();
    connection.execute_script("FLUSH STATUS").await.unwrap();
    connection.release();
    read.run(store).await;
    let mut connection = store.database.acquire().await.unwrap();
    let text = "SELECT CAST(SUM(variable_value) AS SIGNED) FROM information_schema.session_status \
                WHERE variable_name LIKE 'handler_read%'";
    let rows = connection.fetch_number(text).await.unwrap();
    connection.release();
    println!("{rows} rows: {read}");
    assert!(rows < max_rows, "{rows} rows: {read}");
}

async fn check(few: Sql, larger: Sql) {
    for (store, count) in [(&few, FEW), (&larger, many())] {
        let images = images(count);
        store.open(&images).await.unwrap();
        for events in scaling::events(&images).chunks(1000) {
            store.import_events(events).await.unwrap();
        }
        let mut connection = store.database.acquire().await.unwrap();
        // The servers analyze by themselves, a minute later.
        let analyze = match connection.engine() {
            Engine::Sqlite => "ANALYZE",
            Engine::Postgres => "VACUUM ANALYZE",
            Engine::MariaDb | Engine::Glance => {
                "ANALYZE TABLE images, image_tags, image_members, image_properties, tag_events"
            }
        };
        connection.execute_script(analyze).await.unwrap();
    }
    for read in &Read::all() {
        check_plan(&larger, read).await;
    }
    for read in Read::all().iter().chain(&Read::middle()) {
        check_rows(&larger, read, 20_000).await;
    }
    // The images of each tag are counted up to 1000, in each scope.
    for read in &Read::frequent_tags() {
        check_rows(&larger, read, 150_000).await;
    }
    let too_slow = too_slow([&few, &larger]).await;
    assert!(too_slow.is_empty(), "{}", too_slow.join("\n"));
}

fn sql(url: &str) -> Sql {
    Sql::new(
        SqlUrl::try_from(url).unwrap(),
        1,
        Duration::from_mins(1),
        Budget::new(256 << 20),
    )
}

#[tokio::test]
#[ignore = "takes minutes: make stores"]
async fn sqlite_reads_pages_of_many_images_as_fast_as_of_few() {
    let directory = tempfile::TempDir::new().unwrap();
    let new = |name| {
        sql(&format!(
            "sqlite://{}/{name}.db",
            directory.path().display()
        ))
    };
    check(new("few"), new("many")).await;
}

/// Two empty stores on the server at the URL in `variable`. `url` makes the URL of each from the
/// server's URL and a name.
async fn two_on_server(variable: &str, url: fn(&str, &str) -> String) -> [Sql; 2] {
    let server = std::env::var(variable).unwrap();
    let mut urls = Vec::new();
    for _ in 0..2 {
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let creator = sql(&server);
        let mut connection = creator.database.acquire().await.unwrap();
        connection
            .execute(Statement::new(format!("CREATE SCHEMA {name}")))
            .await
            .unwrap();
        urls.push(url(&server, &name));
    }
    [sql(&urls[0]), sql(&urls[1])]
}

#[tokio::test]
#[ignore = "needs a server: make stores"]
async fn postgres_reads_pages_of_many_images_as_fast_as_of_few() {
    // With few images PostgreSQL plans a statement five times and then keeps a plan, with many it
    // plans each time, which takes longer than to execute it. Here it always plans.
    let url = |server: &str, name: &str| {
        format!("{server}?options[search_path]={name}&options[plan_cache_mode]=force_custom_plan")
    };
    let [few, many] = two_on_server("IMAGE_TAGS_TEST_POSTGRES", url).await;
    check(few, many).await;
}

#[tokio::test]
#[ignore = "needs a server: make stores"]
async fn mariadb_reads_pages_of_many_images_as_fast_as_of_few() {
    let url = |server: &str, name: &str| format!("{server}/{name}");
    let [few, many] = two_on_server("IMAGE_TAGS_TEST_MARIADB", url).await;
    check(few, many).await;
}
