//! A book cut into portions is the same book.

use super::*;

#[test]
fn every_portion_has_the_header_and_no_line_is_lost() {
    let mut book = "id,name,phone\n".to_owned();
    for number in 0..1_200 {
        book += &format!("c{number},\"Li, \"\"{number}\"\"\",1380013{number:04}\n");
    }
    let portions = portions(book.as_bytes()).unwrap();
    assert_eq!(portions.len(), 3);
    let counts: Vec<_> = portions.iter().map(|portion| read(portion.as_bytes(), None).unwrap().len()).collect();
    assert_eq!(counts, [500, 500, 200]);
}

#[test]
fn what_a_spreadsheet_writes_is_read() {
    let (bytes, _, _) = encoding_rs::GB18030.encode("id,name\nc1,李雷\n");
    assert_eq!(portions(&bytes).unwrap(), ["id,name\nc1,李雷\n"]);
}
