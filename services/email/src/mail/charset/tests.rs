//! Every charset a Chinese client's mailer is known to use, and the lies about them.

use encoding_rs::{BIG5, GB18030, GBK};
use proptest::prelude::*;

use super::*;

#[test]
fn declared_charsets_decode() {
    let text = "我要投诉，请尽快回电";
    let gbk = GBK.encode(text).0;
    for label in ["gb2312", "GBK", "x-gbk", "\"gb2312\"", "GB_2312-80", "cp936", "gb18030", "euc-cn", "gbk*zh"] {
        assert_eq!(decode(Some(label), &gbk), text, "{label}");
    }
    assert_eq!(decode(Some("big5"), &BIG5.encode("請儘快回電").0), "請儘快回電");
    assert_eq!(decode(Some("UTF-8"), text.as_bytes()), text);
    assert_eq!(decode(Some("utf8"), text.as_bytes()), text);
}

#[test]
fn four_byte_gb18030_survives() {
    let rare = "㐀𠀀龥";
    assert_eq!(decode(Some("gb18030"), &GB18030.encode(rare).0), rare);
    // The sender says gb2312 and writes what only GB18030 has.
    assert_eq!(decode(Some("gb2312"), &GB18030.encode(rare).0), rare);
}

#[test]
fn seven_bit_chinese_decodes() {
    assert_eq!(decode(Some("hz-gb-2312"), b"say ~{VPND~} ~~ ok"), "say 中文 ~ ok");
    assert_eq!(decode(Some("HZ-GB-2312"), b"~{VPND\nplain"), "中文\nplain");
    assert_eq!(decode(Some("iso-2022-cn"), b"\x1b$)A\x0eVPND\x0f ok"), "中文 ok");
    assert_eq!(decode(Some("iso-2022-kr"), b"\x1b$)C\x0eGQ19\x0f"), "한국");
    assert_eq!(decode(Some("iso-2022-jp"), b"\x1b$B4A;z\x1b(B"), "漢字");
}

#[test]
fn undeclared_and_wrongly_declared_bytes_are_guessed() {
    let text = "银证转账失败";
    assert_eq!(decode(None, text.as_bytes()), text);
    assert_eq!(decode(None, &GBK.encode(text).0), text);
    assert_eq!(decode(Some("us-ascii"), &GBK.encode(text).0), text);
    assert_eq!(decode(Some("utf-8"), &GBK.encode(text).0), text);
    assert_eq!(decode(Some("x-nobody-knows"), text.as_bytes()), text);
}

#[test]
fn rare_charsets_decode_by_the_librarys_tables() {
    assert_eq!(decode(Some("utf-7"), b"+Ti1lhw-"), "中文");
    assert_eq!(decode(Some("cp850"), b"caf\x82"), "café");
}

proptest! {
    #[test]
    fn no_bytes_and_no_label_make_it_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        label in prop_oneof![
            Just("hz-gb-2312".to_owned()), Just("iso-2022-cn".to_owned()), Just("iso-2022-kr".to_owned()),
            Just("utf-7".to_owned()), Just("gb18030".to_owned()), Just("utf-16".to_owned()), ".{0,60}",
        ],
    ) {
        let _text = decode(Some(&label), &bytes);
    }
}
