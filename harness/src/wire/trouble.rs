//! Says in a bridge author's words what an error of the HTTP library means. The words are ours, so that a finding reads
//! the same on every operating system and with every version of the library.

use std::error::Error;
use std::io;

use super::Limits;
use crate::exchange::WireTrouble;

/// Trouble before the head of the answer was complete.
pub(super) fn of_request(error: &hyper_util::client::legacy::Error, limits: &Limits) -> WireTrouble {
    if !error.is_connect() {
        return of_causes(error);
    }
    match io_error(error) {
        Some(io) if io.kind() == io::ErrorKind::TimedOut => WireTrouble::TimedOut(limits.connect_within),
        // rustls reports its own errors, such as an unknown issuer, in this way.
        Some(io) if io.kind() == io::ErrorKind::InvalidData => WireTrouble::NotHttp(format!("TLS failed, {io}")),
        Some(io) if is_closing(io.kind()) => WireTrouble::Closed(closing(io.kind()).to_owned()),
        // Also an address that cannot be found or reached: nobody accepts connections there.
        Some(_) | None => WireTrouble::Refused,
    }
}

/// Trouble while the body was read.
pub(super) fn of_body(error: &hyper::Error) -> WireTrouble {
    of_causes(error)
}

fn of_causes(error: &(dyn Error + 'static)) -> WireTrouble {
    if let Some(io) = io_error(error) {
        return match io.kind() {
            kind if is_closing(kind) => WireTrouble::Closed(closing(kind).to_owned()),
            _ => WireTrouble::NotHttp(io.to_string()),
        };
    }
    match find::<hyper::Error>(error) {
        Some(http) if http.is_parse() || http.is_parse_too_large() => WireTrouble::NotHttp(http.to_string()),
        _ => WireTrouble::Closed(closing(io::ErrorKind::UnexpectedEof).to_owned()),
    }
}

fn is_closing(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    matches!(
        kind,
        BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof
    )
}

fn closing(kind: io::ErrorKind) -> &'static str {
    if kind == io::ErrorKind::UnexpectedEof {
        "it ended in the middle"
    } else {
        "it was reset"
    }
}

/// The innermost error of the operating system or of TLS. One may be wrapped into another, where `source` does not look.
fn io_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let inner = |outer: &&'a io::Error| outer.get_ref()?.downcast_ref::<io::Error>();
    std::iter::successors(find::<io::Error>(error), inner).last()
}

/// The innermost cause of this type.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    std::iter::successors(Some(error), |&cause| cause.source())
        .filter_map(|cause| cause.downcast_ref())
        .last()
}
