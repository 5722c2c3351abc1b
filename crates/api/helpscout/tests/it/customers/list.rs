//! The list of customers (contract sections 3 and 9.2): filters, orders, pages.

use heddle_access::provision;
use heddle_domain::credential::Grant;
use heddle_domain::{InboxScope, Profile};
use heddle_helpscout::NAME;
use http::Method;
use serde_json::{Value, json};

use super::{BASE, client_with, full, path, shown};
use crate::harness::World;
use crate::{Client, is_empty, refused};
use heddle_testkit::on_both;

const LIST: &str = "/v2/customers";

impl Client<'_> {
    async fn list(&self, query: &str) -> Value {
        let answer = self.get(&format!("{LIST}?{query}")).await;
        assert_eq!(answer.status, 200, "{query}");
        answer.json()
    }

    /// Returns the ids of the customers on the first page.
    async fn listed(&self, query: &str) -> Vec<i64> {
        ids(&self.list(query).await)
    }
}

fn ids(page: &Value) -> Vec<i64> {
    let customers = page["_embedded"]["customers"].as_array().expect("a list");
    customers
        .iter()
        .map(|customer| customer["id"].as_i64().expect("an id"))
        .collect()
}

on_both! {
    async fn the_list_shows_whole_customers(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&full()).await;
        let answer = client.get("/v2/customers/?lastName=tarn&size=1&whatever").await;
        assert_eq!(answer.header("content-type"), "application/hal+json;charset=UTF-8");
        let mut body = answer.json();
        for time in ["createdAt", "updatedAt"] {
            body["_embedded"]["customers"][0].as_object_mut().expect("an object").remove(time);
        }
        let all = format!("{BASE}/v2/customers/?lastName=tarn&size=1&whatever=");
        let href = |text: String| json!({ "href": text });
        assert_eq!(body, json!({
            "_embedded": { "customers": [shown(id)] },
            "_links": { "self": href(all.clone()), "first": href(format!("{all}&page=1")), "last": href(format!("{all}&page=1")),
                "page": { "href": format!("{all}{{&page}}"), "templated": true } },
            "page": { "size": 50, "totalElements": 1, "totalPages": 1, "number": 1 },
        }));
        let none = client.list("firstName=nobody").await;
        assert_eq!((&none["_embedded"], &none["page"]), (&json!({ "customers": [] }),
            &json!({ "size": 50, "totalElements": 0, "totalPages": 0, "number": 1 })));
        assert!(none["_links"].get("next").is_none());
    }
}

