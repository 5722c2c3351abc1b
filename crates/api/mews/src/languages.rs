//! `languages/getAll` (contract section 13.5): common languages, by the codes of ISO 639-1 with the country of ISO 3166-1 where
//! they are mainly spoken, as the vendor writes them.

use axum::Json;

use crate::auth::Call;
use crate::request::GetLanguages;
use crate::wire::{Language, Languages};

/// Code, English name and own name of each language, by code.
const LANGUAGES: &[(&str, &str, &str)] = &[
    ("ar-SA", "Arabic (Saudi Arabia)", "العربية (السعودية)"),
    ("bg-BG", "Bulgarian (Bulgaria)", "български (България)"),
    (
        "bs-BA",
        "Bosnian (Bosnia and Herzegovina)",
        "bosanski (Bosna i Hercegovina)",
    ),
    ("ca-ES", "Catalan (Spain)", "català (Espanya)"),
    ("cs-CZ", "Czech (Czechia)", "čeština (Česko)"),
    ("da-DK", "Danish (Denmark)", "dansk (Danmark)"),
    ("de-AT", "German (Austria)", "Deutsch (Österreich)"),
    ("de-CH", "German (Switzerland)", "Deutsch (Schweiz)"),
    ("de-DE", "German (Germany)", "Deutsch (Deutschland)"),
    ("el-GR", "Greek (Greece)", "Ελληνικά (Ελλάδα)"),
    ("en-AU", "English (Australia)", "English (Australia)"),
    ("en-CA", "English (Canada)", "English (Canada)"),
    (
        "en-GB",
        "English (United Kingdom)",
        "English (United Kingdom)",
    ),
    (
        "en-US",
        "English (United States)",
        "English (United States)",
    ),
    ("es-ES", "Spanish (Spain)", "español (España)"),
    ("es-MX", "Spanish (Mexico)", "español (México)"),
    ("et-EE", "Estonian (Estonia)", "eesti (Eesti)"),
    ("fi-FI", "Finnish (Finland)", "suomi (Suomi)"),
    ("fr-BE", "French (Belgium)", "français (Belgique)"),
    ("fr-CA", "French (Canada)", "français (Canada)"),
    ("fr-CH", "French (Switzerland)", "français (Suisse)"),
    ("fr-FR", "French (France)", "français (France)"),
    ("he-IL", "Hebrew (Israel)", "עברית (ישראל)"),
    ("hi-IN", "Hindi (India)", "हिन्दी (भारत)"),
    ("hr-HR", "Croatian (Croatia)", "hrvatski (Hrvatska)"),
    ("hu-HU", "Hungarian (Hungary)", "magyar (Magyarország)"),
    ("id-ID", "Indonesian (Indonesia)", "Indonesia (Indonesia)"),
    ("is-IS", "Icelandic (Iceland)", "íslenska (Ísland)"),
    ("it-CH", "Italian (Switzerland)", "italiano (Svizzera)"),
    ("it-IT", "Italian (Italy)", "italiano (Italia)"),
    ("ja-JP", "Japanese (Japan)", "日本語 (日本)"),
    ("ko-KR", "Korean (South Korea)", "한국어 (대한민국)"),
    ("lt-LT", "Lithuanian (Lithuania)", "lietuvių (Lietuva)"),
    ("lv-LV", "Latvian (Latvia)", "latviešu (Latvija)"),
    ("ms-MY", "Malay (Malaysia)", "Melayu (Malaysia)"),
    ("nb-NO", "Norwegian Bokmål (Norway)", "norsk bokmål (Norge)"),
    ("nl-BE", "Dutch (Belgium)", "Nederlands (België)"),
    ("nl-NL", "Dutch (Netherlands)", "Nederlands (Nederland)"),
    ("pl-PL", "Polish (Poland)", "polski (Polska)"),
    ("pt-BR", "Portuguese (Brazil)", "português (Brasil)"),
    ("pt-PT", "Portuguese (Portugal)", "português (Portugal)"),
    ("ro-RO", "Romanian (Romania)", "română (România)"),
    ("ru-RU", "Russian (Russia)", "русский (Россия)"),
    ("sk-SK", "Slovak (Slovakia)", "slovenčina (Slovensko)"),
    ("sl-SI", "Slovenian (Slovenia)", "slovenščina (Slovenija)"),
    ("sq-AL", "Albanian (Albania)", "shqip (Shqipëri)"),
    ("sr-RS", "Serbian (Serbia)", "српски (Србија)"),
    ("sv-SE", "Swedish (Sweden)", "svenska (Sverige)"),
    ("th-TH", "Thai (Thailand)", "ไทย (ไทย)"),
    ("tr-TR", "Turkish (Türkiye)", "Türkçe (Türkiye)"),
    ("uk-UA", "Ukrainian (Ukraine)", "українська (Україна)"),
    ("vi-VN", "Vietnamese (Vietnam)", "Tiếng Việt (Việt Nam)"),
    ("zh-CN", "Chinese (China)", "中文（中国）"),
    ("zh-TW", "Chinese (Taiwan)", "中文（台灣）"),
];

/// For languages that are spoken in several countries: the one to which a client falls back from the others.
const FALLBACKS: &[&str] = &[
    "de-DE", "en-US", "es-ES", "fr-FR", "it-IT", "nl-NL", "pt-PT", "zh-CN",
];

/// `POST /api/connector/v1/languages/getAll`
pub(crate) async fn get_all(_: Call<GetLanguages>) -> Json<Languages> {
    let languages = LANGUAGES.iter().map(|(code, english, own)| Language {
        code,
        fallback_language_code: fallback(code),
        english_name: english,
        local_name: own,
    });
    Json(Languages {
        languages: languages.collect(),
    })
}

/// Returns the language to which a client falls back from another one: the main one with the same first two letters.
fn fallback(code: &str) -> Option<&'static str> {
    let found = FALLBACKS.iter().find(|main| main.get(..2) == code.get(..2));
    found.copied().filter(|main| *main != code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_language_is_named_once_and_falls_back_to_one_that_is_listed() {
        let codes: BTreeSet<_> = LANGUAGES.iter().map(|(code, ..)| *code).collect();
        assert_eq!(codes.len(), LANGUAGES.len());
        assert!(LANGUAGES.is_sorted_by_key(|(code, ..)| *code));
        assert!(FALLBACKS.iter().all(|main| codes.contains(main)));
        assert_eq!(
            (fallback("de-AT"), fallback("de-DE"), fallback("fi-FI")),
            (Some("de-DE"), None, None)
        );
        let mains = codes.iter().filter(|code| fallback(code).is_none());
        let letters: BTreeSet<_> = mains.map(|code| &code[..2]).collect();
        let all: BTreeSet<_> = codes.iter().map(|code| &code[..2]).collect();
        assert_eq!(
            letters, all,
            "one language for all that have the same two letters"
        );
        assert_eq!(
            codes.iter().filter(|code| fallback(code).is_none()).count(),
            all.len()
        );
    }
}
