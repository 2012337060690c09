//! Stores made by Java's `keytool` and by OpenSSL, and what becomes of them when they are changed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;

macro_rules! data {
    ($name:literal) => {
        STANDARD.decode(include_str!(concat!("testdata/", $name, ".b64")).replace('\n', "")).unwrap()
    };
}

const PASSWORD: &str = "changeit";

/// One letter for each entry: `K`ey, key that stayed closed (`k`), `C`ertificate, `S`ecret key; and chain lengths.
fn shape(store: &Keystore) -> Vec<String> {
    let letter = |content: &Content| match content {
        Content::PrivateKey { key: Some(_), chain } => format!("K{}", chain.len()),
        Content::PrivateKey { key: None, chain } => format!("k{}", chain.len()),
        Content::Certificate(_) => "C".to_owned(),
        Content::SecretKey => "S".to_owned(),
    };
    store.entries.iter().map(|entry| format!("{}={}", entry.alias, letter(&entry.content))).collect()
}

#[test]
fn every_kind_of_store_opens() {
    let check = |bytes: Vec<u8>, password: &str, format: Format, expected: &[&str], key: Option<Vec<u8>>| {
        assert_eq!(Keystore::format_of(&bytes), Some(format));
        let store = Keystore::open(&bytes, password).unwrap();
        let mut found = shape(&store);
        found.sort();
        assert_eq!((store.format, found), (format, expected.iter().map(|text| (*text).to_owned()).collect()));
        assert_eq!(store.private_key().map(|(key, _)| key.to_vec()), key, "{expected:?}");
    };
    let (rsa, leaf) = (Some(data!("rsa.key")), Some(data!("leaf.key")));
    let all = ["example.org_rsa=K1", "own-password=k1", "trusted-ä=C"];
    check(data!("jks.jks"), PASSWORD, Format::Jks, &all, rsa.clone());
    check(data!("empty.jks"), PASSWORD, Format::Jks, &[], None);
    let all = ["example.org_rsa=K1", "secret=S", "trusted=C"];
    check(data!("jceks.jceks"), PASSWORD, Format::Jceks, &all, rsa.clone());
    check(data!("modern.p12"), PASSWORD, Format::Pkcs12, &["example.org_rsa=K1", "trusted=C"], rsa.clone());
    check(data!("legacy.p12"), PASSWORD, Format::Pkcs12, &["example.org_rsa=K1"], rsa);
    check(data!("trust.p12"), PASSWORD, Format::Pkcs12, &["trusted1=C"], None);
    check(data!("openssl.p12"), PASSWORD, Format::Pkcs12, &["leaf=K2"], leaf.clone());
    check(data!("openssl-legacy.p12"), PASSWORD, Format::Pkcs12, &["leaf=K2"], leaf.clone());
    check(data!("mixed.p12"), PASSWORD, Format::Pkcs12, &["leaf=K1"], leaf.clone());
    check(data!("nomac.p12"), PASSWORD, Format::Pkcs12, &["leaf=K1"], leaf.clone());
    check(data!("plain.p12"), "", Format::Pkcs12, &["leaf=K1"], leaf.clone());
    check(data!("empty-password.p12"), "", Format::Pkcs12, &["leaf=K1"], leaf);
}

#[test]
fn a_key_may_have_a_password_of_its_own() {
    let store = Keystore::open_with_key_password(&data!("jks.jks"), PASSWORD, "another1").unwrap();
    let mut found = shape(&store);
    found.sort();
    assert_eq!(found, ["example.org_rsa=k1", "own-password=K1", "trusted-ä=C"]);
}

#[test]
fn names_and_certificates_need_no_password_where_the_format_leaves_them_open() {
    let names = |bytes: Vec<u8>| {
        let mut found = shape(&Keystore::open_public(&bytes).unwrap());
        found.sort();
        found
    };
    assert_eq!(names(data!("jks.jks")), ["example.org_rsa=k1", "own-password=k1", "trusted-ä=C"]);
    assert_eq!(names(data!("jceks.jceks")), ["example.org_rsa=k1", "secret=S", "trusted=C"]);
    assert_eq!(names(data!("plain.p12")), ["leaf=K1"]);
    assert_eq!(names(data!("openssl.p12")), ["leaf=k0"]);
    assert_eq!(names(data!("trust.p12")), Vec::<String>::new());
}

