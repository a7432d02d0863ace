//! PostgreSQL without room on its disk, under load.
//!
//! In: a PostgreSQL of the story's own whose tables lie on a small disk; only root can mount one.
//! Out: the account. Never here: the server's log without room, for then it stops.

use anyhow::Result;
use it::{house::Servers, until};
use servers::{Disk, Postgres};

use super::town::Town;

/// The size of the disk in MiB: for all that the story writes.
const DISK_MIB: u32 = 96;
/// Messages that are accepted before, and while there is no room.
const BETWEEN: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_without_room_loses_nothing_and_goes_on_when_there_is_some() -> Result<()> {
    let Some(disk) = Disk::mount(DISK_MIB)? else { return Ok(()) };
    let postgres = tokio::task::block_in_place(Postgres::start)?;
    let store = tokio::task::block_in_place(|| postgres.database_on(&disk, "shouwen"))?;
    let town = Town::open(&Servers { store, ..Servers::claim()? }).await?;
    let load = town.load();
    load.more(BETWEEN).await;

    tokio::task::block_in_place(|| disk.fill_but(0))?;
    // Until the room inside the tables is used up, too.
    until("the routers say that there is no room", || async {
        let parts = town.house.parts().await.ok()?;
        parts.iter().any(|part| part["why"].as_str().is_some_and(|why| why.contains("disk is full"))).then_some(())
    })
    .await;
    // What a client says is taken by the broker all the same.
    load.more(BETWEEN).await;
    town.recovers_from("there is room again", || disk.make_room()).await?;
    load.more(BETWEEN).await;
    town.account(load).await
}
