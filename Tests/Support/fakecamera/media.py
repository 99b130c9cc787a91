"""What a camera sends: one elementary stream, cut into pictures and into RTP payloads."""

import struct

CLOCK = 90000
MTU = 1200


def annexb_nals(data):
    """NAL units of an Annex-B stream, without their start codes."""
    out, i, n = [], data.find(b"\0\0\1"), len(data)
    while i >= 0:
        start = i + 3
        j = data.find(b"\0\0\1", start)
        end = n if j < 0 else j
        nal = data[start:end].rstrip(b"\0")
        if nal:
            out.append(nal)
        i = j
    return out


def access_units(nals):
    """Groups NAL units into pictures (first_mb_in_slice == 0 starts a new one)."""
    units, current, has_slice = [], [], False
    for nal in nals:
        kind = nal[0] & 31
        is_slice = kind in (1, 5)
        first = is_slice and len(nal) > 1 and nal[1] & 0x80
        if has_slice and (kind in (6, 7, 8, 9) or first):
            units.append(current)
            current, has_slice = [], False
        if kind != 9:
            current.append(nal)
        has_slice = has_slice or is_slice
    if has_slice:
        units.append(current)
    return units


def split_jpegs(data):
    out, i = [], data.find(b"\xff\xd8\xff")
    while i >= 0:
        j = data.find(b"\xff\xd8\xff", i + 3)
        out.append(data[i:j] if j > 0 else data[i:])
        i = j
    return out


def parse_jpeg(data):
    """What RFC 2435 needs: type, width, height, 8-bit quantiser tables, the scan."""
    i, tables, kind, width, height = 2, {}, 1, 0, 0
    while i + 4 <= len(data):
        if data[i] != 0xFF:
            raise ValueError("bad JPEG marker")
        marker, length = data[i + 1], struct.unpack(">H", data[i + 2 : i + 4])[0]
        body = data[i + 4 : i + 2 + length]
        if marker == 0xDB:
            while body:
                if body[0] >> 4:
                    raise ValueError("16-bit quantiser table")
                tables[body[0] & 15] = body[1:65]
                body = body[65:]
        elif marker == 0xC0:
            height, width = struct.unpack(">HH", body[1:5])
            kind = 1 if body[7] == 0x22 else 0
        elif marker == 0xDA:
            end = data.rfind(b"\xff\xd9")
            return kind, width, height, tables, data[i + 2 + length : end if end > 0 else len(data)]
        i += 2 + length
    raise ValueError("no scan in JPEG")


class Media:
    """One file: frames as lists of RTP payloads are made on demand by packets()."""

    def __init__(self, path, codec=None):
        with open(path, "rb") as handle:
            data = handle.read()
        if codec is None:
            codec = "mjpeg" if data[:2] == b"\xff\xd8" else "h264"
        self.codec, self.path, self.sps, self.pps = codec, path, None, None
        if codec == "h264":
            nals = annexb_nals(data)
            self.frames = access_units(nals)
            self.sps = next((n for n in nals if n[0] & 31 == 7), None)
            self.pps = next((n for n in nals if n[0] & 31 == 8), None)
        else:
            self.frames = [parse_jpeg(j) for j in split_jpegs(data)]
        if not self.frames:
            raise SystemExit("no frames in " + path)
        self.payload_type = 26 if codec == "mjpeg" else 96

    def payloads(self, index, faults):
        frame = self.frames[index % len(self.frames)]
        if self.codec == "mjpeg":
            return self._jpeg(frame)
        out = []
        for nal in frame:
            kind = nal[0] & 31
            if (kind == 5 and "no_idr" in faults) or (kind in (7, 8) and "no_ps" in faults):
                continue
            if len(nal) <= MTU:
                out.append(nal)
                continue
            indicator, pos, rest = (nal[0] & 0xE0) | 28, 1, nal
            while pos < len(rest):
                chunk = rest[pos : pos + MTU - 2]
                header = (
                    kind
                    | (0x80 if pos == 1 else 0)
                    | (0x40 if pos + len(chunk) >= len(rest) else 0)
                )
                out.append(bytes((indicator, header)) + chunk)
                pos += len(chunk)
        return out

    def _jpeg(self, frame):
        kind, width, height, tables, scan = frame
        quant = b"".join(tables[k] for k in sorted(tables))[:128]
        if len(quant) == 64:  # receivers expect a luma and a chroma table
            quant *= 2
        out, pos = [], 0
        while pos < len(scan):
            head = struct.pack(">I", pos) + bytes((kind, 255, (width + 7) // 8, (height + 7) // 8))
            if pos == 0:
                head += struct.pack(">BBH", 0, 0, len(quant)) + quant
            chunk = scan[pos : pos + MTU - len(head)]
            out.append(head + chunk)
            pos += len(chunk)
        return out
