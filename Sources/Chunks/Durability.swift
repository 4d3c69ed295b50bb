/// What an acknowledged byte survives (`TUSSOCK_DURABILITY`, API.md section 1).
///
/// `fsync`: power loss of the volume, because each checkpoint ends in `fdatasync`, and in `fsync` of the folder when
/// the file is new. `pageCache`: the death of our process only. It is meant for a volume that one kernel serves: on NFS
/// another node may not yet see bytes that were neither synced nor closed.
package enum Durability: String, Sendable, CaseIterable {
    case fsync
    case pageCache = "page-cache"
}
