//! The user directory.

use cobnut_store::{DirectoryAnswer, DirectoryEntry, DirectoryPage, DirectoryQuery, Store};

use crate::fixture::{Database, create, execute};

fn by_name(part: &str) -> DirectoryQuery {
    DirectoryQuery { name: Some(part.to_owned()), limit: 10, ..DirectoryQuery::default() }
}

fn names(answer: &DirectoryAnswer) -> Vec<&str> {
    answer.entries.iter().map(|entry| entry.username.as_str()).collect()
}

async fn found(store: &Store, query: &DirectoryQuery) -> DirectoryAnswer {
    store.search_directory(query).await.expect("search")
}

pub(crate) async fn the_directory_finds_parts_in_the_fields_it_is_asked_for(store: Store) {
    for (username, name, email) in [
        ("ann", Some("Ann Lee"), Some("ann@example.org")),
        ("bob", Some("100% Sure_Thing!"), None),
        ("cy", None, Some("Lee@example.org")),
    ] {
        create(&store, username).await;
        store.update_user(username, name, email).await.expect("update");
    }
    for (part, want) in [
        ("LEE", vec!["ann"]),
        ("a*e", vec!["ann"]),
        ("e*a", vec![]),
        ("*", vec!["ann", "bob"]),
        ("0% s", vec!["bob"]),
        ("%", vec!["bob"]),
        ("_", vec!["bob"]),
        ("g!", vec!["bob"]),
        ("\\", vec![]),
        ("'", vec![]),
    ] {
        assert_eq!(names(&found(&store, &by_name(part)).await), want, "{part}");
    }
    let several =
        DirectoryQuery { username: Some("b".to_owned()), email: Some("LEE".to_owned()), ..by_name("100") };
    assert_eq!(names(&found(&store, &several).await), ["bob", "cy"]);
    for nothing in [by_name(""), DirectoryQuery::default()] {
        assert_eq!(found(&store, &nothing).await, DirectoryAnswer::default());
    }
}

pub(crate) async fn the_directory_gives_pages(store: Store) {
    for number in 0..25 {
        create(&store, &format!("user{number:02}")).await;
    }
    create(&store, "other").await;
    store.update_user("other", None, None).await.expect("update");
    let user = |number: u32| format!("user{number:02}");
    for (page, first, want) in [
        (DirectoryPage::At(0), 0, 0..10),
        (DirectoryPage::At(20), 20, 20..25),
        (DirectoryPage::At(25), 25, 0..0),
        (DirectoryPage::At(u32::MAX), u32::MAX, 0..0),
        (DirectoryPage::After(user(9)), 10, 10..20),
        (DirectoryPage::After("user09x".to_owned()), 10, 10..20),
        (DirectoryPage::After(user(24)), 25, 0..0),
        (DirectoryPage::Before(user(15)), 5, 5..15),
        (DirectoryPage::Before(user(3)), 0, 0..3),
        (DirectoryPage::Before(user(0)), 0, 0..0),
        (DirectoryPage::Last, 15, 15..25),
    ] {
        let answer = found(&store, &DirectoryQuery { page: page.clone(), ..by_name("name of") }).await;
        let want: Vec<String> = want.map(user).collect();
        assert_eq!(
            (answer.total, answer.first, names(&answer)),
            (25, first, want.iter().map(String::as_str).collect()),
            "{page:?}"
        );
    }
}

pub(crate) async fn the_directory_keeps_what_people_hide(store: Store) {
    for username in ["ann", "bob", "cy"] {
        create(&store, username).await;
        store.update_user(username, Some("Name"), Some("e@example.org")).await.expect("update");
    }
    store.set_user_property("ann", "email.visible", Some("false")).await.expect("set");
    store.set_user_property("bob", "name.visible", Some("false")).await.expect("set");
    store.set_user_property("cy", "name.visible", Some("true")).await.expect("set");
    let entry = |username: &str, name: Option<&str>, email: Option<&str>| DirectoryEntry {
        username: username.to_owned(),
        name: name.map(str::to_owned),
        email: email.map(str::to_owned),
    };
    let (name, email) = (Some("Name"), Some("e@example.org"));
    let want = [entry("ann", name, None), entry("bob", None, email), entry("cy", name, email)];
    assert_eq!(found(&store, &by_name("name")).await.entries, want);
}

pub(crate) async fn the_directory_can_be_kept_within_groups(database: Database) {
    let store = database.open().await;
    for username in ["ann", "bob", "cy", "dan"] {
        create(&store, username).await;
    }
    execute(
        &database.url,
        "INSERT INTO ofGroupUser (groupName, username, administrator) VALUES ('red', 'ann', 0), ('red', 'ann', 1), \
         ('red', 'bob', 0), ('blue', 'bob', 0), ('blue', 'dan', 1);",
    )
    .await;
    for (asker, want) in
        [("ann", vec!["ann", "bob"]), ("bob", vec!["ann", "bob", "dan"]), ("cy", vec![]), ("nobody", vec![])]
    {
        let query = DirectoryQuery { in_groups_of: Some(asker.to_owned()), ..by_name("name of") };
        let answer = found(&store, &query).await;
        assert_eq!((answer.total as usize, names(&answer)), (want.len(), want), "{asker}");
        let page = DirectoryQuery { page: DirectoryPage::After("ann".to_owned()), ..query };
        assert!(!names(&found(&store, &page).await).contains(&"ann"));
    }
    store.close().await;
}
