/// Width and height of an image in pixels, as its header gives them: both at least 1.
package struct ImageSize: Sendable, Equatable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Reads the header of a PNG, JPEG, GIF or WebP; nil if it is none of them or damaged (JSON then says -1).
    ///
    /// `length` is the file's in bytes. `read(offset, count)` gives up to `count` bytes at `offset`, fewer only at
    /// the end; its errors come through. At most 1 KiB is asked for at a time and 1 MiB in all: a JPEG's segments are
    /// skipped by offset. The EXIF orientation is not applied: these are the sides as stored, like the bytes we serve.
    package static func detect(length: Int64, read: (Int64, Int) throws -> [UInt8]) rethrows -> ImageSize? {
        var probe = ImageProbe(length: length)
        while let wanted = probe.wanted {
            probe.take(try read(wanted.offset, wanted.count))
        }
        return probe.size
    }

    /// nil unless both sides are positive: a side of 0 is a damaged or unfinished header.
    init?(_ width: Int, _ height: Int) {
        guard width > 0, height > 0 else { return nil }
        self.init(width: width, height: height)
    }
}
