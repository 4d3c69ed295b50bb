package import Foundation
import NIOCore
import NIOHTTP2
import NIOSSL
import Synchronization

/// Where the certificate chain, the server's own first, and its private key are: PEM files.
package struct CertificateFiles: Sendable, Equatable {
    package var certificate: String
    package var key: String

    package init(certificate: String, key: String) {
        (self.certificate, self.key) = (certificate, key)
    }
}

/// A certificate that cannot be used, and which of the two files is to be mended.
package struct UnusableCertificate: Error, CustomStringConvertible {
    package enum File: Sendable { case certificate, key }

    package var file: File
    package var message: String
    package var description: String { message }
}

/// With what this node proves itself to TLS clients. New connections get what was read last.
package final class ServerCertificate: Sendable {
    private struct Contents: Sendable, Equatable {
        var certificate: Data
        var key: Data
    }

    private struct State {
        var contents: Contents
        var context: NIOSSLContext
        var validUntil: Date
    }

    /// How long a client may take to agree that a connection ends.
    private static let closePatience: TimeAmount = .seconds(1)

    package let files: CertificateFiles
    private let state: Mutex<State>

    /// Reads the files.
    package init(_ files: CertificateFiles) throws(UnusableCertificate) {
        self.files = files
        let contents = try Self.read(files)
        let (context, validUntil) = try Self.load(contents, files)
        state = Mutex(State(contents: contents, context: context, validUntil: validUntil))
    }

    /// Until when what new connections get is valid.
    package var validUntil: Date { state.withLock { $0.validUntil } }

    /// For the next connection.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// Reads the files again. What cannot be used changes nothing.
    /// - Returns: until when the new certificate is valid; nil if the files hold what is in use already.
    package func renew() throws(UnusableCertificate) -> Date? {
        let contents = try Self.read(files)
        guard state.withLock({ $0.contents != contents }) else { return nil }
        let (context, validUntil) = try Self.load(contents, files)
        state.withLock { $0 = State(contents: contents, context: context, validUntil: validUntil) }
        return validUntil
    }

    private static func read(_ files: CertificateFiles) throws(UnusableCertificate) -> Contents {
        Contents(
            certificate: try bytes(of: files.certificate, .certificate), key: try bytes(of: files.key, .key))
    }

    private static func bytes(of path: String, _ file: UnusableCertificate.File) throws(UnusableCertificate) -> Data {
        guard let opened = fopen(path, "r") else {
            throw UnusableCertificate(
                file: file, message: "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        fclose(opened)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw UnusableCertificate(file: file, message: "\(path) cannot be read: it is no file")
        }
        return data
    }

    private static func load(
        _ contents: Contents, _ files: CertificateFiles
    ) throws(UnusableCertificate) -> (NIOSSLContext, Date) {
        guard let chain = try? NIOSSLCertificate.fromPEMBytes(Array(contents.certificate)), let own = chain.first else {
            throw UnusableCertificate(
                file: .certificate,
                message: "\(files.certificate) holds no certificate as PEM (-----BEGIN CERTIFICATE-----)")
        }
        guard let key = try? NIOSSLPrivateKey(bytes: Array(contents.key), format: .pem) else {
            throw UnusableCertificate(
                file: .key, message: "\(files.key) holds no private key as PEM without a passphrase")
        }
        do {
            return (try context(chain, key), Date(timeIntervalSince1970: TimeInterval(own.notValidAfter)))
        } catch {
            throw UnusableCertificate(
                file: .key, message: "\(files.key) is not the key of the first certificate in \(files.certificate)")
        }
    }

    private static func context(_ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = closePatience
        configuration.applicationProtocols = NIOHTTP2SupportedALPNProtocols
        return try NIOSSLContext(configuration: configuration)
    }
}
