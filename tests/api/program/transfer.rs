//! `image-tags export` and `image-tags import`.

use super::process::program;

#[test]
fn export_and_import_copy_images_from_one_store_to_another() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let run = |store: &str, arguments: &[&str]| {
        let output = program()
            .args(arguments)
            .env("IMAGE_TAGS__STORE__URL", store)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let lines = run("memory:", &["export"]);
    assert_eq!(
        (lines.0, lines.1.lines().count(), &*lines.2),
        (Some(0), 2, "image-tags: 2 images and 0 events exported\n")
    );
    std::fs::write(file("images.jsonl"), &lines.1).unwrap();
    let database = format!("sqlite://{}", file("images.db"));
    for says in [
        "2 images imported, 0 were there already; 0 events imported",
        "0 images imported, 2 were there already; 0 events imported",
    ] {
        let outcome = run(&database, &["import", &file("images.jsonl")]);
        assert_eq!(
            (outcome.0, &*outcome.2),
            (Some(0), &*format!("image-tags: {says}\n"))
        );
    }
    // The images of the configuration are not exported from a database.
    std::fs::write(file("none.jsonl"), "").unwrap();
    let empty = format!("sqlite://{}", file("empty.db"));
    assert_eq!(run(&empty, &["import", &file("none.jsonl")]).0, Some(0));
    assert_eq!(
        run(&empty, &["export"]),
        (
            Some(0),
            String::new(),
            "image-tags: 0 images and 0 events exported\n".to_owned()
        )
    );
    assert_eq!(run(&database, &["export"]).1, lines.1);
    for (store, arguments, says) in [
        (
            "memory:",
            ["import", "-"],
            "store.url: a store in memory would forget what is imported",
        ),
        (
            &*database,
            ["import", "/nope"],
            "/nope: No such file or directory (os error 2)",
        ),
        (
            "sqlite:///nope/x.db",
            ["export", ""],
            "the database is not available: ",
        ),
    ] {
        let arguments: Vec<_> = arguments
            .into_iter()
            .filter(|argument| !argument.is_empty())
            .collect();
        let outcome = run(store, &arguments);
        assert_eq!(outcome.0, Some(1));
        assert!(
            outcome.2.starts_with(&format!("image-tags: {says}")),
            "{}",
            outcome.2
        );
    }
}

#[test]
fn an_export_neither_creates_nor_changes_a_database() {
    let directory = tempfile::tempdir().unwrap();
    let export = |name: &str| {
        let url = format!("sqlite://{}", directory.path().join(name).display());
        let output = program()
            .arg("export")
            .env("IMAGE_TAGS__STORE__URL", url)
            .output()
            .unwrap();
        assert_eq!((output.status.code(), &*output.stdout), (Some(1), &b""[..]));
        String::from_utf8(output.stderr).unwrap()
    };
    let files = || {
        let files = std::fs::read_dir(directory.path()).unwrap();
        files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>()
    };
    let says = export("absent.db");
    assert!(
        says.starts_with("image-tags: the database is not available: "),
        "{says}"
    );
    assert_eq!(files(), [""; 0]);
    std::fs::write(directory.path().join("empty.db"), "").unwrap();
    let says = export("empty.db");
    assert!(
        says.contains(
            "has none of the tables of this program; the service makes them when it starts"
        ),
        "{says}"
    );
    assert_eq!(files(), ["empty.db"]);
    assert_eq!(
        std::fs::read(directory.path().join("empty.db")).unwrap(),
        b""
    );
}
