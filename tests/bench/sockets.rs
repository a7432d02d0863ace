//! Figures of a hall full of agents: what an open desk costs the house, and how soon all desks of a
//! branch have heard how its queues stand.
//!
//! In: the path of a release binary, and how many desks instead of 1,000. Out: a table on standard
//! output, beside what plain connections of the same machine take in the same run.
//! Never here: an assertion; a benchmark prints, it does not judge.

#![expect(clippy::indexing_slicing, reason = "an absent field of a JSON answer reads as null")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the machine's clock and spawns what ends with it")]

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use it::{
    desk::Desk,
    house::House,
    load::{self, Doors, ms, part},
    rest::Rest,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

/// Desks of one branch, unless the command line says otherwise.
const DESKS: usize = 1_000;
/// Agents that are made, and desks that are opened, at the same time.
const AT_ONCE: usize = 16;
/// How often all are told.
const TELLINGS: u32 = 20;
/// How long one telling may take to reach the last desk.
const TELLING: Duration = Duration::from_secs(30);
/// Bytes of a frame of figures with one queue, about.
const FRAME: usize = 320;
const SECRET: &str = "a-secret-of-the-bench";

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let binary = PathBuf::from(words.first().context("name the release binary")?);
    let desks = words.get(1).map_or(Ok(DESKS), |word| word.parse())?;
    tokio::runtime::Runtime::new()?.block_on(run(binary, desks))
}

async fn run(binary: PathBuf, count: usize) -> Result<()> {
    let mut raw = plain(count).await?;
    println!(
        "raw: one frame to {count} connections, p50 {:>8.1} ms, p99 {:>8.1} ms",
        part(&mut raw, 0.5),
        part(&mut raw, 0.99)
    );

    let channels = format!("[channels.sms.main]\nbranch = \"hq\"\nprofile = \"generic\"\nsecret = \"{SECRET}\"\n");
    let house = House::start_binary(binary, &firm(count), &channels).await?;
    let agents = agents(&house, count).await?;
    let (first, others) = agents.split_first().context("there is an agent")?;
    // One desk first: what the first one makes is not the price of the next.
    let first = first.desk().await?;
    let before = memory(&house)?;
    let began = Instant::now();
    let desks = stream::iter(others).map(Rest::desk).buffer_unordered(AT_ONCE);
    let mut desks: Vec<Desk> = desks.try_collect().await?;
    let (opened, after) = (began.elapsed(), memory(&house)?);
    let each = (after - before) * 1024.0 / desks.len() as f64;
    println!(
        "desks {count}, opened in {:.1} s; memory {before:.1} → {after:.1} MiB: {each:.1} KiB each",
        opened.as_secs_f64()
    );
    desks.push(first);

    let told = tell(&house, desks).await?;
    let (mut last, mut spread): (Vec<f64>, Vec<f64>) = told.into_iter().unzip();
    println!(
        "the count, from the first desk to the last: p50 {:>8.1} ms, p99 {:>8.1} ms",
        part(&mut spread, 0.5),
        part(&mut spread, 0.99)
    );
    // Queues are counted at a beat of their own, which is most of this.
    println!(
        "the count, from the client's post to the last: p50 {:>8.1} ms, p99 {:>8.1} ms",
        part(&mut last, 0.5),
        part(&mut last, 0.99)
    );
    Ok(())
}

