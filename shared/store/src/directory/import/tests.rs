//! The client book is read, and its faults are named all at once.
//!
//! In: texts of files. Out: entries or faults. Never here: a real number.

use contract::ClientClass;

use super::read;

fn faults(text: &str) -> Vec<String> {
    read(text.as_bytes(), None).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn columns_in_any_order_and_empty_cells_are_taken() {
    let text = "phone,id,class,name,email,risk_valid_until,risk_class\n\
                13900000001,C-7,important,甲,,2027-05-31,C3\n,C-8,,,a@kf.example,,\n";
    let entries = read(text.as_bytes(), None).unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].number.as_str(), entries[0].class), ("C-7", ClientClass::Important));
    assert_eq!(entries[0].addresses[0].value(), "+8613900000001");
    assert_eq!(entries[0].risk_class.as_deref(), Some("C3"));
    assert_eq!((entries[1].class, entries[1].name.as_deref()), (ClientClass::Ordinary, None));
}

#[test]
fn every_fault_is_named_by_line_and_column_without_its_content() {
    let text = "id,phone,class,risk_class,risk_valid_until,manager\n\
                ,13900000001,,,,\nC-1,12ab,vip,C9,31.5.2027,No Slug\nC-2,,,,,\nC-2,,,,,\nC-3,,,,,,,\n";
    let found = faults(text);
    assert_eq!(
        found,
        [
            "line 2, column id: is empty",
            "line 3, column manager: is no id of an agent",
            "line 3, column class: is none of important, ordinary, prospect",
            "line 3, column risk_class: is none of C1 to C5",
            "line 3, column risk_valid_until: is no day as 2027-05-31",
            "line 3, column phone: not a valid phone address",
            "line 5, column id: stands already in line 4",
            "line 6: more cells than the header has",
        ]
    );
}

#[test]
fn a_file_without_a_header_is_refused() {
    let none = "line 1: is no header, which names columns of id, name, class, risk_class, risk_valid_until, manager, \
                branch, phone, email, wechat";
    assert_eq!(faults("C-1,甲\n"), [none]);
    assert_eq!(faults(""), [none]);
    assert_eq!(faults("name\n"), ["line 1, column id: is missing in the header"]);
    assert_eq!(faults("id,nmae\n1,x\n"), ["line 1: column 2 of the header is none of those known"]);
    assert_eq!(faults("id,id\n")[0], "line 1, column id: stands twice in the header");
}

#[test]
fn spreadsheets_may_write_gb18030_or_a_byte_order_mark() {
    let (bytes, _, _) = encoding_rs::GB18030.encode("id,name\nC-1,张三\n");
    assert_eq!(read(&bytes, None).unwrap()[0].name.as_deref(), Some("张三"));
    assert_eq!(read("\u{feff}id,name\nC-1,张三\n".as_bytes(), None).unwrap()[0].name.as_deref(), Some("张三"));
}

proptest::proptest! {
    #[test]
    fn no_file_makes_it_panic(bytes: Vec<u8>) {
        drop(read(&bytes, None));
        let mut lines = b"id,phone,name\n".to_vec();
        lines.extend_from_slice(&bytes);
        drop(read(&lines, None));
    }
}
