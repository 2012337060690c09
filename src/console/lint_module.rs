//! The linter as the browser runs it, compiled in by the build script.

use std::io::Read as _;
use std::sync::OnceLock;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};

use crate::error::PageError;

/// Packed; empty when this build has none.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lint.wasm.gz"));

/// Whether this build has the module.
pub(crate) fn is_there() -> bool {
    !PACKED.is_empty()
}

/// Serves the module, packed when the browser can unpack it. It holds no secrets, so that its length may tell what it likes.
pub(crate) async fn serve(headers: HeaderMap) -> Result<Response, PageError> {
    if !is_there() {
        return Err(PageError::NotFound);
    }
    let caching =
        [(header::ETAG, tag()), (header::CACHE_CONTROL, "no-cache"), (header::VARY, "accept-encoding")];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag().as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let kind = [(header::CONTENT_TYPE, "application/wasm")];
    if takes_gzip(&headers) {
        return Ok((caching, kind, [(header::CONTENT_ENCODING, "gzip")], PACKED).into_response());
    }
    let mut module = Vec::new();
    GzDecoder::new(PACKED)
        .read_to_end(&mut module)
        .map_err(|err| PageError::Internal(format!("unpack the linter: {err}")))?;
    Ok((caching, kind, module).into_response())
}

fn tag() -> &'static str {
    static TAG: OnceLock<String> = OnceLock::new();
    TAG.get_or_init(|| format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(PACKED))))
}

/// Whether `gzip` is among the accepted encodings (RFC 9110 §12.5.3), and not with the weight 0.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight.trim().trim_start_matches("q=");
        name.trim().eq_ignore_ascii_case("gzip") && weight.parse::<f32>().ok() != Some(0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_ask_for_it() {
        for (accepted, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, accepted.parse().expect("value"));
            assert_eq!(takes_gzip(&headers), expected, "{accepted}");
        }
    }
}
