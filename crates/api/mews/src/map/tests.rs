use heddle_domain::AttachmentId;
use heddle_domain::guid::GUID_TAG_MASK;
use proptest::prelude::*;

use super::*;

const OWN: Guids = Guids { tag: 5 };

fn file(name: &str, link: Option<&str>) -> Attachment {
    Attachment {
        id: AttachmentId(1),
        message: MessageId(1),
        file_name: name.into(),
        mime_type: "text/plain".into(),
        size: 0,
        link: link.map(Into::into),
        extra: None,
    }
}

#[test]
fn attachments_are_named_on_one_line() {
    for (files, line) in [
        (vec![file("a.pdf", None)], "[Attachment: a.pdf]"),
        (
            vec![file("a\nb", None), file("c", Some("https://x.example/c"))],
            "[Attachments: a b, c]",
        ),
        (
            vec![file("", Some("https://x.example/c"))],
            "[Attachment: https://x.example/c]",
        ),
        (vec![file("", None)], "[Attachment: file]"),
    ] {
        assert_eq!(attachment_line(&files), line);
    }
}

#[test]
fn times_are_truncated_to_seconds() {
    for (ms, text) in [
        (1_778_746_897_000, "2026-05-14T08:21:37Z"),
        (1_778_746_897_999, "2026-05-14T08:21:37Z"),
        (0, "1970-01-01T00:00:00Z"),
    ] {
        assert_eq!(utc(Timestamp(ms)), text);
    }
}

#[test]
fn a_guid_that_heddle_did_not_compute_carries_no_instant() {
    for text in [
        "52e6b438-f2a7-4269-9944-b44a0089c667",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        let guid = Guid::parse(text).expect("a GUID");
        assert_eq!(
            (OWN.thread_cursor(guid), OWN.message_cursor(guid)),
            (None, None)
        );
        assert!(OWN.positions(&[guid]).is_empty());
    }
}

proptest! {
    #[test]
    fn a_thread_is_a_position_and_for_other_accounts_an_instant(
        ms in 0_i64..(1 << 47),
        id in 1_i64..(1 << 53),
        tag in 0..=GUID_TAG_MASK,
    ) {
        let at = Timestamp(ms);
        let position = Position { at, id };
        let guid = Guid::parse(&OWN.thread(at, ConversationId(id))).expect("a GUID");
        prop_assert_eq!(OWN.position(guid), Some(position));
        prop_assert_eq!(OWN.thread_cursor(guid), Some(Cursor::Thread(position)));
        prop_assume!(tag != OWN.tag);
        prop_assert_eq!(Guids { tag }.position(guid), None);
        prop_assert_eq!(Guids { tag }.thread_cursor(guid), Some(Cursor::Instant(at)));
    }

    #[test]
    fn a_message_is_a_position_and_for_other_accounts_an_instant(
        id in (1_i64 << 12)..(1 << 53),
        tag in 0..=GUID_TAG_MASK,
    ) {
        let id = MessageId(id);
        let guid = Guid::parse(&OWN.message(id)).expect("a GUID");
        prop_assert_eq!(OWN.message_cursor(guid), Some(id));
        prop_assert_eq!(OWN.thread_cursor(guid), Some(Cursor::Instant(id.created_at())));
        prop_assume!(tag != OWN.tag);
        let first = MessageId(TimeId::first_at(id.created_at()).0);
        prop_assert_eq!(Guids { tag }.message_cursor(guid), Some(first));
        prop_assert!(first <= id);
    }
}
