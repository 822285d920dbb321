//! What is asked for: the little of HTTP that a page needs. Everything else has a number that says no.

/// Bytes of a request's head, at most.
pub const MOST: usize = 8192;

/// What may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Page,
    Status,
    Progress,
}

/// Understands the head of a request, up to its empty line.
///
/// # Errors
/// The number that says no: 400 for what is no request, 403 for a foreign `Host` or a wrong token, 404 for another
/// path, 405 for another method.
pub fn wanted(head: &[u8], port: u16, token: &str) -> Result<Wanted, u16> {
    let text = std::str::from_utf8(head).map_err(|_| 400u16)?;
    let mut lines = text.split("\r\n");
    let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let &[method, path, version] = &words[..] else { return Err(400) };
    if !matches!(version, "HTTP/1.0" | "HTTP/1.1") {
        return Err(400);
    }
    let mut hosts = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or(400u16)?;
        if name.eq_ignore_ascii_case("host") {
            hosts.push(value.trim());
        }
    }
    let own = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}"));
    let &[host] = &hosts[..] else { return Err(if hosts.is_empty() { 403 } else { 400 }) };
    if !own.iter().any(|own| own.eq_ignore_ascii_case(host)) {
        return Err(403);
    }
    if method != "GET" {
        return Err(405);
    }
    let path = path.strip_prefix('/').ok_or(400u16)?;
    let (given, rest) = path.split_once('/').unwrap_or((path, ""));
    if !same(given.as_bytes(), token.as_bytes()) {
        return Err(403);
    }
    match rest {
        "" if path.ends_with('/') => Ok(Wanted::Page),
        "status.json" => Ok(Wanted::Status),
        "progress.json" => Ok(Wanted::Progress),
        _ => Err(404),
    }
}

/// Compares without stopping at the first difference, so that the time it takes tells nothing about the right one.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |found, (one, other)| found | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differences) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str, host: &str) -> Result<Wanted, u16> {
        wanted(format!("{line}\r\nHost: {host}\r\nAccept: */*\r\n\r\n").as_bytes(), 8000, "abc")
    }

    #[test]
    fn exact_only_what_the_page_needs_is_answered() {
        let host = "127.0.0.1:8000";
        for (line, answer) in [
            ("GET /abc/ HTTP/1.1", Ok(Wanted::Page)),
            ("GET /abc/status.json HTTP/1.1", Ok(Wanted::Status)),
            ("GET /abc/progress.json HTTP/1.0", Ok(Wanted::Progress)),
            ("GET /abc HTTP/1.1", Err(404)),
            ("GET / HTTP/1.1", Err(403)),
            ("GET /abd/ HTTP/1.1", Err(403)),
            ("GET /ab/ HTTP/1.1", Err(403)),
            ("GET /status.json HTTP/1.1", Err(403)),
            ("GET /abc/../abc/ HTTP/1.1", Err(404)),
            ("GET /abc/../../etc/passwd HTTP/1.1", Err(404)),
            ("GET /abc/%2e%2e/lock HTTP/1.1", Err(404)),
            ("GET /abc/status.json?x=1 HTTP/1.1", Err(404)),
            ("GET http://127.0.0.1:8000/abc/ HTTP/1.1", Err(400)),
            ("POST /abc/ HTTP/1.1", Err(405)),
            ("HEAD /abc/ HTTP/1.1", Err(405)),
            ("GET /abc/ HTTP/2.0", Err(400)),
            ("GET  /abc/ HTTP/1.1", Err(400)),
            ("GET", Err(400)),
        ] {
            assert_eq!(asked(line, host), answer, "{line}");
        }
    }

    #[test]
    fn exact_the_host_must_be_this_one() {
        assert_eq!(asked("GET /abc/ HTTP/1.1", "localhost:8000"), Ok(Wanted::Page));
        for host in ["127.0.0.1", "127.0.0.1:80", "evil.example:8000", "localhost:8000.evil.example", ""] {
            assert_eq!(asked("GET /abc/ HTTP/1.1", host), Err(403), "{host}");
        }
        assert_eq!(wanted(b"GET /abc/ HTTP/1.1\r\n\r\n", 8000, "abc"), Err(403));
        let twice = b"GET /abc/ HTTP/1.1\r\nHost: localhost:8000\r\nHost: evil.example\r\n\r\n";
        assert_eq!(wanted(twice, 8000, "abc"), Err(400));
        assert_eq!(wanted(b"GET /abc/ HTTP/1.1\r\nno header\r\n\r\n", 8000, "abc"), Err(400));
        assert_eq!(wanted(&[0xff; 20], 8000, "abc"), Err(400));
    }
}
