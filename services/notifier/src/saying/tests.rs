//! The words of the sample firm.

use contract::{
    CaseId, ChannelKind, ContactId, DeliveryId,
    journal::{MovedLast, Said, Who},
};

use super::*;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn view(saying: Saying, owner: &str) -> SaidView {
    let last = MovedLast {
        contact: ContactId::new(1),
        channel: ChannelKind::Sms,
        account: "main".parse().unwrap(),
        answerable: true,
    };
    let said = Said {
        delivery: DeliveryId::new(1),
        case: CaseId::new(482_109_731_165),
        saying,
        kind: Kind::Complaint,
        owner: Who::new(owner),
        client: None,
        last,
    };
    SaidView { said, branch: "hq".parse().unwrap(), at: time("2026-11-09T09:00:00+08:00") }
}

fn said(saying: Saying, owner: &str) -> String {
    text(&firm::read(firm::SAMPLE_FILE, firm::SAMPLE).unwrap().0, &view(saying, owner))
}

#[test]
fn every_word_names_what_a_client_has_to_know_in_his_time() {
    let (at, later) = (time("2026-11-09T03:00:00Z"), time("2026-11-10T08:30:00+08:00"));
    let table = [
        (Saying::Receipt(at), "xu", "您的投诉已受理，编号4821-0973-1165，徐静将在11月9日11:00前与您联系。"),
        (Saying::Booked(at), "zhao", "已为您预约回电，赵敏华将于11月9日11:00致电。"),
        (Saying::Booked(at), "xie", "已为您预约回电，专人将于11月9日11:00致电。"),
        (Saying::Owed(at), "liu", "已为您登记回电，我们将在11月9日11:00前致电。"),
        (Saying::Moved(at, later), "zhao", "原定11月9日11:00的回电调整为11月10日08:30，由赵敏华致电，谢谢理解。"),
        (
            Saying::Moved(at, time("2026-11-09T11:00:40+08:00")),
            "zhao",
            "您预约的回电时间不变，赵敏华将于11月9日11:00致电。",
        ),
        (Saying::Kept, "zhao", "您预约的回电已完成，如仍有疑问请随时与我们联系。"),
        (Saying::Tried(later), "zhao", "我们两次致电未能接通，将于11月10日08:30再次致电。"),
    ];
    for (saying, owner, expected) in table {
        assert_eq!(said(saying, owner), format!("【首问证券】{expected}"));
    }
}

#[test]
fn what_names_a_time_is_not_sent_after_it() {
    let (soon, far) = (time("2026-11-09T09:15:00+08:00"), time("2026-11-12T09:00:00+08:00"));
    assert_eq!(expires_at(&view(Saying::Owed(soon), "liu")), soon);
    assert_eq!(expires_at(&view(Saying::Booked(far), "liu")), time("2026-11-10T09:00:00+08:00"));
    assert_eq!(expires_at(&view(Saying::Receipt(soon), "xu")), time("2026-11-10T09:00:00+08:00"));
}