/// Posts one contact after the other; gives how long it took until the last desk knew of each, since
/// it was posted and since the first desk knew.
async fn tell(house: &House, desks: Vec<Desk>) -> Result<Vec<(f64, f64)>> {
    let count = desks.len();
    let (heard, mut hearing) = mpsc::unbounded_channel();
    for mut desk in desks {
        let heard = heard.clone();
        tokio::spawn(async move {
            while let Ok(frame) = desk.next("figures").await {
                let waiting = frame["queues"][0]["waiting"].as_u64();
                if heard.send((waiting, Instant::now())).is_err() {
                    return;
                }
            }
        });
    }
    drop(heard);
    let mut took = Vec::new();
    for number in 1..=TELLINGS {
        let doors = Doors { urls: vec![format!("{}/channels/sms/main", house.url())], secret: SECRET, run: number };
        let began = Instant::now();
        let posted = load::press(&doors, 1, 1).await?;
        ensure!(posted.len() == 1, "the contact was not taken");
        let (mut know, mut first, mut last) = (0, None, began);
        while know < count {
            let (waiting, at) = tokio::time::timeout(TELLING, hearing.recv()).await?.context("a desk went away")?;
            if waiting == Some(number.into()) {
                know += 1;
                first = Some(first.map_or(at, |first: Instant| first.min(at)));
                last = last.max(at);
            }
        }
        took.push((ms(last - began), ms(last - first.unwrap_or(began))));
    }
    Ok(took)
}

/// What a plain server takes to write as many bytes to as many connections.
async fn plain(count: usize) -> Result<Vec<f64>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let place = listener.local_addr()?;
    let (heard, mut hearing) = mpsc::unbounded_channel();
    let mut writers = Vec::new();
    for _ in 0..count {
        let mut reader = TcpStream::connect(place).await?;
        let (writer, _) = listener.accept().await?;
        writer.set_nodelay(true)?;
        writers.push(writer);
        let heard = heard.clone();
        tokio::spawn(async move {
            let mut frame = [0; FRAME];
            while reader.read_exact(&mut frame).await.is_ok() && heard.send(Instant::now()).is_ok() {}
        });
    }
    let mut took = Vec::new();
    for _ in 0..TELLINGS {
        let began = Instant::now();
        for writer in &mut writers {
            writer.write_all(&[b'x'; FRAME]).await?;
        }
        let mut last = began;
        for _ in 0..count {
            last = last.max(hearing.recv().await.context("a reader went away")?);
        }
        took.push(ms(last - began));
    }
    Ok(took)
}

/// Makes a user for each agent and signs in as each.
async fn agents(house: &House, count: usize) -> Result<Vec<Rest>> {
    let admin = house.admin()?;
    let signed_in = stream::iter(0..count).map(|agent| {
        let admin = &admin;
        async move {
            let name = format!("a{agent}");
            let user = json!({ "name": name, "role": "agent", "agent": name, "branch": "hq" });
            made(admin.post("users", &user).await?)?;
            let token = made(admin.post(&format!("users/{name}/tokens"), &json!({})).await?)?;
            anyhow::Ok(Rest::new(house.url(), token["token"].as_str().context("no token")?.to_owned()))
        }
    });
    signed_in.buffer_unordered(AT_ONCE).try_collect().await
}

fn made((status, body): (u16, Value)) -> Result<Value> {
    ensure!((200..300).contains(&status), "{status} {body}");
    Ok(body)
}

/// A branch in which nobody is ready, so that every contact waits and is counted.
fn firm(agents: usize) -> String {
    let mut firm = String::from(
        "[[branch]]\nid = \"hq\"\nname = \"总部\"\ntime_zone = \"Asia/Shanghai\"\n\n\
         [[queue]]\nid = \"enquiries\"\nbranch = \"hq\"\nname = \"咨询\"\nkinds = [\"enquiry\"]\nwithin = \"1h\"\n\
         lead = \"a0\"\n\n",
    );
    for agent in 0..agents {
        firm += &format!(
            "[[agent]]\nid = \"a{agent}\"\nname = \"坐席{agent}\"\nbranch = \"hq\"\nqueues = [\"enquiries\"]\n\
             skills = {{ mandarin = 3 }}\nunits = 3\n\n"
        );
    }
    firm
}

/// Resident memory of the house's one process in MiB.
fn memory(house: &House) -> Result<f64> {
    load::memory(house.process().context("the house does not run")?)
}
