//! The id that an API tells its client is the id in the log, spelled in the same way.

use heddle_testkit::On;

use crate::commands::{furnished, with};
use crate::process::{Home, send_to};

/// One path of each API that no call has. The errors below `/manage/` have no id.
const PATHS: [&str; 5] = [
    "/api/v1/nothing",
    "/v1/nothing",
    "/v2/nothing",
    "/api/connector/v1/nothing",
    "/communications/nothing",
];

#[tokio::test]
async fn every_api_tells_the_request_id_that_the_log_has() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let server = home.serve(&with(&["serve"], &source)).await;
    let url = format!("http://{}", server.text("/listen"));
    let mut told = Vec::new();
    for path in PATHS {
        let answer = send_to(&url, "GET", path, &[], "").await;
        assert_eq!(answer.status, 404, "{path}");
        told.push(format!("{answer:?}"));
    }
    let log = server.stop().await.log;
    for (path, told) in PATHS.iter().zip(told) {
        let line = log
            .lines()
            .find(|line| line.contains(&format!("http.path=\"{path}\"")));
        let line = line.unwrap_or_else(|| panic!("{path}: {log}"));
        let id = line.split("request.id=").nth(1).expect("an id");
        let id = id.split(' ').next().expect("its end");
        assert!(id.len() >= 16, "{path}: {id}");
        assert!(told.contains(id), "{path}: {id} is not in {told}");
    }
}
