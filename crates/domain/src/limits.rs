//! The lengths of the short texts that requests write: subjects, tickets, names, recipients and files.
//!
//! Lists read these texts whole, many rows at once, so their lengths bound the memory of a list. Every API refuses longer new
//! values, and names the field and the limit. Values that are stored already may be longer, and are shown.
//!
//! Deliberately missing: bodies, custom fields and the details of events. Pages of these end by their sizes.

use crate::message::Recipients;

/// The maximum length of a subject, in characters.
pub const LONGEST_SUBJECT: usize = 4_096;
/// The maximum length of a ticket's number, in characters.
pub const LONGEST_TICKET_NUMBER: usize = 200;
/// The maximum length of a ticket's link, in characters.
pub const LONGEST_TICKET_LINK: usize = 2_000;
/// The maximum length of an employee's name in free text, in characters.
pub const LONGEST_AGENT_NAME: usize = 200;
/// The maximum length of a file's name, in characters.
pub const LONGEST_FILE_NAME: usize = 255;
/// The maximum length of a file's media type, in characters.
pub const LONGEST_MEDIA_TYPE: usize = 127;
/// The maximum length of an address that a message is copied to, in characters.
pub const LONGEST_RECIPIENT: usize = 1_000;
/// The maximum number of addresses that a message is copied to, cc and bcc together.
pub const MOST_RECIPIENTS: usize = 1_000;
/// The maximum length of these addresses together, in bytes of UTF-8.
pub const MOST_RECIPIENT_BYTES: usize = 64 << 10;

impl Recipients {
    /// Returns in words which limit of cc and bcc together is exceeded; `None` if there are not too many.
    #[must_use]
    pub fn excess(&self) -> Option<String> {
        let bytes: usize = self.cc.iter().chain(&self.bcc).map(String::len).sum();
        if self.cc.len() + self.bcc.len() > MOST_RECIPIENTS {
            return Some(format!(
                "cc and bcc must have at most {MOST_RECIPIENTS} addresses together"
            ));
        }
        (bytes > MOST_RECIPIENT_BYTES)
            .then(|| format!("cc and bcc must have at most {MOST_RECIPIENT_BYTES} bytes together"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cc: &[&str], bcc: &[&str]) -> Option<String> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let (cc, bcc) = (owned(cc), owned(bcc));
        Recipients { cc, bcc }.excess()
    }

    #[test]
    fn cc_and_bcc_are_counted_together() {
        assert_eq!(of(&["a"; 500], &["b"; 500]), None);
        let many = of(&["a"; 500], &["b"; 501]).expect("too many");
        assert!(many.contains("1000 addresses"), "{many}");
        let kibibyte = "ü".repeat(512);
        let half = [kibibyte.as_str(); 32];
        assert_eq!(of(&half, &half), None);
        let long = of(&half, &[&half[..], &["x"]].concat()).expect("too long");
        assert!(long.contains("65536 bytes"), "{long}");
    }
}
