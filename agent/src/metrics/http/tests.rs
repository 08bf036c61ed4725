//! What the endpoint answers to whom.

use tokio::io::duplex;

use super::*;

struct One;

impl Report for One {
    fn report(&self, page: &mut Page<'_>) -> fmt::Result {
        page.counter(About("things", "Things"), 7)
    }
}

fn shared() -> Shared {
    Shared {
        registry: registry("phound", One),
        turned_away: Arc::default(),
    }
}

/// What a client that sends these pieces reads, until the connection ends.
fn asked(pieces: &[&[u8]]) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (mut client, end) = duplex(1 << 20);
        let shared = shared();
        let serving = exchange(end, &shared);
        let asking = async move {
            for piece in pieces {
                client.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
            let mut told = String::new();
            client.read_to_string(&mut told).await.unwrap();
            told
        };
        let (_, told) = tokio::join!(serving, asking);
        told
    })
}

#[test]
fn whoever_asks_for_the_metrics_gets_them_as_openmetrics() {
    let told = asked(&[b"GET /metrics?x=1 HT", b"TP/1.1\r\nHost: localhost\r\n\r\n"]);
    let text = "# HELP phound_things Things\n# TYPE phound_things counter\n\
                phound_things_total 7\n# EOF\n";
    let head = format!(
        "HTTP/1.1 200 OK\r\n\
         Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    assert_eq!(told, head.clone() + text);
    assert_eq!(asked(&[b"HEAD /metrics HTTP/1.1\r\n\r\n"]), head);
}

#[test]
fn whoever_asks_for_something_else_is_told_so() {
    let long = [b"GET /metrics HTTP/1.1\r\nx: ", vec![b'a'; HEAD].as_slice()].concat();
    let many = [
        b"GET /metrics HTTP/1.1\r\n".as_slice(),
        &b"x: y\r\n".repeat(65),
        b"\r\n",
    ]
    .concat();
    for (request, status) in [
        (b"GET / HTTP/1.1\r\n\r\n".as_slice(), "404 "),
        (b"POST /metrics HTTP/1.1\r\n\r\n", "405 "),
        (b"\x16\x03\x01\x02\0\x01\0\r\n\r\n", "400 "),
        (&long, "431 "),
        (&many, "431 "),
    ] {
        let told = asked(&[request]);
        assert!(told.starts_with(&format!("HTTP/1.1 {status}")), "{told}");
        let (head, body) = told.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", body.len())));
    }
}
