//! The profiles of inboxes.

use heddle_domain::id::InboxId;
use heddle_domain::inbox_profile::{InboxAddress, InboxProfile};
use heddle_store::read::account::GetInbox;
use heddle_store::read::inbox_profiles::ReadInboxProfiles;
use heddle_store::write::inbox_profile::PutInboxProfile;
use heddle_store::{Entity, Error, Refusal};
use heddle_testkit::On;

use crate::tenant::{Tenant, opened};

impl Tenant {
    async fn put(
        &self,
        id: InboxId,
        expected: Option<i64>,
        profile: &InboxProfile,
    ) -> Result<i64, Error> {
        let command = PutInboxProfile {
            caller: self.caller.clone(),
            id,
            expected,
            profile: profile.clone(),
        };
        self.store.write(command).await
    }

    async fn inbox_profiles(&self, inboxes: &[InboxId]) -> Vec<InboxProfile> {
        let read = ReadInboxProfiles {
            account: self.account,
            inboxes: inboxes.to_vec(),
        };
        self.store.read(read).await.expect("profiles")
    }

    async fn version_of(&self, id: InboxId) -> i64 {
        let account = self.account;
        let found = self.store.read(GetInbox { account, id }).await;
        found.expect("a read").expect("an inbox").version
    }
}

fn harbour() -> InboxProfile {
    InboxProfile {
        time_zone: Some("Europe/Berlin".into()),
        address: Some(InboxAddress {
            city: Some("Hamburg".into()),
            latitude: Some(53.550_341_2.into()),
            ..InboxAddress::default()
        }),
        ..InboxProfile::default()
    }
}

async fn a_profile_is_replaced_and_moves_the_version(on: On) {
    let (_test, tenant) = opened(on).await;
    let other = Tenant::in_store(&tenant.store).await;
    let [first, second] = [tenant.inboxes[0], tenant.inboxes[1]];
    let empty = InboxProfile::default;
    assert_eq!(
        tenant.inbox_profiles(&[first, second]).await,
        [empty(), empty()]
    );
    let before = tenant.version_of(first).await;
    let version = tenant
        .put(first, Some(before), &harbour())
        .await
        .expect("put");
    assert!(version > before);
    assert_eq!(tenant.version_of(first).await, version);
    let named = [second, first, InboxId(999)];
    assert_eq!(
        tenant.inbox_profiles(&named).await,
        [empty(), harbour(), empty()]
    );
    assert_eq!(
        other.inbox_profiles(&other.inboxes).await,
        [empty(), empty()]
    );
    assert_eq!(
        tenant.put(first, None, &harbour()).await,
        Ok(version),
        "nothing changed"
    );
    let stale = tenant.put(first, Some(before), &empty()).await;
    assert_eq!(stale, Err(Refusal::Stale.into()));
    let missing = tenant.put(InboxId(999), None, &harbour()).await;
    assert_eq!(missing, Err(Refusal::NotFound(Entity::Inbox).into()));
    assert!(tenant.put(first, None, &empty()).await.expect("put") > version);
    assert_eq!(tenant.inbox_profiles(&[first]).await, [empty()]);
}

async fn a_wrong_value_is_refused_and_named(on: On) {
    let (_test, tenant) = opened(on).await;
    let with = |set: fn(&mut InboxProfile)| {
        let mut profile = harbour();
        set(&mut profile);
        profile
    };
    for (profile, named) in [
        (
            with(|it| it.time_zone = Some("Mars/Olympus".into())),
            "time_zone",
        ),
        (
            with(|it| it.time_zone = Some("europe/berlin".into())),
            "time_zone",
        ),
        (
            with(|it| it.time_zone = Some("Etc/Unknown".into())),
            "time_zone",
        ),
        (with(|it| it.currency = Some("Euro".into())), "currency"),
    ] {
        match tenant.put(tenant.inboxes[0], None, &profile).await {
            Err(Error::Refused(Refusal::Invalid { field, .. })) => assert_eq!(field, named),
            other => panic!("{other:?}"),
        }
    }
    for zone in ["UTC", "Europe/Berlin", "Etc/GMT+5", "Asia/Kolkata"] {
        let profile = InboxProfile {
            time_zone: Some(zone.into()),
            ..InboxProfile::default()
        };
        let put = tenant.put(tenant.inboxes[0], None, &profile).await;
        assert!(put.is_ok(), "{zone}: {put:?}");
    }
}

on_both!(
    a_profile_is_replaced_and_moves_the_version,
    a_wrong_value_is_refused_and_named,
);
