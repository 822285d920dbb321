//! Connections: one request each, answered by a bounded number of threads within a bounded time.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::page::page;
use super::request::{MOST, Wanted, wanted};

/// Connections that are answered at the same time; a page needs two. Others are refused at once.
const MOST_AT_ONCE: usize = 16;
/// A request must have come whole within this, and an answer must have gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the answers come from, read anew for each.
pub trait Source: Sync {
    /// The status as JSON; without one, why not.
    ///
    /// # Errors
    /// Why it cannot be read at present.
    fn status(&self) -> Result<String, String>;

    /// The history as a JSON list.
    ///
    /// # Errors
    /// Why it cannot be read at present.
    fn progress(&self) -> Result<String, String>;
}

pub(super) struct Server<S> {
    pub port: u16,
    pub token: String,
    pub source: S,
}

/// Answers until the process ends.
pub(super) fn serve<S: Source>(listener: &TcpListener, server: &Server<S>) -> ! {
    let busy = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        loop {
            let Ok((stream, _)) = listener.accept() else {
                // Out of files, say: a pause instead of a loop that takes the whole processor.
                std::thread::sleep(Duration::from_millis(50));
                continue;
            };
            if busy.fetch_add(1, Ordering::SeqCst) >= MOST_AT_ONCE {
                busy.fetch_sub(1, Ordering::SeqCst);
                refuse(&stream);
                continue;
            }
            let busy = &busy;
            let answered = move || {
                // Who does not listen gets no answer.
                drop(answer(&stream, server));
                busy.fetch_sub(1, Ordering::SeqCst);
            };
            if std::thread::Builder::new().stack_size(1 << 20).spawn_scoped(scope, answered).is_err() {
                busy.fetch_sub(1, Ordering::SeqCst);
            }
        }
    })
}

/// Says that there are too many, without waiting for anything.
fn refuse(stream: &TcpStream) {
    drop(stream.set_nonblocking(true));
    let mut stream = stream;
    drop(stream.write(response(503, "text/plain; charset=utf-8", b"too many connections\n", "").as_slice()));
}

fn answer<S: Source>(mut stream: &TcpStream, server: &Server<S>) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let no = |status: u16| response(status, "text/plain; charset=utf-8", format!("{status}\n").as_bytes(), "");
    let wanted = head(stream).and_then(|head| wanted(&head, server.port, &server.token));
    let json = |read: Result<String, String>| match read {
        Ok(text) => response(200, "application/json", text.as_bytes(), ""),
        // The page keeps what it has and shows the reason.
        Err(reason) => response(503, "text/plain; charset=utf-8", reason.as_bytes(), ""),
    };
    let bytes = match wanted {
        Err(status) => no(status),
        Ok(Wanted::Status) => json(server.source.status()),
        Ok(Wanted::Progress) => json(server.source.progress()),
        Ok(Wanted::Page) => {
            // Scripts and styles of the page and no others: what a log line may smuggle in does not run.
            let policy = "Content-Security-Policy: default-src 'none'; script-src 'nonce-NONCE'; style-src \
                          'nonce-NONCE'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                          frame-ancestors 'none'\r\n";
            let nonce = super::digits()?;
            response(200, "text/html; charset=utf-8", page(&nonce).as_bytes(), &policy.replace("NONCE", &nonce))
        }
    };
    stream.write_all(&bytes)?;
    stream.shutdown(Shutdown::Write)?;
    // What is left unread would make the system cut the answer off; so would a client that never stops sending.
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    let mut rest = [0; MOST];
    drop(stream.read(&mut rest));
    Ok(())
}

/// Reads until the empty line.
fn head(mut stream: &TcpStream) -> Result<Vec<u8>, u16> {
    let begun = Instant::now();
    let (mut head, mut piece) = (Vec::new(), [0; 1024]);
    loop {
        // A client that sends a byte now and then has no more time in all.
        let left = PATIENCE.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()).ok_or(408u16)?;
        stream.set_read_timeout(Some(left)).map_err(|_| 400u16)?;
        let read = stream.read(&mut piece).map_err(|_| 408u16)?;
        if read == 0 {
            return Err(400);
        }
        head.extend_from_slice(&piece[..read]);
        if head.windows(4).any(|window| window == b"\r\n\r\n") {
            return Ok(head);
        }
        if head.len() > MOST {
            return Err(431);
        }
    }
}

fn response(status: u16, kind: &str, body: &[u8], more: &str) -> Vec<u8> {
    let reason = match status {
        200 => "OK",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Bad Request",
    };
    let allow = if status == 405 { "Allow: GET\r\n" } else { "" };
    let mut bytes = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\nCache-Control: \
         no-store\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nX-Frame-Options: DENY\r\n\
         Cross-Origin-Resource-Policy: same-origin\r\n{allow}{more}\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
