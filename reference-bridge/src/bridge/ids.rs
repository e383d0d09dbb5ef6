//! New SCIM ids. They are opaque to every client, so a bridge may make them as it likes, once.

use uuid::Uuid;

use super::Bridge;
use crate::core::address;
use crate::variant::Variant;

impl Bridge {
    /// An id for a new person with this user name and address.
    pub(super) fn new_person_id(&self, user_name: &str, address: &str) -> String {
        if self.is(Variant::DeletedRemembered)
            && let Some(id) = self.deleted_ids.lock().remove(&address::normalise(user_name))
        {
            return id;
        }
        if self.is(Variant::AddressIds) && !address.is_empty() {
            let address = address::normalise(address);
            // Whoever was renamed keeps the old address as an id.
            let taken = self.store.person(&address).is_some();
            return if taken {
                format!("{address}~{}", self.store.next_seq())
            } else {
                address
            };
        }
        self.new_id()
    }

    /// An id for a new group, or for a person of whom nothing is known.
    pub(super) fn new_id(&self) -> String {
        if self.is(Variant::NumberedIds) {
            return self.store.next_seq().to_string();
        }
        let id = Uuid::new_v4();
        if self.is(Variant::OpaqueIds) {
            return format!("scim_{}~{}=", &id.simple().to_string()[..20], self.store.next_seq());
        }
        id.to_string()
    }
}
