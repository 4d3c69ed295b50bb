import Front

extension Settings {
    /// The certificate that the operator has set, read from its files; nil for none.
    ///
    /// Throws a `Mistake` if one of the pair is missing or cannot be used.
    func certificate() throws -> ServerCertificate? {
        switch (text("tls_certificate"), text("tls_key")) {
        case (nil, nil): return nil
        case (_?, nil): throw missing("tls_key", besides: "tls_certificate")
        case (nil, _?): throw missing("tls_certificate", besides: "tls_key")
        case (let certificate?, let key?):
            do {
                return try ServerCertificate(CertificateFiles(certificate: certificate, key: key))
            } catch {
                throw Mistake(
                    description: "\(origin(error.file == .certificate ? "tls_certificate" : "tls_key")): \(error)")
            }
        }
    }

    private func missing(_ name: String, besides other: String) -> Mistake {
        Mistake(
            description: "\(origin(other)) is set, so --\(name.replacing("_", with: "-")) "
                + "(TUSSOCK_\(name.uppercased())) must be set too")
    }
}
