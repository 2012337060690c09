//! The group-chat services of the domain, as `ofMucService` and `ofMucServiceProp` have them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use cobnut_model::limits;
use cobnut_store::{RoomService, Store, StoreError};
use cobnut_xmpp_proto::muc::service::ServiceSettings;
use jid::{BareJid, Jid};
use tokio::time::Instant;
use tracing::warn;

use crate::service::Service;

/// One service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RoomsService {
    /// `ofMucService.serviceID`.
    pub(super) id: i64,
    /// Its address.
    pub(super) address: BareJid,
    /// What people read as its name.
    pub(super) name: String,
    /// Hidden services are not listed.
    pub(super) is_hidden: bool,
    /// What the operator chose.
    pub(super) settings: ServiceSettings,
}

/// The services as last read, by address.
#[derive(Debug, Default)]
pub(super) struct Services {
    read: RwLock<Option<Read>>,
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Read {
    at: Instant,
    services: Arc<BTreeMap<String, Arc<RoomsService>>>,
}

impl Services {
    fn last(&self) -> Option<Read> {
        self.read.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn read(&self, store: &Store, domain: &BareJid) -> Result<(), StoreError> {
        let services = store.room_services().await?;
        let services =
            services.into_iter().filter_map(|service| from_stored(service, domain, store.has_room_archive()));
        let services = services.map(|service| (service.address.to_string(), Arc::new(service))).collect();
        let read = Read { at: Instant::now(), services: Arc::new(services) };
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = Some(read);
        Ok(())
    }
}

fn from_stored(stored: RoomService, domain: &BareJid, has_archive: bool) -> Option<RoomsService> {
    let address = BareJid::new(&format!("{}.{domain}", stored.subdomain));
    let Ok(address) = address.map_err(|err| {
        warn!(subdomain = stored.subdomain, %err, "a group-chat service in the database has no address, left out");
    }) else {
        return None;
    };
    let mut settings = ServiceSettings::from_properties(&stored.properties);
    settings.policy.has_archive = has_archive;
    let name = stored.description.filter(|text| !text.trim().is_empty());
    let name = name.unwrap_or_else(|| "Public Chatrooms".to_owned());
    let is_hidden = stored.is_hidden;
    settings.is_enabled.then_some(RoomsService { id: stored.id, address, name, is_hidden, settings })
}

impl Service {
    /// The group-chat services that run. Answered from memory; whoever finds that out of date has it read again. Empty if
    /// the database was never reached.
    pub(super) async fn rooms_services(&self) -> Arc<BTreeMap<String, Arc<RoomsService>>> {
        let services = &self.muc.services;
        match services.last() {
            Some(read) if read.at.elapsed() < limits::ROOM_SERVICES_FRESH_TIME => read.services,
            Some(read) => {
                self.read_services_again();
                read.services
            }
            None => {
                let _turn = services.reading.lock().await;
                if services.last().is_none()
                    && let Err(err) = services.read(&self.store, &self.domain).await
                {
                    warn!(%err, "group-chat services not read, there are none until the database answers");
                }
                services.last().map(|read| read.services).unwrap_or_default()
            }
        }
    }

    fn read_services_again(&self) {
        let Some(service) = self.handle_for_task() else { return };
        if service.muc.services.reading.try_lock().is_err() {
            return;
        }
        self.tasks.spawn("read group-chat services", async move {
            let Ok(_turn) = service.muc.services.reading.try_lock() else { return };
            if let Err(err) = service.muc.services.read(&service.store, &service.domain).await {
                warn!(%err, "group-chat services not read again, their settings stay as they were");
            }
        });
    }

    /// The service that an address belongs to, the addresses of its rooms included.
    pub(super) async fn rooms_service_at(&self, to: &Jid) -> Option<Arc<RoomsService>> {
        let host = to.domain().as_str();
        // Most foreign domains are none of ours, and nobody waits for the database because of them.
        let label = host.strip_suffix(self.domain_str())?.strip_suffix('.')?;
        if label.is_empty() {
            return None;
        }
        self.rooms_services().await.get(host).map(Arc::clone)
    }
}
