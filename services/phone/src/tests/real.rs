//! Inputs that others wrote: FreeSWITCH's call records from the test suites of a billing
//! program, in `../shared/data/telecom` beside the workspace; skipped aloud where absent.

use std::{fs, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use channel::Arrival;

use super::{arrival, leg};
use crate::Profile::Freeswitch;

/// The records that name a leg and its times; the others of the suite are fragments.
const WHOLE: [&str; 2] = ["fs_json_cdr-05.json", "fs_json_cdr-07.json"];

#[test]
fn every_whole_record_is_taken_and_no_fragment() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/telecom");
    if !folder.is_dir() {
        println!("SKIPPED: {} is absent", folder.display());
        return;
    }
    let (mut taken, mut kept) = (0, 0);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        if !name.starts_with("fs_") {
            continue;
        }
        let body = fs::read(&file).unwrap();
        let wrapped = format!("cdr={}", STANDARD.encode(&body));
        let form = format!("cdr={}", form_urlencoded::byte_serialize(&body).collect::<String>());
        for body in [body.as_slice(), wrapped.as_bytes(), form.as_bytes()] {
            match arrival(Freeswitch, "", body) {
                Arrival::Contact(incoming) => {
                    assert!(WHOLE.contains(&name), "{name}");
                    let leg = leg(&incoming);
                    assert!(leg.inbound && leg.answered_at.is_some() && !leg.abandoned);
                    assert_eq!(incoming.provider_id.as_deref(), Some(leg.leg.as_str()));
                    assert_eq!(incoming.from.unwrap().value(), "1001");
                    assert!(leg.started_at < leg.answered_at.unwrap() && leg.answered_at.unwrap() < leg.ended_at);
                    taken += 1;
                }
                Arrival::Undecodable(_) => {
                    assert!(!WHOLE.contains(&name), "{name}");
                    kept += 1;
                }
                Arrival::Receipt(_) => panic!("{name}"),
            }
        }
    }
    println!("freeswitch records in three encodings: {taken} taken, {kept} fragments and other events kept undecoded");
    assert_eq!(taken, 3 * WHOLE.len());
}
