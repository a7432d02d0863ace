//! Stories in a browser: headless Chromium, driven by the scripts in `tests/browser`.
//!
//! In: a house with people in it. Out: whether the script's story held; screenshots below
//! `browser/` of the target folder. Never here: a step of a story; only what a script cannot
//! do itself (stop the house, start it).

mod driver;

use anyhow::Result;

use self::driver::{alone, tell};

#[tokio::test]
async fn everybody_signs_in_and_out() -> Result<()> {
    tell("sign_in").await
}

#[tokio::test]
async fn an_agent_works_through_a_case_by_keyboard() -> Result<()> {
    tell("agent").await
}

#[tokio::test]
async fn an_agent_sits_before_two_browsers() -> Result<()> {
    tell("second").await
}

#[tokio::test]
async fn shift_leaders_and_operators_see_and_act() -> Result<()> {
    tell("boards").await
}

#[tokio::test]
async fn the_house_comes_back_under_its_pages() -> Result<()> {
    tell("restart").await
}

#[tokio::test]
async fn what_strangers_write_and_try_does_no_harm() -> Result<()> {
    tell("hostile").await
}

#[tokio::test]
async fn a_client_opens_his_link_on_a_telephone() -> Result<()> {
    tell("client").await
}

#[tokio::test]
async fn who_sits_elsewhere_reads_the_branchs_clock() -> Result<()> {
    tell("abroad").await
}

#[tokio::test]
async fn a_desk_that_knows_little_yet_swallows_no_key() -> Result<()> {
    tell("early").await
}

#[tokio::test]
async fn a_page_counts_short_messages_as_the_house_does() -> Result<()> {
    alone("parts").await
}
