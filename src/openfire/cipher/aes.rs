//! AES as Openfire's `AesEncryptor` uses it: 128 bits, CBC up to 5.0 and GCM since 5.1, written as Base64.

use std::fmt;

use aes::Aes128;
use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead, KeyInit};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};

use super::DecryptError;

/// Bytes of a stored start value; one of any other length counts as none.
pub const IV_LEN: usize = 16;
const BLOCK: usize = 16;

/// The key of installations that set none; a shorter key keeps its tail.
const DEFAULT_KEY: [u8; 16] =
    [0xf2, 0x46, 0x5d, 0x2a, 0xd1, 0x73, 0x0b, 0x18, 0xcb, 0x86, 0x95, 0xa3, 0xb1, 0xe5, 0x89, 0x27];
/// The start value of values that were stored without one.
const FIXED_IV: [u8; IV_LEN] =
    [0xcd, 0x91, 0xa7, 0xc5, 0x27, 0x8b, 0x39, 0xe0, 0xfa, 0x72, 0xd0, 0x29, 0x83, 0x65, 0x9d, 0x74];

/// Java writes padding, and reads values without it.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// AES with a key.
#[derive(Clone)]
pub struct AesCipher {
    key: [u8; 16],
}

impl fmt::Debug for AesCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AesCipher([redacted])")
    }
}

impl AesCipher {
    /// A cipher for a key as text: its first 16 bytes, filled up from the default key. `None` is the default key.
    pub fn new(key: Option<&str>) -> Self {
        let mut bytes = DEFAULT_KEY;
        for (byte, given) in bytes.iter_mut().zip(key.unwrap_or_default().bytes()) {
            *byte = given;
        }
        Self { key: bytes }
    }

    /// Encrypts with CBC, which every version reads: with a start value from 4.3 on, without one always.
    pub fn encrypt_cbc(&self, text: &str, iv: Option<[u8; IV_LEN]>) -> String {
        let mut buffer = text.as_bytes().to_vec();
        let length = buffer.len();
        buffer.resize(length + BLOCK, 0);
        let encryptor = cbc::Encryptor::<Aes128>::new(&self.key.into(), &iv.unwrap_or(FIXED_IV).into());
        let encrypted =
            encryptor.encrypt_padded::<Pkcs7>(&mut buffer, length).expect("room for one block was added");
        BASE64.encode(encrypted)
    }

    /// Encrypts with GCM, which only 5.1 and later read.
    ///
    /// A start value must never be used twice with one key.
    pub fn encrypt_gcm(&self, text: &str, iv: [u8; IV_LEN]) -> String {
        let encrypted = self.gcm().encrypt(&iv.into(), text.as_bytes());
        BASE64.encode(encrypted.expect("a text in memory is shorter than the limit of GCM"))
    }

    /// Decrypts a stored text; `iv` is what was stored beside it, in Base64.
    ///
    /// With a start value, GCM is tried first and then CBC, which is what 5.1 does.
    ///
    /// # Errors
    /// The text is not Base64 or has an impossible length, or the key is another one.
    pub fn decrypt(&self, stored: &str, iv: Option<&str>) -> Result<String, DecryptError> {
        let bytes = decode(stored).ok_or(DecryptError::NotCiphertext("not Base64"))?;
        let iv = iv.and_then(decode).and_then(|bytes| <[u8; IV_LEN]>::try_from(bytes).ok());
        if let Some(iv) = iv
            && let Ok(plain) = self.gcm().decrypt(&iv.into(), bytes.as_slice())
        {
            return String::from_utf8(plain).map_err(|_| DecryptError::WrongKey);
        }
        if bytes.is_empty() || !bytes.len().is_multiple_of(BLOCK) {
            // With a start value it may be a value of GCM, which may have any length from 16 bytes on.
            let is_gcm = iv.is_some() && bytes.len() >= BLOCK;
            let reason = DecryptError::NotCiphertext("not a whole number of blocks");
            return Err(if is_gcm { DecryptError::WrongKey } else { reason });
        }
        let decryptor = cbc::Decryptor::<Aes128>::new(&self.key.into(), &iv.unwrap_or(FIXED_IV).into());
        let mut plain = bytes;
        let length = decryptor.decrypt_padded::<Pkcs7>(&mut plain).map_err(|_| DecryptError::WrongKey)?.len();
        plain.truncate(length);
        String::from_utf8(plain).map_err(|_| DecryptError::WrongKey)
    }

    fn gcm(&self) -> AesGcm<Aes128, U16> {
        AesGcm::new(&self.key.into())
    }
}