on_both! {
    async fn filters_and_orders(world: World) {
        let client = Client::new(&world).await;
        let (store, here) = (world.store(), &world.here);
        let mut made = Vec::new();
        for (first, last, emails) in [
            ("Ada", "Quill", &["ada@kettle.example", "ada@home.example"][..]),
            ("ada", "Tarn", &["ada@tea.example"]),
            ("\u{c9}va", "Quill", &["eva@kettle.example"]),
        ] {
            world.test.clock.advance(5_000);
            let emails: Vec<Value> = emails.iter().map(|email| json!({ "value": email })).collect();
            made.push(client.new_customer(&json!({ "firstName": first, "lastName": last, "emails": emails })).await);
        }
        let [ada, marsh, eva] = made[..] else { panic!("three") };
        let profile = Profile { first_name: Some("Zoe".into()), ..Profile::default() };
        let zoe = provision::create_customer(store, &here.account, Some(here.second), None, profile, Vec::new()).await;
        let zoe = zoe.expect("a customer").get();
        world.test.clock.advance(5_000);
        let change = json!({ "op": "replace", "path": "/age", "value": "5" });
        is_empty(&client.call(Method::PATCH, &path(marsh), Some(&change)).await, 204);
        let since = client.get(&path(marsh)).await.json()["updatedAt"].as_str().expect("a time").to_owned();
        let (main, second) = (here.customer.get(), here.second_customer.get());
        let ranged = format!("query=(modifiedAt:[{since} TO *])");
        let since = format!("modifiedSince={since}");
        for (query, expected) in [
            ("", vec![zoe, eva, marsh, ada, second, main]),
            ("sortOrder=asc", vec![main, second, ada, marsh, eva, zoe]),
            ("sortField=score", vec![zoe, eva, marsh, ada, second, main]),
            ("firstName=Ada", vec![marsh, ada]),
            ("firstName=ADA&sortOrder=asc", vec![ada, marsh]),
            ("firstName=%C3%A9va", vec![eva]),
            ("lastName=quill", vec![eva, ada]),
            ("firstName=ada&lastName=quill", vec![ada]),
            ("email=ADA@home.example", vec![ada]),
            ("email=nobody@x", vec![]),
            ("email=nobody", vec![]),
            (&since, vec![marsh]),
            (&ranged, vec![marsh]),
            ("sortField=modifiedAt", vec![marsh, zoe, eva, ada, second, main]),
            ("sortField=modifiedAt&sortOrder=asc", vec![main, second, ada, eva, zoe, marsh]),
            ("sortField=lastName&sortOrder=asc&lastName=quill", vec![ada, eva]),
            ("sortField=firstName&lastName=quill", vec![eva, ada]),
            ("query=(firstName:Ada)", vec![marsh, ada]),
            ("query=firstName:Ada AND NOT lastName:Quill", vec![marsh]),
            ("query=(firstName:Zoe OR email:\"eva@kettle.example\")", vec![zoe, eva]),
            ("query=(emailDomain:kettle.example)", vec![eva, ada]),
            ("query=(emailDomain:Home.example) AND firstName:ada", vec![ada]),
            ("query=email:(\"ada@tea.example\" OR \"ada@home.example\")", vec![marsh, ada]),
            ("query=NOT emailDomain:kettle.example&sortField=firstName&sortOrder=asc&lastName=tarn", vec![marsh]),
            ("firstName=ada&firstName=zoe", vec![zoe]),
        ] {
            let encoded = query.replace(' ', "%20").replace('"', "%22").replace('[', "%5B").replace(']', "%5D");
            let page = client.list(&encoded).await;
            assert_eq!(ids(&page), expected, "{query}");
            assert_eq!(page["page"]["totalElements"], expected.len(), "{query}");
        }
        for (mailbox, expected) in [(here.main, vec![main]), (here.second, vec![zoe, second]), (world.foreign.main, vec![])] {
            assert_eq!(client.listed(&format!("mailbox={mailbox}")).await, expected);
        }
        for sort in ["firstName", "lastName"] {
            let down = client.listed(&format!("sortField={sort}")).await;
            let mut up = client.listed(&format!("sortField={sort}&sortOrder=asc")).await;
            up.reverse();
            assert_eq!((down.len(), &down), (6, &up), "{sort}");
        }
        assert_eq!(client.listed("sortField=firstName").await[..2], [eva, zoe]);
        let limited = client_with(&world, Grant::full(NAME, InboxScope::only([here.main]))).await;
        assert_eq!(limited.listed("").await, [eva, marsh, ada, main]);
        assert_eq!(limited.listed("sortField=modifiedAt").await, [marsh, eva, ada, main]);
        assert_eq!(limited.listed("sortField=lastName&lastName=quill").await, [eva, ada]);
        assert_eq!(limited.listed(&format!("mailbox={}", here.second)).await, Vec::<i64>::new());
        assert_eq!(limited.listed("firstName=zoe").await, Vec::<i64>::new());
    }
}

