//! Messages in the archives of accounts.

use cobnut_store::{ArchiveRow, ArchiveSpan, Store};

use crate::fixture::create;

fn row(owner: &str, number: i64, peer: &str, resource: &str) -> ArchiveRow {
    ArchiveRow {
        owner: owner.to_owned(),
        number,
        peer: peer.to_owned(),
        resource: resource.to_owned(),
        stanza: format!("<message><body>{number} 再见 'n' ☺</body></message>"),
    }
}

fn everything(owner: &str) -> ArchiveSpan {
    let owner = owner.to_owned();
    ArchiveSpan { owner, with: None, after: 0, before: i64::MAX, is_newest_first: false, limit: 100 }
}

async fn numbers(store: &Store, span: &ArchiveSpan) -> Vec<i64> {
    store.archived(span).await.expect("archived").iter().map(|row| row.number).collect()
}

pub(crate) async fn messages_are_found_in_order_and_by_whom(store: Store) {
    for name in ["ann", "bob"] {
        create(&store, name).await;
    }
    // Numbers are as large as they will be for decades.
    let base = i64::MAX / 2;
    let peers = [
        ("bob@example.org", "desk"),
        ("cyd@example.org", ""),
        ("bob@example.org", "phone"),
        ("bobby@example.org", "desk"),
    ];
    let own = (0..8_usize).map(|index| {
        let (peer, resource) = peers[index % 4];
        row("ann", base + i64::try_from(index).expect("small"), peer, resource)
    });
    let mut rows: Vec<ArchiveRow> = own.collect();
    rows.push(row("bob", base + 3, "ann@example.org", "x"));
    rows.reverse();
    store.add_to_archives(&rows).await.expect("add");
    // Once more: an attempt whose answer was lost.
    store.add_to_archives(&rows).await.expect("add");
    store.add_to_archives(&[]).await.expect("add");
    let found = store.archived(&everything("ann")).await.expect("archived");
    assert!(found.iter().all(|row| rows.contains(row)), "{found:?}");
    let places = [0, base, base + 2, base + 5, base + 7, i64::MAX];
    let with = |peer: &str, resource: Option<&str>| Some((peer.to_owned(), resource.map(str::to_owned)));
    let filters = [
        None,
        with("bob@example.org", None),
        with("bob@example.org", Some("desk")),
        with("cyd@example.org", Some("")),
    ];
    for filter in filters {
        for (after, before) in
            places.iter().flat_map(|after| places.iter().map(move |before| (*after, *before)))
        {
            let is_newest_first = (after ^ before) & 1 == 0;
            let mut span =
                ArchiveSpan { with: filter.clone(), after, before, is_newest_first, ..everything("ann") };
            let is_meant = |row: &&ArchiveRow| {
                let is_with = filter.as_ref().is_none_or(|(peer, resource)| {
                    row.peer == *peer && resource.as_ref().is_none_or(|resource| row.resource == *resource)
                });
                row.owner == "ann" && is_with && row.number > after && row.number < before
            };
            let mut want: Vec<i64> = rows.iter().filter(is_meant).map(|row| row.number).collect();
            want.sort_unstable();
            if is_newest_first {
                want.reverse();
            }
            assert_eq!(numbers(&store, &span).await, want, "{span:?}");
            assert_eq!(store.archived_count(&span).await.expect("count"), want.len() as u64, "{span:?}");
            span.limit = 1;
            want.truncate(1);
            assert_eq!(numbers(&store, &span).await, want, "{span:?}");
        }
    }
    let asked = store.archived_numbered("ann", &[base + 1, base + 6, base + 99]).await.expect("numbered");
    assert_eq!(asked.iter().map(|row| row.number).collect::<Vec<_>>(), [base + 1, base + 6]);
    assert_eq!(store.archived_numbered("bob", &[base + 1]).await.expect("numbered"), []);
}

pub(crate) async fn what_cannot_be_kept_is_left_out(store: Store) {
    create(&store, "ann").await;
    let far = format!("{}@example.org", "x".repeat(1023));
    let long = ArchiveRow { stanza: format!("<m>{}</m>", "é".repeat(200_000)), ..row("ann", 3, "b@x", "") };
    let rows = [row("ann", 1, &far, ""), row("nobody", 2, "ann@example.org", ""), long.clone()];
    store.add_to_archives(&rows).await.expect("add");
    assert_eq!(store.archived(&everything("ann")).await.expect("archived"), [long]);
    assert_eq!(numbers(&store, &everything("nobody")).await, [0; 0]);
}

pub(crate) async fn old_messages_go_in_steps_and_an_account_takes_its_own_along(store: Store) {
    for name in ["ann", "bob"] {
        create(&store, name).await;
    }
    let rows: Vec<ArchiveRow> = (1..=20)
        .map(|number| row(if number % 2 == 0 { "ann" } else { "bob" }, number, "cyd@example.org", ""))
        .collect();
    store.add_to_archives(&rows).await.expect("add");
    let mut deleted = Vec::new();
    loop {
        let count = store.delete_archived_before(11, 4).await.expect("delete");
        deleted.push(count);
        if count == 0 {
            break;
        }
    }
    assert_eq!(deleted, [4, 4, 2, 0]);
    assert_eq!(numbers(&store, &everything("ann")).await, [12, 14, 16, 18, 20]);
    assert!(store.delete_user("ann").await.expect("delete"));
    create(&store, "ann").await;
    assert_eq!(numbers(&store, &everything("ann")).await, [0; 0]);
    assert_eq!(numbers(&store, &everything("bob")).await, [11, 13, 15, 17, 19]);
}
