//! Vocabularies of eight languages, 200,000 words together, from which words are drawn as often as languages use them.
//!
//! The most frequent words are real; the others are made of syllables of the language.

use super::dice::Dice;

/// A language, with its share of the messages in percent, the number of its words, and the parts of which words are made.
struct Source {
    share: usize,
    words: usize,
    /// Real words, the most frequent first.
    real: &'static str,
    syllables: &'static str,
}

const SOURCES: [Source; 6] = [
    Source {
        share: 42,
        words: 70_000,
        real: "the to and you i a is it for of in my have that we not your this with on please be can are order was if me will from so at but as do our has an or thank would received when how delivery account know still help email no by there been any all just get could invoice out payment again regards hello refund number contact what up customer now one sent issue more address need check product return hi time they working after want card more since problem open team new login password works screen same never today yesterday week photo attached box damaged broken missing wrong size colour price charged twice cancel subscription renew update question answer ticket case reply soon possible sorry understand support wait call phone back letter offer contract member studio booking room guest night stay arrival breakfast car service tyre brake oil appointment workshop part warranty repair",
        syllables: "ter ing con tion ment pre ver al en sta der car mo li ro per com pa dis re tin sul bra gen fer lor wick ham ton ble ship ness ward ley ston ford",
    },
    Source {
        share: 26,
        words: 60_000,
        real: "die der und ich sie das nicht ist es zu wir mit den in bitte auf für haben mir eine von dass ein auch bei habe wie noch oder sich im uns ihre aber wenn wird an können danke mal rechnung dem ihnen nach als vielen kann hallo des so bestellung sehr nur lieferung grüße freundlichen herr frau bis aus ihr jetzt leider schon wurde zum zur um konto mehr geld zurück rückerstattung kunde kundennummer adresse telefon vertrag kündigung kündigen mitglied beitrag lastschrift überweisung zahlung paket versand größe farbe falsch kaputt defekt beschädigt fehlt foto anhang anbei frage antwort woche gestern heute morgen termin werkstatt reifen bremse öl auto zimmer nacht gast frühstück anreise abreise passwort anmeldung gerät bildschirm fehler problem hilfe dringend möglich gerne prüfen",
        syllables: "schau ung keit ver ge be ent zu ein aus ab wer ken stein bach hof ler mann zeug tisch lich heit dorf burg über größ münz kräf stra ßen ring feld ach eich holz",
    },
    Source {
        share: 10,
        words: 25_000,
        real: "de la le et je vous à les en un pour que une pas est ne du des ce avec mon sur merci nous il mais dans bonjour plus au votre ma commande facture livraison colis remboursement client compte mot passe problème numéro adresse téléphone merci cordialement toujours reçu reçue photo cassé manquant erreur paiement carte rendez-vous chambre nuit été déjà très",
        syllables: "tion ment eur age ère ou vri cha bon lé mé tra por dou fran ci que ril lac oir elle ette ard",
    },
    Source {
        share: 7,
        words: 20_000,
        real: "de la que el en y a los no me por un se con mi una para es lo las su gracias al hola pedido factura envío del pero más cuenta como si ha pago tarjeta número dirección teléfono cliente problema devolución reembolso foto roto falta error contraseña habitación noche cita coche año señor",
        syllables: "ción do ra men te cas ti llo ña mar pa so ler quin gue ro sal ven tor ano ito",
    },
    Source {
        share: 6,
        words: 25_000,
        real: "и в не на я что с по у это мы как вы за но заказ спасибо счёт здравствуйте пожалуйста мне ваш номер оплата доставка возврат деньги адрес телефон клиент проблема ошибка фото пароль письмо ответ вопрос когда ещё нет уже очень",
        syllables: "ров ски ние пре ста кон про вер мо ля ти гра дол жен ной ком пас тан ель ово",
    },
    Source {
        share: 3,
        words: 10_000,
        real: "في من على و إلى أن هذا مع لا ما شكرا طلب فاتورة رقم حساب عنوان هاتف مشكلة صورة دفع استرداد توصيل عميل مرحبا",
        syllables: "مح تر ال سل كم بر دا ني رو قا هم لي شر",
    },
];

