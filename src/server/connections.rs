//! Connections: from a socket to the router, with limits of time and size, until the server is asked to stop.
//!
//! SECURITY: a connection costs a client nothing, so it is kept only as long as it is used. Whoever sends the head of a request a
//! byte at a time, or nothing at all, is cut off; so is a head that does not end. Only so many are open at once: who comes next waits
//! in the system's own line, and takes nothing of ours. HTTP/1.1 only: the proxy that ends TLS speaks
//! HTTP/2 to browsers.

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use metrics::gauge;
use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time,
};
use tower::ServiceExt;

/// The longest head of a request, in bytes: cookies and an address are a few hundred.
const LONGEST_HEAD: usize = 32 * 1024;

/// The most headers of a request.
const MOST_HEADERS: usize = 100;

/// How long nothing is accepted after that failed: there are too many files open, and some are closed soon.
const PAUSE: Duration = Duration::from_millis(200);

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many are open at once.
    pub open: usize,
    /// How long one has for the head of a request, from the end of the answer before it.
    pub read: Duration,
    /// How long all have for what is under way when the server is asked to stop.
    pub stop: Duration,
}

/// Answers requests until `stop`, and then finishes those under way. Tells whether all were finished in time.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> bool {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.read)
        .max_header_size(LONGEST_HEAD)
        .max_headers(MOST_HEADERS);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.open.min(Semaphore::MAX_PERMITS)));
    let mut stop = pin!(stop);
    loop {
        let (stream, peer, place) = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        let router = router.clone();
        let answer = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), answer));
        tokio::spawn(async move {
            gauge!("stint_connections").increment(1);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "A connection ended");
            }
            gauge!("stint_connections").decrement(1);
            drop(place);
        });
    }
    // From here on whoever connects is sent elsewhere by the system.
    drop(listener);
    time::timeout(limits.stop, graceful.shutdown()).await.is_ok()
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // The places are never closed.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Without this a streamed page waits 40 ms for an acknowledgement (Nagle's algorithm).
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::warn!(%error, "A connection keeps Nagle's algorithm");
                }
                return (stream, peer, place);
            }
            Err(error) => {
                tracing::warn!(%error, "No connection can be accepted");
                time::sleep(PAUSE).await;
            }
        }
    }
}
