//! What every kind of coordination keeps, tried on each: in one process, and through Redis
//! between two.

#[path = "contract/house.rs"]
mod house;
#[path = "contract/suite.rs"]
mod suite;

use house::House;

macro_rules! cases {
    ($open:expr; $($case:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            super::suite::$case($open.await).await;
        }
    )*};
}

mod local {
    cases!(std::future::ready(super::House::local());
        an_agent_is_unseen_only_after_the_grace_time,
        two_consoles_with_one_agent_are_one_agent,
        commits_come_in_order_to_every_process_and_once,
        a_burst_passes_then_the_key_waits_and_others_do_not,
        two_who_share_a_quota_take_exactly_what_it_holds,
        figures_are_the_latest_of_each_branch,
        figures_of_a_forgotten_branch_are_gone,
        every_process_hears_the_reports_of_all,
    );
}

mod full {
    cases!(super::House::redis();
        an_agent_is_unseen_only_after_the_grace_time,
        two_consoles_with_one_agent_are_one_agent,
        commits_come_in_order_to_every_process_and_once,
        a_burst_passes_then_the_key_waits_and_others_do_not,
        two_who_share_a_quota_take_exactly_what_it_holds,
        figures_are_the_latest_of_each_branch,
        figures_of_a_forgotten_branch_are_gone,
        every_process_hears_the_reports_of_all,
    );
}
