//! What is said of a call: summary, query parameters, body and answers.

use serde_json::Value;

/// The media type of errors.
pub(super) const ERROR_JSON: &str = "application/vnd.error+json";
/// The media type of forms.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// What a call does.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) template: &'static str,
    pub(super) summary: &'static str,
    pub(super) success: Success,
    pub(super) query: &'static [Parameter],
    pub(super) body: Option<Body>,
    /// Further answers than those that all calls have.
    pub(super) more: &'static [Answer],
    /// Whether the call needs no token. `more` has all errors of such a call but those of the server.
    pub(super) is_open: bool,
}

/// A query parameter.
#[derive(Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    pub(super) schema: fn() -> Value,
}

/// The body of a request.
#[derive(Clone, Copy)]
pub(super) struct Body {
    pub(super) schema: fn() -> Value,
    pub(super) media: &'static [&'static str],
    pub(super) required: bool,
}

/// An answer beside the usual success.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    pub(super) status: &'static str,
    pub(super) text: &'static str,
    /// The media types, each with the name of its schema, which is empty for a page for people.
    pub(super) content: &'static [(&'static str, &'static str)],
    pub(super) headers: &'static [&'static str],
}

/// The success of a call. The names are those of schemas in `schemas.json`.
#[derive(Clone, Copy)]
pub(super) enum Success {
    /// 200 with a HAL object.
    Object(&'static str),
    /// 200 with plain JSON.
    Json(&'static str),
    /// 200 with a page of items.
    Page {
        rel: &'static str,
        item: &'static str,
    },
    /// 200 with all items of a list that has no pages.
    Unpaged {
        rel: &'static str,
        item: &'static str,
    },
    /// 200 with something that is not JSON: a file, or an HTML page.
    File {
        media: &'static str,
        text: &'static str,
    },
    /// 201 with `Resource-ID`, and `Location` if so.
    Created { location: bool },
    /// 201 with `Location` and without a number: there is one of the thing.
    CreatedHere,
    /// 204.
    NoContent,
    /// 303 with `Location`.
    SentBack,
    /// There is none yet.
    Never,
}

impl Call {
    pub(super) const fn new(
        method: &'static str,
        template: &'static str,
        summary: &'static str,
        success: Success,
    ) -> Self {
        Self {
            method,
            template,
            summary,
            success,
            query: &[],
            body: None,
            more: &[],
            is_open: false,
        }
    }

    pub(super) const fn query(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }

    /// Adds a JSON body, which is required.
    pub(super) const fn body(self, schema: fn() -> Value) -> Self {
        let body = Some(Body {
            schema,
            media: &[JSON],
            required: true,
        });
        Self { body, ..self }
    }

    /// Adds a form, which is required.
    pub(super) const fn form(self, schema: fn() -> Value) -> Self {
        let body = Some(Body {
            schema,
            media: &[FORM],
            required: true,
        });
        Self { body, ..self }
    }

    /// Adds a body that may be JSON, a form, or missing.
    pub(super) const fn any_body(self, schema: fn() -> Value) -> Self {
        let body = Some(Body {
            schema,
            media: &[JSON, FORM],
            required: false,
        });
        Self { body, ..self }
    }

    pub(super) const fn more(self, more: &'static [Answer]) -> Self {
        Self { more, ..self }
    }

    pub(super) const fn open(self) -> Self {
        Self {
            is_open: true,
            ..self
        }
    }
}

impl Answer {
    /// An answer without a body.
    pub(super) const fn empty(status: &'static str, text: &'static str) -> Self {
        Self {
            status,
            text,
            content: &[],
            headers: &[],
        }
    }

    /// An answer without a body that leads to another URL.
    pub(super) const fn redirect(status: &'static str, text: &'static str) -> Self {
        Self {
            headers: &["Location"],
            ..Self::empty(status, text)
        }
    }

    /// An error in this API's form.
    pub(super) const fn error(status: &'static str, text: &'static str) -> Self {
        Self {
            content: &[(ERROR_JSON, "Error")],
            ..Self::empty(status, text)
        }
    }

    /// A page for people.
    pub(super) const fn page(status: &'static str, text: &'static str) -> Self {
        Self {
            content: &[("text/html", "")],
            ..Self::empty(status, text)
        }
    }

    /// A page for people, or an error in this API's form if the body does not arrive.
    pub(super) const fn page_or_error(status: &'static str, text: &'static str) -> Self {
        Self {
            content: &[("text/html", ""), (ERROR_JSON, "Error")],
            ..Self::empty(status, text)
        }
    }

    /// An error of the token call.
    pub(super) const fn oauth(status: &'static str, text: &'static str) -> Self {
        Self {
            content: &[(JSON, "OAuthError")],
            ..Self::empty(status, text)
        }
    }

    /// An error of the token call, or an error in this API's form if the body does not arrive.
    pub(super) const fn oauth_or_error(status: &'static str, text: &'static str) -> Self {
        Self {
            content: &[(JSON, "OAuthError"), (ERROR_JSON, "Error")],
            ..Self::empty(status, text)
        }
    }

    /// The server cannot answer now.
    pub(super) const UNAVAILABLE: Self = Self {
        headers: &["Retry-After"],
        ..Self::error("503", "The service cannot answer at the moment")
    };

    /// Too many requests.
    pub(super) const LIMITED: Self = Self {
        content: &[(JSON, "RateError")],
        headers: &["Retry-After", "X-RateLimit-Retry-After"],
        ..Self::empty(
            "429",
            "Too many requests: both headers say for how many seconds to wait",
        )
    };
}
