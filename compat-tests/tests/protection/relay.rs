//! A forwarded port that keeps a copy of everything that passes: the attacker's view of a link.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result};
use compat_tests::Host;

/// More than a test ever sends.
const KEPT_MAX: usize = 16 << 20;

/// Everything that passed, both ways.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recording(Arc<Mutex<Vec<u8>>>);

impl Recording {
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.windows(text.len()).any(|window| window == text.as_bytes())
    }

    fn keep(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT_MAX.saturating_sub(kept.len()).min(bytes.len());
        kept.extend(&bytes[..room]);
    }
}

/// Forwards `port` of `host` to `to` until the test ends.
pub(crate) fn forward(host: &Arc<Host>, port: u16, to: SocketAddr) -> Result<Recording> {
    let recording = Recording::default();
    let at = host.socket(port);
    let listener = host.run(|| TcpListener::bind(at).with_context(|| format!("listen at {at}")))?;
    let (host, kept) = (Arc::clone(host), recording.clone());
    thread::spawn(move || {
        for near in listener.incoming() {
            let Ok(near) = near else { return };
            // A node that is not there yet is dialled again later.
            let Ok(far) = host.connect(to) else { continue };
            let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { continue };
            let (kept, kept_too) = (kept.clone(), kept.clone());
            thread::spawn(move || pump(near, far, &kept));
            thread::spawn(move || pump(far_too, near_too, &kept_too));
        }
    });
    Ok(recording)
}

fn pump(mut from: TcpStream, mut to: TcpStream, kept: &Recording) {
    let mut buffer = [0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        kept.keep(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    // The other end may be gone already.
    let _ = to.shutdown(Shutdown::Write);
}
