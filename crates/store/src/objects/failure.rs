//! Translates the errors of files and of S3 into those of the store.

use object_store::Error;

use crate::error::Trouble;

/// Whether the process (EMFILE) or the system (ENFILE) has too many open files.
fn is_out_of_files(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
}

/// Translates an error of files on disk.
pub(super) fn of_files(error: &(dyn std::error::Error + 'static)) -> Trouble {
    let mut source = Some(error);
    while let Some(inner) = source {
        let io = inner.downcast_ref::<std::io::Error>();
        if io.is_some_and(is_out_of_files) {
            return Trouble::Overloaded("too many files are open");
        }
        if let Some(io) = io
            && io.kind() == std::io::ErrorKind::StorageFull
        {
            return Trouble::DiskFull;
        }
        source = inner.source();
    }
    Trouble::Internal(format!("objects: {error}"))
}

/// Whether S3 says that there is no object, and not that there is no bucket.
pub(super) fn is_missing(error: &Error) -> bool {
    matches!(error, Error::NotFound { .. }) && !error.to_string().contains("NoSuchBucket")
}

/// Translates an error of the bucket. `place` is its name for the operator.
pub(super) fn of_bucket(place: &str, error: &Error) -> Trouble {
    if is_missing(error) {
        return Trouble::Internal(format!(
            "objects: {place} lacks an object: {}",
            chain(error)
        ));
    }
    Trouble::Objects(format!("{place}: {}", reason(&chain(error))))
}

/// Says what S3 answered. The whole error contains the answer's XML, which is long and names the request's signature.
fn reason(text: &str) -> String {
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(without_entities(rest.split_once('<')?.0))
    };
    match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}{}", advice(&code)),
        (Some(code), None) => format!("{code}{}", advice(&code)),
        _ if text.contains("404 Not Found") => format!("no such bucket{}", advice("NoSuchBucket")),
        _ => text.to_owned(),
    }
}

/// Writes the characters that XML has names for.
fn without_entities(text: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&apos;", "'"),
        ("&quot;", "\""),
    ];
    let text = named
        .iter()
        .fold(text.to_owned(), |text, (name, character)| {
            text.replace(name, character)
        });
    // The last one: it begins the other names.
    text.replace("&amp;", "&")
}

/// What the operator can do.
fn advice(code: &str) -> &'static str {
    match code {
        "NoSuchBucket" => " (make the bucket, or correct its name in objects.url)",
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "AccessDenied" | "NotSignedUp" => {
            " (check objects.access_key_id, objects.secret_access_key and what this key may do)"
        }
        "NotImplemented" => {
            " (Heddle writes with the header `If-None-Match: *`, which the store must support)"
        }
        "RequestTimeTooSkewed" => " (set this machine's clock)",
        "PermanentRedirect" | "AuthorizationHeaderMalformed" => " (check objects.region)",
        _ => "",
    }
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_reads_the_answer_and_what_to_do() {
        let answer = "status 403: <Error><Code>InvalidAccessKeyId</Code><Message>The key is unknown.</Message></Error>";
        let said = reason(answer);
        assert!(
            said.starts_with(
                "InvalidAccessKeyId: The key is unknown. (check objects.access_key_id"
            ),
            "{said}"
        );
        assert!(reason("<Code>NoSuchBucket</Code>").contains("make the bucket"));
        // As Garage answers.
        let answer = "<Code>AuthorizationHeaderMalformed</Code><Message>unexpected scope: &apos;us-east-1&apos; &amp;lt;</Message>";
        let told = "AuthorizationHeaderMalformed: unexpected scope: 'us-east-1' &lt; (check objects.region)";
        assert_eq!(reason(answer), told);
        assert_eq!(reason("connection refused"), "connection refused");
        assert!(reason("<Code>NotImplemented</Code>").contains("If-None-Match"));
        let name = "Error performing PUT http://s3/b/1/40404040: connection refused";
        assert_eq!(reason(name), name, "digits of a name are no status");
    }

    #[test]
    fn a_missing_bucket_is_no_missing_object() {
        let missing = |text: &str| Error::NotFound {
            path: "1/a".into(),
            source: text.to_owned().into(),
        };
        assert!(is_missing(&missing("<Code>NoSuchKey</Code>")));
        assert!(matches!(
            of_bucket("s3://b", &missing("<Code>NoSuchKey</Code>")),
            Trouble::Internal(_)
        ));
        let gone = of_bucket("s3://b", &missing("<Code>NoSuchBucket</Code>"));
        assert!(matches!(gone, Trouble::Objects(_)), "{gone:?}");
    }
}
