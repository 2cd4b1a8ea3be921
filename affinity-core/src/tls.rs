//! TLS for the HTTP client.

use reqwest::ClientBuilder;

use crate::Result;

/// Gives the client its TLS. `secure` is false for a base URL that is plain HTTP to loopback, which needs no
/// certificates and works where the system has none.
#[cfg(feature = "rustls")]
pub(crate) fn with_tls(builder: ClientBuilder, secure: bool) -> Result<ClientBuilder> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let unusable =
        |error: rustls::Error| crate::Error::input(format!("TLS cannot be set up on this machine: {error}"));
    // Named here, so that no process-wide choice of a cryptography provider is made or needed.
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let mut config = if secure {
        config
            .with_platform_verifier()
            .map_err(unusable)?
            .with_no_client_auth()
    } else {
        config
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth()
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(builder.tls_backend_preconfigured(config))
}

/// Leaves the choice to the system's own library.
#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
pub(crate) fn with_tls(builder: ClientBuilder, _secure: bool) -> Result<ClientBuilder> {
    Ok(builder)
}

/// Says that there is none.
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(crate) fn with_tls(builder: ClientBuilder, secure: bool) -> Result<ClientBuilder> {
    if secure {
        return Err(crate::Error::input(
            "https needs one of the features `rustls` (the default) and `native-tls`",
        ));
    }
    Ok(builder)
}
