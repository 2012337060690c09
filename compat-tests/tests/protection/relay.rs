//! A forwarded port that keeps a copy of everything that passes: the attacker's view of a link.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context as _, Result};
use compat_tests::Host;

/// More than a test ever sends.
const KEPT_MAX: usize = 16 << 20;

/// Everything that passed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recording(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// Both ways, in the order in which it came.
    all: Vec<u8>,
    /// What the dialling side said, one after the other for each connection.
    dialled: Vec<Vec<u8>>,
}

impl Recording {
    pub(crate) fn len(&self) -> usize {
        self.kept().all.len()
    }

    /// What the dialling sides said, for each connection.
    pub(crate) fn dialled(&self) -> Vec<Vec<u8>> {
        self.kept().dialled.clone()
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        let kept = self.kept();
        kept.all.windows(text.len()).any(|window| window == text.as_bytes())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another connection; its number.
    fn begin(&self) -> usize {
        let mut kept = self.kept();
        kept.dialled.push(Vec::new());
        kept.dialled.len() - 1
    }

    /// `dialler` is the number of the connection if the side that dialled it says this.
    fn keep(&self, dialler: Option<usize>, bytes: &[u8]) {
        let mut kept = self.kept();
        let room = KEPT_MAX.saturating_sub(kept.all.len()).min(bytes.len());
        kept.all.extend(&bytes[..room]);
        if let Some(said) = dialler.and_then(|number| kept.dialled.get_mut(number)) {
            said.extend(&bytes[..room]);
        }
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
            let (number, kept, kept_too) = (kept.begin(), kept.clone(), kept.clone());
            thread::spawn(move || pump(near, far, |bytes| kept.keep(Some(number), bytes)));
            thread::spawn(move || pump(far_too, near_too, |bytes| kept_too.keep(None, bytes)));
        }
    });
    Ok(recording)
}

fn pump(mut from: TcpStream, mut to: TcpStream, keep: impl Fn(&[u8])) {
    let mut buffer = [0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        keep(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    // The other end may be gone already.
    let _ = to.shutdown(Shutdown::Write);
}
