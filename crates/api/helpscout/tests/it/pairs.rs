//! The vendor's calls: each pair of a method and a path that the contract's table names is offered, or answers that it is not.

use std::collections::BTreeSet;

use http::Method;
use serde_json::json;

use crate::Client;
use crate::harness::World;
use heddle_testkit::on_both;

/// The table of the contract: a path, with `{}` for an id, and its methods. 144 pairs.
const PAIRS: [(&str, &str); 101] = [
    ("/v2/conversations", "GET POST"),
    ("/v2/conversations/{}", "GET PATCH DELETE"),
    ("/v2/conversations/{}/fields", "PUT"),
    ("/v2/conversations/{}/tags", "PUT"),
    ("/v2/conversations/{}/snooze", "PUT DELETE"),
    ("/v2/conversations/{}/threads", "GET"),
    ("/v2/conversations/{}/threads/{}", "PATCH"),
    ("/v2/conversations/{}/threads/{}/original-source", "GET"),
    (
        "/v2/conversations/{}/threads/{}/schedule",
        "PUT PATCH DELETE",
    ),
    ("/v2/conversations/{}/threads/{}/attachments", "POST"),
    ("/v2/conversations/{}/attachments/{}", "DELETE"),
    ("/v2/conversations/{}/attachments/{}/data", "GET"),
    ("/v2/conversations/{}/attachments/{}/file", "GET"),
    ("/v2/conversations/{}/chats", "POST"),
    ("/v2/conversations/{}/customer", "POST"),
    ("/v2/conversations/{}/notes", "POST"),
    ("/v2/conversations/{}/phones", "POST"),
    ("/v2/conversations/{}/reply", "POST"),
    ("/v3/conversations/{}", "GET"),
    ("/v3/conversations/{}/threads", "GET"),
    ("/v2/customers", "GET POST"),
    ("/v3/customers", "GET"),
    ("/v2/customers/{}", "GET PUT PATCH DELETE"),
    ("/v2/customers/{}/address", "GET POST PUT DELETE"),
    ("/v2/customers/{}/chats", "GET POST"),
    ("/v2/customers/{}/emails", "GET POST"),
    ("/v2/customers/{}/phones", "GET POST"),
    ("/v2/customers/{}/social-profiles", "GET POST"),
    ("/v2/customers/{}/websites", "GET POST"),
    ("/v2/customers/{}/chats/{}", "PUT DELETE"),
    ("/v2/customers/{}/emails/{}", "PUT DELETE"),
    ("/v2/customers/{}/phones/{}", "PUT DELETE"),
    ("/v2/customers/{}/social-profiles/{}", "PUT DELETE"),
    ("/v2/customers/{}/websites/{}", "PUT DELETE"),
    ("/v2/customers/{}/properties", "PATCH"),
    ("/v2/customer-properties", "GET POST"),
    ("/v2/customer-properties/{}", "DELETE"),
    ("/v2/mailboxes", "GET"),
    ("/v2/mailboxes/{}", "GET"),
    ("/v2/mailboxes/{}/fields", "GET"),
    ("/v2/mailboxes/{}/folders", "GET"),
    ("/v2/mailboxes/{}/routing", "GET PUT"),
    ("/v2/mailboxes/{}/saved-replies", "GET POST"),
    ("/v2/mailboxes/{}/saved-replies/{}", "GET PUT DELETE"),
    ("/v2/organizations", "GET POST"),
    ("/v2/organizations/{}", "GET PUT DELETE"),
    ("/v2/organizations/{}/customers", "GET"),
    ("/v2/organizations/{}/conversations", "GET"),
    ("/v2/organizations/properties", "GET POST"),
    ("/v2/organizations/properties/{}", "GET PUT DELETE"),
    ("/v2/organizations/{}/properties/{}", "PUT DELETE"),
    ("/v2/ratings/{}", "GET"),
    ("/v2/tags", "GET"),
    ("/v2/tags/{}", "GET"),
    ("/v2/teams", "GET"),
    ("/v2/teams/{}/members", "GET PUT"),
    ("/v2/users", "GET POST"),
    ("/v2/users/{}", "GET DELETE"),
    ("/v2/users/me", "GET"),
    ("/v2/users/status", "GET"),
    ("/v2/users/{}/status", "GET PUT"),
    ("/v2/users/{}/conversation-reassignment", "GET PUT"),
    ("/v3/system-users", "GET"),
    ("/v3/system-users/{}", "GET"),
    ("/v2/webhooks", "GET POST"),
    ("/v2/webhooks/{}", "GET PUT DELETE"),
    ("/v2/workflows", "GET"),
    ("/v2/workflows/{}", "PATCH"),
    ("/v2/workflows/{}/run", "POST"),
    ("/v2/reports/company", "GET"),
    ("/v2/reports/company/customers-helped", "GET"),
    ("/v2/reports/company/drilldown", "GET"),
    ("/v2/reports/conversations", "GET"),
    ("/v2/reports/conversations/busy-times", "GET"),
    ("/v2/reports/conversations/drilldown", "GET"),
    ("/v2/reports/conversations/fields-drilldown", "GET"),
    ("/v2/reports/conversations/new", "GET"),
    ("/v2/reports/conversations/new-drilldown", "GET"),
    ("/v2/reports/conversations/received-messages", "GET"),
    ("/v2/reports/conversations/volume-by-channel", "GET"),
    ("/v2/reports/docs", "GET"),
    ("/v2/reports/email", "GET"),
    ("/v2/reports/phone", "GET"),
    ("/v2/reports/chat", "GET"),
    ("/v2/reports/happiness", "GET"),
    ("/v2/reports/happiness/ratings", "GET"),
    ("/v2/reports/productivity", "GET"),
    ("/v2/reports/productivity/first-response-time", "GET"),
    ("/v2/reports/productivity/replies-sent", "GET"),
    ("/v2/reports/productivity/resolution-time", "GET"),
    ("/v2/reports/productivity/resolved", "GET"),
    ("/v2/reports/productivity/response-time", "GET"),
    ("/v2/reports/user", "GET"),
    ("/v2/reports/user/chat", "GET"),
    ("/v2/reports/user/conversation-history", "GET"),
    ("/v2/reports/user/customers-helped", "GET"),
    ("/v2/reports/user/drilldown", "GET"),
    ("/v2/reports/user/happiness", "GET"),
    ("/v2/reports/user/ratings", "GET"),
    ("/v2/reports/user/replies", "GET"),
    ("/v2/reports/user/resolutions", "GET"),
];

