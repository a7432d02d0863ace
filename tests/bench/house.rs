//! Figures of the house from outside: start, memory, and the way from a provider's POST to the
//! offer on an agent's socket, beside the raw flush rate of the same disk in the same run.
//!
//! In: the path of a release binary, as the first argument, and rates to try instead of all. Out: a table on standard output.
//! Never here: an assertion; a benchmark prints, it does not judge.

#![expect(clippy::indexing_slicing, reason = "an absent field of a JSON answer reads as null")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the machine's clock")]

use std::{
    fmt::Write as _,
    fs::File,
    io::{Seek, SeekFrom, Write as _},
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use it::{
    house::House,
    load::{self, Doors, Offers, ms, part},
    until_within,
};

/// Agents with an open socket; together they have units for every contact of the run, since
/// nobody accepts.
const AGENTS: usize = 160;
/// How long each rate is held.
const HELD: Duration = Duration::from_secs(10);
/// Rates tried in turn, contacts a second; the run ends with the first that is not held.
const RATES: [u32; 6] = [100, 500, 1000, 2000, 3000, 4000];
/// How long the last offers may take to come.
const TAIL: Duration = Duration::from_secs(10);
/// A rate is held when so large a share of it was answered and offered.
const HELD_SHARE: f64 = 0.98;
/// Cases that are open when the process is killed.
const OPEN: u32 = 100_000;
/// Posters of these cases, each with one call at a time.
const POSTERS: u32 = 64;
/// How long the branch may take to open them.
const OPENING: Duration = Duration::from_secs(600);
/// Seconds of raw flushing.
const RAW: Duration = Duration::from_secs(2);
/// The secret of the bench's account.
const SECRET: &str = "a-secret-of-the-bench";

fn main() -> Result<()> {
    let binary = std::env::args().skip(1).find(|word| !word.starts_with("--"));
    let binary = PathBuf::from(binary.context("name the release binary")?);
    tokio::runtime::Runtime::new()?.block_on(run(binary))
}

async fn run(binary: PathBuf) -> Result<()> {
    println!("binary size                {:>10.1} MiB", mib(std::fs::metadata(&binary)?.len()));
    let folder = tempfile::tempdir()?;
    let raw = flushes(folder.path().join("raw"))?;
    println!("raw flushes (write 4 KiB + fdatasync, one at a time) {raw:>8.0}/s");

    let began = Instant::now();
    let house = House::start_binary(binary.clone(), &firm(), &channels()).await?;
    println!("start to ready, new folder {:>10.0} ms", ms(began.elapsed()));
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("idle memory (resident)     {:>10.1} MiB", memory(&house)?);

    let offers = Offers::default();
    let mut desks = Vec::new();
    for agent in 0..AGENTS {
        desks.push(watch_desk(&house, agent, &offers).await?);
    }
    println!(
        "{:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "asked/s", "held/s", "202 p50", "202 p99", "offer p50", "offer p99", "missing"
    );
    let asked: Vec<u32> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    for rate in if asked.is_empty() { RATES.to_vec() } else { asked.clone() } {
        let shown = hold(&house, rate, &offers).await?;
        println!("{}", shown.line);
        if !shown.held {
            break;
        }
    }
    println!("memory after the load      {:>10.1} MiB", memory(&house)?);
    drop(desks);
    drop(house);
    if asked.is_empty() { take_over(binary).await } else { Ok(()) }
}

/// Opens many cases, kills the process, and measures until the next one decides.
async fn take_over(binary: PathBuf) -> Result<()> {
    let mut house = House::start_binary(binary, &firm(), &channels()).await?;
    let ops = house.user(&["--name", "yunwei", "--role", "ops"]).await?;
    let began = Instant::now();
    load::press(&doors(&house, 9_000), OPEN, POSTERS).await?;
    until_within(OPENING, "every case is open", || async {
        let (_, body) = ops.get("queues").await.ok()?;
        let queues = body["items"].as_array()?;
        let waiting: u64 = queues.iter().filter_map(|queue| queue["waiting"].as_u64()).sum();
        (waiting >= u64::from(OPEN)).then_some(())
    })
    .await;
    println!("{OPEN} contacts posted and decided in {:.0} s by {POSTERS} posters", began.elapsed().as_secs_f64());
    println!("memory with {OPEN} open cases {:>6.1} MiB", memory(&house)?);
    house.kill().await?;
    let began = Instant::now();
    house.go().await?;
    println!("killed; take-over, from start to ready {:>6.0} ms", ms(began.elapsed()));
    Ok(())
}

struct Shown {
    line: String,
    held: bool,
}

/// Posts at a fixed rate and waits for the offers.
async fn hold(house: &House, rate: u32, offers: &Offers) -> Result<Shown> {
    offers.clear();
    let began = Instant::now();
    let posted = load::hold(&doors(house, rate), rate, HELD).await?;
    let posting = began.elapsed();
    offers.reach(posted.len(), TAIL).await;
    let mut answers: Vec<f64> = posted.iter().map(|one| ms(one.answered - one.due)).collect();
    let mut waits = offers.waits(&posted);
    let missing = u64::from(rate) * HELD.as_secs() - waits.len() as u64;
    let held_rate = waits.len() as f64 / posting.as_secs_f64().max(HELD.as_secs_f64());
    let mut line = String::new();
    write!(
        line,
        "{rate:>8} {held_rate:>9.0} {:>6.1} ms {:>6.1} ms {:>6.1} ms {:>6.1} ms {missing:>9}",
        part(&mut answers, 0.5),
        part(&mut answers, 0.99),
        part(&mut waits, 0.5),
        part(&mut waits, 0.99)
    )?;
    Ok(Shown { line, held: held_rate >= f64::from(rate) * HELD_SHARE })
}

fn doors(house: &House, run: u32) -> Doors {
    Doors { urls: vec![format!("{}/channels/sms/main", house.url())], secret: SECRET, run }
}

/// Opens a desk that notes when each offer comes.
async fn watch_desk(house: &House, agent: usize, offers: &Offers) -> Result<tokio::task::JoinHandle<()>> {
    let name = format!("a{agent}");
    let rest = house.user(&["--name", &name, "--role", "agent", "--agent", &name, "--branch", "hq"]).await?;
    offers.watch(&rest).await
}

fn firm() -> String {
    let mut firm = String::from(
        "[[branch]]\nid = \"hq\"\nname = \"总部\"\ntime_zone = \"Asia/Shanghai\"\n\n\
         [[queue]]\nid = \"enquiries\"\nbranch = \"hq\"\nname = \"咨询\"\nkinds = [\"enquiry\"]\nwithin = \"1h\"\n\
         lead = \"a0\"\ndeputy = \"a1\"\n\n[offer]\naccept_within = \"3600s\"\n\n",
    );
    for agent in 0..AGENTS {
        firm += &format!(
            "[[agent]]\nid = \"a{agent}\"\nname = \"坐席{agent}\"\nbranch = \"hq\"\nqueues = [\"enquiries\"]\n\
             skills = {{ mandarin = 3 }}\nunits = 1000\n\n"
        );
    }
    firm
}

fn channels() -> String {
    format!("[channels.sms.main]\nbranch = \"hq\"\nprofile = \"generic\"\nsecret = \"{SECRET}\"\n")
}

/// Counts how often a second the disk takes a small write for good.
fn flushes(path: PathBuf) -> Result<f64> {
    let mut file = File::create(path)?;
    let block = [7_u8; 4096];
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < RAW {
        file.seek(SeekFrom::Start(u64::from(count % 1024) * 4096))?;
        file.write_all(&block)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / began.elapsed().as_secs_f64())
}

/// Gives the resident memory of the house in MiB.
fn memory(house: &House) -> Result<f64> {
    load::memory(house.process().context("the house does not run")?)
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
