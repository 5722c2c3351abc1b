//! Tests of the limit of tags.

use heddle_domain::TagName;
use heddle_domain::id::ConversationId;
use heddle_store::write::change::{Change, ChangeConversation, TagChange};
use heddle_store::{Error, Refusal};
use heddle_testkit::On;

use crate::tenant::{Tenant, opened};

/// Adds and removes tags, and returns how many the conversation has afterwards.
async fn edit(
    tenant: &Tenant,
    id: ConversationId,
    add: &[&str],
    remove: &[&str],
) -> Result<usize, Error> {
    let owned = |names: &[&str]| names.iter().map(|name| TagName::nearest(name)).collect();
    let change = Change {
        tags: TagChange::Edit {
            add: owned(add),
            remove: owned(remove),
        },
        ..Change::default()
    };
    let change = ChangeConversation::new(tenant.caller.clone(), id, change);
    let changed = tenant.store.write(change).await?;
    Ok(changed.labels.tags.len())
}

async fn at_a_hundred_tags_one_can_be_exchanged_and_none_added(on: On) {
    let (_test, tenant) = opened(on).await;
    let id = tenant.conversation().await.id;
    let names: Vec<String> = (0..100).map(|at| format!("tag {at:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(edit(&tenant, id, &names, &[]).await, Ok(100));
    assert_eq!(edit(&tenant, id, &["new"], &["tag 07"]).await, Ok(100));
    assert_eq!(
        edit(&tenant, id, &["new", "tag 08"], &["none"]).await,
        Ok(100)
    );
    let refused = Err(Error::Refused(Refusal::Invalid {
        field: "tags",
        reason: "more than 100 tags".to_owned(),
    }));
    for (add, remove) in [
        (&["newer"][..], &[][..]),
        (&["newer"], &["none"]),
        (&["newer", "newest"], &["new"]),
    ] {
        assert_eq!(edit(&tenant, id, add, remove).await, refused);
    }
    // A tag that is added and removed is removed.
    assert_eq!(
        edit(&tenant, id, &["newer"], &["newer", "new"]).await,
        Ok(99)
    );
}

on_both!(at_a_hundred_tags_one_can_be_exchanged_and_none_added);