#[test]
fn a_wrong_password_is_told_apart_from_damage() {
    let stores = [
        data!("jks.jks"),
        data!("jceks.jceks"),
        data!("modern.p12"),
        data!("legacy.p12"),
        data!("trust.p12"),
        data!("openssl.p12"),
        data!("openssl-legacy.p12"),
        data!("nomac.p12"),
        data!("empty-password.p12"),
    ];
    for (number, bytes) in stores.iter().enumerate() {
        assert_eq!(
            Keystore::open(bytes, "wrong").unwrap_err(),
            KeystoreError::WrongPassword,
            "store {number}"
        );
        let half = Keystore::open(&bytes[..bytes.len() / 2], PASSWORD).unwrap_err();
        assert!(matches!(half, KeystoreError::Damaged { .. }), "store {number}: {half}");
    }
    for (number, bytes) in stores[..7].iter().enumerate().filter(|(number, _)| *number != 4) {
        // The last byte belongs to the sum, which the keys do not depend on.
        let mut changed = bytes.clone();
        let place = if number < 2 { bytes.len() - 1 } else { mac_place(bytes) };
        changed[place] ^= 1;
        let error = Keystore::open(&changed, PASSWORD).unwrap_err();
        assert!(matches!(error, KeystoreError::Damaged { .. }), "store {number}: {error}");
    }
    assert_eq!(Keystore::open(b"PK\x03\x04", PASSWORD).unwrap_err(), KeystoreError::UnknownFormat);
    assert_eq!(Keystore::open(b"", PASSWORD).unwrap_err(), KeystoreError::UnknownFormat);
}

/// A byte of the sum of a PKCS #12 file: it stands before the salt and the rounds, which come last.
fn mac_place(bytes: &[u8]) -> usize {
    let tag_of_sum = bytes.windows(2).rposition(|pair| pair == [0x04, 0x20] || pair == [0x04, 0x14]);
    // `04 14` is also the tag of a salt of 20 bytes, which stands last; the sum itself is the one before.
    let last = tag_of_sum.unwrap();
    let before = bytes[..last].windows(2).rposition(|pair| pair == [0x04, 0x20] || pair == [0x04, 0x14]);
    before.filter(|place| last - place <= 40).unwrap_or(last) + 4
}

