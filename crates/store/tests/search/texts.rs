//! Random texts of a few words in ten scripts, so that queries find something.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The words of all texts. Some are other spellings of each other, or parts of each other.
pub(crate) const WORDS: [&str; 79] = [
    "Rechnung",
    "rechnung",
    "RECHNUNGEN",
    "über",
    "UBER",
    "u\u{308}ber",
    "Straße",
    "STRASSE",
    "naïve",
    "Łódź",
    "Ørsted",
    "ﬁnal",
    "invoice",
    "invoices",
    "the",
    "the",
    "the",
    "refund",
    "a",
    "ab",
    "can't",
    "don\u{2019}t",
    "snake_case",
    "Οδός",
    "ΟΔΟΣ",
    "καλημέρα",
    "ёлка",
    "елка",
    "Счёт",
    "مُحَمَّد",
    "محمد",
    "فاتورة",
    "שָׁלוֹם",
    "שלום",
    "חשבונית",
    "हिन्दी",
    "बिल",
    "कीमत",
    "ใบแจ้งหนี้",
    "สวัสดีครับ",
    "东京",
    "發票號碼",
    "北京",
    "東京都",
    "東京",
    "京",
    "こんにちは",
    "ホテル",
    "ﾎﾃﾙ",
    "iPhone15を買う",
    "한국어",
    "안녕하세요",
    "👍🏽",
    "👍",
    "🇩🇪",
    "🇩🇪🇫🇷",
    "👩\u{200d}👩\u{200d}👧",
    "☎\u{fe0f}",
    "mara.okafor@example.com",
    "Ito+x@Beispiel.de",
    "example.com",
    "INV-2024-17",
    "RE123456",
    "123456",
    "2024",
    "12,50",
    "+49 30 1234-567",
    "0049301234567",
    "1234",
    "½",
    "#77",
    "AND",
    "or",
    "NOT",
    "tag:x",
    "a\u{a6}b",
    "qz7x",
    "qz8x",
    "qz9",
];

/// A word of the list, or a very long one.
pub(crate) fn word() -> impl Strategy<Value = String> {
    let long = select(vec![63_usize, 64, 65, 300])
        .prop_map(|length| "wört".chars().cycle().take(length).collect());
    prop_oneof![
        30 => select(&WORDS[..]).prop_map(str::to_owned),
        1 => long,
    ]
}

/// A text of at most `longest` words with all kinds of things between them.
pub(crate) fn text(longest: usize) -> impl Strategy<Value = String> {
    let between = select(vec![
        " ", " ", " ", ", ", "\n", "-", "/", "", "\u{0}", " <b> ", "…",
    ]);
    vec((word(), between), 0..=longest).prop_map(|parts| {
        let parts = parts
            .into_iter()
            .flat_map(|(word, between)| [word, between.to_owned()]);
        parts.collect::<String>().trim().replace('\u{0}', "\u{7}")
    })
}

/// The text of a message: sometimes one that repeats a word more often than the index keeps.
pub(crate) fn body() -> impl Strategy<Value = String> {
    let frequent = (word(), word())
        .prop_map(|(word, last)| format!("{}{last}", format!("{word} ").repeat(210)));
    // More words with one beginning than a query can name.
    let many = word().prop_map(|word| {
        let words: Vec<String> = (0..450).map(|number| format!("qz{number}x")).collect();
        format!("{word} {}", words.join(" "))
    });
    prop_oneof![40 => text(8), 1 => frequent, 1 => many]
}
