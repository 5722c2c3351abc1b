//! The messages of errors, in the language that `Accept-Language` asks for (contract section 2): English or German.
//! Without the header, and for any other language, English.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

/// A language in which messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    /// Returns the known language with the greatest weight in the header; of languages with equal weights, the first.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let accepted = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let mut best = (0.0, Self::English);
        for entry in accepted.split(',') {
            let mut parts = entry.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |weight| weight.trim().parse::<f32>().unwrap_or(0.0));
            let language = tag.split('-').next().unwrap_or_default();
            let language = match language.to_ascii_lowercase().as_str() {
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

/// Declares the messages: one row for each, with its name, the English text and the German text.
macro_rules! texts {
    ($($name:ident: $english:literal, $german:literal;)+) => {
        /// A message to the client.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Text {
            $($name,)+
        }

        impl Text {
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the message in a language.
            pub(crate) const fn in_language(self, language: Language) -> &'static str {
                let (english, german) = match self {
                    $(Self::$name => ($english, $german),)+
                };
                match language {
                    Language::English => english,
                    Language::German => german,
                }
            }
        }
    };
}

texts! {
    BadJson:
        "The request body is not valid JSON.",
        "Der Inhalt der Anfrage ist kein gültiges JSON.";
    ByteOrderMark:
        "The request body begins with a byte order mark. Send UTF-8 without one.",
        "Der Inhalt der Anfrage beginnt mit einer Byte-Reihenfolge-Markierung (byte order mark). Er muss UTF-8 ohne eine sein.";
    BodyMissing:
        "A request body is required.",
        "Die Anfrage braucht einen Inhalt.";
    BodyTooLarge:
        "The request body is too large.",
        "Der Inhalt der Anfrage ist zu groß.";
    BodyTooSlow:
        "The request body did not arrive in time.",
        "Der Inhalt der Anfrage kam nicht rechtzeitig an.";
    NotAnObject:
        "The request body must be a JSON object.",
        "Der Inhalt der Anfrage muss ein JSON-Objekt sein.";
    NotAnArray:
        "The request body must be a JSON array.",
        "Der Inhalt der Anfrage muss eine JSON-Liste sein.";
    Required:
        "This field is required.",
        "Dieses Feld ist erforderlich.";
    WrongType:
        "This field has the wrong type.",
        "Dieses Feld hat den falschen Typ.";
    UnknownValue:
        "This field has a value that is not known.",
        "Dieses Feld hat einen unbekannten Wert.";
    BadDateTime:
        "This field is not a date and time with an offset.",
        "Dieses Feld ist kein Zeitpunkt mit Zeitverschiebung.";
    OutsideCalendar:
        "This field must be from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z.",
        "Dieses Feld muss von 0001-01-01T00:00:00Z bis 9999-12-31T23:59:59.999Z liegen.";
    LongSubject:
        "A subject must have at most 4096 characters.",
        "Ein Betreff darf höchstens 4096 Zeichen haben.";
    LongTicketNumber:
        "A ticket number must have at most 200 characters.",
        "Eine Ticketnummer darf höchstens 200 Zeichen haben.";
    LongTicketLink:
        "A ticket link must have at most 2000 characters.",
        "Ein Ticket-Link darf höchstens 2000 Zeichen haben.";
    LongAgent:
        "The name of an agent must have at most 200 characters.",
        "Der Name eines Mitarbeiters darf höchstens 200 Zeichen haben.";
    TooLong:
        "This field has too many characters.",
        "Dieses Feld hat zu viele Zeichen.";
    TooMany:
        "This field has too many items.",
        "Dieses Feld hat zu viele Einträge.";
    BadDate:
        "This field is not a date such as 1990-12-31.",
        "Dieses Feld ist kein Datum wie 1990-12-31.";
    BadEmail:
        "This field is not an e-mail address.",
        "Dieses Feld ist keine E-Mail-Adresse.";
    EmailTaken:
        "Another customer has this e-mail address.",
        "Diese E-Mail-Adresse gehört einem anderen Kunden.";
    BadPhone:
        "This field is not a telephone number.",
        "Dieses Feld ist keine Telefonnummer.";
    BadCountry:
        "This field is not the code of a country, which has two letters.",
        "Dieses Feld ist kein Ländercode aus zwei Buchstaben.";
    BadLanguage:
        "This field is not the code of a language, which has two or three letters.",
        "Dieses Feld ist kein Sprachcode aus zwei oder drei Buchstaben.";
    NoCriterion:
        "A search needs a first name, a last name, an e-mail address or a date of birth.",
        "Eine Suche braucht einen Vornamen, einen Nachnamen, eine E-Mail-Adresse oder ein Geburtsdatum.";
    OneCriterion:
        "Exactly one of customerNumber, cardNumber, barcode, debtorId and qrCodeUuid is needed.",
        "Genau einer der Parameter customerNumber, cardNumber, barcode, debtorId und qrCodeUuid ist nötig.";
    BadSliceSize:
        "This parameter is not an allowed number of items.",
        "Dieser Parameter ist keine erlaubte Anzahl von Einträgen.";
    BadOffset:
        "This parameter is not an offset that this call has returned.",
        "Dieser Parameter ist kein Wert, den dieser Aufruf geliefert hat.";
    NulCharacter:
        "This field contains the character U+0000.",
        "Dieses Feld enthält das Zeichen U+0000.";
    BadId:
        "This parameter is not an integer.",
        "Dieser Parameter ist keine ganze Zahl.";
    IdOutsideRange:
        "This parameter must be an integer from -9223372036854775808 to 9223372036854775807.",
        "Dieser Parameter muss eine ganze Zahl von -9223372036854775808 bis 9223372036854775807 sein.";
    BadPath:
        "The path cannot be decoded.",
        "Der Pfad kann nicht entschlüsselt werden.";
    Unauthorized:
        "The API key is missing or not valid.",
        "Der API-Schlüssel fehlt oder ist ungültig.";
    Forbidden:
        "The API key lacks the required scope.",
        "Dem API-Schlüssel fehlt die nötige Berechtigung.";
    NotFound:
        "The entity does not exist.",
        "Das Objekt gibt es nicht.";
    MethodNotAllowed:
        "This method is not supported here.",
        "Diese Methode wird hier nicht unterstützt.";
    UnsupportedMediaType:
        "The request body must be sent as application/json.",
        "Der Inhalt der Anfrage muss als application/json gesendet werden.";
    Conflict:
        "The entity was changed by another request.",
        "Das Objekt wurde von einer anderen Anfrage geändert.";
    TooManyRequests:
        "Too many requests; try again later.",
        "Zu viele Anfragen; bitte später erneut versuchen.";
    System:
        "An unexpected error occurred.",
        "Ein unerwarteter Fehler ist aufgetreten.";
    Unavailable:
        "The service cannot answer at the moment; try again later.",
        "Der Dienst kann gerade nicht antworten; bitte später erneut versuchen.";
}

