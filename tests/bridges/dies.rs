//! A bridge that answers two requests, readiness and preflight, and exits with status 7 at the third.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

const EMPTY_LIST: &str = concat!(
    "HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\nConnection: close\r\n\r\n",
    r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"Resources":[]}"#
);

#[expect(clippy::print_stdout, reason = "it is a program that dies with a word")]
fn main() -> std::io::Result<()> {
    let port: u16 = std::env::var("PORT")
        .ok()
        .and_then(|port| port.parse().ok())
        .unwrap_or(0);
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    for (served, stream) in listener.incoming().enumerate() {
        let mut stream = stream?;
        if served == 2 {
            println!("out of here");
            std::process::exit(7);
        }
        let _ = stream.read(&mut [0; 4096])?;
        stream.write_all(EMPTY_LIST.as_bytes())?;
    }
    Ok(())
}
