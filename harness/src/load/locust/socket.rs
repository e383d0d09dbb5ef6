//! The connection to a Locust master. It does not mend itself: when the master goes, it is thrown away and made anew.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use zeromq::util::PeerIdentity;
use zeromq::{
    DealerRecvHalf, DealerSendHalf, DealerSocket, Socket as _, SocketEvent, SocketOptions, SocketRecv as _,
    SocketSend as _, ZmqError, ZmqMessage,
};

/// How long a master may take to answer a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// See the module.
pub(super) struct Socket {
    send: DealerSendHalf,
    receive: DealerRecvHalf,
    /// Receiving alone waits for ever when the other side has gone.
    events: BoxStream<'static, SocketEvent>,
}

impl Socket {
    /// Connects to `master`, a `HOST:PORT`, as a worker of this name.
    pub(super) async fn connect(master: &str, node: &str) -> Result<Self, ZmqError> {
        let mut options = SocketOptions::default();
        options.peer_identity(node.parse::<PeerIdentity>()?);
        options.connect_timeout(CONNECT_WITHIN);
        let mut socket = DealerSocket::with_options(options);
        let events = socket.monitor().boxed();
        socket.connect(&format!("tcp://{master}")).await?;
        let (send, receive) = socket.split();
        Ok(Self { send, receive, events })
    }

    /// Hands a message over to be sent.
    pub(super) async fn send(&mut self, message: Vec<u8>) -> Result<(), ZmqError> {
        self.send.send(ZmqMessage::from(message)).await
    }

    /// The next message; `None` when the master has gone. Nothing is lost if nobody waits for it to the end.
    pub(super) async fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            tokio::select! {
                biased;
                message = self.receive.recv() => return message.ok()?.try_into().ok(),
                event = self.events.next() => match event {
                    Some(SocketEvent::Disconnected(_)) | None => return None,
                    Some(_) => {}
                },
            }
        }
    }
}
