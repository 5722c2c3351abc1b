//! The rows that a list reads, against the budgets of `store.md` 6. The limits are far below the usual ones, and there are so many
//! conversations that a list which reads all of them exceeds its budget several times.

use heddle_domain::Timestamp;
use heddle_domain::conversation::Conversation;
use heddle_search::query::Term;
use heddle_store::Clock;
use heddle_store::read::selection::{Condition, Expr, Limits, SelectConversations, Sort};
use heddle_store::write::folders::FolderCounts;
use heddle_testkit::On;

use super::desk::{Desk, EMAIL, FIELD, RARE, SIZE, SORTS, tag};

const CONVERSATIONS: usize = 3_000;
const LIMITS: Limits = Limits {
    sorted: 40,
    examined: 40,
    counted: 100_000,
};
/// The phases of the conversations that lists show.
const PHASES: usize = 4;
const LATER: Timestamp = Timestamp(i64::MAX);

fn is(condition: Condition) -> Expr {
    Expr::Is(condition)
}

fn not(condition: Condition) -> Expr {
    Expr::Not(Box::new(is(condition)))
}

fn tagged(name: &str) -> Expr {
    is(Condition::Tag([tag(name)].into()))
}

/// Rows that a part of a list may read.
impl Desk {
    fn runs(&self) -> usize {
        self.tenant.inboxes.len() * PHASES
    }

    /// Entries of the index, merged from its runs; at least eight are read of each run.
    fn entries(&self, wanted: usize) -> usize {
        3 * wanted + 8 * self.runs()
    }

    /// The rows that are read to show a page. For each conversation: itself, its customer, its assignee, its tags, its fields and
    /// two messages. For each inbox: the kept
    /// counts by phase, assignee and draft.
    fn shown(&self) -> usize {
        9 * SIZE + 24 * self.tenant.inboxes.len()
    }

    /// A page along the index of its order.
    fn page(&self) -> usize {
        self.entries(SIZE + 1) + self.shown()
    }

    /// A filter that selects at most as many as are sorted in memory: for each its entry, its facts, and a row for each of
    /// `looked_up` (tags, fields and texts).
    fn few(&self, looked_up: usize) -> usize {
        LIMITS.sorted * (2 + looked_up) + self.runs() + self.shown()
    }

    /// The drafts of a list that leaves them out.
    const fn drafts() -> usize {
        2 * LIMITS.sorted
    }
}