/// The share of the messages in Japanese and Chinese, in percent. The rest to a hundred of the shares above.
const UNSPACED: [&str; 2] = [
    "お客様の注文番号を確認してください返金について届きません商品が壊れていました写真添付ありがとうございます東京都大阪予約変更電話住所請求書領収書",
    "您好请问我的订单什么时候发货退款发票号码地址电话客户照片损坏谢谢北京上海帐户密码错误付款预订房间维修预约重新",
];

/// The words of one language.
struct Language {
    words: Vec<String>,
    /// The share of a word and of all that are more frequent, as a part of all.
    shares: Vec<f64>,
}

/// All words.
pub(super) struct Vocabulary {
    languages: Vec<Language>,
}

/// A language by number; those after the vocabularies have no spaces between words.
pub(super) type Tongue = usize;

impl Vocabulary {
    pub(super) fn new() -> Self {
        Self {
            languages: SOURCES.iter().map(Language::new).collect(),
        }
    }

    /// Draws a language as often as messages use it.
    pub(super) fn tongue(dice: &mut Dice) -> Tongue {
        let mut left = dice.roll(100);
        for (at, source) in SOURCES.iter().enumerate() {
            match left.checked_sub(source.share) {
                Some(rest) => left = rest,
                None => return at,
            }
        }
        SOURCES.len() + left % UNSPACED.len()
    }

    /// Draws a word as often as texts use it; in a language without spaces it is a run of characters.
    pub(super) fn word(&self, tongue: Tongue, dice: &mut Dice) -> String {
        match self.languages.get(tongue) {
            Some(language) => language.draw(dice).to_owned(),
            None => run(UNSPACED[tongue - SOURCES.len()], dice),
        }
    }

    /// Returns the word of this rank; 0 is the most frequent.
    pub(super) fn ranked(&self, tongue: Tongue, rank: usize) -> &str {
        let words = &self.languages[tongue].words;
        &words[rank % words.len()]
    }

    /// Draws a word that is neither very frequent nor very rare, as people search for.
    pub(super) fn sought(&self, dice: &mut Dice) -> String {
        let tongue = Self::tongue(dice).min(SOURCES.len() - 1);
        let rank = (20_000_f64.ln() * dice.part()).exp();
        self.ranked(tongue, rank as usize).to_owned()
    }

    /// Whether a language puts spaces between words.
    pub(super) const fn has_spaces(tongue: Tongue) -> bool {
        tongue < SOURCES.len()
    }
}

impl Language {
    fn new(source: &Source) -> Self {
        let mut words: Vec<String> = source.real.split(' ').map(str::to_owned).collect();
        let syllables: Vec<&str> = source.syllables.split(' ').collect();
        let mut dice = Dice::new(source.words as u64);
        while words.len() < source.words {
            let count = 2 + dice.roll(3);
            words.push((0..count).map(|_| dice.pick(&syllables)).collect());
        }
        // The law of Zipf and Mandelbrot, which fits texts of all languages.
        let mut sum = 0.0;
        let mut shares: Vec<f64> = (0..words.len())
            .map(|rank| {
                sum += (rank as f64 + 2.7).powf(-1.05);
                sum
            })
            .collect();
        shares.iter_mut().for_each(|share| *share /= sum);
        Self { words, shares }
    }

    fn draw(&self, dice: &mut Dice) -> &str {
        let at = dice.part();
        let rank = self.shares.partition_point(|share| *share < at);
        &self.words[rank.min(self.words.len() - 1)]
    }
}

/// Returns some neighbours of a text, sometimes with another character between them, so that there are many pairs.
fn run(text: &str, dice: &mut Dice) -> String {
    let chars: Vec<char> = text.chars().collect();
    let start = dice.roll(chars.len() - 6);
    let mut run: String = chars[start..start + 2 + dice.roll(5)].iter().collect();
    if dice.hits(60) {
        // A character that is the rarer, the higher its number.
        let rare = (dice.part() * dice.part() * 3_000.0) as u32;
        run.extend(char::from_u32(0x4e00 + rare));
    }
    run
}