#[cfg(test)]
mod tests {
    use heddle_domain::limits;

    use super::*;

    fn language(header: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, header.parse().expect("a header value"));
        Language::of(&headers)
    }

    #[test]
    fn the_known_language_with_the_greatest_weight_is_taken() {
        assert_eq!(language("de-CH, en;q=0.8"), Language::German);
        assert_eq!(language("fr, en;q=0.5, de;q=0.4"), Language::English);
        assert_eq!(language("de;q=0, xx"), Language::English);
        assert_eq!(language("*"), Language::English);
        assert_eq!(Language::of(&HeaderMap::new()), Language::English);
    }

    #[test]
    fn the_messages_name_the_limits() {
        for (text, limit) in [
            (Text::LongSubject, limits::LONGEST_SUBJECT),
            (Text::LongTicketNumber, limits::LONGEST_TICKET_NUMBER),
            (Text::LongTicketLink, limits::LONGEST_TICKET_LINK),
            (Text::LongAgent, limits::LONGEST_AGENT_NAME),
        ] {
            for language in [Language::English, Language::German] {
                let shown = text.in_language(language);
                assert!(shown.contains(&format!(" {limit} ")), "{shown}");
            }
        }
    }

    #[test]
    fn every_message_exists_in_both_languages() {
        for text in Text::ALL {
            let [english, german] =
                [Language::English, Language::German].map(|l| text.in_language(l));
            assert_ne!(english, german, "{text:?}");
            assert!(!english.is_empty() && !german.is_empty(), "{text:?}");
        }
    }
}
