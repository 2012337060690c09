//! The promises of the store, checked on every database engine with one list of cases.

mod accounts;
mod fixture;
mod messages;
mod rosters;

use std::future::Future;

use cobnut_store::Store;
use fixture::Database;

/// Runs a case on a fresh database of an engine.
async fn on_fresh<F, Fut>(database: Option<Database>, case: F)
where
    F: FnOnce(Store) -> Fut,
    Fut: Future<Output = ()>,
{
    let Some(database) = database else { return };
    let store = database.open().await;
    case(store.clone()).await;
    store.close().await;
}

/// Makes one test of each case for each engine.
macro_rules! contract {
    ($($module:ident: $($case:ident)+;)+) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::on_fresh(super::Database::sqlite(), super::$module::$case).await;
                }
            )+)+
        }
        mod mariadb {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::on_fresh(super::Database::mariadb(), super::$module::$case).await;
                }
            )+)+
        }
    };
}

contract! {
    accounts:
        an_account_is_made_once_and_found
        of_many_creators_one_succeeds
        users_are_searched_and_paged
        credentials_are_replaced_together
        deleting_an_account_removes_everything
        properties_are_set_and_removed
        all_nodes_share_one_identity;
    rosters:
        an_item_survives
        concurrent_changes_lose_nothing
        an_item_is_removed;
    messages:
        offline_messages_come_back_in_order
        the_quota_holds_for_concurrent_senders
        a_message_is_deleted_once
        vcards_and_private_storage_are_replaced
        the_last_presence_is_kept;
}
