//! A client whose bodies pass by part by part, for whoever stands between others. It judges nothing and has no limit but that
//! of the connection; see [`crate::recorder`].

use hyper_util::client::legacy::Client;

use super::{Limits, builder, connector};

#[cfg(feature = "tls")]
type Connector = super::tls::Connector;
#[cfg(not(feature = "tls"))]
type Connector = hyper_util::client::legacy::connect::HttpConnector;

/// The client.
pub(crate) type Streaming<B> = Client<Connector, B>;

/// A client that opens a connection for every request and leaves header names in the case they came in.
pub(crate) fn streaming<B>(limits: Limits) -> Streaming<B>
where
    B: hyper::body::Body + Send,
    B::Data: Send,
{
    let mut builder = builder(0);
    builder.http1_title_case_headers(false).http1_preserve_header_case(true);
    #[cfg(feature = "tls")]
    return builder.build(super::tls::connector(connector(limits)));
    #[cfg(not(feature = "tls"))]
    builder.build(connector(limits))
}