/// Base64 with blanks anywhere: older versions broke long values into lines.
fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    BASE64.decode(digits).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const IV: &str = "EBESExQVFhcYGRobHB0eHw==";
    const KEY: Option<&str> = Some("mySecretKey");

    #[test]
    fn values_are_those_of_openfire() {
        let iv: [u8; 16] = std::array::from_fn(|index| 0x10 + u8::try_from(index).unwrap());
        let check = |key, clear: &str, stored: &str, with: Option<&str>, again: String| {
            assert_eq!(AesCipher::new(key).decrypt(stored, with).as_deref(), Ok(clear), "{stored}");
            assert_eq!(again, stored);
        };
        let cbc = |key, clear| AesCipher::new(key).encrypt_cbc(clear, None);
        check(None, "mySecretKey", "e3puB/5uHOtTBHRQO9AJfg==", None, cbc(None, "mySecretKey"));
        let long = "b3dBve0hMxe/NvZ7NaIh6S7LDB1BzBXdNZrkYRPA2Qk=";
        check(None, "0123456789abcdef0", long, None, cbc(None, "0123456789abcdef0"));
        check(None, "openfire", "CTgul7zU8g62xzBkcB55tw==", None, cbc(None, "openfire"));
        check(KEY, "openfire", "4m9CLWvzypCuxEWH/O3tyw==", None, cbc(KEY, "openfire"));
        let again = AesCipher::new(KEY).encrypt_cbc("openfire", Some(iv));
        check(KEY, "openfire", "scRuj1FuYGw2LQHuCE5piQ==", Some(IV), again);
        let again = AesCipher::new(KEY).encrypt_gcm("openfire", iv);
        check(KEY, "openfire", "QsMKuFBt6102Hr8F5xdUo3whwjVIOCoF", Some(IV), again);
        let again = AesCipher::new(None).encrypt_gcm("openfire", iv);
        check(None, "openfire", "WxbndJ0w2giuwOyTQMvr48PmBC0E7d8I", Some(IV), again);
    }

    #[test]
    fn keys_are_filled_up_and_cut() {
        let mut expected = DEFAULT_KEY;
        expected[..11].copy_from_slice(b"mySecretKey");
        assert_eq!(AesCipher::new(KEY).key, expected);
        assert_eq!(AesCipher::new(Some("0123456789abcdefXYZ")).key, *b"0123456789abcdef");
        assert_eq!(AesCipher::new(Some("")).key, DEFAULT_KEY);
    }

    #[test]
    fn blanks_and_odd_start_values_are_taken_as_openfire_takes_them() {
        let cipher = AesCipher::new(None);
        assert_eq!(cipher.decrypt(" CTgul7zU8g62\r\nxzBkcB55tw==\n", None).as_deref(), Ok("openfire"));
        assert_eq!(cipher.decrypt("CTgul7zU8g62xzBkcB55tw==", Some("QUJD")).as_deref(), Ok("openfire"));
        assert_eq!(cipher.decrypt("CTgul7zU8g62xzBkcB55tw==", Some("")).as_deref(), Ok("openfire"));
        assert_eq!(
            AesCipher::new(KEY).decrypt("CTgul7zU8g62xzBkcB55tw==", None),
            Err(DecryptError::WrongKey)
        );
        assert!(matches!(cipher.decrypt("hunter2!", None), Err(DecryptError::NotCiphertext(_))));
        assert!(matches!(cipher.decrypt("", None), Err(DecryptError::NotCiphertext(_))));
    }

    proptest! {
        #[test]
        fn what_is_encrypted_comes_back(text in any::<String>(), key in any::<String>(), iv in any::<[u8; 16]>()) {
            let cipher = AesCipher::new(Some(&key));
            let stored_iv = BASE64.encode(iv);
            prop_assert_eq!(cipher.decrypt(&cipher.encrypt_cbc(&text, None), None), Ok(text.clone()));
            prop_assert_eq!(cipher.decrypt(&cipher.encrypt_cbc(&text, Some(iv)), Some(&stored_iv)), Ok(text.clone()));
            prop_assert_eq!(cipher.decrypt(&cipher.encrypt_gcm(&text, iv), Some(&stored_iv)), Ok(text));
        }

        #[test]
        fn any_text_is_decrypted_or_refused(text in "[A-Za-z0-9+/= \n]{0,90}|.{0,20}", iv in "[A-Za-z0-9+/=]{0,30}") {
            let _ = AesCipher::new(None).decrypt(&text, Some(&iv));
        }
    }
}