on_both! {
    async fn bad_parameters_are_named(world: World) {
        let client = Client::new(&world).await;
        for (query, path) in [
            ("page=0", "page"),
            ("sortField=x", "sortField"),
            ("sortOrder=x", "sortOrder"),
            ("mailbox=x", "mailbox"),
            ("modifiedSince=x", "modifiedSince"),
            ("query=(color:red)", "query"),
            ("query=(firstName:Ada", "query"),
            ("position=x", "position"),
        ] {
            let answer = client.get(&format!("{LIST}?{query}")).await;
            assert_eq!(refused(&answer, 400), [path], "{query}");
            assert_eq!(answer.json()["_embedded"]["errors"][0]["source"], "QUERY");
        }
    }
}

on_both! {
    async fn a_walk_meets_every_customer_once_while_others_are_added(world: World) {
        let client = Client::new(&world).await;
        let mut before = client.listed("").await;
        for at in 0..120 {
            world.test.clock.advance(1_000);
            before.push(client.new_customer(&json!({ "firstName": format!("N{}", at % 7), "lastName": "Walk" })).await);
        }
        before.sort_unstable();
        for query in ["", "sortOrder=asc", "sortField=modifiedAt", "sortField=firstName", "sortField=lastName&sortOrder=asc",
            "lastName=walk", "query=NOT%20lastName:nobody"] {
            let mut seen = Vec::new();
            let mut next = Some(format!("{LIST}?{query}"));
            while let Some(path) = next {
                let answer = client.get(path.trim_start_matches(BASE)).await;
                assert_eq!(answer.status, 200, "{path}");
                let page = answer.json();
                seen.extend(ids(&page));
                // Links are followed as given, and keep the filters.
                for (rel, link) in page["_links"].as_object().expect("links") {
                    let href = link["href"].as_str().expect("a link");
                    assert!(query.is_empty() || href.contains(query), "{rel}: {href}");
                }
                for rel in ["self", "first", "last", "previous"] {
                    if let Some(href) = page["_links"][rel]["href"].as_str() {
                        assert_eq!(client.get(href.trim_start_matches(BASE)).await.status, 200, "{href}");
                    }
                }
                next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
                // Customers are added in front and behind during the walk.
                client.new_customer(&json!({ "firstName": "A", "lastName": "Walk" })).await;
                client.new_customer(&json!({ "firstName": "Z", "lastName": "Walk" })).await;
            }
            let mut once = seen.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), seen.len(), "{query}: somebody comes twice");
            let wanted = match query {
                "lastName=walk" => &before[2..],
                _ => &before[..],
            };
            assert!(wanted.iter().all(|id| seen.contains(id)), "{query}: somebody is missing");
        }
    }
}

on_both! {
    async fn pages_by_number_are_those_of_the_walk(world: World) {
        let client = Client::new(&world).await;
        for at in 0..105 {
            client.new_customer(&json!({ "firstName": format!("N{}", at % 3), "lastName": "Walk" })).await;
        }
        for query in ["lastName=walk", "query=NOT%20firstName:N9", "sortField=modifiedAt", "sortField=lastName", ""] {
            let first = client.list(query).await;
            let total = first["page"]["totalElements"].as_i64().expect("a number");
            let third = client.list(&format!("{query}&page=3")).await;
            let next = first["_links"]["next"]["href"].as_str().expect("a link").trim_start_matches(BASE).to_owned();
            let second = client.get(&next).await.json();
            assert_eq!(ids(&second), client.listed(&format!("{query}&page=2")).await, "{query}");
            let after = second["_links"]["next"]["href"].as_str().expect("a link").trim_start_matches(BASE).to_owned();
            assert_eq!(ids(&client.get(&after).await.json()), ids(&third), "{query}");
            assert!(third["_links"].get("next").is_none());
            assert_eq!(third["_links"]["previous"]["href"].as_str().map(|href| href.contains("page=2")), Some(true));
            let is_counted = !query.starts_with("query");
            assert_eq!(is_counted, total == 100 + ids(&third).len() as i64, "{query}");
            let past = client.list(&format!("{query}&page=9")).await;
            assert_eq!((ids(&past).len(), past["_links"].get("next")), (0, None));
        }
    }
}
