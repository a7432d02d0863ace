//! `shouwen load`: a constant load on a running house.
//!
//! In: a rate, a time, doors with their secrets; the token of an agent, who then takes what he is
//! offered and closes it. Out: how long answers and offers took, from when each message was due.
//! Never here: a house of somebody else's.

use std::{net::IpAddr, process::ExitCode, time::Duration};

use anyhow::{Context, Result, ensure};
use clap::{CommandFactory, error::ErrorKind};
use contract::ChannelKind;
use demo::{
    load::{Dialect, Door, Order, Report, Spread, hold},
    rest::Rest,
};
use runtime::Stop;
use serde_json::{Value, json};

use crate::{
    cli::{Cli, Common, Load, LoadDoor},
    client, file, out, private,
    serve::Signals,
    sources,
};

/// Shares of all that are told.
const PARTS: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

pub(super) async fn run(common: &Common, options: &Load) -> Result<ExitCode> {
    if common.url.as_ref().is_some_and(|url| !is_here(url)) && !options.yes_it_is_mine {
        let what = "--url names a house that is not on this machine: --yes-it-is-mine says that it may be burdened\n";
        Cli::command().error(ErrorKind::InvalidValue, what).exit();
    }
    let data = match (&common.config, &common.data) {
        (None, Some(data)) => data.clone(),
        _ => sources::data(common)?,
    };
    let url = client::address(common, &data).await?;
    let doors = options.channels.iter().map(|door| open(options, door, &data)).collect::<Result<Vec<_>>>()?;
    let order = Order { url, doors, rate: options.rate, lasts: Duration::from_secs(options.seconds.into()) };
    let agent = common.token.as_ref().map(|token| Rest::new(&order.url, token)).transpose()?;
    let stop = Stop::new();
    let mut signals = Signals::listen()?;
    let held = hold(&order, agent.as_ref(), stop.clone());
    tokio::pin!(held);
    // After a signal what is under way is answered, and told.
    let report = tokio::select! {
        report = &mut held => report,
        () = signals.next() => {
            stop.cancel();
            held.await
        }
    };
    let report = report.context("the agent of SHOUWEN_TOKEN cannot sit down")?;
    if common.json {
        out::json(&shape(&order, &report));
    } else {
        tell(&order, &report);
    }
    Ok(if report.of_class(2) > 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Says whether an address is of this machine, by its own words: names are not looked up.
fn is_here(url: &str) -> bool {
    let Some(url) = reqwest::Url::parse(url).ok() else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Finds the secret of a door: in the file that is named, or where the house made it.
fn open(options: &Load, door: &LoadDoor, data: &std::path::Path) -> Result<Door> {
    let named = options.secret_file.iter().rfind(|file| file.channel.is_none_or(|channel| channel == door.dialect));
    let channel = match door.dialect {
        Dialect::Sms => ChannelKind::Sms,
        Dialect::Webhook => ChannelKind::Webhook,
    };
    let secret = match named {
        Some(named) => {
            let secret = file::text("secret", &named.path)?.trim_end().to_owned();
            ensure!(!secret.is_empty(), "secret {}: there is nothing in it", named.path.display());
            secret
        }
        None => {
            let path = private::secret_path(data, channel, door.account.as_str());
            let made = private::read(&path);
            let missing = || format!("{} is not there: name the secret of {channel} by --secret-file", path.display());
            made.with_context(missing)?.as_str().to_owned()
        }
    };
    Ok(Door { dialect: door.dialect, account: door.account.to_string(), secret, share: door.share })
}

fn tell(order: &Order, report: &Report) {
    let shares: f64 = order.doors.iter().map(|door| door.share).sum();
    let door =
        |door: &Door| format!("{}/{} {:.0} %", door.dialect.channel(), door.account, 100.0 * door.share / shares);
    let doors: Vec<_> = order.doors.iter().map(door).collect();
    let (rate, seconds) = (order.rate, order.lasts.as_secs());
    out::line(&format!("{rate} a second for {seconds} s to {}: {}", order.url, doors.join(", ")));
    let [taken, refused, failed] = [2, 4, 5].map(|class| report.of_class(class));
    out::line(&format!(
        "due {} · 2xx {taken} · 4xx {refused} · 5xx {failed} · no answer {} · not posted {}",
        report.due, report.silent, report.held_back
    ));
    out::line(&format!("answered after, in ms  {}", spread(&report.answered)));
    if let Some(offered) = &report.offered {
        out::line(&format!("offered after, in ms   {} · of {}", spread(offered), offered.count()));
    }
    out::line("counted from the moment at which each message was due");
}

fn spread(spread: &Spread) -> String {
    let part = |(name, share): (&str, f64)| {
        spread.part(share).map_or_else(|| format!("{name} -"), |span| format!("{name} {:.1}", ms(span)))
    };
    format!("{} · max {:.1}", PARTS.map(part).join(" · "), ms(spread.longest()))
}

fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

fn shape(order: &Order, report: &Report) -> Value {
    let rounded = |span: Duration| (ms(span) * 10.0).round() / 10.0;
    let spans = |spread: &Spread| {
        let mut shape = json!({ "count": spread.count(), "max": rounded(spread.longest()) });
        if let Some(fields) = shape.as_object_mut() {
            let part = |(name, share): (&str, f64)| (name.to_owned(), json!(spread.part(share).map(rounded)));
            fields.extend(PARTS.map(part));
        }
        shape
    };
    json!({
        "url": order.url,
        "rate": order.rate,
        "seconds": order.lasts.as_secs(),
        "due": report.due,
        "not_posted": report.held_back,
        "no_answer": report.silent,
        "statuses": report.statuses.iter().map(|(status, count)| (status.to_string(), json!(count))).collect::<serde_json::Map<_, _>>(),
        "answered_ms": spans(&report.answered),
        "offered_ms": report.offered.as_ref().map(spans),
    })
}
