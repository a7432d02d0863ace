//! Real mail that this project did not write: `../shared/data/email` beside the workspace.
//!
//! Every mail is taken without a panic; bounces and automatic replies are told from people,
//! with the figures printed. Where the folder is missing the tests say SKIPPED.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test that shows its figures")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use contract::{Address, AddressKind, seal::Keys};
use email::{
    automatic::{self, Origin},
    decode::{self, Decoded},
    mail::Entity,
    report::Fate,
};

/// Mails of people, as a mail system hands them over: with an envelope.
const PEOPLE: [&str; 2] = ["torture", "malformed"];

fn folder(name: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/email").join(name);
    let Ok(entries) = fs::read_dir(&path) else {
        println!("SKIPPED: no {}", path.display());
        return None;
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    files.sort();
    Some(files.into_iter().map(|path| (file_name(&path), as_sent(fs::read(&path).unwrap()))).collect())
}

/// Gives a mail stored with the line ends of old Macs those it had on the wire.
fn as_sent(raw: Vec<u8>) -> Vec<u8> {
    if raw.contains(&b'\n') { raw } else { String::from_utf8_lossy(&raw).replace('\r', "\r\n").into_bytes() }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn keys() -> Keys {
    Keys::new(vec![(1, [7; 32])], [7; 32], [7; 32])
}

/// Reads a stored mail with the envelope its Return-Path tells, a person's where it has none.
fn read(raw: &[u8]) -> Decoded {
    let mail = Entity::parse(raw);
    let path = mail.headers.text("return-path").map(|path| path.trim().to_owned());
    let someone = Address::parse(AddressKind::Email, "someone@example.test").unwrap();
    let sender = match path.as_deref() {
        Some("<>") => None,
        Some(path) => Some(Address::parse(AddressKind::Email, path).unwrap_or(someone)),
        None => Some(someone),
    };
    decode::decode(raw, sender.as_ref(), &keys())
}

#[test]
fn every_mail_is_taken() {
    let mut mails = 0;
    for name in
        ["bounce", "autoreply", "delay_warning", "dsn_success", "complaint_arf", "auto_generated"].iter().chain(&PEOPLE)
    {
        for (file, raw) in folder(name).unwrap_or_default() {
            let contact = read(&raw).contact_for(&Address::parse(AddressKind::Email, "kf@kf.example").unwrap());
            assert!(contact.original.is_some(), "{file} is kept");
            mails += 1;
        }
    }
    println!("{mails} mails taken");
}

#[test]
fn damaged_mails_are_taken_too() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = move |bound: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % bound.max(1)
    };
    for name in THRESHOLDS.iter().map(|(name, ..)| *name).chain(PEOPLE) {
        for (_, raw) in folder(name).unwrap_or_default() {
            let cut = below(raw.len());
            read(&raw[..cut]);
            let mut flipped = raw.clone();
            for _ in 0..1 + raw.len() / 200 {
                let at = below(flipped.len());
                flipped[at] = b"\0\r\n =?;:\"<>-(\xff\x1b"[below(15)];
            }
            read(&flipped);
            // A piece twice, as broken relays do.
            let piece = raw[cut..].to_vec();
            flipped.splice(cut..cut, piece);
            read(&flipped);
        }
    }
}

/// What each folder must at least be told to be: folder, verdicts that are right, how many.
const THRESHOLDS: [(&str, &[&str], usize); 6] = [
    ("bounce", &["failed", "delayed", "delivered", "unclear", "machine", "mailing"], 400),
    ("autoreply", &["machine"], 8),
    ("delay_warning", &["delayed"], 1),
    ("dsn_success", &["delivered"], 4),
    ("complaint_arf", &["handled", "machine", "failed", "mailing", "unclear"], 13),
    ("auto_generated", &["machine"], 12),
];

const fn verdict(origin: Origin) -> &'static str {
    match origin {
        Origin::Person => "person",
        Origin::Report(report) => match report.fate {
            Fate::Failed => "failed",
            Fate::Delayed => "delayed",
            Fate::Delivered => "delivered",
            Fate::Handled => "handled",
            Fate::Unclear => "unclear",
        },
        Origin::Machine(_) => "machine",
        Origin::Mailing(_) => "mailing",
    }
}

