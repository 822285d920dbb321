//! The dashboard's server: it answers who knows its address and nobody else, and cannot be filled.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::launch::chemdrift;
use crate::scratch::Scratch;
use crate::watching::Told;

/// A server that ends with the test.
struct Served {
    child: Child,
    /// Kept open, so that the server may go on talking.
    said: BufReader<ChildStdout>,
    port: u16,
    token: String,
}

impl Served {
    fn start(told: &Told) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chemdrift"));
        command.arg("dashboard").arg(&told.folder).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let (port, token) = line.strip_prefix("http://127.0.0.1:").unwrap().trim().split_once('/').unwrap();
        let (port, token) = (port.parse().unwrap(), token.trim_end_matches('/').to_owned());
        Self { child, said, port, token }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// The answer to these very bytes.
    fn answer(&self, request: &str) -> String {
        let mut stream = self.connect();
        drop(stream.write_all(request.as_bytes()));
        rest(&mut stream)
    }

    fn get(&self, path: &str) -> String {
        self.answer(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port))
    }

    fn own(&self, path: &str) -> String {
        self.get(&format!("/{}/{path}", self.token))
    }

    fn threads(&self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap().count()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// All that still comes; a connection that is cut ends it.
fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    drop(stream.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer:?}"))
}

#[test]
fn exact_the_dashboard_answers_only_who_knows_its_address() {
    let scratch = Scratch::new("dashboard");
    let told = Told::new(&scratch, "one.nc.run");
    told.says(10);
    fs::write(told.folder.join("secret"), "secret").unwrap();
    let mut served = Served::start(&told);
    let mut line = String::new();
    served.said.read_line(&mut line).unwrap();
    line.clear();
    served.said.read_line(&mut line).unwrap();
    assert!(line.contains(&format!("ssh -N -L {0}:127.0.0.1:{0} ", served.port)), "{line}");
    let page = served.own("");
    assert!(status(&page) == 200 && page.contains("Content-Security-Policy: default-src 'none'"), "{page}");
    let told_status = served.own("status.json");
    assert!(status(&told_status) == 200 && told_status.contains("\"life\": \"running\""), "{told_status}");
    assert!(served.own("progress.json").contains("\"kernel\":[95,60]"));
    // What changes in the folder shows.
    told.ends();
    assert!(served.own("status.json").contains("\"life\": \"finished\""));

    let (port, token) = (served.port, served.token.clone());
    let with = |line: &str, host: &str| served.answer(&format!("{line}\r\nHost: {host}\r\n\r\n"));
    for (line, host, refused) in [
        (format!("GET /{token}/ HTTP/1.1"), "evil.example".to_owned(), 403),
        (format!("GET /{token}/ HTTP/1.1"), format!("evil.example:{port}"), 403),
        (format!("GET /{token}/ HTTP/1.1"), "127.0.0.1".to_owned(), 403),
        (format!("GET /{token}/status.json HTTP/1.1"), format!("[::1]:{port}"), 403),
        ("GET / HTTP/1.1".to_owned(), format!("localhost:{port}"), 403),
        ("GET /status.json HTTP/1.1".to_owned(), format!("localhost:{port}"), 403),
        (format!("GET /{}/ HTTP/1.1", &token[..31]), format!("localhost:{port}"), 403),
        (format!("GET /{token}0/ HTTP/1.1"), format!("localhost:{port}"), 403),
        (format!("GET /{token}/secret HTTP/1.1"), format!("localhost:{port}"), 404),
        (format!("GET /{token}/../one.nc.run/secret HTTP/1.1"), format!("localhost:{port}"), 404),
        (format!("GET /{token}/%2e%2e/%2e%2e/etc/passwd HTTP/1.1"), format!("localhost:{port}"), 404),
        (format!("GET /{token}//etc/passwd HTTP/1.1"), format!("localhost:{port}"), 404),
        (format!("POST /{token}/status.json HTTP/1.1"), format!("localhost:{port}"), 405),
        (format!("DELETE /{token}/ HTTP/1.1"), format!("localhost:{port}"), 405),
        ("nonsense".to_owned(), format!("localhost:{port}"), 400),
    ] {
        let answer = with(&line, &host);
        assert!(status(&answer) == refused && !answer.contains("secret"), "{line} at {host}: {answer}");
    }
    assert_eq!(status(&served.answer(&format!("GET /{token}/ HTTP/1.1\r\n\r\n"))), 403);
    let long = format!("GET /{token}/ HTTP/1.1\r\nHost: localhost:{port}\r\nA: {}\r\n\r\n", "a".repeat(100_000));
    let answer = served.answer(&long);
    assert!(answer.is_empty() || status(&answer) == 431, "{answer}");
    fs::remove_dir_all(&told.folder).unwrap();
    assert_eq!(status(&served.own("status.json")), 503);
}

#[test]
fn exact_many_and_slow_connections_are_bounded() {
    let scratch = Scratch::new("crowd");
    let told = Told::new(&scratch, "one.nc.run");
    told.says(10);
    let served = Served::start(&told);
    // A thousand that say nothing; no more than half of them are kept, for the limit of open files.
    let mut silent = std::collections::VecDeque::new();
    let mut threads = 0;
    for number in 0..1000 {
        silent.push_back(served.connect());
        if silent.len() > 400 {
            silent.pop_front();
        }
        if number % 100 == 0 {
            threads = threads.max(served.threads());
        }
    }
    // Seventeen, and those that the system has not yet put away.
    assert!(threads.max(served.threads()) <= 34, "{threads} threads");
    drop(silent);
    let begun = Instant::now();
    while !served.own("status.json").starts_with("HTTP/1.1 200") {
        assert!(begun.elapsed() < Duration::from_secs(20), "nobody is answered after the crowd has left");
        std::thread::sleep(Duration::from_millis(50));
    }
    // One that sends a letter now and then is sent away, however long it goes on, and others are answered meanwhile.
    let (mut slow, begun) = (served.connect(), Instant::now());
    let mut cut = false;
    while !cut && begun.elapsed() < Duration::from_secs(30) {
        cut = slow.write_all(b"G").is_err();
        assert_eq!(status(&served.own("status.json")), 200);
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(cut, "a slow client is listened to for ever");
}

#[test]
fn exact_a_dashboard_that_cannot_be_says_why() {
    let scratch = Scratch::new("no-dashboard");
    let missing = scratch.path().join("missing.nc");
    let ended = chemdrift(0, &["dashboard", missing.to_str().unwrap()]);
    assert!(ended.status == 2 && ended.stderr.contains("no run has told anything"), "{}", ended.stderr);
    let told = Told::new(&scratch, "one.nc.run");
    told.says(1);
    let served = Served::start(&told);
    let ended = chemdrift(0, &["dashboard", told.folder.to_str().unwrap(), "--port", &served.port.to_string()]);
    assert!(ended.status == 4 && ended.stderr.contains("leave --port out"), "{}", ended.stderr);
}
