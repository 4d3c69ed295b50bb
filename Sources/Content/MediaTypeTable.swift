extension MediaType {
    /// The commonest extensions, in lower case without the dot; IANA's names where there are any.
    static let byExtension: [String: String] = table.split(separator: "\n").reduce(into: [:]) { result, line in
        let words = line.split(separator: " ")
        for ending in words.dropFirst() { result[String(ending)] = String(words[0]) }
    }

    /// A line: the content type, then its extensions.
    static let table = """
        application/epub+zip epub
        application/geo+json geojson
        application/gzip gz tgz
        application/java-archive jar
        application/json json map
        application/msword doc dot
        application/octet-stream bin dat img
        application/pdf pdf
        application/postscript ps eps ai
        application/rtf rtf
        application/vnd.android.package-archive apk
        application/vnd.debian.binary-package deb
        application/vnd.microsoft.portable-executable exe dll msi
        application/vnd.ms-excel xls xlt
        application/vnd.ms-outlook msg
        application/vnd.ms-powerpoint ppt pps
        application/vnd.oasis.opendocument.graphics odg
        application/vnd.oasis.opendocument.presentation odp
        application/vnd.oasis.opendocument.spreadsheet ods
        application/vnd.oasis.opendocument.text odt
        application/vnd.openxmlformats-officedocument.presentationml.presentation pptx
        application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx
        application/vnd.openxmlformats-officedocument.wordprocessingml.document docx
        application/vnd.rar rar
        application/vnd.sqlite3 sqlite sqlite3 db
        application/wasm wasm
        application/x-7z-compressed 7z
        application/x-apple-diskimage dmg
        application/x-bzip2 bz2
        application/x-iso9660-image iso
        application/x-rpm rpm
        application/x-sh sh
        application/x-tar tar
        application/x-xz xz
        application/xml xml xsl xsd
        application/yaml yaml yml
        application/zip zip
        application/zstd zst
        audio/aac aac
        audio/aiff aif aiff
        audio/flac flac
        audio/midi mid midi
        audio/mp4 m4a
        audio/mpeg mp3
        audio/ogg ogg oga
        audio/opus opus
        audio/wav wav
        font/otf otf
        font/ttf ttf
        font/woff woff
        font/woff2 woff2
        image/avif avif
        image/bmp bmp
        image/gif gif
        image/heic heic
        image/heif heif
        image/jp2 jp2
        image/jpeg jpg jpeg jpe
        image/jxl jxl
        image/png png
        image/svg+xml svg svgz
        image/tiff tif tiff
        image/vnd.adobe.photoshop psd
        image/webp webp
        image/x-icon ico
        message/rfc822 eml
        model/gltf-binary glb
        model/stl stl
        text/calendar ics
        text/css css
        text/csv csv
        text/html html htm
        text/javascript js mjs
        text/markdown md markdown
        text/plain txt text log ini conf
        text/tab-separated-values tsv
        text/vcard vcf
        text/vtt vtt
        video/mp2t m2ts mts
        video/mp4 mp4 m4v
        video/mpeg mpg mpeg
        video/ogg ogv
        video/quicktime mov qt
        video/webm webm
        video/x-flv flv
        video/x-matroska mkv
        video/x-ms-wmv wmv
        video/x-msvideo avi
        """
}
