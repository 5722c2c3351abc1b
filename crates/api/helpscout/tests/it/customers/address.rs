//! The postal address (contract section 9.4).

use http::Method;
use serde_json::{Value, json};

use super::{BASE, path};
use crate::harness::World;
use crate::{Client, is_empty, refused, rows, with};
use heddle_testkit::on_both;

fn ulm() -> Value {
    json!({ "city": "Ulm", "state": "BW", "postalCode": "89073", "country": "DE", "lines": ["1 Mill Lane", "Second floor"] })
}

on_both! {
    async fn the_address_is_added_replaced_and_deleted_once(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&json!({ "firstName": "Ada" })).await;
        let at = format!("{}/address", path(id));
        let missing = async |method: Method, body: Option<Value>| {
            assert_eq!(refused(&client.call(method, &at, body.as_ref()).await, 404), Vec::<String>::new());
        };
        missing(Method::GET, None).await;
        missing(Method::PUT, Some(ulm())).await;
        missing(Method::DELETE, None).await;
        let made = client.post(&at, &ulm()).await;
        is_empty(&made, 201);
        assert_eq!(made.header("location"), format!("{BASE}{at}"));
        let answer = client.get(&at).await;
        let link = json!({ "self": { "href": format!("{BASE}{at}/") } });
        assert_eq!((answer.status.as_u16(), answer.json()), (200, with(&ulm(), json!({ "_links": link }))));
        assert_eq!(refused(&client.post(&at, &ulm()).await, 409), Vec::<String>::new());
        let bonn = json!({ "city": " Bonn ", "state": "NW", "postalCode": "53111", "country": "de", "lines": [" ", "2"], "x": 1 });
        is_empty(&client.call(Method::PUT, &format!("{at}/"), Some(&bonn)).await, 204);
        let shown = client.customer(id).await["_embedded"]["address"].clone();
        assert_eq!(shown, json!({ "city": "Bonn", "state": "NW", "postalCode": "53111", "country": "DE", "lines": ["2"],
            "_links": { "self": { "href": format!("{BASE}{at}/") } } }));
        is_empty(&client.call(Method::DELETE, &at, None).await, 204);
        missing(Method::GET, None).await;
    }
}

on_both! {
    async fn faults_of_an_address_are_named(world: World) {
        let client = Client::new(&world).await;
        let id = client.new_customer(&json!({ "firstName": "Ada", "address": ulm() })).await;
        let at = format!("{}/address", path(id));
        let before = rows(&world).await;
        for (change, expected) in [
            (json!({ "city": null }), "city"),
            (json!({ "state": "" }), "state"),
            (json!({ "postalCode": 89073 }), "postalCode"),
            (json!({ "country": "D1" }), "country"),
            (json!({ "lines": [5] }), "lines[0]"),
            (json!({ "lines": vec!["x"; 11] }), "lines"),
            (json!({ "city": "a\u{7}b" }), "city"),
            (json!({ "lines": ["x".repeat(256)] }), "lines[0]"),
        ] {
            let body = with(&ulm(), change);
            assert_eq!(refused(&client.call(Method::PUT, &at, Some(&body)).await, 400), [expected], "{body}");
            assert_eq!(refused(&client.post(&at, &body).await, 400), [expected], "{body}");
        }
        assert_eq!(rows(&world).await, before);
    }
}
