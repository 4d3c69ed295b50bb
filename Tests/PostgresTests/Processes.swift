import Foundation

/// Whether the folder or any of the processes still exists.
func isThere(_ folder: String, _ processes: [Int32]) -> Bool {
    FileManager.default.fileExists(atPath: folder) || processes.contains { kill($0, 0) == 0 }
}
