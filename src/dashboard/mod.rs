//! A run as a page in a browser: a small server on 127.0.0.1 that only reads, and answers only who knows its address.
//!
//! Whoever shares the machine can reach the port, so the address holds 32 random digits; a page of another site can make
//! a browser ask, so the `Host` must be this one (names can be made to point here). Threads, waiting and lengths are
//! bounded, so that nobody can fill the login node with it.

mod page;
mod request;
mod server;

use std::io;
use std::net::TcpListener;

pub use self::server::Source;
use self::server::{Server, serve};

/// The server, bound to its port.
pub struct Dashboard {
    listener: TcpListener,
    port: u16,
    token: String,
}

impl Dashboard {
    /// Binds to a port of this machine's own address, to any free one for 0.
    ///
    /// # Errors
    /// The system's reason, such as a port that is taken.
    pub fn bind(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port, token: digits()? })
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What to open in a browser.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/{}/", self.port, self.token)
    }

    /// Answers until the process ends.
    pub fn serve(self, source: impl Source) -> ! {
        serve(&self.listener, &Server { port: self.port, token: self.token, source })
    }
}

/// 32 digits of 128 bits that nobody can guess.
fn digits() -> io::Result<String> {
    use io::Read as _;
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_addresses_are_different_and_long() {
        let (one, other) = (digits().unwrap(), digits().unwrap());
        assert!(one != other && one.len() == 32 && one.chars().all(|c| c.is_ascii_hexdigit()));
    }
}
