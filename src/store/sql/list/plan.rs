//! How the databases go about a list: through an index, and no further than the page.

use std::time::{Duration, Instant};

use super::super::pool::Pool;
use super::super::statement::rows;
use super::super::url::{Engine, SqlUrl};
use super::*;
use crate::image::Viewer;
use crate::store::{ImageStore, Sql};

const FEW: usize = 1_000;
const MANY: usize = 100_000;

/// How many images are written by one statement.
const AT_ONCE: usize = 500;

/// An image and its tags as the tables have them. Three projects own them, and every twentieth is public.
fn written(number: usize) -> (String, i64, String, &'static str, [String; 5]) {
    let id = format!("{number:08x}-0000-4000-8000-000000000000");
    let visibility = if number.is_multiple_of(20) { "public" } else { "private" };
    let some = |group: usize, of: usize| format!("{}-of-{of}", number / group % of);
    let tags = ["all".to_owned(), some(1, 2), some(10, 4), some(10, 100), format!("only-{number}")];
    (id, i64::try_from(number).unwrap() * 1_000_000, format!("p{}", number % 3), visibility, tags)
}

async fn fill(connection: &mut Connection<'_>, from: usize, to: usize) {
    connection.begin().await.unwrap();
    for start in (from..to).step_by(AT_ONCE) {
        let mut images = Statement::new(format!(
            "INSERT INTO images (id, created_at, updated_at, revision, owner, visibility, status, min_disk, min_ram, \
             protected, hidden, property_bytes) VALUES {}",
            rows(AT_ONCE, 12)
        ));
        let columns = "image_id, tag, owner, visibility, image_created_at";
        let mut tags = Statement::new(format!("INSERT INTO image_tags ({columns}) VALUES {}", rows(5 * AT_ONCE, 5)));
        for number in start..start + AT_ONCE {
            let (id, time, owner, visibility, of_image) = written(number);
            images = images.with(&*id).with(time).with(time).with(0_i64).with(&*owner).with(visibility).with("active");
            images = images.with_all([0_i64; 5]);
            for tag in of_image {
                tags = tags.with(&*id).with(tag).with(&*owner).with(visibility).with(time);
            }
        }
        connection.run(images).await.unwrap();
        connection.run(tags).await.unwrap();
    }
    connection.script("COMMIT").await.unwrap();
}

/// The lists that have to stay fast: by two tags and by none, of an admin and of a project.
fn queries() -> Vec<ImageQuery> {
    let (admin, project) = (Viewer::Admin("admins".into()), Viewer::Project("p1".into()));
    let pairs = [["all", "1-of-2"], ["1-of-2", "3-of-4"], ["3-of-4", "all"]];
    let mut queries = vec![ImageQuery::new(admin.clone(), 20), ImageQuery::new(project.clone(), 20)];
    for viewer in [admin, project] {
        for tags in pairs {
            let tags = tags.map(|tag| tag.parse().unwrap()).into();
            queries.push(ImageQuery { tags, ..ImageQuery::new(viewer.clone(), 20) });
        }
    }
    queries
}

/// The best of some runs: what else the machine does only adds to it.
async fn time(store: &Sql, query: &ImageQuery) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..40 {
        let start = Instant::now();
        let page = store.list(query).await.unwrap();
        best = best.min(start.elapsed());
        assert_eq!((page.images.len(), page.more), (20, true), "{query:?}");
    }
    best
}

/// What the database says of how it would make the list.
async fn explained(connection: &mut Connection<'_>, query: &ImageQuery) -> String {
    let tags = rarest_first(connection, query).await.unwrap();
    let mut statement = statement(query, &Branch::all(query), &tags, None, query.limit);
    let explain = match connection.engine() {
        Engine::Sqlite => "EXPLAIN QUERY PLAN ",
        Engine::Postgres | Engine::MariaDb => "EXPLAIN ",
    };
    statement.text.insert_str(0, explain);
    let rows = connection.rows_once(statement).await.unwrap();
    rows.iter().map(|row| read::any_text(row) + "\n").collect()
}

async fn lists_go_through_an_index(url: &str) {
    let url = SqlUrl::try_from(url).unwrap();
    let timeout = Duration::from_mins(2);
    let store = Sql::new(url.clone(), 2, timeout);
    store.open(&[]).await.unwrap();
    let pool = Pool::new(url, 1, timeout);
    let mut connection = pool.take().await.unwrap();

    fill(&mut connection, 0, FEW).await;
    connection.script("ANALYZE").await.unwrap();
    let mut few = Vec::new();
    for query in queries() {
        few.push(time(&store, &query).await);
    }
    fill(&mut connection, FEW, MANY).await;
    connection.script("ANALYZE").await.unwrap();
    for (query, few) in queries().iter().zip(few) {
        let plan = explained(&mut connection, query).await;
        let index = if query.tags.is_empty() { "images_by_" } else { "image_tags_by_" };
        assert!(plan.contains(index), "{query:?}\n{plan}");
        for scan in ["Seq Scan on images", "Seq Scan on image_tags", "SCAN i\n", "SCAN t\n"] {
            assert!(!plan.contains(scan), "{query:?}\n{plan}");
        }
        let many = time(&store, query).await;
        let ratio = many.as_secs_f64() / few.as_secs_f64();
        println!("{few:?} among {FEW}, {many:?} among {MANY}: {ratio:.2} times, {:?} {:?}", query.viewer, query.tags);
        assert!(ratio <= 2.0, "{ratio:.2} {query:?}\n{plan}");
    }
}

#[tokio::test]
#[ignore = "writes 100,000 images: make stores"]
async fn lists_of_sqlite_go_through_an_index() {
    let directory = tempfile::tempdir().unwrap();
    lists_go_through_an_index(&format!("sqlite://{}/images.db", directory.path().display())).await;
}

#[tokio::test]
#[ignore = "needs a server: make stores"]
async fn lists_of_postgresql_go_through_an_index() {
    let server = std::env::var("IMAGE_TAGS_TEST_POSTGRES").unwrap();
    let pool = Pool::new(SqlUrl::try_from(&*server).unwrap(), 1, Duration::from_secs(10));
    pool.take().await.unwrap().script("CREATE SCHEMA lists").await.unwrap();
    lists_go_through_an_index(&format!("{server}?options[search_path]=lists")).await;
}
