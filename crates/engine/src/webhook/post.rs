//! The least of an HTTP client: one request over one connection, no redirects, of the answer's body no more than is wanted.

use hyper::{
    Method, Request, Response, Uri,
    body::{Body, Incoming},
    header::{CONTENT_TYPE, HOST, USER_AGENT},
    http::request::Builder,
};
use hyper_util::rt::TokioIo;
use std::{fmt, future::poll_fn, pin::Pin, sync::Arc, time::Duration};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{ServerName, TrustAnchor},
    },
};

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where to call.
#[derive(Clone)]
pub(crate) struct Endpoint {
    uri: Uri,
    host: String,
    port: u16,
    is_https: bool,
}

impl Endpoint {
    /// Reads an address. The error does not repeat it: it may hold a token.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let wrong = || "the url of a webhook must be like https://hooks.contoso.example/stint".to_owned();
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?;
        if authority.as_str().contains('@') {
            return Err("the url of a webhook has no user: the signature proves who is calling".to_owned());
        }
        let host = authority.host().to_owned();
        if host.is_empty() {
            return Err(wrong());
        }
        let port = authority.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        Ok(Self { uri, host, port, is_https })
    }

    /// The machine alone, which may be shown.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// A request to it, without a body yet.
    fn request(&self, method: &Method) -> Builder {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let host = self.uri.authority().map_or("", |authority| authority.as_str());
        Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, host)
            .header(USER_AGENT, concat!("Stint/", env!("CARGO_PKG_VERSION")))
    }

    /// The host as a name or an address: one of version 6 stands in brackets in a URL only.
    fn name(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

/// Calls webhooks.
#[derive(Clone)]
pub(crate) struct Client(TlsConnector);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    pub(crate) fn new() -> Result<Self, String> {
        Self::trusting(&[])
    }

    /// One that trusts these authorities beside those that the web knows.
    pub(crate) fn trusting(authorities: &[TrustAnchor<'static>]) -> Result<Self, String> {
        let roots = RootCertStore { roots: [webpki_roots::TLS_SERVER_ROOTS, authorities].concat() };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Posts a CloudEvent and tells the status of the answer.
    pub(crate) async fn post(&self, to: &Endpoint, body: String, signature: &str) -> Result<u16, String> {
        let call = Call { kind: "application/cloudevents+json; charset=utf-8", body, signature, most: 0 };
        self.call(to, call, PATIENCE).await.map(|(status, _)| status)
    }

    /// Posts JSON and tells the status and the body of the answer, which has at most so many bytes.
    pub(crate) async fn ask(
        &self,
        to: &Endpoint,
        body: String,
        signature: &str,
        patience: Duration,
        most: usize,
    ) -> Result<(u16, Vec<u8>), String> {
        self.call(to, Call { kind: "application/json; charset=utf-8", body, signature, most }, patience).await
    }

    /// Sends a request that somebody else has put together, and tells the answer, whose body has at most so many bytes.
    pub(crate) async fn send(
        &self,
        request: Request<Vec<u8>>,
        patience: Duration,
        most: usize,
    ) -> Result<Response<Vec<u8>>, String> {
        let (head, body) = request.into_parts();
        let to = Endpoint::parse(&head.uri.to_string())?;
        let body = String::from_utf8(body).map_err(|_| "the request is no text".to_owned())?;
        let mut request = to.request(&head.method).body(body).map_err(|_| UNFIT.to_owned())?;
        request.headers_mut().extend(head.headers);
        in_time(patience, Box::pin(self.connect(&to, request, most))).await
    }

    async fn call(
        &self,
        to: &Endpoint,
        call: Call<'_>,
        patience: Duration,
    ) -> Result<(u16, Vec<u8>), String> {
        let request = to
            .request(&Method::POST)
            .header(CONTENT_TYPE, call.kind)
            .header("Stint-Signature", call.signature)
            .body(call.body)
            .map_err(|_| UNFIT.to_owned())?;
        let answer = in_time(patience, Box::pin(self.connect(to, request, call.most))).await?;
        Ok((answer.status().as_u16(), answer.into_body()))
    }

    async fn connect(
        &self,
        to: &Endpoint,
        request: Request<String>,
        most: usize,
    ) -> Result<Response<Vec<u8>>, String> {
        let stream = TcpStream::connect((to.name(), to.port)).await.map_err(|error| error.to_string())?;
        if to.is_https {
            let name = ServerName::try_from(to.name().to_owned()).map_err(|error| error.to_string())?;
            let stream = self.0.connect(name, stream).await.map_err(|error| error.to_string())?;
            exchange(TokioIo::new(stream), request, most).await
        } else {
            exchange(TokioIo::new(stream), request, most).await
        }
    }
}

/// Why a request is not even sent.
const UNFIT: &str = "the request cannot be made";

async fn in_time<T>(patience: Duration, work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let answer = tokio::time::timeout(patience, work).await;
    answer.unwrap_or_else(|_| Err(format!("no answer for {} seconds", patience.as_secs())))
}

/// What is sent, and how much of the answer is read.
struct Call<'c> {
    kind: &'static str,
    body: String,
    signature: &'c str,
    most: usize,
}

/// Sends and waits for the answer: for its head alone where nothing of its body is wanted.
async fn exchange(
    stream: impl hyper::rt::Read + hyper::rt::Write + Unpin,
    request: Request<String>,
    most: usize,
) -> Result<Response<Vec<u8>>, String> {
    let in_words = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.map_err(in_words)?;
    let mut connection = std::pin::pin!(connection);
    let mut answer = std::pin::pin!(async {
        let answer = sender.send_request(request).await.map_err(in_words)?;
        let (head, body) = answer.into_parts();
        let body = if most == 0 { Vec::new() } else { read(body, most).await? };
        Ok(Response::from_parts(head, body))
    });
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        // Whoever closes the connection may have answered before.
        closed = &mut connection => {
            closed.map_err(in_words)?;
            answer.await
        }
    }
}

/// Reads a body that has at most so many bytes.
async fn read(mut body: Incoming, most: usize) -> Result<Vec<u8>, String> {
    let mut read = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| error.to_string())?;
        let Ok(data) = frame.into_data() else { continue };
        // SECURITY: whoever is asked decides nothing about how much memory that takes.
        if read.len() + data.len() > most {
            return Err(format!("the answer has more than {most} bytes"));
        }
        read.extend_from_slice(&data);
    }
    Ok(read)
}
