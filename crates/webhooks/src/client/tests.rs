use std::collections::VecDeque;
use std::net::IpAddr;

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::super::allow::AllowList;
use super::*;

/// Resolves every name to the loopback.
#[derive(Debug)]
struct Loopback;

impl Resolve for Loopback {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) })
    }
}

/// Accepts connections and answers requests from a script; `None` closes the connection instead.
struct Receiver {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
    _task: AbortOnDropHandle<()>,
}

async fn receiver(script: impl IntoIterator<Item = Option<Vec<u8>>>) -> Receiver {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let connections: Arc<Mutex<usize>> = Arc::default();
    let (noted, counted) = (Arc::clone(&seen), Arc::clone(&connections));
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *counted.lock() += 1;
            tokio::spawn(answer(stream, Arc::clone(&script), Arc::clone(&noted)));
        }
    });
    Receiver {
        address,
        seen,
        connections,
        _task: AbortOnDropHandle::new(task),
    }
}

async fn answer(
    mut stream: TcpStream,
    script: Arc<Mutex<VecDeque<Option<Vec<u8>>>>>,
    seen: Arc<Mutex<Vec<String>>>,
) {
    let mut request = Vec::new();
    let mut part = [0; 4_096];
    while let Ok(length @ 1..) = stream.read(&mut part).await {
        request.extend_from_slice(&part[..length]);
        if !request.ends_with(b"{}") {
            continue;
        }
        let text = String::from_utf8(std::mem::take(&mut request)).expect("text");
        let next = script.lock().pop_front();
        match next {
            Some(Some(answer)) => {
                seen.lock().push(text);
                if stream.write_all(&answer).await.is_err() {
                    return;
                }
            }
            _ => return,
        }
    }
}

fn ok(body: &str) -> Option<Vec<u8>> {
    let length = body.len();
    Some(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes())
}

fn redirect(status: u16, location: &str) -> Option<Vec<u8>> {
    let head = format!("HTTP/1.1 {status} x\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    Some(head.into_bytes())
}

fn session() -> Session {
    Session::new(Client::new(Arc::new(Loopback), 4), AccountId(1))
}

fn outgoing(redirects: u32) -> OutgoingRequest {
    OutgoingRequest {
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"{}"),
        timeout: Duration::from_secs(30),
        redirects,
    }
}

async fn post(
    session: &mut Session,
    url: &str,
    request: &OutgoingRequest,
    allow: &str,
) -> Result<Response, SendError> {
    let (server, none) = (
        AllowList::parse(allow).expect("a list"),
        AllowList::default(),
    );
    let allow_lists = AllowLists {
        server: &server,
        account: &none,
        webhook: &none,
    };
    let target = Target::parse(url).expect("a URL");
    session.post(&target, &allow_lists, request).await
}

const LOOPBACK: &str = "127.0.0.0/8";

#[tokio::test]
async fn requests_share_a_connection() {
    let receiver = receiver([ok("one"), ok("two")]).await;
    let mut session = session();
    for expected in ["one", "two"] {
        let url = format!("http://{}/hook?token=x", receiver.address);
        let answer = post(&mut session, &url, &outgoing(0), LOOPBACK)
            .await
            .expect("an answer");
        assert_eq!(
            (answer.status.as_u16(), answer.body.as_slice()),
            (200, expected.as_bytes())
        );
    }
    assert_eq!(*receiver.connections.lock(), 1);
    let seen = receiver.seen.lock()[0].to_lowercase();
    assert!(
        seen.starts_with("post /hook?token=x http/1.1\r\n"),
        "{seen}"
    );
    assert!(
        seen.contains(&format!("host: {}\r\n", receiver.address)),
        "{seen}"
    );
    assert!(seen.contains("user-agent: heddle/"), "{seen}");
}

#[tokio::test]
async fn only_an_allowed_name_may_resolve_to_the_loopback() {
    let receiver = receiver([ok("")]).await;
    let url = format!("http://hook.example:{}/", receiver.address.port());
    let refused = post(&mut session(), &url, &outgoing(0), "").await;
    assert!(
        matches!(refused, Err(SendError::Refused(Refusal::InternalOnly(_)))),
        "{refused:?}"
    );
    assert_eq!(*receiver.connections.lock(), 0);
    let taken = post(&mut session(), &url, &outgoing(0), "hook.example").await;
    assert_eq!(taken.expect("an answer").status, 200);
}

#[tokio::test]
async fn a_connection_that_the_other_side_closed_is_replaced() {
    let receiver = receiver([ok("one"), None, ok("two")]).await;
    let url = format!("http://{}/", receiver.address);
    let mut session = session();
    for expected in ["one", "two"] {
        let answer = post(&mut session, &url, &outgoing(0), LOOPBACK)
            .await
            .expect("an answer");
        assert_eq!(answer.body, expected.as_bytes());
    }
    assert_eq!(*receiver.connections.lock(), 2);
}