#[test]
fn machines_are_told_from_people() {
    let mut table: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let (mut people_lost, mut machines_missed) = (Vec::new(), Vec::new());
    for name in THRESHOLDS.iter().map(|(name, ..)| *name).chain(PEOPLE) {
        for (file, raw) in folder(name).unwrap_or_default() {
            let verdict = verdict(read(&raw).origin);
            *table.entry(name).or_default().entry(verdict).or_default() += 1;
            match (PEOPLE.contains(&name), verdict) {
                (true, "person") => {}
                (true, _) if says_it_is_automatic(&raw) => {}
                (true, _) => people_lost.push(file),
                (false, "person") => machines_missed.push(file),
                (false, _) => {}
            }
        }
    }
    let columns = ["person", "failed", "delayed", "delivered", "handled", "unclear", "machine", "mailing"];
    println!("{:16}{}", "folder", columns.map(|column| format!("{column:>10}")).concat());
    for (name, row) in &table {
        println!("{name:16}{}", columns.map(|column| format!("{:>10}", row.get(column).unwrap_or(&0))).concat());
    }
    println!("machines taken for people: {machines_missed:?}");
    assert!(people_lost.is_empty(), "people taken for machines: {people_lost:?}");
    for (name, right, at_least) in THRESHOLDS {
        let Some(row) = table.get(name) else { continue };
        let sum: usize = right.iter().filter_map(|verdict| row.get(verdict)).sum();
        assert!(sum >= at_least, "{name}: {sum} of at least {at_least}");
    }
}

/// A second opinion, by the raw head alone: does the mail itself say that it is automatic?
fn says_it_is_automatic(raw: &[u8]) -> bool {
    let text = String::from_utf8_lossy(raw).to_lowercase().replace('\r', "");
    let head = text.split("\n\n").next().unwrap_or_default().to_owned();
    let field = |name: &str| head.lines().any(|line| line.starts_with(name));
    let from = |name: &str| head.lines().any(|line| line.starts_with("from:") && line.contains(name));
    let bulk = head.lines().any(|line| line.starts_with("precedence:") && !line.contains("first-class"));
    field("list-")
        || field("auto-submitted:")
        || bulk
        || from("mailer-daemon")
        || from("postmaster")
        || head.contains("multipart/report")
}

#[test]
fn codes_match_the_expected_ones() {
    let Some(files) = folder("bounce") else { return };
    let expected = fs::read_to_string(
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/email/bounce_expected.csv"),
    )
    .unwrap();
    let mut want: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for line in expected.lines().skip(1) {
        let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        want.entry(cells[0].clone()).or_default().push(cells);
    }
    let (mut class_right, mut class_wrong, mut exact, mut hard_right, mut hard_all) = (0, Vec::new(), 0, 0, 0);
    for (file, raw) in files {
        let Some(rows) = want.get(&format!("bounce/{file}")) else { continue };
        let Origin::Report(report) = automatic::judge(&Entity::parse(&raw), None) else {
            class_wrong.push(format!("{file}: no report"));
            continue;
        };
        let codes: Vec<&str> = rows.iter().map(|row| row[2].as_str()).collect();
        let class = report.status.map(|status| status.class.to_string()).unwrap_or_default();
        if codes.iter().any(|code| code.starts_with(&class) && !(code.is_empty() ^ class.is_empty())) {
            class_right += 1;
        } else {
            class_wrong.push(format!(
                "{file}: {codes:?} {} read as {:?} {:?}",
                rows[0][4],
                report.status.map(|s| s.to_string()),
                report.fate
            ));
        }
        exact += u32::from(report.status.is_some_and(|status| codes.contains(&status.to_string().as_str())));
        if rows.iter().any(|row| row[5] == "true") {
            hard_all += 1;
            hard_right += u32::from(report.fate == Fate::Failed);
        }
    }
    println!(
        "class right {class_right}, wrong {}, exact {exact}, hard bounces failed {hard_right} of {hard_all}",
        class_wrong.len()
    );
    println!("  {}", class_wrong.join("\n  "));
}