fn pairs() -> impl Iterator<Item = (Method, &'static str)> {
    let of = |(path, methods): &(&'static str, &'static str)| {
        let path = *path;
        let methods = methods.split(' ');
        methods.map(move |method| (Method::try_from(method).expect("a method"), path))
    };
    PAIRS.iter().flat_map(of)
}

/// Returns a template with `{}` for every parameter.
fn nameless(template: &str) -> String {
    let segments = template.split('/').map(|part| match part.starts_with('{') {
        true => "{}",
        false => part,
    });
    segments.collect::<Vec<_>>().join("/")
}

on_both! {
    async fn every_call_of_the_vendor_is_offered_or_says_that_it_is_not(world: World) {
        let client = Client::new(&world).await;
        assert_eq!(pairs().count(), 144);
        let description = heddle_helpscout::description();
        let named = |routes: Vec<heddle_api::Route>| -> BTreeSet<(String, String)> {
            routes.iter().map(|route| (route.method.to_string(), nameless(&route.template))).collect()
        };
        let offered = named((description.routes)());
        let missing = named((description.unsupported)());
        for (method, path) in pairs() {
            let pair = (method.to_string(), path.to_owned());
            let is_offered = offered.contains(&pair);
            assert_ne!(is_offered, missing.contains(&pair), "{pair:?}");
            let path = path.replace("{}", "777777777");
            let body = (!matches!(method, Method::GET | Method::DELETE)).then(|| json!({}));
            let answer = client.send(method.clone(), &path, body).await;
            let mark = answer.header("heddle-unsupported").to_owned();
            assert_eq!(mark.is_empty(), is_offered, "{method} {path}: {mark}");
            if !is_offered {
                assert_eq!(answer.status, 404, "{method} {path}");
                assert_eq!(nameless(&mark), nameless(&format!("{} {}", pair.0, pair.1)), "{method} {path}");
            }
        }
        // Everything else that is offered is the way to a token, and what the link `self` of a file leads to.
        let known: BTreeSet<_> = pairs().map(|(method, path)| (method.to_string(), path.to_owned())).collect();
        let others: Vec<_> = offered.difference(&known).map(|(_, path)| path.as_str()).collect();
        assert_eq!(others, ["/authentication/authorizeClientApplication", "/v2/conversations/{}/attachments/{}", "/authentication/authorizeClientApplication", "/v2/oauth2/token"]);
    }
}
