//! TLS for the HTTP client.

use reqwest::ClientBuilder;

use crate::Result;

/// Gives the client its TLS. `secure` is false for a base URL that is plain HTTP to loopback, which needs no
/// certificates and works where the system has none.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
pub(crate) fn with_tls(builder: ClientBuilder, secure: bool) -> Result<ClientBuilder> {
    Ok(if secure { builder } else { builder.tls_certs_only([]) })
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
