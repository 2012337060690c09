//! The promises of the store, checked on every database engine with one list of cases.

mod accounts;
mod archives;
mod directory;
mod fixture;
mod generations;
mod imports;
mod messages;
mod nodes;
mod openfire;
mod openings;
mod outages;
mod passwords;
mod privacy;
mod pubsub;
mod rooms;
mod rosters;
mod surveys;

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

/// Runs a case that opens the database itself.
async fn on_database<F, Fut>(database: Option<Database>, case: F)
where
    F: FnOnce(Database) -> Fut,
    Fut: Future<Output = ()>,
{
    if let Some(database) = database {
        case(database).await;
    }
}

/// Makes one test of each case for each engine.
macro_rules! contract {
    ($($run:ident $module:ident: $($case:ident)+;)+) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$run(super::Database::sqlite(), super::$module::$case).await;
                }
            )+)+
        }
        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$run(super::Database::postgres(), super::$module::$case).await;
                }
            )+)+
        }
        mod mariadb {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$run(super::Database::mariadb(), super::$module::$case).await;
                }
            )+)+
        }
    };
}

contract! {
    on_fresh rooms:
        a_room_lives_and_is_gone
        of_many_who_make_a_room_one_succeeds
        people_are_on_one_list_and_keep_their_nickname
        the_newest_of_what_was_said_is_found_in_order
        what_was_said_is_found_by_place_and_speaker
        what_does_not_fit_is_cut_in_the_log_and_refused_in_settings;
    on_fresh accounts:
        accounts_are_locked_and_unlocked
        an_account_is_made_once_and_found
        of_many_creators_one_succeeds
        keys_are_added_to_those_of_the_same_password
        users_are_searched_and_paged
        credentials_are_replaced_together
        properties_are_set_and_removed
        all_nodes_share_one_identity;
    on_database accounts:
        deleting_an_account_removes_everything;
    on_fresh directory:
        the_directory_finds_parts_in_the_fields_it_is_asked_for
        the_directory_gives_pages
        the_directory_keeps_what_people_hide;
    on_database directory:
        the_directory_can_be_kept_within_groups;
    on_fresh rosters:
        an_item_survives
        concurrent_changes_lose_nothing
        an_item_is_removed;
    on_fresh messages:
        offline_messages_come_back_in_order
        the_quota_holds_for_concurrent_senders
        a_message_is_deleted_once
        a_message_is_handed_over_once
        vcards_and_private_storage_are_replaced
        the_last_presence_is_kept
        queries_are_counted;
    on_fresh privacy:
        privacy_lists_are_put_changed_and_removed
        no_change_of_privacy_lists_is_lost;
    on_fresh archives:
        messages_are_found_in_order_and_by_whom
        what_cannot_be_kept_is_left_out
        old_messages_go_in_steps_and_an_account_takes_its_own_along;
    on_fresh pubsub:
        nodes_are_made_changed_and_removed
        items_are_published_and_the_oldest_go
        people_become_something_to_a_node_and_are_told
        the_newest_items_of_many_accounts_come_at_once;
    on_database pubsub:
        a_service_has_one_root_however_many_nodes_are_made_at_once;
    on_fresh nodes:
        nodes_know_of_each_other;
    on_database nodes:
        a_database_without_a_place_for_nodes_is_used_all_the_same;
    on_database generations:
        every_version_is_read_and_left_as_it_was;
    on_database passwords:
        readable_passwords_are_read_and_kept_as_openfire_would
        encrypted_properties_are_read_and_stay_encrypted
        a_database_of_ours_keeps_no_readable_password;
    on_database surveys:
        every_version_is_surveyed_without_a_trace
        what_does_not_fit_is_named;
    on_database imports:
        accounts_are_imported_whole
        what_is_there_is_skipped_or_replaced
        one_bad_account_costs_one_account
        groups_and_properties_are_imported;
    on_database openings:
        nodes_may_open_a_fresh_database_at_once
        a_database_is_opened_again
        an_openfire_database_is_used_as_it_is
        a_password_changed_by_openfire_counts
        half_a_database_is_refused
        a_database_without_scram_is_refused
        nodes_never_share_an_identifier
        an_openfire_beside_us_is_not_disturbed
        a_broken_identity_is_an_error;
}
