//! The commands on conversations, messages, files and custom fields.

use heddle_domain::conversation::{Status, StatusWish};
use heddle_domain::custom_field::FieldKind;
use heddle_domain::customer::CustomerRef;
use heddle_domain::id::{ConversationId, CustomerId};
use heddle_domain::message::Format;
use heddle_domain::{InboxScope, State, TagName};
use heddle_store::write::amend::AmendMessage;
use heddle_store::write::attach::{AttachFile, DetachFile};
use heddle_store::write::change::{
    Change, ChangeConversation, ChangeConversations, ChangeItem, TagChange,
};
use heddle_store::write::custom_field::{RemoveField, UpdateField};
use heddle_store::write::delegate::AssignConversations;
use heddle_store::write::delete::{DeleteConversation, RestoreConversation};
use heddle_store::write::edit::{EditMessage, PublishConversation, Publishing};
use heddle_store::write::import::ImportMessage;
use heddle_store::write::merge::MergeConversations;
use heddle_store::write::send::SendMessage;
use heddle_store::write::split::{Parting, SplitConversation};
use heddle_store::write::upload::StoreUpload;

use super::Stage;
use crate::messages::attached;
use crate::tenant::{by_email, call, call_from};

/// Creates a conversation, adds messages to others, and assigns them.
pub(super) async fn create(stage: &Stage<'_>, ids: &[ConversationId], customer: CustomerId) {
    let tenant = stage.tenant;
    let (caller, to) = (tenant.caller.clone(), tenant.agents[1]);
    let mut create = tenant.creation(
        by_email("first@example.com"),
        vec![
            call("one"),
            call_from(CustomerRef::Named("Second".into()), &"long ".repeat(2_000)),
        ],
    );
    create.conversation.assignee = Some(to);
    create.conversation.tags = vec![TagName::nearest("new")];
    stage.leaves_nothing(create).await;
    let append = tenant.appending(vec![
        (ids[0], call("one"), StatusWish::Set(Status::Closed)),
        (
            ids[1],
            call_from(by_email("third@example.com"), "two"),
            StatusWish::Keep,
        ),
    ]);
    stage.leaves_nothing(append).await;
    for customer in [tenant.customer, customer] {
        let send = SendMessage {
            caller: caller.clone(),
            inbox: tenant.inboxes[1],
            customer,
            message: call("picked"),
            reopens: true,
            delegate_to: Some(to),
            recipient: None,
        };
        stage.leaves_nothing(send.clone()).await;
        let mut import = ImportMessage {
            send: send.clone(),
            source: format!("old-{customer}"),
        };
        import.send.message.imported = true;
        stage.leaves_nothing(import).await;
        stage.leaves_nothing(send).await;
    }
    let change = ChangeConversation::new(
        caller.clone(),
        ids[0],
        Change {
            status: Some(Status::Pending),
            archived: Some(true),
            assignee: Some(Some(to)),
            ..Change::default()
        },
    );
    stage.leaves_nothing(change).await;
    let assign = AssignConversations {
        caller: caller.clone(),
        conversations: ids.to_vec(),
        only_from: None,
        to: tenant.agents[0],
        origin: None,
    };
    stage.leaves_nothing(assign).await;
}

pub(super) async fn merge(stage: &Stage<'_>, from: ConversationId, into: ConversationId) {
    let merge = MergeConversations {
        caller: stage.tenant.caller.clone(),
        from,
        into,
        inboxes: InboxScope::All,
        status: None,
        expected: None,
    };
    stage.leaves_nothing(merge).await;
}

/// Checks the commands with which the native API changes conversations and messages.
pub(super) async fn rewrite(stage: &Stage<'_>, ids: &[ConversationId]) {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let item = |conversation: &ConversationId| ChangeItem {
        conversation: *conversation,
        expected: None,
        change: Change {
            subject: Some("Changed together".into()),
            tags: TagChange::Set(vec![TagName::nearest("bulk")]),
            fields: [("colour".into(), Some("red".into()))].into(),
            ..Change::default()
        },
    };
    let bulk = ChangeConversations {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        items: ids.iter().map(item).collect(),
    };
    stage.leaves_nothing(bulk).await;
    let upload = StoreUpload {
        caller: caller.clone(),
        file_name: "file".into(),
        mime_type: "text/plain".into(),
        size: 5,
        data: Some(b"bytes".to_vec()),
        object: None,
    };
    let upload = stage.leaves_nothing(upload).await;
    let mut taking = call("with a file");
    taking.attachments = vec![attached(b"bytes")];
    taking.uploads = vec![upload.id];
    let taking = tenant.appending(vec![(ids[0], taking, StatusWish::Keep)]);
    stage.leaves_nothing(taking).await;
    let mut draft = call("a draft");
    draft.state = State::Draft;
    let draft = tenant.append(ids[0], draft).await.expect("a draft");
    let edit = EditMessage {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: ids[0],
        message: draft.messages[0].id,
        expected: None,
        body: Some("x".repeat(10_000)),
        format: None,
        publish: Some(Publishing::default()),
    };
    stage.leaves_nothing(edit).await;
    let split = SplitConversation {
        caller,
        inboxes: InboxScope::All,
        conversation: ids[0],
        expected: None,
        parting: Parting::From(draft.messages[0].id),
        subject: None,
    };
    stage.leaves_nothing(split).await;
}

/// Checks the commands on stored messages, their files and whole conversations.
pub(super) async fn amend(stage: &Stage<'_>, id: ConversationId) {
    let tenant = stage.tenant;
    let caller = tenant.caller.clone();
    let message = tenant.messages(id).await[0].id;
    let amend = AmendMessage {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: id,
        message,
        text: Some(("Said otherwise".into(), Format::Html)),
        hidden: Some(true),
    };
    stage.leaves_nothing(amend).await;
    let attach = AttachFile {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: id,
        message,
        file: attached(b"bytes"),
    };
    let attachment = stage.leaves_nothing(attach).await;
    let detach = DetachFile {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: id,
        attachment,
    };
    stage.leaves_nothing(detach).await;
    let mut draft = call("a draft");
    draft.state = State::Draft;
    let drafts = tenant.create(vec![draft]).await.conversation.id;
    let publish = PublishConversation {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: drafts,
    };
    stage.leaves_nothing(publish).await;
    let delete = DeleteConversation {
        caller: caller.clone(),
        inboxes: InboxScope::All,
        conversation: drafts,
        expected: None,
    };
    stage.leaves_nothing(delete).await;
    let restore = RestoreConversation {
        caller,
        inboxes: InboxScope::All,
        conversation: drafts,
    };
    stage.leaves_nothing(restore).await;
}

/// Checks the commands on the custom fields of an inbox.
pub(super) async fn define_fields(stage: &Stage<'_>) {
    let tenant = stage.tenant;
    let define = tenant.defining("Model", FieldKind::Dropdown, &["K-200"]);
    let field = stage.leaves_nothing(define).await.field;
    let update = UpdateField {
        caller: tenant.caller.clone(),
        inbox: field.inbox,
        id: field.id,
        expected: None,
        order: Some(7),
        required: Some(true),
        options: None,
    };
    stage.leaves_nothing(update).await;
    let remove = RemoveField {
        caller: tenant.caller.clone(),
        inbox: field.inbox,
        id: field.id,
        expected: None,
    };
    stage.leaves_nothing(remove).await;
}
