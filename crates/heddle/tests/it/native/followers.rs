//! Tests of the followers of a customer, whom myKaarma's API and the native one change.

use heddle_testkit::on_both;
use http::Method;
use serde_json::json;

use super::customers::path;
use super::{Api, faults, problem};
use crate::catalogue::{Fixture, mykaarma};
use crate::harness::World;

on_both! {
    async fn followers_of_mykaarma_are_shown_and_cleared(world: World) {
        let fixture = Fixture::new(&world).await;
        let (api, here) = (Api::full(&world), &fixture.here);
        let all = format!("{}/followers", path(world.here.customer));
        assert_eq!(api.get(&all).await.json(), json!({ "data": [], "next_cursor": null }));
        let subscription = format!("/communications/department/{}/customer/{}/subscription", here.main_public, here.customer_public);
        let body = json!({ "internalSubscriptionsAdded": [{ "userUuid": here.agent_public }],
            "externalSubscriptionsAdded": [{ "userUuid": here.agent_public }] });
        let sent = mykaarma(Method::PUT, subscription, &world.here.mykaarma, Some(body)).send(&world).await;
        assert_eq!(sent.status, 200, "{}", sent.json());
        let (inbox, agent) = (world.here.main.get(), world.here.agent.get());
        let one = |notes, messages| json!({ "inbox_id": inbox, "agent_id": agent, "notes": notes, "messages": messages });
        let shown = api.get(&all).await;
        assert_eq!(shown.json()["data"], json!([one(true, true)]));
        assert_eq!(shown.header("etag"), api.get(&path(world.here.customer)).await.header("etag"));
        let unchanged = api.with("if-none-match", shown.header("etag")).get(&all).await;
        assert_eq!(unchanged.status, 304);
        let partly = json!({ "followers": [{ "inbox_id": inbox, "agent_id": agent, "messages": false }] });
        let set = api.with("if-match", shown.header("etag")).send(Method::PUT, &all, Some(partly.clone())).await;
        assert_eq!((set.status.as_u16(), &set.json()["data"]), (200, &json!([one(true, false)])));
        let stale = api.with("if-match", shown.header("etag")).send(Method::PUT, &all, Some(partly)).await;
        problem(&stale, 412, "stale");
        let silent = json!({ "followers": [one(true, true), { "inbox_id": inbox, "agent_id": agent }] });
        assert_eq!(faults(&api.put(&all, silent).await), ["followers[1] required"]);
        let cleared = api.send(Method::PUT, &all, Some(json!({ "followers": [one(false, false)] }))).await;
        assert_eq!(cleared.json()["data"], json!([]));
    }
}