#[tokio::test]
async fn two_kilobytes_are_recorded_and_an_endless_body_closes_the_connection() {
    let long = "x".repeat(3_000);
    let endless = "y".repeat(MAX_READ_BODY + 10);
    let receiver = receiver([ok(&long), ok(&endless), ok("z")]).await;
    let url = format!("http://{}/", receiver.address);
    let mut session = session();
    for (first, connections) in [(b'x', 1), (b'y', 1), (b'z', 2)] {
        let answer = post(&mut session, &url, &outgoing(0), LOOPBACK)
            .await
            .expect("an answer");
        assert!(answer.body.len() <= MAX_RECORDED_BODY && answer.body[0] == first);
        assert_eq!(*receiver.connections.lock(), connections);
    }
}

#[tokio::test]
async fn redirects_are_answers_unless_the_policy_follows_them() {
    let end = receiver([ok("end")]).await;
    let there = format!("http://{}/end", end.address);
    let start = receiver([
        redirect(307, &there),
        redirect(307, &there),
        redirect(302, &there),
    ])
    .await;
    let url = format!("http://{}/", start.address);
    let not = post(&mut session(), &url, &outgoing(0), LOOPBACK)
        .await
        .expect("an answer");
    assert_eq!(not.status, 307);
    let followed = post(&mut session(), &url, &outgoing(3), LOOPBACK)
        .await
        .expect("an answer");
    assert_eq!(followed.body, b"end");
    assert!(end.seen.lock()[0].starts_with("POST /end "));
    let other = post(&mut session(), &url, &outgoing(3), LOOPBACK)
        .await
        .expect("an answer");
    assert_eq!(other.status, 302);
}

#[tokio::test]
async fn a_redirect_to_an_internal_address_is_refused_and_a_loop_ends() {
    let inside = receiver([ok("secret")]).await;
    for location in [
        format!("http://{}/", inside.address),
        format!("http://0x7f000001:{}/", inside.address.port()),
        format!("http://[::ffff:127.0.0.1]:{}/", inside.address.port()),
        format!("http://localhost:{}/", inside.address.port()),
    ] {
        let start = receiver([redirect(308, &location)]).await;
        // The allow list contains only the host name of the first URL, so the redirect must be refused.
        let url = format!("http://start.example:{}/", start.address.port());
        let refused = post(&mut session(), &url, &outgoing(3), "start.example").await;
        assert!(
            matches!(refused, Err(SendError::Refused(_))),
            "{location}: {refused:?}"
        );
    }
    assert_eq!(*inside.connections.lock(), 0);
    let ring = receiver((0..9).map(|_| redirect(307, "/again"))).await;
    let url = format!("http://{}/", ring.address);
    let ended = post(&mut session(), &url, &outgoing(3), LOOPBACK).await;
    assert!(matches!(ended, Err(SendError::Redirected)), "{ended:?}");
    assert_eq!(ring.seen.lock().len(), 4);
}

#[tokio::test]
async fn no_response_is_a_failure_and_closes_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let request = OutgoingRequest {
        timeout: Duration::from_millis(20),
        ..outgoing(0)
    };
    let mut session = session();
    let late = post(&mut session, &url, &request, LOOPBACK).await;
    assert!(matches!(late, Err(SendError::TimedOut(_))), "{late:?}");
    assert!(session.connection.is_none());
}

#[tokio::test]
async fn connections_are_bounded() {
    let receiver = receiver([ok("one"), ok("two")]).await;
    let url = format!("http://{}/", receiver.address);
    let client = Client::new(Arc::new(Loopback), 1);
    let (mut first, mut second) = (
        Session::new(client.clone(), AccountId(1)),
        Session::new(client.clone(), AccountId(1)),
    );
    post(&mut first, &url, &outgoing(0), LOOPBACK)
        .await
        .expect("an answer");
    assert!(
        first.connection.is_none(),
        "the last connection is not kept from others"
    );
    post(&mut second, &url, &outgoing(0), LOOPBACK)
        .await
        .expect("an answer");
    assert_eq!(client.connections(), 0);
}

#[tokio::test]
async fn the_wait_for_a_slot_is_not_the_receivers_time() {
    let receiver = receiver([ok("one")]).await;
    let url = format!("http://{}/", receiver.address);
    let client = Client::new(Arc::new(Loopback), 1);
    let (mut first, mut second) = (
        Session::new(client.clone(), AccountId(1)),
        Session::new(client, AccountId(1)),
    );
    assert!(first.try_reserve());
    let request = outgoing(0);
    let waiting = post(&mut second, &url, &request, LOOPBACK);
    tokio::pin!(waiting);
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());
    tokio::time::pause();
    tokio::time::advance(request.timeout * 2).await;
    tokio::time::resume();
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());
    first.disconnect();
    waiting.await.expect("an answer");
}

#[tokio::test]
async fn a_server_without_tls_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}/", listener.local_addr().expect("an address"));
    let hang_up = tokio::spawn(async move { drop(listener.accept().await) });
    let failed = post(&mut session(), &url, &outgoing(0), LOOPBACK).await;
    assert!(matches!(failed, Err(SendError::Tls(_))), "{failed:?}");
    hang_up.await.expect("it hung up");
}
