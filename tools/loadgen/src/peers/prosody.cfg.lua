-- Prosody as it is measured: everything in its own files, no limits (mod_limits is not loaded).
run_as_root = true
data_path = "@FOLDER@/data"
pidfile = "@FOLDER@/prosody.pid"
log = { warn = "*console" }
certificates = "@FOLDER@"
ssl = { certificate = "@FOLDER@/cert.pem", key = "@FOLDER@/key.pem" }
interfaces = { "127.0.0.1" }
c2s_ports = { @PORT@ }
s2s_ports = {}
modules_enabled = { "disco", "roster", "saslauth", "tls", "offline"@ARCHIVE_MODULE@ }
modules_disabled = { "s2s" }
authentication = "internal_hashed"
storage = "internal"
c2s_require_encryption = false
archive_expires_after = "never"
VirtualHost "@DOMAIN@"
Component "conference.@DOMAIN@" "muc"
    restrict_room_creation = false
    muc_room_locking = false
    max_history_messages = 0
