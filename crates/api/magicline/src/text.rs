//! What errors say, in the language that `Accept-Language` picks (contract section 2): English, and German to prove that
//! it can be another. An unknown language, or none, reads English.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

/// A language of the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    /// The most wanted language that there is.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let wanted = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let mut best = (0.0, Self::English);
        for entry in wanted.split(',') {
            let mut parts = entry.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |weight| weight.trim().parse::<f32>().unwrap_or(0.0));
            let language = match tag
                .split('-')
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase()
                .as_str()
            {
                "en" => Self::English,
                "de" => Self::German,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }
}

/// Something to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    BadJson,
    BodyMissing,
    BodyTooLarge,
    BodyTooSlow,
    NotAnObject,
    Required,
    WrongType,
    UnknownValue,
    BadDateTime,
    NulCharacter,
    BadId,
    BadPath,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    UnsupportedMediaType,
    Conflict,
    TooManyRequests,
    System,
    Unavailable,
}

impl Text {
    /// Every text, for the test that each is there in each language.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 21] = [
        Self::BadJson,
        Self::BodyMissing,
        Self::BodyTooLarge,
        Self::BodyTooSlow,
        Self::NotAnObject,
        Self::Required,
        Self::WrongType,
        Self::UnknownValue,
        Self::BadDateTime,
        Self::NulCharacter,
        Self::BadId,
        Self::BadPath,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::UnsupportedMediaType,
        Self::Conflict,
        Self::TooManyRequests,
        Self::System,
        Self::Unavailable,
    ];

    /// The words.
    pub(crate) const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::English => self.english(),
            Language::German => self.german(),
        }
    }

    const fn english(self) -> &'static str {
        match self {
            Self::BadJson => "The request body is not valid JSON.",
            Self::BodyMissing => "A request body is required.",
            Self::BodyTooLarge => "The request body is too large.",
            Self::BodyTooSlow => "The request body did not arrive in time.",
            Self::NotAnObject => "The request body must be a JSON object.",
            Self::Required => "This field is required.",
            Self::WrongType => "This field has the wrong type.",
            Self::UnknownValue => "This field has a value that is not known.",
            Self::BadDateTime => "This field is not a date and time with an offset.",
            Self::NulCharacter => "This field contains the character U+0000.",
            Self::BadId => "This parameter is not an integer.",
            Self::BadPath => "The path cannot be decoded.",
            Self::Unauthorized => "The API key is missing or not valid.",
            Self::Forbidden => "The API key lacks the required scope.",
            Self::NotFound => "The entity does not exist.",
            Self::MethodNotAllowed => "This method is not supported here.",
            Self::UnsupportedMediaType => "The request body must be sent as application/json.",
            Self::Conflict => "The entity was changed by another request.",
            Self::TooManyRequests => "Too many requests; try again later.",
            Self::System => "An unexpected error occurred.",
            Self::Unavailable => "The service cannot answer at the moment; try again later.",
        }
    }

    const fn german(self) -> &'static str {
        match self {
            Self::BadJson => "Der Inhalt der Anfrage ist kein gültiges JSON.",
            Self::BodyMissing => "Die Anfrage braucht einen Inhalt.",
            Self::BodyTooLarge => "Der Inhalt der Anfrage ist zu groß.",
            Self::BodyTooSlow => "Der Inhalt der Anfrage kam nicht rechtzeitig an.",
            Self::NotAnObject => "Der Inhalt der Anfrage muss ein JSON-Objekt sein.",
            Self::Required => "Dieses Feld ist erforderlich.",
            Self::WrongType => "Dieses Feld hat den falschen Typ.",
            Self::UnknownValue => "Dieses Feld hat einen unbekannten Wert.",
            Self::BadDateTime => "Dieses Feld ist kein Zeitpunkt mit Zeitverschiebung.",
            Self::NulCharacter => "Dieses Feld enthält das Zeichen U+0000.",
            Self::BadId => "Dieser Parameter ist keine ganze Zahl.",
            Self::BadPath => "Der Pfad kann nicht entschlüsselt werden.",
            Self::Unauthorized => "Der API-Schlüssel fehlt oder ist ungültig.",
            Self::Forbidden => "Dem API-Schlüssel fehlt die nötige Berechtigung.",
            Self::NotFound => "Das Objekt gibt es nicht.",
            Self::MethodNotAllowed => "Diese Methode wird hier nicht unterstützt.",
            Self::UnsupportedMediaType => {
                "Der Inhalt der Anfrage muss als application/json gesendet werden."
            }
            Self::Conflict => "Das Objekt wurde von einer anderen Anfrage geändert.",
            Self::TooManyRequests => "Zu viele Anfragen; bitte später erneut versuchen.",
            Self::System => "Ein unerwarteter Fehler ist aufgetreten.",
            Self::Unavailable => {
                "Der Dienst kann gerade nicht antworten; bitte später erneut versuchen."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(header: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, header.parse().expect("a header value"));
        Language::of(&headers)
    }

    #[test]
    fn the_most_wanted_known_language_is_taken() {
        assert_eq!(language("de-CH, en;q=0.8"), Language::German);
        assert_eq!(language("fr, en;q=0.5, de;q=0.4"), Language::English);
        assert_eq!(language("de;q=0, xx"), Language::English);
        assert_eq!(language("*"), Language::English);
        assert_eq!(Language::of(&HeaderMap::new()), Language::English);
    }

    #[test]
    fn every_text_says_something_in_every_language() {
        for text in Text::ALL {
            assert_ne!(
                text.in_language(Language::English),
                text.in_language(Language::German),
                "{text:?}"
            );
            assert!(!text.english().is_empty() && !text.german().is_empty());
        }
    }
}
