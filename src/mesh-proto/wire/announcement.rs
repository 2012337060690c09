//! What a node says by multicast: where it listens, with a proof that it knows the secret, so that a stranger cannot make
//! members dial where he likes. A repeated announcement does no harm: the hello decides who is a member. The cluster's name is
//! left to the hello, too, so that both nodes can say that their names differ.

use std::net::{IpAddr, SocketAddr};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::handshake::is_proof;

/// First bytes; Hazelcast's packets on the same group begin otherwise.
const MAGIC: [u8; 4] = *b"CBN1";
/// Longest announcement: magic, 16 bytes of address, port, proof.
pub const ANNOUNCEMENT_BYTES_MAX: usize = 4 + 16 + 2 + 32;

/// The announcement of a node that listens at `address`.
pub fn announcement(secret: &[u8; 32], address: SocketAddr) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    match address.ip() {
        IpAddr::V4(ip) => bytes.extend(ip.to_ipv6_mapped().octets()),
        IpAddr::V6(ip) => bytes.extend(ip.octets()),
    }
    bytes.extend(address.port().to_be_bytes());
    bytes.extend(proof(secret, &bytes));
    bytes
}

/// Whether somebody claims to announce a node, of whichever cluster.
pub fn is_announcement(bytes: &[u8]) -> bool {
    bytes.len() == ANNOUNCEMENT_BYTES_MAX && bytes.starts_with(&MAGIC)
}

/// Where the sender of an announcement listens; `None` for anything from who does not know the secret.
pub fn read_announcement(secret: &[u8; 32], bytes: &[u8]) -> Option<SocketAddr> {
    let (said, proven) = bytes.split_last_chunk::<32>()?;
    let rest = said.strip_prefix(&MAGIC)?;
    let (ip, port) = rest.split_first_chunk::<16>()?;
    let port = u16::from_be_bytes(port.try_into().ok()?);
    if !is_proof(&proof(secret, said), proven) {
        return None;
    }
    Some(SocketAddr::new(IpAddr::from(*ip).to_canonical(), port))
}

fn proof(secret: &[u8; 32], said: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(b"cobnut mesh announce 1");
    mac.update(said);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_knows_the_secret_is_believed() {
        for text in ["192.168.5.1:5701", "[2001:db8::7]:65535"] {
            let address: SocketAddr = text.parse().unwrap();
            let bytes = announcement(&[7; 32], address);
            assert_eq!(bytes.len(), ANNOUNCEMENT_BYTES_MAX);
            assert_eq!(read_announcement(&[7; 32], &bytes), Some(address));
            assert!(is_announcement(&bytes) && !is_announcement(&bytes[1..]));
            assert_eq!(read_announcement(&[8; 32], &bytes), None);
            for at in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                assert_eq!(read_announcement(&[7; 32], &changed), None, "byte {at}");
                assert_eq!(read_announcement(&[7; 32], &bytes[..at]), None);
            }
        }
    }
}
