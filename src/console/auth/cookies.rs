//! Cookies: reading the header, and writing them so that scripts and other sites cannot use them.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A random text with 256 bits of entropy, safe in cookies, forms and addresses.
pub(crate) fn random_token() -> String {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The value of a cookie of the request.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// A `Set-Cookie` value that lives as long as the browser, or for `max_age_s` seconds.
/// `name` and `value` must be plain tokens; every caller's are.
pub(crate) fn new_cookie(name: &str, value: &str, is_https: bool, max_age_s: Option<u64>) -> HeaderValue {
    let mut text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict");
    if is_https {
        text.push_str("; Secure");
    }
    if let Some(seconds) = max_age_s {
        text.push_str("; Max-Age=");
        text.push_str(&seconds.to_string());
    }
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// A `Set-Cookie` value that removes a cookie.
pub(crate) fn expired_cookie(name: &str, is_https: bool) -> HeaderValue {
    new_cookie(name, "", is_https, Some(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; bc=2;c=3=4"));
        headers.append(header::COOKIE, HeaderValue::from_static("d=5"));
        for (name, value) in
            [("a", Some("1")), ("b", None), ("bc", Some("2")), ("c", Some("3=4")), ("d", Some("5"))]
        {
            assert_eq!(cookie(&headers, name), value, "{name}");
        }
    }

    #[test]
    fn cookies_are_protected() {
        let cookie = new_cookie("n", "v", true, None);
        assert_eq!(cookie, "n=v; Path=/; HttpOnly; SameSite=Strict; Secure");
        assert!(expired_cookie("n", false).to_str().expect("text").ends_with("Strict; Max-Age=0"));
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (first, second) = (random_token(), random_token());
        assert_eq!(first.len(), 43);
        assert_ne!(first, second);
    }
}