type Case = (&'static str, Expr, Sort, usize);

impl Desk {
    fn orders_and_filters_in_the_index_of_the_order(&self) -> Vec<Case> {
        let page = self.page();
        let (agent, inbox) = (self.tenant.agents[0], self.tenant.inboxes[0]);
        let all = || Expr::All(vec![]);
        let folder = |phases: &[i64], condition: Option<Condition>| {
            let phases = phases.iter().copied().collect();
            let mut parts = vec![
                is(Condition::Inbox([inbox].into())),
                is(Condition::Phase(phases)),
                not(Condition::Draft),
            ];
            parts.extend(condition.map(is));
            Expr::All(parts)
        };
        let without_drafts = page + Self::drafts();
        vec![
            ("nothing", all(), Sort::Started, page),
            ("by number", all(), Sort::Number, page),
            ("by change", all(), Sort::Changed, page),
            ("by inbox", all(), Sort::Inbox, page),
            ("by status", all(), Sort::Status, page),
            (
                "a status",
                is(Condition::Phase([3].into())),
                Sort::Started,
                page,
            ),
            (
                "an inbox",
                is(Condition::Inbox([inbox].into())),
                Sort::Started,
                page,
            ),
            (
                "an inbox by number",
                is(Condition::Inbox([inbox].into())),
                Sort::Number,
                page,
            ),
            (
                "an assignee",
                is(Condition::Assignee(Some(agent))),
                Sort::Started,
                page,
            ),
            (
                "no assignee",
                is(Condition::Assignee(None)),
                Sort::Started,
                page,
            ),
            (
                "a tag that many have",
                tagged("many"),
                Sort::Started,
                page + 1,
            ),
            (
                "an inbox and a tag that many have",
                Expr::All(vec![tagged("many"), is(Condition::Inbox([inbox].into()))]),
                Sort::Started,
                page + 1,
            ),
            (
                "changed at any time",
                is(Condition::Changed(Timestamp(0), LATER)),
                Sort::Changed,
                page + self.estimate(0) + self.scan(SIZE + 1, 0) + self.attempts(1),
            ),
            (
                "Unassigned",
                folder(&[0, 1], Some(Condition::Assignee(None))),
                Sort::Started,
                without_drafts,
            ),
            (
                "Mine, or of a team",
                folder(&[0, 1], Some(Condition::Assignee(Some(agent)))),
                Sort::Started,
                without_drafts,
            ),
            ("Closed", folder(&[2], None), Sort::Started, without_drafts),
            (
                "Closed by number",
                folder(&[2], None),
                Sort::Number,
                without_drafts,
            ),
        ]
    }

    fn filters_that_select_few(&self) -> Vec<Case> {
        let number = *self.stored.keys().nth(100).expect("a conversation");
        let agent = self.tenant.agents[0];
        let inbox = self.tenant.inboxes[0];
        let customer = self.customers[2];
        let started = |c: &Conversation| c.started_at;
        let changed = |c: &Conversation| c.updated_at;
        let (started, changed) = (self.nth_last(12, started), self.nth_last(12, changed));
        let (few, one) = (self.few(0), self.shown() + self.runs());
        let with_tag = self.few(1);
        let two = self.few(1) + self.attempts(1);
        vec![
            ("a tag", tagged("rare"), Sort::Started, with_tag),
            (
                "a tag by subject",
                tagged("rare"),
                Sort::Subject,
                self.few(2),
            ),
            ("an unknown tag", tagged("unknown"), Sort::Started, 2),
            (
                "a number",
                is(Condition::Number(number.get())),
                Sort::Started,
                one,
            ),
            ("an id", is(Condition::Id(number.get())), Sort::Started, one),
            ("no id", is(Condition::Id(77_777)), Sort::Started, 2),
            (
                "a customer",
                is(Condition::Customer([customer].into())),
                Sort::Started,
                few,
            ),
            (
                "a customer by name",
                is(Condition::Customer([customer].into())),
                Sort::CustomerName,
                few,
            ),
            (
                "an address",
                is(Condition::Email(EMAIL.into())),
                Sort::Started,
                few,
            ),
            (
                "no such address",
                is(Condition::Email("a@b.example".into())),
                Sort::Started,
                2,
            ),
            (
                "a field",
                is(Condition::Field(inbox, FIELD.into(), RARE.into())),
                Sort::Started,
                self.few(1),
            ),
            ("drafts", is(Condition::Draft), Sort::Started, few),
            (
                "a start",
                is(Condition::Started(started, LATER)),
                Sort::Number,
                few,
            ),
            (
                "a start by start",
                is(Condition::Started(started, LATER)),
                Sort::Started,
                few,
            ),
            (
                "a change",
                is(Condition::Changed(changed, LATER)),
                Sort::Started,
                few,
            ),
            (
                "a change by change",
                is(Condition::Changed(changed, LATER)),
                Sort::Changed,
                few,
            ),
            (
                "no change",
                is(Condition::Changed(self.test.clock.now().plus_ms(1), LATER)),
                Sort::Started,
                self.runs(),
            ),
            (
                "a tag and a number",
                Expr::All(vec![tagged("many"), is(Condition::Number(number.get()))]),
                Sort::Started,
                one + 1,
            ),
            (
                "a tag and an assignee",
                Expr::All(vec![tagged("rare"), is(Condition::Assignee(Some(agent)))]),
                Sort::Changed,
                with_tag,
            ),
            (
                "a tag or a number",
                Expr::Any(vec![tagged("rare"), is(Condition::Number(number.get()))]),
                Sort::Started,
                two,
            ),
        ]
    }

    /// Returns the time of the conversation that is so many before the last.
    fn nth_last(&self, nth: usize, time: fn(&Conversation) -> Timestamp) -> Timestamp {
        let mut all: Vec<Timestamp> = self.stored.values().map(|(c, _)| time(c)).collect();
        all.sort_unstable();
        all[all.len() - nth]
    }

    /// Checks the page of a list, and that it read no more rows than it may.
    async fn check(&self, name: &str, list: &SelectConversations, budget: usize) {
        let found = self.read(list).await;
        let expected = self.expected(list);
        let ids = found.conversations.iter();
        let ids: Vec<i64> = ids.map(|view| view.conversation.id.get()).collect();
        assert_eq!(
            ids,
            expected[..expected.len().min(SIZE)],
            "{name}: {list:?}"
        );
        assert!(
            found.rows_read <= budget,
            "{name}: {} rows, at most {budget}: {list:?}",
            found.rows_read
        );
    }
}

/// Random combinations.
impl Desk {
    /// The entries that are read for a condition in vain, because it selects too many, for so many conditions.
    fn attempts(&self, conditions: usize) -> usize {
        conditions * (LIMITS.sorted + 1 + self.runs()) + 2 * 24 * self.tenant.inboxes.len()
    }

    /// An estimate of the length, if for each conversation `looked_up` further rows are read.
    fn estimate(&self, looked_up: usize) -> usize {
        self.entries(LIMITS.examined) + LIMITS.examined * (1 + looked_up)
    }

    /// A walk along the index, until `examined` entries are read. Its steps double, so it reads at most twice as many; each entry
    /// is read with its facts, and `looked_up` further rows.
    fn scan(&self, examined: usize, looked_up: usize) -> usize {
        let (mut step, mut read, mut rows) = (SIZE + 1, 0, 0);
        while read < examined {
            rows += self.entries(step) + step * (1 + looked_up);
            read += step;
            step *= 2;
        }
        rows
    }

    /// Whether the index of a condition selects so few conversations that they are sorted in memory.
    fn is_selective(&self, wanted: &Expr) -> bool {
        match wanted {
            Expr::Is(Condition::Inbox(_) | Condition::Phase(_)) | Expr::Not(_) => false,
            Expr::Is(_) => self.selected(wanted) <= LIMITS.sorted,
            Expr::All(parts) => parts.iter().any(|part| self.is_selective(part)),
            Expr::Any(parts) => {
                parts.iter().all(|part| self.is_selective(part))
                    && parts.iter().map(|part| self.few_of(part)).sum::<usize>() <= LIMITS.sorted
            }
        }
    }

    /// Returns how many conversations an index finds for a selective expression, at most.
    fn few_of(&self, wanted: &Expr) -> usize {
        match wanted {
            Expr::All(parts) => {
                let selective = parts.iter().filter(|part| self.is_selective(part));
                selective.map(|part| self.few_of(part)).max().unwrap_or(0)
            }
            Expr::Any(parts) => parts.iter().map(|part| self.few_of(part)).sum(),
            Expr::Is(_) | Expr::Not(_) => self.selected(wanted),
        }
    }

    fn selected(&self, wanted: &Expr) -> usize {
        let of = self.stored.values();
        of.filter(|of| self.holds(wanted, of)).count()
    }

    /// Returns how many conversations stand, in the order of the list, before it has a full page.
    fn examined(&self, list: &SelectConversations) -> usize {
        let everything = SelectConversations {
            wanted: Expr::All(vec![]),
            ..list.clone()
        };
        let (all, expected) = (self.expected(&everything), self.expected(list));
        let last = expected.get(SIZE);
        let place = last.and_then(|last| all.iter().position(|id| id == last));
        place.map_or(all.len(), |place| place + 1)
    }

    fn budget(&self, list: &SelectConversations) -> usize {
        let (conditions, tags) = size(&list.wanted);
        let attempts = self.attempts(conditions);
        if self.is_selective(&list.wanted) {
            return attempts + self.few(tags);
        }
        let walk = self.scan(self.examined(list), tags) + self.estimate(tags);
        attempts + self.few(tags) + walk + Self::drafts()
    }
}

/// Returns how many conditions an expression has, and how many tags it names.
fn size(wanted: &Expr) -> (usize, usize) {
    match wanted {
        Expr::Is(Condition::Tag(tags)) => (1, tags.len()),
        Expr::Is(_) => (1, 0),
        Expr::Not(inner) => size(inner),
        Expr::All(parts) | Expr::Any(parts) => {
            let sizes = parts.iter().map(size);
            sizes.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
        }
    }
}

async fn filled(on: On) -> Desk {
    let mut desk = Desk::open(on, 5).await;
    for _ in 0..CONVERSATIONS {
        desk.add().await;
    }
    let store = &desk.test.store;
    store.drain_feed().await.expect("drained");
    let counted = store.catch_up::<FolderCounts>(desk.tenant.account).await;
    counted.expect("counted");
    store.index(desk.tenant.account).await.expect("indexed");
    desk
}

async fn lists_read_few_rows(on: On) {
    let mut desk = filled(on).await;
    let in_order = desk.orders_and_filters_in_the_index_of_the_order();
    for (name, wanted, sort, budget) in in_order.into_iter().chain(desk.filters_that_select_few()) {
        for descending in [true, false] {
            let mut list = desk.list(wanted.clone(), sort, descending);
            list.limits = LIMITS;
            desk.check(name, &list, budget).await;
            let found = desk.read(&list).await;
            assert_eq!(found.total, desk.expected(&list).len() as i64, "{name}");
        }
    }
    uncounted_tags(&desk).await;
    words(&desk).await;
    late_pages(&desk).await;
    combinations(&mut desk).await;
}

/// The conversations of a tag that too many have to be counted are estimated, by their share of the first entries; never fewer than
/// were counted, although none of the first entries has the tag.
async fn uncounted_tags(desk: &Desk) {
    for (sort_descending, counted) in [(true, 30), (false, 30), (true, 200)] {
        let mut list = desk.list(tagged("many"), Sort::Started, sort_descending);
        list.limits = Limits { counted, ..LIMITS };
        let budget = desk.page() + 31 + desk.estimate(1);
        desk.check("a tag that is not counted", &list, budget).await;
        let (total, is) = (desk.read(&list).await.total, desk.expected(&list).len());
        assert!(
            total > counted && total < 3 * is as i64,
            "{total} instead of {is}"
        );
    }
}

/// The words of subjects and messages are found by the search index: a row for each hit, and for each conversation its subject or
/// its message.
async fn words(desk: &Desk) {
    let term = |text: &str| Term::of(text, false).expect("a term");
    for (name, condition) in [
        ("a word of a subject", Condition::Subject(term("bobbin"))),
        ("a word of a message", Condition::Body(term("heddle"))),
    ] {
        let mut list = desk.list(is(condition), Sort::Started, true);
        (list.limits, list.has_index) = (LIMITS, true);
        desk.check(name, &list, desk.few(3)).await;
    }
}

/// A late page reads the entries of the pages before it; one with a place does not.
async fn late_pages(desk: &Desk) {
    let closed = Expr::All(vec![
        is(Condition::Phase([2].into())),
        not(Condition::Draft),
    ]);
    for (wanted, drafts) in [(Expr::All(vec![]), 0), (closed, Desk::drafts())] {
        let mut list = desk.list(wanted, Sort::Started, true);
        (list.page, list.limits) = (50, LIMITS);
        let late = desk.read(&list).await;
        let most = desk.page() + drafts + 3 * 50 * SIZE;
        assert!(late.rows_read <= most, "{} rows: {list:?}", late.rows_read);
        (list.page, list.after) = (51, late.next);
        let next = desk.read(&list).await;
        let most = desk.page() + drafts;
        assert!(next.rows_read <= most, "{} rows: {list:?}", next.rows_read);
    }
}

/// A combination that an index cannot narrow, and that few conversations fulfil, reads all of them: it may take two seconds. All
/// others must read much less.
async fn combinations(desk: &mut Desk) {
    let (mut measured, mut selective, mut unbounded) = (0, 0, 0);
    while measured < 50 {
        let wanted = desk.expr(2);
        let sort = desk.dice.pick(&SORTS[..5]);
        let mut list = desk.list(wanted, sort, measured % 2 == 0);
        list.limits = LIMITS;
        let budget = desk.budget(&list);
        // The entries and facts of all conversations.
        if 2 * budget > 2 * CONVERSATIONS {
            unbounded += 1;
            continue;
        }
        desk.check("a combination", &list, budget).await;
        measured += 1;
        selective += usize::from(desk.is_selective(&list.wanted));
    }
    assert!(
        selective >= 10 && unbounded <= 50,
        "{selective}, {unbounded}"
    );
}

on_both!(lists_read_few_rows);
