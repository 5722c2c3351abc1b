//! Files: their names and media types.

use heddle_testkit::on_both;
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use super::super::none;
use super::super::values::texts;
use super::conversations::{LIST, usual};
use super::done;
use crate::catalogue::{helpscout, helpscout_token};
use crate::harness::World;
use crate::native::Api;

/// Uploads a file with this name and media type. Returns its description.
async fn upload(api: &Api<'_>, name: &str, media: &str) -> Result<Value, String> {
    let path = format!(
        "/api/v1/attachments?filename={}",
        utf8_percent_encode(name, NON_ALPHANUMERIC)
    );
    let answer = api
        .with("content-type", media)
        .send_text(Method::POST, &path, Some("ring"))
        .await;
    done(&answer)
}

/// Uploads a file for each number in the `attachment_ids` of a message, because a file can be used only once. Its name is the
/// number.
pub(super) async fn upload_files(api: &Api<'_>, message: &mut Value) -> Result<(), String> {
    let ids = message.get_mut("attachment_ids");
    for id in ids.and_then(Value::as_array_mut).into_iter().flatten() {
        *id = upload(api, &id.to_string(), "text/plain").await?["id"].clone();
    }
    Ok(())
}

/// Shows the numbers of the files of a message as `attachment_ids`.
pub(super) fn number_files(message: &mut Value) {
    let files = message["attachments"].as_array().into_iter().flatten();
    let names = files.filter_map(|file| file["file_name"].as_str());
    let numbers: Vec<i64> = names.filter_map(|name| name.parse().ok()).collect();
    message["attachment_ids"] = json!(numbers);
}

/// Uploads a file with a name, and reads the name back wherever it is shown.
async fn trip(world: &World, api: &Api<'_>, token: &str, name: &str) -> Result<(), String> {
    let made = upload(api, name, "text/plain; charset=utf-8").await?;
    let shown = made["file_name"].as_str().unwrap_or_default();
    if shown != name {
        return Err(format!("is shown as {shown:?}"));
    }
    let media = made["mime_type"].as_str().unwrap_or_default();
    let again = upload(api, shown, media).await?;
    if (&again["file_name"], &again["mime_type"]) != (&made["file_name"], &made["mime_type"]) {
        return Err(format!("{made} becomes {again}"));
    }
    let content = format!("/api/v1/attachments/{}/content", made["id"]);
    let mut body = usual(world);
    body["messages"][0]["attachment_ids"] = json!([made["id"]]);
    let conversation = done(&api.post(LIST, body).await)?;
    let answer = api.get(&content).await;
    let (_, encoded) = answer
        .header("content-disposition")
        .split_once("filename*=UTF-8''")
        .expect("a name");
    let decoded = percent_decode_str(encoded).decode_utf8().expect("UTF-8");
    let path = format!("/v2/conversations/{}/threads", conversation["id"]);
    let threads = helpscout(Method::GET, path, token, None)
        .send(world)
        .await
        .json();
    let file = &threads["_embedded"]["threads"][0]["_embedded"]["attachments"][0];
    let saved = name.replace(|c: char| c.is_control() || "/\\".contains(c), "_");
    match decoded == saved && file["filename"] == name {
        true => Ok(()),
        false => Err(format!("is sent as {decoded:?} and {file}")),
    }
}

on_both! {
    async fn the_name_of_a_file_makes_the_round_trip(world: World) {
        let api = Api::full(&world);
        let token = helpscout_token(&world, &world.here).await;
        let mut faults = Vec::new();
        for name in texts(1, 255) {
            let name = name.as_str().expect("a text");
            let tried = trip(&world, &api, &token, name).await;
            faults.extend(tried.err().map(|why| format!("{name:?}: {why}")));
        }
        none(&faults);
    }
}
