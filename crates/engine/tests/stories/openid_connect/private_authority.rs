//! A provider whose certificate is of its organisation's own authority.

use super::{Provider, Stage, provider::serve, settings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use std::sync::Arc;
use stint_engine::{
    Caller, Error,
    openid_connect::{self, Authorities, Settings},
    test_support::World,
};
use stint_store::Database;
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

stint_store::on_both_databases!(a_private_authority_is_trusted_where_it_is_named);

/// An authority, as a PEM file says it, and a server with a certificate of it.
fn authority() -> (String, TlsAcceptor) {
    let mut wanted = CertificateParams::default();
    wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(wanted, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = server.signed_by(&key, &authority).unwrap().der().clone();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (authority.pem(), TlsAcceptor::from(Arc::new(config)))
}

async fn start(acceptor: TlsAcceptor) -> Provider {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let provider = Provider::at(format!("https://{}", listener.local_addr().unwrap()));
    let state = provider.state.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, state) = (acceptor.clone(), state.clone());
            tokio::spawn(async move {
                // Whoever does not trust the certificate has gone.
                let Ok(stream) = acceptor.accept(stream).await else { return };
                serve(stream, state).await;
            });
        }
    });
    provider
}

async fn a_private_authority_is_trusted_where_it_is_named(database: Database) {
    let ((own, acceptor), (other, _)) = (authority(), authority());
    let (world, contoso) = (World::new(database).await, start(acceptor).await);
    let trusting = |id: &str, pem: &str| Settings {
        authorities: Authorities::parse(pem.as_bytes()).unwrap(),
        ..settings(&contoso, id)
    };
    let providers = vec![
        trusting("contoso", &format!("{other}{own}")),
        trusting("another", &other),
        settings(&contoso, "public"),
    ];
    let mut stage = Stage { world, contoso };
    stage.set(providers);
    let mira = stage.world.user("Mira").await;
    stage.link(&mira, "m1").await;
    stage.sign_in("m1", json!({})).await.unwrap();
    for id in ["another", "public"] {
        let begun = openid_connect::begin_sign_in(stage.engine(), &Caller::default(), id, "/my-roles").await;
        let Err(Error::Refused(refusals)) = begun else { panic!("{begun:?}") };
        assert!(refusals.to_string().contains("Contoso does not answer"), "{refusals}");
    }
}