#[test]
fn keys_that_take_minutes_to_open_are_refused() {
    // JCEKS with keys of a million rounds each.
    let mut key =
        vec![0x30, 0x28, 0x30, 0x1C, 0x06, 0x09, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x2A, 0x02, 0x13, 0x01];
    key.extend([0x30, 0x0F, 0x04, 0x08, 1, 2, 3, 4, 5, 6, 7, 8, 0x02, 0x03, 0x0F, 0x42, 0x40]);
    key.extend([0x04, 0x08, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut store = [[0xCE; 4], 2_u32.to_be_bytes(), 6_u32.to_be_bytes()].concat();
    for _ in 0..6 {
        store.extend([0, 0, 0, 1, 0, 1, b'k', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 42]);
        store.extend(&key);
        store.extend([0; 4]);
    }
    store.extend([0; 20]);
    assert_eq!(Keystore::open_public(&store).unwrap().entries.len(), 6);
    let refused = Keystore::open(&store, PASSWORD).unwrap_err();
    assert!(
        matches!(&refused, KeystoreError::Unsupported(what) if what.contains("5000000 rounds")),
        "{refused}"
    );
}

#[test]
fn the_key_for_a_domain_is_the_one_that_names_it() {
    let (one, two) = (data!("openssl.p12"), data!("modern.p12"));
    let mut store = Keystore::open(&one, PASSWORD).unwrap();
    store.entries.extend(Keystore::open(&two, PASSWORD).unwrap().entries);
    let key = |domain| store.private_key_for(domain).map(|(key, _)| key.to_vec());
    assert_eq!(key("chat.example.org"), Some(data!("rsa.key")));
    assert_eq!(key("leaf.example.org"), Some(data!("leaf.key")));
    assert_eq!(key("elsewhere.net"), Some(data!("leaf.key")), "none fits, so the first one it is");
    assert_eq!(Keystore::open(&data!("trust.p12"), PASSWORD).unwrap().private_key_for("example.org"), None);
}

#[test]
fn keys_are_not_printed() {
    let store = Keystore::open(&data!("jks.jks"), PASSWORD).unwrap();
    let text = format!("{store:?}");
    assert!(text.contains("[redacted]") && text.len() < 600, "{text}");
}

#[test]
fn facts_of_certificates() {
    let store = Keystore::open(&data!("modern.p12"), PASSWORD).unwrap();
    let facts = CertificateFacts::read(store.trusted().next().unwrap()).unwrap();
    assert_eq!(facts.dns_names, ["example.org", "*.example.org"]);
    assert_eq!(facts.addresses, ["192.0.2.1".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!((facts.key.clone(), facts.is_self_issued), (KeyKind::Rsa(1024), true));
    assert_eq!(facts.common_names, ["example.org"]);
    assert_eq!(facts.not_after - facts.not_before, 3650 * 24 * 3600);
    assert!(facts.signature_algorithm.contains("RSA"), "{}", facts.signature_algorithm);
    for (domain, covered) in
        [("Example.org", true), ("a.example.org", true), ("a.b.example.org", false), ("example.net", false)]
    {
        assert_eq!(facts.covers(domain), covered, "{domain}");
    }
    let store = Keystore::open(&data!("openssl.p12"), PASSWORD).unwrap();
    let (_, chain) = store.private_key().unwrap();
    let (leaf, root) =
        (CertificateFacts::read(&chain[0]).unwrap(), CertificateFacts::read(&chain[1]).unwrap());
    assert_eq!(leaf.xmpp_addresses, ["leaf.example.org"]);
    assert_eq!((leaf.key, leaf.is_authority, root.is_authority), (KeyKind::EllipticCurve(256), false, true));
    assert_eq!(leaf.issuer, root.subject);
    assert!(
        root.covers("Test CA") && !root.covers("leaf.example.org"),
        "a common name counts without others"
    );
    assert!(CertificateFacts::read(b"0\x03\x02\x01\x01").is_err());
}

#[test]
fn kinds_of_keys() {
    let store = Keystore::open(&data!("kinds.p12"), PASSWORD).unwrap();
    let kinds = store.entries.iter().map(|entry| match &entry.content {
        Content::PrivateKey { key: Some(_), chain } => {
            let facts = CertificateFacts::read(&chain[0]).unwrap();
            (entry.alias.as_str(), facts.key, facts.signature_algorithm)
        }
        other => panic!("{other:?}"),
    });
    let mut kinds: Vec<_> = kinds.collect();
    kinds.sort_by_key(|kind| kind.0);
    let expected = [
        ("dsa", KeyKind::Dsa(1024), "dsa-with-sha256"),
        ("ed", KeyKind::Edwards, "ed25519"),
        ("p521", KeyKind::EllipticCurve(521), "ecdsa-with-SHA512"),
        ("pss", KeyKind::Rsa(1024), "rsassa-pss"),
    ];
    assert_eq!(kinds, expected.map(|(alias, key, signature)| (alias, key, signature.to_owned())));
}

proptest! {
    // Every case derives keys, which is slow on purpose.
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_bytes_are_read_or_refused(magic in 0..4_usize, bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let magic: &[u8] = [&[0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2][..], &[0xCE; 4], &[0x30, 0x82], &[]][magic];
        let bytes = [magic, &bytes].concat();
        let _ = Keystore::open(&bytes, PASSWORD);
        let _ = Keystore::open_public(&bytes);
        let _ = CertificateFacts::read(&bytes);
    }

    #[test]
    fn changed_stores_are_read_or_refused(
        store in 0..4_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let stores = [data!("jks.jks"), data!("mixed.p12"), data!("plain.p12"), data!("jceks.jceks")];
        let mut bytes = stores[store].clone();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let _ = Keystore::open_public(&bytes);
        if store < 3 {
            let result = Keystore::open(&bytes, PASSWORD);
            prop_assert!(store > 0 || bytes == stores[0] || result.is_err(), "the sum covers every byte");
        }
    }
}
