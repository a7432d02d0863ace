//! Runs one script of `tests/browser` against a house of its own.
//!
//! In: the script's name. Out: its verdict. Facts go to its stdin as one line of JSON, deeds it
//! asks for come from its stdout, a line each. Never here: the browser.

use std::{io::ErrorKind, path::Path, process::Stdio};

use anyhow::{Context, Result, bail, ensure};
use it::{house::House, provider::Provider, rest::Rest};
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    process::{ChildStdin, ChildStdout, Command},
};

use crate::desk::{self, SECRET};

/// Everybody's password; a house of tests has nothing to protect.
const PASSWORD: &str = "a password of the stories";
/// A page is looked at from all sides before an offer on it is answered; and there is something
/// to subscribe to.
const MORE: &str = r#"
[offer]
accept_within = "120s"

[[topic]]
id = "morning"
name = "早盘建议"
keyword = "早盘"
category = "advice"
risk = "R3"

[[topic]]
id = "training"
name = "培训邀约"
keyword = "培训"
category = "commercial"

[[topic]]
id = "margincall"
name = "追保与强平通知"
keyword = "追保"
category = "risk"
cancel = false
"#;
/// Who can sign in: name, role, agent.
const PEOPLE: &[(&str, &str, Option<&str>)] = &[
    ("lin", "agent", Some("lin")),
    ("chen", "agent", Some("chen")),
    ("xie", "supervisor", None),
    ("ops1", "ops", None),
    ("hegui", "compliance", None),
    ("core", "integration", None),
];

/// Tells a story: the script ends well, or says why not.
pub(super) async fn tell(script: &str) -> Result<()> {
    let provider = Provider::start().await?;
    let mut house = House::start(&format!("{}{MORE}", desk::FIRM), &desk::account(&provider)).await?;
    let mut told = Command::new("node")
        .arg(format!("{script}.js"))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("browser"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("starting Node; tests/run.sh installs it")?;
    let mut facts = told.stdin.take().context("the script has an ear")?;
    let mut deeds = BufReader::new(told.stdout.take().context("the script has a voice")?).lines();
    let mut why = told.stderr.take().context("the script can complain")?;
    let mut text = String::new();
    let people = people(&house).await?;
    let tell = async {
        say(&mut facts, &people).await?;
        serve(&mut house, &mut facts, &mut deeds).await
    };
    tokio::try_join!(tell, async { Ok(why.read_to_string(&mut text).await?) })?;
    let verdict = told.wait().await?;
    ensure!(verdict.success(), "the story {script} did not hold:\n{text}");
    house.journal_is_whole().await
}

/// Runs a script that needs neither a house nor a browser.
pub(super) async fn alone(script: &str) -> Result<()> {
    let mut node = Command::new("node");
    let told = node.arg(format!("{script}.js")).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("browser"));
    let verdict = told.kill_on_drop(true).status().await.context("starting Node; tests/run.sh installs it")?;
    ensure!(verdict.success(), "{script} did not hold; the script says above why");
    Ok(())
}

/// Does what the script asks for until it has nothing more to say.
async fn serve(house: &mut House, facts: &mut ChildStdin, deeds: &mut Lines<BufReader<ChildStdout>>) -> Result<()> {
    while let Some(line) = deeds.next_line().await? {
        let deed: Value = serde_json::from_str(&line).with_context(|| format!("the script said: {line}"))?;
        match deed["do"].as_str() {
            Some("kill") => house.kill().await?,
            Some("start") => house.go().await?,
            other => bail!("the script asks for {other:?}"),
        }
        say(facts, &json!({})).await?;
    }
    Ok(())
}

async fn say(facts: &mut ChildStdin, what: &Value) -> Result<()> {
    match facts.write_all(format!("{what}\n").as_bytes()).await {
        // A script that has ended needs no answer; its exit status says how.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        said => Ok(said?),
    }
}

/// Makes the people and gives all facts.
async fn people(house: &House) -> Result<Value> {
    let admin = house.admin()?;
    let mut people = Map::new();
    for (name, role, agent) in PEOPLE {
        let mut words = vec!["--name", name, "--role", role];
        words.extend(agent.iter().flat_map(|agent| ["--agent", agent, "--branch", "hq"]));
        let rest = house.user(&words).await?;
        set_password(&admin, name).await?;
        people.insert((*name).to_owned(), json!({ "password": PASSWORD, "token": rest.token() }));
    }
    Ok(json!({ "url": house.url(), "secret": SECRET, "artefacts": artefacts()?, "people": people }))
}

async fn set_password(admin: &Rest, name: &str) -> Result<()> {
    let (status, body) = admin.put(&format!("users/{name}/password"), &json!({ "password": PASSWORD })).await?;
    ensure!(status < 300, "a password for {name}: {status} {body}");
    Ok(())
}

/// Gives the folder where screenshots are kept.
fn artefacts() -> Result<String> {
    let binary = it::house::binary()?;
    let target = binary.parent().and_then(Path::parent).context("the binary lies in a target folder")?;
    let house = if it::house::is_full() { "full" } else { "embedded" };
    let folder = target.join("browser").join(house);
    std::fs::create_dir_all(&folder)?;
    Ok(folder.to_string_lossy().into_owned())
}
